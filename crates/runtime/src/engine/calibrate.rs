//! The steps of 8-bit activations, from images.

use alloc::vec;
use alloc::vec::Vec;

use kernels::{Isa, Serial};

use super::Activations;
use super::plan::Plan;
use super::workspace::Workspace;
use crate::{Model, RuntimeError};

/// A step for each convolution's input, so that the greatest magnitude which it reads over these
/// images, one after the other, becomes the greatest 8-bit integer. Use training images.
///
/// # Errors
///
/// [`RuntimeError::Image`] when there is no image, or one is not of the network's size, [`RuntimeError::TooLarge`] as
/// [`Engine::classify`](super::Engine::classify) has it.
pub fn calibrate(model: &Model, images: &[u8]) -> Result<Vec<f32>, RuntimeError> {
    let plan = Plan::new(model, Activations::F32)?;
    let count = (images.len() / plan.image_len().max(1)).max(1);
    plan.check(images, count)?;
    let mut workspace = Workspace::empty();
    workspace.prepare(&plan, 1)?;
    let mut greatest = vec![0.0f32; plan.steps.len()];
    for image in images.chunks_exact(plan.image_len()) {
        let mut watch = |index: usize, value: f32| greatest[index] = greatest[index].max(value);
        plan.forward(
            Isa::best(),
            &Serial,
            &mut workspace,
            image,
            Some(&mut watch),
        )?;
    }
    let mut steps = vec![1.0; model.convs().len()];
    for step in &plan.steps {
        // Nothing is negative after a ReLU: all of eight bits are used.
        let max = if step.floor >= 0.0 { 255.0 } else { 127.0 };
        let greatest = greatest[step.conv];
        // A layer that reads zeros only has any step.
        if greatest > 0.0 {
            steps[step.conv] = greatest / max;
        }
    }
    Ok(steps)
}
