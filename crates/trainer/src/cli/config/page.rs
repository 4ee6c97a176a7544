//! The reference page of all settings, `docs/settings.md`.

use run::config::{Group, SETTINGS, Setting, wrapped};

use super::flag;

/// The most columns of a line of prose.
const WIDTH: usize = 100;

const HEAD: &str = "\
# Settings

Every setting of a run: its meaning, its values, and its default. The same in a terminal:
`onebit config`, and `onebit config KEY` for one.

Settings come in layers, and a later layer wins:

1. the recipe: `paper` for a dataset by name, `small` for your own images;
2. a file, `--config FILE.toml`;
3. `--set KEY=VALUE`, as often as you like;
4. flags.

So `recipe` is the lowest layer: it only fills in what nothing else gives. `paper` is the recipe of
the paper, with networks and numbers of epochs that suit a desktop machine. `small` is for hundreds
or thousands of your own images: a small network, small batches, learned batch norms. Either can be
named, as in `--recipe small --dataset mnist`. The run's `config.toml` holds what came of all
layers, so a run does not change when a recipe does.

Where a default depends on the dataset or on the recipe, all of them are listed.
";

/// The page.
pub fn markdown() -> String {
    let mut page = HEAD.to_owned();
    for group in Group::ALL {
        page += &format!("\n## {group}\n");
        for setting in SETTINGS.iter().filter(|setting| setting.group == group) {
            page += &entry(setting);
        }
    }
    page
}

fn entry(setting: &Setting) -> String {
    let mut text = format!("\n### `{}`\n\n", setting.key);
    text += &wrapped(setting.about, WIDTH).join("\n");
    text += "\n\n";
    let mut points = vec![
        format!("range: {}", setting.range),
        format!("default: {}", setting.default()),
    ];
    if !setting.source.is_empty() {
        points.push(format!("source: {}", setting.source));
    }
    points.extend(flag(setting.key).map(|flag| format!("flag: `{flag}`")));
    points.push(format!("example: `{} = {}`", setting.key, setting.example));
    points.extend(more(setting.key).map(|link| format!("more: {link}")));
    for point in points {
        let lines = wrapped(&point, WIDTH - 2);
        text += &format!("- {}\n", lines.join("\n  "));
    }
    text
}

/// The page about what a setting takes.
fn more(key: &str) -> Option<&'static str> {
    match key {
        "augment" => Some("[augmentation](augmentation.md)"),
        "dataset" => Some("[data of your own](data.md)"),
        "net" => Some("[networks](networks.md)"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_docs_is_the_present_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/settings.md");
        let found = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            found == markdown(),
            "docs/settings.md is stale; renew it with: onebit config --markdown > docs/settings.md"
        );
    }

    #[test]
    fn the_page_has_every_key_and_no_long_line() {
        let page = markdown();
        for setting in SETTINGS {
            assert!(
                page.contains(&format!("\n### `{}`\n", setting.key)),
                "{}",
                setting.key
            );
        }
        let long = page.lines().find(|line| line.chars().count() > WIDTH);
        assert_eq!(long, None);
    }
}
