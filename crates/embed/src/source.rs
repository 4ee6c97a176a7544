//! The header that a user of the C code reads.

use runtime::integer::Network;
use runtime::pixels::Fit;
use runtime::{Model, Preprocessing};

use crate::{Options, Sizes, boards, text};

/// `onebit.h`.
pub(crate) fn public_header(
    model: &Model,
    network: &Network,
    sizes: Sizes,
    options: &Options,
) -> String {
    let [channels, height, width] = model.input();
    let numbers = [
        ("@CHANNELS@", channels as i64),
        ("@HEIGHT@", height as i64),
        ("@WIDTH@", width as i64),
        ("@IMAGE_BYTES@", model.image_len() as i64),
        ("@CLASSES@", model.classes() as i64),
        ("@LOGIT_BITS@", i64::from(network.logit_bits)),
        ("@PREPROCESSING@", preprocessing(model)),
        ("@MIN_MARGIN@", i64::from(network.min_margin)),
        ("@FLASH@", sizes.flash as i64),
        ("@RAM@", sizes.ram as i64),
        ("@CALLER_MEMORY@", i64::from(options.caller_memory)),
    ];
    let mut header = options.name.put_on(include_str!("../templates/onebit.h"));
    for (word, number) in numbers {
        header = header.replace(word, &number.to_string());
    }
    // Last, so that nothing in these words is taken for a place.
    header.replace("@ABOUT@", &about(model, sizes))
}

/// The header's number.
fn preprocessing(model: &Model) -> i64 {
    match model.preprocessing() {
        Preprocessing::Fit(Fit::Crop) => 1,
        Preprocessing::Fit(Fit::Pad) => 2,
        Preprocessing::Fit(Fit::Stretch) => 3,
        Preprocessing::CentreCrop => 4,
        _ => 0,
    }
}

/// Where the network comes from and where it fits, in lines of a comment.
fn about(model: &Model, sizes: Sizes) -> String {
    let provenance = model.provenance().iter();
    let mut lines: Vec<String> = provenance
        .map(|(key, value)| format!(" * {}: {}", text::comment(key), text::comment(value)))
        .collect();
    lines.push(" *".into());
    let fits = boards::lines(sizes).into_iter();
    lines.extend(fits.map(|line| format!(" * {}", text::comment(&line))));
    lines.join("\n")
}
