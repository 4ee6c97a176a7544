"""Exports in C on emulated microcontrollers: the same integers as `runtime`, instructions, flash and RAM.

    cargo build --release -p onebit-embed --examples
    python3 benchmarks/embedded/bench.py --data DATASETS --out benchmarks/embedded/results/DATE.json \
        --case 'MNIST 8-1,mnist,net.onebit' --case 'CIFAR-10 20-1,cifar10,other.onebit'
    python3 benchmarks/embedded/compare.py benchmarks/embedded/results/DATE.json

Needs Debian's gcc-arm-none-eabi, libnewlib-arm-none-eabi and qemu-system-arm, and for RISC-V gcc-riscv64-unknown-elf,
picolibc-riscv64-unknown-elf and qemu-system-misc. A case is a name, the dataset whose first test images are classified, and a
packed file with activation scales (`onebit export --to onebit`). Every logit is compared with those of `runtime::integer`; a
difference is an error. All test images are classified by `runtime::integer` for the accuracy.
"""

import argparse
import gzip
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEVICE = ROOT / "crates/embed/tests/device"


class Target:
    """A processor: what its tools are called, their flags, and QEMU's board."""

    def __init__(self, name, prefix, flags, script, qemu):
        self.name, self.prefix, self.flags, self.script, self.qemu = name, prefix, flags, script, qemu


def arm(name, cpu, board):
    return Target(name, "arm-none-eabi-", [f"-mcpu={cpu}", "-mthumb"], "device.ld", ["qemu-system-arm", "-M", board])


TARGETS = [
    arm("Cortex-M4", "cortex-m4", "mps2-an386"),
    arm("Cortex-M7", "cortex-m7", "mps2-an500"),
    # QEMU has no such board for it: the M4 runs ARMv6-M code too.
    arm("Cortex-M0+", "cortex-m0plus", "mps2-an386"),
    Target(
        "RV32IMC",
        "riscv64-unknown-elf-",
        ["-march=rv32imc", "-mabi=ilp32", "-mcmodel=medany", "--specs=picolibc.specs"],
        "riscv.ld",
        ["qemu-system-riscv32", "-bios", "none", "-M", "virt"],
    ),
]
WAYS = [("-O2", []), ("-Os", []), ("-O2, portable", ["-DONEBIT_PORTABLE"])]


def run(command, **options):
    """A command's standard output; its failure ends the program with what it said."""
    done = subprocess.run(command, capture_output=True, **options)
    if done.returncode != 0:
        sys.exit(f"error: {command}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def test_images(data, dataset):
    """All test images as the bytes that a network reads, and their labels."""

    def content(path):
        return path.read_bytes() if path.exists() else gzip.open(f"{path}.gz").read()

    if dataset == "mnist":
        raw = content(data / "mnist/t10k-images-idx3-ubyte")[16:]
        labels = content(data / "mnist/t10k-labels-idx1-ubyte")[8:]
        return [raw[784 * i : 784 * (i + 1)] for i in range(len(labels))], labels
    if dataset == "cifar10":
        path = data / "cifar-10-batches-bin/test_batch.bin"
        if path.exists():
            raw = path.read_bytes()
        else:
            with tarfile.open(data / "cifar-10-binary.tar.gz") as archive:
                raw = archive.extractfile("cifar-10-batches-bin/test_batch.bin").read()
        records = [raw[3073 * i : 3073 * (i + 1)] for i in range(len(raw) // 3073)]
        return [record[1:] for record in records], bytes(record[0] for record in records)
    sys.exit(f"error: dataset {dataset}: expected mnist or cifar10")


def measure(folder, target, way, flags, images):
    """Compiles an export for a processor and runs it: its lines of logits, instructions, stack, text, data and bss."""
    common = [target.prefix + "gcc", *target.flags]
    strict = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-std=c99", "-pedantic"]
    with tempfile.TemporaryDirectory() as work:
        run([*common, way.split(",")[0], *strict, *flags, "-c", f"{folder}/src/onebit.c", "-o", "onebit.o"], cwd=work)
        device = [*common, "-O2", "-std=gnu99", f"-I{folder}/src", "-c", str(DEVICE / "device.c"), "-o", "device.o"]
        run(device, cwd=work)
        script = str(DEVICE / target.script)
        run([*common, "-nostartfiles", "-T", script, "onebit.o", "device.o", "-o", "device.elf"], cwd=work)
        sizes = run([target.prefix + "size", "onebit.o"], cwd=work).decode().splitlines()[1].split()[:3]
        pathlib.Path(work, "images.raw").write_bytes(images)
        qemu = [*target.qemu, "-nographic", "-monitor", "none", "-serial", "none", "-icount", "shift=0"]
        qemu += ["-semihosting-config", "enable=on,target=native", "-kernel", "device.elf"]
        done = subprocess.run(qemu, cwd=work, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=3600)
    printed = done.stdout.decode()
    count = {word: int(number) for word, number in re.findall(r"^(instructions|stack) (\d+)$", printed, re.M)}
    lines = [line for line in printed.splitlines() if line[:1].isdigit()]
    return lines, count["instructions"], count["stack"], [int(size) for size in sizes]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder of the datasets")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="results to write, as JSON")
    parser.add_argument("--case", action="append", required=True, help="NAME,DATASET,FILE")
    logits = ROOT / "target/release/examples/logits"
    parser.add_argument("--logits", type=pathlib.Path, default=logits, help="the example `logits` of the crate `embed`")
    parser.add_argument("--images", type=int, default=100, help="how many of them on each processor")
    args = parser.parse_args()
    versions = [f"{target.prefix}gcc" for target in TARGETS] + [target.qemu[0] for target in TARGETS]
    versions = [run([tool, "--version"]).decode().splitlines()[0] for tool in dict.fromkeys(versions)]
    commit = run(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]).decode().strip()
    results = {"commit": commit, "tools": versions, "cases": []}
    for case in args.case:
        name, dataset, file = case.rsplit(",", 2)
        images, labels = test_images(args.data, dataset)
        classes = run([str(args.logits), file], input=b"".join(images)).decode().splitlines()
        right = sum(int(line.split()[0]) == label for line, label in zip(classes, labels))
        expected = classes[: args.images]
        rows = []
        with tempfile.TemporaryDirectory() as work:
            folder = pathlib.Path(work, "export")
            run([str(args.logits), file, "--c", str(folder)])
            told = dict(re.findall(r"#define ONEBIT_(\w+_BYTES) (\d+)", (folder / "src/onebit.h").read_text()))
            for target in TARGETS:
                for way, flags in WAYS:
                    # What is no result of its own sees a tenth of them.
                    count = args.images if way == "-O2" else -(-args.images // 10)
                    measured = measure(folder, target, way, flags, b"".join(images[:count]))
                    lines, instructions, stack, (text, data, bss) = measured
                    if lines != expected[:count]:
                        sys.exit(f"error: {name} on {target.name}: the logits differ from those of runtime")
                    code = text - int(told["FLASH_BYTES"])
                    row = {"processor": target.name, "code": way, "images": count, "instructions": instructions, "flash": text + data}
                    rows.append(row | {"of it code": code, "static RAM": bss, "stack": stack})
                    print(name, *rows[-1].values(), flush=True)
        results["cases"].append({"network": name, "right": right, "of": len(labels), "rows": rows})
    args.out.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
