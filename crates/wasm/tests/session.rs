//! A packed file, a picture, and the integers of its logits: what the module does, on this machine.

#[path = "../../runtime/tests/common/mod.rs"]
mod networks;

use networks::{Random, wide};
use onebit_wasm::Session;
use pixels::{Channels, Fit, Orientation, Picture};
use runtime::integer::{Forward, Network};
use runtime::{Model, Rejection, calibrate};

/// A packed file with a threshold that no image reaches, or that every one does.
fn file(threshold: f32) -> Vec<u8> {
    let mut parts = wide(81, [3, 9, 8], 4, 1, 5);
    parts.class_names[1] = "\"</script>".into();
    let model = parts.model().unwrap();
    let images: Vec<u8> = (0..4).flat_map(|_| Random(82).image(&model)).collect();
    let scales = calibrate(&model, &images).unwrap();
    let rejection = Some(Rejection::new(threshold, 0.9, 20));
    let model = model.with_activation_scales(scales).unwrap();
    model.with_rejection(rejection).unwrap().write().unwrap()
}

#[test]
fn a_file_is_opened_and_its_integers_are_the_engines() {
    for (threshold, sure) in [(0.0, true), (1e6, false)] {
        let file = file(threshold);
        let mut session = Session::open(&file).unwrap();
        let model = Model::read(&file).unwrap();
        let image = Random(83).image(&model);
        session.image().copy_from_slice(&image);
        let found = session.classify().unwrap();
        let network = Network::new(&model).unwrap();
        let mut forward = Forward::new(&network);
        assert_eq!(session.logits(), forward.logits(&image).unwrap());
        let class = forward.classify(&image).unwrap();
        assert_eq!(found, sure.then_some(class));
    }
}

#[test]
fn it_tells_what_it_is_in_json() {
    let file = file(2.5);
    let about: serde_json::Value =
        serde_json::from_str(&Session::open(&file).unwrap().about()).unwrap();
    assert_eq!(about["input"], serde_json::json!([3, 9, 8]));
    assert_eq!(about["classes"][1], "\"</script>");
    assert_eq!(about["rejection"]["threshold"], 2.5);
    assert_eq!(about["fileBytes"], file.len());
    assert_eq!(about["preprocessing"], "none", "as the file has it");
    let (weights, bits) = (about["weights"].as_u64(), about["weightBits"].as_u64());
    assert!(weights.is_some_and(|weights| weights > 0) && weights == bits);
}

#[test]
fn pictures_are_seen_as_elsewhere() {
    let file = file(0.0);
    let mut session = Session::open(&file).unwrap();
    let rgba: Vec<u8> = (0..4 * 20 * 15).map(|n| (n * 37 % 251) as u8).collect();
    session.see(&rgba, 20, 15, 4).unwrap();
    let picture = Picture::new(&rgba, 20, 15, Channels::Rgba, Orientation::default()).unwrap();
    let fit = pixels::Preprocessing::new(3, 9, 8, Fit::Crop).unwrap();
    let mut expected = [0; 3 * 9 * 8];
    fit.apply(&picture, &mut expected);
    assert_eq!(session.image(), expected);
    for (width, height, channels) in [
        (20, 15, 3),
        (0, 15, 4),
        (20, 15, 5),
        (20, 15, 0),
        (70_000, 1, 4),
    ] {
        assert!(session.see(&rgba, width, height, channels).is_err());
    }
    assert_eq!(session.image(), expected, "what is refused changes nothing");
}

#[test]
fn what_is_no_network_is_told() {
    let refused = |file: &[u8]| Session::open(file).err().unwrap();
    let file = file(0.0);
    let mut damaged = file.clone();
    *damaged.last_mut().unwrap() ^= 1;
    assert!(refused(&damaged).contains("checksum"));
    assert!(refused(&file[..50]).contains("header"));
    assert!(refused(b"").contains("header"));
    let steps = wide(84, [1, 6, 6], 4, 1, 3).model().unwrap();
    assert!(refused(&steps.write().unwrap()).contains("activation_scales"));
}

/// Small files may describe networks that take gigabytes.
#[test]
fn what_takes_too_much_is_refused_before_it_is_taken() {
    let model = wide(85, [256, 500, 500], 64, 1, 3).model().unwrap();
    let scales = vec![0.1; model.convs().len()];
    let model = model.with_activation_scales(scales).unwrap();
    let file = model.write().unwrap();
    assert!(file.len() < 1 << 20, "{}", file.len());
    let error = Session::open(&file).err().unwrap();
    assert!(error.contains("at most 1024 MiB"), "{error}");
}
