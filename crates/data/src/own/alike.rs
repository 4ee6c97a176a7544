//! Names that look alike and are not equal: an accent is one character with its letter, as in `é` of most systems, or a mark
//! behind it, as macOS writes file names.

use std::collections::BTreeMap;

/// Two of these names that look alike.
pub(super) fn pair<'a>(names: impl Iterator<Item = &'a str>) -> Option<[&'a str; 2]> {
    let mut seen: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for name in names.filter(|name| !name.is_ascii()) {
        let others = seen.entry(outline(name)).or_default();
        if let Some(other) = others.iter().find(|other| alike(other, name)) {
            return Some([other, name]);
        }
        // One of each way of writing is enough to compare with.
        if others.len() < 8 {
            others.push(name);
        }
    }
    None
}

/// Whether two names differ at most in how accents are written.
pub(super) fn alike(a: &str, b: &str) -> bool {
    let (a, b) = (letters(a), letters(b));
    let same = |(a, b): (&(char, bool), &(char, bool))| {
        let one_character = |a: &(char, bool), b: &(char, bool)| !a.0.is_ascii() && !a.1 && b.1;
        a == b || one_character(a, b) || one_character(b, a)
    };
    a.len() == b.len() && a.iter().zip(&b).all(same)
}

/// What alike names have in common.
fn outline(name: &str) -> String {
    let letter = |&(letter, has_mark): &(char, bool)| match has_mark || !letter.is_ascii() {
        true => '?',
        false => letter,
    };
    letters(name).iter().map(letter).collect()
}

/// Each letter, and whether marks follow.
fn letters(name: &str) -> Vec<(char, bool)> {
    let mut letters: Vec<(char, bool)> = Vec::new();
    for c in name.chars() {
        match letters.last_mut() {
            Some(letter) if is_mark(c) => letter.1 = true,
            _ => letters.push((c, false)),
        }
    }
    letters
}

/// Combining diacritical marks, the Japanese voiced sound marks among them.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{3099}' | '\u{309a}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_are_written_in_two_ways() {
        for (composed, marks) in [
            ("café", "cafe\u{301}"),
            ("Äpfel", "A\u{308}pfel"),
            ("ガ", "カ\u{3099}"),
            ("ệ", "e\u{323}\u{302}"),
        ] {
            assert!(
                alike(composed, marks) && alike(marks, composed),
                "{composed}"
            );
            assert_eq!(
                pair(["b", composed, "a", marks].into_iter()),
                Some([composed, marks])
            );
        }
        for (a, b) in [
            ("cafe", "café"),
            ("cafe", "cafe\u{301}"),
            ("é", "è"),
            ("caf", "café"),
        ] {
            assert!(!alike(a, b), "{a} {b}");
            assert_eq!(pair([a, b].into_iter()), None);
        }
        assert_eq!(pair(["猫", "犬", "\u{301}", ""].into_iter()), None);
    }
}
