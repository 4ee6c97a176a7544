//! How sure the finished network is of its validation images.

use burn::tensor::Device;
use data::Loader;
use model::Network;
use run::Margins;

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

fn margin(logits: &[f32]) -> f32 {
    let [mut first, mut second] = [f32::NEG_INFINITY; 2];
    for &logit in logits {
        if logit > first {
            (first, second) = (logit, first);
        } else if logit > second {
            second = logit;
        }
    }
    first - second
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_margin_is_from_the_largest_to_the_second() {
        assert_eq!(margin(&[1.0, 4.0, 2.5]), 1.5);
        assert_eq!(margin(&[4.0, 1.0, 4.0]), 0.0);
        assert_eq!(margin(&[-4.0, -1.0]), 3.0);
    }
}
