//! Names of classes, where a file beside the images has them.

use std::collections::BTreeMap;

/// What a file of names may be called, without its folder.
const FILES: [&str; 8] = [
    "batches.meta.txt",
    "fine_label_names.txt",
    "label_names.txt",
    "class_names.txt",
    "classes.txt",
    "labels.txt",
    "names.txt",
    "mapping.txt",
];
/// The largest such file that is read.
pub(super) const MAX_BYTES: u64 = 4 << 20;

/// Names by label.
#[derive(Debug, Default, PartialEq)]
pub(super) enum Names {
    /// No file has them.
    #[default]
    None,
    /// A name a line, from the first label on.
    Lines(Vec<String>),
    /// EMNIST's `mapping.txt`: a label and the codes of its characters.
    Mapped(BTreeMap<i64, String>),
}

impl Names {
    /// Whether a file of this name may hold names.
    pub(super) fn may_be(file: &str) -> bool {
        let name = file.rsplit('/').next().unwrap_or(file).to_lowercase();
        FILES.contains(&&*name) || name.ends_with("-mapping.txt")
    }

    /// Reads a file's content; what is no text has no names.
    pub(super) fn parse(file: &str, bytes: &[u8]) -> Self {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Self::None;
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
        if file.to_lowercase().ends_with("mapping.txt") {
            let entry = |line: &str| {
                let mut numbers = line.split_whitespace();
                let label: i64 = numbers.next()?.parse().ok()?;
                let code: u32 = numbers.next()?.parse().ok()?;
                Some((
                    label,
                    char::from_u32(code)
                        .filter(|c| !c.is_control())?
                        .to_string(),
                ))
            };
            return lines()
                .map(entry)
                .collect::<Option<_>>()
                .map_or(Self::None, Self::Mapped);
        }
        Self::Lines(lines().map(str::to_owned).collect())
    }

    /// The classes, label and name, of labels that occur. Without names, or where they do not fit,
    /// the classes are the labels.
    pub(super) fn classes(
        &self,
        labels: &BTreeMap<i64, usize>,
        notes: &mut Vec<String>,
    ) -> Vec<(i64, String)> {
        let plain = || {
            labels
                .keys()
                .map(|label| (*label, label.to_string()))
                .collect()
        };
        let (first, last) = match (labels.first_key_value(), labels.last_key_value()) {
            (Some((first, _)), Some((last, _))) => (*first, *last),
            _ => return plain(),
        };
        match self {
            Self::None => plain(),
            Self::Lines(names) if first >= 0 && (last as u64) < names.len() as u64 => {
                (0..).zip(names.iter().cloned()).collect()
            }
            // Some count from 1.
            Self::Lines(names) if first == 1 && last as u64 == names.len() as u64 => {
                (1..).zip(names.iter().cloned()).collect()
            }
            Self::Mapped(names) if labels.keys().all(|label| names.contains_key(label)) => names
                .iter()
                .filter(|(label, _)| labels.contains_key(label))
                .map(|(l, n)| (*l, n.clone()))
                .collect(),
            Self::Lines(names) => {
                let count = names.len();
                notes.push(format!("the file of {count} names does not fit labels {first} to {last}, and is not used"));
                plain()
            }
            Self::Mapped(_) => {
                notes.push(
                    "the mapping of labels to characters lacks some labels, and is not used".into(),
                );
                plain()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_labels_or_are_not_used() {
        let classes = |names: &Names, labels: &[i64]| {
            let mut notes = Vec::new();
            let labels = labels.iter().map(|&label| (label, 1)).collect();
            let classes = names.classes(&labels, &mut notes);
            let text: Vec<String> = classes
                .iter()
                .map(|(label, name)| format!("{label}={name}"))
                .collect();
            (text.join(" "), notes.len())
        };
        let lines = Names::parse("x/classes.txt", b"\xef\xbb\xbfcat\r\ndog \n\n");
        assert_eq!(classes(&lines, &[0]), ("0=cat 1=dog".into(), 0));
        assert_eq!(classes(&lines, &[1, 2]), ("1=cat 2=dog".into(), 0));
        assert_eq!(classes(&lines, &[0, 7]), ("0=0 7=7".into(), 1));
        assert_eq!(classes(&lines, &[-1, 1]), ("-1=-1 1=1".into(), 1));
        assert_eq!(classes(&Names::None, &[3, 9]), ("3=3 9=9".into(), 0));
        let mapped = Names::parse("emnist-letters-mapping.txt", b"1 65 97\n2 66 98\n");
        assert_eq!(classes(&mapped, &[1, 2]), ("1=A 2=B".into(), 0));
        assert_eq!(classes(&mapped, &[1, 3]), ("1=1 3=3".into(), 1));
        assert_eq!(Names::parse("mapping.txt", b"a b\n"), Names::None);
        assert_eq!(Names::parse("labels.txt", b"\xff"), Names::None);
        assert!(Names::may_be("a/Batches.Meta.txt") && !Names::may_be("readme.txt"));
    }
}
