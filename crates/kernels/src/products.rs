//! Sums of a convolution whose weights are 8-bit integers: what look-ups of signs cannot do.

use crate::isa::per_isa;

/// One channel of an input, in padding.
#[derive(Clone, Copy, Debug)]
pub struct Plane<'a> {
    /// Its pixels, row by row.
    pub pixels: &'a [i16],
    /// Pixels of a row, padding included.
    pub columns: usize,
}

per_isa! {
    /// Adds to each pixel of an output, `width` in a row, what one channel of the input gives it: the products with `weights`, a
    /// square of them row by row, at every `stride`-th pixel.
    ///
    /// Sums that leave 32 bits wrap.
    ///
    /// # Panics
    ///
    /// When the plane has too few pixels for the output, or there are no weights, or `width` is 0.
    pub fn add_products(plane: Plane<'_>, weights: &[i8], stride: usize, width: usize, sums: &mut [i32]) {
        let kernel = weights.len().isqrt();
        for (y, sums) in sums.chunks_exact_mut(width).enumerate() {
            for (row, weights) in weights.chunks_exact(kernel).enumerate() {
                let pixels = &plane.pixels[(y * stride + row) * plane.columns..];
                match (weights, stride) {
                    // A sum is read and written once for three products.
                    (&[a, b, c], 1) => {
                        let [a, b, c] = [a, b, c].map(i32::from);
                        let [first, second, third] = [0, 1, 2].map(|x| &pixels[x..x + width]);
                        let pixels = first.iter().zip(second).zip(third);
                        for (sum, ((&x, &y), &z)) in sums.iter_mut().zip(pixels) {
                            let products = a * i32::from(x) + b * i32::from(y) + c * i32::from(z);
                            *sum = sum.wrapping_add(products);
                        }
                    }
                    _ => {
                        for (x, &weight) in weights.iter().enumerate() {
                            let pixels = pixels[x..][..(width - 1) * stride + 1].iter().step_by(stride);
                            for (sum, &pixel) in sums.iter_mut().zip(pixels) {
                                *sum = sum.wrapping_add(i32::from(weight) * i32::from(pixel));
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::Isa;

    #[test]
    fn each_set_of_instructions_gives_the_sums_by_their_definition() {
        for (kernel, stride, width, height) in [
            (3, 1, 32, 5),
            (3, 1, 7, 3),
            (3, 2, 9, 4),
            (1, 1, 5, 2),
            (1, 2, 4, 4),
            (5, 1, 6, 2),
        ] {
            let columns = (width - 1) * stride + kernel + 3;
            let rows = (height - 1) * stride + kernel;
            let number =
                |index: usize, range: usize| (index * 7919 % range) as i32 - range as i32 / 2;
            let pixels: Vec<i16> = (0..rows * columns).map(|i| number(i, 256) as i16).collect();
            let weights: Vec<i8> = (0..kernel * kernel)
                .map(|i| number(i + 5, 255) as i8)
                .collect();
            let start: Vec<i32> = (0..width * height).map(|i| number(i, 1000)).collect();
            let mut expected = start.clone();
            for (at, sum) in expected.iter_mut().enumerate() {
                let (y, x) = (at / width, at % width);
                for (tap, &weight) in weights.iter().enumerate() {
                    let row = y * stride + tap / kernel;
                    let pixel = pixels[row * columns + x * stride + tap % kernel];
                    *sum += i32::from(weight) * i32::from(pixel);
                }
            }
            for isa in Isa::available() {
                let mut sums = start.clone();
                let plane = Plane {
                    pixels: &pixels,
                    columns,
                };
                add_products(isa, plane, &weights, stride, width, &mut sums);
                assert_eq!(sums, expected, "{isa}: {kernel} {stride} {width}");
            }
        }
    }
}
