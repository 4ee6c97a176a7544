//! The answer of a page: which runs are better, by how much, and whether that is more than the spread of seeds.

use run::many::{self, Difference, Gap};

use super::Report;
use super::groups::{Group, content, told_apart};

/// Gaps that have a sentence each; more are a table alone.
const MAX_SENTENCES: usize = 3;

/// A gap between a kind of weights and 32 bits, by the indices of the groups.
pub struct WeightsGap {
    /// The group.
    pub group: usize,
    /// The one with 32 bits and otherwise the same settings.
    pub baseline: usize,
    /// How much more the group errs.
    pub difference: Difference,
}

/// The gaps of all groups with a 32-bit baseline.
pub fn gaps(report: &Report) -> Vec<WeightsGap> {
    let scored = report.groups.iter().enumerate();
    let scored = scored.filter_map(|(group, of)| Some((group, of.score.clone()?)));
    let (places, scores): (Vec<usize>, Vec<many::Group>) = scored.unzip();
    let of = |run: usize| (&report.runs[run].config, content(&report.runs[run]));
    let by_group = |gap: Gap| WeightsGap {
        group: places[gap.group],
        baseline: places[gap.baseline],
        difference: gap.difference,
    };
    let gaps = many::gaps(&scores, of).into_iter();
    gaps.map(by_group).collect()
}

/// The sentences, the most telling first; none of a page about one group.
pub fn sentences(report: &Report) -> Vec<String> {
    let groups = &report.groups;
    if groups.len() < 2 {
        return Vec::new();
    }
    if groups.iter().all(|group| group.score.is_none()) {
        return vec!["No run is finished yet, so there is nothing to compare.".into()];
    }
    let mut images: Vec<usize> = groups.iter().map(|group| group.images).collect();
    images.sort_unstable();
    images.dedup();
    let gaps = gaps(report);
    let several = images.len() > 1;
    let of = |images: usize| on(report, images, &gaps, several);
    images.into_iter().flat_map(of).collect()
}

/// The sentences about the groups that were scored on the same images.
fn on(report: &Report, images: usize, gaps: &[WeightsGap], several: bool) -> Vec<String> {
    let groups = &report.groups;
    let here = groups.iter().filter(|group| group.images == images);
    let mut scored: Vec<(&Group, f64)> = here
        .filter_map(|group| Some((group, group.mean()?)))
        .collect();
    scored.sort_by(|a, b| a.1.total_cmp(&b.1));
    let gaps: Vec<&WeightsGap> = gaps
        .iter()
        .filter(|gap| groups[gap.group].images == images)
        .collect();
    let mut sentences = Vec::new();
    if gaps.len() <= MAX_SENTENCES {
        sentences.extend(gaps.iter().map(|gap| {
            let [group, baseline] = [gap.group, gap.baseline].map(|index| &groups[index]);
            let weights = |group: &Group| report.runs[group.runs[0]].config.weights.to_string();
            let names =
                [weights(group), weights(baseline)].map(|weights| format!("{weights} weights"));
            let about = match gaps.len() {
                1 => String::new(),
                _ => format!("{}: ", group.settings),
            };
            format!(
                "{about}{}",
                compared(names, "err", [group, baseline], &gap.difference)
            )
        }));
    }
    if gaps.len() > MAX_SENTENCES {
        sentences.push(all_of(&gaps));
    }
    // The best two, where they are no such gap.
    if let [(best, _), (next, _), ..] = scored[..] {
        let difference = |a: &Group, b: &Group| {
            let [a, b] = [a, b].map(|group| group.score.as_ref());
            a.zip(b).map(|(a, b)| Difference::new(a, b))
        };
        let is_gap = gaps.iter().any(|gap| {
            let pair = [gap.group, gap.baseline].map(|index| &groups[index].runs);
            pair.contains(&&best.runs) && pair.contains(&&next.runs)
        });
        if let (false, Some(difference)) = (is_gap, difference(next, best)) {
            // Only what the two differ in.
            let firsts = [next, best].map(|group| &report.runs[group.runs[0]]);
            let apart = told_apart(&firsts);
            let name = |place: usize| match apart[place].as_str() {
                "" => [next, best][place].settings.clone(),
                apart => apart.to_owned(),
            };
            let names = [0, 1].map(name);
            let text = compared(names, "errs", [next, best], &difference);
            sentences.push(match scored.len() {
                2 => text,
                count => format!("Best of {count}: {text}"),
            });
        }
    }
    if several && !sentences.is_empty() {
        let dataset = groups.iter().find(|group| group.images == images);
        let dataset = dataset.map(|group| report.runs[group.runs[0]].config.dataset.name());
        let dataset = dataset.unwrap_or_default();
        sentences = sentences
            .into_iter()
            .map(|text| format!("{dataset}: {text}"))
            .collect();
    }
    sentences
}

/// What many gaps have in common.
fn all_of(gaps: &[&WeightsGap]) -> String {
    let points = gaps.iter().map(|gap| gap.difference.points);
    let [low, high] = points.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], points| {
        [low.min(points), high.max(points)]
    });
    let count = |wanted| {
        let sure = gaps.iter().map(|gap| gap.difference.exceeds_seeds());
        sure.filter(|sure| *sure == wanted).count()
    };
    let parts = [
        (count(Some(true)), "more than the spread of the seeds"),
        (count(Some(false)), "within the spread of the seeds"),
        (count(None), "between single runs and may be chance"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, what)| match count {
            1 => format!("1 is {what}"),
            count if count == gaps.len() => format!("all are {what}"),
            count => format!("{count} are {what}"),
        })
        .collect();
    format!(
        "{} gaps to 32 bits, from {low:+.2} to {high:+.2} points: {}.",
        gaps.len(),
        parts.join(", ")
    )
}

/// Two groups beside each other; `difference` is how much more the first errs than the second.
fn compared(
    names: [String; 2],
    verb: &str,
    groups: [&Group; 2],
    difference: &Difference,
) -> String {
    let mean = |group: &Group| format!("{:.2} %", group.mean().unwrap_or(f64::NAN));
    let points = difference.points;
    // What is shown as 0.00 is no difference that anybody could see.
    let alike = points.abs() < 0.005;
    let [worse, better] = match points < 0.0 && !alike {
        true => [1, 0],
        false => [0, 1],
    };
    let what = match alike {
        true => format!(
            "{} and {} err alike ({} of the test images)",
            names[0],
            names[1],
            mean(groups[0])
        ),
        false => format!(
            "{} {verb} {:.2} points less than {} ({} against {})",
            names[better],
            points.abs(),
            names[worse],
            mean(groups[better]),
            mean(groups[worse])
        ),
    };
    let interval = |margin: f64| {
        let middle = points.abs();
        format!(
            "with 95 % confidence {:.2} to {:.2} points",
            middle - margin,
            middle + margin
        )
    };
    let how_sure = match (difference.exceeds_seeds(), difference.margin) {
        (_, Some(_)) if alike => String::new(),
        (Some(true), Some(margin)) => format!(
            ", which is more than the spread of the seeds: {}",
            interval(margin)
        ),
        (Some(false), Some(margin)) => format!(
            ", which is within the spread of the seeds: {}",
            interval(margin)
        ),
        _ => match groups.map(|group| group.score.as_ref().is_some_and(|score| score.seeds == 1)) {
            [true, true] => "; these are single runs, so the difference may be chance".into(),
            _ => "; one of them is a single run, so the difference may be chance".into(),
        },
    };
    format!("{what}{how_sure}.")
}
