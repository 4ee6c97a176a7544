//! A smaller size for a board: what a network takes there follows from the size of its images, and `onebit data` tells it
//! before anything is trained.

use data::Survey;
use run::TrainConfig;

use super::train_with;
use crate::footprint::{kib, on_a_board};
use crate::network;

/// The side of images that small boards have room for.
const SIDE: usize = 32;

/// A line about a smaller size for a board, and what either takes in RAM; none where that would save little, or where no
/// board computes the network.
pub fn line(config: &TrainConfig, survey: &Survey) -> Option<String> {
    let size = train_with::size(config, survey);
    let channels = config.channels.unwrap_or(survey.channels);
    let ram = |[height, width]: [usize; 2]| {
        let input = [channels, height, width];
        let network = network::of(config, input, survey.classes.len());
        on_a_board(&network).map(|sizes| sizes.ram)
    };
    let small = ram([SIDE; 2])?;
    let now = ram(size);
    if size.iter().product::<usize>() <= SIDE * SIDE || now.is_some_and(|now| now < 2 * small) {
        return None;
    }
    let [height, width] = size;
    let now = now.map_or_else(
        || format!("{width}x{height} is for no board"),
        |now| format!("{width}x{height} takes {}", kib(now)),
    );
    Some(format!(
        "for a board: --size {SIDE}x{SIDE} ({} of RAM; {now})",
        kib(small)
    ))
}
