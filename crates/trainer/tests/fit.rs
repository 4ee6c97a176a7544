//! Networks for a device: `onebit fit`.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{failure, success, trainer};
use tempfile::tempdir;

/// A search on `glyphs` of a few seconds.
fn fit(out: &Path, more: &[&str]) -> Command {
    let mut command = trainer();
    command.args([
        "fit",
        "--flash",
        "18K",
        "--ram",
        "12K",
        "--dataset",
        "glyphs",
    ]);
    for set in ["limit_train=250", "limit_test=60", "batch_size=25"] {
        command.args(["--set", set]);
    }
    command
        .args(["--candidates", "3", "--epochs", "6", "--out"])
        .arg(out)
        .args(more);
    command
}

/// The numbers of a line such as `wrn-8-0.25  11,234  9,000  1,234,567  …`.
fn numbers(line: &str) -> Vec<u64> {
    let words = line.split_whitespace().skip(1);
    words
        .map(|word| word.replace(',', "").parse().unwrap())
        .collect()
}

#[test]
fn what_would_be_trained_is_printed_with_what_it_takes() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("fit");
    let said = success(&mut fit(
        &out,
        &["--print", "--instructions", "4M", "--core", "m0plus"],
    ));
    let rows: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("wrn-"))
        .collect();
    assert_eq!(rows.len(), 3, "{said}");
    for row in rows {
        let [flash, ram, instructions, _] = numbers(row)[..] else {
            panic!("{row}");
        };
        assert!(flash <= 18 << 10 && ram <= 12 << 10, "{row}");
        assert!(instructions + instructions / 20 <= 4_000_000, "{row}");
    }
    assert!(
        said.contains("plan: 3 up to epoch 2, 2 up to epoch 6"),
        "{said}"
    );
    // Of each of ten classes some 25 images, 3 of which are held out: 8 steps of 25.
    assert!(said.contains("14 epochs in all, 112 steps"), "{said}");
    assert!(!out.exists());
}

/// What `data` suggests to train with can be given to a search.
#[test]
fn a_search_takes_the_flags_of_own_images() {
    let dir = tempdir().unwrap();
    for (class, shade) in [("a", 10), ("b", 200)] {
        let folder = dir.path().join("own").join(class);
        fs::create_dir_all(&folder).unwrap();
        for index in 0..12u8 {
            image::RgbImage::from_pixel(20, 16, image::Rgb([shade, index, 7]))
                .save(folder.join(format!("{index}.png")))
                .unwrap();
        }
    }
    fs::write(dir.path().join("own/a/bad.png"), "no picture").unwrap();
    let search = |more: &[&str]| {
        let mut command = trainer();
        command.current_dir(dir.path());
        command.args([
            "fit",
            "--flash",
            "64K",
            "--ram",
            "48K",
            "--dataset",
            "./own",
        ]);
        command.args(["--size", "16", "--channels", "1", "--fit", "pad", "--print"]);
        command.args(["--test-fraction", "0.25", "--split-seed", "3"]);
        command.args(more);
        command
    };
    let message = failure(&mut search(&[]), 1);
    assert!(message.contains("bad.png"), "{message}");
    let said = success(&mut search(&["--skip-bad"]));
    assert!(said.contains("compared on 2 validation images"), "{said}");
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_trained() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("fit");
    for (more, part) in [
        (&["--flash", "4K"][..], "the smallest beside it, wrn-8-0.25"),
        (&["--instructions", "1K"], "1,000 instructions"),
        (&["--epochs", "10"], "such as 6"),
        (&["--keep", "1"], "--keep 1"),
        (&["--candidates", "0"], "--candidates 0"),
        (&["--residual-bits", "12"], "8 or 16"),
        (&["--families", "vgg"], "wrn or plain"),
        (&["--core", "m7"], "m0plus"),
        (&["--flash", "64Q"], "K = 1024"),
        (&["--set", "net=wrn-8-1"], "--families"),
        (&["--set", "schedule=cosine"], "`schedule`"),
        (&["--set", "weights=32bit"], "first_last=8bit"),
        (&["--set", "epoch=3"], "epoch"),
    ] {
        // What is given again stands in place of what was given before.
        let message = failure(&mut fit(&out, more), 2);
        assert!(message.contains(part), "{more:?}: {message}");
        assert!(!out.exists(), "{more:?}");
    }
}

#[test]
fn a_network_for_a_device_is_found_trained_and_exported() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("my fit");
    let said = success(&mut fit(&out, &["--jobs", "2"]));
    assert!(
        said.contains("rung 2 of 2: 2 networks up to epoch 6"),
        "{said}"
    );
    assert!(
        said.contains("in integers, as the device computes: "),
        "{said}"
    );
    // What is left is told after each network but the last one, and who goes on before any is trained.
    assert_eq!(said.matches(" left\n").count(), 3 + 2 - 1, "{said}");
    let rule = "; of networks that err alike the one with fewer bytes of flash goes on";
    let images = said.lines().find(|line| line.starts_with("compared on "));
    let images = images.unwrap_or_else(|| panic!("{said}"));
    assert!(images.ends_with(rule), "{images}");
    let page = fs::read_to_string(out.join("fit.html")).unwrap();
    let count = images.split(',').next().unwrap();
    let count = count.trim_start_matches("compared on ");
    assert!(page.contains(&format!("{count}{rule}")), "{count}: {page}");
    assert!(page.contains("after 2 epochs</th>") && page.contains("after 6 epochs</th>"));
    let winner = said
        .lines()
        .rev()
        .find(|line| line.starts_with("wrn-"))
        .unwrap();
    let winner = winner.split(':').next().unwrap();
    assert!(page.contains(&format!("<h2>{winner}</h2>")), "{winner}");
    assert!(!page.contains("<script") && !page.contains("over the budget"));
    assert!(out.join("winner/src/onebit.c").is_file() && out.join("winner.onebit").is_file());
    // Bytes that the page has are those of what was written.
    let header = fs::read_to_string(out.join("winner/src/onebit.h")).unwrap();
    let flash = header.split("ONEBIT_FLASH_BYTES ").nth(1).unwrap();
    let flash: usize = flash.split_whitespace().next().unwrap().parse().unwrap();
    assert!(flash < 18 << 10);
    let compiled = page.contains("compiled with -O2");
    // The folder tells what was measured of this network.
    let readme = fs::read_to_string(out.join("winner/README.md")).unwrap();
    assert_eq!(
        readme.contains("| measured for this network: `"),
        compiled,
        "{readme}"
    );
    assert_ne!(
        compiled,
        page.contains("Nothing was compiled"),
        "one or the other"
    );

    // Again: what is there stays, and what is gone is trained anew, to the same.
    let runs: Vec<_> = fs::read_dir(out.join("candidates"))
        .unwrap()
        .map(|run| run.unwrap().path())
        .collect();
    assert_eq!(runs.len(), 3);
    let written = |run: &Path| {
        fs::metadata(run.join("model.bpk"))
            .unwrap()
            .modified()
            .unwrap()
    };
    let stays = out.join("candidates").join(winner);
    let gone = runs.iter().find(|run| **run != stays).unwrap();
    let (before, metrics) = (
        written(&stays),
        fs::read(gone.join("metrics.jsonl")).unwrap(),
    );
    fs::remove_dir_all(gone).unwrap();
    let again = success(&mut fit(&out, &[]));
    assert_eq!(written(&stays), before);
    let epochs = |bytes: &[u8]| bytes.iter().filter(|&&byte| byte == b'\n').count();
    assert_eq!(
        epochs(&fs::read(gone.join("metrics.jsonl")).unwrap()),
        epochs(&metrics)
    );
    let errors = |text: &str| {
        let lines = text
            .lines()
            .filter(|line| line.contains("error:") || line.contains("compiled,"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(errors(&again), errors(&said));

    // Runs of other settings are not gone on with.
    let message = failure(&mut fit(&out, &["--seed", "7"]), 2);
    assert!(message.contains("seed = 7"), "{message}");
}

/// A compiler that is not there is told of on the page.
#[cfg(unix)]
#[test]
fn without_a_compiler_the_page_says_so() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("fit");
    let mut command = fit(&out, &["--core", "rv32"]);
    let said = success(command.env("PATH", dir.path()));
    assert!(
        said.contains("nothing was compiled, its code is a bound"),
        "{said}"
    );
    let page = fs::read_to_string(out.join("fit.html")).unwrap();
    assert!(
        page.contains("Nothing was compiled: no compiler for RV32IMC"),
        "{page}"
    );
}

/// A search that is stopped saves its run, and the same command goes on.
#[cfg(unix)]
#[test]
fn a_search_that_is_stopped_goes_on() {
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    let dir = tempdir().unwrap();
    let out = dir.path().join("fit");
    let small = ["--candidates", "2", "--set", "batch_size=10"];
    let mut command = fit(&out, &small);
    command
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // Heeds signals, whatever started the tests does with them. SAFETY: `signal` is safe between fork and exec.
    unsafe {
        command.pre_exec(|| {
            libc::signal(libc::SIGTERM, libc::SIG_DFL);
            Ok(())
        });
    }
    let process = command.spawn().unwrap();
    let steps = || {
        let runs = fs::read_dir(out.join("candidates")).into_iter().flatten();
        let files = runs.map(|run| run.unwrap().path().join("steps.jsonl"));
        files
            .filter_map(|file| fs::read_to_string(file).ok())
            .map(|text| text.lines().count())
            .max()
    };
    let begun = Instant::now();
    while steps().unwrap_or(0) < 3 {
        assert!(begun.elapsed() < Duration::from_secs(300), "nothing came");
        std::thread::sleep(Duration::from_millis(2));
    }
    // SAFETY: the process is a child that has not been waited for.
    assert_eq!(unsafe { libc::kill(process.id() as i32, libc::SIGTERM) }, 0);
    let output = process.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.signal(), Some(libc::SIGTERM), "{said}");
    assert!(
        said.contains("stopped; go on by the same command: onebit fit --flash 18432"),
        "{said}"
    );
    assert!(!out.join("fit.html").exists());
    let again = success(&mut fit(&out, &small));
    assert!(again.contains("in integers"), "{again}");
    let log = fs::read_dir(out.join("logs"))
        .unwrap()
        .map(|log| fs::read_to_string(log.unwrap().path()).unwrap());
    assert!(
        log.collect::<String>().contains("continuing"),
        "one run went on where it was"
    );
}

/// What is there already is neither replaced nor mixed with a search.
#[test]
fn a_folder_of_something_else_is_refused_before_anything_is_trained() {
    let dir = tempdir().unwrap();
    for (name, file) in [
        ("page", "fit.html"),
        ("winner", "winner/mine.c"),
        ("run", "config.toml"),
    ] {
        let out = dir.path().join(name);
        fs::create_dir_all(out.join(file).parent().unwrap()).unwrap();
        fs::write(out.join(file), "mine").unwrap();
        let said = failure(&mut fit(&out, &[]), 2);
        assert!(said.contains("choose another --out"), "{said}");
        assert_eq!(fs::read_to_string(out.join(file)).unwrap(), "mine");
        assert!(!out.join("candidates").exists(), "{name}");
    }
}
