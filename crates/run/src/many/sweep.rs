//! Sweeps: lists of values of settings, and what runs they make.
//!
//! ```toml
//! seeds = "1-3"              # or a number, or [1, 2, 3]
//! [settings]                 # of every run, as in a config
//! dataset = "glyphs"
//! [sweep]                    # each value with each of the others
//! learning_rate = [0.05, 0.1]
//! net = ["wrn-8-1", "wrn-14-1"]
//! ```

use std::collections::BTreeSet;
use std::path::Path;

use toml::{Table, Value};

use super::Seeds;
use crate::RunError;

/// No file of a sweep is larger.
const MAX_BYTES: u64 = 1 << 20;
/// Bytes of a job's name, which a folder has: less than every file system allows.
const MAX_NAME: usize = 200;
/// Characters of a value in a job's name.
const MAX_VALUE: usize = 40;

/// A sweep: its runs, in the order of the values, seeds innermost.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// What each run is.
    pub jobs: Vec<Job>,
}

/// A run of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its name among the others, as a folder can be called: `learning_rate=0.1,seed=2`.
    pub name: String,
    /// Its settings, each a key and a TOML value; the seed is the last.
    pub settings: Vec<(String, Value)>,
}

impl Sweep {
    /// The most runs of a sweep.
    pub const MAX: usize = 10_000;

    /// Reads the file of a sweep.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] when it cannot be read, and as [`parse`](Self::parse).
    pub fn read(path: &Path) -> Result<Self, RunError> {
        let io = |e| RunError::io("reading", path, e);
        let text = aside::read_given_text(path, MAX_BYTES).map_err(io)?;
        Self::parse(&text, &path.display().to_string())
    }

    /// The runs that a text describes; `origin` names it in errors. Whether there are such settings is for a config to say.
    ///
    /// # Errors
    ///
    /// [`RunError::Setting`] when it is not TOML, has keys that no sweep has, a list without a value or with one twice, or
    /// more runs than [`MAX`](Self::MAX).
    pub fn parse(text: &str, origin: &str) -> Result<Self, RunError> {
        let wrong = |problem: String| wrong(origin, &problem);
        let table: Table = text.parse().map_err(|e: toml::de::Error| {
            wrong(format!("expected TOML, found: {}", e.message()))
        })?;
        const KEYS: [&str; 3] = ["seeds", "settings", "sweep"];
        if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let hint =
                "a setting of every run belongs under [settings], a list of values under [sweep]";
            return Err(wrong(format!(
                "unknown key `{key}`; expected seeds, [settings] or [sweep]: {hint}"
            )));
        }
        let part = |key: &str| match table.get(key) {
            None => Ok(Table::new()),
            Some(Value::Table(part)) => Ok(part.clone()),
            Some(other) => Err(wrong(format!("`{key}`: expected a table, found {other}"))),
        };
        let (settings, lists) = (part("settings")?, part("sweep")?);
        for (key, of) in [(&settings, "settings"), (&lists, "sweep")] {
            if key.contains_key("seed") {
                return Err(wrong(format!(
                    "`seed` under [{of}]: expected `seeds` at the head of the file, such as seeds = \"1-3\""
                )));
            }
        }
        let seeds = match table.get("seeds") {
            None => None,
            Some(value) => Some(seeds(value).map_err(|e| wrong(e.to_string()))?),
        };
        if lists.is_empty() && seeds.is_none() {
            return Err(wrong("expected seeds or [sweep], found neither".into()));
        }
        let mut axes = Vec::new();
        for (key, value) in &lists {
            if settings.contains_key(key) {
                return Err(wrong(format!(
                    "`{key}`: expected it under [settings] or [sweep], found it under both"
                )));
            }
            axes.push((
                key,
                values(value).map_err(|e| wrong(format!("`{key}`: {e}")))?,
            ));
        }
        let seeds: Vec<u64> = seeds.map_or(vec![1], |seeds| seeds.all().to_vec());
        let counts = axes.iter().map(|(_, values)| values.len());
        let count = counts.chain([seeds.len()]).fold(1, usize::saturating_mul);
        if count > Self::MAX {
            let max = Self::MAX;
            return Err(wrong(format!("expected at most {max} runs, found {count}")));
        }

        let mut jobs = Vec::with_capacity(count);
        for number in 0..count {
            let mut rest = number;
            let mut digit = |base: usize| {
                let digit = rest % base;
                rest /= base;
                digit
            };
            let seed = seeds[digit(seeds.len())];
            // The last list turns fastest, after the seeds.
            let mut own: Vec<(String, Value)> = Vec::new();
            for (key, values) in axes.iter().rev() {
                let value = values[digit(values.len())].clone();
                own.insert(0, ((*key).clone(), value));
            }
            let seed = i64::try_from(seed).unwrap_or(i64::MAX);
            own.push(("seed".into(), Value::Integer(seed)));
            let name = name(&own);
            let mut all: Vec<(String, Value)> = settings.clone().into_iter().collect();
            all.extend(own);
            jobs.push(Job {
                name,
                settings: all,
            });
        }
        tell_apart(&mut jobs);
        Ok(Self { jobs })
    }
}

fn wrong(origin: &str, problem: &str) -> RunError {
    RunError::Setting {
        origin: origin.into(),
        problem: problem.into(),
    }
}

fn seeds(value: &Value) -> Result<Seeds, RunError> {
    let number = |value: &Value| value.as_integer().and_then(|seed| u64::try_from(seed).ok());
    match value {
        Value::String(text) => text.parse(),
        Value::Array(list) if list.iter().all(|seed| number(seed).is_some()) => {
            Seeds::new(list.iter().filter_map(number).collect())
        }
        other => match number(other) {
            Some(seed) => Seeds::new(vec![seed]),
            None => other.to_string().parse(),
        },
    }
}

/// The values of a list, one at least, each once.
fn values(value: &Value) -> Result<Vec<Value>, String> {
    let Value::Array(list) = value else {
        return Err(format!("expected a list of values, found {value}"));
    };
    if list.is_empty() {
        return Err("expected a list of values, found an empty one".into());
    }
    let texts: Vec<String> = list.iter().map(Value::to_string).collect();
    let mut seen = BTreeSet::new();
    match texts.iter().find(|text| !seen.insert(*text)) {
        Some(twice) => Err(format!("expected each value once, found {twice} twice")),
        None => Ok(list.clone()),
    }
}

/// `learning_rate=0.1,seed=2`, with what a folder can be called.
fn name(settings: &[(String, Value)]) -> String {
    let plain_key = |c: char| match c.is_alphanumeric() || c == '_' {
        true => c,
        false => '-',
    };
    let part = |(key, value): &(String, Value)| {
        let text = match value {
            Value::String(word) => word.clone(),
            other => other.to_string(),
        };
        // Of a path the end tells most.
        let text = text.trim_end_matches(['/', '\\']);
        let skipped = text.chars().count().saturating_sub(MAX_VALUE);
        let plain = |c: char| match c.is_alphanumeric() || "._+-".contains(c) {
            true => c,
            false => '-',
        };
        let text: String = text.chars().skip(skipped).map(plain).collect();
        let key: String = key.chars().take(MAX_VALUE).map(plain_key).collect();
        format!("{key}={text}")
    };
    let parts: Vec<String> = settings.iter().map(part).collect();
    parts.join(",")
}

/// Gives jobs whose names would be alike, or too long, a number: that of their place.
fn tell_apart(jobs: &mut [Job]) {
    let mut names = BTreeSet::new();
    let mut twice = BTreeSet::new();
    for job in jobs.iter() {
        // Some file systems do not tell letters of one case from those of the other.
        if !names.insert(job.name.to_lowercase()) {
            twice.insert(job.name.to_lowercase());
        }
    }
    for (index, job) in jobs.iter_mut().enumerate() {
        if job.name.len() > MAX_NAME {
            let end = (0..=MAX_NAME - 10)
                .rev()
                .find(|&end| job.name.is_char_boundary(end));
            job.name.truncate(end.unwrap_or(0));
        } else if !twice.contains(&job.name.to_lowercase()) {
            continue;
        }
        job.name.push_str(&format!(",job={}", index + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let sweep = Sweep::parse(text, "a.toml").unwrap();
        sweep.jobs.into_iter().map(|job| job.name).collect()
    }

    #[test]
    fn every_value_meets_every_other_and_every_seed() {
        let text = "seeds = '1-2'\n[settings]\ndataset = 'glyphs'\n[sweep]\nlearning_rate = [0.05, 0.1]\nnet = ['wrn-8-1', 'wrn-14-1']\n";
        let found = names(text);
        assert_eq!(found.len(), 8);
        assert_eq!(found[0], "learning_rate=0.05,net=wrn-8-1,seed=1");
        assert_eq!(found[1], "learning_rate=0.05,net=wrn-8-1,seed=2");
        assert_eq!(found[2], "learning_rate=0.05,net=wrn-14-1,seed=1");
        assert_eq!(found[7], "learning_rate=0.1,net=wrn-14-1,seed=2");
        let jobs = Sweep::parse(text, "a.toml").unwrap().jobs;
        let keys: Vec<&str> = jobs[0]
            .settings
            .iter()
            .map(|(key, _)| key.as_str())
            .collect();
        assert_eq!(keys, ["dataset", "learning_rate", "net", "seed"]);
    }

    #[test]
    fn seeds_are_a_text_a_number_or_a_list() {
        for seeds in ["'3,5'", "[3, 5]"] {
            assert_eq!(names(&format!("seeds = {seeds}")), ["seed=3", "seed=5"]);
        }
        assert_eq!(names("seeds = 4"), ["seed=4"]);
        assert_eq!(names("[sweep]\nepochs = [2]"), ["epochs=2,seed=1"]);
    }

    #[test]
    fn names_are_those_of_folders_and_differ() {
        let found = names(
            "[sweep]\ndataset = ['../a/my photos', '../b/my photos']\nsize = [[32, 32], [48, 48]]\n",
        );
        assert_eq!(found[0], "dataset=..-a-my-photos,size=-32--32-,seed=1");
        let alike = names("[sweep]\ndataset = ['./my photos', './my-photos', './My photos']\n");
        assert_eq!(alike[0], "dataset=.-my-photos,seed=1,job=1");
        assert_eq!(alike[2], "dataset=.-My-photos,seed=1,job=3");
        let keys: String = (0..20)
            .map(|n| format!("key_number_{n} = ['{}']\n", "x".repeat(99)))
            .collect();
        let long = names(&format!("seeds = '1-2'\n[sweep]\n{keys}"));
        assert!(long.iter().all(|name| name.len() <= MAX_NAME), "{long:?}");
        assert_ne!(long[0], long[1]);
        let lists = names(
            "[sweep]\naugment = ['none', 'flip,rotate=10', 'flip-rotate-10']\nnet = ['./a/b.toml']\n",
        );
        assert_eq!(lists[0], "augment=none,net=.-a-b.toml,seed=1");
        assert_eq!(
            lists[1],
            "augment=flip-rotate-10,net=.-a-b.toml,seed=1,job=2"
        );
        assert_eq!(
            lists[2],
            "augment=flip-rotate-10,net=.-a-b.toml,seed=1,job=3"
        );
        let hostile = names("[sweep]\n\"../x\" = [1]\n");
        assert_eq!(hostile, ["---x=1,seed=1"]);
    }

    #[test]
    fn what_is_no_sweep_is_refused_by_name() {
        for (text, part) in [
            ("", "found neither"),
            ("seeds =", "expected TOML"),
            ("seed = 1", "unknown key `seed`"),
            ("epochs = 3", "belongs under [settings]"),
            ("seeds = '3-1'", "`seeds`"),
            ("seeds = [1, 'a']", "`seeds`"),
            ("seeds = -1", "`seeds`"),
            ("seeds = 1\nsettings = 3", "expected a table"),
            ("[sweep]\nepochs = []", "an empty one"),
            ("[sweep]\nepochs = 3", "expected a list"),
            ("[sweep]\nepochs = [2, 6, 2]", "2 twice"),
            ("[sweep]\nseed = [1, 2]", "seeds = \"1-3\""),
            (
                "[settings]\nseed = 1\n[sweep]\nepochs = [2]",
                "seeds = \"1-3\"",
            ),
            (
                "[settings]\nepochs = 1\n[sweep]\nepochs = [2]",
                "under both",
            ),
        ] {
            let error = Sweep::parse(text, "a.toml").unwrap_err().to_string();
            assert!(
                error.starts_with("a.toml: ") && error.contains(part),
                "{text}: {error}"
            );
        }
        let many = (1..=101)
            .map(|n| n.to_string())
            .collect::<Vec<_>>()
            .join(", ");
        let text = format!("[sweep]\na = [{many}]\nb = [{many}]\n");
        let error = Sweep::parse(&text, "a.toml").unwrap_err().to_string();
        assert!(error.contains("at most 10000 runs, found 10201"), "{error}");
    }
}
