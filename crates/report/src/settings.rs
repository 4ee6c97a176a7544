//! The table of the runs' settings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use maud::{Markup, html};
use run::config::Setting;
use run::many;

use super::Report;
use super::folder::Run;
use super::tables::{boxed, head};
use super::terms;
use super::word::cut;

/// Characters of a setting.
const MAX_SETTING: usize = 100;

/// Settings that have a column of their own beside the results.
const ELSEWHERE: [&str; 6] = ["dataset", "net", "weights", "augment", "seed", "epochs"];

/// What else tells the runs apart, a text for each: settings that most of them do not have. It is empty where there is none.
pub fn apart(runs: &[&Run]) -> Vec<String> {
    let configs: Vec<_> = runs.iter().map(|run| &run.config).collect();
    let apart = many::apart(&configs, &ELSEWHERE);
    let mut counts: BTreeMap<&(String, String), usize> = BTreeMap::new();
    for setting in apart.iter().flatten() {
        *counts.entry(setting).or_default() += 1;
    }
    let is_usual = |setting: &(String, String)| 2 * counts[setting] > runs.len();
    let of = |settings: &Vec<_>| {
        let told = settings.iter().filter(|setting| !is_usual(setting));
        told.map(assigned).collect::<Vec<_>>().join(", ")
    };
    apart.iter().map(of).collect()
}

/// The settings that all runs have, and that are not those of their recipe: `limit_train = 3000`.
pub fn alike(runs: &[Run]) -> Vec<String> {
    let configs: Vec<_> = runs.iter().map(|run| &run.config).collect();
    let elsewhere = ["dataset", "net", "weights", "seed", "epochs"];
    let alike = many::changed_alike(&configs, &elsewhere);
    alike.iter().map(assigned).collect()
}

/// A setting with its value.
fn assigned((key, value): &(String, String)) -> String {
    // What leaves the machine names files, never their paths.
    let name = match ["init", "teacher"].contains(&key.as_str()) {
        true => Path::new(value).file_name().unwrap_or_default(),
        false => value.as_ref(),
    };
    match value.as_str() {
        many::UNSET => format!("no {key}"),
        _ => format!("{key} = {}", cut(&name.to_string_lossy(), MAX_SETTING)),
    }
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
        Some(toml::Value::String(word)) => cut(word, MAX_SETTING),
        Some(value) => cut(&value.to_string(), MAX_SETTING),
        None => "–".into(),
    }
}

/// Texts of a group's runs, each once.
fn all<'a>(texts: impl Iterator<Item = String> + 'a) -> String {
    let mut found: Vec<String> = Vec::new();
    for text in texts {
        if !found.contains(&text) {
            found.push(text);
        }
    }
    cut(&found.join(", "), MAX_SETTING)
}

fn version(run: &Run) -> String {
    let mut versions = run.dir.writers();
    if versions.is_empty() {
        versions.extend(run.result.as_ref().map(|result| result.version.clone()));
    }
    match versions.is_empty() {
        true => "–".to_owned(),
        false => cut(&versions.join(", then "), MAX_SETTING),
    }
}

/// Every setting of every group of runs: those that differ first.
pub fn table(report: &Report) -> Markup {
    let Report { runs, groups, .. } = report;
    let tables: Vec<_> = runs.iter().map(|run| run.config.named()).collect();
    let (apart, alike) = parted(&tables);
    let columns = groups.len() + 1;
    let part = |name: &str| html! { tr.part { th scope="rowgroup" { (name) } td colspan=(columns - 1) {} } };
    let row = |head: Markup, text: &dyn Fn(usize) -> String| {
        html! { tr { th scope="row" { (head) } @for group in groups { td { (all(group.runs.iter().map(|&run| text(run)))) } } } }
    };
    let table = html! {
        table.settings {
            thead { tr {
                th scope="col" { "setting" }
                @for group in groups { th scope="col" { (head(group)) } }
            } }
            @if !apart.is_empty() { tbody.apart { (part("different"))
                @for key in &apart { (row(explained(key), &|run| text(&tables[run], key))) }
            } }
            tbody {
                @if runs.len() > 1 { (part("the same")) }
                @for key in &alike { tr { th scope="row" { (explained(key)) } td colspan=(columns - 1) { (text(&tables[0], key)) } } }
            }
            tbody {
                (part("of the run"))
                (row(html! { "program version" }, &|run| version(&runs[run])))
                (row(html! { "folder" }, &|run| runs[run].folder()))
            }
        }
    };
    boxed("Settings of the runs", &table)
}

/// A key, with its meaning and range for whoever asks for it.
fn explained(key: &str) -> Markup {
    let code = html! { code { (key) } };
    match Setting::of(key) {
        Some(setting) => terms::explained(&format!("set-{key}"), &code, &setting.told()),
        None => code,
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
            let about = html! { (&setting.about[..5]) }.into_string();
            let meaning = format!("<div popover=\"auto\" id=\"set-{}\">{about}", setting.key);
            assert!(shown.contains(&meaning), "{shown}");
        }
        assert_eq!(explained("a<b").into_string(), "<code>a&lt;b</code>");
    }
}
