//! A config as a file for people: each key under its meaning, in groups.

use std::collections::BTreeMap;
use std::fmt::Write;

use toml::{Table, Value};

use super::{Group, SETTINGS, Setting};
use crate::config::TrainConfig;

/// The most columns of a comment.
const WIDTH: usize = 100;

/// A config in TOML, each key after a comment that says what it means and which values it takes.
/// Read back, it is the same config.
pub fn written(config: &TrainConfig) -> String {
    lines(config, |setting| setting.told(), false)
}

/// The same with the first sentence of each meaning, and with the keys that have no value as
/// comments: a file to begin a config of one's own with.
pub fn template(config: &TrainConfig) -> String {
    lines(config, |setting| setting.meaning().into(), true)
}

fn lines(config: &TrainConfig, comment: impl Fn(&Setting) -> String, unset: bool) -> String {
    let table = Table::try_from(config).expect("a config is TOML");
    let mut text = String::new();
    for group in Group::ALL {
        let of_group = SETTINGS.iter().filter(|setting| setting.group == group);
        let keys: Vec<&Setting> = of_group
            .filter(|setting| unset || table.contains_key(setting.key))
            .collect();
        let gap = if text.is_empty() { "" } else { "\n" };
        writeln!(text, "{gap}# {}", group.name().to_uppercase()).expect("a string takes all");
        for setting in keys {
            let line = match table.get(setting.key) {
                None => format!("# {} = {}\n", setting.key, setting.example),
                // In TOML every key behind a table belongs to it.
                Some(Value::Table(_)) => continue,
                Some(value) => assignment(setting.key, value),
            };
            text += &format!("\n{}{line}", commented(&comment(setting)));
        }
    }
    for setting in SETTINGS {
        if let Some(Value::Table(_)) = table.get(setting.key) {
            // The fields keep their order, which a `Table` does not.
            let net = BTreeMap::from([(setting.key, &config.net)]);
            let net = toml::to_string(&net).expect("a network is TOML");
            text += &format!("\n{}{net}", commented(&comment(setting)));
        }
    }
    text
}

fn assignment(key: &str, value: &Value) -> String {
    let table = BTreeMap::from([(key, value)]);
    toml::to_string(&table).expect("a value is TOML")
}

/// A text as lines of a comment.
fn commented(text: &str) -> String {
    let lines = wrapped(text, WIDTH - 2);
    lines.iter().map(|line| format!("# {line}\n")).collect()
}

/// A text in lines of at most `width` characters, parted at spaces; a longer word has its own line.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut len = 0;
    for word in text.split(' ') {
        let letters = word.chars().count();
        if len > 0 && len + 1 + letters > width {
            lines.push(String::new());
            len = 0;
        }
        let line = lines.last_mut().expect("there is a line");
        if len > 0 {
            line.push(' ');
            len += 1;
        }
        line.push_str(word);
        len += letters;
    }
    lines
}

#[cfg(test)]
mod tests {
    use data::{Dataset, Source};
    use graph::Net;

    use super::*;
    use crate::config::Recipe;

    fn configs() -> Vec<TrainConfig> {
        let own = Source::Own("./my \"photos\"\n#1 é".into());
        let file = "version = 1\nname = 'mine'\n[stem]\nchannels = 8\nweights = '8bit'\n\
            [[stages]]\nchannels = 8\nblocks = 1\n[[stages]]\nchannels = 16\nblocks = 2\n";
        let mut configs: Vec<TrainConfig> = Dataset::ALL.map(TrainConfig::recipe).to_vec();
        configs.push(TrainConfig {
            size: Some([48, 64]),
            channels: Some(1),
            init: Some("a\nb = 'c'\n[d]".into()),
            split_seed: None,
            net: Net::own(toml::from_str(file).unwrap()).unwrap(),
            ..TrainConfig::with_recipe(Recipe::Small, own)
        });
        configs
    }

    #[test]
    fn read_back_it_is_the_same_config() {
        for config in configs() {
            for text in [written(&config), template(&config)] {
                assert_eq!(
                    toml::from_str::<TrainConfig>(&text).unwrap(),
                    config,
                    "{text}"
                );
                let long = text.lines().find(|line| line.chars().count() > WIDTH);
                assert_eq!(long, None);
            }
        }
    }

    #[test]
    fn each_key_follows_its_meaning() {
        let text = written(&TrainConfig::recipe(Dataset::Cifar10));
        for line in [
            "# DATA\n\n# The images",
            "\n\n# Momentum of SGD. [0 to 1]\nmomentum = 0.9\n",
            "[crop, pad, stretch]\nfit = \"crop\"\n",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        assert!(!text.contains("init ="), "{text}");
        let text = template(&TrainConfig::recipe(Dataset::Cifar10));
        assert!(text.contains("\n# init = \"runs/"), "{text}");
    }

    #[test]
    fn lines_end_before_the_width() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("one twothree four", 5), ["one", "twothree", "four"]);
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("é é é", 3), ["é é", "é"]);
    }
}
