//! `onebit report`: the page from runs as the trainer writes them, whole, stopped, cut and hostile.

mod common;

use std::fs;
use std::path::PathBuf;

use common::reports::{one, page, report, written};
use common::{failure, success, tiny, trainer};
use tempfile::tempdir;

#[test]
fn a_trained_run_becomes_a_page_with_its_mistakes_and_figures() {
    let dir = tempdir().unwrap();
    let run = dir.path().join("run");
    success(&mut tiny(&run, 2));
    let (out, figures) = (dir.path().join("page.html"), dir.path().join("figures"));
    let said = success(report(&[&run], &out).arg("--figures").arg(&figures));
    assert!(said.contains("page.html: 1 run,"), "{said}");
    let page = fs::read_to_string(&out).unwrap();
    // The network, evaluated for the page, errs as the run found.
    let result: serde_json::Value =
        serde_json::from_slice(&fs::read(run.join("result.json")).unwrap()).unwrap();
    let wrong = format!("{} wrong of 60", result["wrong"]);
    assert!(page.contains(&wrong), "{wrong}");
    assert!(page.contains("Confusion matrix of run"));
    assert!(page.contains("src=\"data:image/png;base64,"));
    let mut names: Vec<_> = fs::read_dir(&figures)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let expected = [
        "confusion-1.svg",
        "error.svg",
        "learning-rate.svg",
        "loss.svg",
        "throughput.svg",
    ];
    for name in expected {
        assert!(names.contains(&name.to_owned()), "{name}: {names:?}");
        let svg = fs::read_to_string(figures.join(name)).unwrap();
        assert!(svg.starts_with("<svg") && svg.contains("<style>"), "{name}");
    }
    // Only a part of the test images; a limit above their number makes no more of them.
    for (limit, images) in [("10", 10), ("70", 60)] {
        success(report(&[&run], &out).args(["--limit-test", limit]));
        let page = fs::read_to_string(&out).unwrap();
        assert!(page.contains(&format!("wrong of {images}<")), "{limit}");
    }
    // The mistakes' pictures are pixels of the dataset; their places in it are not.
    success(report(&[&run], &out).arg("--without-pictures"));
    let bare = fs::read_to_string(&out).unwrap();
    assert!(bare.contains(&wrong) && bare.contains("test image "));
    assert!(
        !bare.contains("data:image/png") && bare.contains("pictures of the mistakes are left out")
    );
}

#[test]
fn runs_stand_beside_the_paper_and_shorter_ones_are_said_to_be() {
    let (_dir, run) = one("epochs = 6\nseed = 1\n", 6, Some(14.5));
    let page = page(&[&run]);
    assert!(
        page.contains("figure 5"),
        "epochs 2 and 6 of the paper's curve"
    );
    assert!(page.contains("-0.50"), "14.5 beside 15 after 6 epochs");
    assert!(!page.contains("ours is shorter"));
    let (_dir, run) = one("epochs = 5\nseed = 1\nlearn_norms = true\n", 5, Some(16.0));
    let page = self::page(&[&run]);
    assert!(
        page.contains("ours is shorter") && page.contains("+1.00"),
        "5 epochs beside 6"
    );
    assert!(page.contains("learn_norms = true, there false"), "{page}");
}

#[test]
fn what_is_missing_is_said() {
    let (_dir, run) = one("epochs = 6\nseed = 1\n", 4, None);
    let page = page(&[&run]);
    assert!(page.contains("stopped after 4 of 6 epochs"));
    assert!(page.contains("no model.bpk"));
    assert!(page.contains("no weights.jsonl"));
    // A network whose file is too small for it is not built.
    fs::write(run.join("model.bpk"), b"none").unwrap();
    let page = self::page(&[&run]);
    assert!(page.contains("found 4 bytes"), "{page}");
    // A run that has not begun.
    fs::remove_file(run.join("metrics.jsonl")).unwrap();
    let page = self::page(&[&run]);
    assert!(page.contains("no metrics.jsonl") && page.contains("No epoch was recorded."));
}

#[test]
fn hostile_names_and_lines_stay_text() {
    let dir = tempdir().unwrap();
    let name = "<script>alert(1)<\u{200b}script>\"'&";
    let run = written(
        &dir.path().join(name),
        "epochs = 2\nseed = 1\ndevice = '</td><img src=x>'\n",
        2,
        None,
    );
    let layer = r#"{"epoch":1,"layer":"<img src=x onerror=alert(1)>","weights":9,"positive":4,"flipped":1,"histogram":{"from":-4.0,"to":4.0,"counts":[4,5]}}"#;
    fs::write(
        run.join("weights.jsonl"),
        format!("{layer}\n{}", &layer[..40]),
    )
    .unwrap();
    let mut metrics = fs::read(run.join("metrics.jsonl")).unwrap();
    metrics.extend(b"{\"epoch\":1e99}\n\xff\xfe\n{\"epoch\":99999999,\"split\":\"test\",\"loss\":1e308,\"error_percent\":7.0}\n{\"epo");
    fs::write(run.join("metrics.jsonl"), metrics).unwrap();
    let result = r#"{"test_error_percent":-1e300,"wrong":1,"images":0,"loss":0.5,"epochs":18446744073709551615,"trainable_weights":1,"version":"<b>"}"#;
    fs::write(run.join("result.json"), result).unwrap();
    let page = page(&[&run]);
    assert!(page.contains("result.json: expected the score of a test"));
    assert_eq!(page.matches("<script>").count(), 1, "the page's own");
    assert!(!page.contains("<img src=x"));
    assert!(page.contains("&lt;script&gt;alert(1)"));
    assert!(
        page.contains("damaged lines of metrics.jsonl, left out: 3"),
        "the cut last one is nothing"
    );
    assert!(
        page.contains("44.44 % are +1"),
        "the layer's whole line counts"
    );
}

/// Names of classes, of a run, of its layers: control characters and marks that turn the direction of a text around are
/// shown, and not obeyed, in the page and in the figures.
#[test]
fn names_steer_neither_the_page_nor_its_figures() {
    const STEERS: [char; 4] = ['\u{1b}', '\u{202e}', '\u{9b}', '\u{7f}'];
    let dir = tempdir().unwrap();
    let run = dir.path().join("run\u{1b}[2J\u{202e}");
    // `--out` refuses such a name; a stranger's folder may have one.
    let plain = dir.path().join("run");
    success(&mut tiny(&plain, 2));
    fs::rename(&plain, &run).unwrap();
    for file in ["network.json", "result.json"] {
        let text = fs::read_to_string(run.join(file)).unwrap();
        assert!(text.contains("\"3\""), "{file}");
        let name = "\"th\\u001b[2Jree\u{202e}\u{9b}\u{7f}\"";
        fs::write(run.join(file), text.replace("\"3\"", name)).unwrap();
    }
    let (out, figures) = (dir.path().join("page.html"), dir.path().join("figures"));
    success(report(&[&run], &out).arg("--figures").arg(&figures));
    let mut texts = vec![fs::read_to_string(&out).unwrap()];
    assert!(
        texts[0].contains("th\\u{1b}[2Jree\\u{202e}"),
        "{}",
        texts[0]
    );
    for file in fs::read_dir(&figures).unwrap() {
        texts.push(fs::read_to_string(file.unwrap().path()).unwrap());
    }
    for text in &texts {
        let steers = text.find(|c: char| STEERS.contains(&c) || (c.is_control() && c != '\n'));
        assert_eq!(steers.map(|at| &text[at.saturating_sub(20)..]), None);
    }
    // The same of tables, and of JSON.
    for form in [&[][..], &["--csv"], &["--md"], &["--json"]] {
        let said = success(trainer().arg("runs").arg(&run).args(form));
        assert!(!said.contains(STEERS), "{said}");
    }
}

#[test]
fn runs_of_several_seeds_get_a_mean_and_a_folder_named_twice_is_one_run() {
    let dir = tempdir().unwrap();
    let runs: Vec<PathBuf> = [(1, 24.0), (2, 25.0), (3, 24.5)]
        .into_iter()
        .map(|(seed, error)| {
            let folder = dir.path().join(format!("seed{seed}/run"));
            written(
                &folder,
                &format!("epochs = 6\nseed = {seed}\n"),
                6,
                Some(error),
            )
        })
        .collect();
    let again = runs[0].join("../run");
    let page = page(&[&runs[0], &runs[1], &runs[2], &again]);
    assert!(page.contains("mean of 3 seeds") && page.contains("24.00 to 25.00"));
    assert!(page.contains("3 runs"), "the fourth is the first");
    assert!(
        page.contains("seed1/run") && page.contains("seed3/run"),
        "told apart"
    );
    // The folder that holds them stands for all.
    assert!(self::page(&[dir.path()]).contains("mean of 3 seeds"));
}

#[test]
fn no_run_or_a_damaged_one_is_an_error_that_leaves_no_page() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("page.html");
    let empty = dir.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let said = failure(&mut report(&[&empty], &out), 1);
    assert!(said.contains("no config.toml"), "{said}");
    let said = failure(&mut report(&[&empty.join("none")], &out), 1);
    assert!(said.contains("none"), "{said}");
    failure(trainer().args(["report", "--out"]).arg(&out), 2);
    failure(report(&[&empty], &out).args(["--limit-test", "0"]), 2);
    let run = written(&dir.path().join("run"), "epochs = 2\nseed = 1\n", 2, None);
    fs::write(run.join("config.toml"), vec![b'#'; 2 << 20]).unwrap();
    let said = failure(&mut report(&[&run], &out), 1);
    assert!(
        said.contains("config.toml") && said.contains("bytes"),
        "{said}"
    );
    assert!(!out.exists());
    // A folder without a run beside one with it is left out, and named.
    let whole = written(&dir.path().join("whole"), "epochs = 2\nseed = 1\n", 2, None);
    success(&mut report(&[&empty, &whole], &out));
    assert!(
        fs::read_to_string(&out)
            .unwrap()
            .contains("left out: empty")
    );
}

#[test]
fn a_run_that_a_process_trains_is_not_called_stopped_and_a_stopped_one_tells_its_commit() {
    let dir = tempdir().unwrap();
    let version = "# Written by trainer 9.8.7 (0123456789)\n# Written by trainer 9.8.8 (9876543210, changed)\n";
    let run = written(&dir.path().join("run"), "epochs = 6\nseed = 1\n", 2, None);
    let config = fs::read_to_string(run.join("config.toml")).unwrap();
    fs::write(run.join("config.toml"), format!("{version}{config}")).unwrap();
    let lock = fs::File::create(run.join("run.lock")).unwrap();
    lock.lock().unwrap();
    let held = page(&[&run]);
    assert!(held.contains("still training: 2 of 6 epochs"));
    drop(lock);
    let free = page(&[&run]);
    assert!(
        free.contains("stopped after 2 of 6 epochs")
            && free.contains("9.8.7 (0123456789), then 9.8.8 (9876543210, changed)")
    );
}
