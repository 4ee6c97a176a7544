"""Exports in C on emulated microcontrollers: the same integers as `runtime`, instructions, flash and RAM.

    cargo build --release -p onebit-embed --examples
    python3 benchmarks/embedded/bench.py --data DATASETS --out benchmarks/embedded/results/DATE.md \
        --case 'MNIST 8-1,mnist,net.onebit' --case 'CIFAR-10 20-1,cifar10,other.onebit'

Needs Debian's gcc-arm-none-eabi, libnewlib-arm-none-eabi and qemu-system-arm. A case is a name, the dataset whose first
test images are classified, and a packed file with activation scales (`onebit export --to onebit`). Every logit is
compared with those of `runtime::integer`; a difference is an error.
"""

import argparse
import gzip
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEVICE = ROOT / "crates/embed/tests/device"
BOARDS = [("cortex-m4", "mps2-an386"), ("cortex-m7", "mps2-an500")]
GCC = "arm-none-eabi-gcc"


def run(command, **options):
    """A command's standard output; its failure ends the program with what it said."""
    done = subprocess.run(command, capture_output=True, **options)
    if done.returncode != 0:
        sys.exit(f"error: {command}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def test_images(data, dataset, count):
    """The first `count` test images, as the bytes that a network reads, one after the other."""
    if dataset == "mnist":
        path = data / "mnist/t10k-images-idx3-ubyte"
        raw = path.read_bytes() if path.exists() else gzip.open(f"{path}.gz").read()
        return raw[16 : 16 + 784 * count]
    if dataset == "cifar10":
        path = data / "cifar-10-batches-bin/test_batch.bin"
        if path.exists():
            raw = path.read_bytes()
        else:
            with tarfile.open(data / "cifar-10-binary.tar.gz") as archive:
                raw = archive.extractfile("cifar-10-batches-bin/test_batch.bin").read()
        return b"".join(raw[3073 * i + 1 : 3073 * (i + 1)] for i in range(count))
    sys.exit(f"error: dataset {dataset}: expected mnist or cifar10")


def measure(folder, cpu, board, flags, images):
    """Compiles an export for a processor and runs it: its lines of logits, instructions, stack, text, data and bss."""
    common = [GCC, f"-mcpu={cpu}", "-mthumb"]
    compiled = common + ["-O2", "-Wall", "-Wextra", "-Werror", f"-I{folder}", "-c"]
    with tempfile.TemporaryDirectory() as work:
        run(compiled + ["-std=c99", "-pedantic", *flags, f"{folder}/onebit.c", "-o", "onebit.o"], cwd=work)
        run(compiled + ["-std=gnu99", str(DEVICE / "device.c"), "-o", "device.o"], cwd=work)
        run(common + ["-nostartfiles", "-T", str(DEVICE / "device.ld"), "onebit.o", "device.o", "-o", "device.elf"], cwd=work)
        sizes = run(["arm-none-eabi-size", "onebit.o"], cwd=work).decode().splitlines()[1].split()[:3]
        pathlib.Path(work, "images.raw").write_bytes(images)
        qemu = ["qemu-system-arm", "-M", board, "-nographic", "-monitor", "none", "-serial", "none", "-icount", "shift=0"]
        qemu += ["-semihosting-config", "enable=on,target=native", "-kernel", "device.elf"]
        done = subprocess.run(qemu, cwd=work, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=3600)
    printed = done.stdout.decode()
    count = {word: int(number) for word, number in re.findall(r"^(instructions|stack) (\d+)$", printed, re.M)}
    lines = [line for line in printed.splitlines() if line[:1].isdigit()]
    return lines, count["instructions"], count["stack"], [int(size) for size in sizes]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder of the datasets")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="table to write")
    parser.add_argument("--case", action="append", required=True, help="NAME,DATASET,FILE")
    logits = ROOT / "target/release/examples/logits"
    parser.add_argument("--logits", type=pathlib.Path, default=logits, help="the example `logits` of the crate `embed`")
    parser.add_argument("--images", type=int, default=100)
    args = parser.parse_args()
    commit = run(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]).decode().strip()
    compiler = run([GCC, "--version"]).decode().splitlines()[0]
    qemu = run(["qemu-system-arm", "--version"]).decode().splitlines()[0]
    rows = []
    for case in args.case:
        name, dataset, file = case.split(",")
        images = test_images(args.data, dataset, args.images)
        expected = run([str(args.logits), file], input=images).decode().splitlines()
        with tempfile.TemporaryDirectory() as work:
            folder = pathlib.Path(work, "export")
            run([str(args.logits), file, "--c", str(folder)])
            header = (folder / "onebit.h").read_text()
            told = dict(re.findall(r"#define ONEBIT_(\w+_BYTES) (\d+)", header))
            for cpu, board in BOARDS:
                for flags in [], ["-DONEBIT_PORTABLE"]:
                    lines, instructions, stack, (text, data, bss) = measure(folder, cpu, board, flags, images)
                    if lines != expected:
                        sys.exit(f"error: {name} on {cpu}: the logits differ from those of runtime")
                    code = text - int(told["FLASH_BYTES"])
                    way = "portable" if flags else "Cortex-M"
                    row = [name, cpu, way, len(lines), f"{instructions / 1e6:.2f}", text + data, code, bss, stack]
                    rows.append(" | ".join(map(str, row)))
                    print(rows[-1], flush=True)
    heads = "network | processor | code | images with equal logits | million instructions an image | flash | of it code | static RAM | stack"
    lines = [f"commit {commit}; {compiler}, -O2; {qemu}", "", f"| {heads} |", "|" + " --- |" * len(heads.split("|"))]
    lines += [f"| {row} |" for row in rows]
    args.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
