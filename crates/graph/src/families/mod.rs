//! Families of networks: from a name such as `wrn-20-4` to a description. A file each; [`ALL`] lists
//! them.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::net::NetOptions;
use crate::node::{Graph, Op, Shape};
use crate::{GraphError, Weights};

/// The modules of the families, and the list of them.
macro_rules! families {
    ($($module:ident),+ $(,)?) => {
        $(mod $module;)+

        /// Every family, in the order in which help texts list them.
        pub const ALL: &[Family] = &[$($module::FAMILY),+];
    };
}

families! {
    wrn,
    plain,
    srelu,
    resnet18,
    vgg,
}

/// Networks whose names begin alike.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Family {
    /// The beginning of a name, without the hyphen that follows.
    pub prefix: &'static str,
    /// How names go on, for help texts: `DEPTH-WIDTH`.
    pub grammar: &'static str,
    /// What it is, and its source, in one line of a help text.
    pub about: &'static str,
    /// One of its names.
    pub example: &'static str,
    /// From what follows the prefix and its hyphen to the nodes; `None` where that is no name at all.
    pub graph: fn(rest: &str, options: &NetOptions) -> Option<Result<Graph, GraphError>>,
    /// Variance of an initial weight times the weights behind an output: 2 as He et al. 2015 have
    /// it, 4 without skip connections (the paper's plain networks).
    pub gain: f64,
    /// The shape of images and the number of classes that it is for, where these are unusual.
    pub usual: Option<(Shape, usize)>,
}

/// The family of a name.
pub fn of(name: &str) -> Option<&'static Family> {
    ALL.iter().find(|family| rest(family, name).is_some())
}

fn rest<'a>(family: &Family, name: &'a str) -> Option<&'a str> {
    name.strip_prefix(family.prefix)?.strip_prefix('-')
}

/// The nodes of the network that is called so.
///
/// # Errors
///
/// [`GraphError::Net`], [`GraphError::Depth`] or [`GraphError::Width`] when there is none.
pub fn graph(name: &str, options: &NetOptions) -> Result<Graph, GraphError> {
    known(name, options).unwrap_or_else(|| {
        let names: Vec<String> = ALL
            .iter()
            .map(|family| {
                format!(
                    "`{}-{}` (`{}`)",
                    family.prefix, family.grammar, family.example
                )
            })
            .collect();
        Err(GraphError::Net {
            found: name.chars().take(60).collect(),
            expected: format!("{}, or a network file", names.join(", ")),
            nearest: meant(name),
        })
    })
}

/// `None` where the name is none of ours.
fn known(name: &str, options: &NetOptions) -> Option<Result<Graph, GraphError>> {
    ALL.iter()
        .find_map(|family| (family.graph)(rest(family, name)?, options))
}

/// The name that was perhaps meant by one that is none: with other letter case or marks, or another
/// name of a family before its sizes; a family's example where the sizes are none.
fn meant(name: &str) -> Option<String> {
    let small: String = name.chars().take(60).collect::<String>().to_lowercase();
    let letters = small.len() - small.trim_start_matches(|c: char| c.is_alphabetic()).len();
    let (word, sizes) = small.split_at(letters);
    let sizes = sizes
        .trim_start_matches(['-', '_', ' '])
        .replace(['_', ' ', 'x'], "-");
    let prefixes = ALL.iter().map(|family| family.prefix);
    // A prefix may have a number in it, which then stands first in the sizes.
    let word_of = |prefix: &'static str| prefix.split('-').next().unwrap_or(prefix);
    let near = word_list::nearest(prefixes.clone().map(word_of), word)?;
    let family = ALL.iter().find(|family| word_of(family.prefix) == near)?;
    let whole = format!("{near}-{sizes}");
    match known(&whole, &NetOptions::new([3, 32, 32], 10)) {
        Some(Ok(_)) => Some(whole),
        _ => Some(family.example.into()),
    }
}

/// The name of a network of one of the families, whatever its weights, padding and pools' divisors.
pub fn name_of(found: &Graph) -> Option<String> {
    let convs: Vec<_> = found.convs().map(|(_, conv)| conv).collect();
    let (depth, first) = (convs.len(), convs.first()?);
    let options = NetOptions {
        padding: first.padding,
        input_relu: found.nodes().iter().any(|node| node.name == "input relu"),
        ..NetOptions::new(found.input(), found.classes())
    };
    ALL.iter().find_map(|family| {
        // One unit of width is 16 channels in the first stage, 64 in the networks for ImageNet.
        [16, 64].into_iter().find_map(|unit| {
            let width = decimal(first.out, unit);
            let suffix = if first.stride == 2 && first.kernel == 3 {
                "-s2"
            } else {
                ""
            };
            let prefix = family.prefix;
            let names = [
                format!("{prefix}-{depth}-{width}{suffix}"),
                format!("{prefix}-{width}"),
            ];
            names.into_iter().find(|name| {
                let same = graph(name, &options);
                same.is_ok_and(|same| same_structure(&same, found))
            })
        })
    })
}

/// `channels / unit` as names write it. Six places hold every 64th, so nothing is rounded.
fn decimal(channels: usize, unit: usize) -> String {
    let (whole, rest) = (channels / unit, channels % unit);
    let digits = format!("{:06}", 1_000_000 * rest / unit);
    match digits.trim_end_matches('0') {
        "" => format!("{whole}"),
        digits => format!("{whole}.{digits}"),
    }
}

fn same_structure(a: &Graph, b: &Graph) -> bool {
    let bare = |graph: &Graph| {
        let graph = graph.clone().with_weights(|_, _| Weights::ONE_BIT);
        let nodes = graph.nodes().iter().map(|node| {
            let mut node = node.clone();
            match &mut node.op {
                Op::AvgPool { divisor, .. } => *divisor = crate::PoolDivisor::Inside,
                Op::Scale { divisor } => *divisor = 1.0,
                _ => {}
            }
            node
        });
        nodes.collect::<Vec<_>>()
    };
    bare(a) == bare(b)
}

/// A depth and a width of three stages, as `wrn`, `plain` and `srelu` have them.
mod three_stages {
    use alloc::format;
    use alloc::string::ToString;

    use crate::{Design, Graph, GraphError, NetOptions};

    /// The deepest network that is accepted, so that a typing error such as `wrn-20000-1` ends with
    /// a message. Whether the machine has the memory is another question.
    const MAX_DEPTH: usize = 1202;
    /// The widest network that is accepted, in channels of its first stage.
    const MAX_FIRST_CHANNELS: usize = 4096;
    /// Channels of the first stage at width 1.
    const UNIT: usize = 16;

    /// Of a design, its nodes.
    pub(super) fn graph(
        rest: &str,
        options: &NetOptions,
        change: fn(&mut Design),
    ) -> Option<Result<Graph, GraphError>> {
        let mut design = match design(rest)? {
            Ok(design) => design,
            Err(error) => return Some(Err(error)),
        };
        change(&mut design);
        Some(design.graph(options))
    }

    /// `DEPTH-WIDTH[-s2]`: a depth 6n+2, a width whose 16-fold is a multiple of 4, and `-s2` for a
    /// first convolution with stride 2.
    fn design(rest: &str) -> Option<Result<Design, GraphError>> {
        let (depth, rest) = rest.split_once('-')?;
        let (width, stride) = match rest.split_once('-') {
            None => (rest, 1),
            Some((width, "s2")) => (width, 2),
            Some(_) => return None,
        };
        let depth = super::whole(depth)?;
        let channels = super::channels(width, UNIT)?;
        Some(checked(depth, width, channels).map(|(blocks, channels)| {
            let stages = [1, 2, 4].map(|times| times * channels);
            let mut design = Design::of_stages(&stages, blocks);
            design.stem.stride = stride;
            design
        }))
    }

    fn checked(
        depth: usize,
        width: &str,
        channels: Option<usize>,
    ) -> Result<(usize, usize), GraphError> {
        if !(8..=MAX_DEPTH).contains(&depth) || !(depth - 2).is_multiple_of(6) {
            return Err(GraphError::Depth {
                found: depth.to_string(),
                expected: format!("6n+2 with n ≥ 1, at most {MAX_DEPTH}: 8, 14, 20, 26, …"),
            });
        }
        match channels {
            Some(channels)
                if (1..=MAX_FIRST_CHANNELS).contains(&channels) && channels.is_multiple_of(4) =>
            {
                Ok(((depth - 2) / 6, channels))
            }
            _ => Err(GraphError::Width {
                found: width.into(),
                expected: format!(
                    "0.25 to {}, in steps of 0.25 (4 channels)",
                    MAX_FIRST_CHANNELS / UNIT
                ),
            }),
        }
    }
}

/// A whole number without signs or leading zeros: one network has one name.
fn whole(digits: &str) -> Option<usize> {
    let padded = digits.len() > 1 && digits.starts_with('0');
    if digits.is_empty() || padded || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// The channels of a width such as `2.5`, times `unit`; an inner `None` where they are no whole
/// number, an outer one where it is no width as names write it.
fn channels(width: &str, unit: usize) -> Option<Option<usize>> {
    let (integer, fraction) = match width.split_once('.') {
        None => (width, "0"),
        Some((_, fraction)) if fraction.is_empty() || fraction.ends_with('0') => return None,
        Some((integer, fraction)) => (integer, fraction),
    };
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let integer = whole(integer)?;
    let Some(power) = 10usize.checked_pow(fraction.len() as u32) else {
        return Some(None);
    };
    let fraction: usize = fraction.parse().ok()?;
    let scaled = fraction.checked_mul(unit);
    let channels = scaled
        .filter(|scaled| scaled.is_multiple_of(power))
        .and_then(|scaled| integer.checked_mul(unit)?.checked_add(scaled / power));
    Some(channels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Net;
    use std::string::ToString;

    #[test]
    fn names_round_trip_and_are_recognised() {
        for name in [
            "wrn-8-1",
            "wrn-20-4",
            "wrn-26-10",
            "wrn-20-1.5",
            "wrn-14-0.25",
            "wrn-20-1-s2",
            "plain-20-4",
            "srelu-20-10",
            "resnet-18-2.5",
            "resnet-18-1",
            "vgg-1",
            "vgg-0.25",
        ] {
            let net = name.parse::<Net>().unwrap();
            assert_eq!(net.to_string(), name);
            let graph = net.graph(&NetOptions::new([3, 32, 32], 10)).unwrap();
            assert_eq!(name_of(&graph).as_deref(), Some(name));
        }
    }

    /// Narrow networks have widths of up to four places.
    #[test]
    fn every_width_below_1_is_recognised() {
        let mut recognised = Vec::new();
        for family in ALL {
            for width in (1..64).map(|parts| f64::from(parts) / 64.0) {
                let names = [
                    format!("{}-{width}", family.prefix),
                    format!("{}-8-{width}", family.prefix),
                ];
                for name in names {
                    let Ok(net) = name.parse::<Net>() else {
                        continue;
                    };
                    let graph = net.graph(&NetOptions::new([3, 32, 32], 10)).unwrap();
                    assert_eq!(name_of(&graph).as_deref(), Some(&*name));
                    recognised.push(name);
                }
            }
        }
        // Some that have more than two places, and no width that is no multiple of 4 channels.
        for name in ["vgg-0.0625", "vgg-0.1875", "resnet-18-0.0625"] {
            assert!(recognised.iter().any(|found| found == name), "{name}");
        }
        assert!(!recognised.iter().any(|found| found == "vgg-0.015625"));
    }

    #[test]
    fn every_family_has_its_example() {
        for family in ALL {
            let net = family.example.parse::<Net>().unwrap();
            assert!(family.example.starts_with(family.prefix));
            let (input, classes) = family.usual.unwrap_or(([3, 32, 32], 10));
            net.graph(&NetOptions::new(input, classes)).unwrap();
        }
    }

    #[test]
    fn a_near_name_is_suggested() {
        for (name, meant) in [
            ("WRN-20-4", Some("wrn-20-4")),
            ("wrn20-4", Some("wrn-20-4")),
            ("wrn_20_4", Some("wrn-20-4")),
            ("wnr-14-1", Some("wrn-14-1")),
            ("plane-20-1", Some("plain-20-1")),
            ("resnet18-1", Some("resnet-18-1")),
            ("resnet-50", Some("resnet-18-2.5")),
            ("VGG_1", Some("vgg-1")),
            ("mobilenet", None),
            ("", None),
            ("20-4", None),
        ] {
            match name.parse::<Net>().unwrap_err() {
                GraphError::Net { nearest, .. } => assert_eq!(nearest.as_deref(), meant, "{name}"),
                error => panic!("{name}: {error}"),
            }
        }
    }

    #[test]
    fn other_names_are_refused() {
        for name in [
            "",
            "wrn",
            "wrn-20",
            "wrn-20-4-1",
            "wrn-+20-4",
            "wrn--20-4",
            "wrn-20-2.50",
            "wrn-020-4",
            "wrn-20-1-s3",
            "resnet-20-4",
            "resnet-18-x",
            "resnet-18-.5",
            "wrn-20-.5",
            "wrn-20-1.",
        ] {
            let error = name.parse::<Net>().unwrap_err();
            assert!(matches!(error, GraphError::Net { .. }), "{name}: {error}");
        }
        for name in [
            "wrn-2-1",
            "wrn-19-1",
            "plain-21-4",
            "wrn-20000-1",
            "srelu-0-1",
        ] {
            let error = name.parse::<Net>().unwrap_err();
            assert!(matches!(error, GraphError::Depth { .. }), "{name}: {error}");
        }
        for name in [
            "wrn-20-0",
            "wrn-20-257",
            "wrn-20-1.1",
            "wrn-20-0.125",
            "resnet-18-0",
            "resnet-18-2.33",
            "resnet-18-999",
            "wrn-20-0.99999999999999999999999999",
        ] {
            let error = name.parse::<Net>().unwrap_err();
            assert!(matches!(error, GraphError::Width { .. }), "{name}: {error}");
        }
    }
}
