"""What onnxruntime makes of weights as floats and as packed bits: file, load time, memory, time of an image.

    onebit export --model author.onebit --to onnx --out float.onnx
    onebit export --model author.onebit --to onnx --weights packed --out packed.onnx
    VENV/bin/python benchmarks/onnx/memory.py float.onnx packed.onnx --out benchmarks/onnx/results/DATE-memory

Each session lives in a process of its own, on one thread. Memory is the resident set (VmRSS, and its peak VmHWM) less
that of the process with onnxruntime imported and no session.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

LEVELS = ["disable_all", "basic", "all"]
# Settings of a session beside the level. Prepacking lays weights out for the matrix products' tiles; folding computes what
# depends on constants alone, once; the arena keeps memory that was used; the last setting orders
# the nodes otherwise.
SETTINGS = ["default", "no prepacking", "no folding", "no folding, no arena", "no folding, no arena, priority order"]
RUNS = 7


def memory(key):
    """MiB of this process."""
    with open("/proc/self/status") as file:
        line = next(line for line in file if line.startswith(key))
    return int(line.split()[1]) / 1024


def one(path, level, setting):
    """Measures one session; prints JSON."""
    import numpy as np
    import onnxruntime as ort

    before = memory("VmRSS")
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = getattr(ort.GraphOptimizationLevel, f"ORT_{'DISABLE_ALL' if level == 'disable_all' else 'ENABLE_' + level.upper()}")
    if "no prepacking" in setting:
        options.add_session_config_entry("session.disable_prepacking", "1")
    options.enable_cpu_mem_arena = "no arena" not in setting
    if "priority order" in setting:
        options.execution_order = ort.ExecutionOrder.PRIORITY_BASED
    disabled = ["ConstantFolding"] if "no folding" in setting else []
    start = time.perf_counter()
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"], disabled_optimizers=disabled)
    load = time.perf_counter() - start
    loaded, peak = memory("VmRSS"), memory("VmHWM")
    shape = session.get_inputs()[0].shape[1:]
    image = np.random.default_rng(1).integers(0, 256, (1, *shape), dtype=np.uint8)
    times = []
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        session.run(None, {"images": image})
        times.append(time.perf_counter() - start)
    print(
        json.dumps(
            {
                "load_s": load,
                "loaded_mib": loaded - before,
                "load_peak_mib": peak - before,
                "run_mib": memory("VmRSS") - before,
                "run_ms": 1000 * statistics.median(times[1:]),
            }
        )
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("float")
    parser.add_argument("packed")
    parser.add_argument("--out", help="writes OUT.json and OUT.md")
    arguments = parser.parse_args()
    sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    import common
    import onnxruntime as ort

    rows = []
    for weights in ("float", "packed"):
        path = getattr(arguments, weights)
        for level in LEVELS:
            for setting in SETTINGS:
                if setting == "no folding" and level == "disable_all" or "arena" in setting and level != "all":
                    continue  # Nothing is folded there anyway.
                command = [sys.executable, os.path.abspath(__file__), "--one", path, level, setting]
                output = subprocess.run(command, capture_output=True, text=True)
                found = json.loads(output.stdout) if output.returncode == 0 else {"refused": output.stderr.strip().splitlines()[-1]}
                rows.append({"weights": weights, "file_bytes": os.path.getsize(path), "level": level, "setting": setting, **found})
                print(rows[-1], flush=True)
    result = {"date": time.strftime("%Y-%m-%d"), "commit": common.commit(), "cpu": common.cpu(), "onnxruntime": ort.__version__, "rows": rows}
    lines = [
        f"{result['date']}, commit {result['commit']}: {result['cpu']}, one thread, onnxruntime {ort.__version__}. Memory over a process without a session.",
        "",
        "| weights | file, bytes | optimisation | setting | load, s | loaded, MiB | peak of loading, MiB | after runs, MiB | an image, ms |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        head = f"| {row['weights']} | {row['file_bytes']:,} | {row['level']} | {row['setting']} |"
        if "refused" in row:
            lines.append(f"{head} refused: {row['refused']} | | | | |")
            continue
        lines.append(f"{head} {row['load_s']:.2f} | {row['loaded_mib']:.0f} | {row['load_peak_mib']:.0f} | {row['run_mib']:.0f} | {row['run_ms']:.0f} |")
    text = "\n".join(lines) + "\n"
    print(text)
    if arguments.out:
        common.write(arguments.out, result, text)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(*sys.argv[2:])
    else:
        main()
