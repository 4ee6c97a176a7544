//! Pages about many runs: groups of seeds and their means, the verdict, torn and old runs, what is said once.

use std::fs;
use std::path::{Path, PathBuf};

use report::{Examination, Report, ReportError};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

/// A run of 20-1 on CIFAR-10 with these settings beside it, two epochs and a score.
fn written(folder: &Path, settings: &str, error: Option<f64>) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    let given = |key: &str, default: &str| match settings.contains(key) {
        true => String::new(),
        false => format!("{key} = {default}\n"),
    };
    let defaults = [
        given("dataset", "'cifar10'"),
        given("net", "'wrn-20-1'"),
        given("weights", "'1bit'"),
        given("epochs", "2"),
    ];
    fs::write(folder.join("config.toml"), defaults.concat() + settings).unwrap();
    let line = |epoch: usize, split: &str| {
        let value = 40.0 / epoch as f64;
        format!(
            "{{\"epoch\":{epoch},\"split\":\"{split}\",\"loss\":1.5,\"error_percent\":{value}}}\n"
        )
    };
    let lines: String = (1..=2)
        .flat_map(|epoch| ["train", "test"].map(|split| line(epoch, split)))
        .collect();
    fs::write(folder.join("metrics.jsonl"), lines).unwrap();
    if let Some(error) = error {
        let wrong = (100.0 * error).round();
        let text = format!(
            "{{\"test_error_percent\":{error},\"wrong\":{wrong},\"images\":10000,\"loss\":0.5,\"epochs\":2,\"trainable_weights\":1,\"version\":\"0.1.0\"}}"
        );
        fs::write(folder.join("result.json"), text).unwrap();
    }
    folder.to_owned()
}

fn read(runs: &[PathBuf]) -> Report {
    Report::read(runs, Examination::new(Path::new("none"))).unwrap()
}

fn facts(report: &Report) -> Value {
    serde_json::to_value(report.facts()).unwrap()
}

/// The runs of several seeds, each a name, settings and an error.
fn runs(of: &[(&str, &str, Option<f64>)]) -> (TempDir, Vec<PathBuf>) {
    let dir = tempdir().unwrap();
    let run = |(name, settings, error): &(&str, &str, Option<f64>)| {
        written(&dir.path().join(name), settings, *error)
    };
    let folders = of.iter().map(run).collect();
    (dir, folders)
}

/// 20-1 after 14 epochs, three seeds of 1 bit and three of 32, as `experiments/results` has them.
fn committed() -> Vec<PathBuf> {
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments/results");
    let run = |weights: &str, seed: u32| {
        results.join(format!(
            "2026-11-26-c10-20-1-{weights}-14-epochs-seed-{seed}"
        ))
    };
    let of = |weights| (1..=3).map(move |seed| run(weights, seed));
    of("1bit").chain(of("32bit")).collect()
}

/// The line below the heading says what all runs have and no recipe has.
#[test]
fn the_subtitle_names_what_is_not_the_recipe_s() {
    let limits = "limit_train = 3000\nlimit_test = 2000\n";
    let (one, two) = (
        format!("seed = 1\n{limits}"),
        format!("seed = 1\nmomentum = 0.5\n{limits}"),
    );
    let (_dir, folders) = runs(&[("one", &one, Some(9.0)), ("two", &two, Some(8.0))]);
    let page = read(&folders).page();
    let told = "cifar10, wrn-20-1, 1bit weights, 2 epochs, limit_test = 2000, limit_train = 3000";
    assert!(page.contains(&format!("{told}</p>")), "{page}");
    let page = read(&folders[1..]).page();
    assert!(
        page.contains(&format!("{told}, momentum = 0.5, seed 1")),
        "{page}"
    );
}

#[test]
fn the_committed_runs_have_the_gap_of_the_readme_and_more_than_the_seeds_spread() {
    let report = read(&committed());
    let facts = facts(&report);
    let verdict = "32bit weights err 4.02 points less than 1bit weights (13.40 % against 17.42 %), which is more than the \
        spread of the seeds: with 95 % confidence 3.43 to 4.61 points.";
    assert_eq!(facts["verdict"], serde_json::json!([verdict]));
    assert_eq!(facts["groups"][0]["name"], "1bit");
    assert_eq!(facts["groups"][1]["settings"], "32bit");
    let round = |value: &Value| (100.0 * value.as_f64().unwrap()).round() / 100.0;
    assert_eq!(round(&facts["groups"][0]["mean_test_error_percent"]), 17.42);
    assert_eq!(round(&facts["groups"][0]["sample_deviation"]), 0.2);
    assert_eq!(
        facts["groups"][1]["range_percent"],
        serde_json::json!([13.11, 13.57])
    );
    assert_eq!(facts["gaps"][0]["group"], 0);
    assert_eq!(facts["gaps"][0]["exceeds_seeds"], true);

    let page = report.page();
    assert!(
        page.contains(&format!("<p class=\"verdict\">{verdict}</p>")),
        "{page}"
    );
    assert!(page.contains("<h1>6 runs</h1>"));
    assert!(page.contains("cifar10, wrn-20-1, 14 epochs, 6 runs in 2 groups"));
    assert!(page.contains("mean of 3 seeds (1-3)") && page.contains("17.19 to 17.55"));
    // The better group stands first, in the colour of its place among those named.
    let (first, second) = (
        page.find("<strong>13.40").unwrap(),
        page.find("<strong>17.42").unwrap(),
    );
    assert!(first < second);
    // Two groups have a colour each: train, test and the finished network of their means, and thin ones of each seed.
    let wide = page.split("class=\"wide\"").nth(1).unwrap();
    let wide = wide.split("class=\"narrow").next().unwrap();
    for look in ["c0", "c1"] {
        assert_eq!(
            wide.matches(&format!("class=\"series {look} thin\""))
                .count(),
            3 * 3
        );
        assert_eq!(wide.matches(&format!("class=\"series {look}\"")).count(), 3);
    }
    // Of the means alone a reader is told values: the last is that of the three results.
    assert_eq!(wide.matches("data-values=").count(), 2 * 3);
    assert!(wide.contains("data-part=\"finished\"") && wide.contains("data-values=\"14:17.42\""));
}

#[test]
fn a_page_about_one_group_begins_with_its_mean() {
    let page = read(&committed()[..3]).page();
    assert!(page.contains("<span class=\"big\">17.42"), "{page}");
    assert!(
        page.contains("mean of 3 seeds, 17.19 to 17.55") && !page.contains("class=\"verdict\"")
    );
    let page = read(&committed()[..1]).page();
    assert!(page.contains("<span class=\"big\">17.55") && page.contains("a single run"));
    assert!(!page.contains("mean of"));
}

#[test]
fn what_the_seeds_may_have_done_is_called_that() {
    let gap = |one: [f64; 2], full: [f64; 2]| {
        let (_dir, runs) = runs(&[
            ("a", "seed = 1\n", Some(one[0])),
            ("b", "seed = 2\n", Some(one[1])),
            ("c", "seed = 1\nweights = '32bit'\n", Some(full[0])),
            ("d", "seed = 2\nweights = '32bit'\n", Some(full[1])),
        ]);
        facts(&read(&runs))["verdict"][0]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        gap([12.0, 14.0], [11.0, 13.0]),
        // Two degrees of freedom: 4.303 · √2.
        "32bit weights err 1.00 points less than 1bit weights (12.00 % against 13.00 %), which is within the spread of \
         the seeds: with 95 % confidence -5.09 to 7.09 points."
    );
    assert_eq!(
        gap([12.0, 14.0], [14.0, 12.0]),
        "1bit weights and 32bit weights err alike (13.00 % of the test images)."
    );
    // The kind with fewer bits may be the better one.
    let better = gap([5.0, 5.1], [9.0, 9.1]);
    assert!(
        better.starts_with("1bit weights err 4.00 points less than 32bit weights (5.05 %"),
        "{better}"
    );
}

#[test]
fn single_runs_are_called_single_and_the_best_two_are_compared() {
    let (_dir, runs) = runs(&[
        ("slow", "seed = 1\nlearning_rate = 0.01\n", Some(14.0)),
        ("fast", "seed = 1\nlearning_rate = 0.3\n", Some(12.5)),
        ("usual", "seed = 1\nlearning_rate = 0.1\n", Some(12.0)),
        ("unfinished", "seed = 1\nlearning_rate = 0.2\n", None),
    ]);
    let report = read(&runs);
    assert_eq!(
        facts(&report)["verdict"],
        serde_json::json!([
            "Best of 3: learning_rate = 0.1 errs 0.50 points less than learning_rate = 0.3 (12.00 % against 12.50 %); these \
             are single runs, so the difference may be chance."
        ])
    );
    assert_eq!(facts(&report)["runs"][3]["state"], "stopped");
    let page = report.page();
    assert!(
        !page.contains("mean of ") && page.contains("stopped before the last score"),
        "{page}"
    );
    // A run alone has its own name, and its settings beside it.
    assert!(page.contains("data-name=\"fast\"") && page.contains(">learning_rate = 0.3<"));
}

#[test]
fn of_many_gaps_the_range_is_told() {
    let run = |name: &'static str, net: &str, weights: &str, seed: u32| {
        let settings = format!("seed = {seed}\nnet = '{net}'\nweights = '{weights}'\n");
        (name, settings)
    };
    let mut of = Vec::new();
    for (net, one, full) in [
        ("wrn-8-1", 30.0, 20.0),
        ("wrn-14-1", 24.0, 18.0),
        ("wrn-20-1", 17.0, 13.0),
        ("wrn-20-2", 14.0, 11.5),
    ] {
        of.push((run("one", net, "1bit", 1), one));
        of.push((run("full", net, "32bit", 1), full));
    }
    of.push((run("one", "wrn-20-1", "1bit", 2), 17.2));
    of.push((run("full", "wrn-20-1", "32bit", 2), 13.2));
    let dir = tempdir().unwrap();
    let folders: Vec<PathBuf> = (of.iter().enumerate())
        .map(|(place, ((name, settings), error))| {
            let folder = dir.path().join(format!("{name}-{place}"));
            written(&folder, settings, Some(*error))
        })
        .collect();
    let report = read(&folders);
    let verdict = facts(&report)["verdict"].clone();
    assert_eq!(
        verdict[0],
        "4 gaps to 32 bits, from +2.50 to +10.00 points: 1 is more than the spread of the seeds, 3 are between \
         single runs and may be chance."
    );
    assert!(
        verdict[1]
            .as_str()
            .unwrap()
            .starts_with("Best of 8: wrn-20-2 errs 1.60 points less than wrn-20-1"),
        "{verdict}"
    );
    assert_eq!(
        report.page().matches("more than the seeds’ spread").count(),
        1
    );
}

#[test]
fn datasets_are_compared_apart() {
    let digits = |seed: u32| format!("seed = {seed}\ndataset = 'mnist'\n");
    let (_dir, runs) = runs(&[
        ("a", "seed = 1\n", Some(20.0)),
        ("b", "seed = 1\nweights = '32bit'\n", Some(15.0)),
        ("c", &digits(1), Some(1.0)),
        ("d", &(digits(1) + "weights = '32bit'\n"), Some(0.5)),
    ]);
    let verdict = facts(&read(&runs))["verdict"].clone();
    let verdict: Vec<&str> = verdict
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_str().unwrap())
        .collect();
    assert_eq!(verdict.len(), 2, "{verdict:?}");
    assert!(
        verdict[0].starts_with("cifar10: 32bit weights err 5.00 points less"),
        "{verdict:?}"
    );
    assert!(
        verdict[1].starts_with("mnist: 32bit weights err 0.50 points less"),
        "{verdict:?}"
    );
}

#[test]
fn a_hundred_runs_stay_groups_and_what_they_lack_is_said_once() {
    let dir = tempdir().unwrap();
    let mut folders = Vec::new();
    for rate in 1..=50 {
        for seed in 1..=2 {
            let settings = format!(
                "seed = {seed}\nlearning_rate = {}\n",
                f64::from(rate) / 100.0
            );
            let name = format!("rate-{rate}-seed-{seed}");
            let error = 10.0 + f64::from(rate) + 0.1 * f64::from(seed);
            folders.push(written(&dir.path().join(name), &settings, Some(error)));
        }
    }
    let report = read(&folders);
    let facts = facts(&report);
    assert_eq!(facts["groups"].as_array().unwrap().len(), 50);
    assert!(
        facts["verdict"][0]
            .as_str()
            .unwrap()
            .starts_with("Best of 50: learning_rate = 0.01 errs 1.00 points less")
    );
    // One line for all of them.
    assert_eq!(report.unexamined().len(), 1, "{:?}", report.unexamined());
    assert_eq!(facts["notes"], serde_json::json!([]));
    let page = report.page();
    // The best groups have a look of their own, the others one chip together.
    assert_eq!(
        page.matches("<button type=\"button\" aria-pressed").count(),
        32 + 1
    );
    assert!(page.contains("18 groups with greater errors"));
    assert!(page.contains("Of 100 runs, only the best of 32 groups are shown"));
    assert!(
        page.contains("<details id=\"each-run\"><summary>"),
        "closed"
    );
    // One network, however many groups have it.
    assert_eq!(
        page.matches("50 groups").count(),
        2,
        "in the heading and beside the network"
    );
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
}

#[test]
fn more_runs_than_a_page_can_hold_are_refused() {
    let dir = tempdir().unwrap();
    let run = |number: usize| {
        let folder = dir.path().join(number.to_string());
        written(&folder, &format!("seed = {number}\n"), None)
    };
    let folders: Vec<PathBuf> = (0..1001).map(run).collect();
    let found = Report::read(&folders, Examination::new(Path::new("none")));
    assert!(matches!(found, Err(ReportError::TooMany { max: 1000 })));
}

/// Whatever of a run's files is torn but its config, the run is on the page, and what is wrong is said.
#[test]
fn torn_files_leave_a_run_on_the_page() {
    let (_dir, runs) = runs(&[
        ("whole", "seed = 1\n", Some(20.0)),
        ("torn", "seed = 2\n", Some(21.0)),
    ]);
    let torn = &runs[1];
    for (file, text) in [
        ("network.json", "{\"version\":1,"),
        ("result.json", "{\"test_err"),
        ("weights.jsonl", "{\"epoch\":1,\"layer\":\n{}\n"),
        ("augmented.png", "\u{89}PNG"),
        ("predictions.csv", "index,cl"),
    ] {
        fs::write(torn.join(file), text).unwrap();
    }
    let mut metrics = fs::read(torn.join("metrics.jsonl")).unwrap();
    metrics.extend(b"\xff\xfe\n{\"epoch\":3,\"spl");
    fs::write(torn.join("metrics.jsonl"), metrics).unwrap();
    let report = read(&runs);
    let facts = facts(&report);
    assert_eq!(facts["runs"].as_array().unwrap().len(), 2);
    assert_eq!(facts["runs"][1]["state"], "damaged");
    let notes = facts["notes"].to_string();
    for file in [
        "network.json",
        "result.json",
        "weights.jsonl",
        "augmented.png",
        "metrics.jsonl",
    ] {
        assert!(notes.contains(file), "{file}: {notes}");
    }
    // A folder in the place of each file is no reason to leave the run out either.
    for file in [
        "metrics.jsonl",
        "weights.jsonl",
        "augmented.png",
        "result.json",
        "network.json",
    ] {
        let path = torn.join(file);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
    }
    assert_eq!(
        self::facts(&read(&runs))["runs"].as_array().unwrap().len(),
        2
    );
}

#[test]
fn a_note_about_several_runs_is_one() {
    let dir = tempdir().unwrap();
    let folders: Vec<PathBuf> = (1..=8)
        .map(|seed| {
            let run = written(
                &dir.path().join(format!("run-{seed}")),
                &format!("seed = {seed}\n"),
                None,
            );
            fs::write(run.join("network.json"), "{}").unwrap();
            fs::write(run.join("augmented.png"), "no picture").unwrap();
            run
        })
        .collect();
    let report = read(&folders);
    let notes: Vec<String> = report.notes().iter().map(ToString::to_string).collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(
        notes[0].starts_with("all 8 runs: network.json: "),
        "{notes:?}"
    );
    assert_eq!(
        report.page().matches("expected a picture of a run").count(),
        1
    );
}

/// A run of an earlier version does not say what its images are: of named data it is known, of others it is not guessed.
#[test]
fn costs_that_nothing_tells_are_not_known() {
    let (_dir, runs) = runs(&[
        ("named", "seed = 1\n", Some(20.0)),
        (
            "own",
            "seed = 1\ndataset = './photos'\nsize = [32, 32]\n",
            Some(20.0),
        ),
    ]);
    let report = read(&runs);
    let notes: Vec<String> = report.notes().iter().map(ToString::to_string).collect();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(
        notes[0].starts_with("own: the cost of its network is not known"),
        "{notes:?}"
    );
    assert!(report.page().contains(">not known<"));
}

#[test]
fn names_and_paths_steer_nothing_and_tell_no_place() {
    let (dir, _) = runs(&[]);
    let name = "a\u{1b}[2J\u{202e}<script>";
    let folders = [
        written(
            &dir.path().join(name),
            "seed = 1\nteacher = '/home/somebody/wide'\n",
            Some(20.0),
        ),
        written(
            &dir.path().join("b"),
            "seed = 1\nteacher = '/home/somebody/deep'\n",
            Some(21.0),
        ),
    ];
    let report = read(&folders);
    let texts = [report.page(), facts(&report).to_string()];
    for text in &texts {
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
        assert!(
            !text.contains("/home/somebody") && text.contains("teacher = wide"),
            "{text}"
        );
    }
    assert_eq!(texts[0].matches("<script>").count(), 1, "the page's own");
}

#[test]
fn a_page_allows_itself_alone_and_is_renewed_where_it_is_to_be() {
    let (_dir, runs) = runs(&[("run", "seed = 1\n", None)]);
    let page = read(&runs).page();
    let policy = page
        .split("Content-Security-Policy\" content=\"")
        .nth(1)
        .unwrap();
    let policy = policy.split('"').next().unwrap();
    assert!(
        policy.starts_with("default-src 'none'") && !policy.contains("unsafe-inline"),
        "{policy}"
    );
    assert_eq!(policy.matches("'sha256-").count(), 2, "{policy}");
    assert!(!page.contains(" style=\"") && !page.contains("http-equiv=\"refresh\""));
    assert!(!page.contains("data-renewed"));
    let page = read(&runs).renewed_after(7).page();
    assert!(page.contains("<noscript><meta http-equiv=\"refresh\" content=\"7\"></noscript>"));
    assert!(page.contains("data-renewed=\"7\""));
}
