//! A stroke of a pen, and the chain of points it is drawn along.

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

/// Chords to a piece: on a glyph of 28 pixels, none is longer than three pixels or so.
const CHORDS: usize = 16;

/// The control points of a quarter circle lie this far along its tangents.
const QUARTER: f32 = 0.552_284_8;

impl Stroke {
    /// The stroke as a chain of points, close enough to look smooth.
    pub(super) fn points(&self) -> Vec<Point> {
        match self {
            Self::Path(start, pieces) => {
                let mut points = vec![*start];
                let mut last = *start;
                for piece in *pieces {
                    last = match piece {
                        Piece::L(x, y) => {
                            let third = |k: f32| {
                                (
                                    last.0 + (x - last.0) * k / 3.0,
                                    last.1 + (y - last.1) * k / 3.0,
                                )
                            };
                            curve([last, third(1.0), third(2.0), (*x, *y)], &mut points)
                        }
                        Piece::C(a, b, end) => curve([last, *a, *b, *end], &mut points),
                    };
                }
                points
            }
            Self::Oval((x, y), (a, b)) => {
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
    fn an_oval_is_closed_and_round() {
        let points = Stroke::Oval((0.5, 0.25), (1.0, 1.0)).points();
        assert_eq!(points.first(), points.last());
        for (x, y) in points {
            assert!(((x - 0.5).hypot(y - 0.25) - 1.0).abs() < 1e-3);
        }
    }
}
