//! Words of files and settings: one macro for an enum whose entries are such words, and what an error
//! says of a word that is none of a list: the [`nearest`] one, and the word itself, [`Cut`]. Counts with their
//! nouns are [`Counted`], and [`width`] is how wide a text is.
//!
//! ```
//! use word_list::word_list;
//!
//! #[derive(Debug, PartialEq)]
//! pub struct Unknown(String);
//!
//! impl Unknown {
//!     fn word(what: &'static str, words: &[&'static str], found: &str) -> Self {
//!         Self(format!("{what} {found}: expected {}", words.join(" or ")))
//!     }
//! }
//!
//! word_list! {
//!     /// A fruit.
//!     #[derive(Clone, Copy, Debug, PartialEq)]
//!     pub enum Fruit("fruit", Unknown) {
//!         /// Red or green.
//!         Apple = "apple",
//!         /// Yellow.
//!         Lemon = "lemon",
//!     }
//! }
//!
//! assert_eq!(Fruit::ALL, [Fruit::Apple, Fruit::Lemon]);
//! assert_eq!(Fruit::Lemon.to_string(), "lemon");
//! assert_eq!("apple".parse(), Ok(Fruit::Apple));
//! let error = "fig".parse::<Fruit>().unwrap_err();
//! assert_eq!(error.0, "fruit fig: expected apple or lemon");
//! ```
//!
//! The crate has no dependency, no procedural macro and no allocation, so that the crates that promise
//! as much can use it.
#![no_std]
#[cfg(test)]
extern crate std;

mod counted;
mod cut;
mod near;
mod width;

pub use counted::Counted;
pub use cut::{Brief, Cut, Meant, Printable};
pub use near::nearest;
pub use width::{cells, width};

/// Defines an enum with `ALL`, `WORDS`, `name`, `Display` and `FromStr`, whose words are written
/// once.
///
/// After the enum's name stand what its entries are words of, and the error of `FromStr`. The error
/// has a function `word(what: &'static str, words: &[&'static str], found: &str) -> Self`. Without
/// the parentheses there is no `FromStr`.
#[macro_export]
macro_rules! word_list {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident ($what:literal, $error:ty) {
            $( $(#[$entry_meta:meta])* $entry:ident = $word:literal ),+ $(,)?
        }
    ) => {
        $crate::word_list! {
            $(#[$meta])*
            $visibility enum $name {
                $( $(#[$entry_meta])* $entry = $word, )+
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = $error;

            fn from_str(word: &str) -> ::core::result::Result<Self, $error> {
                Self::ALL
                    .into_iter()
                    .find(|entry| entry.name() == word)
                    .ok_or_else(|| <$error>::word($what, &Self::WORDS, word))
            }
        }
    };
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident {
            $( $(#[$entry_meta:meta])* $entry:ident = $word:literal ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        $visibility enum $name {
            $( $(#[$entry_meta])* $entry, )+
        }

        impl $name {
            /// Every entry, in the order in which lists show them.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$entry),+];
            /// The words of all entries, in the same order.
            pub const WORDS: [&'static str; [$($word),+].len()] = [$($word),+];

            /// The word for it in files and settings.
            pub fn name(self) -> &'static str {
                match self {
                    $( Self::$entry => $word, )+
                }
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.pad(self.name())
            }
        }
    };
}
