//! A user's own pictures in class folders.

mod common;

use std::fs;
use std::path::Path;

use common::pictures::{self, Shade};
use data::{DataError, OwnOptions, load_own, survey};

fn options() -> OwnOptions {
    OwnOptions::default()
}

/// `count` pictures of each class, of `[height, width]`, no two of which are equal.
fn fill(root: &Path, folder: &str, classes: &[&str], count: u32, size: [u32; 2]) {
    for (label, class) in classes.iter().enumerate() {
        for index in 0..count {
            let shade = Shade::of(folder, label as u32, index);
            pictures::png(
                &root.join(folder).join(class).join(format!("{index}.png")),
                size,
                shade,
            );
        }
    }
}

#[test]
fn classes_alone_are_split_by_class() {
    let root = tempfile::tempdir().unwrap();
    fill(root.path(), "", &["dog", "cat", "10", "2"], 10, [6, 5]);
    let (splits, found) = load_own(root.path(), &options()).unwrap();
    assert_eq!(splits.train.class_names(), ["10", "2", "cat", "dog"]);
    assert_eq!(splits.train.shape(), [3, 6, 5]);
    assert_eq!(
        (splits.train.counts(), splits.test.counts()),
        (vec![8; 4], vec![2; 4])
    );
    assert!(splits.validation.is_none() && splits.train.are_in_memory());
    assert_eq!(found.format, "class folders");
    assert!(
        found.split.contains("0.2") && found.split.contains("split seed 0"),
        "{}",
        found.split
    );
    assert_eq!(
        found
            .classes
            .iter()
            .map(|c| (c.train, c.test))
            .collect::<Vec<_>>(),
        [(8, 2); 4]
    );
    assert_eq!(
        (found.imbalance, found.channels, found.suggested_size),
        (1.0, 3, [6, 5])
    );
    assert_eq!(survey(root.path(), &options()).unwrap(), found);
    // The seed decides, threads and memory do not.
    let other = load_own(root.path(), &options().with_split_seed(1))
        .unwrap()
        .0;
    assert_ne!(other.test, splits.test);
    let threads = load_own(root.path(), &options().with_threads(3)).unwrap().0;
    assert_eq!(threads, splits);
    let files = load_own(root.path(), &options().with_max_memory(Some(0)))
        .unwrap()
        .0;
    assert!(!files.train.are_in_memory());
    assert_eq!(files.digests().unwrap(), splits.digests().unwrap());
    for index in 0..splits.test.len() {
        assert_eq!(files.test.read(index).unwrap(), splits.test.image(index));
    }
    let [files, memory] = [files, splits].map(|splits| {
        splits
            .train
            .split_by_class(data::Part::Count(4), 0)
            .unwrap()
    });
    assert_eq!(files.1.labels(), memory.1.labels());
    assert_eq!(files.1.read(3).unwrap(), memory.1.read(3).unwrap());
    assert_eq!(files.0.sample(8).counts(), [2; 4]);
}

#[test]
fn parts_are_known_in_any_case_and_wherever_they_are_wrapped() {
    for (train, other, wrapper, is_test) in [
        ("train", "test", "", true),
        ("Train", "TEST", "My Data/images", true),
        ("training", "valid", "", false),
        ("TRAIN", "val", "x", false),
    ] {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join(wrapper);
        fill(&inner, train, &["a", "b"], 5, [4, 4]);
        fill(&inner, other, &["a", "b"], 2, [4, 4]);
        let (splits, found) = load_own(root.path(), &options()).unwrap();
        let validation = splits.validation.as_ref().map(data::Images::counts);
        if is_test {
            assert_eq!(
                (splits.train.counts(), validation, splits.test.counts()),
                (vec![5, 5], None, vec![2, 2])
            );
        } else {
            assert_eq!(validation, Some(vec![2, 2]));
            assert_eq!(
                (splits.train.counts(), splits.test.counts()),
                (vec![4, 4], vec![1, 1])
            );
        }
        assert_eq!(
            found.classes[1].validation,
            if is_test { 0 } else { 2 },
            "{}",
            found.split
        );
    }
    let root = tempfile::tempdir().unwrap();
    for part in ["train", "validation", "test"] {
        fill(root.path(), part, &["a", "b", "c"], 3, [4, 4]);
    }
    // Deeper pictures belong to their class; a part wrapped in its own name is none.
    fs::rename(root.path().join("train/a"), root.path().join("x")).unwrap();
    fs::create_dir_all(root.path().join("train/a/from camera")).unwrap();
    fs::rename(
        root.path().join("x"),
        root.path().join("train/a/from camera/1"),
    )
    .unwrap();
    fs::rename(root.path().join("test"), root.path().join("y")).unwrap();
    fs::create_dir(root.path().join("test")).unwrap();
    fs::rename(root.path().join("y"), root.path().join("test/Test")).unwrap();
    fs::remove_dir_all(root.path().join("validation/b")).unwrap();
    let (splits, found) = load_own(root.path(), &options()).unwrap();
    assert_eq!(splits.train.counts(), [3; 3]);
    assert_eq!(splits.validation.unwrap().counts(), [3, 0, 3]);
    assert_eq!(splits.test.counts(), [3; 3]);
    assert!(
        found
            .notes
            .iter()
            .any(|note| note == "the validation part has no picture of b"),
        "{:?}",
        found.notes
    );
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let root = tempfile::tempdir().unwrap();
    fill(root.path(), "test", &["a", "b"], 2, [4, 4]);
    let error = survey(root.path(), &options()).unwrap_err().to_string();
    assert!(
        error.contains("train") && error.contains("found test"),
        "{error}"
    );
    fill(root.path(), "train", &["a"], 2, [4, 4]);
    let error = survey(root.path(), &options()).unwrap_err().to_string();
    assert!(
        error.contains("test part") && error.contains("`b`"),
        "{error}"
    );
    let flat = tempfile::tempdir().unwrap();
    pictures::png(&flat.path().join("1.png"), [2, 2], Shade([1, 2, 3]));
    let error = survey(flat.path(), &options()).unwrap_err().to_string();
    assert!(
        error.contains("1 picture that lies in no folder"),
        "{error}"
    );
    let empty = tempfile::tempdir().unwrap();
    let error = survey(empty.path(), &options()).unwrap_err().to_string();
    assert!(error.contains("no files"), "{error}");
    let error = survey(&empty.path().join("none"), &options()).unwrap_err();
    assert!(matches!(error, DataError::Io { .. }), "{error}");
}

#[test]
fn leftovers_and_files_of_no_picture_are_counted_and_named() {
    let root = tempfile::tempdir().unwrap();
    fill(root.path(), "", &["a", "b"], 3, [4, 4]);
    for name in [
        "a/.ipynb_checkpoints/0-checkpoint.png",
        "@eaDir/0.png",
        ".git/0.png",
        "__MACOSX/a/._0.png",
    ] {
        pictures::png(&root.path().join(name), [4, 4], Shade([9; 3]));
    }
    for (name, text) in [
        ("a/Thumbs.db", "x"),
        ("a/x.heic", "y"),
        ("b/y.HEIC", "y"),
        ("b/notes", "z"),
        ("README.txt", "z"),
    ] {
        fs::write(root.path().join(name), text).unwrap();
    }
    fs::create_dir(root.path().join("only heic")).unwrap();
    fs::write(root.path().join("only heic/1.heic"), "y").unwrap();
    // Without an ending: content decides.
    pictures::png(&root.path().join("a/no ending"), [4, 4], Shade([50; 3]));
    let found = survey(root.path(), &options()).unwrap();
    assert_eq!(
        found.classes.iter().map(|c| &*c.name).collect::<Vec<_>>(),
        ["a", "b"]
    );
    let reasons: Vec<(&str, usize)> = found
        .passed_over
        .iter()
        .map(|p| (&*p.reason, p.count))
        .collect();
    let expected = [
        ("hidden", 2),
        ("left there by a system", 3),
        ("no picture in a format that is read", 1),
        ("not read: .heic", 3),
        ("not read: .txt", 1),
    ];
    assert_eq!(reasons, expected);
    assert!(
        found.passed_over[3]
            .examples
            .contains(&"b/y.HEIC".to_owned())
    );
    assert!(
        found.notes.iter().any(|note| note.contains("only heic")),
        "{:?}",
        found.notes
    );
    assert_eq!(found.classes[0].train + found.classes[0].test, 4);
}

#[test]
fn every_bad_file_is_named_at_once_and_can_be_left_out() {
    let root = tempfile::tempdir().unwrap();
    fill(root.path(), "", &["a", "b"], 6, [40, 40]);
    fs::write(root.path().join("a/page.jpg"), "<html></html>").unwrap();
    fs::write(root.path().join("a/empty.png"), "").unwrap();
    let whole = fs::read(root.path().join("b/0.png")).unwrap();
    fs::write(root.path().join("b/cut.png"), &whole[..whole.len() / 2]).unwrap();
    let found = survey(root.path(), &options()).unwrap();
    let bad: Vec<&str> = found.bad.iter().map(|bad| &*bad.path).collect();
    assert_eq!(bad, ["a/empty.png", "a/page.jpg", "b/cut.png"]);
    assert_eq!(found.bad[0].reason, "an empty file");
    assert!(found.bad.iter().all(|bad| !bad.reason.contains('\n')));
    let error = load_own(root.path(), &options()).unwrap_err().to_string();
    assert!(
        error.contains("3 files") && bad.iter().all(|path| error.contains(path)),
        "{error}"
    );
    let (splits, found) = load_own(root.path(), &options().with_skip_bad(true)).unwrap();
    assert_eq!(splits.train.len() + splits.test.len(), 12);
    assert_eq!(found.bad.len(), 3);
}

#[test]
fn sizes_that_differ_need_a_size() {
    let root = tempfile::tempdir().unwrap();
    fill(root.path(), "", &["a", "b"], 6, [40, 40]);
    fill(root.path(), "", &["c"], 6, [30, 50]);
    let error = load_own(root.path(), &options()).unwrap_err();
    assert!(
        matches!(
            error,
            DataError::Sizes {
                suggested: [40, 40],
                ..
            }
        ),
        "{error}"
    );
    let text = error.to_string();
    assert!(
        text.contains("12 of 40x40, 6 of 50x30") && text.contains("from 40x30 to 50x40"),
        "{text}"
    );
    let options = options().with_size(Some([8, 16])).with_channels(Some(1));
    let splits = load_own(root.path(), &options).unwrap().0;
    assert_eq!(splits.test.shape(), [1, 8, 16]);
    let found = survey(root.path(), &options).unwrap();
    assert_eq!(
        (found.different_sizes, found.min_size, found.max_size),
        (2, [30, 40], [40, 50])
    );
}

#[test]
fn what_the_network_sees_is_what_the_preprocessing_makes() {
    let root = tempfile::tempdir().unwrap();
    fill(root.path(), "", &["a", "b"], 4, [9, 13]);
    let options = options().with_size(Some([5, 7])).with_fit(pixels::Fit::Pad);
    let splits = load_own(root.path(), &options).unwrap().0;
    let preprocessing = pixels::Preprocessing::new(3, 5, 7, pixels::Fit::Pad).unwrap();
    let seen: Vec<Vec<u8>> = (0..4)
        .map(|index| {
            let file = fs::read(root.path().join(format!("a/{index}.png"))).unwrap();
            let mut seen = vec![0; preprocessing.len()];
            preprocessing.apply(
                &data::photo::Decoded::decode(&file).unwrap().picture(),
                &mut seen,
            );
            seen
        })
        .collect();
    let parts = [&splits.train, &splits.test];
    let of_a = parts.iter().flat_map(|part| {
        (0..part.len())
            .filter(|&i| part.label(i) == 0)
            .map(|i| part.image(i))
    });
    let of_a: Vec<&[u8]> = of_a.collect();
    assert_eq!(of_a.len(), 4);
    assert!(
        of_a.iter()
            .all(|image| seen.iter().any(|seen| seen == image))
    );
}

#[test]
fn equal_images_are_told_across_parts_and_classes() {
    let root = tempfile::tempdir().unwrap();
    for part in ["train", "test"] {
        fill(root.path(), part, &["a", "b"], 3, [4, 4]);
    }
    let copy =
        |from: &str, to: &str| fs::copy(root.path().join(from), root.path().join(to)).unwrap();
    assert_eq!(
        survey(root.path(), &options()).unwrap().duplicates.images,
        0
    );
    copy("train/a/0.png", "test/a/copy.png");
    copy("train/b/0.png", "train/b/copy.png");
    copy("train/b/1.png", "train/a/other class.png");
    let duplicates = survey(root.path(), &options()).unwrap().duplicates;
    assert_eq!(
        (
            duplicates.images,
            duplicates.across_parts,
            duplicates.across_classes
        ),
        (3, 1, 2)
    );
    assert_eq!(
        duplicates.examples[0],
        ["train/a/0.png (train)", "test/a/copy.png (test)"]
    );
    assert_eq!(
        duplicates.examples[1],
        ["train/a/other class.png (train)", "train/b/1.png (train)"]
    );
    assert_eq!(duplicates.examples.len(), 3);
}

#[test]
fn edge_cases_load_or_say_why_not() {
    // A class of three, an image of one pixel, 90 images of one class.
    let root = tempfile::tempdir().unwrap();
    fill(root.path(), "", &["a", "b"], 3, [1, 1]);
    let splits = load_own(root.path(), &options()).unwrap().0;
    let (train, validation) = splits
        .train
        .split_by_class(data::Part::Fraction(0.1), 0)
        .unwrap();
    assert_eq!(
        [train.counts(), validation.counts(), splits.test.counts()],
        [[1, 1]; 3]
    );
    let root = tempfile::tempdir().unwrap();
    fill(root.path(), "", &["only"], 90, [3, 3]);
    let (splits, found) = load_own(root.path(), &options()).unwrap();
    assert_eq!(
        (splits.train.counts(), splits.test.counts()),
        (vec![72], vec![18])
    );
    assert!(
        found
            .notes
            .iter()
            .any(|note| note.contains("one class alone")),
        "{:?}",
        found.notes
    );
    // A class of one cannot be split; the survey says so.
    let root = tempfile::tempdir().unwrap();
    fill(root.path(), "", &["many"], 5, [3, 3]);
    fill(root.path(), "", &["few"], 1, [3, 3]);
    let error = load_own(root.path(), &options()).unwrap_err().to_string();
    assert_eq!(
        error,
        "class few: expected at least 2 images, one to hold out for the test part, found 1"
    );
    let found = survey(root.path(), &options()).unwrap();
    assert!(found.notes.contains(&error), "{:?}", found.notes);
    assert_eq!(found.classes[0].train, 1);
    // Many classes, spaces and Unicode.
    let root = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..2000)
        .map(|i| format!("Klasse {i:04} ü→{}", if i % 2 == 0 { "猫" } else { "犬" }))
        .collect();
    for (label, name) in names.iter().enumerate() {
        for index in 0..2 {
            pictures::png(
                &root.path().join(name).join(format!("bild {index}.png")),
                [1, 2],
                Shade::of("", label as u32, index),
            );
        }
    }
    let splits = load_own(root.path(), &options()).unwrap().0;
    assert_eq!(splits.train.class_names(), names);
    assert_eq!(splits.test.counts(), [1; 2000]);
}

/// Of file systems that keep both, as those of Linux do.
#[cfg(target_os = "linux")]
#[test]
fn accents_that_are_written_in_two_ways_are_told() {
    let (composed, marks) = ("caf\u{e9}", "cafe\u{301}");
    let root = tempfile::tempdir().unwrap();
    fill(root.path(), "train", &[composed, "tea"], 3, [3, 3]);
    fill(root.path(), "test", &[marks, "tea"], 2, [3, 3]);
    let error = load_own(root.path(), &options()).unwrap_err().to_string();
    assert!(error.contains("accents written in another way"), "{error}");
    let root = tempfile::tempdir().unwrap();
    fill(root.path(), "", &[composed, "tea", marks], 3, [3, 3]);
    let notes = survey(root.path(), &options()).unwrap().notes;
    assert!(
        notes[0].contains("accents written in two ways"),
        "{notes:?}"
    );
    let root = tempfile::tempdir().unwrap();
    fill(root.path(), "train", &["a", "b"], 3, [3, 3]);
    fill(root.path(), "test", &["a", "c"], 2, [3, 3]);
    let error = load_own(root.path(), &options()).unwrap_err().to_string();
    assert!(error.ends_with("found `c` besides"), "{error}");
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text_and_folders_that_nobody_may_write() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::PermissionsExt;

    let root = tempfile::tempdir().unwrap();
    fill(root.path(), "", &["a", "b"], 4, [3, 3]);
    let odd = OsStr::from_bytes(b"odd \xff.png");
    if fs::copy(root.path().join("a/0.png"), root.path().join("a").join(odd)).is_err() {
        return; // This file system has text alone.
    }
    for folder in ["", "a", "b"] {
        fs::set_permissions(root.path().join(folder), fs::Permissions::from_mode(0o555)).unwrap();
    }
    let loaded = load_own(root.path(), &options());
    for folder in ["", "a", "b"] {
        fs::set_permissions(root.path().join(folder), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let (splits, _) = loaded.unwrap();
    assert_eq!(splits.train.len() + splits.test.len(), 9);
    // Classes are told apart by their bytes.
    for name in [b"odd \xff", b"odd \xfe"] {
        let class = root.path().join(OsStr::from_bytes(name));
        fs::create_dir(&class).unwrap();
        for index in 0..2 {
            let picture = root.path().join(format!("a/{index}.png"));
            fs::copy(picture, class.join(format!("{index}.png"))).unwrap();
        }
    }
    let (splits, found) = load_own(root.path(), &options()).unwrap();
    let names = ["a", "b", "odd \\xfe", "odd \\xff"];
    assert_eq!(splits.train.class_names(), names);
    assert!(
        found.notes.iter().any(|note| note.starts_with("3 names")),
        "{:?}",
        found.notes
    );
}

/// A dataset of vehicles may have the class `train`.
#[test]
fn a_class_may_be_called_like_a_part() {
    for name in ["train", "Test", "val"] {
        for wrapper in ["", "vehicles"] {
            let root = tempfile::tempdir().unwrap();
            fill(root.path(), wrapper, &["bus", "car", name], 5, [4, 4]);
            let (splits, found) = load_own(root.path(), &options()).unwrap();
            let mut names = ["bus", "car", name];
            names.sort_unstable();
            assert_eq!(splits.train.class_names(), names);
            assert_eq!(splits.test.counts(), [1; 3]);
            let note = format!("folder {name} is taken for a class");
            assert!(
                found.notes.iter().any(|line| line.contains(&note)),
                "{:?}",
                found.notes
            );
        }
    }
    // A part with the classes that lie beside it is none, and they are no part.
    let root = tempfile::tempdir().unwrap();
    fill(root.path(), "", &["bus", "car"], 5, [4, 4]);
    fill(root.path(), "test", &["bus", "car"], 2, [4, 4]);
    let error = survey(root.path(), &options()).unwrap_err().to_string();
    assert!(
        error.contains("found test with bus, car in it, and beside it"),
        "{error}"
    );
}

#[test]
fn what_is_known_and_not_read_is_named() {
    for (name, bytes, words) in [
        ("a.tar.bz2", &b"BZh91AY&SY...."[..], "bzip2"),
        ("a.tar.xz", b"\xfd7zXZ\0....", "xz"),
        ("a.tar.zst", b"\x28\xb5\x2f\xfd....", "zstd"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c....", "7z archive"),
        ("a.rar", b"Rar!\x1a\x07\0....", "RAR archive"),
        ("a.npy", b"\x93NUMPY\x01\0....", "a single array of numpy"),
    ] {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join(name), bytes).unwrap();
        // Itself, and the folder that it lies in.
        for path in [root.path().join(name), root.path().to_owned()] {
            let error = survey(&path, &options()).unwrap_err();
            assert!(matches!(error, DataError::Foreign { .. }), "{error:?}");
            let error = error.to_string();
            assert!(error.contains(name) && error.contains(words), "{error}");
        }
    }
    for address in ["https://host/cats.zip", "s3://bucket/cats"] {
        let error = survey(Path::new(address), &options())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(address) && error.contains("address"),
            "{error}"
        );
    }
}

/// Whatever is left out, there is something to learn from and to judge by.
#[test]
fn a_part_without_a_readable_picture_is_refused() {
    for bad in ["train", "test"] {
        let root = tempfile::tempdir().unwrap();
        for part in ["train", "test"] {
            fill(root.path(), part, &["cat", "dog"], 3, [6, 5]);
        }
        for class in ["cat", "dog"] {
            for index in 0..3 {
                let file = root.path().join(format!("{bad}/{class}/{index}.png"));
                fs::write(file, "no picture").unwrap();
            }
        }
        let error = load_own(root.path(), &options().with_skip_bad(true)).unwrap_err();
        let said = error.to_string();
        assert!(
            said.contains(&format!("part {bad}")) && said.contains("none"),
            "{said}"
        );
    }
}

/// `cat/train`, `cat/test`, `dog/train`, `dog/test`.
#[test]
fn parts_may_lie_within_the_classes() {
    let root = tempfile::tempdir().unwrap();
    for class in ["cat", "dog"] {
        fill(root.path(), class, &["Train"], 5, [4, 4]);
        fill(root.path(), class, &["test"], 2, [4, 4]);
    }
    let (splits, survey) = load_own(root.path(), &options()).unwrap();
    assert_eq!(splits.train.class_names(), ["cat", "dog"]);
    assert_eq!(
        (splits.train.counts(), splits.test.counts()),
        (vec![5; 2], vec![2; 2])
    );
    let note = "parts are read from within the classes, such as cat/train";
    assert!(
        survey.notes.iter().any(|found| found == note),
        "{:?}",
        survey.notes
    );
    // Which part a class without one is for is not said.
    fill(root.path(), "", &["emu"], 3, [4, 4]);
    let error = load_own(root.path(), &options()).unwrap_err().to_string();
    assert!(
        error.contains("a folder train in each class") && error.contains("emu without one"),
        "{error}"
    );
}

#[test]
fn pictures_of_unknown_classes_and_folders_like_parts_are_named() {
    let root = tempfile::tempdir().unwrap();
    fill(root.path(), "train", &["cat", "dog"], 5, [4, 4]);
    fill(root.path(), "dev", &["cat", "dog"], 2, [4, 4]);
    let (_, survey) = load_own(root.path(), &options()).unwrap();
    let note = "folder dev has 4 pictures in folders of the same classes, and is passed over";
    assert!(
        survey.notes.iter().any(|found| found.starts_with(note)),
        "{:?}",
        survey.notes
    );
    fill(root.path(), "", &["test"], 3, [4, 4]);
    let error = load_own(root.path(), &options()).unwrap_err().to_string();
    assert!(
        error.ends_with(
            "found `test`, in which 3 pictures lie directly, so that their classes are unknown"
        ),
        "{error}"
    );
}
