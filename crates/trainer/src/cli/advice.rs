//! The way out: what the command line adds to the facts that libraries tell of.

use report::ReportError;
use run::RunError;

use crate::Error;

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
            RunError::NoRun { .. } => Self::Failed(format!("{text}; `onebit train` makes one")),
            RunError::Occupied { path } => Self::Usage(format!(
                "{text}; continue it with --resume {}, or choose another --out",
                path.display()
            )),
            RunError::Locked { .. } => {
                Self::Failed(format!("{text}; wait for it, or stop it first"))
            }
            RunError::FileOfRun { .. } => Self::Usage(format!("--out {text}; choose another")),
            RunError::SourceFile { .. } => Self::Usage(format!("--out {text}; choose one")),
            RunError::OtherClasses { .. } => {
                Self::Usage(format!("{text}; give the run's own data"))
            }
            RunError::Assignment { .. } => {
                Self::Usage(format!("{text}, such as --set momentum=0.9"))
            }
            RunError::Value { key, .. } => {
                let example = if key == "drops" { "[85,170]" } else { "…" };
                Self::Usage(format!(
                    "{text}; change it in the config or with --set {key}={example}"
                ))
            }
            RunError::Setting { .. } | RunError::OtherData { .. } => Self::Usage(text),
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

/// What to do about a score that cannot be read.
pub const DELETE_RESULT: &str = "delete the file and --resume the run";

/// Data that are not those of a run, with what a command can do about them.
pub fn other_data(error: RunError, way_out: &str) -> Error {
    match error {
        RunError::OtherData { .. } => Error::Usage(format!("{error}; {way_out}")),
        other => other.into(),
    }
}
