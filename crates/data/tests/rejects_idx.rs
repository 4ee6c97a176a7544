//! Malformed MNIST files: each is refused, with a message that says which and why.

mod common;

use std::fs;

use common::{assert_refused, gzip, idx, idx_images, idx_labels, load, put, small_mnist};
use data::Dataset::Mnist;
use data::MAX_IDX_IMAGES;

const IMAGES: &str = "mnist/train-images-idx3-ubyte";
const LABELS: &str = "mnist/train-labels-idx1-ubyte";

/// Replaces one file, plain and gzipped, and expects `words` in the message.
#[track_caller]
fn refuses(name: &str, bytes: &[u8], words: &[&str]) {
    let root = small_mnist();
    put(root.path(), name, bytes);
    assert_refused(Mnist, root.path(), words);
    fs::remove_file(root.path().join(name)).unwrap();
    put(root.path(), &format!("{name}.gz"), &gzip(bytes));
    assert_refused(Mnist, root.path(), words);
}

#[test]
fn missing() {
    let root = tempfile::tempdir().unwrap();
    let words = [
        "train-labels-idx1-ubyte or ",
        "ubyte.gz",
        "found nothing there",
    ];
    assert_refused(Mnist, root.path(), &words);
    put(root.path(), "mnist", b"a file where the folder should be");
    assert_refused(Mnist, root.path(), &words);
    let root = small_mnist();
    fs::remove_file(root.path().join("mnist/t10k-images-idx3-ubyte")).unwrap();
    assert_refused(
        Mnist,
        root.path(),
        &["t10k-images-idx3-ubyte.gz", "found nothing there"],
    );
}

#[test]
fn truncated_at_any_byte() {
    let root = small_mnist();
    for (name, bytes) in [(LABELS, idx_labels(3)), (IMAGES, idx_images(3))] {
        // Every length of the header, and some of the body.
        for length in (0..20)
            .chain([1000, 2367])
            .filter(|&length| length < bytes.len())
        {
            put(root.path(), name, &bytes[..length]);
            let found = format!("found only {length}");
            assert_refused(Mnist, root.path(), &[name, &found, "cut short"]);
        }
        put(root.path(), name, &bytes);
    }
    load(Mnist, root.path()).unwrap();
    refuses(
        LABELS,
        &idx_labels(3)[..10],
        &["expected 11 bytes", "found only 10"],
    );
    refuses(
        IMAGES,
        &idx_images(3)[..1000],
        &["expected 2368 bytes", "found only 1000"],
    );
}

#[test]
fn trailing_bytes() {
    refuses(
        LABELS,
        &[&idx_labels(3)[..], b"!"].concat(),
        &[LABELS, "at most 11 bytes"],
    );
    refuses(
        IMAGES,
        &[&idx_images(3)[..], b"!"].concat(),
        &[IMAGES, "at most 2368 bytes"],
    );
}

#[test]
fn a_wrong_magic_number() {
    refuses(
        LABELS,
        &idx_images(3),
        &[LABELS, "0x00000801", "found 0x00000803"],
    );
    refuses(
        IMAGES,
        &idx(0x0D03, &[3, 28, 28], &[0; 2352]),
        &[IMAGES, "found 0x00000d03"],
    );
    refuses(
        IMAGES,
        &idx(0x0803_0000, &[3, 28, 28], &[]),
        &["found 0x08030000"],
    );
}

#[test]
fn dimensions_that_do_not_fit() {
    refuses(
        IMAGES,
        &idx(0x803, &[3, 32, 32], &[0; 3072]),
        &[IMAGES, "28 x 28", "32 x 32"],
    );
    refuses(IMAGES, &idx(0x803, &[3, 28, 0], &[]), &["found 28 x 0"]);
    // Their product overflows even 64 bits.
    let huge = [3, u32::MAX, u32::MAX];
    refuses(
        IMAGES,
        &idx(0x803, &huge, &[]),
        &["found 4294967295 x 4294967295"],
    );
}

#[test]
fn counts_that_cannot_be() {
    let max = format!("1 to {MAX_IDX_IMAGES}");
    for count in [0, MAX_IDX_IMAGES + 1, u32::MAX] {
        let found = format!("found {count}");
        refuses(LABELS, &idx(0x801, &[count], &[]), &[LABELS, &max, &found]);
        refuses(
            IMAGES,
            &idx(0x803, &[count, 28, 28], &[]),
            &[IMAGES, &max, &found],
        );
    }
    // A count within bounds, of bytes that are not there.
    refuses(
        LABELS,
        &idx(0x801, &[MAX_IDX_IMAGES], &[0]),
        &["1000008 bytes", "only 9"],
    );
}

#[test]
fn a_label_out_of_range() {
    refuses(
        LABELS,
        &idx(0x801, &[3], &[0, 9, 10]),
        &[LABELS, "below 10", "found 10 at image 2"],
    );
}

#[test]
fn as_many_images_as_labels() {
    refuses(
        IMAGES,
        &idx_images(2),
        &[IMAGES, LABELS, "found 2 images and 3 labels"],
    );
    refuses(LABELS, &idx_labels(4), &["found 3 images and 4 labels"]);
}

#[test]
fn damaged_gzip() {
    let whole = gzip(&idx_images(3));
    let mut wrong_sum = whole.clone();
    let at = wrong_sum.len() - 8; // the CRC-32 of the content
    wrong_sum[at] ^= 1;
    let half = &whole[..whole.len() / 2];
    // Content decides: what is no gzip file is read as it is.
    for (bytes, word) in [
        (&b"no gzip"[..], "cut short"),
        (b"", "cut short"),
        (half, "damage"),
        (&wrong_sum, "damage"),
    ] {
        let root = small_mnist();
        fs::remove_file(root.path().join(IMAGES)).unwrap();
        put(root.path(), &format!("{IMAGES}.gz"), bytes);
        assert_refused(Mnist, root.path(), &["train-images-idx3-ubyte.gz", word]);
    }
}

#[test]
fn a_bomb_is_read_no_further_than_needed() {
    // 64 MiB in 64 KiB. Were it unpacked, the test would still pass; the point is the message.
    let bomb = [&idx_images(3)[..], &vec![0; 64 << 20]].concat();
    refuses(IMAGES, &bomb, &["at most 2368 bytes", "found more"]);
}

#[test]
fn a_folder_in_place_of_a_file() {
    let root = small_mnist();
    fs::remove_file(root.path().join(IMAGES)).unwrap();
    fs::create_dir(root.path().join(IMAGES)).unwrap();
    assert_refused(Mnist, root.path(), &[IMAGES, "regular file", "a folder"]);
}

#[test]
fn no_single_changed_byte_makes_it_panic() {
    let root = small_mnist();
    for (name, bytes) in [(LABELS, idx_labels(3)), (IMAGES, idx_images(3))] {
        for at in 0..20.min(bytes.len()) {
            for flip in [0x01, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] ^= flip;
                put(root.path(), name, &changed);
                let _ = load(Mnist, root.path());
            }
        }
        put(root.path(), name, &bytes);
    }
}
