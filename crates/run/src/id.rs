//! A run's own name, by which its checkpoints are known from those of other runs.

use std::hash::{BuildHasher, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

/// Draws one: 32 hexadecimal digits, of the numbers with which the standard library seeds its hash tables, of the time
/// and of the process. Nothing in a run is computed from it.
pub fn draw() -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let half = |half: u32| RandomState::new().hash_one((now, std::process::id(), half));
    format!("{:016x}{:016x}", half(0), half(1))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn none_is_drawn_twice() {
        let drawn: HashSet<String> = (0..1000).map(|_| draw()).collect();
        assert_eq!(drawn.len(), 1000);
        assert!(drawn.iter().all(|id| id.len() == 32));
    }
}
