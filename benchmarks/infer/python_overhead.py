"""What the Python package costs over the Rust engine that it calls, interleaved in one run.

    cargo build --release -p onebit-runtime --example bench_infer
    VENV/bin/pip install numpy maturin && VENV/bin/maturin build --profile release -m crates/python/Cargo.toml --out wheels
    VENV/bin/pip install wheels/onebit-*.whl
    VENV/bin/python benchmarks/infer/python_overhead.py --out benchmarks/infer/results/DATE-python

Both are optimised alike, and their answers are compared before anything is timed. In each round Rust, in a process of its own,
and Python take turns; the overhead is the median over the rounds of the ratio within a round.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

import onebit
from engine import PROGRAM, Engine

import common

ARITHMETICS = {"f32": "float", "int8": "int8"}
COUNT = 500


def timed(call, blocks, calls):
    """Nanoseconds of each call."""
    times = []
    for index in range(calls):
        start = time.perf_counter_ns()
        call(blocks[index % len(blocks)])
        times.append(time.perf_counter_ns() - start)
    return times


def compare(engine, model, word, batch, images, rounds, seconds):
    """Milliseconds of an image in Rust and in Python, and the overhead in percent."""
    blocks = [images[i * batch : (i + 1) * batch] for i in range(COUNT // batch)]
    rust, python, ratios = [], [], []
    calls = 3
    for number in range(rounds + 1):
        turns = {"rust": lambda: engine.ask(f"time {word} {batch} {calls}"), "python": lambda: timed(model.logits, blocks, calls)}
        # Who is first changes.
        order = sorted(turns, reverse=number % 2 == 0)
        each = {name: statistics.median(turns[name]()) for name in order}
        if number == 0:
            calls = int(np.clip(seconds * 1e9 / each["rust"], 3, 2000))
            continue
        rust.append(each["rust"] / batch / 1e6)
        python.append(each["python"] / batch / 1e6)
        ratios.append(100 * (each["python"] / each["rust"] - 1))
    return {"rust": common.quartiles(rust), "python": common.quartiles(python), "overhead": common.quartiles(ratios)}


def measure(net, images, arguments):
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        file, all_images = (os.path.join(folder, name) for name in ("net.onebit", "images"))
        images.tofile(all_images)
        subprocess.run([PROGRAM, "write", net.split("-")[1], file], check=True)
        engine = Engine(file, all_images, arguments.threads)
        for word, arithmetic in ARITHMETICS.items():
            model = onebit.load(file, threads=arguments.threads, arithmetic=arithmetic)
            np.testing.assert_array_equal(engine.logits(word, 50).astype(np.float32), model.logits(images[:50]))
            for batch in (1, 50):
                row = compare(engine, model, word, batch, images, arguments.rounds, arguments.seconds)
                rows[f"{word}, batch {batch}"] = row
                print(f"{net}, {word}, batch {batch}: overhead {row['overhead']['median']:.2f} %", flush=True)
        engine.close()
    return rows


def markdown(result):
    lines = [
        f"# Python beside Rust, {result['date']}\n",
        f"{result['cpu']}, {result['threads']} threads, commit {result['commit']}, onebit {result['onebit']}, NumPy {result['numpy']}, "
        f"Python {result['python']}; {result['rounds']} rounds of {result['seconds']} s each. {result['note']}\n",
        "Milliseconds of an image, medians; the overhead is the median of the rounds' ratios, with the quartiles.\n",
        "| network | arithmetic | Rust | Python | overhead |",
        "| --- | --- | --- | --- | --- |",
    ]
    for net, rows in result["nets"].items():
        for name, row in rows.items():
            overhead = row["overhead"]
            lines.append(
                f"| {net} | {name} | {row['rust']['median']:.4f} | {row['python']['median']:.4f} "
                f"| {overhead['median']:+.1f} % ({overhead['first']:+.1f} to {overhead['third']:+.1f}) |"
            )
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--seconds", type=float, default=0.1, help="of each turn")
    parser.add_argument("--nets", default="20-1,20-4")
    parser.add_argument("--note", default="", help="a sentence about the machine, for the result")
    parser.add_argument("--out", help="writes OUT.json and OUT.md")
    arguments = parser.parse_args()
    if not os.path.exists(PROGRAM):
        sys.exit(f"{PROGRAM}: expected the benchmark's program; build it with cargo build --release -p onebit-runtime --example bench_infer")
    images = np.random.default_rng(1).integers(0, 256, (COUNT, 3, 32, 32), dtype=np.uint8)
    result = {
        "date": time.strftime("%Y-%m-%d"),
        "commit": common.commit(),
        "cpu": common.cpu(),
        "threads": arguments.threads,
        "onebit": onebit.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "rounds": arguments.rounds,
        "seconds": arguments.seconds,
        "note": arguments.note,
        "nets": {net: measure(net, images, arguments) for net in arguments.nets.split(",")},
    }
    text = markdown(result)
    print(text)
    if arguments.out:
        common.write(arguments.out, result, text)


if __name__ == "__main__":
    main()
