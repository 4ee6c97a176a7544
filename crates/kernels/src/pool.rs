//! Pooling: the shortcut of a down-sampling block, and the mean over an image.

use crate::ExecContext;
use crate::isa::per_isa;

/// Floats of one task.
const CHUNK: usize = 1 << 14;

/// The sizes of a batch of images, `[batch, channels, height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Images {
    /// Images.
    pub batch: usize,
    /// Channels of each.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl Images {
    /// Floats of all images.
    pub fn len(&self) -> usize {
        self.batch * self.channels * self.pixels()
    }

    /// Whether there is no float.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What [`avg_pool_shortcut`] makes of them: twice the channels, half the rows and columns, rounded up.
    pub fn shortcut(&self) -> Self {
        let (height, width) = (self.height.div_ceil(2), self.width.div_ceil(2));
        Self {
            batch: self.batch,
            channels: 2 * self.channels,
            height,
            width,
        }
    }

    pub(crate) fn pixels(&self) -> usize {
        self.height * self.width
    }
}

/// Average over 3×3 pixels with stride 2 and padding 1, dividing by the pixels inside the image, then as many zero
/// channels: `x` is `[n, c, h, w]`, `y` is `[n, 2c, ⌈h/2⌉, ⌈w/2⌉]`.
///
/// # Panics
///
/// If a slice has not the length that `images` gives it.
pub fn avg_pool_shortcut(context: &ExecContext, images: &Images, x: &[f32], y: &mut [f32]) {
    let small = images.shortcut();
    assert_eq!(x.len(), images.len(), "input of {images:?}");
    assert_eq!(y.len(), small.len(), "output of {images:?}");
    if images.is_empty() {
        return;
    }
    let (large, small) = (
        images.channels * images.pixels(),
        small.channels * small.pixels(),
    );
    context.run(x.chunks(large).zip(y.chunks_mut(small)), |_, (x, y)| {
        let (pooled, zeros) = y.split_at_mut(small / 2);
        pool(
            context.isa(),
            images.height,
            images.width,
            &mut context.scratch(images.width),
            x,
            pooled,
        );
        zeros.fill(0.0);
    });
}

/// The gradient of [`avg_pool_shortcut`]; that of the zero channels goes nowhere.
///
/// # Panics
///
/// If a slice has not the length that `images`, the sizes of `grad_x`, gives it.
pub fn avg_pool_shortcut_grad(
    context: &ExecContext,
    images: &Images,
    grad_y: &[f32],
    grad_x: &mut [f32],
) {
    let small = images.shortcut();
    assert_eq!(grad_x.len(), images.len(), "input of {images:?}");
    assert_eq!(grad_y.len(), small.len(), "output of {images:?}");
    if images.is_empty() {
        return;
    }
    let (large, small) = (
        images.channels * images.pixels(),
        small.channels * small.pixels(),
    );
    context.run(
        grad_y.chunks(small).zip(grad_x.chunks_mut(large)),
        |_, (grad_y, grad_x)| {
            let spread = &mut context.scratch(images.width);
            unpool(
                context.isa(),
                images.height,
                images.width,
                spread,
                &grad_y[..small / 2],
                grad_x,
            );
        },
    );
}

/// Pixels inside the image of the window around `2 · index`.
pub(crate) fn inside(index: usize, size: usize) -> std::ops::Range<usize> {
    (2 * index).saturating_sub(1)..(2 * index + 2).min(size)
}

per_isa! {
    fn pool(height: usize, width: usize, sums: &mut [f32], x: &[f32], y: &mut [f32]) {
        let (out_height, out_width) = (height.div_ceil(2), width.div_ceil(2));
        let planes = x.chunks_exact(height * width).zip(y.chunks_exact_mut(out_height * out_width));
        for (x, y) in planes {
            for (i, y) in y.chunks_exact_mut(out_width).enumerate() {
                let rows = inside(i, height);
                sums.fill(0.0);
                for row in rows.clone() {
                    for (sum, x) in sums.iter_mut().zip(&x[row * width..][..width]) {
                        *sum += x;
                    }
                }
                for (j, y) in y.iter_mut().enumerate() {
                    let cols = inside(j, width);
                    let count = (rows.len() * cols.len()) as f32;
                    *y = sums[cols].iter().sum::<f32>() / count;
                }
            }
        }
    }
}

per_isa! {
    fn unpool(height: usize, width: usize, spread: &mut [f32], grad_y: &[f32], grad_x: &mut [f32]) {
        let (out_height, out_width) = (height.div_ceil(2), width.div_ceil(2));
        let planes = grad_y.chunks_exact(out_height * out_width).zip(grad_x.chunks_exact_mut(height * width));
        for (grad_y, grad_x) in planes {
            grad_x.fill(0.0);
            for (i, grad_y) in grad_y.chunks_exact(out_width).enumerate() {
                let rows = inside(i, height);
                spread.fill(0.0);
                for (j, grad) in grad_y.iter().enumerate() {
                    let cols = inside(j, width);
                    let share = grad / (rows.len() * cols.len()) as f32;
                    for spread in &mut spread[cols] {
                        *spread += share;
                    }
                }
                for row in rows {
                    for (grad, spread) in grad_x[row * width..][..width].iter_mut().zip(&*spread) {
                        *grad += spread;
                    }
                }
            }
        }
    }
}

/// The mean of each channel of each image: `x` is `[n, c, h, w]`, `y` is `[n, c]`.
///
/// # Panics
///
/// If a slice has not the length that `images` gives it.
pub fn global_mean(context: &ExecContext, images: &Images, x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), images.len(), "input of {images:?}");
    assert_eq!(
        y.len(),
        images.batch * images.channels,
        "output of {images:?}"
    );
    if images.is_empty() {
        return y.fill(f32::NAN);
    }
    let planes = (CHUNK / images.pixels()).max(1);
    context.run(
        x.chunks(planes * images.pixels()).zip(y.chunks_mut(planes)),
        |_, (x, y)| {
            for (x, y) in x.chunks_exact(images.pixels()).zip(y) {
                let sum: f64 = x.iter().copied().map(f64::from).sum();
                *y = (sum / images.pixels() as f64) as f32;
            }
        },
    );
}

/// The gradient of [`global_mean`].
///
/// # Panics
///
/// If a slice has not the length that `images`, the sizes of `grad_x`, gives it.
pub fn global_mean_grad(
    context: &ExecContext,
    images: &Images,
    grad_y: &[f32],
    grad_x: &mut [f32],
) {
    assert_eq!(grad_x.len(), images.len(), "input of {images:?}");
    assert_eq!(
        grad_y.len(),
        images.batch * images.channels,
        "output of {images:?}"
    );
    if images.is_empty() {
        return;
    }
    let planes = (CHUNK / images.pixels()).max(1);
    let parts = grad_y
        .chunks(planes)
        .zip(grad_x.chunks_mut(planes * images.pixels()));
    context.run(parts, |_, (grad_y, grad_x)| {
        for (grad_y, grad_x) in grad_y.iter().zip(grad_x.chunks_exact_mut(images.pixels())) {
            grad_x.fill(grad_y / images.pixels() as f32);
        }
    });
}
