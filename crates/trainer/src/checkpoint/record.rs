//! Records as their files hold them: the same bytes for the same numbers, all of which are finite.
//!
//! Burn draws an id for each parameter when a network is made, writes it beside the parameter's numbers, and has the
//! velocities of SGD under it, in the order of a hash table. In a file the id follows from the parameter's name, and
//! tensors are in the order of their names.

use std::collections::{BTreeMap, BTreeSet};

use burn::tensor::{Bytes, DType};
use burn_pack::{Error, Reader, Tensor, Writer};
use model::EPSILON;

/// The bytes of a record as its file holds them.
///
/// # Errors
///
/// What was found: a number that is not finite, or no record.
pub fn settled(bytes: Bytes) -> Result<Bytes, String> {
    let reader = Reader::from_bytes(bytes).map_err(text)?;
    let (scalars, paths) = (reader.scalars().clone(), reader.metadata().clone());
    let mut tensors = Vec::new();
    for tensor in reader.into_tensors().map_err(text)? {
        let (name, dtype, shape, id, bytes) = tensor.into_parts().map_err(text)?;
        finite(dtype, &bytes).map_err(|found| told(&found, &name, &paths))?;
        let (name, id) = match renamed(&name, &paths) {
            Some((name, id)) => (name, Some(id)),
            // Of a network each parameter has its own name.
            None => {
                let named = id.map(|_| id_of(&name));
                (name, named)
            }
        };
        tensors.push(Tensor::new(name, dtype, shape, id, bytes));
    }
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    let mut writer = Writer::new(tensors);
    for (key, value) in scalars {
        let key = renamed(&key, &paths).map_or(key, |(key, _)| key);
        writer = writer.with_scalar(&key, value);
    }
    for path in paths.values() {
        writer = writer.with_metadata(&id_of(path).to_string(), path);
    }
    writer.into_bytes().map_err(text)
}

/// Refuses a record that Burn would panic on or compute nonsense with: numbers that are not finite or of another type
/// than F32, the only one that networks and velocities are written in, and variances below zero.
///
/// # Errors
///
/// What was found, with the name of its tensor; or that it is no record.
pub fn validate(bytes: &Bytes) -> Result<(), String> {
    let reader = Reader::from_bytes(bytes.clone()).map_err(text)?;
    let paths = reader.metadata().clone();
    for tensor in reader.into_tensors().map_err(text)? {
        let (name, dtype, _, _, bytes) = tensor.into_parts().map_err(text)?;
        typed(dtype)
            .and_then(|()| finite(dtype, &bytes))
            .and_then(|()| match name.ends_with(".running_var") {
                true => variances(&bytes),
                false => Ok(()),
            })
            .map_err(|found| told(&found, &name, &paths))?;
    }
    Ok(())
}

fn typed(dtype: DType) -> Result<(), String> {
    match dtype {
        DType::F32 => Ok(()),
        other => Err(format!("{other:?} in place of F32")),
    }
}

/// Refuses variances that no deviation belongs to. What rounding left a little below zero, epsilon lifts above it.
fn variances(bytes: &[u8]) -> Result<(), String> {
    match floats(bytes).find(|&variance| f64::from(variance) + EPSILON <= 0.0) {
        Some(variance) => Err(format!("the variance {variance}, which is below 0,")),
        None => Ok(()),
    }
}

/// Refuses velocities of parameters that the network does not have, or has in another shape: Burn would begin without
/// them, or panic. It refuses too that a parameter with a name of `learned` has none: Burn would begin with 0.
///
/// # Errors
///
/// What was found.
pub fn must_be_of(network: &[u8], velocities: &[u8], learned: &[String]) -> Result<(), String> {
    let shapes = |bytes: &[u8]| -> Result<Vec<(u64, Vec<usize>, String)>, String> {
        let reader = Reader::from_bytes(Bytes::from_bytes_vec(bytes.to_vec())).map_err(text)?;
        let paths = reader.metadata().clone();
        let tensors = reader.into_tensors().map_err(text)?.into_iter();
        let tensors = tensors.map(|tensor| {
            let named = told("", &tensor.name, &paths);
            let id = tensor.param_id.ok_or(format!("no parameter{named}"))?;
            Ok((id, tensor.shape.to_vec(), named))
        });
        tensors.collect()
    };
    let parameters = shapes(network)?;
    let velocities = shapes(velocities)?;
    let there: BTreeSet<u64> = velocities.iter().map(|(id, _, _)| *id).collect();
    let learned: BTreeSet<&str> = learned.iter().map(String::as_str).collect();
    let missing = |(id, _, named): &&(u64, Vec<usize>, String)| {
        named
            .strip_prefix(" in ")
            .is_some_and(|name| learned.contains(name))
            && !there.contains(id)
    };
    if let Some((_, _, named)) = parameters.iter().find(missing) {
        return Err(format!("no velocity{named}"));
    }
    let network: BTreeMap<u64, Vec<usize>> = parameters
        .into_iter()
        .map(|(id, shape, _)| (id, shape))
        .collect();
    for (id, shape, named) in velocities {
        match network.get(&id) {
            Some(expected) if *expected == shape => {}
            Some(expected) => {
                return Err(format!(
                    "{shape:?} velocities{named}, which is {expected:?}"
                ));
            }
            None => {
                return Err(format!(
                    "velocities{named}, which the network does not have"
                ));
            }
        }
    }
    Ok(())
}

/// How many weights the convolutions of a network's record have.
///
/// # Errors
///
/// That it is no record.
pub fn conv_weights(network: &[u8]) -> Result<usize, String> {
    let reader = Reader::from_bytes(Bytes::from_bytes_vec(network.to_vec())).map_err(text)?;
    let tensors = reader.into_tensors().map_err(text)?.into_iter();
    let convs = tensors.filter(|tensor| is_conv_weight(&tensor.name));
    Ok(convs.map(|conv| conv.shape.iter().product::<usize>()).sum())
}

/// Whether a parameter of the network that learns has this name; an average has others.
fn is_conv_weight(name: &str) -> bool {
    name.starts_with("net.convs.") && name.ends_with(".weight")
}

/// The id of a parameter of this name.
fn id_of(name: &str) -> u64 {
    let digits = run::sha256(name.as_bytes());
    u64::from_str_radix(&digits[..16], 16).expect("digits of a SHA-256")
}

/// A key of the optimiser's, `ID.…`, with the id that follows from the name of the parameter; the id comes with it. None
/// where it is no such key.
fn renamed(key: &str, paths: &BTreeMap<String, String>) -> Option<(String, u64)> {
    let (id, rest) = key.split_once('.')?;
    let id = id_of(paths.get(id)?);
    Some((format!("{id}.{rest}"), id))
}

/// What was found in a tensor, under the parameter's name where that is known.
fn told(found: &str, name: &str, paths: &BTreeMap<String, String>) -> String {
    let id = name.split_once('.').map_or(name, |(id, _)| id);
    format!("{found} in {}", paths.get(id).map_or(name, String::as_str))
}

fn finite(dtype: DType, bytes: &[u8]) -> Result<(), String> {
    if dtype != DType::F32 {
        return Ok(());
    }
    match floats(bytes).find(|number| !number.is_finite()) {
        Some(number) => Err(number.to_string()),
        None => Ok(()),
    }
}

fn floats(bytes: &[u8]) -> impl Iterator<Item = f32> {
    let (numbers, _) = bytes.as_chunks::<4>();
    numbers.iter().map(|&number| f32::from_le_bytes(number))
}

fn text(error: Error) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use burn::module::Module;
    use burn::optim::GradientsParams;
    use burn::tensor::{Device, Int};
    use burn::train::checkpoint::Checkpoint;
    use model::NetworkConfig;

    use super::*;
    use crate::learn::{Classifier, ImageBatch, Sgd};

    type Numbers = burn::tensor::Tensor<1, Int>;

    /// A network after a step, and its velocities, as Burn records them. The ids are drawn each time.
    fn records() -> [Bytes; 2] {
        let device = Device::default().autodiff();
        let config = NetworkConfig::new("wrn-8-1".parse().unwrap(), [1, 8, 8], 3);
        let net = Classifier::new(config.init(1, &device).unwrap());
        let mut optimizer = Sgd {
            momentum: 0.9,
            weight_decay: 0.1,
        }
        .init();
        let batch = ImageBatch {
            images: Numbers::arange(0..256, &device)
                .float()
                .reshape([4, 1, 8, 8]),
            labels: Numbers::from_data([0, 1, 2, 1], &device),
            mixed: None,
        };
        let gradients = GradientsParams::from_grads(net.score(batch).loss.backward(), &net);
        let net = optimizer.step(0.1, net, gradients);
        [
            net.into_record().checkpoint_into_bytes().unwrap(),
            optimizer.to_record().checkpoint_into_bytes().unwrap(),
        ]
    }

    #[test]
    fn the_same_numbers_have_the_same_bytes() {
        let [first, second] = [records(), records()];
        for (first, second) in first.into_iter().zip(second) {
            assert!(first[..] != second[..], "Burn's own have drawn ids");
            let both = [first, second].map(|bytes| settled(bytes).unwrap());
            assert!(both[0][..] == both[1][..]);
            let again = settled(both[0].clone()).unwrap();
            assert!(again[..] == both[0][..]);
        }
    }

    #[test]
    fn velocities_belong_to_their_network() {
        let [network, velocities] = records().map(|bytes| settled(bytes).unwrap());
        // What learns of the network above.
        let names = (0..8).map(|conv| format!("net.convs.{conv}.weight"));
        let norms = ["gamma", "beta"].map(|part| format!("net.norms.0.{part}"));
        let learned: Vec<String> = names.chain(norms).collect();
        must_be_of(&network, &velocities, &learned).unwrap();
        let [_, others] = records();
        let found = must_be_of(&network, &others, &[]).unwrap_err();
        assert!(found.starts_with("velocities in net."), "{found}");

        // One of them is lost.
        for lost in &learned {
            let reader = Reader::from_bytes(velocities.clone()).unwrap();
            let paths = reader.metadata().clone();
            let tensors = reader.into_tensors().unwrap().into_iter();
            let is_lost = |name: &str| told("", name, &paths) == format!(" in {lost}");
            let kept: Vec<Tensor> = tensors.filter(|tensor| !is_lost(&tensor.name)).collect();
            let mut writer = Writer::new(kept);
            for (key, path) in &paths {
                writer = writer.with_metadata(key, path);
            }
            let fewer = writer.into_bytes().unwrap();
            let found = must_be_of(&network, &fewer, &learned).unwrap_err();
            assert_eq!(found, format!("no velocity in {lost}"));
            // As that of a layer that is frozen.
            let others: Vec<String> = learned
                .iter()
                .filter(|name| *name != lost)
                .cloned()
                .collect();
            must_be_of(&network, &fewer, &others).unwrap();
        }
    }

    #[test]
    fn weights_of_convolutions_are_counted() {
        let [network, _] = records().map(|bytes| settled(bytes).unwrap());
        let config = NetworkConfig::new("wrn-8-1".parse().unwrap(), [1, 8, 8], 3);
        let net = config.init(1, &Device::default()).unwrap();
        let weights = net
            .convs()
            .map(|conv| conv.weight.val().shape().num_elements());
        assert_eq!(conv_weights(&network).unwrap(), weights.sum::<usize>());
    }

    /// A record in which one tensor, by the end of its name, became another.
    fn with(bytes: &Bytes, end: &str, change: impl Fn(&mut Vec<u8>) -> DType) -> Bytes {
        let reader = Reader::from_bytes(bytes.clone()).unwrap();
        let paths = reader.metadata().clone();
        let tensors = reader.into_tensors().unwrap().into_iter().map(|tensor| {
            let (name, mut dtype, shape, id, bytes) = tensor.into_parts().unwrap();
            let mut bytes = bytes.to_vec();
            if told("", &name, &paths).ends_with(end) {
                dtype = change(&mut bytes);
            }
            Tensor::new(name, dtype, shape, id, Bytes::from_bytes_vec(bytes))
        });
        let mut writer = Writer::new(tensors.collect());
        for (key, path) in &paths {
            writer = writer.with_metadata(key, path);
        }
        writer.into_bytes().unwrap()
    }

    #[test]
    fn a_number_that_is_not_finite_is_told_with_its_parameter() {
        for bytes in records() {
            validate(&bytes).unwrap();
            let bytes = with(&bytes, " net.convs.3.weight", |bytes| {
                bytes[8..12].copy_from_slice(&f32::NAN.to_le_bytes());
                DType::F32
            });
            let found = validate(&bytes).unwrap_err();
            assert_eq!(found, "NaN in net.convs.3.weight");
            assert_eq!(settled(bytes).unwrap_err(), found);
        }
    }

    #[test]
    fn numbers_of_another_type_are_refused_in_networks_and_velocities() {
        for bytes in records() {
            for (dtype, size) in [(DType::F16, 2), (DType::F64, 8), (DType::I32, 4)] {
                let bytes = with(&bytes, " net.convs.3.weight", |bytes| {
                    bytes.resize(bytes.len() / 4 * size, 0);
                    dtype
                });
                let found = validate(&bytes).unwrap_err();
                let expected = format!("{dtype:?} in place of F32 in net.convs.3.weight");
                assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn a_variance_below_zero_is_refused() {
        let [network, _] = records();
        let changed = |variance: f32| {
            with(&network, " net.norms.1.running_var", |bytes| {
                bytes[4..8].copy_from_slice(&variance.to_le_bytes());
                DType::F32
            })
        };
        validate(&changed(0.0)).unwrap();
        let found = validate(&changed(-1.0)).unwrap_err();
        assert_eq!(
            found,
            "the variance -1, which is below 0, in net.norms.1.running_var"
        );
    }
}
