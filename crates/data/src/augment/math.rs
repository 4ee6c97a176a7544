//! Sine, cosine, logarithm and exponential from basic arithmetic alone, so that every machine gets
//! the same bits. Those of the systems' libraries differ in the last one.

use std::f64::consts::{LN_2, PI};

/// Sine and cosine of an angle in degrees.
pub fn sin_cos(degrees: f64) -> (f64, f64) {
    let quarters = (degrees / 90.0).round();
    let angle = (degrees - 90.0 * quarters) * (PI / 180.0);
    // Taylor: what is left is below 45°, where the last terms are below 1e-17.
    let square = angle * angle;
    let (mut sin, mut cos) = (0.0, 0.0);
    for n in (0..10).rev() {
        let n = f64::from(2 * n);
        sin = 1.0 - sin * square / ((n + 2.0) * (n + 3.0));
        cos = 1.0 - cos * square / ((n + 1.0) * (n + 2.0));
    }
    sin *= angle;
    match quarters.rem_euclid(4.0) as u32 {
        0 => (sin, cos),
        1 => (cos, -sin),
        2 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

/// The natural logarithm of a normal number above 0.
pub fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut exponent = ((bits >> 52) & 0x7ff) as i32 - 1023;
    let mut mantissa = f64::from_bits((bits & ((1 << 52) - 1)) | (1023 << 52));
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa /= 2.0;
        exponent += 1;
    }
    // ln m = 2 artanh((m - 1) / (m + 1)), of which the argument is below 0.172.
    let t = (mantissa - 1.0) / (mantissa + 1.0);
    let square = t * t;
    let mut sum = 0.0;
    for n in (0..12).rev() {
        sum = sum * square + 1.0 / f64::from(2 * n + 1);
    }
    f64::from(exponent) * LN_2 + 2.0 * t * sum
}

/// The exponential of a number that is 0 or less.
pub fn exp(x: f64) -> f64 {
    let twos = (x / LN_2).round();
    if twos < -1020.0 {
        return 0.0;
    }
    let rest = x - twos * LN_2;
    let mut sum = 1.0;
    for n in (1..18).rev() {
        sum = 1.0 + sum * rest / f64::from(n);
    }
    sum * f64::from_bits(((1023.0 + twos) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_systems_library_has_them() {
        for step in -1800..=1800 {
            let degrees = f64::from(step) / 10.0;
            let (sin, cos) = sin_cos(degrees);
            let (expected_sin, expected_cos) = degrees.to_radians().sin_cos();
            assert!((sin - expected_sin).abs() < 1e-15, "{degrees}: {sin}");
            assert!((cos - expected_cos).abs() < 1e-15, "{degrees}: {cos}");
        }
        for step in 1..2000 {
            for x in [
                f64::from(step) / 1000.0,
                1e-300 * f64::from(step),
                0.5f64.powi(step % 60),
            ] {
                let (found, expected) = (ln(x), x.ln());
                let bound = 1e-15 * expected.abs().max(1.0);
                assert!(
                    (found - expected).abs() < bound,
                    "ln {x}: {found}, {expected}"
                );
            }
            let x = -f64::from(step) / 3.0;
            let (found, expected) = (exp(x), x.exp());
            assert!(
                (found - expected).abs() <= 1e-13 * expected,
                "exp {x}: {found}, {expected}"
            );
        }
        assert_eq!((exp(0.0), ln(1.0), exp(-1e9)), (1.0, 0.0, 0.0));
        assert_eq!(sin_cos(90.0), (1.0, 0.0));
        assert_eq!(sin_cos(-180.0), (0.0, -1.0));
    }

    /// Pinned: what follows from these is the same on every machine.
    #[test]
    fn bits() {
        let bits = |x: f64| x.to_bits();
        let (sin, cos) = sin_cos(33.3);
        assert_eq!(
            [bits(sin), bits(cos), bits(ln(0.3)), bits(exp(-1.7))],
            [
                0x3fe1_9198_4d01_e95b,
                0x3fea_beef_145a_a617,
                0xbff3_4378_fcbd_a720,
                0x3fc7_622c_78a9_8a06
            ]
        );
    }
}
