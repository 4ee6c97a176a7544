//! The README of a folder: what to copy, what it takes, how it is called.

use runtime::integer::Network;
use runtime::pixels::Fit;
use runtime::{Model, Preprocessing};

use crate::boards::{self, BOARDS};
use crate::{Options, Sizes, selftest};

/// Million instructions for an image of `wrn-20-1` for 3×32×32, by the bits of the residual map, on a Cortex-M4, a Cortex-M0+
/// and RV32IMC: `benchmarks/embedded/README.md`.
const MEASURED: [(u8, [&str; 3]); 2] = [
    (16, ["23.49", "46.54", "30.02"]),
    (8, ["21.92", "30.11", "27.76"]),
];
/// Its multiply-accumulates.
const MEASURED_MACS: u64 = 40_591_360;

/// `README.md`.
pub(crate) fn text(model: &Model, network: &Network, sizes: Sizes, options: &Options) -> String {
    let [channels, height, width] = model.input();
    let (image, classes) = (model.image_len(), model.classes());
    let mut text = options
        .name
        .put_on(include_str!("../templates/folder/README.md"));
    for (place, words) in [
        ("@CHANNELS@", channels.to_string()),
        ("@HEIGHT@", height.to_string()),
        ("@WIDTH@", width.to_string()),
        ("@IMAGE_BYTES@", image.to_string()),
        ("@CLASSES@", classes.to_string()),
        ("@DOUBLES@", doubles(model).into()),
        ("@FLASH@", grouped(sizes.flash as u64)),
        ("@RAM@", grouped(sizes.ram as u64)),
        ("@CALLER@", grouped((image + 4 * classes) as u64)),
        (
            "@SELFTEST@",
            grouped((4 * classes * selftest::IMAGES) as u64),
        ),
        ("@MACS@", grouped(multiply_accumulates(network))),
        ("@CODE@", code(options)),
        ("@INSTRUCTIONS@", instructions(options)),
        ("@MEASURED@", measured()),
        ("@BOARDS@", fits(sizes)),
        ("@PREPROCESSING@", preprocessing(model).into()),
        ("@REJECTION@", rejection(model, network, options)),
    ] {
        text = text.replace(place, &words);
    }
    text
}

/// Of the network's convolutions, padding among what they read.
pub(crate) fn multiply_accumulates(network: &Network) -> u64 {
    let layers = network.layers.iter().map(|layer| {
        let [inputs, outputs] = [layer.from[0], layer.to[0] * layer.to[1] * layer.to[2]];
        (inputs * layer.kernel * layer.kernel * outputs) as u64
    });
    layers.sum()
}

fn doubles(model: &Model) -> &'static str {
    match model.preprocessing() {
        Preprocessing::CentreCrop => ", but for `double` in `onebit_pixels.c`",
        _ => "",
    }
}

/// Bytes of the code, and how they are known.
fn code(options: &Options) -> String {
    match &options.measured {
        Some(measured) => format!(
            "{} | measured for this network: `{}`, `-O2`, {}",
            grouped(measured.code as u64),
            measured.compiler,
            measured.core.title()
        ),
        None => "4.5 to 6.5 KB | measured on other networks, of signs alone: GCC 12, `-O2`, Cortex-M and RV32IMC".into(),
    }
}

fn instructions(options: &Options) -> String {
    let measured = options.measured.as_ref();
    match measured.and_then(|known| Some((known.core, known.instructions?))) {
        Some((core, count)) => format!(
            "By a model that errs by up to 5 %, that takes {} instructions on a {}; it was not counted.",
            grouped(count),
            core.title()
        ),
        None => "How many instructions that takes was **not measured for this network**.".into(),
    }
}

fn measured() -> String {
    let rows = MEASURED.map(|(bits, millions)| {
        let macs = grouped(MEASURED_MACS);
        let cells = millions
            .map(|million| format!("{million} million"))
            .join(" | ");
        format!("| wrn-20-1, 3×32×32, residual map of {bits} bits | {macs} | {cells} |")
    });
    rows.join("\n")
}

fn fits(sizes: Sizes) -> String {
    let rows = BOARDS.map(|board| {
        let verdict = boards::verdict(&board, sizes);
        format!("| {} | {} | {verdict} |", board.name, board.core)
    });
    rows.join("\n")
}

/// What becomes of pictures of other sizes.
fn preprocessing(model: &Model) -> &'static str {
    match model.preprocessing() {
        Preprocessing::Fit(Fit::Crop) => {
            "A picture of another size is scaled until its shorter side fits, and the middle is cut out."
        }
        Preprocessing::Fit(Fit::Pad) => {
            "A picture of another size is scaled until it fits whole, on black."
        }
        Preprocessing::Fit(Fit::Stretch) => "A picture of another size is stretched.",
        Preprocessing::CentreCrop => {
            "The shorter side of a picture is scaled to 256, and the middle is cut out."
        }
        _ => {
            "The file of this network does not say how pictures of other sizes are brought to this one, so a picture must have this size. With `-DONEBIT_FIT=ONEBIT_CROP` for `onebit_pixels.c`, the \
             shorter side of a picture is scaled and the middle cut out, as `onebit predict` does."
        }
    }
}

fn rejection(model: &Model, network: &Network, options: &Options) -> String {
    let Some(rejection) = model.rejection() else {
        return options.name.put_on(
            "The file of this network has no threshold, so `onebit_answer` always names a class. The export of a run with validation images has one.",
        );
    };
    options.name.put_on(&format!(
        "Where the greatest logit is less than `ONEBIT_MIN_MARGIN` ({} steps) above the second, `onebit_answer` returns -1: the image is none of \
         the classes. The threshold is the file's; it kept the class of {:.1} % of {} validation images.",
        network.min_margin,
        100.0 * rejection.kept,
        grouped(rejection.images as u64)
    ))
}

/// Digits by threes.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn what_is_called_measured_was() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benchmarks/embedded");
        let results = fs::read_to_string(folder.join("README.md")).unwrap();
        for (bits, millions) in MEASURED {
            let row = format!("residual {bits}** | {} |", millions.join(" | "));
            assert!(results.contains(&row), "{row}");
        }
    }

    #[test]
    fn what_was_measured_of_a_network_stands_in_place_of_what_others_take() {
        let known = Options::default().with_measured(Some(crate::Measured {
            core: crate::Core::CortexM4,
            code: 5123,
            compiler: "gcc 12".into(),
            instructions: Some(21_920_000),
        }));
        assert_eq!(
            code(&known),
            "5,123 | measured for this network: `gcc 12`, `-O2`, Cortex-M4"
        );
        assert!(instructions(&known).contains("takes 21,920,000 instructions on a Cortex-M4"));
        assert!(code(&Options::default()).contains("other networks"));
        assert!(instructions(&Options::default()).contains("**not measured"));
    }

    #[test]
    fn digits_by_threes() {
        let grouped = [7, 999, 1000, 12_345_678].map(grouped);
        assert_eq!(grouped, ["7", "999", "1,000", "12,345,678"]);
    }
}
