//! How sure the finished network is of its validation images.

use burn::tensor::Device;
use data::Loader;
use model::Network;
use run::Margins;
use runtime::margin;

use crate::Error;
use crate::learn::predict;

/// The margins of a network, with its stored moments, on all images of a loader: by how much the largest logit is
/// above the second. `None` where there is no image, or no second class.
///
/// # Errors
///
/// As [`predict`].
pub fn margins(net: &Network, loader: &Loader, device: &Device) -> Result<Option<Margins>, Error> {
    let classes = loader.images().classes();
    if classes < 2 {
        return Ok(None);
    }
    let mut margins = Vec::with_capacity(loader.images().len());
    predict(net, loader, device, |_, logits| {
        margins.extend(logits.chunks(classes).map(margin));
    })?;
    Ok(Margins::new(margins))
}
