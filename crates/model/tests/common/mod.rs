//! The devices that a test runs on: one of each backend that is compiled in.

use burn::tensor::Device;

/// Names and devices. A GPU backend without an adapter is said to be skipped.
pub fn devices(test: &str) -> Vec<(&'static str, Device)> {
    #[allow(unused_mut, reason = "only some backends add to it")]
    let mut devices = vec![
        #[cfg(feature = "flex")]
        ("flex", Device::flex()),
    ];
    #[cfg(feature = "ndarray")]
    #[allow(
        deprecated,
        reason = "deprecated upstream, and a supported feature here"
    )]
    devices.push(("ndarray", Device::ndarray()));
    #[cfg(feature = "wgpu")]
    match Device::enumerate(burn::tensor::DeviceType::Wgpu)
        .into_vec()
        .into_iter()
        .next()
    {
        Some(device) => devices.push(("wgpu", device)),
        None => testkit::skipped(
            &format!("{test} on wgpu"),
            "this machine has no adapter, not even a software one",
        ),
    }
    assert!(!devices.is_empty(), "{test}: no backend is compiled in");
    let names: Vec<&str> = devices.iter().map(|(name, _)| *name).collect();
    println!("{test}: covers {}", names.join(", "));
    devices
}
