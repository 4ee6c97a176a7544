"""Time of an image: this project's engine beside onnxruntime and PyTorch, interleaved in one run.

    cargo build --release -p onebit-runtime --example bench_infer
    python -m venv VENV && VENV/bin/pip install -r benchmarks/infer/requirements.txt
    VENV/bin/python benchmarks/infer/bench.py --out benchmarks/infer/results/DATE

Answers are checked before anything is timed. Every row of a net is measured in each round, so that what else
runs on the machine meets all of them; ratios are of medians over the rounds.
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
import onnxruntime as ort
import torch

import packed
import peers
import table
from engine import PROGRAM, Engine

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common

COUNT = 500


def timed(call, inputs, calls):
    """Nanoseconds of each call."""
    times = []
    for index in range(calls):
        start = time.perf_counter_ns()
        call(inputs[index % len(inputs)])
        times.append(time.perf_counter_ns() - start)
    return times


def check(ours, float_logits, int8_logits):
    """Stops when our answers are not those of the peers; says how near the integers are."""
    reference = float_logits["onnxruntime f32"]
    spread = np.abs(reference).max()
    for name, logits in {**float_logits, "onebit f32": ours["f32"]}.items():
        off = np.abs(logits - reference).max() / spread
        assert off < 1e-4, f"{name}: logits {off} from onnxruntime's, of the greatest"
    spans = {"onebit int8": ours["int8"], "onnxruntime int8": int8_logits}
    off = {name: float(np.abs(logits - reference).mean() / np.abs(reference).mean()) for name, logits in spans.items()}
    assert off["onebit int8"] < 0.2, off
    return off


def measure(net, file, images_file, images, arguments):
    """All rows of a net."""
    network = packed.read(file)
    model = peers.onnx_model(network)
    floats = images.astype(np.float32)
    sessions = {"onnxruntime f32": peers.session(model, arguments.threads)}
    sessions["onnxruntime int8"] = peers.session(peers.int8_model(model, floats[:50]), arguments.threads)
    calls = {name: (lambda x, s=s: s.run(None, {"pixels": x})[0]) for name, s in sessions.items()}
    module = peers.Torch(network).eval()
    calls["PyTorch f32"] = module
    last = torch.channels_last
    as_torch = lambda x: torch.tensor(x).contiguous(memory_format=last)
    engine = Engine(file, images_file, arguments.threads)

    some = floats[:50]
    float_logits = {"onnxruntime f32": calls["onnxruntime f32"](some), "PyTorch f32": module(as_torch(some)).numpy()}
    ours = {arithmetic: engine.logits(arithmetic, 50) for arithmetic in ("f32", "int8")}
    off = check(ours, float_logits, calls["onnxruntime int8"](some))
    print(f"{net}: answers agree; int8 logits differ from float by {off}", flush=True)

    rows = {}
    for batch in (1, 50):
        blocks = [floats[i * batch : (i + 1) * batch] for i in range(COUNT // batch)]
        inputs = {name: blocks for name in sessions} | {"PyTorch f32": [as_torch(block) for block in blocks]}
        times = {name: [] for name in ["onebit f32", "onebit int8", *calls]}
        # So many calls that a turn takes about as long as asked for.
        turn = {name: 2 for name in times}
        for number in range(arguments.rounds + 1):
            for name in times:
                if name.startswith("onebit"):
                    taken = engine.ask(f"time {name.split()[1]} {batch} {turn[name]}")
                else:
                    taken = timed(calls[name], inputs[name], turn[name])
                each = statistics.median(taken)
                if number == 0:
                    turn[name] = int(np.clip(arguments.seconds * 1e9 / each, 3, 2000))
                else:
                    times[name].append(each / batch / 1e6)
                time.sleep(0.02)  # Idle threads of a peer stop spinning.
        rows[f"batch {batch}"] = {name: common.quartiles(each) for name, each in times.items()}
        print(f"{net}, batch {batch}: " + ", ".join(f"{name} {statistics.median(t):.3f} ms" for name, t in times.items()), flush=True)
    engine.close()
    return {"macs": packed.macs(network), "int8_difference": off, "ms": rows}


def starts(file, images_file, repeats):
    """Seconds from the start of a process to its first answer, and its greatest memory."""
    found = {}
    for arithmetic in ("f32", "int8"):
        seconds, memory = [], []
        for _ in range(repeats):
            start = time.perf_counter()
            command = [PROGRAM, "once", file, images_file, arithmetic]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            process.stdout.readline()
            seconds.append(time.perf_counter() - start)
            memory.append(int(process.stdout.readline()) / 1024)
            process.wait()
        found[arithmetic] = {"seconds": common.quartiles(seconds), "mib": common.quartiles(memory)}
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=0.3, help="of each turn")
    parser.add_argument("--nets", default="20-1,20-4,20-10")
    parser.add_argument("--out", help="writes OUT.json and OUT.md")
    arguments = parser.parse_args()
    if not os.path.exists(PROGRAM):
        sys.exit(f"{PROGRAM}: expected the benchmark's program; build it with cargo build --release -p onebit-runtime --example bench_infer")
    torch.set_num_threads(arguments.threads)
    torch.set_grad_enabled(False)
    images = np.random.default_rng(1).integers(0, 256, (COUNT, 3, 32, 32), dtype=np.uint8)
    isa, peak = subprocess.run([PROGRAM, "peak"], capture_output=True, text=True, check=True).stdout.split()
    result = {
        "date": time.strftime("%Y-%m-%d"),
        "commit": common.commit(),
        "cpu": common.cpu(),
        "isa": isa,
        "fma_peak_gmacs_per_core": float(peak) / 1e9,
        "threads": arguments.threads,
        "versions": {"onnxruntime": ort.__version__, "torch": torch.__version__, "python": platform.python_version()},
        "rounds": arguments.rounds,
        "nets": {},
    }
    with tempfile.TemporaryDirectory() as folder:
        images_file = os.path.join(folder, "images")
        images.tofile(images_file)
        for net in arguments.nets.split(","):
            file = os.path.join(folder, f"{net}.onebit")
            subprocess.run([PROGRAM, "write", net.split("-")[1], file], check=True)
            result["nets"][net] = measure(net, file, images_file, images, arguments)
            result["nets"][net]["file_bytes"] = os.path.getsize(file)
            result["nets"][net]["start"] = starts(file, images_file, arguments.rounds)
    text = table.markdown(result)
    print(text)
    if arguments.out:
        common.write(arguments.out, result, text)


if __name__ == "__main__":
    main()
