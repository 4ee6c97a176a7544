"""Time and memory of a training step: this project beside PyTorch, interleaved in rounds.

    cargo build --release -p trainer
    VENV/bin/python benchmarks/train/bench.py --out benchmarks/train/results/DATE

`onebit bench train` checks its own answer each time it is started. Every row of a case is measured in each
round, so that what else runs on the machine meets all of them; ratios are of medians over the rounds.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time

import torch

import table

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common

PROGRAM = os.path.join(common.ROOT, "target", "release", "onebit")
PEER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer.py")
# Net, input and weights.
CASES = ["20-1:3x32x32:1bit", "20-4:3x32x32:1bit", "20-4:1x28x28:1bit", "20-4:3x32x32:32bit"]


class Peer:
    """PyTorch in a process of its own, that answers line by line."""

    def __init__(self, net, shape, weights, arithmetic, batch, threads):
        command = [sys.executable, PEER, *net.split("-"), shape, weights, arithmetic, str(batch), str(threads)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.parameters, loaded = (int(word) for word in self.process.stdout.readline().split())
        self.loaded_mib = loaded / 1024

    def steps(self, count):
        """Seconds of each of `count` steps, and the greatest memory in MiB."""
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        *seconds, kib = (float(word) for word in self.process.stdout.readline().split())
        return seconds, kib / 1024

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def ours(net, shape, weights, arguments):
    """The same of this project, from a process that is started for it."""
    command = [PROGRAM, "bench", "train", "--json", "--net", f"wrn-{net}", "--input", shape, "--weights", weights]
    command += ["--batch", arguments.batch, "--threads", arguments.threads, "--runs", arguments.steps]
    found = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True)
    if found.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: expected a measurement, found exit status {found.returncode}")
    line = json.loads(found.stdout)
    return line["median_seconds"], line["peak_mib"]


def parameters(net, shape, weights):
    """How many numbers of the network are trained, by our count."""
    command = [PROGRAM, "summary", "--json", "--net", f"wrn-{net}", "--input", shape, "--weights", weights]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(found.stdout)["totals"]["trainable_weights"]


def measure(case, arguments):
    """All rows of a case."""
    net, shape, weights = case.split(":")
    peers = {}
    try:
        for arithmetic in ("f32", "bf16"):
            peer = Peer(net, shape, weights, arithmetic, arguments.batch, arguments.threads)
            peers[f"PyTorch {arithmetic}"] = peer
            expected = parameters(net, shape, weights)
            assert peer.parameters == expected, f"{case}: PyTorch trains {peer.parameters} numbers, expected {expected}"
            peer.steps(1)
        seconds = {name: [] for name in ["onebit", *peers]}
        memory = {}
        for number in range(arguments.rounds):
            median, memory["onebit"] = ours(net, shape, weights, arguments)
            seconds["onebit"].append(median)
            for name, peer in peers.items():
                taken, memory[name] = peer.steps(arguments.steps)
                seconds[name].append(statistics.median(taken))
                time.sleep(0.05)  # Its idle threads stop spinning.
            row = ", ".join(f"{name} {taken[-1]:.3f} s" for name, taken in seconds.items())
            print(f"{case}, round {number + 1}: {row}", flush=True)
    finally:
        for peer in peers.values():
            peer.close()
    rows = {name: {"seconds": common.quartiles(taken), "mib": memory[name]} for name, taken in seconds.items()}
    for name, peer in peers.items():
        rows[name]["loaded_mib"] = peer.loaded_mib
    return {"net": net, "input": shape, "weights": weights, "parameters": expected, "rows": rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=125)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, default=3, help="of each round")
    parser.add_argument("--cases", default=",".join(CASES), help="NET:INPUT:WEIGHTS, parted by commas")
    parser.add_argument("--out", help="writes OUT.json and OUT.md")
    arguments = parser.parse_args()
    if not os.path.exists(PROGRAM):
        sys.exit(f"{PROGRAM}: expected the program; build it with cargo build --release -p trainer")
    result = {
        "date": time.strftime("%Y-%m-%d"),
        "commit": common.commit(),
        "cpu": common.cpu(),
        "threads": arguments.threads,
        "versions": {"torch": torch.__version__, "python": platform.python_version()},
        "batch": arguments.batch,
        "rounds": arguments.rounds,
        "steps": arguments.steps,
        "cases": [measure(case, arguments) for case in arguments.cases.split(",")],
    }
    text = table.markdown(result)
    print(text)
    if arguments.out:
        common.write(arguments.out, result, text)


if __name__ == "__main__":
    main()
