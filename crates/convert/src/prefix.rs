//! What stands before all names of a state dict: `module.` of `DataParallel`, `_orig_mod.` of `torch.compile`, or that of the
//! module that holds the network, such as `model.`.

/// Of the port's names the ones that tell, most surely first.
const KNOWN: [&str; 5] = ["group0.block", "group", "conv0", "conv_last", "bn_in"];
/// So many of them begin no other program's names; what stands before the others stands before all.
const SURE: usize = 2;

/// What stands before the names that the port gives its layers: nothing, or words that end in a dot.
pub(crate) fn common(names: &[String]) -> &str {
    let before = |(at, known): (usize, &str)| {
        let mut prefixes = names.iter().filter_map(|name| {
            let prefix = &name[..name.find(known)?];
            (prefix.is_empty() || prefix.ends_with('.')).then_some(prefix)
        });
        let everywhere = |prefix: &str| names.iter().all(|name| name.starts_with(prefix));
        prefixes.find(|prefix| at < SURE || everywhere(prefix))
    };
    let mut known = KNOWN.into_iter().enumerate();
    known.find_map(before).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::common;

    #[test]
    fn what_stands_before_the_names() {
        for (names, prefix) in [
            (&["conv0", "group0.block0.conv0", "bn.weight"][..], ""),
            (
                &["module.bn_in.bias", "module.group0.block0.conv0"],
                "module.",
            ),
            (&["_orig_mod.module.conv_last"], "_orig_mod.module."),
            (&["net.conv0", "net.conv_last"], "net."),
            (&["subgroup0.block0.conv0", "fc.weight"], ""),
            (&["model.group1.block0.conv0", "model.conv0"], "model."),
            (&["layer1.0.conv1.weight", "fc.bias"], ""),
            (&[], ""),
        ] {
            let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
            assert_eq!(common(&names), prefix, "{names:?}");
        }
    }
}
