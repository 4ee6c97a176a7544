//! Products with ±1 by table look-up against plain loops, on every instruction set.

mod random;

use kernels::Isa;
use kernels::signs::{MAX_INPUT, PIXELS, SignMatrix, sign_product, sign_product_i16};
use random::Random;

/// The same tests in a module for each instruction set.
macro_rules! suite {
    ($($module:ident: $isa:expr;)*) => {$(
        mod $module {
            use super::*;

            suite!(@ $isa, stringify!($module), integers floats extremes);
        }
    )*};
    (@ $isa:expr, $name:expr, $($op:ident)*) => {$(
        #[test]
        fn $op() {
            match $isa {
                Some(isa) => {
                    println!("covered {} on {}", stringify!($op), isa);
                    super::$op(isa);
                }
                None => println!("SKIPPED {} on {}: this machine lacks it", stringify!($op), $name),
            }
        }
    )*};
}

suite! {
    portable: Some(Isa::portable());
    avx2: Isa::avx2();
    avx512: Isa::avx512();
}

/// Outputs and inputs: every size from nothing to twice a chunk, and some larger.
fn sizes() -> Vec<(usize, usize)> {
    let mut sizes: Vec<(usize, usize)> = (0..=66).map(|n| (n % 7 + 1, n)).collect();
    sizes.extend((0..=66).map(|n| (n, n % 5 + 30)));
    sizes.extend([(3, 129), (17, 300), (64, 576), (10, 640)]);
    sizes
}

struct Case {
    matrix: SignMatrix,
    /// `[output][input]`, as numbers.
    signs: Vec<i32>,
    outputs: usize,
    inputs: usize,
}

fn case(random: &mut Random, outputs: usize, inputs: usize) -> Case {
    let signs: Vec<i32> = random
        .floats(outputs * inputs)
        .into_iter()
        .map(|x| if x > 0.0 { 1 } else { -1 })
        .collect();
    let row_bytes = inputs.div_ceil(8);
    let mut bits = vec![0u8; outputs * row_bytes];
    for (index, &sign) in signs.iter().enumerate() {
        let (output, input) = (index / inputs, index % inputs);
        if sign > 0 {
            bits[output * row_bytes + input / 8] |= 1 << (input % 8);
        }
    }
    Case {
        matrix: SignMatrix::new(outputs, inputs, &bits),
        signs,
        outputs,
        inputs,
    }
}

/// Rows of values, 0 after `inputs`, one element into their buffer so that no vector is aligned.
fn rows<T: Copy + Default>(
    case: &Case,
    value: impl FnMut(f32) -> T,
    random: &mut Random,
) -> Vec<T> {
    let used = random.floats(case.inputs * PIXELS);
    let mut rows = vec![T::default(); 1 + case.matrix.padded_inputs() * PIXELS];
    for (to, from) in rows[1..].iter_mut().zip(used.into_iter().map(value)) {
        *to = from;
    }
    rows
}

fn expected(case: &Case, rows: &[i32]) -> Vec<i32> {
    let mut sums = vec![0; case.outputs * PIXELS];
    for output in 0..case.outputs {
        for input in 0..case.inputs {
            let sign = case.signs[output * case.inputs + input];
            for pixel in 0..PIXELS {
                sums[output * PIXELS + pixel] += sign * rows[input * PIXELS + pixel];
            }
        }
    }
    sums
}

fn integer_sums(isa: Isa, case: &Case, rows: &[i16]) -> Vec<i32> {
    // What is not overwritten shows.
    let mut sums = vec![i32::MIN; 1 + case.outputs * PIXELS];
    let mut scratch = vec![i16::MAX; 1 + case.outputs * PIXELS];
    sign_product_i16(
        isa,
        &case.matrix,
        &rows[1..],
        &mut scratch[1..],
        &mut sums[1..],
    );
    sums.split_off(1)
}

fn integers(isa: Isa) {
    let random = &mut Random(3);
    for (outputs, inputs) in sizes() {
        let case = case(random, outputs, inputs);
        let rows = rows(&case, |x| (x * f32::from(MAX_INPUT)) as i16, random);
        let wide: Vec<i32> = rows[1..].iter().map(|&x| i32::from(x)).collect();
        assert_eq!(
            integer_sums(isa, &case, &rows),
            expected(&case, &wide),
            "{outputs} x {inputs}"
        );
    }
}

/// Inputs of the greatest magnitude with signs that all agree: the sums that 16 bits just hold.
fn extremes(isa: Isa) {
    for value in [MAX_INPUT, -MAX_INPUT] {
        for inputs in [128, 640, 5760] {
            let matrix = SignMatrix::new(
                2,
                inputs,
                &[vec![0xff; inputs / 8], vec![0; inputs / 8]].concat(),
            );
            let rows = vec![value; 1 + matrix.padded_inputs() * PIXELS];
            let case = Case {
                matrix,
                signs: Vec::new(),
                outputs: 2,
                inputs,
            };
            let sums = integer_sums(isa, &case, &rows);
            let sum = i32::from(value) * inputs as i32;
            assert!(sums[..PIXELS].iter().all(|&s| s == sum), "{value} {inputs}");
            assert!(
                sums[PIXELS..].iter().all(|&s| s == -sum),
                "{value} {inputs}"
            );
        }
    }
}

fn floats(isa: Isa) {
    let random = &mut Random(4);
    for (outputs, inputs) in sizes() {
        let case = case(random, outputs, inputs);
        let rows = rows(&case, |x| x, random);
        let mut sums = vec![f32::NAN; 1 + outputs * PIXELS];
        sign_product(isa, &case.matrix, &rows[1..], &mut sums[1..]);
        for (index, &found) in sums[1..].iter().enumerate() {
            let (output, pixel) = (index / PIXELS, index % PIXELS);
            let terms = (0..inputs).map(|input| {
                let sign = f64::from(case.signs[output * inputs + input]);
                sign * f64::from(rows[1 + input * PIXELS + pixel])
            });
            let expected: f64 = terms.sum();
            // n sums of numbers up to 1, each rounded.
            let tolerance = f64::from(f32::EPSILON) * (inputs * inputs + 1) as f64;
            assert!(
                (f64::from(found) - expected).abs() <= tolerance,
                "{outputs} x {inputs} [{index}]: {found}, expected {expected}"
            );
        }
    }
}
