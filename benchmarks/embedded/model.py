"""What `onebit fit` knows of C code before it is compiled: bytes of code, and instructions for an image, for three cores.

    cargo build --release --workspace --example drawn
    python3 benchmarks/embedded/model.py measure      # compiles and runs what measured.json lacks; can be stopped and gone on with
    python3 benchmarks/embedded/model.py fit          # from measured.json to crates/embed/src/cost/fitted.json, and the table

Networks have weights drawn from a seed (`crates/embed/examples/drawn.rs`) and see one drawn image. Each is compiled with -O2 and
run in QEMU as `bench.py` does it, with a residual map of 8 or 16 bits, or of 8 (8w) with an offset too large for lines of 32 bits; logits that differ from those of `runtime::integer` are an error. The networks under HELD_OUT
take no part in the fit: the model has to be within 5 % of them (`crates/embed/tests/cost.rs`). Needs numpy, and what `bench.py` needs.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import bench

HERE = pathlib.Path(__file__).parent
MEASURED = HERE / "model/measured.json"
TABLE = HERE / "model/README.md"
FITTED = bench.ROOT / "crates/embed/src/cost/fitted.json"
CORES = {"m4": "Cortex-M4", "m0plus": "Cortex-M0+", "rv32": "RV32IMC"}
# Above the most code that a measured network of a kind has: 1/32 of it, and so many bytes.
MARGIN_PARTS, MARGIN_BYTES = 32, 64

FIT = """
wrn-8-0.25 1x8x8 10 1bit 8
wrn-8-0.5 3x16x16 4 1bit 8
wrn-8-1 1x28x28 10 1bit 8
wrn-8-1.5 3x32x32 10 1bit 8
wrn-8-2 3x24x24 10 1bit 8
wrn-8-3 1x12x12 10 1bit 8
wrn-14-0.25 3x32x32 100 1bit 8
wrn-14-0.75 1x28x28 10 1bit 8
wrn-14-1 1x16x16 10 1bit 8
wrn-14-1.25 3x20x20 5 1bit 8
wrn-14-2.5 3x16x16 10 1bit 8
wrn-20-0.5 3x32x32 10 1bit 8
wrn-20-1 3x32x32 10 1bit 8
wrn-20-1.75 3x24x24 20 1bit 8
wrn-26-0.5 1x28x28 10 1bit 8
wrn-8-1-s2 3x32x32 10 1bit 8
wrn-8-2.25-s2 3x32x32 10 1bit 8
wrn-14-1.5-s2 3x48x48 10 1bit 8
wrn-20-2-s2 3x32x32 10 1bit 8
wrn-14-0.5-s2 1x64x64 2 1bit 8
wrn-8-1 3x32x32 10 8bit 8
wrn-14-0.75 3x20x20 10 8bit 8
wrn-8-2-s2 3x40x40 10 8bit 8
wrn-20-0.5 1x28x28 26 8bit 8
wrn-8-0.5 3x32x32 10 1bit 16
wrn-8-1 1x28x28 10 1bit 16
wrn-14-1 3x24x24 10 1bit 16
wrn-14-2 3x16x16 10 1bit 16
wrn-20-0.75 3x32x32 10 1bit 16
wrn-14-1.25-s2 3x48x48 10 1bit 16
wrn-8-1.5-s2 1x28x28 10 8bit 16
wrn-8-0.25 3x20x20 100 8bit 16
plain-8-0.25 3x32x32 10 1bit 16
plain-8-1 1x28x28 10 1bit 16
plain-14-1 3x24x24 10 1bit 16
plain-20-0.5 3x32x32 10 1bit 16
plain-8-2-s2 3x32x32 10 1bit 16
plain-14-1.5 1x16x16 26 1bit 16
plain-14-0.75-s2 3x48x48 10 8bit 16
plain-8-1.25 3x20x20 10 8bit 16
wrn-38-0.75 3x16x16 10 1bit 8
wrn-8-4 3x32x32 10 1bit 8
wrn-14-1 3x24x24 10 1bit 8w
wrn-20-0.5-s2 1x40x40 10 1bit 8w
wrn-8-1.25 3x20x20 10 8bit 8w
"""
HELD_OUT = """
wrn-14-1.75 3x32x32 10 1bit 8
wrn-26-0.75 3x32x32 10 1bit 8
wrn-8-2.5 1x28x28 10 1bit 8
wrn-20-1.25-s2 3x64x64 10 1bit 8
wrn-32-0.25 1x28x28 24 1bit 8
wrn-14-1 3x32x32 10 8bit 8
wrn-20-1 3x32x32 10 1bit 16
wrn-14-0.75-s2 1x48x48 5 1bit 16
plain-14-1.25 3x32x32 10 1bit 16
plain-20-1-s2 3x40x40 10 1bit 16
"""


def lines(text):
    return text.split("\n")[1:-1]


def measure(limit):
    """Measures networks that are not in the file yet, at most so many now; the file is whole after each of them."""
    data = json.loads(MEASURED.read_text()) if MEASURED.exists() else {"tools": [], "networks": {}}
    targets = {core: target for core, name in CORES.items() for target in bench.TARGETS if target.name == name}
    tools = [f"{target.prefix}gcc" for target in targets.values()] + [target.qemu[0] for target in targets.values()]
    data["tools"] = [bench.run([tool, "--version"]).decode().splitlines()[0] for tool in dict.fromkeys(tools)]
    drawn = bench.ROOT / "target/release/examples/drawn"
    for line in lines(FIT) + lines(HELD_OUT):
        if line in data["networks"]:
            continue
        if limit == 0:
            print("some are left: the same command goes on")
            return
        limit -= 1
        with tempfile.TemporaryDirectory() as work:
            folder = pathlib.Path(work, "export")
            told = json.loads(bench.run([str(drawn), line, str(folder)]))
            image = pathlib.Path(f"{folder}.raw").read_bytes()
            cores = {}
            for core, target in targets.items():
                logits, instructions, stack, (text, data_bytes, bss) = bench.measure(folder, target, "-O2", [], image)
                if logits != [told["answer"]]:
                    sys.exit(f"error: {line} on {target.name}: the logits differ from those of runtime")
                row = {"instructions": instructions, "code": text + data_bytes - told["flash"], "stack": stack}
                cores[core] = row | {"ram": bss + data_bytes - told["ram"]}
        data["networks"][line] = {key: told[key] for key in ["kind", "flash", "ram", "counts"]} | {"cores": cores}
        print(line, told["kind"], *cores.values(), flush=True)
        MEASURED.parent.mkdir(exist_ok=True)
        MEASURED.write_text(json.dumps(data, indent=1) + "\n")


def nonnegative(matrix, wanted):
    """Least squares without negative factors: Lawson and Hanson's active set (1974)."""
    import numpy as np

    found, active = np.zeros(matrix.shape[1]), np.zeros(matrix.shape[1], bool)
    for _ in range(10 * matrix.shape[1]):
        slope = matrix.T @ (wanted - matrix @ found)
        slope[active] = -np.inf
        if slope.max() <= 1e-9:
            break
        active[slope.argmax()] = True
        while True:
            trial = np.zeros_like(found)
            trial[active] = np.linalg.lstsq(matrix[:, active], wanted, rcond=None)[0]
            below = active & (trial <= 0)
            if not below.any():
                found = trial
                break
            step = (found[below] / (found[below] - trial[below])).min()
            found = found + step * (trial - found)
            active &= found > 1e-12
    return found


def fit():
    import numpy as np

    data = json.loads(MEASURED.read_text())
    networks = data["networks"]
    missing = [line for line in lines(FIT) + lines(HELD_OUT) if line not in networks]
    if missing:
        sys.exit(f"error: expected all networks measured, found {len(missing)} that are not, such as {missing[0]}")
    names = list(networks[lines(FIT)[0]]["counts"])
    counts = np.array([[networks[line]["counts"][name] for name in names] for line in lines(FIT)])
    # What no network does has no factor; columns alike in size are solved more exactly.
    used = counts.max(0) > 0
    fitted = {"margin": f"1/{MARGIN_PARTS} and {MARGIN_BYTES} bytes", "tools": data["tools"], "cores": {}}
    table = [f"{'network':34}" + "".join(f" | {title} measured | model | error" for title in CORES.values())]
    errors = {line: [] for line in networks}
    for core in CORES:
        wanted = np.array([networks[line]["cores"][core]["instructions"] for line in lines(FIT)], float)
        # Errors count as parts of what they are errors of.
        scaled = counts[:, used] / wanted[:, None]
        size = scaled.max(0)
        found = nonnegative(scaled / size, np.ones(len(wanted))) / size
        factors = {name: float(f"{factor:.6g}") for name, factor in zip(np.array(names)[used], found) if factor > 0}
        code = {}
        for network in networks.values():
            bytes_ = network["cores"][core]["code"]
            code[network["kind"]] = max(code.get(network["kind"], 0), bytes_)
        code = {kind: most + most // MARGIN_PARTS + MARGIN_BYTES for kind, most in sorted(code.items())}
        fitted["cores"][core] = {"code": code, "instructions": factors}
        for line, network in networks.items():
            told = sum(factors.get(name, 0) * count for name, count in network["counts"].items())
            errors[line].append((network["cores"][core]["instructions"], told))
    FITTED.write_text(json.dumps(fitted, indent=1) + "\n")
    TABLE.write_text(page(data, fitted, errors))
    for which in [FIT, HELD_OUT]:
        worst = [max(abs(told / measured - 1) for line in lines(which) for measured, told in [errors[line][core]]) for core in range(3)]
        print("fitted to" if which is FIT else "held out", *(f"{core} {100 * part:.2f} %" for core, part in zip(CORES, worst)))


def page(data, fitted, errors):
    """The table of what was measured, and what the model says."""
    networks = data["networks"]
    out = ["# Code and instructions, measured and modelled", "",
           "`onebit fit` knows the code and the instructions of a network before anything is compiled. This",
           "page compares what it knows with what was measured. `model.py fit` writes it from `measured.json`.", "",
           "Measured with", "", *(f"- {tool}" for tool in dict.fromkeys(data["tools"])), ""]
    out += ["## Code, bytes", "", "Each row is about the measured networks of one kind: their smallest and their largest code, and the",
            f"bound that `onebit fit` counts. The bound is the largest code, 1/{MARGIN_PARTS} of it and {MARGIN_BYTES} bytes.", "",
            "| kind | networks | " + " | ".join(CORES.values()) + " |"]
    out += ["| --- | ---: |" + " ---: |" * len(CORES)]
    kinds = sorted({network["kind"] for network in networks.values()})
    for kind in kinds:
        cells = []
        for core in CORES:
            code = [network["cores"][core]["code"] for network in networks.values() if network["kind"] == kind]
            cells.append(f"{min(code):,} to {max(code):,}, bound {fitted['cores'][core]['code'][kind]:,}")
        count = sum(network["kind"] == kind for network in networks.values())
        out.append(f"| {kind} | {count} | " + " | ".join(cells) + " |")
    for which, title in [(HELD_OUT, "Instructions of the networks that the model was not fitted to"), (FIT, "Instructions of the networks that it was fitted to")]:
        out += ["", f"## {title}", "", "In thousands for an image: QEMU's count, and the model's with its error. A network is described by",
                "its name, its image (channels, height, width), its classes, the kind of weights of its first and",
                "last convolution, and the bits of its residual map. `8w` is a map of 8 bits with an offset too large",
                "for lines of 32 bits.", ""]
        out += ["| network | " + " | ".join(f"{name} | model" for name in CORES.values()) + " |", "| --- |" + " ---: | ---: |" * len(CORES)]
        for line in lines(which):
            cells = [f"{measured / 1e3:,.0f} | {told / 1e3:,.0f} ({100 * (told / measured - 1):+.1f} %)" for measured, told in errors[line]]
            out.append(f"| {line} | " + " | ".join(cells) + " |")
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["measure", "fit"])
    parser.add_argument("--limit", type=int, default=-1, help="measure so many networks at most")
    args = parser.parse_args()
    measure(args.limit) if args.what == "measure" else fit()


if __name__ == "__main__":
    main()
