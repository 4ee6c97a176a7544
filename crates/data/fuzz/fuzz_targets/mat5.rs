//! MATLAB files, all variables or some.

#![no_main]

use std::path::Path;

use data::mat5;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limit = 1 << 24;
    let path = Path::new("x.mat");
    let all = mat5::read_from(path, &mut &bytes[..], limit, |_| true);
    if let Ok(all) = all {
        // What can be read whole can be read in part.
        let some = mat5::read_from(path, &mut &bytes[..], limit, |name| name.len() % 2 == 0);
        // NaN is not equal to itself: names and shapes are compared.
        let ids = |variables: Vec<mat5::Variable>| -> Vec<_> {
            variables
                .into_iter()
                .map(|v| (v.name, v.array.dims))
                .collect()
        };
        let mut expected = ids(all);
        expected.retain(|(name, _)| name.len() % 2 == 0);
        assert_eq!(ids(some.unwrap()), expected);
    }
});
