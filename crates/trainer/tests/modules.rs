//! Crates and modules point one way, as ARCHITECTURE.md says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What `crate::` names besides modules: re-exports, and the modules that they are of.
const REEXPORTED: [(&str, &str); 10] = [
    ("Error", "error"),
    ("columns", "terminal"),
    ("fitted", "terminal"),
    ("say", "terminal"),
    ("say_data", "terminal"),
    ("say_json", "terminal"),
    ("note", "terminal"),
    ("printable", "terminal"),
    ("width", "terminal"),
    ("output_lost", "terminal"),
];

#[test]
fn no_ring_among_the_trainers_modules() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = files(&src);
    let module = |file: &Path| {
        let first = file.strip_prefix(&src).unwrap().iter().next().unwrap();
        first.to_str().unwrap().trim_end_matches(".rs").to_owned()
    };
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in &files {
        let own = module(file);
        if ["lib", "main"].contains(&own.as_str()) {
            continue;
        }
        let to = arrows.entry(own.clone()).or_default();
        to.extend(named(&fs::read_to_string(file).unwrap()));
        to.remove(&own);
    }
    let modules: BTreeSet<String> = arrows.keys().cloned().collect();
    for to in arrows.values_mut() {
        to.retain(|name| modules.contains(name));
    }
    assert!(arrows["cli"].contains("train") && arrows["train"].contains("metrics"));
    // Those that point at nobody are taken away, again and again; a ring stays.
    loop {
        let free: Vec<String> = arrows
            .iter()
            .filter(|(_, to)| to.is_empty())
            .map(|(name, _)| name.clone())
            .collect();
        if free.is_empty() {
            break;
        }
        for name in free {
            arrows.remove(&name);
            for to in arrows.values_mut() {
                to.remove(&name);
            }
        }
    }
    assert!(arrows.is_empty(), "a ring among {arrows:#?}");
}

/// All Rust files under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let nested = paths.map(|path| match path.is_dir() {
        true => files(&path),
        false => vec![path],
    });
    let mut all: Vec<PathBuf> = nested.flatten().collect();
    all.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    all
}

/// The modules that a source names after `crate::`.
fn named(source: &str) -> BTreeSet<String> {
    let code = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let code: Vec<&str> = code.collect();
    let code = code.join("\n");
    let mut found = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        let list = match after.strip_prefix('{') {
            // `use crate::{Error, device};` in one line or several; nothing is nested deeper.
            Some(list) => list.split('}').next().unwrap_or_default(),
            None => after,
        };
        let count = if after.starts_with('{') {
            usize::MAX
        } else {
            1
        };
        for item in list.split(',').take(count) {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let item = item.trim();
            let name = &item[..item.find(|c| !is_word(c)).unwrap_or(item.len())];
            let module = REEXPORTED.iter().find(|(exported, _)| *exported == name);
            found.insert(module.map_or(name, |(_, module)| module).to_owned());
        }
    }
    found
}

#[test]
fn runs_and_reports_know_no_burn() {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    let lock: toml::Table = fs::read_to_string(lock).unwrap().parse().unwrap();
    let mut needs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in lock["package"].as_array().unwrap() {
        let list = package.get("dependencies").and_then(toml::Value::as_array);
        let names = list.into_iter().flatten().filter_map(toml::Value::as_str);
        // `name`, or `name version` where there are several.
        let names = names.filter_map(|name| name.split(' ').next());
        needs
            .entry(package["name"].as_str().unwrap())
            .or_default()
            .extend(names);
    }
    for (package, knows) in [
        ("onebit-run", false),
        ("onebit-report", false),
        ("trainer", true),
    ] {
        let (mut seen, mut open) = (BTreeSet::new(), vec![package]);
        while let Some(name) = open.pop() {
            if seen.insert(name) {
                open.extend(&needs[name]);
            }
        }
        let burn = seen.iter().any(|name| name.starts_with("burn"));
        assert_eq!(burn, knows, "{package}");
    }
}
