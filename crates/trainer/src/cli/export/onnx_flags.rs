//! What `export --to onnx` can be told.

use std::num::NonZeroUsize;

use clap::ValueEnum;
use convert::onnx::{self, OPSETS, Options};

use crate::Error;

/// Flags of `--to onnx` alone.
#[derive(clap::Args)]
#[command(next_help_heading = "ONNX")]
pub struct OnnxFlags {
    /// Type of the input; both take pixels 0-255 as they are [default: bytes]
    #[arg(long, value_enum)]
    input: Option<Input>,
    /// Images per call, for runtimes that need a fixed number [default: any number]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = batch)]
    batch: Option<NonZeroUsize>,
    /// Version of ONNX's operators, 13 to 23; with packed weights 18 to 23 [default: 18]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(i64::from(*OPSETS.start())..=i64::from(*OPSETS.end())))]
    opset: Option<u32>,
}

/// The most images per call: runtimes count the numbers of a tensor in 64 bits, and some its sides in 32.
const MAX_BATCH: usize = 1 << 20;

fn batch(text: &str) -> Result<NonZeroUsize, String> {
    let batch = text.parse().ok();
    batch
        .filter(|batch: &NonZeroUsize| batch.get() <= MAX_BATCH)
        .ok_or_else(|| format!("expected a whole number from 1 to {MAX_BATCH}"))
}

#[derive(Clone, Copy, ValueEnum)]
enum Input {
    /// uint8, as decoders of images give them
    Bytes,
    /// 32-bit numbers, for runtimes that take nothing else
    Float,
}

impl OnnxFlags {
    /// The same as options.
    pub fn options(&self, weights: onnx::Weights) -> Options {
        let input = match self.input {
            Some(Input::Float) => onnx::Input::Float,
            Some(Input::Bytes) | None => onnx::Input::Bytes,
        };
        Options::new(weights)
            .with_input(input)
            .with_batch(self.batch)
            .with_opset(self.opset)
    }

    /// Refuses them for another form.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] that names the first flag.
    pub fn must_be_absent(&self, form: &str) -> Result<(), Error> {
        let flags = [
            ("--input", self.input.is_some()),
            ("--batch", self.batch.is_some()),
            ("--opset", self.opset.is_some()),
        ];
        match flags.iter().find(|(_, given)| *given) {
            Some((flag, _)) => Err(Error::Usage(format!(
                "{flag}: expected --to onnx, found --to {form}; leave it out"
            ))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_one_that_a_runtime_can_count() {
        assert_eq!(batch("1").unwrap().get(), 1);
        assert_eq!(batch("1048576").unwrap().get(), MAX_BATCH);
        for text in ["0", "-1", "x", "1048577", "18446744073709551615"] {
            assert!(batch(text).unwrap_err().contains("1 to 1048576"), "{text}");
        }
    }
}
