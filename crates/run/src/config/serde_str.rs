//! Serde for types that a config writes as one word: through `Display` and `FromStr`.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serializer, de};

pub fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

pub fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    let word = Cow::<str>::deserialize(deserializer)?;
    word.parse().map_err(de::Error::custom)
}

/// The word that was perhaps meant where serde knows no field or variant of a name; serde's message
/// has the name, then all that there are, each in backticks.
pub fn meant(message: &str) -> Option<&str> {
    let begins = ["unknown field `", "unknown variant `"];
    let at = begins.iter().find_map(|begin| message.find(begin))?;
    let mut words = message[at..].split('`').skip(1).step_by(2);
    let found = words.next()?;
    word_list::nearest(words, found)
}

/// A message of serde with the types that it names in words of a user.
pub fn in_words(message: &str) -> String {
    let words = [
        ("usize", "a whole number"),
        ("u64", "a whole number"),
        ("u32", "a whole number"),
        ("f64", "a number"),
        ("f32", "a number"),
        ("a boolean", "true or false"),
        ("a string", "a text"),
        ("a sequence", "a list"),
    ];
    let mut text = message.to_owned();
    for (from, to) in words {
        text = text.replace(&format!("expected {from}"), &format!("expected {to}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use graph::Design;

    use super::*;

    #[test]
    fn a_near_word_is_found_in_the_messages_of_serde() {
        let error = |text: &str| toml::from_str::<Design>(text).unwrap_err().to_string();
        let stem = "version = 1\n[stem]\n";
        let field = error(&format!(
            "{stem}chanels = 8\n[[stages]]\nchannels = 8\nblocks = 1\n"
        ));
        assert_eq!(meant(&field), Some("channels"), "{field}");
        let other = error(&format!("{stem}channels = 'x'\n"));
        assert_eq!(meant(&other), None, "{other}");
        assert_eq!(meant("unknown field `"), None);
    }
}
