//! A network by name, with the images and classes that it is for.

use model::NetName;

use crate::Error;

/// The largest input, in channels and pixels a side, and the most classes: no count of the largest
/// network overflows then.
const MAX_SIDE: usize = 4096;
const MAX_CLASSES: usize = 65_536;

/// `3x32x32` as channels, height, width; by default what `name` is for.
pub fn input(name: NetName, text: Option<&str>) -> Result<[usize; 3], Error> {
    let Some(text) = text else {
        return Ok(if is_large(name) {
            [3, 224, 224]
        } else {
            [3, 32, 32]
        });
    };
    let sizes: Option<Vec<usize>> = text.split('x').map(|size| size.parse().ok()).collect();
    sizes
        .and_then(|sizes| sizes.try_into().ok())
        .filter(|sizes: &[usize; 3]| sizes.iter().all(|size| (1..=MAX_SIDE).contains(size)))
        .ok_or_else(|| {
            Error::Usage(format!(
                "--input {text}: expected CHANNELSxHEIGHTxWIDTH, such as 3x32x32, with numbers of 1 to {MAX_SIDE}"
            ))
        })
}

/// The number of classes; by default what `name` is for.
pub fn classes(name: NetName, classes: Option<usize>) -> Result<usize, Error> {
    let classes = classes.unwrap_or(if is_large(name) { 1000 } else { 10 });
    if !(1..=MAX_CLASSES).contains(&classes) {
        return Err(Error::Usage(format!(
            "--classes {classes}: expected 1 to {MAX_CLASSES}"
        )));
    }
    Ok(classes)
}

fn is_large(name: NetName) -> bool {
    matches!(name, NetName::ResNet18 { .. })
}
