//! State dicts of 32-bit numbers: whatever is imported can be written, read again, and trained on.

#![no_main]

use std::path::Path;

use convert::{Options, torch_float};
use libfuzzer_sys::fuzz_target;
use runtime::Model;

fuzz_target!(|bytes: &[u8]| {
    let real_weights = bytes.last().is_some_and(|byte| byte % 2 == 1);
    let options = Options::default().with_real_weights(real_weights);
    if let Ok(imported) = torch_float::import_from(Path::new("x"), bytes, &options) {
        let model = imported.model;
        assert_eq!(Model::read(&model.write().unwrap()).unwrap(), model);
    }
    if let Ok((imported, trained)) = torch_float::import_trained(Path::new("x"), bytes, &options) {
        let counts = imported.model.convs().iter().map(runtime::Conv::weight_count);
        assert!(counts.eq(trained.latent.iter().map(Vec::len)));
        assert_eq!(imported.model.norms().len(), trained.norms.len());
    }
});
