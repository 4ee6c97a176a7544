//! The errors of a group's seeds as points on a line, beside those of the other groups.

use maud::{Markup, html};

use super::axis::Axis;
use super::chart::{look_class, mark, shape, short};
use super::groups::Group;

const WIDTH: f64 = 170.0;
const HEIGHT: f64 = 20.0;
/// Of the marks at both ends.
const MARGIN: f64 = 6.0;

/// An axis for the errors of all these groups.
pub fn axis<'a>(groups: impl Iterator<Item = &'a Group>) -> Axis {
    let ranges = groups.filter_map(|group| Some(group.score.as_ref()?.range));
    let [low, high] = ranges.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], range| {
        [low.min(range[0]), high.max(range[1])]
    });
    match low <= high {
        // One error alone stands in the middle.
        true => {
            let room = if low < high { 0.0 } else { 1.0 };
            Axis {
                low: low - room,
                high: high + room,
                log: false,
            }
        }
        false => Axis::from_zero(std::iter::empty()),
    }
}

/// A ring for each error, and a line at their mean.
pub fn svg(group: &Group, errors: &[f64], axis: &Axis) -> Markup {
    let x = |error: f64| MARGIN + axis.place(error) * (WIDTH - 2.0 * MARGIN);
    let middle = HEIGHT / 2.0;
    let rings: String = errors
        .iter()
        .map(|&error| mark(shape(group.look.unwrap_or(0)), x(error), middle, 3.5))
        .collect();
    html! {
        svg.strip.{ (look_class(group.look)) } viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } width=(WIDTH) height=(HEIGHT) aria-hidden="true" {
            path.rule d={ "M0," (middle) "H" (WIDTH) } {}
            path.mark.hollow d=(rings) {}
            @if let (Some(mean), true) = (group.mean(), errors.len() > 1) {
                path.mean d={ "M" (short(x(mean))) ",2V" (HEIGHT - 2.0) } {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use run::many;

    use super::*;

    fn group(errors: [f64; 2]) -> Group {
        Group {
            runs: vec![0, 1],
            name: String::new(),
            settings: String::new(),
            look: Some(0),
            score: Some(many::Group {
                runs: vec![0, 1],
                seeds: 2,
                mean: (errors[0] + errors[1]) / 2.0,
                deviation: Some(1.0),
                range: errors,
            }),
            images: 0,
        }
    }

    #[test]
    fn groups_share_an_axis_that_holds_all_their_errors() {
        let groups = [group([10.0, 12.0]), group([14.0, 20.0])];
        let axis = axis(groups.iter());
        assert_eq!((axis.low, axis.high), (10.0, 20.0));
        let svg = svg(&groups[0], &[10.0, 12.0], &axis).into_string();
        // 10 is at the left end, 12 a fifth of 158 pixels further, the mean between them.
        assert!(
            svg.contains("M2.5,10a3.5") && svg.contains("M34.1,10a3.5"),
            "{svg}"
        );
        assert!(svg.contains("d=\"M21.8,2V18\""), "{svg}");
        assert_eq!(self::axis([].into_iter()).low, 0.0);
    }
}
