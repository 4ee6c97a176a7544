//! Runs that differ in nothing but their seed.

use run::many::{self, Group, Scored};

use super::folder::{Run, State};

/// The groups of finished runs with two seeds or more.
pub fn groups(runs: &[Run]) -> Vec<Group> {
    let scored = |(index, run): (usize, &'_ Run)| match run.state() {
        State::Finished => run
            .result
            .as_ref()
            .map(|result| (index, result.test_error_percent)),
        State::Lengthened | State::Training | State::Stopped | State::Damaged => None,
    };
    let scored = runs.iter().enumerate().filter_map(scored);
    let scored = scored.map(|(run, error)| Scored {
        run,
        config: &runs[run].config,
        content: (runs[run].about.as_ref()).map(|about| about.data.digests.content.as_str()),
        error,
    });
    let groups = many::groups(&scored.collect::<Vec<_>>());
    // One seed twice is a repetition, and says nothing of the spread.
    let spread = |group: &Group| group.seeds > 1 && group.seeds == group.runs.len();
    groups.into_iter().filter(spread).collect()
}
