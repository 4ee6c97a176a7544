//! Python opens a packed file with the `safetensors` package and finds the same weights.
#![cfg(feature = "std")]

mod common;

use std::path::Path;
use std::process::Command;

use common::variants;
use testkit::python;

#[test]
fn python_rebuilds_the_weights() {
    let test = "python_rebuilds_the_weights";
    let task = "\
bits = numpy.unpackbits(numpy.uint8([[5]]), axis=1, bitorder='little', count=3)
back = safetensors.numpy.load(safetensors.numpy.save({'bits': bits}))
assert back['bits'].tolist() == [[1, 0, 1]], back";
    let Some(python) = python(test, "numpy, safetensors.numpy", task) else {
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rebuild.py");
    let folder = tempfile::tempdir().unwrap();
    for (name, parts) in variants() {
        let model = parts.model().unwrap();
        let path = folder.path().join("net.onebit");
        model.save(&path).unwrap();
        let output = Command::new(&python)
            .arg(&script)
            .arg(&path)
            .output()
            .unwrap();
        let (text, trouble) = (output.stdout, String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{name}: {trouble}");
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text.lines().count(), model.convs().len(), "{name}: {text}");
        for ((index, conv), line) in model.convs().iter().enumerate().zip(text.lines()) {
            let mut words = line.split(' ');
            let mut number = || words.next().unwrap().parse::<f64>().unwrap();
            let k = conv.kernel;
            for expected in [index, conv.out_channels, conv.in_channels, k, k] {
                assert_eq!(number(), expected as f64, "{name}: {line}");
            }
            let rows = (0..conv.out_channels).flat_map(|out| conv.row(out));
            let weights: Vec<f64> = rows.map(f64::from).collect();
            let positive = weights.iter().filter(|&&weight| weight > 0.0).count();
            assert_eq!(number(), positive as f64, "{name}: {line}");
            let places = weights.iter().enumerate();
            let sum: f64 = places
                .map(|(place, weight)| weight * (place as f64 + 1.0))
                .sum();
            let (found, size) = (number(), weights.len() as f64);
            assert!(
                (found - sum).abs() <= 1e-12 * size * size,
                "{name}: {line}, expected {sum}"
            );
        }
    }
}
