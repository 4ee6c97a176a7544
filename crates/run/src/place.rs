//! Where a run's own images are, from whatever folder a process works in.

use std::path::{Path, PathBuf};

use data::Source;

use crate::about::About;

/// Where the images of the run in a folder are, which its config calls `given`: a path that is not a
/// whole one means the place where the run found them, if they are still there or nowhere else.
pub fn place_of(folder: &Path, given: Source) -> Source {
    let Some(path) = given.path().filter(|path| path.is_relative()) else {
        return given;
    };
    // What is wrong with the file is said by whoever needs it.
    let about = About::read(folder).ok().flatten();
    let place = about.and_then(|about| about.data.place).map(PathBuf::from);
    match place.filter(|place| place.is_absolute()) {
        Some(place) if place.exists() || !path.exists() => Source::Own(place),
        _ => given,
    }
}

#[cfg(test)]
mod tests {
    use data::Images;

    use super::*;
    use crate::TrainConfig;

    #[test]
    fn the_place_where_the_run_found_them_comes_before_one_of_the_same_name_here() {
        let dir = tempfile::tempdir().unwrap();
        let (images, run) = (dir.path().join("images"), dir.path().join("run"));
        let of = |given: &str| place_of(&run, Source::Own(given.into()));
        let here = Source::Own("./src".into());
        assert_eq!(of("./src"), here, "no run says more");
        for folder in [&images, &run] {
            std::fs::create_dir(folder).unwrap();
        }
        let pictures = || {
            let names = vec!["a".into(), "b".into()];
            Images::new(1, 8, 8, names, vec![0; 128], vec![0, 1]).unwrap()
        };
        let splits = data::Splits {
            train: pictures(),
            validation: None,
            test: pictures(),
        };
        let config = TrainConfig::recipe(Source::Own(images.clone()));
        let about = About::new(&config, &splits, Path::new("unused")).unwrap();
        about.write(&run).unwrap();
        let there = config.dataset.absolute();
        assert_eq!([of("./src"), of("./none")], [there.clone(), there.clone()]);
        assert_eq!(of("/whole"), Source::Own("/whole".into()));
        // Moved with all that is around it.
        std::fs::remove_dir(&images).unwrap();
        assert_eq!([of("./src"), of("./none")], [here, there]);
        assert_eq!(place_of(&run, Source::default()), Source::default());
    }
}
