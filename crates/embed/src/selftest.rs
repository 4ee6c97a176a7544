//! Images by which a device is tried, and their logits: `onebit_selftest.c`.

use runtime::integer::{Forward, Network};

use crate::EmbedError;

/// How many there are.
pub(crate) const IMAGES: usize = 5;

/// An image by the formula of `templates/onebit_selftest.c`.
pub(crate) fn image(index: usize, [channels, height, width]: [usize; 3]) -> Vec<u8> {
    let mut state = index as u32 + 1;
    let mut image = Vec::with_capacity(channels * height * width);
    for (c, y, x) in (0..channels).flat_map(|c| {
        let rows = (0..height).flat_map(move |y| (0..width).map(move |x| (y, x)));
        rows.map(move |(y, x)| (c, y, x))
    }) {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (state >> 24) as usize;
        let pixel = match index {
            0 => noise,
            1 => noise >> 2,
            2 => 255 - (noise >> 2),
            3 => 40 * c + 3 * y + 5 * x,
            _ => (if (x / 4 + y / 4) % 2 == 0 { 32 } else { 192 }) + (noise >> 3),
        };
        image.push((pixel & 255) as u8);
    }
    image
}

/// The logits of each. A thread for each, since of large networks an image takes seconds.
pub(crate) fn logits(network: &Network, input: [usize; 3]) -> Result<Vec<Vec<i32>>, EmbedError> {
    let logits = |index| {
        let mut forward = Forward::new(network);
        let logits = forward.logits(&image(index, input));
        logits.map(<[i32]>::to_vec).map_err(EmbedError::Model)
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..IMAGES)
            .map(|index| scope.spawn(move || logits(index)))
            .collect();
        let joined = threads.into_iter().map(|thread| match thread.join() {
            Ok(logits) => logits,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.collect()
    })
}

/// As rows of C.
pub(crate) fn rows(logits: &[Vec<i32>]) -> String {
    let row = |row: &Vec<i32>| {
        let numbers: Vec<String> = row.iter().map(|&number| integer(number)).collect();
        // A row of a thousand classes is some lines.
        let lines: Vec<String> = numbers.chunks(10).map(|line| line.join(", ")).collect();
        format!("    {{{}}},", lines.join(",\n     "))
    };
    let rows: Vec<String> = logits.iter().map(row).collect();
    rows.join("\n")
}

/// The smallest number has no literal of its own.
fn integer(number: i32) -> String {
    match number {
        i32::MIN => "-2147483647 - 1".into(),
        number => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_differ_and_rows_are_of_c() {
        let images: Vec<Vec<u8>> = (0..IMAGES).map(|index| image(index, [3, 9, 7])).collect();
        for (index, image) in images.iter().enumerate() {
            assert_eq!(image.len(), 189);
            assert!(!images[..index].contains(image));
        }
        assert_eq!(&images[3][..4], [0, 5, 10, 15]);
        let text = rows(&[vec![1, i32::MIN], vec![-3, 4]]);
        assert_eq!(text, "    {1, -2147483647 - 1},\n    {-3, 4},");
    }
}
