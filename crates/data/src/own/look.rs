//! One look at every picture: whether it can be read, and what it is.

use sha2::{Digest, Sha256};

use super::found::Found;
use super::watch::Counter;
use super::{OwnOptions, Watch, parallel};

/// What is known of a picture that was decoded.
pub(super) struct Seen {
    /// Height and width, upright.
    pub(super) size: [u32; 2],
    pub(super) mode: &'static str,
    /// Whether it is stored in colour.
    pub(super) colour: bool,
    /// Whether it is stored in colour, and all its pixels are grey.
    pub(super) grey_content: bool,
    /// Of the decoded pixels.
    pub(super) digest: [u8; 16],
}

/// What became of a picture: what was seen, or why it cannot be read.
pub(super) type Look = Result<Seen, String>;

/// The looks at all pictures of all parts: train, then validation, then test.
pub(super) fn look(found: &Found, options: &OwnOptions, watch: &dyn Watch) -> Vec<Look> {
    let parts = [
        Some(&found.parts.train),
        found.parts.validation.as_ref(),
        found.parts.test.as_ref(),
    ];
    let pictures: Vec<usize> = parts
        .into_iter()
        .flatten()
        .flatten()
        .map(|&(picture, _)| picture)
        .collect();
    let tell = |done, all| watch.looked(done, all);
    let counter = Counter::new(pictures.len(), &tell);
    parallel::map(pictures.len(), options.threads, |index| {
        let look = found
            .pictures
            .with(pictures[index], |picture, bytes, mode| {
                let channels = picture.channels().count();
                let colour = channels >= 3;
                let mut digest = Sha256::new();
                digest.update([channels as u8, picture.orientation().exif()]);
                picture
                    .size()
                    .iter()
                    .for_each(|side| digest.update(side.to_le_bytes()));
                digest.update(bytes);
                let digest: [u8; 32] = digest.finalize().into();
                Seen {
                    size: picture.size(),
                    mode,
                    colour,
                    grey_content: colour
                        && bytes
                            .chunks_exact(channels)
                            .all(|p| p[0] == p[1] && p[1] == p[2]),
                    digest: digest[..16].try_into().expect("16 of 32 bytes"),
                }
            });
        counter.tick();
        look
    })
}
