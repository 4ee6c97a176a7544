//! A user's data in two steps: what is known before any picture is read, and what is told while they are.

mod common;

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::pictures::{self, Shade};
use data::{DataError, OwnData, OwnOptions, Plan, Watch};

/// `count` pictures of 6×5 in each of two classes of a folder.
fn fill(folder: &Path, count: u32) {
    for (label, class) in ["a", "b"].into_iter().enumerate() {
        for index in 0..count {
            let path = folder.join(class).join(format!("{index}.png"));
            let name = folder.to_string_lossy();
            pictures::png(&path, [6, 5], Shade::of(&name, label as u32, index));
        }
    }
}

/// Remembers what it is told.
#[derive(Default)]
struct Heard {
    looked: AtomicUsize,
    made: AtomicUsize,
    plans: Mutex<Vec<Plan>>,
}

impl Watch for Heard {
    fn looked(&self, done: usize, all: usize) {
        assert!((1..=all).contains(&done));
        self.looked.fetch_add(1, Ordering::Relaxed);
    }

    fn planned(&self, plan: &Plan) {
        assert_eq!(self.made.load(Ordering::Relaxed), 0, "before any is made");
        self.plans.lock().unwrap().push(*plan);
    }

    fn made(&self, done: usize, all: usize) {
        assert!((1..=all).contains(&done));
        self.made.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn counts_parts_and_size_are_known_before_a_picture_is_read() {
    let root = tempfile::tempdir().unwrap();
    fill(&root.path().join("train"), 5);
    fill(&root.path().join("val"), 2);
    // No look is taken: this one cannot be read.
    fs::write(root.path().join("train/a/6.png"), "none").unwrap();
    let options = OwnOptions::default().with_skip_bad(true);
    let found = OwnData::find(root.path(), &options).unwrap();
    assert_eq!((found.pictures(), found.training()), (15, 11));
    assert_eq!(found.classes(), ["a", "b"]);
    assert_eq!(
        (found.brings().validation, found.brings().test),
        (true, false)
    );
    assert_eq!(found.min_shape(), None, "their sizes are in the files");
    let sized = options.clone().with_size(Some([8, 9]));
    let sized = OwnData::find(root.path(), &sized).unwrap();
    assert_eq!(sized.min_shape(), Some([1, 8, 9]));

    let heard = Heard::default();
    let (splits, survey) = found.load(&heard).unwrap();
    assert_eq!(survey.brings.validation, splits.validation.is_some());
    let counts = [&heard.looked, &heard.made].map(|count| count.load(Ordering::Relaxed));
    assert_eq!(counts, [15, 14]);
    let plans = heard.plans.into_inner().unwrap();
    let [plan] = plans[..] else {
        panic!("{plans:?}")
    };
    assert_eq!((plan.images, plan.shape), (14, [3, 6, 5]));
    assert_eq!((plan.bytes, plan.in_memory), (14 * 3 * 6 * 5, true));
}

#[test]
fn a_class_of_which_nothing_can_be_read_is_refused() {
    let root = tempfile::tempdir().unwrap();
    fill(root.path(), 4);
    for index in 0..4 {
        fs::write(root.path().join(format!("b/{index}.png")), "none").unwrap();
    }
    let options = OwnOptions::default().with_skip_bad(true);
    let found = OwnData::find(root.path(), &options).unwrap();
    let error = found.load(&()).unwrap_err();
    assert!(matches!(error, DataError::EmptyClass { .. }), "{error}");
    let error = error.to_string();
    assert!(
        error.ends_with("that can be read, found none of 4 files"),
        "{error}"
    );
}

#[test]
fn arrays_that_would_grow_beyond_the_memory_are_refused() {
    // Enough for 20 images of 8x8 and what is kept beside them.
    const MEMORY: u64 = 16384;
    let root = tempfile::tempdir().unwrap();
    let header = |magic: [u8; 4], sizes: &[u32]| {
        let mut bytes = magic.to_vec();
        sizes
            .iter()
            .for_each(|size| bytes.extend(size.to_be_bytes()));
        bytes
    };
    let mut images = header([0, 0, 8, 3], &[20, 2, 2]);
    images.extend((0..80).map(|byte| byte as u8));
    let mut labels = header([0, 0, 8, 1], &[20]);
    labels.extend((0..20).map(|label| label % 2));
    fs::write(root.path().join("train-images-idx3-ubyte"), images).unwrap();
    fs::write(root.path().join("train-labels-idx1-ubyte"), labels).unwrap();
    let options = OwnOptions::default().with_max_memory(Some(MEMORY));
    let load = |side: usize| {
        let options = options.clone().with_size(Some([side, side]));
        OwnData::find(root.path(), &options)?.load(&())
    };
    assert!(load(8).unwrap().0.train.are_in_memory());
    let error = load(4096).unwrap_err();
    let DataError::Memory {
        expected, found, ..
    } = error
    else {
        panic!("{error}");
    };
    let images = 20 * 4096 * 4096;
    assert_eq!(expected, MEMORY);
    // What is kept beside them is little.
    assert!((images..images + MEMORY).contains(&found), "{found}");
}
