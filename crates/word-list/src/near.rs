//! The word that a mistyped one was perhaps meant to be.

/// The longest word that is compared, in bytes.
const MAX_LENGTH: usize = 40;
/// The shortest text that is looked for within a word.
const MIN_PART: usize = 4;

/// The nearest of `words`, where one is near.
///
/// Letter case does not count, and `-`, `_` and a space are the same. Near is a word of which at most
/// a third of the letters are others, missing, too many, or changed places with a neighbour; else
/// the shortest that `found` is a part of, one that ends in it before others.
///
/// ```
/// let words = ["learning_rate", "weight_decay", "epochs"];
/// assert_eq!(word_list::nearest(words, "learning-rate"), Some("learning_rate"));
/// assert_eq!(word_list::nearest(words, "epohcs"), Some("epochs"));
/// assert_eq!(word_list::nearest(words, "decay"), Some("weight_decay"));
/// assert_eq!(word_list::nearest(words, "dropout"), None);
/// ```
pub fn nearest<'a>(
    words: impl IntoIterator<Item = &'a str> + Clone,
    found: &str,
) -> Option<&'a str> {
    let found = Folded::new(found)?;
    let near = words.clone().into_iter().filter_map(|word| {
        let letters = Folded::new(word)?;
        let distance = distance(letters.bytes(), found.bytes());
        (distance <= letters.len.div_ceil(3)).then_some((distance, word))
    });
    // `min_by_key` takes the first of several, so the order of the list decides.
    let near = near.min_by_key(|(distance, _)| *distance);
    near.map(|(_, word)| word).or_else(|| {
        let holds = |word: &&str| {
            Folded::new(word).is_some_and(|letters| {
                let mut parts = letters.bytes().windows(found.len.max(MIN_PART));
                parts.any(|part| part == found.bytes())
            })
        };
        let ends = |word: &str| {
            Folded::new(word).is_some_and(|letters| letters.bytes().ends_with(found.bytes()))
        };
        words
            .into_iter()
            .filter(holds)
            .min_by_key(|word| (!ends(word), word.len()))
    })
}

/// A word in small letters, with `_` for each mark that parts words.
struct Folded {
    bytes: [u8; MAX_LENGTH],
    len: usize,
}

impl Folded {
    /// `None` for no word, and for one that is too long.
    fn new(word: &str) -> Option<Self> {
        let mut bytes = [0; MAX_LENGTH];
        let len = word.len();
        if len == 0 {
            return None;
        }
        for (to, byte) in bytes.get_mut(..len)?.iter_mut().zip(word.bytes()) {
            *to = match byte {
                b'-' | b' ' => b'_',
                byte => byte.to_ascii_lowercase(),
            };
        }
        Some(Self { bytes, len })
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// How many letters have to be changed, left out, put in, or swapped with the next one.
fn distance(from: &[u8], to: &[u8]) -> usize {
    let mut before = [0; MAX_LENGTH + 1];
    let mut last = [0; MAX_LENGTH + 1];
    for (j, cell) in last.iter_mut().enumerate() {
        *cell = j;
    }
    for i in 0..from.len() {
        let mut row = [i + 1; MAX_LENGTH + 1];
        for j in 0..to.len() {
            let same = from[i] == to[j];
            let mut steps = (last[j] + usize::from(!same)).min(last[j + 1] + 1);
            steps = steps.min(row[j] + 1);
            if i > 0 && j > 0 && from[i] == to[j - 1] && from[i - 1] == to[j] {
                steps = steps.min(before[j - 1] + 1);
            }
            row[j + 1] = steps;
        }
        before = last;
        last = row;
    }
    last[to.len()]
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
            ("flip", "filp", 1),
            ("kitten", "sitting", 3),
            ("", "abc", 3),
        ] {
            let (from, to) = (from.as_bytes(), to.as_bytes());
            assert_eq!(distance(from, to), expected, "{from:?} {to:?}");
            assert_eq!(distance(to, from), expected, "{to:?} {from:?}");
        }
    }

    #[test]
    fn only_near_words_are_suggested() {
        let words = [
            "none",
            "crop",
            "crop-flip",
            "rotate",
            "noise",
            "decay_norms",
            "weight_decay",
            "cifar10",
            "cifar100",
        ];
        for (found, expected) in [
            ("rotat", Some("rotate")),
            ("rtoate", Some("rotate")),
            ("crop_flip", Some("crop-flip")),
            ("CROP", Some("crop")),
            ("nois", Some("noise")),
            ("cifar", Some("cifar10")),
            ("cifar-100", Some("cifar100")),
            ("flip", Some("crop-flip")),
            ("decay", Some("weight_decay")),
            ("ip", None),
            ("mirror", None),
            ("", None),
            ("größe", None),
        ] {
            assert_eq!(nearest(words, found), expected, "{found}");
        }
        let long = "zzzz".repeat(100);
        assert_eq!(nearest([&*long, "none"], &long), None);
        assert_eq!(nearest(["none"], &long), None);
    }
}
