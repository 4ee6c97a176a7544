//! What an export's functions, macros and files are called.

use std::fmt;
use std::str::FromStr;

use crate::EmbedError;

/// The longest name.
const MAX_LEN: usize = 32;
/// Headers of C and of those that boards come with: a file of that name would be found in their place.
const HEADERS: [&str; 34] = [
    "arduino",
    "assert",
    "complex",
    "ctype",
    "errno",
    "fenv",
    "float",
    "inttypes",
    "iso646",
    "limits",
    "locale",
    "main",
    "malloc",
    "math",
    "memory",
    "new",
    "setjmp",
    "signal",
    "stdalign",
    "stdarg",
    "stdatomic",
    "stdbool",
    "stddef",
    "stdint",
    "stdio",
    "stdlib",
    "stdnoreturn",
    "string",
    "strings",
    "tgmath",
    "threads",
    "time",
    "unistd",
    "wchar",
];
/// Headers of Arduino's boards, in small letters: where a file system takes both cases for one, a file of that name would be
/// found in their place.
const ARDUINO: [&str; 19] = [
    "client",
    "eeprom",
    "ethernet",
    "hid",
    "keyboard",
    "mouse",
    "print",
    "printable",
    "sd",
    "server",
    "servo",
    "softwareserial",
    "spi",
    "stream",
    "udp",
    "usbapi",
    "wifi",
    "wire",
    "wstring",
];
/// Types whose width C23 has as a macro, such as `INT_WIDTH`: a network of that name would define it as the image's.
const TYPES: [&str; 20] = [
    "bool",
    "char",
    "int",
    "intmax",
    "intptr",
    "llong",
    "long",
    "ptrdiff",
    "schar",
    "short",
    "shrt",
    "sig_atomic",
    "size",
    "uchar",
    "uint",
    "uintmax",
    "uintptr",
    "ullong",
    "ulong",
    "wint",
];
/// What names of an export's own files end in: with it, a network would have the files of another.
const ENDINGS: [&str; 4] = ["_camera", "_model", "_pixels", "_selftest"];

/// What an export is called: functions begin with `parts_`, macros with `PARTS_`, and files with `parts`.
///
/// Two networks with different names can be parts of one program.
///
/// ```
/// let name: embed::Name = "parts".parse()?;
/// assert_eq!(name.to_string(), "parts");
/// assert!("string".parse::<embed::Name>().is_err());
/// # Ok::<(), embed::EmbedError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

impl Default for Name {
    /// `onebit`.
    fn default() -> Self {
        Self("onebit".into())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = EmbedError;

    fn from_str(name: &str) -> Result<Self, EmbedError> {
        let refused = |found: &str| {
            Err(EmbedError::Name {
                name: name.to_owned(),
                found: found.to_owned(),
            })
        };
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || name.len() > MAX_LEN {
            return refused(&format!("{} bytes", name.len()));
        }
        if let Some(other) = name.chars().find(|&c| !letters(c)) {
            return refused(&format!("{other:?} in it"));
        }
        // C++ keeps two underscores for itself, and what follows is joined by another one.
        if let Some(first) = name.chars().find(|c| !c.is_ascii_lowercase())
            && name.starts_with(first)
        {
            return refused(&format!("{first:?} as its first letter"));
        }
        if name.ends_with('_') {
            return refused("'_' as its end");
        }
        if name.contains("__") {
            return refused("two underscores side by side");
        }
        if HEADERS.contains(&name) || ARDUINO.contains(&name) {
            return refused("what a system's header or program is called");
        }
        if TYPES.contains(&name) || is_sized_type(name) {
            return refused("what a type of C is called");
        }
        if let Some(ending) = ENDINGS.iter().find(|ending| name.ends_with(**ending)) {
            return refused(&format!("the end {ending} of an export's own files"));
        }
        Ok(Self(name.into()))
    }
}

/// Whether this is `int8`, `uint_fast16` and the like, whose widths are macros too.
fn is_sized_type(name: &str) -> bool {
    let bits = name.strip_prefix('u').unwrap_or(name).strip_prefix("int");
    let bits = bits.map(|bits| bits.strip_prefix("_least").unwrap_or(bits));
    let bits = bits.map(|bits| bits.strip_prefix("_fast").unwrap_or(bits));
    bits.is_some_and(|bits| matches!(bits, "8" | "16" | "32" | "64"))
}

impl Name {
    /// What other tools call the library, so that it is not taken for the program's own parts: `onebit` or `onebit_parts`.
    #[must_use]
    pub fn library(&self) -> String {
        match self.0.as_str() {
            "onebit" => "onebit".into(),
            name => format!("onebit_{name}"),
        }
    }

    /// A template's text with this name: templates are written with `onebit_`, `ONEBIT_` and `onebit.h`.
    pub(crate) fn put_on(&self, template: &str) -> String {
        let (lower, upper, library) = (&self.0, self.0.to_uppercase(), self.library());
        // The library's name last: it has `onebit_` in it.
        template
            .replace("onebit_", &format!("{lower}_"))
            .replace("ONEBIT_", &format!("{upper}_"))
            .replace("onebit.", &format!("{lower}."))
            .replace("@LIBRARY@", &library)
            .replace("@SYMBOL@", &library.to_uppercase())
            .replace("@VERSION@", crate::VERSION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_and_functions() {
        for name in ["onebit", "parts", "a", "net_2", "x1"] {
            assert_eq!(name.parse::<Name>().unwrap().to_string(), name);
        }
        for (name, word) in [
            ("", "0 bytes"),
            (&"a".repeat(33), "33 bytes"),
            ("Parts", "'P'"),
            ("my-net", "'-'"),
            ("../net", "'.'"),
            ("größe", "'ö'"),
            ("2nd", "'2' as its first"),
            ("_net", "'_' as its first"),
            ("net_", "'_' as its end"),
            ("a__b", "two underscores"),
            ("stdint", "header"),
            ("arduino", "header"),
            ("wire", "header"),
            ("int", "a type of C"),
            ("uint_fast16", "a type of C"),
            ("int8", "a type of C"),
            ("net_model", "_model"),
        ] {
            let error = name.parse::<Name>().unwrap_err().to_string();
            assert!(error.contains(word), "{name}: {error}");
        }
        for name in ["int7", "print_er", "uint_slow8", "intern"] {
            assert!(name.parse::<Name>().is_ok(), "{name}");
        }
        for list in [&HEADERS[..], &ARDUINO, &TYPES] {
            assert!(list.is_sorted());
        }
    }

    #[test]
    fn a_template_takes_it() {
        let template = "#include \"onebit.h\"\nint onebit_logits = ONEBIT_RAM_BYTES; /* Onebit, @LIBRARY@ CONFIG_@SYMBOL@ */";
        let name = |name: &str| name.parse::<Name>().unwrap().put_on(template);
        assert_eq!(
            name("parts"),
            "#include \"parts.h\"\nint parts_logits = PARTS_RAM_BYTES; /* Onebit, onebit_parts CONFIG_ONEBIT_PARTS */"
        );
        let own = name("onebit");
        assert_eq!(
            own,
            template
                .replace("@LIBRARY@", "onebit")
                .replace("@SYMBOL@", "ONEBIT")
        );
    }
}
