//! How the bytes of an array of images lie.

use std::fmt;

use word_list::{Cut, Meant, nearest, word_list};

word_list! {
    /// The axes of an array of images: N images, C channels, H rows, W columns. Without N it is one image, without C one of
    /// a single channel.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Layout("layout", LayoutError) {
        /// As the network reads images: channel by channel.
        Nchw = "NCHW",
        /// The channels of a pixel beside each other, as Pillow, OpenCV and TensorFlow have it.
        Nhwc = "NHWC",
        /// One image, channel by channel.
        Chw = "CHW",
        /// One image, the channels of a pixel beside each other.
        Hwc = "HWC",
        /// Grey images.
        Nhw = "NHW",
        /// A grey image.
        Hw = "HW",
    }
}

/// Why an array is no images of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayoutError {
    /// No layout has this name.
    Word(String),
    /// The shape fits no layout, or not the one that is named.
    Shape {
        layouts: Vec<Layout>,
        input: [usize; 3],
        found: Vec<usize>,
    },
    /// The shape fits several.
    Ambiguous {
        layouts: Vec<Layout>,
        found: Vec<usize>,
    },
}

impl LayoutError {
    fn word(_: &str, _: &[&str], found: &str) -> Self {
        Self::Word(found.into())
    }
}

impl Layout {
    /// The layout of an array of this shape, for a network that reads `input`: the one that is named, else the only one
    /// that fits. `one` leaves those of single images.
    pub fn of(
        name: Option<&str>,
        shape: &[usize],
        input: [usize; 3],
        one: bool,
    ) -> Result<Self, LayoutError> {
        let mut layouts = match name {
            Some(name) => vec![name.parse::<Self>()?],
            None => Self::ALL.to_vec(),
        };
        if one {
            layouts.retain(|layout| !layout.has_many());
        }
        if name.is_none() && input[0] != 1 {
            layouts.retain(|layout| layout.name().contains('C'));
        }
        let fit: Vec<Self> = layouts
            .iter()
            .copied()
            .filter(|layout| layout.fits(shape, input))
            .collect();
        let found = shape.to_vec();
        match fit[..] {
            [layout] => Ok(layout),
            [] => Err(LayoutError::Shape {
                layouts,
                input,
                found,
            }),
            _ => Err(LayoutError::Ambiguous {
                layouts: fit,
                found,
            }),
        }
    }

    /// Whether there is an axis of images.
    pub fn has_many(self) -> bool {
        self.name().starts_with('N')
    }

    /// Whether the bytes lie as the network reads them.
    pub fn is_planes(self) -> bool {
        !self.name().ends_with('C')
    }

    /// Sides of the axes; `None` for that of images.
    fn axes(self, [channels, height, width]: [usize; 3]) -> impl Iterator<Item = Option<usize>> {
        self.name().chars().map(move |axis| match axis {
            'C' => Some(channels),
            'H' => Some(height),
            'W' => Some(width),
            _ => None,
        })
    }

    fn fits(self, shape: &[usize], input: [usize; 3]) -> bool {
        let without_channels = !self.name().contains('C');
        self.name().len() == shape.len()
            && !(without_channels && input[0] != 1)
            && self
                .axes(input)
                .zip(shape)
                .all(|(axis, &side)| axis.is_none_or(|axis| axis == side))
    }
}

/// Writes an image whose channels lie beside each other channel by channel.
pub fn to_planes(image: &[u8], channels: usize, planes: &mut [u8]) {
    let pixels = image.len() / channels;
    for (channel, plane) in planes.chunks_mut(pixels.max(1)).enumerate() {
        for (to, pixel) in plane.iter_mut().zip(image.chunks_exact(channels)) {
            *to = pixel[channel];
        }
    }
}

/// A shape as NumPy writes it.
pub fn shape(sides: &[usize]) -> String {
    match sides {
        [side] => format!("({side},)"),
        _ => {
            let sides: Vec<String> = sides.iter().map(usize::to_string).collect();
            format!("({})", sides.join(", "))
        }
    }
}

impl fmt::Display for LayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(found) => {
                let meant = Meant(nearest(Layout::WORDS, found));
                let expected = Layout::WORDS.join(", ");
                write!(
                    f,
                    "layout: expected {expected}, found `{}`{meant}",
                    Cut(found)
                )
            }
            Self::Shape {
                layouts,
                input,
                found,
            } => {
                let expected: Vec<String> = layouts
                    .iter()
                    .map(|layout| {
                        let axes = layout.axes(*input).map(|axis| match axis {
                            Some(side) => side.to_string(),
                            None => "N".into(),
                        });
                        let axes: Vec<String> = axes.collect();
                        format!("{layout} ({})", axes.join(", "))
                    })
                    .collect();
                let expected = match expected.is_empty() {
                    true => "a single image".into(),
                    false => expected.join(" or "),
                };
                write!(
                    f,
                    "expected {expected}, as the network reads images, found shape {}; see() brings pictures of any size to it",
                    shape(found)
                )
            }
            Self::Ambiguous { layouts, found } => {
                let names: Vec<&str> = layouts.iter().map(|layout| layout.name()).collect();
                write!(
                    f,
                    "expected a shape that tells which axis is which, found {}, which can be {}; name one, such as layout=\"{}\"",
                    shape(found),
                    names.join(" or "),
                    names[0]
                )
            }
        }
    }
}
