//! What a run was computed on.

use run::Host;

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
        // It was checked when the device was found.
        instructions: kernels::Isa::from_env()
            .map_or("unknown", kernels::Isa::name)
            .into(),
        cpu: model.unwrap_or_default(),
        device: device.into(),
    }
}
