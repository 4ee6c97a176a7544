"""Writes COST.md: what each experiment costs, from `onebit summary` and measured rates.

    cargo build --release -p trainer
    python3 experiments/cost.py target/release/onebit
"""

import json
import math
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
TRAINER = sys.argv[1]

# Training images, channels x height x width, classes, bytes of the images on disk or in memory.
DATASETS = {
    "glyphs": (10_000, "1x28x28", 10, 10_000 * 785),
    "mnist": (60_000, "1x28x28", 10, 70_000 * 785),
    "cifar10": (50_000, "3x32x32", 10, 60_000 * 3073),
    "cifar100": (50_000, "3x32x32", 100, 60_000 * 3074),
    "svhn": (604_388, "3x32x32", 10, 630_420 * 3074),
    "imagenet32": (1_281_167, "3x32x32", 1000, 1_331_167 * 3074),
    "imagenet": (1_281_167, "3x224x224", 1000, 150 * 10**9),
}
BATCH = 125
# The author's log of 20-10 on CIFAR-10 in his public repository (McDonnell-Lab/1-bit-per-weight,
# OneBitPerWeight_Keras_CIFAR10_shiftedReLU.ipynb; TensorFlow 1.13 on one GPU): seconds a step.
AUTHOR_STEP = 0.294


def summary(net, size, classes, weights):
    """Totals, and the outputs of all convolutions and norms: what the backward pass needs."""
    arguments = ["summary", "--net", net, "--input", size, "--classes", str(classes)]
    arguments += ["--weights", weights, "--json"]
    found = json.loads(subprocess.check_output([TRAINER, *arguments]))
    kept = [layer for layer in found["layers"] if "conv" in layer["name"] or "norm" in layer["name"]]
    values = sum(math.prod(layer["output"]) for layer in kept)
    return {**found["totals"], "kept": values}


def step_macs(totals):
    """Forward, gradient of the input, gradient of the weights: three products of the same size."""
    return 3 * BATCH * totals["multiply_accumulates"]


def number(value):
    for unit, size in [("E", 1e18), ("P", 1e15), ("T", 1e12), ("G", 1e9), ("M", 1e6)]:
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g}"


def main():
    author = step_macs(summary("srelu-20-10", "3x32x32", 10, "1bit")) / AUTHOR_STEP
    rows = []
    for path in sorted(HERE.glob("*.toml")):
        config = tomllib.loads(path.read_text())
        images, size, classes, disk = DATASETS[config["dataset"]]
        images = config.get("limit_train", images)
        totals = summary(config["net"], size, classes, config["weights"])
        macs = step_macs(totals)
        steps = images // BATCH * config["epochs"]
        # Latent weights, their velocity and gradient, 4 bytes each.
        training = 12 * totals["trainable_weights"]
        rows.append(
            f"| {path.stem} | {number(macs)} | {steps:,} | {number(macs * steps)} "
            f"| {macs * steps / author / 3600:.1f} | {training / 2**20:.0f} "
            f"| {4 * BATCH * totals['kept'] / 2**30:.2f} "
            f"| {totals['bytes'] / 2**20:.2f} | {disk / 1e9:.4g} |"
        )
    text = f"""# What each experiment costs

Written by [cost.py](cost.py) from `onebit summary`; run it again when an experiment is added.

- **MAC a step**: multiply-accumulates of the convolutions for one batch of {BATCH}, forward and both
  gradients (three products of the same size). Everything else is below a tenth of that.
- **GPU hours**: at {author / 1e12:.1f} T multiply-accumulates a second, which one GPU really reached on
  20-10: the author's own log says 294 ms a step of {BATCH} (McDonnell-Lab/1-bit-per-weight,
  `OneBitPerWeight_Keras_CIFAR10_shiftedReLU.ipynb`, TensorFlow 1.13, 32-bit arithmetic). A GPU of today
  with 16-bit arithmetic is several times faster; we have not measured one.
- **Weights MiB**: real weights, velocity and gradient while training.
- **Activations GiB**: outputs of all convolutions and norms for a batch of 125 in 32 bits, which a backward pass
  that recomputes nothing keeps; `--accumulate N` divides them by N.
- **Packed MiB**: the trained network with its weights packed.
- **Data GB**: images on disk; all but ImageNet's are held in memory too. A checkpoint takes two thirds of
  "weights MiB", and `keep_checkpoints` (2) of them are kept.

On two cores of a server CPU with AVX-512 a step of 20-1 takes 0.14 s and one of 20-4 1.18 s
([the run](../benchmarks/train/results/2026-11-26.md)), which is 109 and 205 G multiply-accumulates a second. So a CPU trains 20-1 in a
minute an epoch, 20-4 for 126 epochs of CIFAR in 17 hours, and the larger networks as smoke runs: `--limit-train N --limit-test N --max-steps N`.

| experiment | MAC a step | steps | MAC in all | GPU hours | weights MiB | activations GiB | packed MiB | data GB |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
{chr(10).join(rows)}
"""
    (HERE / "COST.md").write_text(text)


if __name__ == "__main__":
    main()
