//! A network that was opened, and the image that it sees.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use pixels::{Channels, Fit, Orientation, Picture};
use runtime::integer::{Forward, Network};
use runtime::{Model, Preprocessing};

use crate::{about, room};

/// The most bytes that a network may compute in. A browser has 4 GiB for a module at most, a phone less.
pub const MAX_MEMORY: u64 = 1 << 30;

/// A network, with the memory to compute.
pub struct Session {
    model: Model,
    /// The file's own word.
    preprocessing: &'static str,
    network: &'static Network,
    forward: Forward<'static>,
    image: Vec<u8>,
    logits: Vec<i32>,
    file_bytes: usize,
}

impl Session {
    /// Opens a packed file. What it holds is kept until the program ends, since the tables that compute refer to it: an
    /// instance of the module is for one network.
    ///
    /// # Errors
    ///
    /// What is wrong with the file, in words: that it is damaged, has no steps of 8-bit activations or weights that integers do
    /// not compute, or needs more than [`MAX_MEMORY`].
    pub fn open(file: &[u8]) -> Result<Self, String> {
        let model = Model::read(file).map_err(|error| error.to_string())?;
        let preprocessing = model.preprocessing().name();
        // What pictures of other sizes become where the file says nothing: their middle.
        let [channels, ..] = model.input();
        let model = match model.preprocessing() {
            Preprocessing::None if matches!(channels, 1 | 3) => {
                let fit = Preprocessing::Fit(Fit::Crop);
                model.clone().with_preprocessing(fit).unwrap_or(model)
            }
            _ => model,
        };
        let network = Network::new(&model).map_err(|error| error.to_string())?;
        let needed = room::needed(&network);
        if needed > MAX_MEMORY {
            return Err(format!(
                "expected a network that computes in at most {} MiB, found one that takes {}",
                MAX_MEMORY >> 20,
                needed.div_ceil(1 << 20)
            ));
        }
        let network: &'static Network = Box::leak(Box::new(network));
        Ok(Self {
            forward: Forward::new(network),
            image: vec![0; model.image_len()],
            logits: Vec::with_capacity(model.classes()),
            file_bytes: file.len(),
            model,
            preprocessing,
            network,
        })
    }

    /// The network, its classes and where it comes from, as JSON.
    pub fn about(&self) -> String {
        about::json(
            &self.model,
            self.network,
            self.preprocessing,
            self.file_bytes,
        )
    }

    /// Makes the image that the network reads of a picture: `height` rows of `width` pixels, each of `channels` bytes (1 grey,
    /// 2 grey and opacity, 3 red, green and blue, 4 those and opacity).
    ///
    /// # Errors
    ///
    /// When the bytes are no such picture, or the network reads none.
    pub fn see(
        &mut self,
        pixels: &[u8],
        width: u32,
        height: u32,
        channels: usize,
    ) -> Result<(), String> {
        let channels = Channels::from_count(channels).map_err(|error| error.to_string())?;
        let picture = Picture::new(pixels, width, height, channels, Orientation::default());
        let picture = picture.map_err(|error| error.to_string())?;
        let seen = self.model.see(&picture, &mut self.image);
        seen.map_err(|error| error.to_string())
    }

    /// The image that the network reads: channels × height × width bytes.
    pub fn image(&mut self) -> &mut [u8] {
        &mut self.image
    }

    /// Computes the logits of the image. The answer is the class, or `None` for none of these.
    ///
    /// # Errors
    ///
    /// None of an image of the network's size, which [`image`](Self::image) always has.
    pub fn classify(&mut self) -> Result<Option<usize>, String> {
        let logits = self.forward.logits(&self.image);
        let logits = logits.map_err(|error| error.to_string())?;
        self.logits.clear();
        self.logits.extend_from_slice(logits);
        Ok(self.network.answer(logits))
    }

    /// The logits of the last image, in steps of 2^−`logitBits`.
    pub fn logits(&self) -> &[i32] {
        &self.logits
    }
}
