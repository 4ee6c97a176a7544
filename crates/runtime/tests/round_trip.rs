//! What is written is what is read.

mod common;

use common::{variants, wide};
use runtime::pixels::Fit;
use runtime::{Model, Preprocessing, Rejection};

#[test]
fn every_kind_of_network_comes_back_equal() {
    for (name, parts) in variants() {
        let model = parts
            .model()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let file = model.write().unwrap();
        let back = Model::read(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(back, model, "{name}");
        assert_eq!(
            back.write().unwrap(),
            file,
            "{name}: the same network, the same bytes"
        );
    }
}

#[test]
fn preprocessing_and_rejection_come_back() {
    let model = wide(1, [3, 9, 12], 4, 1, 2).model().unwrap();
    let file = model.write().unwrap();
    let text = String::from_utf8_lossy(&file).into_owned();
    for word in ["preprocessing", "rejection", "residual_scales"] {
        assert!(
            !text.contains(word),
            "files of before have no word `{word}`"
        );
    }
    let bare = Model::read(&file).unwrap();
    assert_eq!(bare.preprocessing(), Preprocessing::None);
    assert_eq!(bare.rejection(), None);
    assert_eq!(bare.residual_scales(), None);
    let scales = (1..=16).map(|channel| channel as f32 / 7.0).collect();
    let narrow = model.clone().with_residual_scales(Some(scales)).unwrap();
    let file = narrow.write().unwrap();
    assert_eq!(Model::read(&file).unwrap(), narrow);
    let back = narrow.with_residual_scales(None).unwrap();
    assert_eq!(back.write().unwrap(), model.write().unwrap());
    for fit in Fit::ALL {
        for threshold in [0.0, 0.1, 1.25, 1e-45, f32::MAX] {
            let rejection = Rejection::new(threshold, 0.95, 1234);
            let model = model
                .clone()
                .with_preprocessing(Preprocessing::Fit(fit))
                .and_then(|model| model.with_rejection(Some(rejection)))
                .unwrap();
            let file = model.write().unwrap();
            let back = Model::read(&file).unwrap();
            assert_eq!(back, model, "{fit} {threshold}");
            assert_eq!(back.write().unwrap(), file);
        }
    }
    let photos = wide(2, [3, 224, 224], 4, 1, 2).model().unwrap();
    let photos = photos
        .with_preprocessing(Preprocessing::CentreCrop)
        .unwrap();
    assert_eq!(Model::read(&photos.write().unwrap()).unwrap(), photos);
}

#[test]
fn the_packed_20_10_takes_at_most_3_45_megabytes() {
    let model = wide(1, [3, 32, 32], 160, 3, 10).model().unwrap();
    let bits: usize = model.convs().iter().map(|conv| conv.weight_count()).sum();
    let bytes: usize = model
        .convs()
        .iter()
        .map(|conv| conv.signs().unwrap().1.len())
        .sum();
    assert_eq!(bits, 26_737_120);
    assert_eq!(bits.div_ceil(8), 3_342_140);
    assert_eq!(bytes, 3_342_240, "rows of whole bytes");
    let file = model.write().unwrap();
    println!("20-10: {} bytes", file.len());
    assert!(file.len() <= 3_450_000, "{} bytes", file.len());
    assert_eq!(Model::read(&file).unwrap(), model);
}

#[cfg(feature = "std")]
#[test]
fn files_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.onebit");
    let [first, second] = [1, 2].map(|seed| wide(seed, [1, 8, 8], 4, 1, 2).model().unwrap());
    first.save(&path).unwrap();
    assert_eq!(Model::load(&path).unwrap(), first);
    second.save(&path).unwrap();
    assert_eq!(Model::load(&path).unwrap(), second);
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing is left aside: {left:?}");

    let nowhere = folder.path().join("no").join("net.onebit");
    let error = first.save(&nowhere).unwrap_err().to_string();
    assert!(
        error.contains("net.onebit: no such file or folder; check the path"),
        "{error}"
    );
    let error = Model::load(&nowhere).unwrap_err().to_string();
    assert!(
        error.contains("net.onebit: no such file or folder; check the path"),
        "{error}"
    );
    let error = Model::load(folder.path()).unwrap_err().to_string();
    assert!(error.contains("no regular file"), "{error}");
    std::fs::write(&path, b"GIF89a, and not a network").unwrap();
    let error = Model::load(&path).unwrap_err().to_string();
    assert!(
        error.contains("net.onebit") && error.contains("a GIF picture"),
        "{error}"
    );
}

#[cfg(unix)]
#[cfg(feature = "std")]
#[test]
fn saving_keeps_what_a_path_is() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let model = wide(1, [1, 8, 8], 4, 1, 2).model().unwrap();
    let (path, link) = (folder.path().join("net.onebit"), folder.path().join("link"));
    std::fs::write(&path, b"before").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&path, &link).unwrap();
    model.save(&link).unwrap();
    assert!(link.is_symlink());
    assert_eq!(Model::load(&path).unwrap(), model);
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    // A folder stands for whatever is no file: devices and pipes are not made here.
    let error = model.save(folder.path()).unwrap_err().to_string();
    assert!(error.contains("no regular file"), "{error}");
}
