//! How much memory there is to take.

use std::fs;
use std::path::Path;

/// Where the system cannot be asked.
const UNKNOWN: u64 = 4 << 30;

/// A quarter of the memory that this process may still take, in bytes.
pub(super) fn quarter() -> u64 {
    available(Path::new("/")) / 4
}

/// What is left: the least of what the machine has and what the control groups allow. `root` is
/// the root of the file system, another one in tests.
fn available(root: &Path) -> u64 {
    let text = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_default();
    let number = |path: &str| text(path).trim().parse::<u64>().ok();
    let machine = text("proc/meminfo")
        .lines()
        .find_map(|line| {
            line.strip_prefix("MemAvailable:")?
                .trim()
                .strip_suffix("kB")?
                .trim()
                .parse::<u64>()
                .ok()
        })
        .map(|kilobytes| kilobytes.saturating_mul(1024));
    let groups = text("proc/self/cgroup");
    // Version 2 has one line `0::/PATH`; limits of each group above hold too.
    let path = groups
        .lines()
        .find_map(|line| line.strip_prefix("0::/"))
        .unwrap_or_default();
    let mut left = machine.unwrap_or(UNKNOWN);
    let mut group = Path::new(path);
    loop {
        let folder = Path::new("sys/fs/cgroup").join(group);
        let file = |name: &str| folder.join(name).to_string_lossy().into_owned();
        if let Some(limit) = number(&file("memory.max")) {
            left = left.min(limit.saturating_sub(number(&file("memory.current")).unwrap_or(0)));
        }
        match group.parent() {
            Some(parent) => group = parent,
            None => break,
        }
    }
    // Version 1, in which a container sees its own group as the root.
    if let Some(limit) = number("sys/fs/cgroup/memory/memory.limit_in_bytes") {
        let used = number("sys/fs/cgroup/memory/memory.usage_in_bytes").unwrap_or(0);
        left = left.min(limit.saturating_sub(used));
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tightest_limit_counts() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        assert_eq!(available(root.path()), UNKNOWN);
        write("proc/meminfo", "MemTotal: 9 kB\nMemAvailable:   2000 kB\n");
        assert_eq!(available(root.path()), 2000 * 1024);
        write("proc/self/cgroup", "0::/a/b\n");
        write("sys/fs/cgroup/a/b/memory.max", "max\n");
        assert_eq!(available(root.path()), 2000 * 1024);
        write("sys/fs/cgroup/a/memory.max", "5000\n");
        write("sys/fs/cgroup/a/memory.current", "1000\n");
        assert_eq!(available(root.path()), 4000);
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", "3000");
        assert_eq!(available(root.path()), 3000);
    }
}
