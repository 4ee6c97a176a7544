//! The bit order and the container, byte by byte, worked out by hand.

mod common;

use runtime::{Affine, Conv, Padding, Scale, SequenceParts, Structure, Weights};

/// 1 image channel → 2 → 3 classes.
fn tiny() -> SequenceParts {
    // Output channel 0: the kernel's corners +1 (bits 0, 2, 6, 8). Channel 1: only its last
    // column (bits 2, 5, 8).
    let first = [
        [[1, -1, 1], [-1, -1, -1], [1, -1, 1]],
        [[-1, -1, 1], [-1, -1, 1], [-1, -1, 1]],
    ];
    let signs = first.iter().flatten().flatten().map(|&sign| sign > 0);
    let bits = Conv::pack(signs, 9);
    // 0b0100_0101 0b1, 0b0010_0100 0b1
    assert_eq!(bits, [0x45, 0x01, 0x24, 0x01]);
    let conv = |in_channels, out_channels, kernel, scale, bits| Conv {
        in_channels,
        out_channels,
        kernel,
        stride: 1,
        weights: Weights::Signs { scale, bits },
    };
    // Rows (+1, −1), (−1, +1), (+1, +1): bit 0 is input channel 0.
    let last = Conv::pack([true, false, false, true, true, true], 2);
    assert_eq!(last, [0b01, 0b10, 0b11]);
    SequenceParts::new(
        [1, 2, 2],
        vec![
            None,
            Some(Affine {
                scale: vec![1.0, 2.0],
                offset: vec![0.0, -1.0],
            }),
            None,
        ],
        vec![
            conv(1, 2, 3, Scale::Layer(0.5), bits),
            conv(2, 3, 1, Scale::Channels(vec![1.0, 2.0, 4.0]), last),
        ],
    )
    .with_class_names(vec!["a".into(), "b".into(), "c".into()])
    .with_padding(Padding::BottomRight)
    .with_structure(Structure::Plain)
}

#[test]
fn the_whole_file() {
    let file = tiny().model().unwrap().write().unwrap();
    let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    assert_eq!(length % 8, 0);
    let header = std::str::from_utf8(&file[8..8 + length]).unwrap();
    let expected = concat!(
        // Python's zlib.crc32 of what the format says.
        r#"{"__metadata__":{"checksum":"460a7a9a","class_names":"[\"a\",\"b\",\"c\"]","format":"onebit","#,
        r#""graph":"{\"input\":[1,2,2],\"nodes\":["#,
        r#"{\"name\":\"input conv\",\"op\":\"conv\",\"out\":2,\"kernel\":3,\"stride\":1,"#,
        r#"\"padding\":\"bottom-right\",\"weights\":\"1bit\"},"#,
        r#"{\"name\":\"output norm\",\"op\":\"norm\"},"#,
        r#"{\"name\":\"output relu\",\"op\":\"activation\",\"floor\":0.0},"#,
        r#"{\"name\":\"output conv\",\"op\":\"conv\",\"out\":3,\"kernel\":1,\"stride\":1,"#,
        r#"\"padding\":\"bottom-right\",\"weights\":\"bwn\"},"#,
        r#"{\"name\":\"mean\",\"op\":\"global-mean\"}]}","#,
        r#""provenance":"{}","version":"2"},"#,
        r#""output.norm.scale":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#,
        r#""output.norm.offset":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},"#,
        r#""input.conv.scale":{"dtype":"F32","shape":[],"data_offsets":[16,20]},"#,
        r#""output.conv.scale":{"dtype":"F32","shape":[3],"data_offsets":[20,32]},"#,
        r#""input.conv.signs":{"dtype":"U8","shape":[2,2],"data_offsets":[32,36]},"#,
        r#""output.conv.signs":{"dtype":"U8","shape":[3,1],"data_offsets":[36,39]}}"#,
    );
    assert_eq!(header.trim_end_matches(' '), expected);
    let mut data = Vec::new();
    for number in [1.0f32, 2.0, 0.0, -1.0, 0.5, 1.0, 2.0, 4.0] {
        data.extend(number.to_le_bytes());
    }
    data.extend([0x45, 0x01, 0x24, 0x01, 0b01, 0b10, 0b11]);
    assert_eq!(file[8 + length..], data);
}

#[test]
fn rows_as_numbers() {
    let parts = tiny();
    let row: Vec<f32> = parts.convs[0].row(1).collect();
    assert_eq!(row, [-0.5, -0.5, 0.5, -0.5, -0.5, 0.5, -0.5, -0.5, 0.5]);
    let row: Vec<f32> = parts.convs[1].row(2).collect();
    assert_eq!(row, [4.0, 4.0]);
    let row: Vec<f32> = parts.convs[1].row(0).collect();
    assert_eq!(row, [1.0, -1.0]);
}

/// The image 1 2 / 3 4. Convolution 0, padded by 1: the corners of a kernel centred on a pixel see
/// its diagonal neighbour, everything else counts −1; sums: 10 − 2·(all but the diagonal one).
#[test]
fn logits_by_hand() {
    let model = tiny().model().unwrap();
    // Channel 0: 2·diagonal − 10, halved: −1, −2, −3, −4 for the diagonals 4, 3, 2, 1.
    // Channel 1: +1 for the right column (none for the right pixels), −1 for the rest: the left
    // pixels (2 + 4) − (1 + 3) = 2, the right ones −10; halved 1, −5, 1, −5.
    // Norm 1: channel 0 as it is, ReLU: 0. Channel 1: 2·1 − 1 = 1 and −11, ReLU: 1, 0, 1, 0.
    // Convolution 1: class a −1·mean(1, 0, 1, 0) = −0.5, b +2·0.5 = 1, c 4·0.5 = 2.
    let logits = runtime::reference::logits::<f64>(&model, &[1, 2, 3, 4]).unwrap();
    assert_eq!(logits, [-0.5, 1.0, 2.0]);
    assert_eq!(
        runtime::reference::logits::<f32>(&model, &[1, 2, 3, 4]).unwrap(),
        [-0.5, 1.0, 2.0]
    );
    assert_eq!(runtime::reference::argmax(&logits), 2);
    let error = runtime::reference::logits::<f32>(&model, &[1, 2, 3])
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("expected 4 bytes (1 x 2 x 2), found 3"),
        "{error}"
    );
}
