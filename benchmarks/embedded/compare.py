"""Tables of `bench.py`'s results: DATE.md beside DATE.json, and in README.md the comparison with `peers.json`.

    python3 benchmarks/embedded/compare.py benchmarks/embedded/results/DATE.json

Instructions of an emulator never stand beside cycles of a processor.
"""

import json
import pathlib
import sys
import textwrap

HERE = pathlib.Path(__file__).resolve().parent
BEGIN, END = "<!-- from here on by compare.py -->", "<!-- to here -->"


def table(heads, rows):
    """Rows of values as Markdown."""
    lines = [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads)]
    return lines + [f"| {' | '.join(map(str, row))} |" for row in rows]


def number(value):
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.2f}"


def everything(results):
    """All that was measured."""
    heads = ["network", "processor", "code", "images with equal logits", "million instructions an image"]
    heads += ["flash", "of it code", "static RAM", "stack"]
    rows = []
    for case in results["cases"]:
        for row in case["rows"]:
            instructions = f"{row['instructions'] / 1e6:.2f}"
            sizes = [row[size] for size in ("flash", "of it code", "static RAM", "stack")]
            rows.append([case["network"], row["processor"], row["code"], row["images"], instructions, *sizes])
    lines = [f"commit {results['commit']}; " + "; ".join(results["tools"]), ""]
    lines += ["All logits are the integers of `runtime::integer`, which has right:", ""]
    lines += [f"- {case['network']}: {case['right']:,} of {case['of']:,} test images" for case in results["cases"]]
    return lines + [""] + table(heads, rows)


def ours(case):
    """A case as a line of the comparison."""
    rows = {row["processor"]: row for row in case["rows"] if row["code"] == "-O2"}
    m4 = rows["Cortex-M4"]
    instructions = [rows[name]["instructions"] / 1e6 for name in ("Cortex-M4", "Cortex-M0+", "RV32IMC")]
    accuracy = f"{100 * case['right'] / case['of']:.2f} %"
    return [f"**{case['network']}**", *map(number, instructions), number(m4["flash"]), number(m4["static RAM"]), accuracy]


def comparison(results, peers):
    """The README's part."""
    beside = peers["side_by_side"]
    rows = []
    for row in beside["rows"]:
        accuracy = f"{row['accuracy']:.2f} %" if "accuracy" in row else "–"
        numbers = [number(row.get(key)) for key in ("m4", "m0plus", "rv32", "flash", "ram")]
        rows.append([row["network"], *numbers, accuracy])
    rows += map(ours, results["cases"])
    heads = ["network", "Cortex-M4", "Cortex-M0+", "RV32IMC", "flash, bytes", "static RAM, bytes", "accuracy"]
    lines = ["Millions of instructions for an image of CIFAR-10, `-O2`; flash and RAM on the Cortex-M4:", ""]
    lines += table(heads, rows)
    how = f"Ours: commit {results['commit']}. The others: {beside['how']} Sources: {beside['source']}."
    lines += ["", *textwrap.wrap(how, 100, break_long_words=False, break_on_hyphens=False), ""]
    lines += ["Figures that others publish, measured in other ways:", ""]
    published = [[row[key] for key in ("network", "flash", "ram", "accuracy", "source")] for row in peers["published"]]
    lines += table(["network", "flash", "RAM", "accuracy", "source"], published)
    lines += ["", "Cycles of a real Cortex-M4 for a multiply-accumulate, published by others. Ours were not measured:", ""]
    cycles = [[row["engine"], row["cycles"], row["source"]] for row in peers["cycles"]]
    return lines + table(["engine", "cycles", "source"], cycles)


def main():
    if len(sys.argv) != 2:
        sys.exit("error: expected a file of results; python3 compare.py results/DATE.json")
    file = pathlib.Path(sys.argv[1])
    results = json.loads(file.read_text())
    peers = json.loads((HERE / "peers.json").read_text())
    page = file.with_suffix(".md")
    page.write_text("\n".join([f"# {file.stem}", "", *everything(results)]) + "\n")
    readme = HERE / "README.md"
    before, rest = readme.read_text().split(BEGIN)
    _, after = rest.split(END)
    part = "\n".join([BEGIN, "", *comparison(results, peers), "", END])
    readme.write_text(before + part + after)


if __name__ == "__main__":
    main()
