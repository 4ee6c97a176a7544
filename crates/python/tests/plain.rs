//! What needs no Python: which layout a shape has, and what logits say.

#[path = "../src/answer.rs"]
mod answer;
#[path = "../src/layout.rs"]
mod layout;

use answer::{argmax, is_rejected, shares};
use layout::{Layout, shape, to_planes};

/// The layout of a shape as a word, or what is said of it.
fn of(name: Option<&str>, shape: &[usize], input: [usize; 3], one: bool) -> String {
    match Layout::of(name, shape, input, one) {
        Ok(layout) => layout.to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_shape_tells_which_axis_is_which_or_is_refused() {
    let colour = [3, 32, 24];
    for (shape, expected) in [
        (&[7, 3, 32, 24][..], "NCHW"),
        (&[0, 32, 24, 3], "NHWC"),
        (&[3, 32, 24], "CHW"),
        (&[32, 24, 3], "HWC"),
    ] {
        assert_eq!(of(None, shape, colour, false), expected);
        assert_eq!(of(Some(expected), shape, colour, false), expected);
        let layout = Layout::of(None, shape, colour, false).unwrap();
        assert_eq!(layout.is_planes(), expected.ends_with("CHW"));
        assert!(Layout::of(Some("NHW"), shape, colour, false).is_err());
    }
    for shape in [
        &[32, 24][..],
        &[7, 32, 24],
        &[3, 24, 32],
        &[7, 3, 24, 32],
        &[1, 7, 3, 32, 24],
        &[],
    ] {
        let said = of(None, shape, colour, false);
        assert!(
            said.starts_with("expected NCHW (N, 3, 32, 24) or NHWC"),
            "{said}"
        );
        assert!(
            said.contains("found shape (") && !said.contains("NHW "),
            "{said}"
        );
    }
    let grey = [1, 28, 28];
    for (shape, expected) in [
        (&[60, 28, 28][..], "NHW"),
        (&[28, 28, 28], "NHW"),
        (&[60, 1, 28, 28], "NCHW"),
        (&[60, 28, 28, 1], "NHWC"),
        (&[28, 28], "HW"),
        (&[28, 28, 1], "HWC"),
    ] {
        assert_eq!(of(None, shape, grey, false), expected);
    }
    // One image, or a batch of one: the answer would be one or a list.
    let said = of(None, &[1, 28, 28], grey, false);
    assert!(
        said.contains("(1, 28, 28), which can be CHW or NHW; name one"),
        "{said}"
    );
    assert_eq!(of(Some("NHW"), &[1, 28, 28], grey, false), "NHW");
    // Within a list each is one image.
    assert_eq!(of(None, &[1, 28, 28], grey, true), "CHW");
    let said = of(Some("NCHW"), &[3, 32, 24], colour, true);
    assert!(said.contains("expected a single image"), "{said}");
    // A cube.
    let said = of(None, &[9, 3, 3, 3], [3, 3, 3], false);
    assert!(said.contains("NCHW or NHWC"), "{said}");
    let said = of(Some("NHCW"), &[9, 3, 3, 3], [3, 3, 3], false);
    assert!(said.starts_with("layout: expected NCHW, NHWC"), "{said}");
    assert!(said.contains("found `NHCW`; did you mean"), "{said}");
    assert_eq!(
        [shape(&[]), shape(&[4]), shape(&[4, 5])],
        ["()", "(4,)", "(4, 5)"]
    );
}

#[test]
fn channels_beside_each_other_become_planes() {
    let planes = Layout::ALL.map(Layout::is_planes);
    assert_eq!(planes, [true, false, true, false, true, true]);
    let mut planes = [0; 6];
    to_planes(&[1, 2, 3, 4, 5, 6], 3, &mut planes);
    assert_eq!(planes, [1, 4, 2, 5, 3, 6]);
    to_planes(&[1, 2, 3, 4, 5, 6], 1, &mut planes);
    assert_eq!(planes, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn logits_say_what_the_runtime_says_of_them() {
    for logits in [
        &[1.0, 4.0, 2.5][..],
        &[4.0, 1.0, 4.0],
        &[-3.0, -1.0],
        &[7.0],
        &[f64::from(0.3_f32), f64::from(0.1_f32)],
    ] {
        let singles: Vec<f32> = logits.iter().map(|&logit| logit as f32).collect();
        assert_eq!(argmax(logits), Ok(runtime::reference::argmax(&singles)));
        let margin = f64::from(runtime::margin(&singles));
        for is_single in [false, true] {
            let rejected = |threshold| is_rejected(logits, threshold, is_single);
            assert!(!rejected(None));
            assert_eq!(rejected(Some(margin + 0.25)), margin.is_finite());
        }
        // Rounded to 32 bits it is exactly the runtime's.
        assert!(!is_rejected(logits, Some(margin.min(1e9)), true));
        let above = (margin as f32).next_up().min(1e9);
        assert_eq!(
            is_rejected(logits, Some(above.into()), true),
            margin.is_finite()
        );
        let shares = shares(logits).unwrap();
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
    let found = shares(&[0.0, 3f64.ln()]).unwrap();
    assert!((found[1] - 0.75).abs() < 1e-12);
    for wrong in [f64::NAN, f64::INFINITY] {
        assert!(argmax(&[0.0, wrong]).is_err() && shares(&[wrong, 0.0]).is_err());
    }
}
