//! The runs beside the paper.

use maud::{Markup, html};

use super::Report;
use super::folder::Run;
use super::groups::Group;
use super::published::{self, Comparison};
use super::recipe_diff::recipe_diff;
use super::tables::{boxed, head};
use super::terms::{self, term};

/// A group beside a published figure.
struct Row {
    /// That of a run, with the mean of the errors.
    comparison: Comparison,
    /// How many runs have it.
    runs: usize,
}

/// The groups beside the paper; `None` where it has none of them.
pub fn paper(report: &Report) -> Option<Markup> {
    let of = |group: &Group| rows(group.runs.iter().map(|&run| &report.runs[run]));
    let rows: Vec<(&Group, Vec<Row>)> = (report.groups.iter())
        .map(|group| (group, of(group)))
        .filter(|(_, rows)| !rows.is_empty())
        .collect();
    if rows.is_empty() {
        return None;
    }
    let table = html! {
        table {
            thead { tr {
                th scope="col" { "group" }
                th.number scope="col" { "our epochs" }
                th.number scope="col" { "our error, %" }
                th.number scope="col" { "published epochs" }
                th.number scope="col" { (term(terms::PUBLISHED, "published error, %")) }
                th.number scope="col" { (term(terms::POINTS, "gap, points")) }
                th scope="col" { "source" }
            } }
            @for (group, rows) in &rows {
                @let others = others(&report.runs[group.runs[0]], rows);
                tbody {
                    @for (place, Row { comparison: row, runs }) in rows.iter().enumerate() {
                        @let fewer = row.epochs < row.published.epochs;
                        tr {
                            @if place == 0 { th scope="rowgroup" rowspan=(rows.len() + others.len()) { (head(group)) } }
                            td.number { (row.epochs) }
                            td.number {
                                (format!("{:.2}", row.error))
                                @if *runs > 1 { span.aside { "mean of " (runs) } }
                                @if !row.finished { span.aside { "in training" } }
                            }
                            td.number { (row.published.epochs) @if fewer { " " span.pill { "ours is shorter" } } }
                            td.number { (format!("{:.2}", row.published.error)) }
                            td.number { (format!("{:+.2}", row.gap())) }
                            td { (row.published.source) }
                        }
                    }
                    @for other in others { tr { td.note colspan="6" { (other) } } }
                }
            }
        }
    };
    Some(boxed("The runs beside the paper", &table))
}

/// What the runs of a group have to be laid beside, with the means of their errors.
fn rows<'a>(runs: impl Iterator<Item = &'a Run>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for comparison in runs.flat_map(published::beside) {
        let same = |row: &&mut Row| {
            let known = &row.comparison;
            known.published == comparison.published && known.epochs == comparison.epochs
        };
        match rows.iter_mut().find(same) {
            Some(row) => {
                row.comparison.error += comparison.error;
                row.comparison.finished &= comparison.finished;
                row.runs += 1;
            }
            None => rows.push(Row {
                comparison,
                runs: 1,
            }),
        }
    }
    for row in &mut rows {
        row.comparison.error /= row.runs as f64;
    }
    rows.sort_by_key(|row| row.comparison.published.epochs);
    rows
}

/// A sentence for each source whose recipe the run departs from.
fn others(run: &Run, rows: &[Row]) -> Vec<String> {
    let mut sources: Vec<&str> = rows
        .iter()
        .map(|row| row.comparison.published.source)
        .collect();
    sources.dedup();
    let mut told: Vec<(Vec<String>, Vec<&str>)> = Vec::new();
    for source in sources {
        let recipe_diff = recipe_diff(&run.config, source);
        match told.iter_mut().find(|(known, _)| *known == recipe_diff) {
            Some((_, sources)) if !sources.contains(&source) => sources.push(source),
            Some(_) => {}
            None => told.push((recipe_diff, vec![source])),
        }
    }
    told.retain(|(recipe_diff, _)| !recipe_diff.is_empty());
    told.iter()
        .map(|(recipe_diff, sources)| {
            format!(
                "Another recipe than {}: {}.",
                sources.join(" and "),
                recipe_diff.join("; ")
            )
        })
        .collect()
}
