//! What a network sees of a picture, and which images are none of its classes.

mod common;

use common::{Random, wide};
use runtime::integer::{Forward, Network};
use runtime::pixels::{self, Channels, Fit, Orientation, Picture};
use runtime::{Engine, Model, Options, Preprocessing, Rejection, calibrate, margin};

fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut random = Random(seed);
    (0..len).map(|_| random.next() as u8).collect()
}

fn model(input: [usize; 3], preprocessing: Preprocessing) -> Model {
    let model = wide(3, input, 4, 1, 5).model().unwrap();
    model.with_preprocessing(preprocessing).unwrap()
}

fn seen(model: &Model, picture: &Picture) -> Vec<u8> {
    let mut image = vec![0xA5; model.image_len()];
    model.see(picture, &mut image).unwrap();
    image
}

#[test]
fn pictures_of_any_size_are_fitted() {
    let pixels = noise(1, 4 * 31 * 17);
    let turned = Orientation::from_exif(6).unwrap();
    let picture = Picture::new(&pixels, 31, 17, Channels::Rgba, turned).unwrap();
    for fit in Fit::ALL {
        for channels in [1, 3] {
            let model = model([channels, 12, 20], Preprocessing::Fit(fit));
            let own = pixels::Preprocessing::new(channels, 12, 20, fit).unwrap();
            let mut expected = vec![0; own.len()];
            own.apply(&picture, &mut expected);
            assert_eq!(seen(&model, &picture), expected, "{fit} {channels}");
        }
    }
}

#[test]
fn the_centre_of_photographs() {
    let pixels = noise(2, 3 * 300 * 260);
    let picture = Picture::new(&pixels, 300, 260, Channels::Rgb, Orientation::UPRIGHT).unwrap();
    let model = model([3, 224, 224], Preprocessing::CentreCrop);
    let mut expected = vec![0; 3 * 224 * 224];
    pixels::centre(&picture, &mut expected);
    assert!(seen(&model, &picture) == expected);
}

#[test]
fn pictures_of_the_networks_size_and_no_other() {
    let model = model([3, 12, 20], Preprocessing::None);
    let pixels = noise(3, 12 * 20);
    let picture = |width, height, orientation| {
        let orientation = Orientation::from_exif(orientation).unwrap();
        Picture::new(&pixels, width, height, Channels::Grey, orientation).unwrap()
    };
    assert_eq!(seen(&model, &picture(20, 12, 1)), pixels.repeat(3));
    // Upright it has the size.
    let turned = seen(&model, &picture(12, 20, 8));
    assert_eq!(turned[0], pixels[11], "turned anticlockwise");
    for (width, height, found) in [(12, 20, "12 x 20"), (240, 1, "240 x 1")] {
        let error = model.see(&picture(width, height, 1), &mut vec![0; model.image_len()]);
        let error = error.unwrap_err().to_string();
        let expected = format!("picture: expected 20 x 12 pixels, found {found} pixels");
        assert_eq!(error, expected);
    }
    let short = model.see(&picture(20, 12, 1), &mut [0; 5]).unwrap_err();
    assert!(short.to_string().contains("expected 720 bytes"), "{short}");
    // A picture has no two colours.
    let two = wide(3, [2, 12, 20], 4, 1, 5).model().unwrap();
    let error = two
        .see(&picture(20, 12, 1), &mut vec![0; two.image_len()])
        .unwrap_err();
    assert!(error.to_string().contains("2 channels"), "{error}");
}

#[test]
fn a_preprocessing_has_to_make_the_input() {
    for (input, preprocessing) in [
        ([2, 12, 20], Preprocessing::Fit(Fit::Crop)),
        ([3, 224, 225], Preprocessing::CentreCrop),
        ([1, 224, 224], Preprocessing::CentreCrop),
        ([1, 1, 65_536], Preprocessing::Fit(Fit::Pad)),
    ] {
        let model = wide(3, input, 4, 1, 5).model().unwrap();
        let error = model
            .with_preprocessing(preprocessing)
            .unwrap_err()
            .to_string();
        assert!(error.contains("input, with preprocessing"), "{error}");
    }
}

#[test]
fn images_that_are_none_of_the_classes() {
    let mut random = Random(9);
    let model = wide(3, [1, 8, 8], 4, 1, 5).model().unwrap();
    let images: Vec<Vec<u8>> = (0..40).map(|_| random.image(&model)).collect();
    let scales = calibrate(&model, &images.concat()).unwrap();
    let model = model.with_activation_scales(scales).unwrap();
    let mut engine = Engine::new(&model, Options::default()).unwrap();
    let mut logits: Vec<Vec<f32>> = Vec::new();
    for image in &images {
        logits.push(engine.logits(image).unwrap().to_vec());
    }
    let mut margins: Vec<f32> = logits.iter().map(|logits| margin(logits)).collect();
    margins.sort_by(f32::total_cmp);
    let rejecting = |threshold| {
        let model = model
            .clone()
            .with_rejection(Some(Rejection::new(threshold, 0.75, 40)));
        model.unwrap()
    };
    // A quarter lies below the eleventh.
    let quarter = rejecting(margins[10]);
    let none = logits
        .iter()
        .filter(|logits| quarter.answer(logits).is_none());
    assert_eq!(none.count(), 10);
    for logits in &logits {
        let class = runtime::reference::argmax(logits);
        assert_eq!(model.answer(logits), Some(class), "without a threshold");
        assert_eq!(rejecting(0.0).answer(logits), Some(class));
        assert!(quarter.answer(logits).is_none_or(|answer| answer == class));
        assert_eq!(rejecting(f32::MAX).answer(logits), None);
    }
    // Integers have a margin of their own, and the same threshold.
    let network = Network::new(&quarter).unwrap();
    let mut forward = Forward::new(&network);
    let mut none = 0;
    for image in &images {
        let logits = forward.logits(image).unwrap();
        let real: Vec<f32> = logits
            .iter()
            .map(|&l| l as f32 * 2f32.powi(-network.logit_bits))
            .collect();
        assert_eq!(network.answer(logits), quarter.answer(&real));
        none += usize::from(network.answer(logits).is_none());
    }
    assert!((1..40).contains(&none), "{none}");
}
