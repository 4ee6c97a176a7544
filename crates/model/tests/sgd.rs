//! A step of SGD against its formula, on every backend.

mod common;

use burn::tensor::{Tensor, TensorData};
use common::devices;
use model::ops::{SgdStep, sgd};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

#[test]
fn a_step_equals_the_formula_and_leaves_shared_tensors_alone() {
    let step = SgdStep {
        rate: 0.1,
        momentum: 0.9,
        weight_decay: 5e-4,
    };
    for (name, device) in devices("sgd") {
        // The last one is more than one thread's work.
        for shape in [[1, 1], [3, 17], [5, 20_001]] {
            let mut rng = Pcg64::seed_from_u64(11);
            let mut values = || -> Vec<f32> {
                let values = (0..shape[0] * shape[1]).map(|_| rng.random_range(-1.0..1.0));
                values.collect()
            };
            let given = [values(), values(), values()];
            let tensors = given.clone().map(|values| {
                Tensor::<2>::from_data(TensorData::new(values, shape.to_vec()), &device)
            });
            let floats = |x: Tensor<2>| -> Vec<f32> { x.into_data().try_to_vec().unwrap() };
            let [w, velocity, grad] = tensors.clone();
            let (found_w, found_velocity) = sgd(w, velocity, grad, step);
            let found = [floats(found_w), floats(found_velocity)];
            assert_eq!(tensors.map(floats), given, "{name} {shape:?}");
            let [w, velocity, grad] = given;
            for (i, ((w, velocity), grad)) in w.iter().zip(velocity).zip(grad).enumerate() {
                let velocity = step.momentum * velocity + (grad + step.weight_decay * w);
                let w = w - step.rate * velocity;
                // Numbers of up to 3, rounded in four operations, or fused in fewer.
                let tolerance = 4.0 * 3.0 * f32::EPSILON;
                let off = [(found[0][i] - w).abs(), (found[1][i] - velocity).abs()];
                assert!(
                    off.iter().all(|off| *off <= tolerance),
                    "{name} {shape:?}[{i}] is off by {off:?}"
                );
            }
        }
    }
}
