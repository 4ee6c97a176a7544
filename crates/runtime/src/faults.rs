//! Bit errors: a network whose stored weights have suffered in memory.

use rand_distr::{Distribution, Geometric};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::SeedableRng;

use crate::{Conv, Model, RuntimeError, Weights};

/// A network with flipped bits.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Faulty {
    /// The network.
    pub model: Model,
    /// How many bits differ from those of the network it was made from.
    pub flipped: u64,
}

impl Model {
    /// The same network after each sign bit has flipped with this probability, independently of all
    /// others; `seed` decides which. Scales, norms and real weights stay, and so do the bits that
    /// pad a row.
    ///
    /// The time is that of copying the network and of the flips: the distance from one flip to the
    /// next is drawn, from the geometric distribution.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Probability`] when it is not within 0 to 1.
    pub fn with_flipped_bits(&self, probability: f64, seed: u64) -> Result<Faulty, RuntimeError> {
        let distances = Geometric::new(probability)
            .map_err(|_| RuntimeError::Probability { found: probability })?;
        let mut rng = Pcg64::seed_from_u64(seed);
        let mut parts = self.clone().into_parts();
        let mut flipped = 0;
        // Bits between here and the next flip: carried from row to row and from layer to layer.
        let mut ahead = distances.sample(&mut rng);
        for conv in &mut parts.convs {
            let (count, row_len, row_bytes) =
                (conv.weight_count() as u64, conv.row_len(), conv.row_bytes());
            let Conv {
                weights: Weights::Signs { bits, .. },
                ..
            } = conv
            else {
                continue;
            };
            while ahead < count {
                // Within a layer, whose bits are in memory.
                let place = ahead as usize;
                let (row, bit) = (place / row_len, place % row_len);
                bits[row * row_bytes + bit / 8] ^= 1 << (bit % 8);
                flipped += 1;
                ahead = ahead
                    .saturating_add(1)
                    .saturating_add(distances.sample(&mut rng));
            }
            ahead -= count;
        }
        let model = Self::new(parts)?;
        Ok(Faulty { model, flipped })
    }
}
