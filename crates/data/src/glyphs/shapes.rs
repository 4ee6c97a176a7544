//! The digits as strokes of a pen.
//!
//! Coordinates: x to the right and y downwards; a digit fills about -0.6..0.6 by -1..1.

/// A point, or a vector: (x, y).
pub(super) type Point = (f32, f32);

/// A piece of a stroke, from where the last one ended.
pub(super) enum Piece {
    /// A straight line to a point.
    L(f32, f32),
    /// A cubic Bézier curve: two control points and the end.
    C(Point, Point, Point),
}

/// What the pen draws without being lifted.
pub(super) enum Stroke {
    /// Pieces, one after the other, from a point on.
    Path(Point, &'static [Piece]),
    /// A whole ellipse: centre and half axes.
    Oval(Point, Point),
}

use Piece::{C, L};
use Stroke::{Oval, Path};

/// Chords to a piece: on a glyph of 28 pixels, none is longer than three pixels or so.
const CHORDS: usize = 16;

/// The control points of a quarter circle lie this far along its tangents.
const QUARTER: f32 = 0.552_284_8;

/// The usual ways of writing each digit.
pub(super) const DIGITS: [&[&[Stroke]]; 10] = [
    &[
        &[Oval((0.0, 0.0), (0.6, 1.0))],
        &[Oval((0.0, 0.0), (0.42, 0.95))],
        &[
            Oval((0.0, 0.0), (0.58, 1.0)),
            Path((0.36, -0.7), &[L(-0.36, 0.7)]),
        ],
        &[Path(
            (0.3, -1.0),
            &[
                C((-0.3, -1.05), (-0.6, -0.5), (-0.58, 0.1)),
                C((-0.56, 0.8), (-0.3, 1.0), (0.0, 1.0)),
                C((0.45, 1.0), (0.62, 0.4), (0.58, -0.2)),
                C((0.52, -0.75), (0.2, -0.95), (-0.15, -0.75)),
            ],
        )],
    ],
    &[
        &[Path((0.0, -1.0), &[L(0.0, 1.0)])],
        &[Path((-0.4, -0.55), &[L(0.05, -1.0), L(0.05, 1.0)])],
        &[
            Path((-0.4, -0.6), &[L(0.0, -1.0), L(0.0, 1.0)]),
            Path((-0.42, 1.0), &[L(0.42, 1.0)]),
        ],
    ],
    &[
        &[Path(
            (-0.55, -0.5),
            &[
                C((-0.5, -1.15), (0.6, -1.2), (0.55, -0.45)),
                C((0.5, 0.0), (-0.1, 0.4), (-0.58, 1.0)),
                L(0.6, 1.0),
            ],
        )],
        &[Path(
            (-0.5, -0.7),
            &[
                C((-0.2, -1.15), (0.55, -1.1), (0.5, -0.5)),
                C((0.45, 0.1), (-0.1, 0.6), (-0.4, 0.85)),
                C((-0.7, 1.05), (-0.6, 0.5), (-0.25, 0.7)),
                C((0.1, 0.95), (0.3, 1.1), (0.62, 0.8)),
            ],
        )],
        &[Path(
            (-0.5, -0.95),
            &[C((0.9, -1.1), (0.65, -0.1), (-0.55, 0.95)), L(0.55, 0.9)],
        )],
    ],
    &[
        &[Path(
            (-0.5, -0.75),
            &[
                C((-0.3, -1.15), (0.55, -1.1), (0.5, -0.5)),
                C((0.45, -0.15), (0.2, -0.05), (-0.1, -0.05)),
                C((0.75, -0.05), (0.75, 1.0), (0.0, 1.0)),
                C((-0.3, 1.0), (-0.5, 0.85), (-0.58, 0.62)),
            ],
        )],
        &[Path(
            (-0.5, -1.0),
            &[
                L(0.48, -1.0),
                L(-0.05, -0.2),
                C((0.75, -0.2), (0.72, 1.0), (0.0, 1.0)),
                C((-0.3, 1.0), (-0.5, 0.85), (-0.58, 0.62)),
            ],
        )],
        &[Path(
            (-0.45, -0.95),
            &[
                C((0.7, -1.1), (0.7, -0.1), (-0.15, 0.0)),
                C((0.85, 0.1), (0.65, 1.15), (-0.55, 0.9)),
            ],
        )],
    ],
    &[
        &[
            Path((-0.35, -1.0), &[L(-0.55, 0.2), L(0.6, 0.2)]),
            Path((0.25, -0.7), &[L(0.25, 1.0)]),
        ],
        &[Path(
            (0.22, 1.0),
            &[L(0.22, -1.0), L(-0.6, 0.35), L(0.6, 0.35)],
        )],
        &[
            Path((-0.5, -0.9), &[C((-0.6, 0.2), (-0.4, 0.2), (0.45, 0.0))]),
            Path((0.45, -0.95), &[L(0.35, 1.0)]),
        ],
    ],
    &[
        &[Path(
            (0.5, -1.0),
            &[
                L(-0.4, -1.0),
                L(-0.46, -0.15),
                C((0.1, -0.5), (0.65, -0.1), (0.6, 0.4)),
                C((0.55, 1.1), (-0.3, 1.1), (-0.56, 0.7)),
            ],
        )],
        &[
            Path(
                (-0.35, -0.9),
                &[
                    L(-0.4, -0.2),
                    C((0.2, -0.35), (0.62, 0.0), (0.56, 0.45)),
                    C((0.45, 1.0), (-0.1, 1.05), (-0.55, 0.9)),
                ],
            ),
            Path((-0.35, -0.92), &[L(0.55, -1.0)]),
        ],
        &[Path(
            (0.55, -0.95),
            &[
                C((0.0, -1.05), (-0.4, -0.9), (-0.42, -0.45)),
                C((-0.4, 0.05), (0.6, -0.1), (0.55, 0.5)),
                C((0.5, 1.1), (-0.35, 1.05), (-0.5, 0.75)),
            ],
        )],
    ],
    &[
        &[Path(
            (0.4, -0.95),
            &[
                C((-0.2, -0.9), (-0.62, -0.2), (-0.55, 0.4)),
                C((-0.5, 1.2), (0.6, 1.2), (0.55, 0.4)),
                C((0.5, -0.2), (-0.4, -0.2), (-0.52, 0.45)),
            ],
        )],
        &[
            Path((0.25, -1.0), &[L(-0.4, 0.2)]),
            Oval((0.0, 0.46), (0.48, 0.52)),
        ],
        &[Path(
            (-0.1, -1.0),
            &[
                C((-0.5, -0.4), (-0.6, 0.2), (-0.5, 0.6)),
                C((-0.35, 1.1), (0.4, 1.1), (0.5, 0.6)),
                C((0.55, 0.1), (-0.1, 0.0), (-0.45, 0.6)),
            ],
        )],
    ],
    &[
        &[Path((-0.55, -1.0), &[L(0.55, -1.0), L(-0.1, 1.0)])],
        &[Path(
            (-0.55, -0.95),
            &[L(0.55, -1.0), C((0.1, -0.3), (0.0, 0.3), (-0.05, 1.0))],
        )],
        &[
            Path((-0.55, -1.0), &[L(0.55, -1.0), L(-0.15, 1.0)]),
            Path((-0.25, 0.05), &[L(0.5, -0.05)]),
        ],
        &[Path(
            (-0.55, -0.65),
            &[
                L(-0.5, -0.98),
                L(0.55, -0.95),
                C((0.3, -0.3), (-0.1, 0.1), (-0.2, 1.0)),
            ],
        )],
    ],
    &[
        &[
            Oval((0.0, -0.5), (0.42, 0.48)),
            Oval((0.0, 0.48), (0.54, 0.52)),
        ],
        &[Path(
            (0.4, -0.78),
            &[
                C((0.1, -1.2), (-0.62, -1.0), (-0.45, -0.5)),
                C((-0.3, -0.1), (0.55, 0.0), (0.55, 0.5)),
                C((0.5, 1.15), (-0.55, 1.15), (-0.55, 0.5)),
                C((-0.5, 0.0), (0.5, -0.2), (0.46, -0.6)),
                L(0.4, -0.78),
            ],
        )],
        &[
            Oval((0.0, -0.52), (0.36, 0.46)),
            Oval((0.0, 0.46), (0.4, 0.54)),
        ],
    ],
    &[
        &[
            Oval((0.0, -0.46), (0.48, 0.52)),
            Path((0.48, -0.5), &[L(0.38, 1.0)]),
        ],
        &[Path(
            (0.52, -0.45),
            &[
                C((0.4, 0.2), (-0.5, 0.2), (-0.55, -0.4)),
                C((-0.6, -1.2), (0.5, -1.2), (0.55, -0.4)),
                C((0.62, 0.2), (0.2, 0.9), (-0.4, 0.95)),
            ],
        )],
        &[
            Oval((-0.05, -0.5), (0.44, 0.48)),
            Path((0.39, -0.6), &[C((0.5, 0.0), (0.45, 0.4), (0.05, 1.0))]),
        ],
    ],
];

impl Stroke {
    /// The stroke as a chain of points, close enough to look smooth.
    pub(super) fn points(&self) -> Vec<Point> {
        match self {
            Path(start, pieces) => {
                let mut points = vec![*start];
                let mut last = *start;
                for piece in *pieces {
                    last = match piece {
                        L(x, y) => {
                            let third = |k: f32| {
                                (
                                    last.0 + (x - last.0) * k / 3.0,
                                    last.1 + (y - last.1) * k / 3.0,
                                )
                            };
                            curve([last, third(1.0), third(2.0), (*x, *y)], &mut points)
                        }
                        C(a, b, end) => curve([last, *a, *b, *end], &mut points),
                    };
                }
                points
            }
            Oval((x, y), (a, b)) => {
                let at = |u: f32, v: f32| (x + a * u, y + b * v);
                let mut points = vec![at(0.0, -1.0)];
                // Quarter by quarter: from direction (u, v) to its right angle (-v, u).
                let (mut u, mut v) = (0.0, -1.0);
                for _ in 0..4 {
                    let k = QUARTER;
                    let from = at(u - k * v, v + k * u);
                    let to = at(-v + k * u, u + k * v);
                    curve([at(u, v), from, to, at(-v, u)], &mut points);
                    (u, v) = (-v, u);
                }
                points
            }
        }
    }
}

/// Appends the points of a cubic Bézier curve, without its first, and returns its last.
fn curve([p, q, r, s]: [Point; 4], points: &mut Vec<Point>) -> Point {
    for step in 1..=CHORDS {
        let t = step as f32 / CHORDS as f32;
        let w = 1.0 - t;
        let (b0, b1, b2, b3) = (w * w * w, 3.0 * w * w * t, 3.0 * w * t * t, t * t * t);
        points.push((
            b0 * p.0 + b1 * q.0 + b2 * r.0 + b3 * s.0,
            b0 * p.1 + b1 * q.1 + b2 * r.1 + b3 * s.1,
        ));
    }
    s
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strokes_are_closely_spaced_and_keep_to_the_box() {
        for (digit, variants) in DIGITS.iter().enumerate() {
            assert!(variants.len() >= 3, "{digit} has several forms");
            for stroke in variants.iter().flat_map(|shape| shape.iter()) {
                let points = stroke.points();
                for (&(x, y), &(u, v)) in points.iter().zip(&points[1..]) {
                    assert!((x - u).hypot(y - v) < 0.3, "{digit}: {x} {y} to {u} {v}");
                    assert!(x.abs() < 0.75 && y.abs() < 1.1, "{digit}: {x} {y}");
                }
            }
        }
    }

    #[test]
    fn an_oval_is_closed_and_round() {
        let points = Oval((0.5, 0.25), (1.0, 1.0)).points();
        assert_eq!(points.first(), points.last());
        for (x, y) in points {
            assert!(((x - 0.5).hypot(y - 0.25) - 1.0).abs() < 1e-3);
        }
    }
}
