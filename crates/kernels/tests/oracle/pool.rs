use kernels::Images;

use super::Sum;

/// Forward and gradient.
pub fn avg_pool_shortcut(images: &Images, x: &[f32], grad_y: &[f32]) -> (Vec<Sum>, Vec<Sum>) {
    let small = images.shortcut();
    let (mut y, mut grad_x) = (
        vec![Sum::default(); small.len()],
        vec![Sum::default(); images.len()],
    );
    for n in 0..images.batch {
        for c in 0..images.channels {
            for i in 0..small.height {
                for j in 0..small.width {
                    let rows = (2 * i).saturating_sub(1)..(2 * i + 2).min(images.height);
                    let cols = (2 * j).saturating_sub(1)..(2 * j + 2).min(images.width);
                    let count = (rows.len() * cols.len()) as f64;
                    let to = ((n * small.channels + c) * small.height + i) * small.width + j;
                    for row in rows {
                        for col in cols.clone() {
                            let from = ((n * images.channels + c) * images.height + row)
                                * images.width
                                + col;
                            y[to].add(f64::from(x[from]) / count);
                            grad_x[from].add(f64::from(grad_y[to]) / count);
                        }
                    }
                }
            }
        }
    }
    (y, grad_x)
}
