//! Images from parts that fit together.
use word_list::Counted;

use super::{Images, PhotoFolders, Pixels};
use crate::DataError;

impl Images {
    /// Images from their parts: `pixels` is N×C×H×W, row by row, `labels` is N class indices.
    ///
    /// # Errors
    ///
    /// [`DataError::Images`] when a dimension is 0, when there is no class or more than 65,536,
    /// when the lengths do not fit each other, or when a label names no class.
    pub fn new(
        channels: usize,
        height: usize,
        width: usize,
        class_names: Vec<String>,
        pixels: Vec<u8>,
        labels: Vec<u16>,
    ) -> Result<Self, DataError> {
        let wrong = |expected: String, found: String| Err(DataError::Images { expected, found });
        let size = channels
            .checked_mul(height)
            .and_then(|size| size.checked_mul(width));
        let Some(size) = size.filter(|&size| size > 0) else {
            return wrong(
                "channels, height and width of 1 or more whose product can be addressed".into(),
                format!("{channels} x {height} x {width}"),
            );
        };
        if class_names.is_empty() || class_names.len() > usize::from(u16::MAX) + 1 {
            return wrong(
                "1 to 65536 class names".into(),
                class_names.len().to_string(),
            );
        }
        if labels.len() > u32::MAX as usize {
            return wrong(
                format!("at most {} images", u32::MAX),
                labels.len().to_string(),
            );
        }
        if labels.len().checked_mul(size) != Some(pixels.len()) {
            return wrong(
                format!(
                    "{} of {size} bytes, one per label",
                    Counted(labels.len(), "image")
                ),
                Counted(pixels.len(), "byte").to_string(),
            );
        }
        if let Some(index) = labels
            .iter()
            .position(|&l| usize::from(l) >= class_names.len())
        {
            return wrong(
                format!("labels below {}", class_names.len()),
                format!("{} at image {index}", labels[index]),
            );
        }
        Ok(Self {
            channels,
            height,
            width,
            class_names,
            pixels: Pixels::Memory(pixels),
            labels,
        })
    }

    /// Photographs that stay in their files, of which `shape` (channels, height, width) is seen.
    pub(crate) fn photos(
        [channels, height, width]: [usize; 3],
        class_names: Vec<String>,
        folders: PhotoFolders,
        labels: Vec<u16>,
    ) -> Result<Self, DataError> {
        if folders.len() != labels.len() {
            return Err(DataError::Images {
                expected: format!("{}, one per label", Counted(labels.len(), "file")),
                found: folders.len().to_string(),
            });
        }
        let empty = Self::new(channels, height, width, class_names, Vec::new(), Vec::new())?;
        Ok(Self {
            pixels: Pixels::Files(folders),
            labels,
            ..empty
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let names = |n: usize| vec![String::from("class"); n];
        let cases = [
            (Images::new(0, 1, 1, names(1), vec![], vec![]), "channels"),
            (
                Images::new(usize::MAX, 2, 1, names(1), vec![], vec![]),
                "product",
            ),
            (
                Images::new(1, 1, 1, names(0), vec![], vec![]),
                "1 to 65536 class names",
            ),
            (Images::new(1, 1, 1, names(65_537), vec![], vec![]), "65537"),
            (
                Images::new(1, 1, 1, names(2), vec![0; 3], vec![0; 2]),
                "3 bytes",
            ),
            (
                Images::new(1, 1, 1, names(2), vec![0; 2], vec![0, 2]),
                "2 at image 1",
            ),
        ];
        for (result, word) in cases {
            let error = result.unwrap_err().to_string();
            assert!(error.contains(word), "`{word}` is not in: {error}");
        }
    }
}
