//! Softmax cross-entropy: of one label or two of each image, with weights of the classes, and with
//! smoothed labels.

use burn::nn::loss::CrossEntropyLossConfig;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor};

use super::ImageBatch;
use super::batch::MixedLabels;

/// What the labels of a batch ask of its logits.
pub struct Labels {
    labels: Tensor<1, Int>,
    mixed: Option<MixedLabels>,
    /// What a loss of each class counts, `[classes]`.
    weights: Option<Tensor<1>>,
    /// The share of a label that is spread over all classes.
    smoothing: f64,
}

impl Labels {
    /// Those of a batch; `weights` holds one for each class, or each counts 1.
    pub fn new(batch: &ImageBatch, weights: Option<&[f32]>) -> Self {
        let device = batch.images.device();
        Self {
            labels: batch.labels.clone(),
            mixed: batch.mixed.clone(),
            weights: weights.map(|weights| Tensor::from_floats(weights, &device)),
            smoothing: 0.0,
        }
    }

    /// The same with this share of each label spread evenly over all classes, each of which counts
    /// what its weight says, as PyTorch has it.
    #[must_use]
    pub fn smoothed(self, smoothing: f64) -> Self {
        Self { smoothing, ..self }
    }

    /// What the images count together, `[1]`; `None` where each counts 1.
    pub fn weight(&self) -> Option<Tensor<1>> {
        let weights = self.weights.as_ref()?;
        let of = |labels: &Tensor<1, Int>| weights.clone().gather(0, labels.clone());
        Some(self.shared(of).sum())
    }

    /// The mean over the images. With weights it is that of PyTorch: the sum of the weighted losses,
    /// divided by the sum of the weights.
    ///
    /// Of an image that is mixed with another, loss and weight are those of both labels by their
    /// shares. Without either it is Burn's, to the bit. Shapes: logits `[batch, classes]`, the result
    /// `[1]`.
    pub fn loss(&self, logits: Tensor<2>) -> Tensor<1> {
        if self.mixed.is_none() && self.weights.is_none() && self.smoothing == 0.0 {
            let loss = CrossEntropyLossConfig::new().init(&logits.device());
            return loss.forward(logits, self.labels.clone());
        }
        let [images, classes] = logits.dims();
        let logarithms = log_softmax(logits, 1);
        let of = |labels: &Tensor<1, Int>| {
            let places = labels.clone().reshape([images, 1]);
            let loss = logarithms.clone().gather(1, places).reshape([images]).neg();
            match &self.weights {
                Some(weights) => loss * weights.clone().gather(0, labels.clone()),
                None => loss,
            }
        };
        let mut loss = self.shared(of).sum();
        if self.smoothing > 0.0 {
            let all = match &self.weights {
                Some(weights) => logarithms.clone() * weights.clone().reshape([1, classes]),
                None => logarithms.clone(),
            };
            let spread = all.sum() * (-self.smoothing / classes as f64);
            loss = loss * (1.0 - self.smoothing) + spread;
        }
        match self.weight() {
            Some(weight) => loss / weight,
            None => loss / images as f64,
        }
    }

    /// The mean over the images of another loss, `[batch]`, in which they count what they count in
    /// [`loss`](Self::loss).
    pub fn mean(&self, losses: Tensor<1>) -> Tensor<1> {
        let Some(weights) = &self.weights else {
            return losses.mean();
        };
        let of = |labels: &Tensor<1, Int>| weights.clone().gather(0, labels.clone());
        let counts = self.shared(of);
        (losses * counts.clone()).sum() / counts.sum()
    }

    /// A value of each image, `[batch]`: that of its label, or of both labels by their shares.
    fn shared(&self, of: impl Fn(&Tensor<1, Int>) -> Tensor<1>) -> Tensor<1> {
        let own = of(&self.labels);
        match &self.mixed {
            None => own,
            Some(mixed) => {
                let others = of(&mixed.labels);
                others.clone() + (own - others) * mixed.shares.clone()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    const LOGITS: [[f32; 3]; 4] = [
        [1.0, 2.0, 0.5],
        [-1.0, 0.0, 3.0],
        [0.0, 0.0, 0.0],
        [4.0, -2.0, 1.0],
    ];
    const LABELS: [i32; 4] = [1, 0, 2, 0];
    const OTHERS: [i32; 4] = [0, 2, 1, 0];
    const SHARES: [f32; 4] = [0.5, 0.75, 1.0, 0.625];
    const WEIGHTS: [f32; 3] = [0.5, 2.0, 1.25];

    fn batch(mixed: bool, device: &Device) -> ImageBatch {
        ImageBatch {
            images: Tensor::zeros([4, 1, 1, 1], device),
            labels: Tensor::from_data(LABELS, device),
            mixed: mixed.then(|| MixedLabels {
                labels: Tensor::from_data(OTHERS, device),
                shares: Tensor::from_data(SHARES, device),
            }),
        }
    }

    /// Loss and weight by the formula.
    fn expected(mixed: bool, weighted: bool) -> (f64, f64) {
        let (mut sum, mut weights) = (0.0, 0.0);
        for (image, logits) in LOGITS.iter().enumerate() {
            let total: f64 = logits.iter().map(|&logit| f64::from(logit).exp()).sum();
            let share = if mixed { f64::from(SHARES[image]) } else { 1.0 };
            for (label, share) in [(LABELS[image], share), (OTHERS[image], 1.0 - share)] {
                let label = label as usize;
                let weight = if weighted {
                    f64::from(WEIGHTS[label])
                } else {
                    1.0
                };
                sum += share * weight * (total.ln() - f64::from(logits[label]));
                weights += share * weight;
            }
        }
        (sum / weights, weights)
    }

    #[test]
    fn the_mean_is_that_of_the_formula() {
        let device = Device::default();
        for mixed in [false, true] {
            for weighted in [false, true] {
                let batch = batch(mixed, &device);
                let labels = Labels::new(&batch, weighted.then_some(&WEIGHTS));
                let logits = Tensor::from_data(LOGITS, &device);
                let found = labels.loss(logits).into_scalar::<f32>();
                let (loss, weight) = expected(mixed, weighted);
                assert!(
                    (f64::from(found) - loss).abs() < 1e-5,
                    "mixed {mixed}, weighted {weighted}: {found}, expected {loss}"
                );
                let found = labels.weight().map(|weight| weight.into_scalar::<f32>());
                assert_eq!(found.is_some(), weighted);
                assert!(found.is_none_or(|found| (f64::from(found) - weight).abs() < 1e-5));
            }
        }
    }

    /// By the formula: (1 − s) · loss of the label + s/K · Σ w · loss of each class, over the sum of
    /// what the labels count.
    #[test]
    fn smoothed_labels_and_other_losses_count_by_the_formula() {
        let device = Device::default();
        let smoothing = 0.25;
        for weighted in [false, true] {
            let weights = weighted.then_some(&WEIGHTS[..]);
            let labels = Labels::new(&batch(false, &device), weights).smoothed(smoothing);
            let found = labels.loss(Tensor::from_data(LOGITS, &device));
            let (mut sum, mut count, mut other) = (0.0, 0.0, 0.0);
            for (image, logits) in LOGITS.iter().enumerate() {
                let total: f64 = logits.iter().map(|&logit| f64::from(logit).exp()).sum();
                let weight = |class: usize| weights.map_or(1.0, |all| f64::from(all[class]));
                let loss = |class: usize| weight(class) * (total.ln() - f64::from(logits[class]));
                let label = LABELS[image] as usize;
                sum += (1.0 - smoothing) * loss(label);
                sum += smoothing / 3.0 * (0..3).map(loss).sum::<f64>();
                count += weight(label);
                other += weight(label) * f64::from(SHARES[image]);
            }
            let found = f64::from(found.into_scalar::<f32>());
            assert!(
                (found - sum / count).abs() < 1e-5,
                "{found}, {}",
                sum / count
            );
            let found = labels.mean(Tensor::from_data(SHARES, &device));
            let found = f64::from(found.into_scalar::<f32>());
            assert!((found - other / count).abs() < 1e-6, "{found}");
        }
    }

    #[test]
    fn equal_weights_and_whole_shares_change_nothing() {
        let device = Device::default();
        let logits = || Tensor::from_data(LOGITS, &device);
        let plain = Labels::new(&batch(false, &device), None).loss(logits());
        let plain = plain.into_scalar::<f32>();
        let equal = Labels::new(&batch(false, &device), Some(&[3.0; 3])).loss(logits());
        assert!((equal.into_scalar::<f32>() - plain).abs() < 1e-6);
        let mut whole = batch(true, &device);
        whole.mixed.as_mut().unwrap().shares = Tensor::ones([4], &device);
        let whole = Labels::new(&whole, None)
            .loss(logits())
            .into_scalar::<f32>();
        assert!((whole - plain).abs() < 1e-6);
    }
}
