//! How much memory this process may still take.

use std::fs;
use std::path::Path;

/// What bounds the memory of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Bound {
    /// What the machine has left, without swapping and with.
    Memory,
    /// The control group that this process is in, as in a container.
    ControlGroup,
    /// The process' own limit of addresses, `ulimit -v`.
    Addresses,
}

impl Bound {
    /// What it is, for a message.
    pub fn what(self) -> &'static str {
        match self {
            Self::Memory => "of this machine",
            Self::ControlGroup => "in this control group (a container's, or a service's)",
            Self::Addresses => "within this process' limit of addresses (ulimit -v)",
        }
    }
}

/// Memory that can still be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Available {
    /// Bytes.
    pub bytes: u64,
    /// What allows no more.
    pub bound: Bound,
}

/// The memory that this process may still take, by whatever allows least of it; `None` where the system does not tell.
pub fn available() -> Option<Available> {
    let read = |path: &str| fs::read_to_string(path).ok();
    let machine = read("/proc/meminfo").and_then(|text| machine(&text));
    let group = read("/proc/self/cgroup")
        .and_then(|text| control_group(&text, Path::new("/sys/fs/cgroup")));
    let addresses = read("/proc/self/limits")
        .zip(read("/proc/self/status"))
        .and_then(|(limits, status)| addresses(&limits, &status));
    let bounds = [
        (machine, Bound::Memory),
        (group, Bound::ControlGroup),
        (addresses, Bound::Addresses),
    ];
    let known = bounds
        .into_iter()
        .filter_map(|(bytes, bound)| bytes.map(|bytes| Available { bytes, bound }));
    known.min_by_key(|available| available.bytes)
}

/// Of `/proc/meminfo`: what can be had without swapping, and the swap that is free.
fn machine(meminfo: &str) -> Option<u64> {
    let available = kibibytes(meminfo, "MemAvailable:")?;
    let swap = kibibytes(meminfo, "SwapFree:").unwrap_or(0);
    Some(available.saturating_add(swap))
}

/// Of `/proc/self/limits` and `/proc/self/status`.
fn addresses(limits: &str, status: &str) -> Option<u64> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max address space"))?;
    let limit: u64 = line.split_whitespace().next()?.parse().ok()?;
    let used = kibibytes(status, "VmSize:")?;
    Some(limit.saturating_sub(used))
}

/// The number after a key, of files whose lines are `Key:   123 kB`.
fn kibibytes(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    let number: u64 = line.split_whitespace().next()?.parse().ok()?;
    number.checked_mul(1024)
}

/// Of `/proc/self/cgroup`, the smallest limit that the group or one above it still allows. `root` is where the groups are mounted.
fn control_group(text: &str, root: &Path) -> Option<u64> {
    let groups = text.lines().filter_map(|line| {
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        let path = path.trim_start_matches('/');
        match controllers {
            "" => Some(smallest(root, path, &VERSION_2)),
            _ if controllers.split(',').any(|name| name == "memory") => {
                Some(smallest(&root.join("memory"), path, &VERSION_1))
            }
            _ => None,
        }
    });
    groups.flatten().min()
}

/// The names of a group's files.
struct Names {
    limit: &'static str,
    used: &'static str,
    /// Of the line in `memory.stat` that says which of it are pages of files, which give way.
    files: [&'static str; 2],
}

const VERSION_2: Names = Names {
    limit: "memory.max",
    used: "memory.current",
    files: ["inactive_file ", "active_file "],
};

const VERSION_1: Names = Names {
    limit: "memory.limit_in_bytes",
    used: "memory.usage_in_bytes",
    files: ["total_inactive_file ", "total_active_file "],
};

/// No machine has more: the number that version 1 has for no limit is larger.
const NO_LIMIT: u64 = 1 << 60;

/// The smallest limit that the group `path` below `root`, or one above it, allows.
fn smallest(root: &Path, path: &str, names: &Names) -> Option<u64> {
    let own = root.join(path);
    let above = own.ancestors().take_while(|path| path.starts_with(root));
    let number = |path: &Path| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
    let left = above.filter_map(|group| {
        let limit = number(&group.join(names.limit)).filter(|limit| *limit < NO_LIMIT)?;
        let used = number(&group.join(names.used)).unwrap_or(0);
        let stat = fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
        let files = names.files.iter().filter_map(|key| {
            let line = stat.lines().find_map(|line| line.strip_prefix(key))?;
            line.trim().parse::<u64>().ok()
        });
        let used = used.saturating_sub(files.fold(0, u64::saturating_add));
        Some(limit.saturating_sub(used))
    });
    left.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_has_what_is_available_and_its_swap() {
        let text =
            "MemTotal: 16 kB\nMemFree:  1 kB\nMemAvailable:    8192 kB\nSwapFree:  1024 kB\n";
        assert_eq!(machine(text), Some(9 << 20));
        assert_eq!(machine("MemAvailable: 5 kB\n"), Some(5 << 10));
        assert_eq!(machine("MemTotal: 16 kB\n"), None);
        assert_eq!(machine("MemAvailable: many kB\n"), None);
    }

    #[test]
    fn a_limit_of_addresses_is_less_what_is_in_use() {
        let limits = |soft: &str| {
            format!(
                "Limit                     Soft Limit           Hard Limit           Units\n\
                 Max address space         {soft}           unlimited            bytes\n"
            )
        };
        let status = "Name: x\nVmSize:\t    1024 kB\n";
        assert_eq!(addresses(&limits("3145728"), status), Some(2 << 20));
        assert_eq!(addresses(&limits("1000"), status), Some(0));
        assert_eq!(addresses(&limits("unlimited"), status), None);
    }

    fn group(folder: &Path, files: &[(&str, &str)]) {
        fs::create_dir_all(folder).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
    }

    #[test]
    fn the_tightest_group_counts_and_pages_of_files_give_way() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let text = "0::/system/job\n";
        assert_eq!(control_group(text, root), None, "nothing is mounted");
        group(
            &root.join("system/job"),
            &[("memory.max", "max\n"), ("memory.current", "4096\n")],
        );
        assert_eq!(control_group(text, root), None, "no limit");
        group(
            &root.join("system"),
            &[
                ("memory.max", "1000000\n"),
                ("memory.current", "600000\n"),
                (
                    "memory.stat",
                    "anon 1\ninactive_file 200000\nactive_file 100000\n",
                ),
            ],
        );
        assert_eq!(control_group(text, root), Some(700_000));
        assert_eq!(
            control_group("0::/\n", root),
            None,
            "a process outside of it"
        );
    }

    #[test]
    fn groups_of_version_1_are_read_too() {
        let dir = tempfile::tempdir().unwrap();
        let text = "3:cpu,cpuacct:/job\n2:hugetlb,memory:/job\n";
        let job = dir.path().join("memory/job");
        group(
            &job,
            &[
                ("memory.limit_in_bytes", "9223372036854771712\n"),
                ("memory.usage_in_bytes", "100\n"),
            ],
        );
        assert_eq!(control_group(text, dir.path()), None, "no limit");
        group(&job, &[("memory.limit_in_bytes", "5000\n")]);
        assert_eq!(control_group(text, dir.path()), Some(4900));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_machine_tells() {
        assert!(available().unwrap().bytes > 1 << 20);
    }
}
