//! One macro for an enum whose entries are words.

/// Defines an enum with `ALL`, `name`, `Display` and `FromStr`, whose words are written once.
///
/// The error of `FromStr` is [`GraphError::Word`](crate::GraphError::Word): what it is a word of,
/// the words there are, and the one that was found.
#[macro_export]
macro_rules! word_list {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident ($what:literal) {
            $( $(#[$entry_meta:meta])* $entry:ident = $word:literal ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        $visibility enum $name {
            $( $(#[$entry_meta])* $entry, )+
        }

        impl $name {
            /// Every entry, in the order in which help texts list them.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$entry),+];
            /// The words of all entries, in the same order.
            pub const WORDS: [&'static str; [$($word),+].len()] = [$($word),+];

            /// The word for it in flags, configs and files.
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

        impl ::core::str::FromStr for $name {
            type Err = $crate::GraphError;

            fn from_str(word: &str) -> Result<Self, $crate::GraphError> {
                Self::ALL
                    .into_iter()
                    .find(|entry| entry.name() == word)
                    .ok_or_else(|| $crate::GraphError::word($what, &Self::WORDS, word))
            }
        }
    };
}
