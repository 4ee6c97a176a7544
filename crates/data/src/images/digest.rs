//! What a dataset is, as two digests: whether the images are those of another time.
//!
//! ```text
//! image    SHA-256 of: part, class name, each with its length; channels, height, width; pixels
//!          (of photographs that stay in their files: the file's bytes in place of the last two)
//! content  SHA-256 of all images' digests, sorted: free of the order of images and classes
//! order    SHA-256 of all images' digests, as they come
//! ```
//!
//! Lengths and sizes are 64 bits, little-endian.

use std::num::NonZero;
use std::thread;

use sha2::{Digest, Sha256};

use super::{Images, Pixels, Splits};
use crate::DataError;
use crate::own::parallel;

/// The digests of a dataset, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Digests {
    /// Free of the order of the images.
    pub content: String,
    /// Of the images in their order.
    pub order: String,
}

type Sum = [u8; 32];

impl Splits {
    /// The digests of all parts together.
    ///
    /// # Errors
    ///
    /// When a photograph cannot be read.
    pub fn digests(&self) -> Result<Digests, DataError> {
        let mut sums = self.train.sums("train")?;
        if let Some(validation) = &self.validation {
            sums.extend(validation.sums("validation")?);
        }
        sums.extend(self.test.sums("test")?);
        let order = hexadecimal(&sums);
        sums.sort_unstable();
        Ok(Digests {
            content: hexadecimal(&sums),
            order,
        })
    }
}

impl Images {
    /// How many images each class has.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes()];
        for &label in self.labels() {
            counts[usize::from(label)] += 1;
        }
        counts
    }

    /// The digest of each image, on all threads.
    fn sums(&self, part: &str) -> Result<Vec<Sum>, DataError> {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let size = self.len().div_ceil(threads).max(1);
        let digest = |chunk: usize| -> Result<Vec<Sum>, DataError> {
            let end = self.len().min((chunk + 1) * size);
            (chunk * size..end)
                .map(|index| self.sum(part, index))
                .collect()
        };
        let chunks = parallel::map(self.len().div_ceil(size), threads, digest);
        // In order, so that of several unreadable files the first is named.
        let chunks: Vec<Vec<Sum>> = chunks.into_iter().collect::<Result<_, _>>()?;
        Ok(chunks.concat())
    }

    fn sum(&self, part: &str, index: usize) -> Result<Sum, DataError> {
        let class = &self.class_names[usize::from(self.labels[index])];
        let mut sum = Sha256::new();
        for word in [part, class] {
            sum.update((word.len() as u64).to_le_bytes());
            sum.update(word);
        }
        match &self.pixels {
            // The same whether there is room for them in memory or not.
            Pixels::Memory(_) | Pixels::Own(_) => {
                for size in self.shape() {
                    sum.update((size as u64).to_le_bytes());
                }
                sum.update(self.read(index)?);
            }
            Pixels::Files(folders) => sum.update(folders.bytes(index, class)?),
        }
        Ok(sum.finalize().into())
    }
}

fn hexadecimal(sums: &[Sum]) -> String {
    let mut all = Sha256::new();
    for sum in sums {
        all.update(sum);
    }
    let bytes: Sum = all.finalize().into();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::numbered;
    use super::*;

    fn splits(images: Images) -> Splits {
        Splits {
            train: images,
            validation: None,
            test: numbered(2),
        }
    }

    #[test]
    fn content_is_free_of_order_and_of_nothing_else() {
        let digests = |images| splits(images).digests().unwrap();
        let whole = digests(numbered(5));
        assert_eq!(whole, digests(numbered(5)));
        assert_ne!(whole.content, digests(numbered(4)).content);
        let build = |order: [u8; 5], names: [&str; 2], flip: u16| {
            let pixels = order.iter().flat_map(|&i| [i, i.wrapping_mul(2)]).collect();
            let labels = order.iter().map(|&i| u16::from(i % 2) ^ flip).collect();
            Images::new(1, 1, 2, names.map(String::from).to_vec(), pixels, labels).unwrap()
        };
        let turned = digests(build([4, 3, 2, 1, 0], ["even", "odd"], 0));
        assert_eq!(turned.content, whole.content);
        assert_ne!(turned.order, whole.order);
        // The same images in the same classes, whose numbers changed places.
        let swapped = digests(build([0, 1, 2, 3, 4], ["odd", "even"], 1));
        assert_eq!(swapped, whole);
        let renamed = digests(build([0, 1, 2, 3, 4], ["even", "strange"], 0));
        assert_ne!(renamed.content, whole.content);
        let other_part = Splits {
            train: numbered(2),
            validation: None,
            test: numbered(5),
        };
        assert_ne!(other_part.digests().unwrap().content, whole.content);
    }

    #[test]
    fn classes_are_counted() {
        assert_eq!(numbered(5).counts(), [3, 2]);
    }
}
