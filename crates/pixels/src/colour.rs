//! The channels that a network reads, of those that a picture has.

use crate::Channels;

/// A colour of opacity `alpha` over white.
fn over_white(colour: u8, alpha: u8) -> u8 {
    let (colour, alpha) = (u32::from(colour), u32::from(alpha));
    ((colour * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

/// Grey by BT.601.
fn grey([red, green, blue]: [u8; 3]) -> u8 {
    let [red, green, blue] = [red, green, blue].map(u32::from);
    ((299 * red + 587 * green + 114 * blue + 500) / 1000) as u8
}

/// How many channels are scaled: three only where a coloured picture stays one.
pub(crate) fn scaled(from: Channels, wanted: usize) -> usize {
    match from {
        Channels::Grey | Channels::GreyAlpha => 1,
        Channels::Rgb | Channels::Rgba => wanted,
    }
}

/// The pixels of a row in `channels` channels (see [`scaled`]): the row itself if nothing is to be
/// done, else written to `space`.
pub(crate) fn converted<'a>(
    row: &'a [u8],
    from: Channels,
    channels: usize,
    space: &'a mut [u8],
) -> &'a [u8] {
    let space = match (from, channels) {
        (Channels::Grey, _) | (Channels::Rgb, 3) => return row,
        _ => &mut space[..row.len() / from.count() * channels],
    };
    match (from, channels) {
        (Channels::GreyAlpha, _) => {
            for (to, &[colour, alpha]) in space.iter_mut().zip(row.as_chunks().0) {
                *to = over_white(colour, alpha);
            }
        }
        (Channels::Rgba, 3) => {
            let to = space.as_chunks_mut::<3>().0;
            for (to, &[red, green, blue, alpha]) in to.iter_mut().zip(row.as_chunks().0) {
                *to = [red, green, blue].map(|colour| over_white(colour, alpha));
            }
        }
        (Channels::Rgba, _) => {
            for (to, &[red, green, blue, alpha]) in space.iter_mut().zip(row.as_chunks().0) {
                *to = grey([red, green, blue].map(|colour| over_white(colour, alpha)));
            }
        }
        _ => {
            for (to, &colour) in space.iter_mut().zip(row.as_chunks().0) {
                *to = grey(colour);
            }
        }
    }
    space
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_stands_over_white() {
        for colour in 0..=255 {
            assert_eq!(over_white(colour, 255), colour);
            assert_eq!(over_white(colour, 0), 255);
            assert_eq!(over_white(255, colour), 255);
            // The nearest integer of the blend, whatever the opacity.
            for alpha in 0..=255 {
                let blend = (f64::from(colour) * f64::from(alpha)
                    + 255.0 * (255.0 - f64::from(alpha)))
                    / 255.0;
                assert_eq!(f64::from(over_white(colour, alpha)), blend.round());
            }
        }
    }

    #[test]
    fn grey_is_that_of_bt_601() {
        for level in 0..=255 {
            assert_eq!(grey([level; 3]), level);
        }
        assert_eq!(grey([255, 0, 0]), 76);
        assert_eq!(grey([0, 255, 0]), 150);
        assert_eq!(grey([0, 0, 255]), 29);
        // 0.5 goes up: 2·299 + 3·114 + 560 = 1500 − … has none below 3; 250·2 = 500.
        assert_eq!(grey([1, 1, 1]), 1);
    }
}
