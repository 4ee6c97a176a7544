//! The size of a batch that fits a small training set.
//!
//! Only whole batches are trained on, so what does not fill the last one of an epoch is unused in it. A size that a user
//! chose is kept. That of a recipe was chosen for tens of thousands of images, and gives way to a smaller training set.

/// What a batch of a size makes of a training set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchFit {
    /// Images in each step.
    pub batch_size: usize,
    /// Steps of an epoch; 0 where the images do not fill one batch.
    pub steps: usize,
    /// Images that an epoch does not use.
    pub unused: usize,
}

impl BatchFit {
    /// What a batch of this size, 1 or more, makes of so many images.
    pub fn of(batch_size: usize, images: usize) -> Self {
        Self {
            batch_size,
            steps: images / batch_size,
            unused: images % batch_size,
        }
    }

    /// The size that a recipe's batch shrinks to for a small training set: no more than a quarter of the images, so that an
    /// epoch has some steps, but two where there are two, and of the sizes from there down to three quarters of it the one that leaves least unused, the
    /// largest of these. A batch that already has four steps and leaves a tenth or less unused stays. `parts` divide a
    /// batch between devices.
    pub fn small(batch_size: usize, images: usize, parts: usize) -> Self {
        let parts = parts.max(1);
        let asked = Self::of(batch_size, images);
        if asked.steps >= 4 && !asked.wastes() {
            return asked;
        }
        // One image alone teaches a network with batch norms nothing.
        let quarter = ((images + 2) / 4).max(2);
        let max = batch_size.min(quarter).min(images).max(1);
        let min = (max * 3).div_ceil(4);
        let sizes = (min..=max).rev().filter(|size| size.is_multiple_of(parts));
        let fits = sizes.map(|size| Self::of(size, images));
        fits.min_by_key(|fit| fit.unused).unwrap_or(asked)
    }

    /// Whether more than a tenth of the images are unused in an epoch.
    pub fn wastes(&self) -> bool {
        let images = self.steps * self.batch_size + self.unused;
        10 * self.unused > images
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fill_a_batch_is_unused() {
        let fit = BatchFit::of(125, 249);
        assert_eq!((fit.steps, fit.unused, fit.wastes()), (1, 124, true));
        let fit = BatchFit::of(125, 90);
        assert_eq!((fit.steps, fit.unused, fit.wastes()), (0, 90, true));
        let fit = BatchFit::of(125, 50_000);
        assert_eq!((fit.steps, fit.unused, fit.wastes()), (400, 0, false));
        assert!(!BatchFit::of(9, 10).wastes(), "a tenth is not more");
        assert!(BatchFit::of(8, 10).wastes());
    }

    #[test]
    fn a_recipe_s_batch_gives_way_to_a_small_set() {
        let size = |batch, images| BatchFit::small(batch, images, 1).batch_size;
        assert_eq!(
            size(125, 60_000),
            125,
            "enough images keep the recipe's batch"
        );
        assert_eq!(size(125, 1_000), 125);
        assert_eq!(size(125, 249), 62, "249 = 4 · 62 + 1");
        assert_eq!(size(125, 90), 18, "90 = 5 · 18");
        assert_eq!(size(50, 249), 41, "249 = 6 · 41 + 3");
        assert_eq!(size(50, 3), 2);
        assert_eq!(size(50, 5), 2);
        assert_eq!(size(50, 1), 1);
    }

    #[test]
    fn a_small_set_has_four_steps_and_loses_little() {
        for batch in [32, 50, 125] {
            for images in 4..3_000 {
                let fit = BatchFit::small(batch, images, 1);
                assert!(
                    fit.batch_size <= batch && fit.steps >= if images < 6 { 2 } else { 3 },
                    "{images} {fit:?}"
                );
                assert!(!fit.wastes() || images < 30, "{images} {fit:?}");
            }
        }
    }

    #[test]
    fn devices_share_a_batch() {
        let fit = BatchFit::small(126, 249, 2);
        assert!(fit.batch_size.is_multiple_of(2), "{fit:?}");
        // No size that fits: the check of devices says so.
        assert_eq!(BatchFit::small(8, 9, 8).batch_size, 8);
    }
}
