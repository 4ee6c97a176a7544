//! What holds of any network and any file: it comes back, and nothing panics.

mod common;

use std::collections::BTreeMap;

use common::parts::Pieces;
use common::{Random, wide};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use runtime::pixels::Fit;
use runtime::{
    Activation, Engine, Model, Options, Padding, PoolDivisor, Preprocessing, Rejection, Scale,
    Structure, Weights, reference,
};

/// The same cases each time, so many; with PROPTEST_CASES others, as many as it says.
fn config(cases: u32) -> ProptestConfig {
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => config,
        None => ProptestConfig {
            cases,
            rng_seed: RngSeed::Fixed(1),
            ..config
        },
    }
}

/// Numbers of any size that a network may have.
fn finite() -> impl Strategy<Value = f32> {
    prop::num::f32::POSITIVE
        | prop::num::f32::NEGATIVE
        | prop::num::f32::SUBNORMAL
        | prop::num::f32::ZERO
}

fn positive() -> impl Strategy<Value = f32> {
    prop::num::f32::POSITIVE
}

/// What a file says beside weights.
#[derive(Clone, Debug)]
struct Said {
    class_names: Vec<String>,
    provenance: BTreeMap<String, String>,
    preprocessing: usize,
    rejection: Option<(f32, f32, usize)>,
    activation_scales: Option<Vec<f32>>,
    residual_scales: Option<Vec<f32>>,
}

/// More scales than any of these networks has.
const SCALES: usize = 64;

fn said() -> impl Strategy<Value = Said> {
    let text = "\\PC{0,6}|[a-z\\\\\"\u{1b}\n\u{202e}🍎]{0,6}";
    (
        prop::collection::vec(text, 5),
        // Words of the file itself are another test's.
        prop::collection::btree_map("x[a-z_.]{0,9}", text, 0..3),
        0..4usize,
        prop::option::of((0.0..1e9f32, 0.0..=1.0f32, 1..1_000_000usize)),
        prop::option::of(prop::collection::vec(positive(), SCALES)),
        prop::option::of(prop::collection::vec(positive(), SCALES)),
    )
        .prop_map(
            |(
                class_names,
                provenance,
                preprocessing,
                rejection,
                activation_scales,
                residual_scales,
            )| Said {
                class_names,
                provenance,
                preprocessing,
                rejection,
                activation_scales,
                residual_scales,
            },
        )
}

/// A small network of any such kind.
fn network() -> impl Strategy<Value = Model> {
    let sizes = (
        prop_oneof![Just(1usize), Just(3)],
        [4..12usize, 4..12],
        1..6usize,
        1..=2usize,
        1..=5usize,
    );
    let kinds = (
        any::<[bool; 5]>(),
        0..4usize,
        prop::collection::vec(finite(), 3),
    );
    (sizes, kinds, said(), any::<u64>()).prop_map(|(sizes, kinds, said, seed)| {
        let (channels, [height, width], base, blocks, classes) = sizes;
        let ([corner, plain, shifted, relu, by_kernel], weights, numbers) = kinds;
        let mut parts = wide(seed, [channels, height, width], base, blocks, classes);
        if corner {
            parts.padding = Padding::BottomRight;
        }
        if plain {
            parts.structure = Structure::Plain;
        }
        if shifted {
            parts.activation = Activation::ShiftedRelu;
        }
        if by_kernel {
            parts.pool_divisor = PoolDivisor::Kernel;
        }
        parts.input_relu = relu;
        let mut random = Random(seed);
        for conv in &mut parts.convs {
            let (count, outputs) = (conv.weight_count(), conv.out_channels);
            let scales = (0..outputs).map(|_| random.real().abs() + 0.01).collect();
            match (weights, &mut conv.weights) {
                (1, Weights::Signs { scale, .. }) => *scale = Scale::Channels(scales),
                (2, weights) => {
                    *weights = Weights::Real((0..count).map(|_| random.real()).collect())
                }
                _ => {}
            }
        }
        if let Some(Some(norm)) = parts.norms.get_mut(1) {
            for (to, number) in norm.offset.iter_mut().zip(&numbers) {
                *to = *number;
            }
        }
        parts.class_names = said.class_names[..classes].to_vec();
        parts.provenance = said.provenance;
        let (convs, last) = (
            parts.convs.len(),
            parts.convs.last().map_or(0, |conv| conv.in_channels),
        );
        let some = |scales: Option<Vec<f32>>, count| {
            scales.map(|scales: Vec<f32>| scales[..count].to_vec())
        };
        parts.activation_scales = some(said.activation_scales, convs);
        let preprocessing =
            [None, Some(Fit::Crop), Some(Fit::Pad), Some(Fit::Stretch)][said.preprocessing];
        let preprocessing = preprocessing.map_or(Preprocessing::None, Preprocessing::Fit);
        let rejection = said
            .rejection
            .map(|(threshold, kept, images)| Rejection::new(threshold, kept, images));
        let model = parts.model().unwrap();
        let model = model.with_preprocessing(preprocessing).unwrap();
        let model = model
            .with_residual_scales(some(said.residual_scales, last))
            .unwrap();
        model.with_rejection(rejection).unwrap()
    })
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn a_network_comes_back_equal(model in network()) {
        let file = model.write().unwrap();
        let back = Model::read(&file).unwrap();
        prop_assert_eq!(&back, &model);
        prop_assert_eq!(back.write().unwrap(), file, "the same network, the same bytes");
    }

    /// What is read of a damaged file, checksum or not, is a network that computes; it writes a file that reads the same.
    #[test]
    fn a_changed_file_is_refused_or_a_network(
        model in network(),
        without_checksum: bool,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut file = model.write().unwrap();
        if without_checksum {
            file = Pieces::of(&file).file();
        }
        for (place, byte) in changes {
            let place = place.index(file.len());
            file[place] = byte;
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        if let Ok(read) = Model::read(&file) {
            let again = Model::read(&read.write().unwrap()).unwrap();
            prop_assert_eq!(&again, &read);
            let image = Random(1).image(&read);
            let mut engine = Engine::new(&read, Options::default()).unwrap();
            prop_assert_eq!(engine.logits(&image).unwrap().len(), read.classes());
            prop_assert_eq!(reference::logits::<f32>(&read, &image).unwrap().len(), read.classes());
        }
    }

    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "\\PC{0,80}") {
        prop_assert!(Model::read(&bytes).is_err());
        // A header of the length that it tells.
        let mut file = (text.len() as u64).to_le_bytes().to_vec();
        file.extend(text.as_bytes());
        file.extend(&bytes);
        prop_assert!(Model::read(&file).is_err());
    }
}
