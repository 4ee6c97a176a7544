//! Words from outside inside of C.

/// The longest string that every compiler of C99 must take.
const MAX_STRING: usize = 4095;

/// A text as a string of C in its quotes, byte by byte, or `None` when it is too long or has a 0 in it.
pub(crate) fn string(text: &str) -> Option<String> {
    if text.len() > MAX_STRING || text.contains('\0') {
        return None;
    }
    let mut quoted = String::from("\"");
    for &byte in text.as_bytes() {
        match byte {
            // Two question marks begin a trigraph.
            b' '..=b'~' if !matches!(byte, b'"' | b'\\' | b'?') => quoted.push(char::from(byte)),
            _ => quoted += &format!("\\{byte:03o}"),
        }
    }
    quoted.push('"');
    Some(quoted)
}

/// A text for the inside of a comment: what could end it, begin another or a new line, or is no ASCII, as its number.
pub(crate) fn comment(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            ' '..='~' if !matches!(character, '*' | '\\' | '?') => escaped.push(character),
            _ => escaped += &format!("\\u{{{:x}}}", u32::from(character)),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_c_gets_through() {
        assert_eq!(
            string("a\"b\\??/\n").unwrap(),
            r#""a\042b\134\077\077/\012""#
        );
        assert_eq!(string("é1").unwrap(), r#""\303\2511""#);
        assert_eq!(string("a\0b"), None);
        assert_eq!(string(&"a".repeat(4096)), None);
        assert_eq!(
            comment("*/ int x; /* é\n"),
            r"\u{2a}/ int x; /\u{2a} \u{e9}\u{a}"
        );
    }
}
