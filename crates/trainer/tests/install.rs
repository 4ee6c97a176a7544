//! What is installed beside the program: completions and manual pages; and what the program says to a newcomer.

mod common;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use common::{failure, success, trainer};
use tempfile::tempdir;

const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

#[test]
fn each_shell_has_completions_of_commands_flags_and_words() {
    for shell in SHELLS {
        let text = success(trainer().args(["completions", shell]));
        for word in ["predict", "recipe", "residual-bits", "demo"] {
            assert!(text.contains(word), "{shell}: {word}");
        }
    }
    let said = failure(trainer().args(["completions", "tcsh"]), 2);
    assert!(said.contains("bash") && said.contains("zsh"), "{said}");
}

/// What bash would offer for these words.
fn offered(bash: &str, words: &[&str]) -> Vec<String> {
    let dir = tempdir().unwrap();
    let file = dir.path().join("onebit.bash");
    fs::write(&file, success(trainer().args(["completions", "bash"]))).unwrap();
    fs::create_dir(dir.path().join("my photos")).unwrap();
    let list = words.iter().map(|word| format!("'{word}'"));
    let list: Vec<String> = list.collect();
    let (last, before) = (words[words.len() - 1], words[words.len() - 2]);
    let script = format!(
        "compopt() {{ :; }}; source '{}'; COMP_WORDS=({}); COMP_CWORD={}; \
         _onebit onebit '{last}' '{before}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        file.display(),
        list.join(" "),
        words.len() - 1
    );
    let output = Command::new(bash)
        .args(["--norc", "-c", &script])
        .current_dir(dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn bash_offers_the_words_of_a_flag() {
    let bash = testkit::Need::new("bash", "apt-get install bash", |_| {
        let done = Command::new("bash")
            .args(["-c", "x=(1 2); [ ${#x[@]} = 2 ]"])
            .status();
        match done {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(status.to_string()),
            Err(error) => Err(error.to_string()),
        }
    });
    if !testkit::ready("bash_offers_the_words_of_a_flag", &[bash]) {
        return;
    }
    let offered = |words: &[&str]| offered("bash", words);
    assert!(offered(&["onebit", "pre"]).contains(&"predict".to_owned()));
    assert_eq!(
        offered(&["onebit", "train", "--recipe", ""]),
        ["paper", "small"]
    );
    assert_eq!(
        offered(&["onebit", "train", "--weights", "ter"]),
        ["ternary"]
    );
    assert_eq!(
        offered(&["onebit", "export", "--to", "o"]),
        ["onebit", "onnx"]
    );
    assert_eq!(
        offered(&["onebit", "eval", "--activations", "int8"]),
        ["int8"]
    );
    assert!(offered(&["onebit", "models", "cifar"]).contains(&"cifar10-20-1".to_owned()));
    // The name of a file, of a folder, or of what the program knows.
    let files = |words: &[&str], names: &[&str]| {
        let found = offered(words);
        for name in names {
            assert!(
                found.contains(&(*name).to_owned()),
                "{words:?}: {name} in {found:?}"
            );
        }
    };
    let (file, folder) = ("onebit.bash", "my photos");
    files(&["onebit", "train", "--config", ""], &[file, folder]);
    files(&["onebit", "predict", ""], &[file, folder, "--run"]);
    files(&["onebit", "predict", "--top", "3", "my"], &[folder]);
    files(&["onebit", "report", "one"], &[file]);
    files(
        &["onebit", "eval", "--model", ""],
        &[file, folder, "cifar10-20-1"],
    );
    files(
        &["onebit", "train", "--dataset", ""],
        &[file, folder, "mnist"],
    );
    files(&["onebit", "train", "--set", "mom"], &["momentum="]);
    assert_eq!(offered(&["onebit", "predict", "--lo"]), ["--logits"]);
    assert_eq!(offered(&["onebit", "train", "--epochs", ""]), [""]);
}

/// What zsh and fish are told of flags that take a name of the program's or a file.
#[test]
fn zsh_and_fish_offer_files_beside_names() {
    let zsh = success(trainer().args(["completions", "zsh"]));
    let model = zsh.lines().filter(|line| line.contains("--model=["));
    let model: Vec<&str> = model.collect();
    assert!(model.len() >= 4, "{model:?}");
    assert!(
        model
            .iter()
            .all(|line| line.ends_with(":FILE|NAME:_onebit_model' \\")),
        "{model:?}"
    );
    for line in [
        "    _alternative 'names:name:(cifar10-20-1",
        "'*--set=[One setting, such as \\`momentum=0.9\\`; overrides --config; can be repeated]:KEY=VALUE:_onebit_set' \\",
        "]:DIR:_files -/' \\",
    ] {
        assert!(zsh.contains(line), "{line}");
    }
    let fish = success(trainer().args(["completions", "fish"]));
    let flags = |flag: &str| -> Vec<String> {
        let word = format!(" -l {flag} ");
        let lines = fish.lines().filter(|line| line.contains(&word));
        lines.map(str::to_owned).collect()
    };
    for (flag, names) in [("model", "cifar10-20-1"), ("dataset", "mnist")] {
        let lines = flags(flag);
        let both = |line: &String| line.contains(" -r -F -a \"") && line.contains(names);
        assert!(lines.len() >= 3 && lines.iter().all(both), "{lines:?}");
    }
    assert!(
        flags("set")
            .iter()
            .all(|line| line.contains(" -r -f -a \"") && line.contains("momentum="))
    );
    for (shell, text) in [("zsh", zsh), ("fish", fish)] {
        let dir = tempdir().unwrap();
        let file = dir.path().join("script");
        fs::write(&file, text).unwrap();
        // Its own reader, where it is here.
        match Command::new(shell).arg("-n").arg(&file).output() {
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(
                    output.status.success() && said.is_empty(),
                    "{shell}: {said}"
                );
            }
            Err(_) => testkit::skipped(
                &format!("the script for {shell} read by {shell}"),
                "it is not here",
            ),
        }
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let dir = tempdir().unwrap();
    let folder = dir.path().join("man/man1");
    let said = success(trainer().args(["man", "--out"]).arg(&folder));
    assert!(said.contains("manual pages"), "{said}");
    let help = success(trainer().arg("--help"));
    let commands = help.split("Commands:").nth(1).unwrap();
    let commands = commands.split("Options:").next().unwrap();
    // Names stand two columns in, what they are about further right.
    let names = commands.lines().filter_map(|line| {
        let name = line.strip_prefix("  ")?;
        let first = name.split_whitespace().next()?;
        (!name.starts_with(' ') && first != "help").then_some(first)
    });
    let names: Vec<&str> = names.collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        let page = fs::read_to_string(folder.join(format!("onebit-{name}.1"))).unwrap();
        assert!(page.contains(".TH onebit-"), "{name}: {page}");
        assert_eq!(success(trainer().args(["man", name])), page, "{name}");
    }
    let one = success(trainer().arg("man"));
    assert_eq!(one, fs::read_to_string(folder.join("onebit.1")).unwrap());
    assert_eq!(
        success(trainer().args(["man", "bench", "infer"])),
        fs::read_to_string(folder.join("onebit-bench-infer.1")).unwrap()
    );
    let said = failure(trainer().args(["man", "trian"]), 2);
    assert!(said.contains("did you mean `train`?"), "{said}");
}

/// The beginning alone: the demo itself takes minutes.
#[test]
fn without_a_command_the_program_says_what_it_does_and_does_it() {
    let dir = tempdir().unwrap();
    let mut child = trainer()
        .current_dir(dir.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut text = String::new();
    for line in lines.map_while(Result::ok) {
        text += &line;
        text.push('\n');
        if line.starts_with("training ") {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let commands = text.lines().filter(|line| line.starts_with("  onebit "));
    assert_eq!(commands.count(), 5, "{text}");
    assert!(text.contains("runs `onebit demo`"), "{text}");
    assert!(
        text.ends_with("training wrn-8-1 with 1bit weights on glyphs\n"),
        "{text}"
    );
    let help = success(trainer().args(["demo", "--help"]));
    assert!(help.contains("few minutes"), "{help}");
}
