//! Parameters that follow those of another network, without gradients.

use burn::module::Param;
use burn::tensor::Tensor;

/// A parameter of its own with the values of another, without a gradient.
pub(crate) fn own<const D: usize>(other: &Param<Tensor<D>>) -> Param<Tensor<D>> {
    Param::from_tensor(off_graph(other.val())).set_require_grad(false)
}

/// A parameter without a gradient, gone a `share` of the way to `other`; all of it to the bit.
pub(crate) fn blended<const D: usize>(
    ours: Param<Tensor<D>>,
    other: &Param<Tensor<D>>,
    share: f64,
) -> Param<Tensor<D>> {
    let other = off_graph(other.val());
    ours.map(|old| match share == 1.0 {
        true => other,
        false => {
            let old = off_graph(old);
            old.clone() + (other - old) * share
        }
    })
}

/// The same values, which no gradient reaches.
fn off_graph<const D: usize>(tensor: Tensor<D>) -> Tensor<D> {
    match tensor.device().is_autodiff() {
        true => Tensor::from_inner(tensor.inner()),
        false => tensor,
    }
}
