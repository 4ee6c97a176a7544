//! The smallest networks of each layout: 1 channel or 3, stages of 2, 4 and 8, two classes.

use super::Value;

/// Out, in, kernel of each convolution.
pub fn shapes(channels: usize) -> Vec<[usize; 3]> {
    vec![
        [2, channels, 3],
        [2, 2, 3],
        [2, 2, 3],
        [4, 2, 3],
        [4, 4, 3],
        [8, 4, 3],
        [8, 8, 3],
        [2, 8, 1],
    ]
}

/// A network in the layout of Keras.
pub fn keras() -> Vec<(String, Value)> {
    let mut variables = Vec::new();
    for (index, [out, inner, k]) in shapes(1).into_iter().enumerate() {
        let name = format!("conv2d_{}", index + 3);
        variables.push((name, Value::trues(&[1, k, k, inner, out])));
    }
    let norm = |rows: usize, channels: usize| {
        Value::Double(vec![rows, channels], vec![1.0; rows * channels])
    };
    variables.push(("batch_normalization".into(), norm(4, 1)));
    for (index, [out, ..]) in shapes(1).into_iter().enumerate() {
        let name = format!("batch_normalization_{}", index + 1);
        variables.push((name, norm(2, out)));
    }
    variables
}

/// A residual network in the layout of MATLAB.
pub fn matlab() -> Vec<(String, Value)> {
    let shapes = shapes(1);
    let weights = shapes
        .iter()
        .map(|&[out, inner, k]| Value::trues(&[k, k, inner, out]));
    let channels: Vec<usize> = [1]
        .into_iter()
        .chain(shapes.iter().map(|shape| shape[0]))
        .collect();
    let ones = || {
        channels
            .iter()
            .map(|&c| Value::column(&vec![1.0; c]))
            .collect()
    };
    let moments = channels
        .iter()
        .map(|&c| Value::Double(vec![c, 2], vec![1.0; 2 * c]));
    [
        ("BinaryWeights", Value::Cells(weights.collect())),
        ("LayerWeights", Value::column(&[0.5; 8])),
        ("Moments", Value::Cells(moments.collect())),
        ("BNG", Value::Cells(ones())),
        ("BNB", Value::Cells(ones())),
        (
            "Stride",
            Value::column(&[1.0, 1.0, 1.0, 2.0, 1.0, 2.0, 1.0, 1.0]),
        ),
        (
            "Padding",
            Value::column(&[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0]),
        ),
    ]
    .map(|(name, value)| (name.to_string(), value))
    .into()
}

/// A state dict of the PyTorch port.
pub fn torch() -> Vec<(String, &'static str, Vec<usize>, Vec<u8>)> {
    let block = |group, name| format!("module.group{group}.block0.{name}");
    let mut convs = vec!["module.conv0".to_string()];
    let mut norms = Vec::new();
    for group in 0..3 {
        convs.extend([block(group, "conv0"), block(group, "conv1")]);
        norms.extend([block(group, "bn0"), block(group, "bn1")]);
    }
    convs.push("module.conv_last".into());
    norms.extend(["module.bn".to_string(), "module.bn_last".into()]);
    let shapes = shapes(3);
    let mut tensors = Vec::new();
    for (name, &[out, inner, k]) in convs.into_iter().zip(&shapes) {
        let packed = inner.div_ceil(8);
        tensors.push((
            name,
            "U8",
            vec![out, packed, k, k],
            vec![0xff; out * packed * k * k],
        ));
    }
    for (name, &[channels, ..]) in norms.iter().zip(&shapes) {
        for part in ["running_mean", "running_var"] {
            let ones = 1f32.to_le_bytes().repeat(channels);
            tensors.push((format!("{name}.{part}"), "F32", vec![channels], ones));
        }
    }
    tensors
}
