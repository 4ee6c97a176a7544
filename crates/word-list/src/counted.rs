//! A number with what it counts.

use core::fmt;

/// A count with its noun, given in the singular, in the form that fits the number.
///
/// ```
/// use word_list::Counted;
///
/// assert_eq!(Counted(1, "image").to_string(), "1 image");
/// assert_eq!(Counted(0, "image").to_string(), "0 images");
/// assert_eq!(Counted(2, "class").to_string(), "2 classes");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Counted<'a>(pub usize, pub &'a str);

impl Counted<'_> {
    /// The verb that follows: `is` or `are`.
    ///
    /// ```
    /// use word_list::Counted;
    ///
    /// assert_eq!(Counted(1, "file").verb(), "is");
    /// assert_eq!(Counted(4, "file").verb(), "are");
    /// ```
    pub fn verb(self) -> &'static str {
        if self.0 == 1 { "is" } else { "are" }
    }
}

impl fmt::Display for Counted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(count, noun) = *self;
        let ends = |end: &str| noun.ends_with(end);
        // Of an epoch the end is a k.
        let hisses = ends("s") || ends("x") || ends("sh") || ends("ch") && !ends("och");
        let mut before = noun.chars().rev().skip(1);
        let vowel = |letter: char| "aeiou".contains(letter);
        match noun.strip_suffix('y') {
            _ if count == 1 => write!(f, "{count} {noun}"),
            Some(stem) if !before.next().is_some_and(vowel) => write!(f, "{count} {stem}ies"),
            _ if hisses => write!(f, "{count} {noun}es"),
            _ => write!(f, "{count} {noun}s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn nouns_follow_their_number() {
        for (noun, many) in [
            ("image", "images"),
            ("class", "classes"),
            ("batch", "batches"),
            ("epoch", "epochs"),
            ("box", "boxes"),
            ("entry", "entries"),
            ("day", "days"),
            ("size", "sizes"),
        ] {
            assert_eq!(
                Counted(1, noun).to_string().split_once(' '),
                Some(("1", noun))
            );
            for count in [0, 2, 11, 101] {
                let text = Counted(count, noun).to_string();
                assert_eq!(
                    text.split_once(' ').map(|(_, noun)| noun.to_string()),
                    Some(many.to_string())
                );
            }
        }
    }
}
