//! How sure the finished network was of its validation images: what decides when an image is none of the classes.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::RunError;
use crate::files::write_aside;
use crate::kept::read;

const NAME: &str = "rejection.json";
/// Of more images, so many order statistics are kept, evenly spread.
const MAX_KEPT: usize = 1001;

/// `rejection.json`: by how much the largest logit was above the second, of each validation image.
///
/// An image whose margin is below a threshold is none of the classes. The threshold for a share is
/// the largest one with which at least that share of the validation images keep their class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Margins {
    /// How many images.
    pub images: usize,
    /// Their margins, ascending; of many images every so manieth, the first and the last among them.
    margins: Vec<f32>,
}

impl Margins {
    /// The share of validation images that keep their class where no other is asked for.
    pub const KEEP: f64 = 0.95;

    /// Those of these images; `None` where there is no image. A margin that is no number counts as 0.
    pub fn new(mut margins: Vec<f32>) -> Option<Self> {
        let images = margins.len();
        let last = images.checked_sub(1)?;
        for margin in &mut margins {
            if !margin.is_finite() {
                *margin = 0.0;
            }
        }
        margins.sort_by(f32::total_cmp);
        if images > MAX_KEPT {
            margins = (0..MAX_KEPT)
                .map(|place| margins[place * last / (MAX_KEPT - 1)])
                .collect();
        }
        Some(Self { images, margins })
    }

    /// The threshold with which at least this share of the images, 0 to 1, keep their class.
    pub fn threshold(&self, keep: f64) -> f32 {
        let last = self.images - 1;
        // So many may be below. The small number stands for what 0.95 lacks in binary.
        let below = ((1.0 - keep) * self.images as f64 + 1e-9).floor() as usize;
        let below = below.min(last);
        let place = match self.margins.len() == self.images {
            true => below,
            // The one before it that is kept.
            false => below * (self.margins.len() - 1) / last,
        };
        self.margins[place]
    }

    /// Reads those of the run in this folder; `None` where there are none.
    ///
    /// # Errors
    ///
    /// [`RunError::Damaged`] when they are damaged.
    pub fn read(folder: &Path) -> Result<Option<Self>, RunError> {
        let path = folder.join(NAME);
        let Some(bytes) = read(&path)? else {
            return Ok(None);
        };
        let wrong = |found: &dyn std::fmt::Display| {
            RunError::damaged(&path, "margins of validation images", found)
        };
        let margins: Self = serde_json::from_slice(&bytes).map_err(|e| wrong(&e))?;
        let kept = margins.margins.len();
        if kept == 0 || kept != margins.images.min(MAX_KEPT) {
            return Err(wrong(&format_args!("{kept} of {} images", margins.images)));
        }
        let fine = |pair: &[f32]| pair[0] <= pair[1];
        if !margins.margins.windows(2).all(fine) || margins.margins[0] < 0.0 {
            return Err(wrong(&"numbers that do not ascend from 0"));
        }
        Ok(Some(margins))
    }

    /// Writes them into a run's folder.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] when they cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), RunError> {
        let json = serde_json::to_string(self).expect("finite numbers are JSON");
        write_aside(&folder.join(NAME), format!("{json}\n").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_less_than_the_share_keeps_its_class() {
        for count in [1, 2, 7, 19, 20, 21, 100, 1001, 1002, 5000] {
            // A permutation of 0 … count − 1, with some equal ones.
            let all: Vec<f32> = (0..count).map(|i| (i * 7919 % count / 2) as f32).collect();
            let margins = Margins::new(all.clone()).unwrap();
            for keep in [0.0, 0.1, 0.5, 0.9, 0.95, 0.99, 1.0] {
                let threshold = margins.threshold(keep);
                let kept =
                    |threshold: f32| all.iter().filter(|&&margin| margin >= threshold).count();
                let needed = (keep * count as f64 - 1e-9).ceil() as usize;
                assert!(kept(threshold) >= needed, "{count} {keep}: {threshold}");
                // And no much larger one would do: of few images none at all.
                let next = threshold
                    + if count > MAX_KEPT {
                        count as f32 / 500.0
                    } else {
                        0.25
                    };
                assert!(kept(next) < needed.max(1), "{count} {keep}: {threshold}");
            }
        }
    }

    #[test]
    fn twenty_images_may_lose_one() {
        let margins = Margins::new((1..=20).map(|n| n as f32).collect()).unwrap();
        assert_eq!(margins.threshold(Margins::KEEP), 2.0);
        assert_eq!(
            Margins::new(vec![f32::NAN, 3.0]).unwrap().threshold(1.0),
            0.0
        );
        assert_eq!(Margins::new(Vec::new()), None);
    }

    #[test]
    fn what_is_read_is_what_was_written_or_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Margins::read(dir.path()).unwrap(), None);
        for count in [1, 30, 4000] {
            let margins = Margins::new((0..count).map(|n| n as f32 * 0.1).collect()).unwrap();
            margins.write(dir.path()).unwrap();
            assert_eq!(Margins::read(dir.path()).unwrap(), Some(margins));
        }
        for text in [
            "",
            r#"{"images":0,"margins":[]}"#,
            r#"{"images":3,"margins":[1.0,2.0]}"#,
            r#"{"images":2,"margins":[2.0,1.0]}"#,
            r#"{"images":2,"margins":[-1.0,1.0]}"#,
            r#"{"images":18446744073709551615,"margins":[1.0]}"#,
        ] {
            std::fs::write(dir.path().join(NAME), text).unwrap();
            let error = Margins::read(dir.path()).unwrap_err().to_string();
            assert!(error.contains("rejection.json"), "{error}");
        }
    }
}
