//! The table of the runs' settings.

use std::collections::BTreeSet;
use std::path::Path;

use maud::{Markup, html};
use run::config::Setting;
use run::many;

use super::folder::Run;
use super::tables::{boxed, named};

/// Characters of a setting.
const MAX_SETTING: usize = 100;

/// Settings that have a column of their own beside the results.
const ELSEWHERE: [&str; 6] = ["dataset", "net", "weights", "augment", "seed", "epochs"];

/// What else tells the runs apart, a text for each; `None` where nothing does.
pub fn apart(runs: &[Run]) -> Option<Vec<String>> {
    let configs: Vec<_> = runs.iter().map(|run| &run.config).collect();
    let apart = many::apart(&configs, &ELSEWHERE);
    let of = |settings: &Vec<(String, String)>| {
        let texts = settings
            .iter()
            .map(|(key, value)| format!("{key} = {}", cut(value)));
        texts.collect::<Vec<_>>().join(", ")
    };
    let any = apart.iter().any(|settings| !settings.is_empty());
    any.then(|| apart.iter().map(of).collect())
}

fn tables(runs: &[Run]) -> Vec<toml::Table> {
    let table = |run: &Run| {
        let mut table = toml::Table::try_from(&run.config).unwrap_or_default();
        // What leaves the machine names data and files, never their paths.
        table.insert("dataset".into(), run.config.dataset.name().into());
        for (key, place) in [("init", &run.config.init), ("teacher", &run.config.teacher)] {
            if let Some(place) = place {
                let name = Path::new(place).file_name().unwrap_or_default();
                table.insert(key.into(), name.to_string_lossy().into_owned().into());
            }
        }
        table
    };
    runs.iter().map(table).collect()
}

/// The keys that differ among the runs, and the others.
fn parted(tables: &[toml::Table]) -> (Vec<&str>, Vec<&str>) {
    // Not every run has every key: some have no value where nothing was asked for.
    let keys: BTreeSet<&String> = tables.iter().flat_map(toml::Table::keys).collect();
    let keys = keys.into_iter();
    let differs = |key: &&str| {
        let texts: BTreeSet<_> = tables.iter().map(|table| text(table, key)).collect();
        texts.len() > 1
    };
    keys.map(String::as_str).partition(differs)
}

fn text(table: &toml::Table, key: &str) -> String {
    match table.get(key) {
        Some(toml::Value::String(word)) => cut(word),
        Some(value) => cut(&value.to_string()),
        None => "–".into(),
    }
}

/// Every setting of every run: those that differ first.
pub fn table(runs: &[Run]) -> Markup {
    let tables = tables(runs);
    let (apart, alike) = parted(&tables);
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
                @for key in &apart { tr { th scope="row" { (explained(key)) } @for table in &tables { td { (text(table, key)) } } } }
            } }
            tbody {
                @if runs.len() > 1 { tr.part { th colspan=(runs.len() + 1) scope="rowgroup" { "the same" } } }
                @for key in &alike { tr { th scope="row" { (explained(key)) } td colspan=(runs.len()) { (text(&tables[0], key)) } } }
            }
            tbody {
                tr.part { th colspan=(runs.len() + 1) scope="rowgroup" { "of the run" } }
                tr { th scope="row" { "program version" } @for run in runs { td { (version(run)) } } }
                tr { th scope="row" { "folder" } @for run in runs { td.path { (run.folder()) } } }
            }
        }
    };
    boxed("Settings of the runs", &table)
}

/// A key, with its meaning and range where a pointer rests on it.
fn explained(key: &str) -> Markup {
    html! {
        @match Setting::of(key) {
            Some(setting) => abbr title=(setting.told()) { code { (key) } },
            None => code { (key) },
        }
    }
}

/// As much of a setting as a cell holds.
fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_SETTING) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use run::config::SETTINGS;

    use super::*;

    #[test]
    fn every_key_has_its_meaning_and_another_stays_text() {
        for setting in SETTINGS {
            let shown = explained(setting.key).into_string();
            let begin = format!("<abbr title=\"{}", &setting.about[..5]);
            assert!(shown.starts_with(&begin), "{shown}");
        }
        assert_eq!(explained("a<b").into_string(), "<code>a&lt;b</code>");
    }
}
