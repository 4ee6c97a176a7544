//! `onebit completions`

mod files;

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::{Cli, known};
use crate::{Error, terminal};

/// Print a completion script for a shell: commands, flags, their values, and names of files
#[derive(clap::Args)]
#[command(after_help = "Examples:
  onebit completions bash > ~/.local/share/bash-completion/completions/onebit
  onebit completions zsh > ~/.zfunc/_onebit    with fpath+=~/.zfunc in .zshrc
  onebit completions fish > ~/.config/fish/completions/onebit.fish")]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Carries out the command.
///
/// # Errors
///
/// None so far.
pub fn run(args: &Args) -> Result<(), Error> {
    let mut command = files::hinted(known::taught(Cli::command()));
    let mut text = Vec::new();
    generate(args.shell, &mut command, "onebit", &mut text);
    let text = String::from_utf8_lossy(&text);
    terminal::put(files::beside_names(args.shell, &command, &text).as_bytes());
    Ok(())
}
