//! A run's own name, by which its checkpoints are known from those of other runs.

use crate::digest::sha256;

/// The name of a run that all these texts say: 32 hexadecimal digits. It is derived and not drawn, so that the same run
/// writes the same bytes. Runs with the same name take the same steps, so a checkpoint of one is one of the other.
pub fn of(texts: &[&str]) -> String {
    // With their lengths, so that no two lists are one text.
    let all: String = texts
        .iter()
        .map(|text| format!("{} {text}\n", text.len()))
        .collect();
    let mut name = sha256(all.as_bytes());
    name.truncate(32);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_texts_have_the_same_name_and_others_another() {
        let name = of(&["seed = 1", "digits"]);
        assert_eq!(name.len(), 32);
        assert_eq!(name, of(&["seed = 1", "digits"]));
        for other in [
            &["seed = 2", "digits"][..],
            &["seed = 1digits"],
            &["seed = 1", "digits", ""],
        ] {
            assert_ne!(name, of(other), "{other:?}");
        }
    }
}
