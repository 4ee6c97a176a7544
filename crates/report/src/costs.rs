//! The table of what the networks cost.

use std::collections::BTreeSet;

use graph::Costs;
use maud::{Markup, html};
use run::numbers::{grouped, size};

use super::Report;
use super::groups::Group;
use super::tables::{boxed, swatch};
use super::terms::{self, term};

/// Groups whose marks stand in a row; of more, their number does.
const MAX_MARKS: usize = 8;

/// What the networks cost: a row for each network, however many groups have it.
pub fn table(report: &Report) -> Markup {
    let mut rows: Vec<(String, &Costs, Vec<&Group>)> = Vec::new();
    let mut unknown: Vec<(String, Vec<&Group>)> = Vec::new();
    let datasets: BTreeSet<String> = (report.runs.iter())
        .map(|run| run.config.dataset.name())
        .collect();
    for group in &report.groups {
        let run = &report.runs[group.best(&report.runs)];
        let mut name = format!("{}, {}", run.config.net, run.config.weights);
        if datasets.len() > 1 {
            name = format!("{name}, {}", run.config.dataset.name());
        }
        let Some(costs) = &run.summary else {
            match unknown.iter_mut().find(|(other, _)| *other == name) {
                Some((_, groups)) => groups.push(group),
                None => unknown.push((name, vec![group])),
            }
            continue;
        };
        let same = |(other, theirs, _): &&mut (String, &Costs, _)| {
            *other == name && shown(theirs) == shown(costs)
        };
        match rows.iter_mut().find(same) {
            Some((_, _, groups)) => groups.push(group),
            None => rows.push((name, costs, vec![group])),
        }
    }
    let table = html! {
        table {
            thead { tr {
                th scope="col" { "network" }
                th.number scope="col" { (term(terms::ONE_BIT_WEIGHTS, "1-bit weights")) }
                th.number scope="col" { (term(terms::FLOAT_WEIGHTS, "float weights")) }
                th.number scope="col" { "size" }
                th.number scope="col" { "additions" }
                th.number scope="col" { "multiplications" }
                th.number scope="col" { (term(terms::PEAK_ACTIVATIONS, "peak activations")) }
            } }
            tbody {
                @for (name, costs, groups) in &rows {
                    @let totals = &costs.totals;
                    tr {
                        th scope="row" { (marks(groups)) span.name { (name) } }
                        td.number { (grouped(totals.one_bit_weights)) span.aside { (size(totals.one_bit_weights.div_ceil(8))) } }
                        td.number { (grouped(totals.float_weights)) span.aside { (size(4 * totals.float_weights)) } }
                        td.number {
                            strong { (size(totals.bytes)) }
                            @if totals.one_bit_weights > 0 { span.aside { (size(4 * (totals.one_bit_weights + totals.float_weights))) " in 32 bits" } }
                        }
                        td.number { (grouped(totals.additions)) }
                        td.number { (grouped(totals.multiplications)) }
                        td.number { (size(totals.peak_activation_bytes)) }
                    }
                }
                @for (name, groups) in &unknown { tr { th scope="row" { (marks(groups)) span.name { (name) } } td colspan="6" { "not known" } } }
            }
        }
    };
    boxed("Size and operations", &table)
}

/// The numbers of a row.
fn shown(costs: &Costs) -> [u64; 6] {
    let totals = &costs.totals;
    [
        totals.one_bit_weights,
        totals.float_weights,
        totals.bytes,
        totals.additions,
        totals.multiplications,
        totals.peak_activation_bytes,
    ]
}

fn marks(groups: &[&Group]) -> Markup {
    html! {
        @match groups.len() > MAX_MARKS {
            true => span.aside { (groups.len()) " groups " },
            false => @for group in groups { (swatch(group.look)) },
        }
    }
}
