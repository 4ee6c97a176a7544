#!/usr/bin/env python3
"""Draws docs/figures/measured.svg from the committed results beside this file.

    benchmarks/figure.py            writes it
    benchmarks/figure.py --check    fails where it is not what the results say, or the README quotes other figures
"""

import json
import sys
from html import escape
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent
FIGURE = BENCHMARKS.parent / "docs/figures/measured.svg"
README = BENCHMARKS.parent / "README.md"

STYLE = """
svg { font-family: system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; font-size: 13px; }
text { fill: #1d2125; } .small { fill: #5c6570; font-size: 12px; } .head { font-weight: 600; }
.ours { fill: #0072b2; } .other { fill: #b4bcc4; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6e8eb; } .small { fill: #a4adb6; } .ours { fill: #56b4e9; } .other { fill: #5c6570; }
}"""


def read(path):
    return json.loads((BENCHMARKS / path).read_text())


def measured():
    """The rows that figure and README quote: a step, an image, a board, and the board's peer."""
    step = next(c for c in read("train/results/2026-11-26.json")["cases"] if c["net"] == "20-1")["rows"]
    image = read("infer/results/2026-11-24.json")["nets"]["20-10"]["ms"]["batch 1"]
    case = next(c for c in read("embedded/results/2026-11-28.json")["cases"] if c["network"].endswith("residual 8"))
    board = next(r for r in case["rows"] if (r["processor"], r["code"]) == ("Cortex-M4", "-O2"))
    resnet = read("embedded/peers.json")["side_by_side"]["rows"][0]
    return step, image, (case, board), resnet


def quotes():
    """What the README says, word for word."""
    step, image, (case, board), resnet = measured()
    seconds = {name: f"{row['seconds']['median']:.3f} s" for name, row in step.items()}
    mib = {name: f"{row['mib']:.0f}" for name, row in step.items()}
    ms = {name: f"{row['median']:.1f}" for name, row in image.items()}
    return [
        f"{seconds['onebit']}, {mib['onebit']} MiB",
        f"{seconds['PyTorch f32']} in `f32`, {seconds['PyTorch bf16']} in `bf16`; {mib['PyTorch f32']} and {mib['PyTorch bf16']} MiB",
        f"{ms['onebit f32']} ms in `f32`, {ms['onebit int8']} ms in `int8`",
        f"{ms['onnxruntime f32']} and {ms['onnxruntime int8']} ms; PyTorch: {ms['PyTorch f32']} ms",
        f"{board['instructions'] / 1e6:.1f} million instructions, {board['flash'] / 1e3:.0f} KB of flash, {board['static RAM'] / 1e3:.0f} KB of RAM",
        f"{resnet['m4']:.1f} million, {resnet['flash'] / 1e3:.0f} KB, {resnet['ram'] / 1e3:.0f} KB",
        f"{100 * case['right'] / case['of']:.2f} % (trained for 6 epochs)",
        f"the same ResNet-8: {resnet['accuracy']} %",
    ]


def panels():
    """Of each panel the title, what is below it, and the bars: name, value, how the value is written."""
    step, image, (_, board), resnet = measured()
    seconds = {name: row["seconds"]["median"] for name, row in step.items()}
    ms = {name: row["median"] for name, row in image.items()}
    return [
        (
            "A training step, seconds",
            "20-1, 125 images, two CPU cores",
            [(name, value, f"{value:.3f}") for name, value in named(seconds, ["onebit", "PyTorch f32"])],
        ),
        (
            "An image, milliseconds",
            "20-10, one at a time, two CPU cores",
            [(name, value, f"{value:.1f}") for name, value in named(ms, ["onebit f32", "onnxruntime f32", "PyTorch f32"])],
        ),
        (
            "Flash on a Cortex-M4, KB",
            "20-1; ResNet-8 of MLPerf Tiny",
            [
                ("Onebit", board["flash"], f"{board['flash'] / 1000:.0f}"),
                ("int8, CMSIS-NN", resnet["flash"], f"{resnet['flash'] / 1000:.0f}"),
            ],
        ),
    ]


def named(values, names):
    return [(name.replace("onebit", "Onebit").removesuffix(" f32"), values[name]) for name in names]


def svg():
    width, label, bar, row = 860, 118, 108, 24
    parts, said = [], []
    for index, (title, below, bars) in enumerate(panels()):
        left = 8 + index * (width // 3)
        longest = max(value for _, value, _ in bars)
        parts.append(f'<text class="head" x="{left}" y="20">{escape(title)}</text>')
        for line, (name, value, written) in enumerate(bars):
            top = 34 + line * row
            kind = "ours" if line == 0 else "other"
            size = round(bar * value / longest, 1)
            parts.append(f'<text x="{left}" y="{top + 14}">{escape(name)}</text>')
            parts.append(f'<rect class="{kind}" x="{left + label}" y="{top}" width="{size}" height="18" rx="2"/>')
            parts.append(f'<text x="{left + label + size + 6}" y="{top + 14}">{written}</text>')
        parts.append(f'<text class="small" x="{left}" y="126">{escape(below)}</text>')
        said.append(f"{title}: " + ", ".join(f"{name} {written}" for name, _, written in bars) + ".")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} 138" width="{width}" height="138">'
        f'<title>Onebit beside others</title><desc>{escape(" ".join(said))}</desc><style>{STYLE}\n</style>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def main():
    if sys.argv[1:] != ["--check"]:
        FIGURE.write_text(svg())
        return
    wrong = [f"README.md lacks, as measured: {quote}" for quote in quotes() if quote not in README.read_text()]
    if FIGURE.read_text() != svg():
        wrong.append("docs/figures/measured.svg is stale; renew it with: benchmarks/figure.py")
    sys.exit("\n".join(wrong) or None)


main()
