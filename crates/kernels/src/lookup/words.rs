//! The signs of a convolution in the order in which look-ups read them.

use alloc::vec;
use alloc::vec::Vec;

/// Words of G channels each: `[group][output]`, in which the G bits from `G · tap` on choose the entry.
///
/// `bits` holds a row of ⌈inputs · taps / 8⌉ bytes for each output, in the order `[input][tap]`, from
/// the least significant bit on, 1 for +1. Channels that fill up the last group have bits 0.
///
/// A group's G · taps bits are one run of a row; a table spreads the taps of a channel apart, so
/// that a word costs G look-ups and no loop over bits.
pub(crate) fn words(
    outputs: usize,
    inputs: usize,
    taps: usize,
    group: usize,
    bits: &[u8],
) -> Vec<u64> {
    let row_bytes = (inputs * taps).div_ceil(8);
    let groups = inputs.div_ceil(group);
    let spread = spread(taps, group);
    let mask = spread.len() - 1;
    let mut words = vec![0; groups * outputs];
    for (output, row) in bits.chunks_exact(row_bytes).take(outputs).enumerate() {
        for index in 0..groups {
            let channels = index * group..inputs.min((index + 1) * group);
            let mut word = 0;
            for (place, channel) in channels.enumerate() {
                let bit = channel * taps;
                // Nine bits touch at most two bytes.
                let low = usize::from(row[bit / 8]);
                let high = usize::from(*row.get(bit / 8 + 1).unwrap_or(&0));
                word |= spread[((low | high << 8) >> (bit % 8)) & mask] << place;
            }
            words[index * outputs + output] = word;
        }
    }
    words
}

/// Where the taps of one channel lie in a word, for each pattern of their bits.
pub(crate) fn spread(taps: usize, group: usize) -> Vec<u64> {
    let word = |pattern: u64| {
        (0..taps)
            .map(|tap| (pattern >> tap & 1) << (tap * group))
            .sum()
    };
    (0..1u64 << taps).map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_is_where_its_look_up_finds_it() {
        let (outputs, inputs) = (3usize, 7usize);
        for (taps, group) in [(9usize, 4usize), (9, 5), (1, 4), (1, 5)] {
            let row_bytes = (inputs * taps).div_ceil(8);
            let bits: Vec<u8> = (0..outputs * row_bytes)
                .map(|i| (i * 151 % 256) as u8)
                .collect();
            let words = words(outputs, inputs, taps, group, &bits);
            for output in 0..outputs {
                for input in 0..inputs {
                    for tap in 0..taps {
                        let bit = input * taps + tap;
                        let expected = bits[output * row_bytes + bit / 8] >> (bit % 8) & 1;
                        let word = words[input / group * outputs + output];
                        let found = word >> (tap * group + input % group) & 1;
                        assert_eq!(found, u64::from(expected));
                    }
                }
            }
        }
    }
}
