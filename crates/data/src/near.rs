//! The word that a mistyped one was perhaps meant to be.

/// The longest word that is compared.
const MAX_LENGTH: usize = 40;

/// The nearest of `words`, where it is near: at most a third of its letters are others, missing or
/// too many.
pub fn nearest<'a>(words: &[&'a str], found: &str) -> Option<&'a str> {
    if found.len() > MAX_LENGTH {
        return None;
    }
    let near = words.iter().map(|word| (distance(word, found), *word));
    let near = near.filter(|(distance, word)| (1..=word.len().div_ceil(3)).contains(distance));
    near.min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// How many letters have to be changed, left out or put in (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in to.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (from, to, expected) in [
            ("", "", 0),
            ("flip", "flip", 0),
            ("flip", "flop", 1),
            ("flip", "lip", 1),
            ("flip", "flips", 1),
            ("rotate", "rtoate", 2),
            ("kitten", "sitting", 3),
            ("", "abc", 3),
        ] {
            assert_eq!(distance(from, to), expected, "{from} {to}");
            assert_eq!(distance(to, from), expected, "{to} {from}");
        }
    }

    #[test]
    fn only_near_words_are_suggested() {
        let words = ["none", "crop", "crop-flip", "rotate", "noise"];
        for (found, expected) in [
            ("rotat", Some("rotate")),
            ("crop_flip", Some("crop-flip")),
            ("nois", Some("noise")),
            ("mirror", None),
            ("", None),
            ("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", None),
        ] {
            assert_eq!(nearest(&words, found), expected, "{found}");
        }
    }
}
