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
