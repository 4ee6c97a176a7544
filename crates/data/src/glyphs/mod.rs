//! The default dataset: digits that the program draws itself, so that it needs no file.
//!
//! 1×28×28, ten classes. Each image is the strokes of a digit, bent and shifted at random, drawn
//! with a pen of random width on an uneven, noisy ground. It is made to show learning: a linear
//! classifier errs on about one image in five, a small convolutional net after 400 minibatches of
//! 125 on one in fifty.
//!
//! An image depends on (seed, split, index) and nothing else. All arithmetic is that of IEEE 754
//! (no sine, no exponential, whose last bit differs between systems), so it is the same everywhere.

mod digits;
mod ink;
mod stroke;
mod warp;

use std::sync::{Mutex, PoisonError};
use std::thread;

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::rng::{Stream, below, rng};
use crate::{DataError, Images, Splits};

/// Height and width of a glyph, in pixels.
pub const SIDE: usize = 28;

/// How many glyphs to draw, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct GlyphsOptions {
    /// Images to train with, 1 to [`MAX`](Self::MAX).
    pub train: usize,
    /// Images to test with, 1 to [`MAX`](Self::MAX).
    pub test: usize,
    /// Decides every image. Other seeds give other images of the same kind.
    pub seed: u64,
}

impl GlyphsOptions {
    /// The maximum number of images a split may have: 784 MB.
    pub const MAX: usize = 1_000_000;

    /// Sets [`train`](Self::train).
    #[must_use]
    pub fn with_train(mut self, train: usize) -> Self {
        self.train = train;
        self
    }

    /// Sets [`test`](Self::test).
    #[must_use]
    pub fn with_test(mut self, test: usize) -> Self {
        self.test = test;
        self
    }

    /// Sets [`seed`](Self::seed).
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

/// 10,000 and 2,000 images, seed 1.
impl Default for GlyphsOptions {
    fn default() -> Self {
        Self {
            train: 10_000,
            test: 2_000,
            seed: 1,
        }
    }
}

/// Draws both splits. Image `i` is of class `i % 10`, so that any first part is balanced.
///
/// # Errors
///
/// [`DataError::Option`] when a count is 0 or above [`GlyphsOptions::MAX`].
pub fn draw(options: &GlyphsOptions) -> Result<Splits, DataError> {
    let split = |option, stream, count: usize| {
        if !(1..=GlyphsOptions::MAX).contains(&count) {
            return Err(DataError::Option {
                option,
                expected: format!("1 to {} images", GlyphsOptions::MAX),
                found: count.to_string(),
            });
        }
        draw_split(options.seed, stream, count)
    };
    Ok(Splits {
        train: split("glyphs.train", Stream::GlyphTrain, options.train)?,
        validation: None,
        test: split("glyphs.test", Stream::GlyphTest, options.test)?,
    })
}

fn draw_split(seed: u64, stream: Stream, count: usize) -> Result<Images, DataError> {
    const SIZE: usize = SIDE * SIDE;
    const SHARE: usize = 256;
    let mut pixels = vec![0; count * SIZE];
    // The threads take shares of the image buffer off a queue until it is empty. Which thread
    // draws what does not matter; and where the system grants no thread, this one draws it all.
    let queue = Mutex::new(pixels.chunks_mut(SHARE * SIZE).enumerate());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        while let Some((share, pixels)) = next() {
            for (offset, pixels) in pixels.chunks_exact_mut(SIZE).enumerate() {
                let index = share * SHARE + offset;
                draw_digit(index % 10, &mut rng(seed, stream, 0, index as u64), pixels);
            }
        }
    };
    let helpers = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(8)
        - 1;
    thread::scope(|scope| {
        for _ in 0..helpers {
            let _ = thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
    let labels = (0..count).map(|index| (index % 10) as u16).collect();
    let names = (0..10).map(|digit| digit.to_string()).collect();
    Images::new(1, SIDE, SIDE, names, pixels, labels)
}

/// One image: choose a shape, bend its strokes, ink them.
fn draw_digit<R: Rng>(digit: usize, rng: &mut R, pixels: &mut [u8]) {
    let variants = digits::DIGITS[digit];
    let shape = variants[below(rng, variants.len() as u64) as usize];
    let warp = warp::Warp::draw(rng);
    let mut canvas = ink::Canvas::draw(rng);
    for stroke in shape {
        let line = stroke.points().into_iter().map(|point| warp.apply(point));
        canvas.line(line);
    }
    canvas.finish(rng, pixels);
}
