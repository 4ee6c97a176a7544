//! The MATLAB layout: cell arrays with an entry per layer.

use std::collections::BTreeMap;
use std::path::Path;

use data::mat5::{Array, Data};
use runtime::{Affine, Padding, PoolDivisor, Scale, Structure, Weights};

use super::arrays::{self, Place, describe};
use super::{Variables, names};
use crate::ConvertError;
use crate::chain::Chain;
use crate::net::Shape;

/// The network of `variables`, of which `weights` holds the signs.
pub(super) fn chain(
    path: &Path,
    named: Option<Shape>,
    variables: &Variables,
    weights: &'static str,
) -> Result<Chain, ConvertError> {
    let file = File { path, variables };
    let (name, cells) = file.cells(&[weights])?;
    let mut convs = Vec::new();
    for (index, array) in cells.iter().enumerate() {
        let place = file.place(format!("{name}{{{}}}", index + 1));
        let sizes = match array.dims[..] {
            [y, x, i, o] => [y, x, i, o],
            // MATLAB drops sizes of 1 at the end.
            [y, x, i] => [y, x, i, 1],
            [y, x] => [y, x, 1, 1],
            _ => return Err(place.wrong("kernel x kernel x in x out", describe(array))),
        };
        convs.push(arrays::conv(&place, array, sizes)?);
    }
    let scales = file.per_conv(names::SCALES, convs.len())?;
    let strides = file.per_conv(names::STRIDE, convs.len())?;
    let paddings = file.per_conv(names::PADDING, convs.len())?;
    for (index, conv) in convs.iter_mut().enumerate() {
        if let Weights::Signs { scale, .. } = &mut conv.weights {
            *scale = Scale::Layer(scales[index] as f32);
        }
        conv.stride = match strides[index] {
            1.0 => 1,
            2.0 => 2,
            other => return Err(file.entry(names::STRIDE[0], index, "1 or 2", other)),
        };
        let padding = (conv.kernel - 1) as f64 / 2.0;
        if paddings[index] != padding {
            let expected = format!("{padding}, half of the kernel");
            return Err(file.entry(names::PADDING[0], index, &expected, paddings[index]));
        }
    }
    let norms = norms(&file, convs.len() + 1)?;

    let mut provenance = BTreeMap::new();
    if let Some(array) = variables.get(names::ACCURACY) {
        let accuracy = arrays::numbers(&file.place(names::ACCURACY.into()), array)?;
        if let Some(last) = accuracy.last() {
            provenance.insert("epochs".into(), accuracy.len().to_string());
            provenance.insert(
                "reported_test_error".into(),
                format!("{:.2} %", 100.0 - last),
            );
        }
    }
    let shape = match weights == names::WEIGHTS[1] {
        true => Shape {
            structure: Structure::Plain,
            ..Shape::WIDE
        },
        false => Shape::WIDE,
    };
    Ok(Chain {
        shape: named.unwrap_or(shape),
        padding: Padding::Symmetric,
        pool_divisor: PoolDivisor::Inside,
        input_relu: true,
        temperature: 1.0,
        norms,
        convs,
        source: "McDonnell-Lab/1-bit-per-weight, from MATLAB",
        provenance,
    })
}

fn norms(file: &File<'_>, count: usize) -> Result<Vec<Option<Affine>>, ConvertError> {
    let (name, moments) = file.cells(names::MOMENTS)?;
    let (_, gammas) = file.cells(names::GAMMAS)?;
    let (_, betas) = file.cells(names::BETAS)?;
    for (names, cells) in [
        (names::MOMENTS, moments),
        (names::GAMMAS, gammas),
        (names::BETAS, betas),
    ] {
        if cells.len() != count {
            let place = file.place(file.find(names)?.0.into());
            let expected = format!("{count} cells, one more than convolutions");
            return Err(place.wrong(expected, cells.len().to_string()));
        }
    }
    let mut norms = Vec::new();
    for (index, array) in moments.iter().enumerate() {
        let place = file.place(format!("{name}{{{}}}", index + 1));
        let numbers = arrays::numbers(&place, array)?;
        let &[channels, 2] = array.dims.as_slice() else {
            return Err(place.wrong("channels x 2, mean and deviation", describe(array)));
        };
        let (means, deviations) = numbers.split_at(channels.min(numbers.len()));
        let gammas = arrays::numbers(&place, &gammas[index])?;
        let betas = arrays::numbers(&place, &betas[index])?;
        if [deviations.len(), gammas.len(), betas.len()] != [channels; 3] {
            let found = format!("{} and {}", gammas.len(), betas.len());
            let expected = format!("{channels} scales and {channels} offsets for it");
            return Err(place.wrong(expected, found));
        }
        let moments: Vec<[f64; 4]> = (0..channels)
            .map(|c| [gammas[c], betas[c], means[c], deviations[c]])
            .collect();
        norms.push(Some(arrays::norm(&place, &moments)?));
    }
    Ok(norms)
}

struct File<'a> {
    path: &'a Path,
    variables: &'a Variables,
}

impl<'a> File<'a> {
    fn place(&self, name: String) -> Place<'a> {
        Place {
            path: self.path,
            name,
        }
    }

    /// The variable that has one of `names`.
    fn find(&self, names: &[&'static str]) -> Result<(&'static str, &'a Array), ConvertError> {
        let mut found = names
            .iter()
            .filter_map(|&name| Some((name, self.variables.get(name)?)));
        let first = found.next();
        if let (Some((name, _)), Some((other, _))) = (first, found.next()) {
            let place = self.place(name.into());
            return Err(place.wrong("one name for it", format!("`{other}` too")));
        }
        first.ok_or_else(|| {
            let place = self.place(names[0].into());
            place.wrong(format!("a variable `{}`", names.join("` or `")), "none")
        })
    }

    fn cells(&self, names: &[&'static str]) -> Result<(&'static str, &'a [Array]), ConvertError> {
        let (name, array) = self.find(names)?;
        match &array.data {
            Data::Cells(cells) => Ok((name, cells)),
            _ => Err(self.place(name.into()).wrong("cells", describe(array))),
        }
    }

    /// A number per convolution.
    fn per_conv(&self, names: &[&'static str], count: usize) -> Result<Vec<f64>, ConvertError> {
        let (name, array) = self.find(names)?;
        let place = self.place(name.into());
        let numbers = arrays::numbers(&place, array)?;
        if numbers.len() != count {
            let expected = format!("{count} numbers, one per convolution");
            return Err(place.wrong(expected, describe(array)));
        }
        Ok(numbers)
    }

    fn entry(&self, name: &str, index: usize, expected: &str, found: f64) -> ConvertError {
        let place = self.place(format!("{name}({})", index + 1));
        place.wrong(expected, found.to_string())
    }
}
