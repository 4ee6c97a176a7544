//! Amounts on the command line: bytes such as `64K`, instructions such as `22.5M`.

use std::str::FromStr;

/// Bytes. Its own type, as plain numbers of flags are read by `numbers.rs`, which knows no K.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bytes(pub usize);

/// Instructions for an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Instructions(pub u64);

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        bytes(text).map(Self)
    }
}

impl FromStr for Instructions {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        instructions(text).map(Self)
    }
}

/// The networks that are looked at end there.
const MAX_BYTES: usize = 16 << 20;

/// `65536`, `64K` or `1M` bytes; K is 1024.
fn bytes(text: &str) -> Result<usize, String> {
    let expected = || {
        "expected bytes, a whole number of 1 or more, such as 65536, 64K (K = 1024) or 1M, up to 16M"
            .to_owned()
    };
    let (digits, factor) = match text.strip_suffix(['K', 'k']) {
        Some(digits) => (digits, 1 << 10),
        None => match text.strip_suffix(['M', 'm']) {
            Some(digits) => (digits, 1 << 20),
            None => (text, 1),
        },
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(expected());
    }
    let bytes = digits
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_mul(factor));
    // More than any small device has.
    let bytes = bytes.filter(|&bytes| (1..=MAX_BYTES).contains(&bytes));
    bytes.ok_or_else(expected)
}

/// `30000000`, `30M` or `22.5M` instructions; K is 1000, M a million.
fn instructions(text: &str) -> Result<u64, String> {
    let expected = || {
        "expected instructions for an image, such as 30000000, 30M or 22.5M (M = a million)"
            .to_owned()
    };
    let (digits, factor) = match text.strip_suffix(['K', 'k']) {
        Some(digits) => (digits, 1e3),
        None => match text.strip_suffix(['M', 'm']) {
            Some(digits) => (digits, 1e6),
            None => (text, 1.0),
        },
    };
    let plain = digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number = digits.parse::<f64>().ok().filter(|_| plain);
    let number = number.map(|number| number * factor);
    match number {
        Some(number) if (1.0..=1e15).contains(&number) => Ok(number as u64),
        _ => Err(expected()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_k_of_bytes_is_1024() {
        for (text, expected) in [
            ("1", 1),
            ("65536", 65_536),
            ("64K", 65_536),
            ("64k", 65_536),
            ("16M", 16 << 20),
        ] {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "0",
            "K",
            "-1",
            "+1",
            "1.5K",
            "64KB",
            "64 K",
            "1G",
            "17M",
            "99999999999999999999",
            "5000000K",
        ] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_m_of_instructions_is_a_million() {
        for (text, expected) in [
            ("30M", 30_000_000),
            ("22.5M", 22_500_000),
            ("7", 7),
            ("4k", 4000),
        ] {
            assert_eq!(instructions(text), Ok(expected), "{text}");
        }
        for text in ["", "M", "-3M", "inf", "1e9", "0", "nan", "1.2.3M", "0.1"] {
            assert!(instructions(text).is_err(), "{text}");
        }
    }
}
