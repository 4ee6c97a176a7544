//! The way out: what the command line adds to the facts that libraries tell of.

use report::ReportError;
use run::RunError;

use crate::init::InitError;
use crate::{Error, carried, shell};

impl From<RunError> for Error {
    fn from(error: RunError) -> Self {
        let text = error.to_string();
        match error {
            RunError::Io {
                path,
                action,
                source,
            } => Self::io(action, &path, &source),
            RunError::DamagedResult { .. } => Self::Failed(format!("{text}; {DELETE_RESULT}")),
            RunError::OtherModel { path, .. } => {
                let folder = path.parent().map_or_else(String::new, shell::folder);
                Self::Failed(format!(
                    "{text}; copy the file anew, or make it again from the last checkpoint with `onebit train --resume {folder}`"
                ))
            }
            RunError::NoRun { .. } => Self::Failed(format!("{text}; `onebit train` makes one")),
            RunError::Occupied { path } => Self::Usage(format!(
                "{text}; continue it with --resume {}, or choose another --out",
                shell::folder(&path)
            )),
            RunError::NotEmpty { .. } | RunError::WithinImages { .. } => {
                Self::Usage(format!("{text}; choose another one with --out"))
            }
            RunError::Locked { .. } => {
                Self::Failed(format!("{text}; wait for it, or stop it first"))
            }
            RunError::FileOfRun { .. } => Self::Usage(format!("--out {text}; choose another")),
            RunError::SourceFile { .. } => Self::Usage(format!("--out {text}; choose another")),
            RunError::OtherClasses { .. } => {
                Self::Usage(format!("{text}; give the run's own data"))
            }
            RunError::OtherNetwork { .. } => Self::Usage(format!(
                "{text}; restore the setting that was changed there"
            )),
            RunError::OtherTeacher { .. } => Self::Usage(format!(
                "{text}; name the run's own with --teacher, at its present place"
            )),
            RunError::Assignment { .. } => {
                Self::Usage(format!("{text}, such as --set momentum=0.9"))
            }
            // How it was given says what to change.
            RunError::Value { given: Some(_), .. } => Self::Usage(text),
            RunError::Value { key, .. } => {
                let example = if key == "drops" { "[85,170]" } else { "…" };
                Self::Usage(format!(
                    "{text}; change it in the config or with --set {key}={example}"
                ))
            }
            RunError::Key { nearest, .. } => {
                // The question of a near key ends in its own mark.
                let part = if nearest.is_some() { "" } else { ";" };
                Self::Usage(format!("{text}{part} `onebit config` lists all"))
            }
            RunError::Setting { .. } | RunError::OtherData { .. } | RunError::OtherSteps { .. } => {
                Self::Usage(text)
            }
            RunError::Graph(error) => error.into(),
            RunError::Data(error) => error.into(),
            _ => Self::Failed(text),
        }
    }
}

impl From<ReportError> for Error {
    fn from(error: ReportError) -> Self {
        let text = error.to_string();
        match error {
            ReportError::NoFolder => Self::Usage(text),
            ReportError::TooMany { .. } => Self::Usage(format!("{text}; name fewer folders")),
            ReportError::NotAFile { .. } => Self::Failed(format!("{text}; remove it")),
            ReportError::TooLarge { .. } => Self::Failed(format!("{text}; is it one?")),
            ReportError::Run(error) => error.into(),
            ReportError::Data(error) => error.into(),
            _ => Self::Failed(text),
        }
    }
}

impl From<InitError> for Error {
    fn from(error: InitError) -> Self {
        let flag = match error {
            InitError::Teacher(_) => "--teacher",
            _ => "--init",
        };
        let error = match error {
            InitError::Teacher(error) => *error,
            error => error,
        };
        let text = format!("{flag} {error}");
        match error {
            InitError::OtherTask { .. } => Self::Usage(format!(
                "{text}; give a network that was trained on the same classes and images"
            )),
            InitError::Io { .. } if flag == "--teacher" => Self::Failed(format!(
                "{text}; give the place where it is now with --teacher"
            )),
            InitError::Io { path, source } => {
                let meant = match source.kind() {
                    std::io::ErrorKind::NotFound => carried::meant(&path),
                    _ => None,
                };
                meant.map_or_else(|| Self::io("reading", &path, &source), Self::Failed)
            }
            InitError::Form { .. } => Self::Failed(format!(
                "{text}; bring a network of another program into a packed file with `onebit import`"
            )),
            InitError::Packed { .. } => Self::Failed(format!("{text}; export the network again")),
            InitError::OtherNetwork { .. } => Self::Usage(format!(
                "{text}; choose the same --net and settings, or start from another network"
            )),
            InitError::NoStage { .. } => Self::Usage(format!(
                "--freeze last-stage: {error}; give --freeze head-only, or none"
            )),
            InitError::Untrained { .. } => Self::Usage(format!(
                "--freeze: {error}; give --freeze none, or images of those channels with --channels"
            )),
            InitError::Run(error) => error.into(),
            InitError::Network(error) => error,
            _ => Self::Failed(text),
        }
    }
}

/// What to do about a score that cannot be read.
pub const DELETE_RESULT: &str = "delete the file and --resume the run";

/// Data that are not those of a run, with what a command can do about them.
pub fn other_data(error: RunError, way_out: &str) -> Error {
    match error {
        RunError::OtherData { .. } | RunError::OtherSteps { .. } => {
            Error::Usage(format!("{error}; {way_out}"))
        }
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use run::config::Layers;

    use super::*;

    #[test]
    fn a_setting_that_cannot_be_is_status_2_and_names_the_way_out() {
        let error = |assignment: &str| {
            let mut layers = Layers::default();
            let set = layers.assignment(assignment, &format!("--set {assignment}"));
            let error = Error::from(set.and_then(|()| layers.resolve()).unwrap_err());
            assert_eq!(error.exit_code(), 2, "{error}");
            error.to_string()
        };
        assert_eq!(error("momentum=2"), "--set momentum=2: expected 0 to 1");
        assert_eq!(
            error("drops=[2,1]"),
            "--set drops=[2,1]: expected epochs that ascend"
        );
        // What follows from another setting is told by its key.
        assert_eq!(
            error("learning_rate=0"),
            "`learning_rate_min` = 0.0001: expected 0 to 0; change it in the config or with --set learning_rate_min=…"
        );
        assert_eq!(
            error("epochs"),
            "--set epochs: expected key=value, such as --set momentum=0.9"
        );
        assert_eq!(
            error("epoch=1"),
            "--set epoch=1: unknown key `epoch`; did you mean `epochs`? `onebit config` lists all"
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_or_written_is_status_1() {
        let path = std::path::PathBuf::from("run");
        let source = std::io::ErrorKind::StorageFull.into();
        let full = Error::from(RunError::io("writing", &path, source));
        assert_eq!(full.exit_code(), 1);
        assert!(full.to_string().contains("free some space"), "{full}");
        let none = Error::from(RunError::NoRun { path: path.clone() });
        assert_eq!(
            (none.exit_code(), none.to_string().as_str()),
            (
                1,
                "run: expected the folder of a run, found no config.toml in it; `onebit train` makes one"
            )
        );
        let taken = Error::from(RunError::Occupied { path });
        assert_eq!(
            (taken.exit_code(), taken.to_string().as_str()),
            (
                2,
                "run: expected a folder without a run, found one; continue it with --resume run, or choose another --out"
            )
        );
    }
}
