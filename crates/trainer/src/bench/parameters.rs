//! What the optimiser trains, each with the gradient expected of it.

use burn::module::Param;
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use super::reference::{Reference, values};
use crate::Error;
use crate::learn::{Classifier, Sgd};

/// How far gradients may be off, of their size. Of few images, a rounding that moves one number across a ReLU's corner moves
/// a deep network's gradients by several percent (6 % seen, where it is 0.005 % without); a mistake moves them by all
/// of their size.
const TOLERANCE: f64 = 0.08;

/// How far off, relative to `size`.
pub fn off(what: &str, distance: f64, size: f64) -> Result<f64, Error> {
    let off = if distance == 0.0 {
        0.0
    } else {
        distance / size
    };
    // Also when it is not a number.
    if off <= TOLERANCE {
        return Ok(off);
    }
    Err(Error::Failed(format!(
        "the step is wrong: {what} is off by {off:.1e} of its size, expected at most {TOLERANCE:.0e} from Burn's own operations; please report this with the command line"
    )))
}

/// Finds a gradient among all.
type Find<'a> = dyn Fn(&GradientsParams) -> Result<Vec<f32>, Error> + 'a;

/// Something that the optimiser trains.
pub struct Parameter<'a> {
    name: String,
    /// A convolution's weights, in place of a batch norm's scale or offset.
    conv: bool,
    values: Vec<f32>,
    gradient: Box<Find<'a>>,
    expected: &'a [f32],
}

/// Everything that is trained, with the gradients expected.
pub fn parameters<'a>(
    classifier: &'a Classifier,
    reference: &'a Reference,
) -> Result<Vec<Parameter<'a>>, Error> {
    let mut all = Vec::new();
    for (index, conv) in classifier.net.convs().enumerate() {
        let name = format!("the gradient of convolution {index}");
        all.push(Parameter::new(
            name,
            true,
            &conv.weight,
            &reference.convs[index],
        )?);
    }
    for (index, norm) in classifier.net.batch_norms().enumerate() {
        let [scale, offset] = &reference.norms[index];
        for (word, param, expected) in [
            ("scale", &norm.gamma, scale),
            ("offset", &norm.beta, offset),
        ] {
            if param.is_require_grad() {
                let name = format!("the gradient of the {word} of batch norm {index}");
                all.push(Parameter::new(name, false, param, expected)?);
            }
        }
    }
    Ok(all)
}

impl<'a> Parameter<'a> {
    fn new<const D: usize>(
        name: String,
        conv: bool,
        param: &'a Param<Tensor<D>>,
        expected: &'a [f32],
    ) -> Result<Self, Error> {
        let missing = Error::Failed(format!("the step is wrong: {name} is missing")).to_string();
        Ok(Self {
            name,
            conv,
            values: values(&param.val())?,
            gradient: Box::new(move |all| match all.get::<D>(param.id) {
                Some(gradient) => values(&gradient),
                None => Err(Error::Failed(missing.clone())),
            }),
            expected,
        })
    }

    /// Its gradient among all.
    pub fn gradient(&self, all: &GradientsParams) -> Result<Vec<f32>, Error> {
        (self.gradient)(all)
    }

    /// How far a gradient is off, or that it is too far.
    pub fn gradient_off(&self, found: &[f32]) -> Result<f64, Error> {
        let pairs = found.iter().zip(self.expected);
        let distance = norm(pairs.map(|(&a, &b)| f64::from(a) - f64::from(b)));
        off(
            &self.name,
            distance,
            norm(self.expected.iter().map(|&b| f64::from(b))),
        )
    }

    /// The values after the first step, whose velocity was 0.
    pub fn after(&self, gradient: &[f32], sgd: &Sgd, rate: f64, clip: Option<f64>) -> Vec<f64> {
        let decay = if self.conv { sgd.weight_decay } else { 0.0 };
        let limit = clip.filter(|_| self.conv).unwrap_or(f64::INFINITY);
        let pairs = self.values.iter().zip(gradient);
        pairs
            .map(|(&w, &g)| (f64::from(w), f64::from(g)))
            .map(|(w, g)| (w - rate * (g + decay * w)).clamp(-limit, limit))
            .collect()
    }

    /// Whether it is what was expected, to a few roundings.
    pub fn must_be(&self, expected: &[f64]) -> Result<(), Error> {
        for (index, (&found, &expected)) in self.values.iter().zip(expected).enumerate() {
            // A handful of roundings.
            let tolerance = 16.0 * f64::from(f32::EPSILON) * (1.0 + expected.abs());
            let off = (f64::from(found) - expected).abs();
            if off.is_nan() || off > tolerance {
                return Err(Error::Failed(format!(
                    "the step is wrong: after {} number {index} became {found}, expected {expected}; please report this with the command line",
                    self.name
                )));
            }
        }
        Ok(())
    }
}

/// The root of the sum of squares.
fn norm(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.map(|x| x * x).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::ImageBatch;
    use burn::tensor::{Device, Int};
    use model::{NetworkConfig, Weights};

    /// The check of a gradient that is right, and of the same one when something is wrong with it.
    #[test]
    fn a_wrong_gradient_or_weight_is_found_and_named() {
        let device = Device::default().autodiff();
        for &weights in Weights::ALL {
            let config =
                NetworkConfig::new("wrn-8-1".parse().unwrap(), [2, 8, 8], 3).with_weights(weights);
            let net = config.init(1, &device).unwrap();
            let batch = ImageBatch {
                images: Tensor::<1, Int>::arange(0..512, &device)
                    .float()
                    .reshape([4, 2, 8, 8])
                    .sin(),
                labels: Tensor::<1, Int>::from_data([0, 1, 2, 1], &device),
                mixed: None,
            };
            let mut reference = Reference::new(&net, &batch, &device).unwrap();
            let classifier = Classifier::new(net);
            let loss = classifier.score(batch).loss;
            assert!((f64::from(values(&loss).unwrap()[0]) - reference.loss).abs() < 1e-4);
            let gradients = GradientsParams::from_grads(loss.backward(), &classifier);
            let all = parameters(&classifier, &reference).unwrap();
            assert_eq!(
                all.len(),
                8 + 2,
                "convolutions, and the input's scale and offset"
            );
            for parameter in &all {
                let found = parameter.gradient(&gradients).unwrap();
                parameter.gradient_off(&found).unwrap();
                let sgd = Sgd {
                    momentum: 0.9,
                    weight_decay: 0.5,
                };
                let after = parameter.after(&found, &sgd, 0.1, None);
                let message = parameter.must_be(&after).unwrap_err().to_string();
                assert!(message.contains(&parameter.name), "{message}");
            }
            drop(all);
            reference.convs[3][0] = f32::NAN;
            reference.convs[5].iter_mut().for_each(|g| *g *= 1.1);
            let all = parameters(&classifier, &reference).unwrap();
            for (index, parameter) in all.iter().enumerate() {
                let found = parameter.gradient(&gradients).unwrap();
                let outcome = parameter.gradient_off(&found);
                assert_eq!(
                    outcome.is_err(),
                    [3, 5].contains(&index),
                    "{weights}: {index}"
                );
            }
        }
    }
}
