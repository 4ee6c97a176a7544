//! Augmentation as settings write it.

use data::{Augment, AugmentOp, AugmentSpec};

fn parsed(text: &str) -> Augment {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str, words: &[&str]) {
    let error = text.parse::<Augment>().expect_err(text).to_string();
    for word in words {
        assert!(error.contains(word), "`{word}` is not in: {error}");
    }
}

#[test]
fn names_are_what_they_were() {
    let names = Augment::NAMED.map(|(name, _)| name);
    let expected = [
        "none",
        "crop",
        "crop-flip",
        "crop-flip-cutout",
        "scale-crop-flip",
    ];
    assert_eq!(names, expected);
    for (name, augment) in Augment::NAMED {
        assert_eq!(parsed(name), augment);
        assert_eq!(augment.to_string(), name);
        let json = serde_json::to_string(&augment).unwrap();
        assert_eq!(json, format!("\"{name}\""));
        assert_eq!(serde_json::from_str::<Augment>(&json).unwrap(), augment);
    }
    assert_eq!(Augment::default(), Augment::NONE);
}

#[test]
fn a_list_has_one_text() {
    for (text, canonical) in [
        ("flip,crop", "crop-flip"),
        ("crop=4, flip", "crop-flip"),
        ("cutout,crop-flip", "crop-flip-cutout"),
        ("flip", "flip"),
        ("crop,flip,rotate=15", "crop,flip,rotate"),
        ("crop,flip,rotate = 12.5", "crop,flip,rotate=12.5"),
        ("noise=3,crop-flip", "crop,flip,noise=3"),
        ("mixup=0.3,crop=2", "crop=2,mixup=0.3"),
        ("scale-crop-flip,rotate=5", "scale-crop-flip,rotate=5"),
        ("rotate=0", "none"),
        ("crop,noise=0", "crop"),
        ("shift=0.0004", "none"),
        ("shift=0.001", "shift=0.001"),
        ("brightness=33.333", "brightness=33.333"),
    ] {
        let augment = parsed(text);
        assert_eq!(augment.to_string(), canonical, "{text}");
        assert_eq!(parsed(canonical), augment, "{text}");
    }
}

#[test]
fn every_operation_has_a_default_a_range_and_a_strength_that_changes_nothing() {
    for op in AugmentOp::ALL {
        let usual = parsed(op.name());
        assert_ne!(usual, Augment::NONE, "{op}");
        assert!(!op.about().is_empty());
        let Some(range) = op.strength() else {
            assert_eq!(op, AugmentOp::Flip);
            continue;
        };
        assert_eq!(usual.strength(op), range.default);
        assert_eq!(usual, parsed(&format!("{op}={}", range.default)));
        assert_eq!(parsed(&format!("{op}=0")).spec(), AugmentSpec::NONE);
        let most = parsed(&format!("{op}={}", range.max));
        assert_eq!(most.strength(op), range.max);
        assert_eq!(parsed(&most.to_string()), most);
        for outside in [
            format!("{}", range.max * 1.01),
            "-1".into(),
            "NaN".into(),
            "inf".into(),
        ] {
            refused(
                &format!("{op}={outside}"),
                &[op.name(), &range.to_string(), &outside],
            );
        }
    }
}

#[test]
fn errors_name_words_and_ranges() {
    refused(
        "mirror",
        &["crop-flip-cutout", "rotate", "mixup", "found `mirror`"],
    );
    refused("crop,rotat=3", &["found `rotat`", "perhaps for `rotate`"]);
    refused("crop_flip", &["perhaps for `crop-flip`"]);
    refused("rotate=900", &["rotate", "0 to 180 degrees", "900"]);
    refused("rotate=", &["0 to 180 degrees"]);
    refused("rotate=many", &["0 to 180 degrees", "many"]);
    refused("shift=200", &["0 to 100 %"]);
    refused("cutout=2.5", &["a whole number, 0 to 1024 pixels", "2.5"]);
    refused("noise=999", &["0 to 128 of 255"]);
    refused("flip=1", &["no strength"]);
    refused("flip,crop,flip", &["once", "flip twice"]);
    refused("crop-flip,crop=2", &["crop twice"]);
    refused("none,flip", &["`none` alone"]);
    refused("", &["none", "crop"]);
    refused("crop,,flip", &["expected one of"]);
    refused("crop-flip=3", &["found `crop-flip`"]);
    let nothing: Result<Augment, _> = serde_json::from_str("\"blur\"");
    assert!(nothing.unwrap_err().to_string().contains("rotate"));
}

/// The table of the docs has what the code has.
#[test]
fn docs_have_the_table() {
    let docs = include_str!("../../../docs/augmentation.md");
    for op in AugmentOp::ALL {
        let (range, default) = match op.strength() {
            Some(range) => (range.to_string(), range.default.to_string()),
            None => ("none".into(), "–".into()),
        };
        let row = format!("| `{op}` | {} | {range} | {default} |", op.about());
        assert!(
            docs.contains(&row),
            "expected in docs/augmentation.md: {row}"
        );
    }
    for (name, _) in Augment::NAMED {
        assert!(docs.contains(&format!("| `{name}` |")), "{name}");
    }
}
