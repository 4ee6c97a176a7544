//! Averages of what a network learns, as a network of its own.

use model::Network;
use run::TrainConfig;
use run::config::Average;

/// How an average follows the network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Averaging {
    kind: Average,
    /// What a step of an exponential moving average leaves.
    decay: f64,
    /// The step after which it begins; until then it is the network.
    from: usize,
    /// Steps of an epoch.
    per_epoch: usize,
}

impl Averaging {
    /// That of a config, where an epoch has so many steps; `None` where there is none.
    pub fn of(config: &TrainConfig, per_epoch: usize) -> Option<Self> {
        let steps = (config.epochs * per_epoch) as f64;
        (config.average != Average::None).then_some(Self {
            kind: config.average,
            decay: config.average_decay,
            from: (config.average_from * steps).round() as usize,
            per_epoch,
        })
    }

    /// The average after a step, where `done` are done.
    #[must_use]
    pub fn after_step(&self, average: Network, net: &Network, done: usize) -> Network {
        match (self.kind, done) {
            (Average::Ema, done) if done > self.from => average.blend(net, 1.0 - self.decay),
            (Average::Ema, done) if done == self.from => average.blend(net, 1.0),
            _ => average,
        }
    }

    /// The average at the end of an epoch. A mean takes in the ends of the epochs that are at `from` or
    /// beyond it.
    #[must_use]
    pub fn after_epoch(&self, average: Network, net: &Network, done: usize) -> Network {
        if done <= self.from {
            return average.blend(net, 1.0);
        }
        match self.kind {
            Average::Swa => {
                let first = self.from.div_ceil(self.per_epoch).max(1);
                let number = done.div_ceil(self.per_epoch) + 1 - first;
                average.blend(net, 1.0 / number as f64)
            }
            _ => average,
        }
    }

    /// Whether it is more than the network itself, where `done` steps are done.
    pub fn has_begun(&self, done: usize) -> bool {
        done > self.from
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use data::Dataset;
    use model::NetworkConfig;

    use super::*;

    const PER_EPOCH: usize = 4;

    fn averaging(kind: Average, from: f64) -> Averaging {
        let config = TrainConfig {
            average: kind,
            average_decay: 0.75,
            average_from: from,
            epochs: 4,
            ..TrainConfig::recipe(Dataset::Glyphs)
        };
        Averaging::of(&config, PER_EPOCH).unwrap()
    }

    /// A network all of whose weights are this number.
    fn constant(value: f32) -> Network {
        let device = Device::default().autodiff();
        let config = NetworkConfig::new("wrn-8-1".parse().unwrap(), [1, 8, 8], 3);
        let mut net = config.init(1, &device).unwrap();
        for number in 0..net.convs().count() {
            let count = net.convs().nth(number).unwrap().kernel.weights();
            net.set_conv(number, vec![value; count]);
        }
        net
    }

    fn weight(net: &Network) -> f32 {
        let weights = net.convs().last().unwrap().weight.val().into_data();
        weights.try_to_vec::<f32>().unwrap()[0]
    }

    /// The average at the ends of four epochs, of a network whose weights are the number of steps.
    fn course(rule: &Averaging) -> Vec<f32> {
        let mut average = constant(0.0).detached();
        let mut ends = Vec::new();
        for done in 1..=4 * PER_EPOCH {
            let net = constant(done as f32);
            average = rule.after_step(average, &net, done);
            if done.is_multiple_of(PER_EPOCH) {
                average = rule.after_epoch(average, &net, done);
                ends.push(weight(&average));
            }
        }
        ends
    }

    #[test]
    fn a_mean_is_that_of_the_ends_of_epochs() {
        assert_eq!(
            course(&averaging(Average::Swa, 0.5)),
            [4.0, 8.0, 10.0, 12.0]
        );
        assert_eq!(course(&averaging(Average::Swa, 0.0)), [4.0, 6.0, 8.0, 10.0]);
        // From amid the third epoch on.
        assert_eq!(
            course(&averaging(Average::Swa, 0.6)),
            [4.0, 8.0, 12.0, 14.0]
        );
        assert_eq!(
            course(&averaging(Average::Swa, 1.0)),
            [4.0, 8.0, 12.0, 16.0]
        );
    }

    #[test]
    fn a_moving_average_goes_a_part_of_the_way_each_step() {
        let found = course(&averaging(Average::Ema, 0.5));
        let mut expected = 8.0f32;
        for step in 9..=16 {
            expected += 0.25 * (step as f32 - expected);
        }
        assert_eq!(found[..2], [4.0, 8.0]);
        assert!((found[3] - expected).abs() < 1e-4, "{found:?}, {expected}");
    }

    #[test]
    fn an_average_has_no_gradient_and_parameters_of_its_own() {
        let net = constant(1.0);
        let average = net.detached();
        for (ours, theirs) in average.convs().zip(net.convs()) {
            assert!(!ours.weight.is_require_grad() && theirs.weight.is_require_grad());
            assert_ne!(ours.weight.id, theirs.weight.id);
        }
        let norms = average.batch_norms().zip(net.batch_norms());
        for (ours, theirs) in norms {
            assert!(!ours.gamma.is_require_grad());
            assert_ne!(ours.gamma.id, theirs.gamma.id);
        }
    }
}
