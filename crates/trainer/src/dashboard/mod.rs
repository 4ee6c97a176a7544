//! What a person sees of a run: Burn's dashboard, plain lines, or nothing.

mod plain;
mod tty;

use std::io::{IsTerminal, stdout};

use burn::train::Interrupter;
use burn::train::renderer::MetricsRenderer;
use burn::train::renderer::tui::TuiMetricsRendererWrapper;

use plain::PlainRenderer;
pub use plain::duration;
pub use tty::{
    forget as forget_terminal, paused, restore as restore_terminal, restore_after_panic,
};

use crate::Error;

/// How to show a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Dashboard {
    /// Burn's dashboard, which fills the terminal.
    Tui,
    /// A line from time to time.
    Plain,
    /// Nothing.
    None,
}

impl Dashboard {
    /// The one asked for, or the one that suits the output.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] when the dashboard is asked for and the output is not a terminal.
    pub fn choose(asked: Option<Self>) -> Result<Self, Error> {
        match (asked, stdout().is_terminal()) {
            (Some(Self::Tui), false) => Err(Error::Usage(
                "--dashboard tui: expected a terminal, found output to a file or pipe; use --dashboard plain".into(),
            )),
            (Some(asked), _) => Ok(asked),
            (None, true) => Ok(Self::Tui),
            (None, false) => Ok(Self::Plain),
        }
    }

    /// The renderer for Burn's learner, of a run that goes on after the epoch `resumed` and the share `done` of the next
    /// one. `held_out` names the images scored after each epoch.
    pub fn renderer(
        self,
        interrupter: &Interrupter,
        resumed: Option<usize>,
        done: f64,
        held_out: &'static str,
    ) -> Box<dyn MetricsRenderer> {
        match self {
            Self::Tui => {
                tty::remember();
                let tui = TuiMetricsRendererWrapper::new(interrupter.clone(), resumed);
                tty::allow_interrupts();
                Box::new(tui)
            }
            Self::Plain | Self::None => {
                Box::new(PlainRenderer::new(self == Self::Plain, held_out, done))
            }
        }
    }
}
