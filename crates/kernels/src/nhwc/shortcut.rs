//! The skip path of a block that halves the size: pooled, then as many channels of zeros.

use super::CHANNELS;
use crate::isa::per_isa;
use crate::pool::inside;
use crate::{ExecContext, Images};

/// [`avg_pool_shortcut`](crate::avg_pool_shortcut) of a map with channels side by side.
///
/// # Panics
///
/// If a slice has not the length that `images` gives it.
pub fn shortcut(context: &ExecContext, images: &Images, x: &[f32], y: &mut [f32]) {
    let small = images.shortcut();
    assert_eq!(x.len(), images.len(), "input of {images:?}");
    assert_eq!(y.len(), small.len(), "output of {images:?}");
    if images.is_empty() {
        return;
    }
    let (large, small) = (images.len() / images.batch, small.len() / images.batch);
    context.run(x.chunks(large).zip(y.chunks_mut(small)), |_, (x, y)| {
        pool(context.isa(), images, x, y);
    });
}

per_isa! {
    fn pool(images: &Images, x: &[f32], y: &mut [f32]) {
        let Images { channels, height, width, .. } = *images;
        let small = images.shortcut();
        for (i, y) in y.chunks_exact_mut(small.width * small.channels).enumerate() {
            for (j, y) in y.chunks_exact_mut(small.channels).enumerate() {
                y.fill(0.0);
                let (rows, cols) = (inside(i, height), inside(j, width));
                let share = 1.0 / (rows.len() * cols.len()) as f32;
                let y = &mut y[..channels];
                for row in rows {
                    for col in cols.clone() {
                        add(y, &x[(row * width + col) * channels..][..channels], 1.0);
                    }
                }
                for y in y {
                    *y *= share;
                }
            }
        }
    }
}

#[inline(always)]
fn add(to: &mut [f32], from: &[f32], factor: f32) {
    let (to, from) = (
        to.as_chunks_mut::<CHANNELS>().0,
        from.as_chunks::<CHANNELS>().0,
    );
    for (to, from) in to.iter_mut().zip(from) {
        for lane in 0..CHANNELS {
            to[lane] += from[lane] * factor;
        }
    }
}

per_isa! {
    /// Adds to row `y` of an image's gradient what reaches it of that by the pooled image.
    pub(super) fn spread(images: &Images, grad: &[f32], y: usize, out: &mut [f32]) {
        let Images { channels, height, width, .. } = *images;
        let small = images.shortcut();
        // The windows around 2·i: of an even row one, of an odd row two.
        for i in y / 2..small.height.min(y / 2 + 1 + y % 2) {
            let rows = inside(i, height).len();
            for j in 0..small.width {
                let cols = inside(j, width);
                let share = 1.0 / (rows * cols.len()) as f32;
                let grad = &grad[(i * small.width + j) * small.channels..][..channels];
                for col in cols {
                    add(&mut out[col * channels..][..channels], grad, share);
                }
            }
        }
    }
}
