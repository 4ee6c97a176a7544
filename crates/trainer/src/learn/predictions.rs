//! What a network makes of each image of a set.

use burn::tensor::Device;
use data::Loader;
use model::Network;
use run::Prediction;

use super::score::first_largest;
use super::{Score, mean_softmax, predict};
use crate::Error;

/// Scores a network, with its stored moments, on all images of a loader, and keeps what it makes of each.
///
/// # Errors
///
/// As [`predict`].
pub fn score_each(
    net: &Network,
    loader: &Loader,
    device: &Device,
) -> Result<(Score, Vec<Prediction>), Error> {
    let classes = loader.images().classes();
    let mut score = Score::new(classes);
    let mut predictions = Vec::with_capacity(loader.images().len());
    predict(net, loader, device, |batch, logits| {
        score.add(logits, &batch.labels);
        let rows = logits.chunks(classes * batch.views);
        for (place, logits) in rows.enumerate() {
            predictions.push(prediction(
                batch.indices[place],
                batch.labels[place],
                &mean_softmax(logits, classes),
            ));
        }
    })?;
    Ok((score, predictions))
}

/// The first of the most probable classes.
fn prediction(index: u32, class: u16, probabilities: &[f64]) -> Prediction {
    let best = first_largest(probabilities);
    let confidence = probabilities[best];
    let others = probabilities
        .iter()
        .enumerate()
        .filter(|&(class, _)| class != best);
    let next = others
        .map(|(_, &probability)| probability)
        .fold(0.0, f64::max);
    Prediction {
        index,
        class: class.into(),
        prediction: best as u32,
        confidence,
        margin: confidence - next,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equal_classes_is_predicted_with_its_lead_over_the_next() {
        let found = prediction(7, 2, &[0.125, 0.5, 0.25, 0.125]);
        assert_eq!((found.index, found.class, found.prediction), (7, 2, 1));
        assert_eq!((found.confidence, found.margin), (0.5, 0.25));
        let tied = prediction(0, 1, &[0.5, 0.5]);
        assert_eq!((tied.prediction, tied.margin), (0, 0.0));
        assert!(prediction(0, 0, &[f64::NAN; 2]).confidence.is_nan());
    }
}
