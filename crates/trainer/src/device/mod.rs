//! Devices by name: those compiled in, and those that this machine has.
//!
//! A name is `BACKEND` or `BACKEND:WHICH`: `flex`, `cuda:1`, `wgpu`, `wgpu:integrated:0`,
//! `vulkan:cpu`. A GPU backend alone means its first GPU; a software adapter (`cpu`) has to be
//! named, because it is slower than the CPU backends.

#[cfg(any(
    feature = "wgpu",
    feature = "vulkan",
    feature = "metal",
    feature = "cuda",
    feature = "rocm"
))]
mod gpu;
mod remote;

use burn::tensor::Device;
use word_list::{Cut, Meant, nearest};

pub use remote::{TOKEN, token};

use crate::Error;

/// The device of a config that names none.
pub const DEFAULT: &str = run::TrainConfig::DEVICE;

/// Every backend that this program can be built with; each is a cargo feature of that name.
const BACKENDS: [&str; 8] = [
    "flex", "ndarray", "wgpu", "vulkan", "metal", "cuda", "rocm", "remote",
];

/// A device of this machine.
#[derive(Clone, Debug)]
pub struct Found {
    /// What `--device` takes.
    pub name: String,
    /// Its part, where the driver tells.
    pub description: String,
    /// The device.
    pub device: Device,
    /// Whether the backend alone may mean it: it is not a software adapter.
    preferred: bool,
}

/// The backends that this program was built with.
pub fn compiled() -> Vec<&'static str> {
    let compiled = [
        cfg!(feature = "flex"),
        cfg!(feature = "ndarray"),
        cfg!(feature = "wgpu"),
        cfg!(feature = "vulkan"),
        cfg!(feature = "metal"),
        cfg!(feature = "cuda"),
        cfg!(feature = "rocm"),
        cfg!(feature = "remote"),
    ];
    BACKENDS
        .into_iter()
        .zip(compiled)
        .filter_map(|(name, is)| is.then_some(name))
        .collect()
}

/// The devices of a list of names, parted by commas: one, or several that share a run.
///
/// # Errors
///
/// As [`find`]; [`Error::Usage`] for several devices whose backend cannot share one.
pub fn find_all(names: &str) -> Result<Vec<Device>, Error> {
    let names: Vec<&str> = names.split(',').map(str::trim).collect();
    if names.len() > 1 {
        let backend = |name: &str| name.split(':').next().unwrap_or_default().to_owned();
        let first = backend(names[0]);
        let shares = ["cuda", "remote"].contains(&first.as_str());
        if !shares || names.iter().any(|name| backend(name) != first) {
            return Err(Error::Usage(format!(
                "devices `{}`: expected several of `cuda`, or several of `remote`: Burn 0.22.1 has the collective operations that a shared run needs for these two alone; name one device, or compute a batch in parts with --accumulate",
                names.join(",")
            )));
        }
        let address = |name: &str| name.split('#').next().unwrap_or_default().to_owned();
        if first == "remote" && names.iter().any(|name| address(name) != address(names[0])) {
            return Err(Error::Usage(format!(
                "devices `{}`: expected devices of one server: Burn 0.22.1 has no collective operations between servers",
                names.join(",")
            )));
        }
        if let Some(twice) = (1..names.len()).find(|&i| names[..i].contains(&names[i])) {
            return Err(Error::Usage(format!(
                "devices: expected each device once, found `{}` twice",
                names[twice]
            )));
        }
    }
    names.into_iter().map(find).collect()
}

/// The device of a name.
///
/// # Errors
///
/// [`Error::Usage`] when the backend is unknown or not compiled in; [`Error::Failed`] when this
/// machine has no such device.
pub fn find(name: &str) -> Result<Device, Error> {
    let backend = name.split(':').next().unwrap_or_default();
    let compiled = compiled();
    if !BACKENDS.contains(&backend) {
        return Err(Error::Usage(format!(
            "device `{}`: unknown backend; expected one of {}{}",
            Cut(name),
            compiled.join(", "),
            Meant(nearest(BACKENDS.iter().copied(), backend))
        )));
    }
    if !compiled.contains(&backend) {
        return Err(Error::Usage(format!(
            "device `{name}`: `{backend}` is not compiled in, only {}; build with `cargo build --release -p trainer --features {backend}`",
            compiled.join(", ")
        )));
    }
    #[cfg(feature = "remote")]
    if backend == "remote" {
        return remote::connect(name);
    }
    crate::threads::start()?;
    #[cfg(feature = "flex")]
    if backend == "flex" {
        model::ops::check_isa().map_err(Error::Usage)?;
    }
    let found = list(backend);
    let exact = found.iter().find(|found| found.name == name);
    let first = || {
        found
            .iter()
            .find(|found| name == backend && found.preferred)
    };
    match exact.or_else(first) {
        Some(found) => Ok(found.device.clone()),
        None => {
            let names: Vec<&str> = found.iter().map(|found| found.name.as_str()).collect();
            let has = if names.is_empty() {
                "none".into()
            } else {
                names.join(", ")
            };
            Err(Error::Failed(format!(
                "device `{name}`: this machine has no such device; of `{backend}` it has {has}; see `onebit devices`"
            )))
        }
    }
}

/// The devices of a compiled-in backend that this machine has.
pub fn list(backend: &str) -> Vec<Found> {
    match backend {
        #[cfg(feature = "flex")]
        "flex" => vec![cpu("flex", "CPU", Device::flex())],
        #[cfg(feature = "ndarray")]
        #[allow(
            deprecated,
            reason = "deprecated upstream, and a supported feature here"
        )]
        "ndarray" => vec![cpu(
            "ndarray",
            "CPU, deprecated upstream",
            Device::ndarray(),
        )],
        #[cfg(feature = "wgpu")]
        "wgpu" => gpu::adapters("wgpu", burn::tensor::DeviceType::Wgpu, Device::wgpu),
        #[cfg(feature = "vulkan")]
        "vulkan" => gpu::adapters("vulkan", burn::tensor::DeviceType::Vulkan, Device::vulkan),
        #[cfg(feature = "metal")]
        "metal" => gpu::adapters("metal", burn::tensor::DeviceType::Metal, Device::metal),
        #[cfg(feature = "cuda")]
        "cuda" => gpu::indexed(
            "cuda",
            burn::tensor::DeviceType::Cuda,
            Device::cuda::<usize>,
        ),
        #[cfg(feature = "rocm")]
        "rocm" => gpu::indexed(
            "rocm",
            burn::tensor::DeviceType::Rocm,
            Device::rocm::<usize>,
        ),
        _ => Vec::new(),
    }
}

#[cfg(any(feature = "flex", feature = "ndarray"))]
fn cpu(name: &str, description: &str, device: Device) -> Found {
    Found {
        name: name.into(),
        description: description.into(),
        device,
        preferred: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_backends_list_the_compiled_ones() {
        let error = find("gpu").unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains(compiled()[0]), "{error}");
    }

    #[test]
    fn a_backend_that_is_not_compiled_in_says_how_to_get_it() {
        for backend in BACKENDS
            .into_iter()
            .filter(|backend| !compiled().contains(backend))
        {
            let error = find(backend).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(
                error.to_string().contains(&format!("--features {backend}")),
                "{error}"
            );
        }
    }

    #[test]
    fn sharing_takes_collective_operations() {
        let error = find_all("flex,flex").unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("collective"), "{error}");
        assert_eq!(find_all(compiled()[0]).unwrap().len(), 1);
    }

    #[test]
    fn a_device_that_is_not_there_lists_those_that_are() {
        for backend in compiled().into_iter().filter(|&name| name != "remote") {
            let error = find(&format!("{backend}:nowhere")).unwrap_err();
            assert_eq!(error.exit_code(), 1);
            assert!(error.to_string().contains("onebit devices"), "{error}");
        }
    }
}
