//! ImageNet's folders of photographs, from files that Pillow wrote.

mod common;

use std::fs;
use std::sync::Arc;

use common::{fixture, json, load};
use data::photo::{Photo, SIDE};
use data::{Augment, Dataset, Images, Loader, LoaderConfig};

fn loader(images: Images, augment: Augment, views: usize, workers: usize) -> Loader {
    let config = LoaderConfig::default()
        .with_batch_size(3)
        .with_shuffle(views == 1)
        .with_drop_last(false)
        .with_augment(augment.spec())
        .with_views(views)
        .with_workers(workers);
    Loader::new(Arc::new(images), config).unwrap()
}

/// Colour, grey, CMYK, progressive, and a PNG under the name of a JPEG, against what Pillow reads.
#[test]
fn every_kind_of_file_decodes_as_in_pillow() {
    let expected = json("imagenet.json");
    let mut kinds = Vec::new();
    for (split, photos) in expected.as_object().unwrap() {
        for (name, photo) in photos.as_object().unwrap() {
            let file = fs::read(fixture("imagenet").join(split).join(name)).unwrap();
            let decoded = Photo::decode(&file).unwrap();
            let size: [u32; 2] = serde_json::from_value(photo["size"].clone()).unwrap();
            assert_eq!(decoded.size(), size, "{name}");
            let centre: [u8; 3] = serde_json::from_value(photo["centre"].clone()).unwrap();
            let mut seen = vec![0; 3 * SIDE * SIDE];
            decoded.centre(&mut seen);
            for (channel, expected) in centre.into_iter().enumerate() {
                let found = seen[(channel * SIDE + SIDE / 2) * SIDE + SIDE / 2];
                // A pixel of the file is some pixels wide here; JPEG decoders differ by a few.
                assert!(
                    found.abs_diff(expected) <= 6,
                    "{name}: {found}, expected {expected}"
                );
            }
            kinds.push(photo["kind"].as_str().unwrap().to_owned());
        }
    }
    for kind in ["RGB", "L", "CMYK", "PNG", "progressive"] {
        assert!(kinds.iter().any(|found| found == kind), "{kind}");
    }
}

#[test]
fn classes_are_folders_and_batches_are_the_same_with_any_workers() {
    let splits = load(Dataset::Imagenet, &fixture("")).unwrap();
    assert_eq!(splits.train.shape(), [3, 224, 224]);
    assert_eq!(
        splits.train.class_names(),
        ["n01440764", "n01443537", "n02105855"]
    );
    assert_eq!(splits.train.labels(), [0, 0, 0, 1, 1, 1, 2, 2, 2]);
    assert_eq!(splits.test.len(), 6);
    let batches = |workers, epoch| -> Vec<data::Batch> {
        let loader = loader(splits.train.clone(), Augment::SCALE_CROP_FLIP, 1, workers);
        loader.epoch(epoch).map(Result::unwrap).collect()
    };
    assert_eq!(batches(0, 1), batches(4, 1));
    assert_ne!(batches(0, 1), batches(0, 2));
    assert_eq!(batches(0, 1)[0].pixels.len(), 3 * 3 * 224 * 224);
}

#[test]
fn twenty_five_crops_of_each_image() {
    let splits = load(Dataset::Imagenet, &fixture("")).unwrap();
    let loader = loader(splits.test, Augment::NONE, 25, 1);
    let batches = |epoch| -> Vec<data::Batch> { loader.epoch(epoch).map(Result::unwrap).collect() };
    let tested = batches(0);
    for batch in &tested {
        assert_eq!(batch.views, 25);
        assert_eq!(batch.pixels.len(), batch.len() * 25 * 3 * 224 * 224);
    }
    assert_eq!(tested.iter().map(data::Batch::len).sum::<usize>(), 6);
    assert_eq!(batches(1), tested, "the crops are those of the image");
}

#[test]
fn a_part_is_spread_over_the_classes() {
    let train = load(Dataset::Imagenet, &fixture("")).unwrap().train;
    assert_eq!(train.clone().take(3).labels(), [0, 1, 2]);
    assert_eq!(train.clone().take(9), train);
    let (rest, held_out) = train.clone().split_validation(4, 1).unwrap();
    assert_eq!((rest.len(), held_out.len()), (5, 4));
    // The files go with their labels: every one still decodes under its class's folder.
    for part in [rest, held_out] {
        let loader = loader(part, Augment::NONE, 1, 0);
        loader.epoch(0).for_each(|batch| drop(batch.unwrap()));
    }
}

#[test]
fn what_small_images_and_photographs_cannot_have_is_refused() {
    let photos = Arc::new(load(Dataset::Imagenet, &fixture("")).unwrap().train);
    let small = Arc::new(load(Dataset::Cifar10, &fixture("")).unwrap().train);
    for (images, augment, views, word) in [
        (&photos, Augment::CROP_FLIP, 25, "views"),
        (&photos, Augment::SCALE_CROP_FLIP, 25, "views"),
        (&photos, Augment::NONE, 26, "views"),
        (&small, Augment::SCALE_CROP_FLIP, 1, "augment"),
        (&small, Augment::NONE, 25, "views"),
    ] {
        let config = LoaderConfig::default()
            .with_batch_size(1)
            .with_augment(augment.spec())
            .with_views(views);
        let error = Loader::new(images.clone(), config).unwrap_err().to_string();
        assert!(error.contains(&format!("option `{word}`")), "{error}");
    }
}

/// What is done to small images is done to what is cut out of a photograph, too.
#[test]
fn photographs_are_augmented_as_other_images() {
    let photos = load(Dataset::Imagenet, &fixture("")).unwrap().train;
    let batches = |augment: &str, workers| -> Vec<data::Batch> {
        let loader = loader(photos.clone(), augment.parse().unwrap(), 1, workers);
        loader.epoch(3).map(Result::unwrap).collect()
    };
    let text = "crop=9,flip,cutout=50,rotate,shift,scale,brightness,contrast,noise,mixup";
    assert_eq!(batches(text, 0), batches(text, 3));
    // An operation that is too weak to show changes no draw of the others.
    for text in ["none", "scale-crop-flip", "crop-flip-cutout"] {
        let weak = match text {
            "none" => "rotate=0.001".to_owned(),
            text => format!("{text},rotate=0.001,noise=0.001"),
        };
        assert_eq!(batches(text, 0), batches(&weak, 0), "{weak}");
        let strong = weak.replace("0.001", "20");
        assert_ne!(batches(text, 0), batches(&strong, 0), "{strong}");
    }
    // The flip of `scale-crop-flip` is done once.
    let once = batches("scale-crop-flip,mixup=0.001", 0);
    assert!(once.iter().all(|batch| batch.mixed.is_some()));
}
