//! All about one setting, for a terminal.

use run::TrainConfig;
use run::config::{Setting, wrapped};

use super::{WIDTH, flag, set};

/// Meaning, range, defaults, source, flag and an example of a setting.
pub fn explained(setting: &Setting, config: &TrainConfig) -> String {
    let mut lines = vec![format!("{} ({})", setting.key, setting.group)];
    lines.extend(
        wrapped(setting.about, WIDTH - 2)
            .iter()
            .map(|line| format!("  {line}")),
    );
    lines.push(String::new());
    let here = setting.value_in(config);
    let default = setting.default().to_string();
    let example = format!(
        "{}; in a config: {} = {}",
        set(setting),
        setting.key,
        setting.example
    );
    let mut rows = vec![
        ("range", setting.range.to_string()),
        ("default", default.clone()),
    ];
    if here != default {
        rows.push((
            "",
            format!("here {here}: {}, recipe {}", config.dataset, config.recipe),
        ));
    }
    if !setting.source.is_empty() {
        rows.push(("source", setting.source.into()));
    }
    rows.push((
        "flag",
        flag(setting.key).unwrap_or("none; use --set".into()),
    ));
    rows.push(("example", example));
    for (name, text) in rows {
        for (index, line) in wrapped(&text, WIDTH - 11).iter().enumerate() {
            let name = if index == 0 { name } else { "" };
            lines.push(format!("  {name:<9}{line}"));
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use data::Dataset;
    use run::config::SETTINGS;

    use super::*;

    #[test]
    fn a_setting_is_told_in_lines_that_fit() {
        let config = TrainConfig::recipe(Dataset::Cifar10);
        for setting in SETTINGS {
            let text = explained(setting, &config);
            let long = text.lines().find(|line| line.chars().count() > WIDTH);
            assert_eq!(long, None, "{text}");
        }
        let momentum = explained(Setting::of("momentum").unwrap(), &config);
        assert_eq!(
            momentum,
            "momentum (Optimiser)\n  Momentum of SGD.\n\n  range    0 to 1\n  default  0.9\n  \
             source   paper, section 3.1\n  flag     none; use --set\n  \
             example  --set momentum=0.95; in a config: momentum = 0.95"
        );
    }
}
