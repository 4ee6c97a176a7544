//! The networks that are looked at, what they take, and which of them are trained.

use std::cmp::Ordering;

use embed::{Cost, EmbedError};
use graph::{Graph, Net};
use run::TrainConfig;

use super::budget::{Budget, needs};
use crate::{Error, footprint};

/// Depths 6n+2 of the families with three stages.
const DEPTHS: [usize; 7] = [8, 14, 20, 26, 32, 38, 44];
/// Families that have such depths and widths, and arithmetic in integers.
const FAMILIES: [&str; 2] = ["wrn", "plain"];

/// A network that could be trained.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its name.
    pub net: String,
    /// Family, depth and stem: those that differ in their width alone have it in common.
    line: String,
    /// What it takes of the device.
    pub cost: Cost,
    /// Multiply-accumulates for an image.
    pub work: u64,
    /// Bits of its weights.
    pub bits: u64,
}

impl Candidate {
    /// What decides who is tried first: of two networks the one with more weights that are used more often tends to err
    /// less. Nothing but the order follows from it.
    fn promise(&self) -> f64 {
        (self.work as f64).ln() + (self.bits as f64).ln()
    }
}

/// What networks are for: images of a shape, and classes.
pub struct Task<'a> {
    pub input: [usize; 3],
    pub class_names: &'a [String],
    /// Whether the residual map has 8 bits.
    pub eight_bits: bool,
}

/// Refuses families that this does not know.
///
/// # Errors
///
/// [`Error::Usage`] that lists those that it does.
pub fn families(words: &str) -> Result<Vec<&'static str>, Error> {
    let of = |word: &str| FAMILIES.into_iter().find(|family| *family == word.trim());
    let found: Option<Vec<_>> = words.split(',').map(of).collect();
    let found = found.ok_or_else(|| {
        Error::Usage(format!(
            "--families {words}: expected {}, separated by commas; integer arithmetic computes no other family of many widths",
            FAMILIES.join(" or ")
        ))
    })?;
    let named = |family: &&str| found.contains(family);
    Ok(FAMILIES.into_iter().filter(named).collect())
}

/// All networks of some families that keep a budget.
///
/// # Errors
///
/// [`Error::Usage`] when none does, with the one that comes nearest, and when integers do not compute such networks.
pub fn all(
    families: &[&str],
    task: &Task<'_>,
    budget: &Budget,
    config: impl Fn(Net) -> Result<TrainConfig, Error>,
) -> Result<Vec<Candidate>, Error> {
    let mut kept = Vec::new();
    let mut nearest: Option<Candidate> = None;
    for family in families {
        for depth in DEPTHS {
            for stem in ["", "-s2"] {
                let line = format!("{family}-{depth}{stem}");
                for width in widths() {
                    let candidate = candidate(
                        format!("{family}-{depth}-{width}{stem}"),
                        line.clone(),
                        task,
                        budget,
                        &config,
                    )?;
                    let needs = budget.needs(&candidate.cost);
                    let over = candidate.cost.flash() > budget.flash;
                    let is_nearer = |known: &Candidate| needs < budget.needs(&known.cost);
                    if budget.keeps(&candidate.cost) {
                        kept.push(candidate);
                    } else if nearest.as_ref().is_none_or(is_nearer) {
                        nearest = Some(candidate);
                    }
                    // A wider one has more weights.
                    if over {
                        break;
                    }
                }
            }
        }
    }
    if kept.is_empty() {
        let nearest = nearest.map_or_else(String::new, |known| {
            format!(
                "; the smallest beside it, {}, needs {}",
                known.net,
                needs(&known.cost)
            )
        });
        return Err(Error::Usage(format!(
            "expected a network of {} within {}, found none{nearest}; raise the budget, or give smaller images",
            families.join(" or "),
            budget.words()
        )));
    }
    Ok(kept)
}

/// Widths of a line: as fine as names have them while networks are small.
fn widths() -> impl Iterator<Item = f64> {
    let quarters = (1..8).map(|n| f64::from(n) / 4.0);
    let halves = (4..8).map(|n| f64::from(n) / 2.0);
    quarters.chain(halves).chain((4..=16).map(f64::from))
}

fn candidate(
    name: String,
    line: String,
    task: &Task<'_>,
    budget: &Budget,
    config: &impl Fn(Net) -> Result<TrainConfig, Error>,
) -> Result<Candidate, Error> {
    let net: Net = name.parse()?;
    let config = config(net)?;
    let graph: Graph = config.graph(task.input, task.class_names.len())?;
    let totals = config.costs(&graph).totals;
    let model = footprint::stand_in(
        graph,
        config.net.gain(),
        Some(task.class_names),
        task.eight_bits,
    )?;
    let cost = embed::cost(&model, budget.core).map_err(|error| {
        let way_out = match error {
            EmbedError::Model(_) => "choose weights that integers compute, such as --set weights=1bit and --set first_last=8bit",
            _ => "give smaller images",
        };
        Error::Usage(format!("{name}: {error}; {way_out}"))
    })?;
    Ok(Candidate {
        net: name,
        line,
        cost,
        work: totals.multiply_accumulates,
        bits: totals.one_bit_weights + 2 * totals.ternary_weights + 8 * totals.eight_bit_weights,
    })
}

/// So many of them, the most promising first: of each line the widest, and narrower ones where lines are too few.
pub fn chosen(mut all: Vec<Candidate>, count: usize) -> Vec<Candidate> {
    // Names break ties, so that the same command finds the same.
    all.sort_by(|a, b| by_promise(b, a).then_with(|| a.net.cmp(&b.net)));
    let (mut chosen, mut rest) = (Vec::<Candidate>::new(), Vec::new());
    for candidate in all {
        match chosen.iter().any(|known| known.line == candidate.line) {
            true => rest.push(candidate),
            false => chosen.push(candidate),
        }
    }
    chosen.extend(rest);
    chosen.truncate(count);
    chosen
}

fn by_promise(a: &Candidate, b: &Candidate) -> Ordering {
    a.promise().total_cmp(&b.promise())
}

#[cfg(test)]
mod tests {
    use data::Dataset;
    use embed::Core;

    use super::*;

    fn found(flash: usize, ram: usize, instructions: Option<u64>) -> Result<Vec<Candidate>, Error> {
        let names: Vec<String> = (0..10).map(|n| n.to_string()).collect();
        let task = Task {
            input: [3, 32, 32],
            class_names: &names,
            eight_bits: true,
        };
        let core = Core::CortexM4;
        let budget = Budget {
            flash,
            ram,
            instructions,
            core,
        };
        all(&["wrn"], &task, &budget, |net| {
            Ok(TrainConfig {
                net,
                ..TrainConfig::recipe(Dataset::Cifar10)
            })
        })
    }

    #[test]
    fn all_keep_the_budget_and_each_line_has_its_widest() {
        let all = found(48 << 10, 36 << 10, Some(30_000_000)).unwrap();
        let known = |name: &str| all.iter().any(|found| found.net == name);
        // The figures of `benchmarks/embedded`: 47,486 bytes of flash, 35,264 of RAM, 21.9 million instructions.
        assert!(known("wrn-20-1") && known("wrn-8-0.25") && known("wrn-14-1-s2"));
        assert!(!known("wrn-20-1.25") && !known("wrn-8-1.5"));
        let chosen = chosen(all.clone(), 5);
        assert_eq!(chosen.len(), 5);
        for (index, one) in chosen.iter().enumerate() {
            let others = &chosen[index + 1..];
            assert!(
                others.iter().all(|other| other.line != one.line),
                "{}",
                one.net
            );
            let wider = all.iter().filter(|other| other.line == one.line);
            assert!(
                wider.map(|other| other.bits).max() == Some(one.bits),
                "{}",
                one.net
            );
        }
        let fewer = super::chosen(all.clone(), 1000);
        assert_eq!(fewer.len(), all.len());
    }

    #[test]
    fn where_none_fits_the_nearest_is_named() {
        let error = found(4 << 10, 4 << 10, None).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        let text = error.to_string();
        assert!(text.contains("wrn-8-0.25-s2, needs "), "{text}");
        assert!(text.contains("4,096 bytes of flash"), "{text}");
        let text = found(64 << 10, 64 << 10, Some(1000))
            .unwrap_err()
            .to_string();
        assert!(text.contains("1,000 instructions"), "{text}");
    }

    #[test]
    fn families_are_those_with_widths_and_integers() {
        assert_eq!(families("plain, wrn,plain").unwrap(), ["wrn", "plain"]);
        for words in ["", "vgg", "wrn,", "wrn,resnet"] {
            assert!(families(words).is_err(), "{words}");
        }
    }
}
