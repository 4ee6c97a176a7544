//! Numbers as people read them.

/// `26,737,120`
pub fn grouped(number: u64) -> String {
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

/// `3.19 MiB`
fn mebibytes(bytes: u64) -> String {
    format!("{:.2} MiB", bytes as f64 / f64::from(1 << 20))
}

/// `32.76 KiB`, or from a mebibyte on `3.19 MiB`.
pub fn size(bytes: u64) -> String {
    match bytes < 1 << 20 {
        true => format!("{:.2} KiB", bytes as f64 / 1024.0),
        false => mebibytes(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (26_737_120, "26,737,120"),
        ];
        for (number, text) in cases {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(mebibytes(26_737_120 / 8), "3.19 MiB");
        let sizes = [0, (1 << 20) - 1, 1 << 20].map(size);
        assert_eq!(sizes, ["0.00 KiB", "1024.00 KiB", "1.00 MiB"]);
    }
}
