//! Devices of GPU backends.

use burn::tensor::{Device, DeviceType};

use super::Found;

/// No machine has more of one kind.
const MAX: usize = 32;

fn found(name: String, device: Device, preferred: bool) -> Found {
    let description = device
        .identity()
        .map_or_else(String::new, |identity| identity.name);
    Found {
        name,
        description,
        device,
        preferred,
    }
}

/// wgpu's adapters, named by their kind: the kinds are asked for one by one, since an
/// enumerated device does not tell its own.
#[cfg(any(feature = "wgpu", feature = "vulkan", feature = "metal"))]
pub fn adapters(
    backend: &str,
    device_type: DeviceType,
    make: fn(burn::tensor::DeviceKind) -> Device,
) -> Vec<Found> {
    use burn::tensor::DeviceKind;

    let available = Device::enumerate(device_type).into_vec();
    let numbered = |kind: &str, make_kind: fn(usize) -> DeviceKind| {
        (0..MAX)
            .map(|n| (format!("{backend}:{kind}:{n}"), make_kind(n), true))
            .collect::<Vec<_>>()
    };
    let mut candidates = numbered("discrete", DeviceKind::DiscreteGpu);
    candidates.extend(numbered("integrated", DeviceKind::IntegratedGpu));
    candidates.extend(numbered("virtual", DeviceKind::VirtualGpu));
    candidates.push((format!("{backend}:cpu"), DeviceKind::Cpu, false));
    candidates
        .into_iter()
        .map(|(name, kind, preferred)| (name, make(kind), preferred))
        .filter(|(_, device, _)| available.contains(device))
        .map(|(name, device, preferred)| found(name, device, preferred))
        .collect()
}

/// Devices that are numbered from 0.
#[cfg(any(feature = "cuda", feature = "rocm"))]
pub fn indexed(backend: &str, device_type: DeviceType, make: fn(usize) -> Device) -> Vec<Found> {
    let available = Device::enumerate(device_type).into_vec();
    (0..MAX)
        .map(|index| (format!("{backend}:{index}"), make(index)))
        .filter(|(_, device)| available.contains(device))
        .map(|(name, device)| found(name, device, true))
        .collect()
}
