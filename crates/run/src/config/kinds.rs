//! Kinds of weights that stand over those of a network file.

use graph::{Design, Weights};

/// Forgets the kinds of a network file that `weights` and `first_last` stand over, where they are
/// given, and tells which they were, in lines for a person. `weights` stands over all, `first_last`
/// over those of the first and the last convolution. `main` is the kind of layers without one of
/// their own.
pub fn stand_over(
    design: &mut Design,
    main: Weights,
    weights: Option<Weights>,
    first_last: Option<Option<Weights>>,
) -> Vec<String> {
    let stages = weights.is_some() && design.clear_weights(true, false);
    let ends = (weights.is_some() || first_last.is_some()) && design.clear_weights(false, true);
    let middle = weights.unwrap_or(main);
    let end = first_last.flatten().unwrap_or(middle);
    let name = design.name.as_deref().unwrap_or_default();
    let note = |of: &str, kind: Weights| {
        format!(
            "the kinds of weights in the network file of {name} do not count{of}: weights {kind} were asked for"
        )
    };
    match (stages, ends) {
        (true, true) if middle == end => vec![note("", middle)],
        _ => {
            let notes = [
                (stages, " in its stages", middle),
                (ends, " for the first and the last convolution", end),
            ];
            let notes = notes.into_iter().filter(|(any, ..)| *any);
            notes.map(|(_, of, kind)| note(of, kind)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "version = 1\nname = 'mine'\n[stem]\nchannels = 8\nweights = '8bit'\n\
        [[stages]]\nchannels = 8\nblocks = 1\nweights = 'ternary'\n";

    fn notes(weights: Option<&str>, first_last: Option<Option<&str>>) -> (Design, Vec<String>) {
        let mut design: Design = toml::from_str(FILE).unwrap();
        let kind = |word: &str| word.parse::<Weights>().unwrap();
        let first_last = first_last.map(|word| word.map(kind));
        let notes = stand_over(&mut design, Weights::ONE_BIT, weights.map(kind), first_last);
        (design, notes)
    }

    #[test]
    fn notes_name_the_layers_that_a_setting_stands_over() {
        let file = "the kinds of weights in the network file of mine do not count";
        let (design, said) = notes(None, None);
        assert!(said.is_empty() && design.stem.weights.is_some());

        let (design, said) = notes(None, Some(Some("32bit")));
        let ends = "for the first and the last convolution: weights 32bit were asked for";
        assert_eq!(said, [format!("{file} {ends}")]);
        assert!(design.stem.weights.is_none() && design.stages[0].weights.is_some());

        let (_, said) = notes(None, Some(None));
        assert!(
            said[0].contains("last convolution: weights 1bit"),
            "{said:?}"
        );

        let (design, said) = notes(Some("1bit"), None);
        assert_eq!(said, [format!("{file}: weights 1bit were asked for")]);
        assert!(design.stem.weights.is_none() && design.stages[0].weights.is_none());

        let (_, said) = notes(Some("1bit"), Some(Some("32bit")));
        let stages = "in its stages: weights 1bit were asked for";
        assert_eq!(said, [format!("{file} {stages}"), format!("{file} {ends}")]);
    }
}
