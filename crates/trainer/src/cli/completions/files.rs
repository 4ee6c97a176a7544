//! Names of files and folders, alone or beside names that the program knows: of models, datasets and settings.
//!
//! `clap_complete` offers either the words of a flag or files. Where both can stand, its scripts for bash, zsh and fish are
//! changed here: for bash and zsh by a function of their own, for fish by one more word of the line.

use std::any::TypeId;
use std::fmt::Write;
use std::path::PathBuf;

use clap::{Arg, Command, ValueHint};
use clap_complete::Shell;
use data::Dataset;
use run::config::SETTINGS;

/// Flags that take a name of ours or a file.
const EITHER: [&str; 4] = ["model", "dataset", "examples", "calibrate"];
/// The flag that takes `KEY=VALUE`.
const KEYS: &str = "set";

/// A command, and those under it, whose flags say whether they take a file or a folder.
pub fn hinted(command: Command) -> Command {
    command.mut_args(hint).mut_subcommands(hinted)
}

fn hint(arg: Arg) -> Arg {
    if arg.get_value_hint() != ValueHint::Unknown && arg.get_value_hint() != ValueHint::AnyPath {
        return arg;
    }
    let id = arg.get_id().as_str();
    let names = arg.get_value_names().unwrap_or_default();
    let named = |word: &str| names.iter().any(|name| name.contains(word));
    let is_path = arg.get_value_parser().type_id() == TypeId::of::<PathBuf>();
    let hint = if EITHER.contains(&id) || id == "net" {
        ValueHint::AnyPath
    } else if named("DIR") {
        ValueHint::DirPath
    } else if is_path || ["FILE", "PATH", "RUN"].iter().any(|word| named(word)) {
        ValueHint::FilePath
    } else {
        // Numbers, seeds, texts.
        ValueHint::Other
    };
    arg.value_hint(hint)
}

/// The names that a flag knows.
fn names(id: &str) -> String {
    let words: Vec<&str> = match id {
        "model" => zoo::all().iter().map(|model| model.name).collect(),
        KEYS => SETTINGS.iter().map(|setting| setting.key).collect(),
        _ => Dataset::WORDS.to_vec(),
    };
    match id {
        KEYS => words
            .iter()
            .map(|word| format!("{word}="))
            .collect::<Vec<_>>()
            .join(" "),
        _ => words.join(" "),
    }
}

/// The script of `clap_complete`, with files beside names.
pub fn beside_names(shell: Shell, command: &Command, script: &str) -> String {
    match shell {
        Shell::Bash => bash(command, script),
        Shell::Zsh => zsh(script),
        Shell::Fish => fish(script),
        _ => script.into(),
    }
}

/// What offers words and files: for those, bash quotes blanks, and adds a slash behind a folder.
const BASH: &str = r#"_onebit_files() {
    local IFS=$'\n'
    COMPREPLY=($(IFS=' '; compgen -W "$1" -- "${cur}"))
    [[ ${cur} == -* ]] || COMPREPLY+=($(compgen -f -- "${cur}"))
    compopt -o filenames 2>/dev/null
}

"#;

fn bash(command: &Command, script: &str) -> String {
    let all = r#"COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )"#;
    let files = r#"COMPREPLY=($(compgen -f "${cur}"))"#;
    let mut text = String::from(BASH);
    // Whether the command at hand has an argument that is a file, and the flag at hand.
    let (mut has_files, mut flag) = (false, "");
    for line in script.lines() {
        let word = line.trim().strip_suffix(')').unwrap_or_default();
        if let Some(path) = word.strip_prefix("onebit__subcmd__") {
            has_files = takes_files(command, path);
        } else if let Some(name) = word.strip_prefix("--") {
            flag = name;
        }
        let id = flag.replace('-', "_");
        let line = if has_files && line.contains(all) {
            line.replace(all, r#"_onebit_files "${opts}""#)
        } else if EITHER.contains(&&*id) && line.contains(files) {
            line.replace(files, &format!("_onebit_files \"{}\"", names(&id)))
        } else if id == KEYS && line.contains(r#"COMPREPLY=("${cur}")"#) {
            let words = format!(
                r#"COMPREPLY=($(compgen -W "{}" -- "${{cur}}"))"#,
                names(KEYS)
            );
            line.replace(r#"COMPREPLY=("${cur}")"#, &words)
        } else {
            line.into()
        };
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// Whether a command, by its words with `__subcmd__` between them, has an argument that is a file or a folder.
fn takes_files(command: &Command, path: &str) -> bool {
    let mut found = Some(command);
    for word in path.split("__subcmd__") {
        found = found.and_then(|command| command.find_subcommand(word));
    }
    found.is_some_and(|command| {
        let mut arguments = command.get_positionals();
        arguments.any(|arg| {
            matches!(
                arg.get_value_hint(),
                ValueHint::FilePath | ValueHint::DirPath
            )
        })
    })
}

fn zsh(script: &str) -> String {
    let mut functions = String::new();
    for id in EITHER.into_iter().chain([KEYS]) {
        let words = names(id);
        let _ = match id {
            KEYS => writeln!(
                functions,
                "_onebit_{id}() {{\n    compadd -S '' -- {words}\n}}"
            ),
            _ => writeln!(
                functions,
                "_onebit_{id}() {{\n    _alternative 'names:name:({words})' 'files:file:_files'\n}}"
            ),
        };
    }
    let mut text = String::new();
    for line in script.lines() {
        if line.starts_with("if [ \"$funcstack[1]\"") {
            text.push_str(&functions);
            text.push('\n');
        }
        let of = |id: &&str| line.contains(&format!("--{id}=["));
        let id = EITHER.into_iter().chain([KEYS]).find(of);
        // `'--model=[what it is]:FILE:_files' \`
        match (id, line.rsplit_once(':')) {
            (Some(id), Some((spec, action))) if action.ends_with("' \\") => {
                let _ = writeln!(text, "{spec}:_onebit_{id}' \\");
            }
            _ => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}

fn fish(script: &str) -> String {
    let mut text = String::new();
    for line in script.lines() {
        text.push_str(line);
        let of = |id: &&str| line.contains(&format!(" -l {id} "));
        if let Some(id) = EITHER.into_iter().chain([KEYS]).find(of) {
            let _ = write!(text, " -a \"{}\"", names(id));
        }
        text.push('\n');
    }
    text
}
