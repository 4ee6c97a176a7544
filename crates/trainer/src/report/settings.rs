//! The table of the runs' settings.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::run::Run;
use super::tables::{boxed, named};

/// Characters of a setting.
const MAX_SETTING: usize = 100;

/// Every setting of every run: those that differ first.
pub fn table(runs: &[Run]) -> Markup {
    let tables: Vec<toml::Table> = runs
        .iter()
        .map(|run| toml::Table::try_from(&run.config).unwrap_or_default())
        .collect();
    let keys: Vec<&String> = tables
        .first()
        .into_iter()
        .flat_map(toml::Table::keys)
        .collect();
    let text = |table: &toml::Table, key: &str| match table.get(key) {
        Some(toml::Value::String(word)) => cut(word),
        Some(value) => cut(&value.to_string()),
        None => "–".into(),
    };
    let differs = |key: &str| {
        tables
            .iter()
            .map(|table| text(table, key))
            .collect::<BTreeSet<_>>()
            .len()
            > 1
    };
    let (apart, alike): (Vec<_>, Vec<_>) = keys.into_iter().partition(|key| differs(key));
    let version = |run: &Run| {
        let mut versions = run.dir.writers();
        if versions.is_empty() {
            versions.extend(run.result.as_ref().map(|result| result.version.clone()));
        }
        match versions.is_empty() {
            true => "–".to_owned(),
            false => cut(&versions.join(", then ")),
        }
    };
    let table = html! {
        table.settings {
            thead { tr {
                th scope="col" { "setting" }
                @for (index, run) in runs.iter().enumerate() { th scope="col" { (named(index, run)) } }
            } }
            @if !apart.is_empty() { tbody.apart { tr.part { th colspan=(runs.len() + 1) scope="rowgroup" { "different" } }
                @for key in &apart { tr { th scope="row" { code { (key) } } @for table in &tables { td { (text(table, key)) } } } }
            } }
            tbody {
                @if runs.len() > 1 { tr.part { th colspan=(runs.len() + 1) scope="rowgroup" { "the same" } } }
                @for key in &alike { tr { th scope="row" { code { (key) } } td colspan=(runs.len()) { (text(&tables[0], key)) } } }
            }
            tbody {
                tr.part { th colspan=(runs.len() + 1) scope="rowgroup" { "of the run" } }
                tr { th scope="row" { "program version" } @for run in runs { td { (version(run)) } } }
                tr { th scope="row" { "folder" } @for run in runs { td.path { (run.dir.path().display()) } } }
            }
        }
    };
    boxed("Settings of the runs", &table)
}

/// As much of a setting as a cell holds.
fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_SETTING) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
