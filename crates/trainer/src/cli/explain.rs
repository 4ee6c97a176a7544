//! The help of the flags of `train`: in groups, and of those that are settings from the table of
//! settings.

use clap::Arg;
use run::config::{Group, Range, Setting};

/// Gives a flag its group, and its help where it has none of its own.
pub fn explain(arg: Arg) -> Arg {
    let heading = heading(arg.get_id().as_str());
    let setting = Setting::of(arg.get_id().as_str());
    let arg = arg.help_heading(heading);
    match setting {
        Some(setting) if arg.get_help().is_none() => arg.help(help(setting)),
        _ => arg,
    }
}

/// A setting's meaning, range and defaults.
fn help(setting: &Setting) -> String {
    let default = setting.default();
    match setting.range {
        // The flag of a switch takes no value.
        Range::Switch => setting.about.into(),
        _ => format!("{} [default: {default}]", setting.told()),
    }
}

fn heading(id: &str) -> &'static str {
    match (Setting::of(id), id) {
        (Some(setting), _) => setting.group.name(),
        (None, "config" | "set") => "Settings",
        (None, "data") => Group::Data.name(),
        (None, "devices") => heading("device"),
        (None, "seeds") => heading("seed"),
        // Where the run goes, and what else no config holds.
        (None, _) => "Run",
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_flag_of_train_has_a_group_and_a_help() {
        let cli = Cli::command();
        let train = cli.find_subcommand("train").unwrap();
        let mut headings = Vec::new();
        for arg in train.get_arguments() {
            let heading = arg.get_help_heading().expect("a heading");
            if !headings.contains(&heading) {
                headings.push(heading);
            }
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(!help.is_empty(), "{}", arg.get_id());
        }
        // Lists have the headings in the order in which their first flags stand.
        let groups = Group::ALL.map(Group::name);
        let expected = [&["Settings"][..], &groups[..], &["Run"][..]].concat();
        assert_eq!(headings, expected);
    }

    #[test]
    fn a_help_has_meaning_range_and_default() {
        let help = help(Setting::of("learning_rate").unwrap());
        assert!(help.starts_with("The learning rate at the start"), "{help}");
        assert!(help.ends_with("[0 to 1000] [default: 0.1]"), "{help}");
    }
}
