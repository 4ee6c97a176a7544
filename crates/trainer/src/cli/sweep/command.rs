//! The command that trains a run of a sweep.

use std::path::Path;

use run::many::Job;
use toml::Value;

/// The arguments of the program that train a job's run in a folder, or go on with it.
pub fn command(job: &Job, folder: &Path, data: Option<&Path>) -> Vec<String> {
    let mut words = vec!["train".to_owned()];
    for (key, value) in &job.settings {
        match (key.as_str(), value) {
            // A network may be that of a file, which only its flag reads.
            ("net", Value::String(name)) => words.extend(["--net".into(), name.clone()]),
            ("seed", seed) => words.extend(["--seed".into(), seed.to_string()]),
            _ => words.extend(["--set".into(), assignment(key, value)]),
        }
    }
    if let Some(data) = data {
        words.extend(["--data".into(), data.display().to_string()]);
    }
    words.extend(["--dashboard", "plain", "--or-resume", "--out"].map(str::to_owned));
    words.push(folder.display().to_string());
    words
}

/// `key=value` as `--set` takes it: a word as it is where it cannot be taken for anything else.
pub fn assignment(key: &str, value: &Value) -> String {
    match value {
        Value::String(word) if is_word(word) => format!("{key}={word}"),
        other => format!("{key}={other}"),
    }
}

/// Whether `--set` takes a text for a word and not for another value of TOML.
fn is_word(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    text.chars().all(plain) && format!("v = {text}").parse::<toml::Table>().is_err()
}

#[cfg(test)]
mod tests {
    use run::config::Layers;
    use run::many::Sweep;

    use super::*;
    use crate::shell::quoted;

    #[test]
    fn a_command_names_every_setting_and_its_folder() {
        let text = "seeds = 4\n[settings]\ndataset = './my photos'\nsize = [8, 6]\n[sweep]\nnet = ['./mine.toml']\nmomentum = [0.5]\n";
        let job = &Sweep::parse(text, "a.toml").unwrap().jobs[0];
        let words = command(job, Path::new("runs/a/x"), Some(Path::new("the data")));
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        assert_eq!(
            words.join(" "),
            r#"train --set 'dataset="./my photos"' --set 'size=[8, 6]' --set momentum=0.5 --net ./mine.toml --seed 4 --data 'the data' --dashboard plain --or-resume --out runs/a/x"#
        );
    }

    #[test]
    fn words_are_taken_as_they_were_meant() {
        for word in [
            "glyphs",
            "1bit",
            "32bit",
            "./my photos",
            "it's",
            "a\nb",
            "true",
            "7",
            "inf",
            "1e3",
            "",
        ] {
            let text = assignment("device", &Value::String(word.into()));
            let mut layers = Layers::default();
            layers.assignment(&text, "test").unwrap();
            assert_eq!(layers.resolve().unwrap().device, word, "{text}");
        }
    }
}
