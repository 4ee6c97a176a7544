//! Words of a config.

/// The word that a config writes for a value.
pub fn word(value: &impl serde::Serialize) -> String {
    match toml::Value::try_from(value) {
        Ok(toml::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// As many characters of a text as there is room for.
pub fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
#[test]
fn a_cut_text_says_so() {
    assert_eq!(cut("ternary", 4), "tern…");
    assert_eq!(cut("1bit", 4), "1bit");
}
