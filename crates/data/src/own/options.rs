//! What is asked for when a user's own data are loaded.

use pixels::Fit;

use crate::DataError;

/// How a user's own pictures become images of one shape, and which are held out.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OwnOptions {
    /// Height and width; without it that of the pictures, if all have the same.
    pub size: Option<[usize; 2]>,
    /// 1 (grey) or 3; without it 3 if any picture is stored in colour, else 1.
    pub channels: Option<usize>,
    /// How a picture of another shape is made to fit.
    pub fit: Fit,
    /// Decides which images are held out of data that have no test part.
    pub split_seed: u64,
    /// The share of each class that is held out of data that have no test part, between 0 and 1.
    pub test_fraction: f64,
    /// Whether files that cannot be read are left out; without it they are an error.
    pub skip_bad: bool,
    /// Threads that decode; 0 means one per processor.
    pub threads: usize,
    /// The greatest number of bytes that decoded images, or what a compressed archive unpacks to,
    /// may take in memory; without it a quarter of what the machine has left. Larger sets stay in
    /// their files.
    pub max_memory: Option<u64>,
}

impl Default for OwnOptions {
    fn default() -> Self {
        Self {
            size: None,
            channels: None,
            fit: Fit::default(),
            split_seed: 0,
            test_fraction: 0.2,
            skip_bad: false,
            threads: 0,
            max_memory: None,
        }
    }
}

impl OwnOptions {
    /// Sets [`size`](Self::size).
    #[must_use]
    pub fn with_size(mut self, size: Option<[usize; 2]>) -> Self {
        self.size = size;
        self
    }

    /// Sets [`channels`](Self::channels).
    #[must_use]
    pub fn with_channels(mut self, channels: Option<usize>) -> Self {
        self.channels = channels;
        self
    }

    /// Sets [`fit`](Self::fit).
    #[must_use]
    pub fn with_fit(mut self, fit: Fit) -> Self {
        self.fit = fit;
        self
    }

    /// Sets [`split_seed`](Self::split_seed).
    #[must_use]
    pub fn with_split_seed(mut self, split_seed: u64) -> Self {
        self.split_seed = split_seed;
        self
    }

    /// Sets [`test_fraction`](Self::test_fraction).
    #[must_use]
    pub fn with_test_fraction(mut self, test_fraction: f64) -> Self {
        self.test_fraction = test_fraction;
        self
    }

    /// Sets [`skip_bad`](Self::skip_bad).
    #[must_use]
    pub fn with_skip_bad(mut self, skip_bad: bool) -> Self {
        self.skip_bad = skip_bad;
        self
    }

    /// Sets [`threads`](Self::threads).
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Sets [`max_memory`](Self::max_memory).
    #[must_use]
    pub fn with_max_memory(mut self, max_memory: Option<u64>) -> Self {
        self.max_memory = max_memory;
        self
    }
}

impl OwnOptions {
    /// Whether each option is in its range.
    pub(super) fn check(&self) -> Result<(), DataError> {
        let wrong = |option, expected: &str, found: String| {
            Err(DataError::Option {
                option,
                expected: expected.into(),
                found,
            })
        };
        if let Some([height, width]) = self.size
            && ![height, width]
                .iter()
                .all(|side| (1..=MAX_SIDE).contains(side))
        {
            let expected = format!("1 to {MAX_SIDE} pixels a side");
            return wrong("size", &expected, format!("{width} x {height}"));
        }
        match self.channels {
            None | Some(1 | 3) => {}
            Some(channels) => return wrong("channels", "1 or 3", channels.to_string()),
        }
        if !(self.test_fraction > 0.0 && self.test_fraction < 1.0) {
            let found = self.test_fraction.to_string();
            return wrong("test_fraction", "more than 0 and less than 1", found);
        }
        Ok(())
    }

    /// Bytes that may be taken.
    pub(super) fn memory(&self) -> u64 {
        self.max_memory.unwrap_or_else(crate::memory::quarter)
    }
}

/// The greatest side of an image that a network sees.
const MAX_SIDE: usize = 8192;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_out_of_range_are_named() {
        let own = OwnOptions::default;
        own()
            .with_size(Some([1, 8192]))
            .with_channels(Some(3))
            .check()
            .unwrap();
        for (options, option) in [
            (own().with_size(Some([0, 9])), "size"),
            (own().with_size(Some([9, 8193])), "size"),
            (own().with_channels(Some(2)), "channels"),
            (own().with_test_fraction(0.0), "test_fraction"),
            (own().with_test_fraction(f64::NAN), "test_fraction"),
        ] {
            let error = options.check().unwrap_err().to_string();
            assert!(error.contains(option), "{error}");
        }
    }
}
