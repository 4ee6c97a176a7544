//! Class folders: which folder is a class, and which part it is in.

use std::collections::BTreeMap;
use std::path::PathBuf;

use word_list::Counted;

use super::alike;
use super::found::{PartName, Parts};
use super::passed::Passed;
use super::store::Store;
use crate::DataError;

/// The maximum number of classes; a label has 16 bits.
pub(super) const MAX_CLASSES: usize = 65_536;

/// Folders that only wrap others.
const WRAPPERS: [&str; 11] = [
    "image", "images", "img", "imgs", "picture", "pictures", "photo", "photos", "data", "dataset",
    "datasets",
];

/// Pictures in class folders.
pub(super) struct Layout {
    pub(super) classes: Vec<String>,
    /// Files with their labels.
    pub(super) parts: Parts<Vec<(usize, u16)>>,
    pub(super) notes: Vec<String>,
}

/// A folder: what lies in it by name.
#[derive(Default)]
struct Folder<'a> {
    folders: BTreeMap<&'a str, Folder<'a>>,
    /// Pictures that lie in it directly.
    pictures: Vec<usize>,
    /// Of all files below.
    files: usize,
    /// Pictures in it and below.
    below: usize,
}

impl<'a> Folder<'a> {
    fn insert(&mut self, name: &'a str, picture: Option<usize>) {
        self.files += 1;
        self.below += usize::from(picture.is_some());
        match name.split_once('/') {
            Some((folder, rest)) => self
                .folders
                .entry(folder)
                .or_default()
                .insert(rest, picture),
            None => self.pictures.extend(picture),
        }
    }

    /// Pictures in it and below.
    fn all(&self) -> Vec<usize> {
        let mut all = Vec::with_capacity(self.below);
        self.add_to(&mut all);
        all
    }

    fn add_to(&self, all: &mut Vec<usize>) {
        all.extend(&self.pictures);
        self.folders.values().for_each(|folder| folder.add_to(all));
    }

    fn has_pictures(&self) -> bool {
        self.below > 0
    }

    fn has_train(&self) -> bool {
        self.folders
            .keys()
            .any(|name| part(name) == Some(PartName::Train))
    }

    /// Its only folder with pictures, if it has none beside.
    fn only(&self) -> Option<(&'a str, &Self)> {
        let mut folders = self
            .folders
            .iter()
            .filter(|(_, folder)| folder.has_pictures());
        match (self.pictures.is_empty(), folders.next(), folders.next()) {
            (true, Some((name, folder)), None) => Some((name, folder)),
            _ => None,
        }
    }

    /// The folder in it that holds the classes, or the parts.
    fn unwrapped(&self) -> &Self {
        let mut inner = self;
        while !inner.has_train() {
            match inner.only() {
                Some((name, folder)) if part(name).is_none() => inner = folder,
                _ => break,
            }
        }
        // A picture or two beside the classes, such as an overview.
        let few = 10 * inner.pictures.len() < inner.below;
        if inner.has_train() || few {
            inner
        } else {
            // One class alone, in folders within each other.
            self.without_wrappers(None)
        }
    }

    /// The folder inside those that have the name of a wrapper, or of the same part once more.
    fn without_wrappers(&self, own: Option<PartName>) -> &Self {
        match self.only() {
            Some((name, folder))
                if folder.pictures.is_empty()
                    && (WRAPPERS.contains(&&*name.to_lowercase())
                        || own.is_some() && part(name) == own) =>
            {
                folder.without_wrappers(own)
            }
            _ => self,
        }
    }
}

/// The part that a folder of this name holds.
fn part(name: &str) -> Option<PartName> {
    match &*name.to_lowercase() {
        "train" | "training" => Some(PartName::Train),
        "val" | "valid" | "validation" => Some(PartName::Validation),
        "test" | "testing" => Some(PartName::Test),
        _ => None,
    }
}

/// Finds the classes of `pictures`, files of `store`; `None` where no picture lies in a folder.
pub(super) fn layout(
    store: &Store,
    is_picture: &[bool],
    passed: &mut Passed,
) -> Result<Option<Layout>, DataError> {
    let mut root = Folder::default();
    for (index, &is_picture) in is_picture.iter().enumerate() {
        root.insert(store.name(index), is_picture.then_some(index));
    }
    if !root.folders.values().any(Folder::has_pictures) {
        return Ok(None);
    }
    let mut finder = Finder {
        store,
        passed,
        notes: Vec::new(),
        beside: BTreeMap::new(),
    };
    let top = root.unwrapped();
    let parts = finder.parts(top)?;
    let classes = finder.classes(&parts)?;
    let parts = parts.map(|classes_of| finder.label(&classes_of, &classes));
    Ok(Some(Layout {
        classes,
        parts,
        notes: finder.notes,
    }))
}

/// The class folders of a part.
type Classes<'a> = BTreeMap<&'a str, &'a Folder<'a>>;

struct Finder<'a> {
    store: &'a Store,
    passed: &'a mut Passed,
    notes: Vec<String>,
    beside: BTreeMap<String, ()>,
}

impl<'a> Finder<'a> {
    fn parts(&mut self, top: &'a Folder<'a>) -> Result<Parts<Classes<'a>>, DataError> {
        if let Some(name) = self.class_like_a_part(top)? {
            self.notes.push(format!(
                "folder {name} is taken for a class: pictures lie in it directly, and class folders beside it"
            ));
            return Ok(Parts::only(self.class_folders(top)));
        }
        if let Some(parts) = self.parts_within_classes(top)? {
            return Ok(parts);
        }
        if !top.has_train() {
            let named = top.folders.keys().filter(|name| part(name).is_some());
            let names: Vec<&str> = named.copied().collect();
            if !names.is_empty() && names.len() == top.folders.len() {
                let found = format!("{}, and no train", names.join(", "));
                return Err(self.wrong("folders", "a folder train beside them", found));
            }
            return Ok(Parts::only(self.class_folders(top)));
        }
        let mut parts: [Option<Classes>; 3] = Default::default();
        for (name, folder) in &top.folders {
            match part(name) {
                Some(part) => {
                    let classes = self.class_folders(folder.without_wrappers(Some(part)));
                    if classes.is_empty() {
                        let found = match folder.below {
                            0 => format!("`{name}`, without any"),
                            count => format!(
                                "`{name}`, in which {} directly, so that {} unknown",
                                match count {
                                    1 => "a picture lies".into(),
                                    _ => format!("{count} pictures lie"),
                                },
                                match count {
                                    1 => "its class is",
                                    _ => "their classes are",
                                }
                            ),
                        };
                        return Err(self.wrong(
                            "folders",
                            "a folder with pictures for each class in every part",
                            found,
                        ));
                    }
                    if parts[part as usize].replace(classes).is_some() {
                        return Err(self.twice(top, part));
                    }
                }
                None => self.pass_beside(top, name, folder),
            }
        }
        self.pass_direct(top);
        let [train, validation, test] = parts;
        Ok(Parts {
            train: train.unwrap_or_default(),
            validation,
            test,
        })
    }

    /// The parts, where each class has folders of them in it: `cat/train`, `cat/test`, `dog/train`, `dog/test`.
    fn parts_within_classes(
        &mut self,
        top: &'a Folder<'a>,
    ) -> Result<Option<Parts<Classes<'a>>>, DataError> {
        let classes = || {
            top.folders
                .iter()
                .filter(|(name, class)| part(name).is_none() && class.has_pictures())
        };
        let of_parts = |class: &'a Folder<'a>| {
            class.folders.iter().filter_map(|(name, folder)| {
                part(name)
                    .filter(|_| folder.has_pictures())
                    .map(|part| (part, *name, folder))
            })
        };
        let has = |class: &'a Folder<'a>, wanted: PartName| {
            of_parts(class).any(|(part, ..)| part == wanted)
        };
        let trained = classes().filter(|(_, class)| has(class, PartName::Train));
        let held_out = [PartName::Validation, PartName::Test];
        let divides = |class: &'a Folder<'a>| held_out.iter().any(|part| has(class, *part));
        // A folder `train` within a class, and no other part anywhere, only wraps its pictures.
        if !trained.clone().any(|(_, class)| divides(class)) {
            return Ok(None);
        }
        if trained.count() < classes().count() {
            let without = classes().find(|(_, class)| !has(class, PartName::Train));
            let found = without.map_or("", |(name, _)| name);
            return Err(self.wrong(
                "folders",
                "a folder train in each class, as in others",
                format!("{found} without one"),
            ));
        }
        let mut parts: [Option<Classes>; 3] = Default::default();
        for (&name, class) in classes() {
            for (of, _, folder) in of_parts(class) {
                let of_part = parts[of as usize].get_or_insert_default();
                if of_part.insert(name, folder).is_some() {
                    return Err(self.twice(class, of));
                }
            }
            for &picture in &class.pictures {
                let reason = "a picture beside the parts of its class";
                self.passed.add(reason, self.store.name(picture));
            }
            for (other, folder) in &class.folders {
                if part(other).is_none() {
                    self.pass(folder, "a folder beside the parts of its class");
                }
            }
        }
        let first = classes().next().map_or("", |(name, _)| name);
        self.notes.push(format!(
            "parts are read from within the classes, such as {first}/train"
        ));
        self.pass_direct(top);
        let [train, validation, test] = parts;
        Ok(Some(Parts {
            train: train.unwrap_or_default(),
            validation,
            test,
        }))
    }

    /// Two folders are of one part.
    fn twice(&self, folder: &Folder, of: PartName) -> DataError {
        let names = folder.folders.keys().filter(|name| part(name) == Some(of));
        let names: Vec<&str> = names.copied().collect();
        self.wrong("folders", "one folder for each part", names.join(" and "))
    }

    /// A folder beside the parts: what may be lost by that is said.
    fn pass_beside(&mut self, top: &Folder<'a>, name: &str, folder: &Folder<'a>) {
        self.pass(folder, "a folder beside train");
        let train = top
            .folders
            .iter()
            .find(|(name, _)| part(name) == Some(PartName::Train));
        let shares = |(class, pictures): (&&str, &Folder)| {
            pictures.has_pictures()
                && train.is_some_and(|(_, train)| {
                    let train = train.without_wrappers(Some(PartName::Train));
                    train.folders.contains_key(*class)
                })
        };
        if folder.folders.iter().any(shares) {
            self.notes.push(format!(
                "folder {name} has {} in folders of the same classes, and is passed over: parts are called train (training), val (valid, validation) or test (testing)",
                Counted(folder.below, "picture")
            ));
        }
    }

    /// The only folder that is called like a part and is a class: pictures lie in it directly, and
    /// class folders beside it.
    fn class_like_a_part(&self, top: &Folder<'a>) -> Result<Option<&'a str>, DataError> {
        let full = || {
            top.folders
                .iter()
                .filter(|(_, folder)| folder.has_pictures())
        };
        let mut named = full().filter(|(name, _)| part(name).is_some());
        let (Some((name, folder)), None) = (named.next(), named.next()) else {
            return Ok(None);
        };
        let inner = folder.without_wrappers(part(name));
        let inside = |name: &str| inner.folders.get(name).is_some_and(Folder::has_pictures);
        let mut beside = full()
            .map(|(other, _)| *other)
            .filter(|other| other != name);
        let Some(first) = beside.next() else {
            return Ok(None);
        };
        let others = [first].into_iter().chain(beside);
        if !folder.pictures.is_empty() && !folder.folders.values().any(Folder::has_pictures) {
            return Ok(Some(name));
        }
        // Classes beside a part of the same classes: whether they are to train with is not said.
        let shared: Vec<&str> = others.filter(|other| inside(other)).collect();
        match part(name) {
            Some(PartName::Train) | None => Ok(None),
            Some(_) if shared.is_empty() => Ok(None),
            Some(_) => Err(self.wrong(
                "folders",
                "a folder train with the classes that lie beside",
                format!(
                    "{name} with {} in it, and beside it",
                    super::survey::shortened(&shared)
                ),
            )),
        }
    }

    /// The folders of `folder` that have pictures.
    fn class_folders(&mut self, folder: &'a Folder<'a>) -> Classes<'a> {
        self.pass_direct(folder);
        let mut classes = Classes::new();
        for (&name, class) in &folder.folders {
            if class.has_pictures() {
                classes.insert(name, class);
            } else if self.beside.insert(name.to_owned(), ()).is_none() {
                let files = class.files;
                self.notes.push(format!(
                    "folder {name} has no picture that is read among its {}, and is no class",
                    Counted(files, "file")
                ));
            }
        }
        classes
    }

    fn pass_direct(&mut self, folder: &Folder) {
        for &picture in &folder.pictures {
            self.passed.add(
                "a picture outside of the class folders",
                self.store.name(picture),
            );
        }
    }

    fn pass(&mut self, folder: &Folder, reason: &str) {
        for picture in folder.all() {
            self.passed.add(reason, self.store.name(picture));
        }
    }

    /// The names of all classes: those of train, which the others must not exceed.
    fn classes(&mut self, parts: &Parts<Classes>) -> Result<Vec<String>, DataError> {
        let classes: Vec<String> = parts.train.keys().map(|&name| name.to_owned()).collect();
        if classes.len() > MAX_CLASSES {
            let expected = format!("at most {MAX_CLASSES} classes");
            return Err(self.wrong("class folders", &expected, classes.len().to_string()));
        }
        if let Some([name, _]) = alike::pair(parts.train.keys().copied()) {
            self.notes.push(format!(
                "two classes are called `{name}`, with accents written in two ways (Unicode has two: one character, or a letter and a mark); if they are one, put their pictures into one folder"
            ));
        }
        for (what, part) in [("validation", &parts.validation), ("test", &parts.test)] {
            let Some(part) = part else { continue };
            if let Some(name) = part.keys().find(|name| !parts.train.contains_key(*name)) {
                let expected = format!(
                    "the {} of the training part",
                    Counted(classes.len(), "class")
                );
                let found = match parts.train.keys().find(|class| alike::alike(class, name)) {
                    Some(_) => format!(
                        "`{name}` with its accents written in another way (Unicode has two: one character, or a letter and a mark); give it the name of the training part's folder"
                    ),
                    None => format!("`{name}` besides"),
                };
                return Err(self.wrong(
                    &format!("class folders of the {what} part"),
                    &expected,
                    found,
                ));
            }
            let missing: Vec<&str> = parts
                .train
                .keys()
                .filter(|name| !part.contains_key(*name))
                .copied()
                .collect();
            if !missing.is_empty() {
                let missing = super::survey::shortened(&missing);
                self.notes
                    .push(format!("the {what} part has no picture of {missing}"));
            }
        }
        Ok(classes)
    }

    fn label(&self, folders: &Classes, classes: &[String]) -> Vec<(usize, u16)> {
        let mut files = Vec::new();
        for (name, folder) in folders {
            // Both are in the same order.
            let label = classes.binary_search_by(|class| class.as_str().cmp(name));
            let label = label.expect("every class of a part is one of train's") as u16;
            let mut all = folder.all();
            all.sort_unstable();
            files.extend(all.into_iter().map(|file| (file, label)));
        }
        files
    }

    fn wrong(&self, place: &str, expected: &str, found: String) -> DataError {
        DataError::Malformed {
            path: PathBuf::from(self.store.root()),
            place: place.into(),
            expected: expected.into(),
            found,
        }
    }
}
