//! Pickles that Python wrote, of every protocol.

mod common;

use common::{fixture, json};
use data::{DType, pickle};

#[test]
fn every_protocol() {
    let expected = json("pickle/expected.json");
    let rows: Vec<Vec<u8>> = serde_json::from_value(expected["data"].clone()).unwrap();
    let integers =
        |key: &str| -> Vec<i64> { serde_json::from_value(expected[key].clone()).unwrap() };
    let mut names: Vec<String> = (0..6).map(|n| format!("protocol{n}")).collect();
    names.extend(["python2_protocol0".into(), "python2_protocol2".into()]);
    for name in names {
        let path = fixture(&format!("pickle/{name}.pickle"));
        let mut found = pickle::read(&path, 1 << 16).unwrap();
        let data = found.take_array("data").unwrap();
        assert_eq!(
            (data.dtype, &data.shape[..]),
            (DType::U8, &[3, 256][..]),
            "{name}"
        );
        assert_eq!(data.bytes, rows.concat(), "{name}");
        assert_eq!(
            found.integers("labels").unwrap(),
            integers("labels"),
            "{name}"
        );
        assert_eq!(
            found.take_array("mean").unwrap().dtype.to_string(),
            "<f8",
            "{name}"
        );
        assert_eq!(found.integers("wide").unwrap(), integers("wide"), "{name}");
        // An array is given once.
        let error = found.take_array("data").unwrap_err().to_string();
        assert!(
            error.contains("key `data`") && error.contains("without content"),
            "{error}"
        );
        let error = found.integers("other").unwrap_err().to_string();
        assert!(error.contains("None in it"), "{error}");
        let error = found.integers("labels2").unwrap_err().to_string();
        assert!(
            error.contains(&name) && error.contains("found none"),
            "{error}"
        );
    }
}
