"""The results as text."""


def markdown(result):
    """Everything of a run."""
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    loaded = result["cases"][0]["rows"]["PyTorch f32"]["loaded_mib"]
    lines = [
        f"{result['date']}, commit {result['commit']}: {result['cpu']}, {result['threads']} threads; {versions}.",
        f"A training step (forward, backward, SGD) of batch {result['batch']}: medians of {result['rounds']} rounds,"
        f" each the median of {result['steps']} steps; quartiles in the JSON file.",
        f"Memory is the greatest of a process that trains, with all that it loaded: of PyTorch's, {loaded:.0f} MiB are its libraries.",
        "",
        "| net | input | weights | row | s per step | images/s | over PyTorch f32 | greatest memory, MiB |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for case in result["cases"]:
        peer = case["rows"]["PyTorch f32"]["seconds"]["median"]
        for name, row in case["rows"].items():
            seconds = row["seconds"]["median"]
            lines.append(
                f"| {case['net']} | {case['input']} | {case['weights']} | {name} | {seconds:.3f}"
                f" | {result['batch'] / seconds:.1f} | {seconds / peer:.2f} | {row['mib']:.0f} |"
            )
    return "\n".join(lines) + "\n"
