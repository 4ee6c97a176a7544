//! Packed files: whatever is read can be written, read again, summed up, and run.

#![no_main]

use libfuzzer_sys::fuzz_target;
use runtime::Model;
use runtime::inspect::Summary;

fuzz_target!(|bytes: &[u8]| {
    let Ok(model) = Model::read(bytes) else {
        return;
    };
    // The header may be laid out in another way, hence longer than the limit when written.
    let Ok(file) = model.write() else { return };
    assert_eq!(Model::read(&file).unwrap(), model);
    let summary = Summary::new(&model, file.len()).to_string();
    assert!(summary.contains("sign bits"));
    // What running costs is the image's size times the weights: only small networks.
    let weights: usize = model.convs().iter().map(|conv| conv.weight_count()).sum();
    if model.image_len() <= 256 && weights <= 10_000 {
        let image = vec![200; model.image_len()];
        let logits = runtime::reference::logits::<f32>(&model, &image).unwrap();
        assert_eq!(logits.len(), model.classes());
    }
});
