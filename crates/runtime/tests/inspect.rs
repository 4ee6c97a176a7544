//! What is said to be in a network.

mod common;

use common::{variants, wide};
use runtime::inspect::{Summary, net_name};
use runtime::pixels::Fit;
use runtime::{Preprocessing, Rejection, Scale, SequenceParts, Weights};

#[test]
fn counts_of_a_network_whose_bits_are_known() {
    let mut parts = wide(1, [1, 4, 4], 2, 1, 2);
    for conv in &mut parts.convs {
        if let Weights::Signs { bits, .. } = &mut conv.weights {
            bits.fill(0);
        }
    }
    // Rows of the first have 9 bits: set the first and the last of row 0.
    if let Weights::Signs { bits, .. } = &mut parts.convs[0].weights {
        bits[0] = 1;
        bits[1] = 1;
    }
    let model = parts.model().unwrap();
    let file = model.write().unwrap();
    let summary = Summary::new(&model, file.len());
    let first = &summary.layers[0];
    assert_eq!(
        (first.name.as_str(), first.shape, first.stride),
        ("input conv", [2, 1, 3, 3], 1)
    );
    assert_eq!(
        (first.bits, first.plus, first.minus, first.bytes),
        (18, 2, 16, 4)
    );
    assert_eq!(summary.layers[3].shape, [4, 2, 3, 3]);
    // 18 + 2·36 + 72 + 144 + 288 + 576 + 16.
    assert_eq!((summary.bits, summary.plus, summary.minus), (1186, 2, 1184));
    assert_eq!(summary.minimum_bytes, 149);
    // Rows of 2, 3, 3, 3, 5, 5, 9 and 1 bytes.
    assert_eq!(
        summary.sign_bytes,
        2 * 2 + 4 * 3 + 4 * 3 + 4 * 5 + 8 * 5 + 8 * 9 + 2
    );
    // A scale per convolution; norms of 1, 2, 2, 2, 4, 4, 8, 8 and 2 channels.
    assert_eq!(summary.floats, 8 + 2 * 33);
    assert_eq!(summary.file_bytes, file.len());
    let text = summary.to_string();
    for words in [
        "8 convolutions",
        "2 x 1 x 3 x 3",
        "1186, 2 of them +1, 1184 -1",
        "minimum of 149",
    ] {
        assert!(text.contains(words), "no `{words}` in:\n{text}");
    }
}

#[test]
fn weights_of_other_storages_are_counted_apart_from_sign_bits() {
    let mut parts = wide(1, [1, 4, 4], 2, 1, 2);
    let scale = || Scale::Layer(1.0);
    // 18 weights in rows of 9: two are +1, one is -1, the others 0.
    parts.convs[0].weights = Weights::Ternary {
        scale: scale(),
        signs: vec![1, 1, 0, 0],
        nonzero: vec![1, 1, 1, 0],
    };
    // 36 weights in rows of 18.
    parts.convs[1].weights = Weights::Int8 {
        scale: scale(),
        values: vec![-3; 36],
    };
    // 16 weights.
    parts.convs[7].weights = Weights::Real(vec![0.5; 16]);
    let model = parts.model().unwrap();
    let file = model.write().unwrap();
    let summary = Summary::new(&model, file.len());
    // 1186 in all, as above.
    assert_eq!(summary.bits, 1186 - 18 - 36 - 16);
    assert_eq!(summary.plus + summary.minus, summary.bits);
    assert_eq!((summary.ternary, summary.zeros), (18, 15));
    assert_eq!((summary.int8, summary.real), (36, 16));
    // The rows of signs, as above, then two planes of 2 rows, bytes, and numbers of 32 bits.
    let signs = 2 * 3 + 4 * 3 + 4 * 5 + 8 * 5 + 8 * 9;
    assert_eq!(summary.sign_bytes, signs);
    assert_eq!(summary.weight_bytes, signs + 2 * 2 * 2 + 36 + 4 * 16);
    // 1116 + 2·18 + 8·36 + 32·16 bits.
    assert_eq!(summary.minimum_weight_bytes, 244);
    let header = u64::from_le_bytes(file[..8].try_into().unwrap()) + 8;
    let text = summary.to_string();
    for words in [
        "sign bits: 1116, ",
        "ternary weights: 18, 15 of them 0",
        "8-bit integer weights: 36",
        "32-bit weights: 16",
        "bytes of weights: 258, 14 over the minimum of 244",
        &format!("{header} of them header"),
    ] {
        assert!(text.contains(words), "no `{words}` in:\n{text}");
    }
}

#[test]
fn what_becomes_of_pictures_and_which_are_none_of_the_classes() {
    let model = wide(1, [1, 4, 6], 2, 1, 2).model().unwrap();
    let text = Summary::new(&model, 0).to_string();
    assert!(
        text.contains("pictures: 1 x 4 x 6, of no other size\n"),
        "{text}"
    );
    assert!(text.contains("none of the classes: never\n"), "{text}");
    let model = model
        .with_preprocessing(Preprocessing::Fit(Fit::Pad))
        .and_then(|model| model.with_rejection(Some(Rejection::new(1.25, 0.95, 400))))
        .unwrap();
    let text = Summary::new(&model, 0).to_string();
    for words in [
        "pictures: of any size, pad to 1 x 4 x 6\n",
        "none of the classes: two largest logits less than 1.25 apart; 95.0 % of 400 images keep their class\n",
    ] {
        assert!(text.contains(words), "no `{words}` in:\n{text}");
    }
}

#[test]
fn names_of_networks() {
    let name = |parts: SequenceParts| net_name(&parts.model().unwrap());
    assert_eq!(
        name(wide(1, [3, 8, 8], 16, 1, 4)).as_deref(),
        Some("wrn-8-1")
    );
    assert_eq!(
        name(wide(1, [3, 8, 8], 64, 3, 4)).as_deref(),
        Some("wrn-20-4")
    );
    let mut plain = wide(1, [3, 8, 8], 32, 2, 4);
    plain.structure = runtime::Structure::Plain;
    assert_eq!(name(plain).as_deref(), Some("plain-14-2"));
    assert_eq!(name(wide(1, [3, 8, 8], 5, 1, 4)), None);
    let mut odd = wide(1, [3, 8, 8], 16, 1, 4);
    odd.convs[0].stride = 2;
    assert_eq!(name(odd).as_deref(), Some("wrn-8-1-s2"));
}

#[test]
fn every_kind_of_network_is_summed_up() {
    for (name, parts) in variants() {
        let model = parts.model().unwrap();
        let file = model.write().unwrap();
        let summary = Summary::new(&model, file.len());
        let tensors = summary.sign_bytes + 4 * summary.floats;
        let header = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize + 8;
        assert_eq!(tensors + header, file.len(), "{name}");
        assert_eq!(summary.plus + summary.minus, summary.bits, "{name}");
        let scale = match name {
            "a scale per channel" => "channel",
            "real weights at both ends" => "real",
            _ => "layer",
        };
        assert_eq!(summary.layers[0].scale, scale, "{name}");
    }
}
