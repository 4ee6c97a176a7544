//! The middle of a photograph, as networks for ImageNet see it (He et al. 2016, section 3.4).

use core::ops::Range;

use crate::Picture;
use crate::colour;

/// Height and width of what is seen.
const SIDE: usize = 224;
/// The shorter side of the photograph that it is the middle of.
const SHORTER: u32 = 256;
/// Columns that are added up at once. An output needs `2·65535/256 + 3` at most.
const BLOCK: usize = 1024;

/// Writes the 3 × 224 × 224 bytes in the middle of a picture whose shorter side is scaled to 256.
///
/// The same bytes as training on photographs has always had them, of a Pillow-like bilinear filter that averages
/// where it shrinks: weights in `f64`, made 16-bit integers; rows are added up and rounded first, then columns.
/// Nothing but sums, products and quotients is taken of floats, so the bytes are the same everywhere.
/// Orientation, alpha and channels are as with [`Preprocessing`](crate::Preprocessing).
///
/// # Panics
///
/// `dst` is not 3 × 224 × 224 bytes long.
pub fn centre(picture: &Picture, dst: &mut [u8]) {
    assert_eq!(dst.len(), 3 * SIDE * SIDE, "bytes that the network reads");
    let size = picture.size();
    let shorter = size[0].min(size[1]);
    let per_pixel = f64::from(shorter) / f64::from(SHORTER);
    let side = (SIDE as f64 * per_pixel).min(f64::from(shorter));
    let [down, across] = size.map(|length| {
        let scaled =
            (u64::from(length) * u64::from(SHORTER) + u64::from(shorter / 2)) / u64::from(shorter);
        let corner = (scaled as u32).saturating_sub(SIDE as u32) / 2;
        let start = (f64::from(corner) * per_pixel).clamp(0.0, f64::from(length) - side);
        Axis::new(length, start, start + side)
    });
    let mut pixels = [[0; 3]; BLOCK];
    for v in 0..SIDE {
        let rows = down.window(v);
        let mut u = 0;
        while u < SIDE {
            let first = across.window(u).span.start;
            let fits = |&i: &usize| across.window(i).span.end - first <= BLOCK;
            let end = (u..SIDE).take_while(fits).count() + u;
            let columns = first..across.window(end - 1).span.end;
            let block = &mut pixels[..columns.len()];
            rows_added(picture, &down, &rows, columns, block);
            for i in u..end {
                let window = across.window(i);
                let mut sums = [across.half(); 3];
                for x in window.span.clone() {
                    let weight = across.weight(&window, x);
                    for (sum, value) in sums.iter_mut().zip(block[x - first]) {
                        *sum += weight * i32::from(value);
                    }
                }
                for (channel, sum) in sums.into_iter().enumerate() {
                    dst[(channel * SIDE + v) * SIDE + i] = across.rounded(sum);
                }
            }
            u = end;
        }
    }
}

/// Rows of some columns added up with their weights, and rounded.
fn rows_added(
    picture: &Picture,
    down: &Axis,
    rows: &Window,
    columns: Range<usize>,
    to: &mut [[u8; 3]],
) {
    let mut sums = [[down.half(); 3]; BLOCK];
    for y in rows.span.clone() {
        let weight = down.weight(rows, y);
        for (sums, x) in sums.iter_mut().zip(columns.clone()) {
            for (sum, value) in sums.iter_mut().zip(colour::shown(picture, x, y)) {
                *sum += weight * i32::from(value);
            }
        }
    }
    for (to, sums) in to.iter_mut().zip(sums) {
        *to = sums.map(|sum| down.rounded(sum));
    }
}

/// The weights along one axis.
struct Axis {
    length: u32,
    start: f64,
    scale: f64,
    radius: f64,
    /// Bits of a weight behind the point.
    precision: u8,
}

/// The source pixels of an output, their middle, and the sum of their weights.
struct Window {
    span: Range<usize>,
    centre: f64,
    sum: f64,
}

impl Axis {
    fn new(length: u32, start: f64, end: f64) -> Self {
        let scale = (end - start) / SIDE as f64;
        let mut axis = Self {
            length,
            start,
            scale,
            radius: scale.max(1.0),
            precision: 0,
        };
        let mut max = 0.0;
        for i in 0..SIDE {
            let window = axis.window(i);
            for x in window.span.clone() {
                max = axis.share(&window, x).max(max);
            }
        }
        // As many as 16 bits have room for, and 22 at most.
        while axis.precision < 21 && rounded(max * f64::from(2 << axis.precision)) < 1 << 15 {
            axis.precision += 1;
        }
        axis
    }

    fn window(&self, i: usize) -> Window {
        let middle = self.start + (i as f64 + 0.5) * self.scale;
        // Casts round towards 0.
        let first = (middle - self.radius).max(0.0) as usize;
        let last = middle + self.radius;
        let whole = last as usize;
        let end = (whole + usize::from((whole as f64) < last)).min(self.length as usize);
        let mut window = Window {
            span: first..end,
            centre: middle - 0.5,
            sum: 0.0,
        };
        window.sum = window.span.clone().map(|x| self.triangle(&window, x)).sum();
        window
    }

    fn triangle(&self, window: &Window, x: usize) -> f64 {
        let distance = (x as f64 - window.centre) * (1.0 / self.radius);
        let distance = if distance < 0.0 { -distance } else { distance };
        if distance < 1.0 { 1.0 - distance } else { 0.0 }
    }

    /// The weight of a pixel, all of which make 1.
    fn share(&self, window: &Window, x: usize) -> f64 {
        self.triangle(window, x) / window.sum
    }

    /// The same as an integer.
    fn weight(&self, window: &Window, x: usize) -> i32 {
        rounded(self.share(window, x) * f64::from(1 << self.precision))
    }

    fn half(&self) -> i32 {
        1 << (self.precision - 1)
    }

    fn rounded(&self, sum: i32) -> u8 {
        (sum >> self.precision).clamp(0, 255) as u8
    }
}

/// To the nearest, halves up; of a number that is not negative.
fn rounded(number: f64) -> i32 {
    let whole = number as i32;
    whole + i32::from(number - f64::from(whole) >= 0.5)
}
