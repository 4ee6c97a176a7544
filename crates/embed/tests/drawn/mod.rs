//! Networks of the families with weights drawn from a seed: what the costs of C code are measured on.

use graph::{Net, NetOptions};
use runtime::integer::residual_scales;
use runtime::{Affine, Conv, Model, Parts, Scale, Weights, calibrate};

use super::Random;

/// Images that steps are calibrated on.
const IMAGES: usize = 2;

/// The network of a line such as `wrn-20-1 3x32x32 10 1bit 8`: its name, the shape of an image, classes, the kind of the
/// first and the last convolution's weights, and the bits of the residual map: 8, 16, or `8w` for 8 with an offset that is too
/// large for lines of 32 bits.
pub fn model(line: &str) -> Model {
    let words: Vec<&str> = line.split(' ').collect();
    let [net, shape, classes, ends, bits] = words[..] else {
        panic!("{line}: expected NET CxHxW CLASSES KIND BITS");
    };
    let shape: Vec<usize> = shape.split('x').map(|side| side.parse().unwrap()).collect();
    let options = NetOptions::new([shape[0], shape[1], shape[2]], classes.parse().unwrap())
        .with_first_last(Some(ends.parse().unwrap()));
    let net: Net = net.parse().unwrap();
    let graph = net.graph(&options).unwrap();
    let mut random = Random(
        line.bytes()
            .fold(0, |seed, byte| 31 * (seed % (1 << 50)) + u64::from(byte)),
    );
    let convs = graph.convs().map(|(node, op)| {
        let [out, inputs, kernel, _] = graph.weight_shape(node);
        let mut conv = random.conv(inputs, out, kernel);
        conv.stride = op.stride;
        if op.weights.name() == "8bit" {
            let row = (inputs * kernel * kernel) as f32;
            conv.weights = Weights::Int8 {
                scale: Scale::Layer((2.0 / row).sqrt() / 70.0),
                values: (0..conv.weight_count())
                    .map(|_| (random.next() % 255) as u8 as i8)
                    .map(|value| value.max(-127))
                    .collect(),
            };
        }
        conv
    });
    let convs: Vec<Conv> = convs.collect();
    let norms = graph.norms().map(|node| {
        let mut norm: Affine = random.norm(graph.input_shape(node)[0]);
        if graph.is_input_norm(node) {
            // Pixels are 0 to 255.
            norm.scale.iter_mut().for_each(|scale| *scale /= 64.0);
            norm.offset.iter_mut().for_each(|offset| *offset -= 2.0);
        }
        norm
    });
    let mut norms: Vec<Affine> = norms.collect();
    if bits == "8w" {
        norms[2].offset[0] = -2000.0;
    }
    let model = Model::new(Parts::new(graph, norms, convs)).unwrap();
    let images: Vec<u8> = (0..IMAGES).flat_map(|_| random.image(&model)).collect();
    let steps = calibrate(&model, &images).unwrap();
    let model = model.with_activation_scales(steps).unwrap();
    match bits {
        "8" | "8w" => {
            let found = residual_scales(&model, &images).unwrap();
            model.with_residual_scales(Some(found.scales)).unwrap()
        }
        _ => model,
    }
}
