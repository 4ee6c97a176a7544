//! From a decoded picture of any size to what a network sees of it.

use std::ffi::c_char;

use runtime::Preprocessing;
use runtime::pixels::{Channels, Fit, Orientation, Picture, PixelsError};

use crate::memory::{apart, handle, input, output};
use crate::model::ModelHandle;
use crate::status::{Failure, ONEBIT_ARGUMENT, Status, argument, guard};

/// What becomes of a picture before the network sees it, as onebit_model_see does it: "crop", "pad" or "stretch" of one
/// of any size; "centre-crop", the middle of a photograph; "none", which takes pictures of the network's size alone. The
/// text is always there. NULL for NULL.
///
/// # Safety
///
/// model is NULL or a network.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn onebit_model_preprocessing(model: *const ModelHandle) -> *const c_char {
    // SAFETY: as the caller promises.
    let Some(model) = (unsafe { model.as_ref() }) else {
        return std::ptr::null();
    };
    let word = match model.model.preprocessing() {
        Preprocessing::Fit(Fit::Crop) => c"crop",
        Preprocessing::Fit(Fit::Pad) => c"pad",
        Preprocessing::Fit(Fit::Stretch) => c"stretch",
        Preprocessing::CentreCrop => c"centre-crop",
        _ => c"none",
    };
    word.as_ptr()
}

/// Makes the image that the network reads of a decoded picture: the same bytes as in training, as
/// onebit_model_preprocessing has it. pixels holds height rows of width pixels from above, the channels of a pixel
/// beside each other, 8 bits each: 1 (grey), 2 (grey and opacity), 3 (red, green, blue) or 4 (these and opacity);
/// pixels_length is width * height * channels. What is not opaque stands over white. orientation is EXIF's, 1 to 8, for
/// pixels that are as the camera stored them; 0 is the same as 1. image takes the bytes of one image; image_length is
/// onebit_model_image_length. ONEBIT_ARGUMENT when the picture should have the network's size and has another:
/// scale it first.
///
/// # Safety
///
/// model is NULL or a network; so many bytes can be read at pixels, so many be written at image, and no other thread
/// touches them during the call.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)] // C has no better way that ctypes could take too.
pub unsafe extern "C" fn onebit_model_see(
    model: *const ModelHandle,
    pixels: *const u8,
    pixels_length: usize,
    width: u32,
    height: u32,
    channels: u32,
    orientation: u32,
    image: *mut u8,
    image_length: usize,
) -> Status {
    guard(|| {
        // SAFETY: as the caller promises.
        let model = unsafe { handle("model", model) }?;
        if image_length != model.model.image_len() {
            let expected = model.model.image_len().to_string();
            return Err(argument("image_length", &expected, image_length));
        }
        let channels = Channels::from_count(channels as usize)?;
        let exif = u16::try_from(orientation.max(1)).unwrap_or(u16::MAX);
        let orientation = Orientation::from_exif(exif)?;
        apart((pixels, pixels_length), (image, image_length))?;
        // SAFETY: as the caller promises.
        let pixels = unsafe { input("pixels", pixels, pixels_length) }?;
        let picture = Picture::new(pixels, width, height, channels, orientation)?;
        // SAFETY: as the caller promises, and it is not the pixels.
        let image = unsafe { output("image", image, image_length) }?;
        model.model.see(&picture, image).map_err(|error| {
            let mut failure = Failure::from(error);
            let [_, rows, columns] = model.model.input();
            let same = picture.size().map(|side| side as usize) == [rows, columns];
            if model.model.preprocessing() == Preprocessing::None && !same {
                failure.message += "; scale it first, since the file does not say how";
            }
            failure
        })
    })
}

impl From<PixelsError> for Failure {
    fn from(error: PixelsError) -> Self {
        Self {
            status: ONEBIT_ARGUMENT,
            message: format!("{error}; see onebit.h"),
        }
    }
}
