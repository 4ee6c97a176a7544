//! Built-in models: trained networks as packed files that a program carries inside, each with a [`Card`].
//!
//! A model is two files of the folder `models`: NAME.onebit, and NAME.toml, its card. `models/README.md` says how one is
//! added, and a test compares each card with its file and with the committed run that its figures come from.
//!
//! ```
//! let model = zoo::find("cifar10-20-1").expect("it is built in");
//! let card = model.card();
//! assert_eq!(card.bytes, model.bytes.len());
//! println!("{}: {} classes, {:.2} % error", model.name, card.classes, card.test.f32);
//! assert!(zoo::find("cifar10-99-9").is_none());
//! ```

mod card;

pub use card::{Card, Core, Device, TestErrors};

/// The most bytes of all models together: the program carries them, whoever asks for them or not.
pub const BUDGET: usize = 300_000;

/// A trained network inside the program.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Packaged {
    /// What it is called in place of a file.
    pub name: &'static str,
    /// The packed file.
    pub bytes: &'static [u8],
    card: &'static str,
}

impl Packaged {
    /// What is known of it.
    pub fn card(&self) -> Card {
        toml::from_str(self.card).expect("a test parses every card")
    }
}

/// All of them, by name.
pub fn all() -> &'static [Packaged] {
    include!(concat!(env!("OUT_DIR"), "/models.rs"))
}

/// The model of this name.
pub fn find(name: &str) -> Option<&'static Packaged> {
    all().iter().find(|model| model.name == name)
}
