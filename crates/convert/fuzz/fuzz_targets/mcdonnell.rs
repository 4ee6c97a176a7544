//! The author's MATLAB files: whatever is imported can be written, and read again.

#![no_main]

use std::path::Path;

use convert::{Options, mcdonnell};
use libfuzzer_sys::fuzz_target;
use runtime::Model;

fuzz_target!(|bytes: &[u8]| {
    let nets = [None, Some("plain-8-1"), Some("resnet-18-2.5"), Some("srelu-8-1")];
    // The first byte, which is text in a header, chooses what the caller says.
    let hint = nets[usize::from(bytes.first().copied().unwrap_or(0)) % nets.len()];
    let options = Options::default().with_net(hint.map(|name| name.parse().unwrap())).with_memory(1 << 24);
    let path = Path::new("x.mat");
    if let Ok(model) = mcdonnell::import_from(path, &mut &bytes[..], &options) {
        assert_eq!(Model::read(&model.write().unwrap()).unwrap(), model);
    }
});
