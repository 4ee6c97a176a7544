//! The runs of a page in groups that differ in nothing but their seed.

use std::collections::BTreeSet;

use run::many::{self, Scored, Seeds};

use super::folder::{Run, State};
use super::settings;
use super::word::word;

/// Groups that have a colour and a mark of their own: eight colours, each with four marks.
pub const MAX_LOOKS: usize = 32;

/// Runs that differ in nothing but their seed, on the same images.
pub struct Group {
    /// Its runs, by index.
    pub runs: Vec<usize>,
    /// What it is called: of a single run its name, else [`settings`](Self::settings).
    pub name: String,
    /// The settings that tell it from the other groups; where there is none, its network and weights.
    pub settings: String,
    /// Decides colour and mark. Of more groups than there are, those that err most have none and are drawn in grey.
    pub look: Option<usize>,
    /// The errors of its finished runs.
    pub score: Option<many::Group>,
    /// Groups with the same number were scored on the same test images.
    pub images: usize,
}

impl Group {
    /// Whether it is one run.
    pub fn is_single(&self) -> bool {
        self.runs.len() == 1
    }

    /// The run that stands for the others where one is looked at: the best finished one, else the first.
    pub fn best(&self, runs: &[Run]) -> usize {
        let error = |&run: &usize| score(&runs[run]).unwrap_or(f64::INFINITY);
        let best = self.runs.iter().copied();
        best.min_by(|a, b| error(a).total_cmp(&error(b)))
            .unwrap_or_default()
    }

    /// Its seeds as people write them: `1-3`.
    pub fn seeds(&self, runs: &[Run]) -> String {
        let seeds: BTreeSet<u64> = self.runs.iter().map(|&run| runs[run].config.seed).collect();
        let list = Seeds::new(seeds.iter().copied().collect());
        list.map_or_else(|_| "–".into(), |list| list.to_string())
    }

    /// The mean test error as a verdict has it.
    pub fn mean(&self) -> Option<f64> {
        self.score.as_ref().map(|score| score.mean)
    }
}

/// The test error of a finished run in percent.
pub fn score(run: &Run) -> Option<f64> {
    let result = run.result.as_ref()?;
    (run.state() == State::Finished).then_some(result.test_error_percent)
}

/// The digest of a run's images, where it is known.
pub fn content(run: &Run) -> Option<&str> {
    let about = run.about.as_ref()?;
    Some(&about.data.digests.content)
}

/// The groups, in the order of their first runs.
pub fn groups(runs: &[Run]) -> Vec<Group> {
    let about: Vec<_> = runs.iter().map(|run| (&run.config, content(run))).collect();
    let alike = many::alike(&about);
    let firsts: Vec<&Run> = alike.iter().map(|members| &runs[members[0]]).collect();
    let images = same_images(&firsts);
    let mut groups: Vec<Group> = alike
        .iter()
        .zip(names(&firsts, &images))
        .zip(images)
        .map(|((members, settings), images)| Group {
            name: match members.as_slice() {
                [one] => runs[*one].name.clone(),
                _ => settings.clone(),
            },
            score: scored(runs, members),
            runs: members.clone(),
            settings,
            look: None,
            images,
        })
        .collect();
    // Those that err least first; those without a score in their order.
    let mut order: Vec<usize> = (0..groups.len()).collect();
    if groups.len() > MAX_LOOKS {
        let error = |&group: &usize| groups[group].mean().unwrap_or(f64::INFINITY);
        order.sort_by(|a, b| error(a).total_cmp(&error(b)));
        order.truncate(MAX_LOOKS);
        order.sort_unstable();
    }
    for (look, group) in order.into_iter().enumerate() {
        groups[group].look = Some(look);
    }
    groups
}

fn scored(runs: &[Run], members: &[usize]) -> Option<many::Group> {
    let scored = members.iter().filter_map(|&run| {
        Some(Scored {
            run,
            config: &runs[run].config,
            content: content(&runs[run]),
            error: score(&runs[run])?,
        })
    });
    many::groups(&scored.collect::<Vec<_>>()).pop()
}

/// What each of some runs is told from the others by: of network, weights and the like what differs, and of other settings
/// what most of them do not have. Empty where it has what most have.
pub fn told_apart(firsts: &[&Run]) -> Vec<String> {
    let columns = firsts.iter().map(|run| columns(run)).collect::<Vec<_>>();
    let differs = |column: &usize| {
        columns
            .iter()
            .any(|row| row[*column] != columns[0][*column])
    };
    // Not the dataset: where it differs, so do the images.
    let shown: Vec<usize> = (1..COLUMNS.len()).filter(differs).collect();
    let name = |(row, others): (&[String; 5], String)| {
        let column = |&column: &usize| match COLUMNS[column] {
            "epochs" => format!("{} epochs", row[column]),
            "augmentation" => format!("augment = {}", row[column]),
            _ => row[column].clone(),
        };
        let mut parts: Vec<String> = shown.iter().map(column).collect();
        parts.extend((!others.is_empty()).then_some(others));
        parts.join(", ")
    };
    let others = settings::apart(firsts);
    columns.iter().zip(others).map(name).collect()
}

/// What each group is told from those on the same images by, and on a page about several datasets its own.
fn names(firsts: &[&Run], images: &[usize]) -> Vec<String> {
    let dataset = |run: &Run| run.config.dataset.name();
    let several = firsts.iter().any(|run| dataset(run) != dataset(firsts[0]));
    let mut names = vec![String::new(); firsts.len()];
    for &same in &images.iter().copied().collect::<BTreeSet<_>>() {
        let here: Vec<usize> = (0..firsts.len())
            .filter(|&group| images[group] == same)
            .collect();
        let runs: Vec<&Run> = here.iter().map(|&group| firsts[group]).collect();
        for (group, apart) in here.into_iter().zip(told_apart(&runs)) {
            let run = firsts[group];
            let usual = || format!("{}, {}", run.config.net, run.config.weights);
            let apart = if apart.is_empty() { usual() } else { apart };
            names[group] = match several {
                true => format!("{}, {apart}", dataset(run)),
                false => apart,
            };
        }
    }
    // Some differ in their images alone.
    let is_twice = |name: &String| names.iter().filter(|other| *other == name).count() > 1;
    let twice: Vec<bool> = names.iter().map(is_twice).collect();
    for (index, name) in names
        .iter_mut()
        .enumerate()
        .filter(|(index, _)| twice[*index])
    {
        name.push_str(&format!(" ({})", index + 1));
    }
    names
}

/// The settings that have a column of their own in tables.
pub const COLUMNS: [&str; 5] = ["dataset", "network", "weights", "augmentation", "epochs"];

/// A run's settings in these columns.
pub fn columns(run: &Run) -> [String; 5] {
    let config = &run.config;
    [
        config.dataset.name(),
        config.net.to_string(),
        config.weights.to_string(),
        word(&config.augment),
        config.epochs.to_string(),
    ]
}

/// A number for each run, the same where the test images are.
fn same_images(firsts: &[&Run]) -> Vec<usize> {
    let key = |run: &Run| {
        let whole = run.about.as_ref().map(|about| {
            let data = &about.data;
            data.whole.as_ref().unwrap_or(&data.digests.content).clone()
        });
        (run.config.dataset.name(), run.config.limit_test, whole)
    };
    let keys: Vec<_> = firsts.iter().map(|run| key(run)).collect();
    let first = |key: &_| keys.iter().position(|other| other == key);
    keys.iter()
        .map(|key| first(key).unwrap_or_default())
        .collect()
}
