//! What a run was computed on.

use kernels::Isa;
use run::{Computes, Host};

/// What the bits of a session on a device depend on.
pub fn computes(device: &str) -> Computes {
    Computes {
        // It was checked when the device was found.
        instructions: Isa::from_env().map_or("unknown", Isa::name).into(),
        widest: Isa::best().name().into(),
        device: device.into(),
    }
}

/// This machine, for a session that took so long.
pub fn here(wall_seconds: f64, resumed_after: Option<usize>, device: &str) -> Host {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == "model name").then(|| value.trim().to_owned())
    });
    Host {
        wall_seconds,
        resumed_after,
        threads: rayon::current_num_threads(),
        instructions: computes(device).instructions,
        cpu: model.unwrap_or_default(),
        device: device.into(),
    }
}
