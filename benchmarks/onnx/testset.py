"""Whether onnxruntime predicts what this project's engine predicts, on all test images of CIFAR-10.

    cargo build --release -p trainer && cargo build --release -p onebit-runtime --example bench_infer
    onebit import --from mcdonnell CIFAR10_allparams.mat --out author.onebit
    onebit export --model author.onebit --to onebit --calibrate cifar10 --out author8.onebit
    onebit export --model author.onebit --to onnx --out author.onnx
    VENV/bin/python benchmarks/onnx/testset.py author8.onebit author.onnx cifar-10-binary.tar.gz --out benchmarks/onnx/results/DATE-testset

Says how many predictions differ, how near the two best classes of those images are, and how far the logits are apart.
"""

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
import time

import numpy as np
import onnxruntime as ort

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common

PROGRAM = os.path.join(common.ROOT, "target", "release", "examples", "bench_infer")
# Images of a call.
BATCH = 100


def test_set(path, limit):
    """Images (N, 3, 32, 32) and labels of the official binary version."""
    with tarfile.open(path) as tar:
        member = next(m for m in tar.getmembers() if m.name.endswith("test_batch.bin"))
        records = np.frombuffer(tar.extractfile(member).read(), np.uint8).reshape(-1, 3073)[:limit]
    return np.ascontiguousarray(records[:, 1:]).reshape(-1, 3, 32, 32), records[:, 0]


def engine(program, file, images, threads):
    """Logits of this project's engine."""
    with tempfile.NamedTemporaryFile() as raw:
        images.tofile(raw.name)
        command = [program, "serve", file, raw.name, str(threads)]
        process = subprocess.run(command, input=f"logits f32 {len(images)}\n", capture_output=True, text=True, check=True)
    return np.array(process.stdout.split(), np.float64).reshape(len(images), -1)


def onnxruntime(file, images, threads):
    """Logits of onnxruntime, with its own choice of everything but the number of threads."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    batches = range(0, len(images), BATCH)
    return np.concatenate([session.run(None, {"images": images[at : at + BATCH]})[0] for at in batches]).astype(np.float64)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packed", help="calibrated, since the program wants its 8-bit steps")
    parser.add_argument("onnx")
    parser.add_argument("data", help="cifar-10-binary.tar.gz")
    parser.add_argument("--limit", type=int, help="only the first images")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--program", default=PROGRAM, help="bench_infer of another checkout")
    parser.add_argument("--out", help="writes OUT.json and OUT.md")
    arguments = parser.parse_args()
    images, labels = test_set(arguments.data, arguments.limit)
    ours = engine(arguments.program, arguments.packed, images, arguments.threads)
    theirs = onnxruntime(arguments.onnx, images, arguments.threads)
    different = np.flatnonzero(ours.argmax(1) != theirs.argmax(1))
    best = np.sort(theirs, axis=1)
    result = {
        "date": time.strftime("%Y-%m-%d"),
        "commit": common.commit(),
        "cpu": common.cpu(),
        "onnxruntime": ort.__version__,
        "images": len(images),
        "wrong": {"onebit": int((ours.argmax(1) != labels).sum()), "onnxruntime": int((theirs.argmax(1) != labels).sum())},
        "different_predictions": {int(i): float(best[i, -1] - best[i, -2]) for i in different},
        "min_lead": float((best[:, -1] - best[:, -2]).min()),
        "greatest_difference_of_logits": float(np.abs(ours - theirs).max()),
        "greatest_logit": float(np.abs(theirs).max()),
    }
    text = (
        f"{result['date']}, commit {result['commit']}, {result['cpu']}, onnxruntime {ort.__version__}: {len(images)} test images.\n\n"
        f"- wrong: {result['wrong']['onebit']} by this project's engine, {result['wrong']['onnxruntime']} by onnxruntime\n"
        f"- different predictions: {len(different)}\n"
        f"- logits: at most {result['greatest_difference_of_logits']:.2g} apart, of up to {result['greatest_logit']:.3g};"
        f" the best class leads by {result['min_lead']:.2g} at least\n"
    )
    print(text)
    if arguments.out:
        common.write(arguments.out, result, text)


if __name__ == "__main__":
    main()
