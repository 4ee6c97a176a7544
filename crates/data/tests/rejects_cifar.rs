//! Malformed CIFAR files and archives: each is refused, with a message that says which and why.

mod common;

use std::fs;

use common::{assert_refused, gzip, load, put, records, small_cifar10, tar};
use data::Dataset::{Cifar10, Cifar100};
use data::MAX_CIFAR_RECORDS;

const ARCHIVE: &str = "cifar-10-binary.tar.gz";
const BATCH: &str = "cifar-10-batches-bin/data_batch_3.bin";
const NAMES: &str = "cifar-10-batches-bin/batches.meta.txt";

/// The small CIFAR-10 with one file replaced.
fn with(name: &str, bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut files = small_cifar10();
    files
        .iter_mut()
        .filter(|(known, _)| *known == name)
        .for_each(|file| file.1 = bytes.to_vec());
    files
}

/// One file replaced, in the folder and in the archive.
#[track_caller]
fn refuses(name: &str, bytes: &[u8], words: &[&str]) {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), ARCHIVE, &gzip(&tar(&with(name, bytes))));
    assert_refused(Cifar10, root.path(), &[&[name, ARCHIVE], words].concat());
    for (name, bytes) in with(name, bytes) {
        put(root.path(), name, &bytes);
    }
    assert_refused(Cifar10, root.path(), &[&[name], words].concat());
}

/// The archive itself is wrong.
#[track_caller]
fn refuses_archive(bytes: &[u8], words: &[&str]) {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), ARCHIVE, bytes);
    assert_refused(Cifar10, root.path(), &[&[ARCHIVE], words].concat());
}

#[test]
fn missing() {
    let root = tempfile::tempdir().unwrap();
    let words = ["cifar-10-batches-bin or ", ARCHIVE, "found nothing there"];
    assert_refused(Cifar10, root.path(), &words);
    let words = [
        "cifar-100-binary or ",
        "cifar-100-binary.tar.gz",
        "found nothing there",
    ];
    assert_refused(Cifar100, root.path(), &words);
    for (name, bytes) in small_cifar10() {
        put(root.path(), name, &bytes);
    }
    load(Cifar10, root.path()).unwrap();
    fs::remove_file(root.path().join(BATCH)).unwrap();
    assert_refused(Cifar10, root.path(), &[BATCH, "found nothing there"]);
}

#[test]
fn no_whole_records() {
    let bytes = records(&[&[1], &[2]], 0);
    refuses(BATCH, b"", &["3073 bytes", "found 0"]);
    refuses(BATCH, &bytes[..6145], &["3073 bytes", "found 6145"]);
    refuses(
        BATCH,
        &[&bytes[..], b"!"].concat(),
        &["3073 bytes", "found 6147"],
    );
}

#[test]
fn a_label_out_of_range() {
    refuses(
        BATCH,
        &records(&[&[9], &[10]], 0),
        &["below 10", "found 10 at image 1"],
    );
}

#[test]
fn too_many_records() {
    let root = tempfile::tempdir().unwrap();
    for (name, bytes) in small_cifar10() {
        put(root.path(), name, &bytes);
    }
    // Files with a hole in them: long, but small on disk. Each is within the limit, both are not.
    for name in ["cifar-10-batches-bin/data_batch_2.bin", BATCH] {
        let file = fs::File::options()
            .write(true)
            .open(root.path().join(name))
            .unwrap();
        file.set_len(MAX_CIFAR_RECORDS / 5 * 3 * 3073).unwrap();
    }
    assert_refused(Cifar10, root.path(), &[BATCH, "at most", "found more"]);
}

#[test]
fn class_names_that_do_not_fit() {
    refuses(NAMES, b"a\nb\n", &["expected 10 lines", "found 2 lines"]);
    refuses(NAMES, b"a\n\xff\n", &["UTF-8", "at 2"]);
    refuses(NAMES, &vec![b'a'; 1 << 17], &["at most 65536 bytes"]);
}

#[test]
fn archives_that_are_none() {
    let whole = gzip(&tar(&small_cifar10()));
    refuses_archive(b"", &["a gzipped tar archive", "damage"]);
    refuses_archive(b"no gzip", &["a gzipped tar archive"]);
    refuses_archive(&gzip(&[7; 5000]), &["a gzipped tar archive"]);
    refuses_archive(&whole[..whole.len() / 2], &["a gzipped tar archive"]);
    let mut wrong_sum = whole.clone();
    let at = wrong_sum.len() - 8; // the CRC-32 of the content
    wrong_sum[at] ^= 1;
    refuses_archive(&wrong_sum, &["a gzipped tar archive"]);
}

#[test]
fn archives_that_lack_a_file() {
    refuses_archive(&gzip(&tar(&[])), &[NAMES, "found none"]);
    let files: Vec<_> = small_cifar10()
        .into_iter()
        .filter(|(name, _)| *name != BATCH)
        .collect();
    refuses_archive(&gzip(&tar(&files)), &[BATCH, "found none"]);
}

#[test]
fn archives_with_a_file_twice_or_a_link() {
    let mut files = small_cifar10();
    files.push((BATCH, records(&[&[1]], 0)));
    refuses_archive(&gzip(&tar(&files)), &[BATCH, "found two"]);

    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    builder
        .append_link(&mut header, BATCH, "/etc/passwd")
        .unwrap();
    refuses_archive(&gzip(&builder.into_inner().unwrap()), &[BATCH, "a link"]);
}

/// Names that lead out of the archive's folder are no names of wanted files. `tar::Builder` would
/// not write them, so their bytes are put into the header.
#[test]
fn archives_whose_entries_point_outside() {
    let entry = |name: &str, kind, link: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_ustar();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        header.as_mut_bytes()[157..][..link.len()].copy_from_slice(link.as_bytes());
        header.set_cksum();
        let padding = vec![0; bytes.len().next_multiple_of(512) - bytes.len()];
        [header.as_bytes(), bytes, &padding].concat()
    };
    let batch = records(&[&[5], &[6]], 30);
    let others: Vec<_> = small_cifar10()
        .into_iter()
        .filter(|(name, _)| *name != BATCH)
        .collect();
    for name in [
        format!("../{BATCH}"),
        format!("/{BATCH}"),
        format!("x/../{BATCH}"),
    ] {
        let outside = entry(&name, tar::EntryType::Regular, "", &batch);
        let archive = gzip(&[outside, tar(&others)].concat());
        refuses_archive(&archive, &[BATCH, "found none"]);
    }
    for kind in [tar::EntryType::Link, tar::EntryType::Symlink] {
        let link = entry(BATCH, kind, "../../outside", b"");
        let archive = gzip(&[link, tar(&others)].concat());
        refuses_archive(&archive, &[BATCH, "a link"]);
    }

    // Beside the wanted files they do no harm: nothing is written anywhere.
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root");
    let evil = entry("../evil", tar::EntryType::Regular, "", b"x");
    put(
        &root,
        ARCHIVE,
        &gzip(&[evil, tar(&small_cifar10())].concat()),
    );
    assert_eq!(load(Cifar10, &root).unwrap().train.len(), 10);
    let names = |dir| -> Vec<_> {
        fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect()
    };
    assert_eq!(names(dir.path()), ["root"]);
    assert_eq!(names(&root), [ARCHIVE]);
}

#[test]
fn archives_cut_inside_an_entry() {
    let whole = tar(&small_cifar10());
    for length in [100, 600, 1030, 5000, 20_000] {
        refuses_archive(&gzip(&whole[..length]), &["cifar-10"]);
    }
}

#[test]
fn an_entry_that_claims_more_than_there_is() {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_path(BATCH).unwrap();
    header.set_size(3073 * 10_000);
    header.set_cksum();
    builder.append(&header, &[0; 512][..]).unwrap();
    let bytes = builder.into_inner().unwrap();
    refuses_archive(
        &gzip(&bytes[..1024]),
        &[BATCH, "30730000 bytes", "found only 512"],
    );
    // A claim beyond the limit is refused before anything is read.
    let limit = format!("at most {} bytes", MAX_CIFAR_RECORDS * 3073);
    header.set_size(1 << 40);
    header.set_cksum();
    let claim = [header.as_bytes(), &[0; 512][..]].concat();
    refuses_archive(&gzip(&claim), &[BATCH, &limit]);
}

#[test]
fn no_single_changed_byte_makes_it_panic() {
    let root = tempfile::tempdir().unwrap();
    let whole = tar(&small_cifar10());
    for at in 0..600 {
        let mut changed = whole.clone();
        changed[at] ^= 0x81;
        put(root.path(), ARCHIVE, &gzip(&changed));
        let _ = load(Cifar10, root.path());
    }
}
