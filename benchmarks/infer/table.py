"""The results as text."""

def markdown(result):
    """Everything of a run."""
    peak = result["fma_peak_gmacs_per_core"] * result["threads"]
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    lines = [
        f"{result['date']}, commit {result['commit']}: {result['cpu']}, {result['isa']}, {result['threads']} threads; {versions}.",
        f"Medians of {result['rounds']} rounds (quartiles in the JSON file). Peak of multiply-adds in f32 on these threads:"
        f" {peak:.0f} GMAC/s; int8 with VNNI: {4 * peak:.0f}.",
        "",
        "| net | batch | row | ms per image | over onnxruntime | GMAC/s | of the f32 peak |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for net, found in result["nets"].items():
        for batch, rows in found["ms"].items():
            for name, row in rows.items():
                peer = rows[f"onnxruntime {name.split()[1]}"]["median"]
                rate = found["macs"] / row["median"] / 1e6
                lines.append(
                    f"| {net} | {batch.split()[1]} | {name} | {row['median']:.3f} | {row['median'] / peer:.2f} | {rate:.0f} | {rate / peak:.2f} |"
                )
    lines += ["", "| net | file, bytes | arithmetic | start to first answer, s | greatest memory, MiB |", "| --- | --- | --- | --- | --- |"]
    for net, found in result["nets"].items():
        for arithmetic, start in found["start"].items():
            seconds, mib = start["seconds"]["median"], start["mib"]["median"]
            lines.append(f"| {net} | {found['file_bytes']:,} | {arithmetic} | {seconds:.3f} | {mib:.1f} |")
    return "\n".join(lines) + "\n"
