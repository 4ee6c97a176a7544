//! The figures in docs/results.md and experiments/LOG.md are those of the committed runs that they link, and links of pages lead
//! somewhere. `.ci/links` looks at all pages, and at headings; the README's own figures are `benchmarks/figure.py`'s.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = workspace().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Texts and targets of the Markdown links of `text`, in order.
fn links(text: &str) -> Vec<(&str, &str)> {
    text.match_indices("](")
        .filter_map(|(at, _)| {
            let label = &text[text[..at].rfind('[')? + 1..at];
            let target = &text[at + 2..];
            Some((label, &target[..target.find(')')?]))
        })
        .collect()
}

/// What a run's `result.json` has as the test error in percent.
fn final_error(run: &Path) -> f64 {
    let result: Value = serde_json::from_str(&read(run.join("result.json"))).unwrap();
    result["test_error_percent"].as_f64().unwrap()
}

/// A run's errors in percent after each epoch, in order: of the images trained on, or of those tested.
fn errors(run: &Path, split: &str) -> Vec<f64> {
    read(run.join("metrics.jsonl"))
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|row| row["split"] == split)
        .map(|row| row["error_percent"].as_f64().unwrap())
        .collect()
}

/// Whether `quoted`, in percent, is `measured` to as many decimals as are quoted.
fn agrees(quoted: &str, measured: f64) -> bool {
    let decimals = quoted.split_once('.').map_or(0, |(_, after)| after.len());
    format!("{measured:.decimals$}") == quoted
}

#[test]
fn results_quote_the_runs_that_they_link() {
    let page = read("docs/results.md");
    let mut checked = 0;
    for (quoted, target) in links(&page) {
        let Some(target) = target.strip_prefix("../") else {
            continue;
        };
        let page = Path::new(target)
            .extension()
            .is_some_and(|end| end == "html");
        // Behind a count of epochs there is a page, behind an error its run.
        if page || !target.starts_with("experiments/results/") {
            continue;
        }
        let measured = final_error(Path::new(target));
        assert!(
            agrees(quoted, measured),
            "docs/results.md: {quoted}, {target}: {measured}"
        );
        checked += 1;
    }
    assert!(checked > 25, "{checked} figures found");
}

#[test]
fn the_log_quotes_the_runs_that_it_links() {
    let log = read("experiments/LOG.md");
    let mut columns = Vec::new();
    let mut checked = 0;
    for line in log.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        if cells.contains(&"final") {
            columns = cells;
            continue;
        }
        let Some((_, run)) = links(cells[0]).first().copied() else {
            continue;
        };
        let run = Path::new("experiments").join(run);
        assert_eq!(cells.len(), columns.len(), "{line}");
        for (column, cell) in columns.iter().zip(&cells).skip(1) {
            // A run that was stopped has no test with moments re-estimated.
            if cell.is_empty() || *cell == "stopped" {
                continue;
            }
            let measured = match *column {
                "final" => final_error(&run),
                "train" => *errors(&run, "train").last().unwrap(),
                epoch => errors(&run, "test")[epoch.parse::<usize>().unwrap() - 1],
            };
            let quoted = cell.trim_matches('*');
            assert!(
                agrees(quoted, measured),
                "{line}\n{column}: {quoted}, measured {measured}"
            );
            checked += 1;
        }
    }
    assert!(checked > 80, "{checked} figures found");
}

#[test]
fn links_lead_to_files_of_the_project() {
    let mut checked = 0;
    for page in [
        "README.md",
        "ARCHITECTURE.md",
        "experiments/LOG.md",
        "docs/results.md",
        "docs/walkthrough.md",
    ] {
        let text = read(page);
        let folder = workspace().join(page).parent().unwrap().to_owned();
        for (_, target) in links(&text) {
            let path = target.split('#').next().unwrap();
            if path.is_empty() || path.contains("://") {
                continue;
            }
            assert!(folder.join(path).exists(), "{page}: {target} is not there");
            checked += 1;
        }
    }
    assert!(checked > 40, "{checked} links found");
}
