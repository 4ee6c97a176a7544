//! The page of networks that were tried for a device: which errs least, and the front of error against what it takes.

mod chart;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use run::numbers::grouped;

use crate::inert;
use crate::page::digest;
use crate::tables::boxed;
use chart::Scatter;

const STYLE: &str = include_str!("../page.css");

/// What the page tells.
#[derive(Clone, Debug)]
pub struct FitPage {
    /// The heading.
    pub title: String,
    /// What was asked for: a name and a value.
    pub facts: Vec<(String, String)>,
    /// The processor.
    pub core: String,
    /// The budget.
    pub limits: Front,
    /// The networks.
    pub tried: Vec<Tried>,
    /// The one that was trained to the end; none while it is not.
    pub winner: Option<Winner>,
    /// The program that writes the page, and its version.
    pub writer: (String, String),
}

/// The most that a network may take.
#[derive(Clone, Copy, Debug)]
pub struct Front {
    /// Bytes of flash.
    pub flash: f64,
    /// Bytes of RAM.
    pub ram: f64,
    /// Instructions for an image, where they are limited.
    pub instructions: Option<f64>,
}

/// A network that was tried.
#[derive(Clone, Debug)]
pub struct Tried {
    /// Its name.
    pub name: String,
    /// Bytes of flash, the bound of the code included.
    pub flash: u64,
    /// Bytes of RAM.
    pub ram: u64,
    /// Instructions for an image, where a model tells them.
    pub instructions: Option<u64>,
    /// Epochs, and the validation error after them in percent.
    pub errors: Vec<(usize, Option<f64>)>,
    /// Why its run failed, if it did.
    pub failed: Option<String>,
}

impl Tried {
    /// The last error that is known, and its epoch.
    fn last(&self) -> Option<(usize, f64)> {
        let mut known = self.errors.iter().rev();
        known.find_map(|(epoch, error)| Some((*epoch, (*error)?)))
    }
}

/// The network that was trained to the end.
#[derive(Clone, Debug)]
pub struct Winner {
    /// Its name.
    pub name: String,
    /// Whether it keeps the budget.
    pub keeps: bool,
    /// What is known of it: a name and a value.
    pub facts: Vec<(String, String)>,
    /// Whether its size is that of a compiled object.
    pub compiled: bool,
}

impl FitPage {
    /// The page: one file that loads nothing else.
    pub fn page(&self) -> String {
        inert(&self.markup().into_string())
    }

    fn markup(&self) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta http-equiv="Content-Security-Policy" content={ "default-src 'none'; img-src data:; style-src 'sha256-" (digest(STYLE)) "'; base-uri 'none'; form-action 'none'" };
                    meta name="color-scheme" content="light dark";
                    link rel="icon" href="data:,";
                    title { (self.title) " – Onebit" }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    header.bar { span.brand { "Onebit" } }
                    main {
                        div.head { h1 { (self.title) } p.facts { @match &self.winner { Some(winner) => (winner.name), None => "not trained to the end yet" } } }
                        (self.winner())
                        section {
                            h2 { "What was asked for" }
                            (facts(&self.facts))
                        }
                        (self.fronts())
                        section { h2 { "The networks" } (self.table()) p.note {
                            "Validation errors in percent, each after so many epochs. Flash is the exact bytes of the constants and a bound for the code: the "
                            "most that measured networks of the kind have, and a margin. RAM is exact. Instructions are estimated by a model, within 5 % "
                            "of QEMU’s counts; they are not cycles. See docs/fit.md."
                        } }
                    }
                    footer { p { "Written by " code { (self.writer.0) } " " (self.writer.1) ". This page is one file and loads nothing else." } }
                }
            }
        }
    }

    fn winner(&self) -> Markup {
        let Some(winner) = &self.winner else {
            return html! {};
        };
        html! {
            section {
                h2 { (winner.name) }
                @if !winner.keeps { p.note { span.pill { "over the budget" } } }
                @if !winner.compiled { p.note { "Nothing was compiled: no compiler for " (self.core) " was at hand. Flash is a bound." } }
                (facts(&winner.facts))
            }
        }
    }

    fn fronts(&self) -> Markup {
        let scatter = |id, what, limit, of: &dyn Fn(&Tried) -> Option<f64>| Scatter {
            id,
            what,
            limit,
            points: self
                .tried
                .iter()
                .flat_map(|one| {
                    let x = of(one);
                    let errors = one.errors.iter();
                    errors.filter_map(move |&(epoch, error)| {
                        Some(chart::Point {
                            name: &one.name,
                            x: x?,
                            error: error?,
                            epoch,
                        })
                    })
                })
                .collect(),
        };
        let charts = [
            scatter("flash", "bytes of flash", Some(self.limits.flash), &|one| {
                Some(one.flash as f64)
            }),
            scatter("ram", "bytes of RAM", Some(self.limits.ram), &|one| {
                Some(one.ram as f64)
            }),
            scatter(
                "instructions",
                "instructions for an image",
                self.limits.instructions,
                &|one| one.instructions.map(|count| count as f64),
            ),
        ];
        html! {
            section {
                h2 { "The Pareto front" }
                p.lead {
                    "The validation errors of each network. Longer training alone lowers the error, so a mark’s shape and colour show after how many epochs it was, and each "
                    "number of epochs has a line of its own: it joins the networks that no other with as much training beats in both numbers. Dashed: the budget."
                }
                (chart::key(&charts))
                div.beside { @for chart in &charts { (chart.figure()) } }
            }
        }
    }

    fn table(&self) -> Markup {
        let mut epochs: Vec<usize> = self
            .tried
            .iter()
            .flat_map(|one| one.errors.iter().map(|(epoch, _)| *epoch))
            .collect();
        epochs.sort_unstable();
        epochs.dedup();
        let mut rows: Vec<&Tried> = self.tried.iter().collect();
        // Those that came furthest first, of equal ones the one that errs least.
        rows.sort_by(|a, b| {
            let (one, other) = (a.last(), b.last());
            let epoch = |last: Option<(usize, f64)>| last.map_or(0, |(epoch, _)| epoch);
            let error = |last: Option<(usize, f64)>| last.map_or(f64::MAX, |(_, error)| error);
            epoch(other)
                .cmp(&epoch(one))
                .then(error(one).total_cmp(&error(other)))
        });
        let table = html! {
            table {
                thead { tr {
                    th scope="col" { "network" }
                    @for epoch in &epochs { th.number scope="col" { "after " (epoch) " epochs" } }
                    th.number scope="col" { "flash" }
                    th.number scope="col" { "RAM" }
                    th.number scope="col" { "instructions" }
                } }
                tbody { @for one in rows { tr {
                    th scope="row" { (one.name) @if let Some(why) = &one.failed { span.aside { "failed: " (why) } } }
                    @for epoch in &epochs { td.number { @if let Some((_, Some(error))) = one.errors.iter().find(|(at, _)| at == epoch) { (format!("{error:.2}")) } } }
                    td.number { (grouped(one.flash)) }
                    td.number { (grouped(one.ram)) }
                    td.number { @match one.instructions { Some(count) => (grouped(count)), None => "unknown" } }
                } } }
            }
        };
        boxed("The networks", &table)
    }
}

fn facts(facts: &[(String, String)]) -> Markup {
    let table = html! {
        table { tbody { @for (name, value) in facts { tr { th scope="row" { (name) } td.note { (value) } } } } }
    };
    boxed("Facts", &table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> FitPage {
        let tried = |name: &str, flash, errors: &[(usize, Option<f64>)]| Tried {
            name: name.into(),
            flash,
            ram: flash / 2,
            instructions: (flash > 20_000).then_some(flash * 1000),
            errors: errors.to_vec(),
            failed: None,
        };
        FitPage {
            title: "<script>".into(),
            facts: vec![("budget".into(), "64 & more".into())],
            core: "Cortex-M4".into(),
            limits: Front {
                flash: 65_536.0,
                ram: 49_152.0,
                instructions: None,
            },
            tried: vec![
                tried("wrn-8-1", 19_000, &[(2, Some(40.0))]),
                tried("wrn-20-1", 48_000, &[(2, Some(30.0)), (6, Some(22.5))]),
                tried("wrn-14-1", 30_000, &[(2, None)]),
            ],
            winner: None,
            writer: ("onebit fit".into(), "1".into()),
        }
    }

    #[test]
    fn the_page_asks_for_nothing_and_escapes_what_it_says() {
        let text = page().page();
        assert!(
            !text.contains("<script") && text.contains("&lt;script&gt;"),
            "{text}"
        );
        assert!(text.contains("64 &amp; more"));
        assert!(!text.contains("unsafe-inline") && text.contains("style-src 'sha256-"));
        let steering = FitPage {
            title: "a\u{1b}[2J\u{202e}".into(),
            ..page()
        };
        assert!(!steering.page().contains(['\u{1b}', '\u{202e}']));
        assert!(
            !text.contains("http://")
                || text.matches("http://").count()
                    == text.matches("xmlns=\"http://www.w3.org/2000/svg\"").count()
        );
        assert!(text.contains("not trained to the end yet"));
        assert!(text.contains("after 2 epochs</th>") && text.contains("after 6 epochs</th>"));
        // In each of three charts two numbers of epochs; instructions are known of two networks.
        assert_eq!(text.matches("class=\"line front\"").count(), 3 * 2);
        // The one that came furthest stands first.
        let place = |name: &str| text.rfind(&format!("<th scope=\"row\">{name}")).unwrap();
        assert!(place("wrn-20-1") < place("wrn-8-1") && place("wrn-8-1") < place("wrn-14-1"));
    }

    #[test]
    fn a_page_without_a_compiler_says_so() {
        let mut page = page();
        page.winner = Some(Winner {
            name: "wrn-20-1".into(),
            keeps: true,
            facts: Vec::new(),
            compiled: false,
        });
        let text = page.page();
        assert!(text.contains("Nothing was compiled") && !text.contains("over the budget"));
    }
}
