#!/usr/bin/env python3
"""`onebit fit` beside ten networks drawn from the same space, with the same budget and as much training: the table that says
whether it finds what is to be found.

    experiments/fit.py --out runs/fit-check --data DATASETS --sign-digits DATASETS/sign-digits

For each dataset and budget: the winner's validation error, what its compiled library takes, and for each draw the least validation error
of ten networks drawn by a seed from all that keep the budget. These share the multiply-accumulates that the search took in training
evenly in epochs: each is trained for as many, by one cosine that ends there. What is finished is not done again, so the same command
goes on after a stop. A line is printed as soon as it is known; `--print` prints the commands alone.
"""

import argparse
import json
import os
import pathlib
import random
import re
import subprocess
import sys

ONEBIT = os.environ.get("ONEBIT", "onebit")
# Name, flash, RAM, core, more.
BUDGETS = [
    ("small", "24K", "20K", "m0plus", []),
    ("middle", "40K", "36K", "m4", []),
    ("fast", "64K", "48K", "m4", ["--instructions", "15M"]),
]
DRAWN = 10


def settings(args, dataset):
    if dataset == "cifar10":
        words = ["--dataset", "cifar10", "--set", f"limit_train={args.limit}", "--set", "learn_norms=true"]
    else:
        words = ["--dataset", str(args.sign_digits), "--size", "32"]
    return words + ["--set", "validation=0.2", "--set", f"limit_test={args.limit_test}"]


def run(words, log):
    """A command's standard output, which is kept beside the runs; its failure ends the program."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "w") as errors:
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=errors, text=True)
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(words)}: status {done.returncode}; see {log}\n{done.stdout}")
    return done.stdout


def space(printed):
    """All networks of a list, and their multiply-accumulates."""
    rows = re.findall(r"^(\S+-\S+) +[\d,]+ +[\d,]+ +\S+ +([\d,]+)$", printed, re.M)
    return {net: int(work.replace(",", "")) for net, work in rows}


def epochs_of(folder):
    """Epochs that a run was trained for."""
    return int(re.search(r"^epochs = (\d+)$", (folder / "config.toml").read_text(), re.M)[1])


def validation_error(folder):
    """The last validation error of a run, in percent."""
    lines = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
    return [line["error_percent"] for line in lines if line["split"] == "validation"][-1]


def bytes_of(text):
    return int(text[:-1]) * 1024 if text.endswith("K") else int(text)


def check(args, dataset, budget):
    name, flash, ram, core, more = budget
    out = args.out / f"{dataset}-{name}"
    data = ["--data", str(args.data)] if args.data else []
    base = ["--flash", flash, "--ram", ram, "--core", core, *more, *settings(args, dataset), *data]
    search = [ONEBIT, "fit", *base, "--candidates", str(args.candidates), "--epochs", str(args.epochs), "--out", str(out / "fit")]
    listing = [ONEBIT, "fit", *base, "--candidates", "200", "--epochs", str(args.epochs), "--print"]
    if args.print:
        print(" ".join(search))
        return
    said = run(search, out / "fit.log")
    winner = re.findall(r"^(\S+): [\d,]+ bytes of flash, .* by the model", said, re.M)[-1]
    error = float(re.search(r"^validation error: ([\d.]+) %", said, re.M)[1])
    compiled = re.search(r"compiled, ([\d,]+) bytes of flash and ([\d,]+) of RAM", said)
    over = "not compiled"
    if compiled:
        takes = [int(number.replace(",", "")) for number in compiled.groups()]
        within = takes[0] <= bytes_of(flash) and takes[1] <= bytes_of(ram)
        over = f"{takes[0]:,} and {takes[1]:,} of {bytes_of(flash):,} and {bytes_of(ram):,}" + ("" if within else ", OVERRUN")
    nets = space(run(listing, out / "list.log"))
    runs = [folder for folder in sorted((out / "fit/candidates").iterdir()) if (folder / "config.toml").exists()]
    work = sum(nets[folder.name] * epochs_of(folder) for folder in runs)
    print(f"{dataset}, {name}: {len(nets)} networks, {len(runs)} tried; {winner}, validation error {error:.2f} %; bytes: {over}", flush=True)
    for draw in range(1, args.draws + 1):
        drawn = random.Random(draw).sample(sorted(nets), min(DRAWN, len(nets)))
        epochs = max(1, work // sum(nets[net] for net in drawn))
        errors = {}
        for net in drawn:
            folder = out / f"draw-{draw}" / net
            words = [ONEBIT, "train", "--net", net, *settings(args, dataset), *data, "--epochs", str(epochs), "--set", "schedule=cosine"]
            run([*words, "--dashboard", "none", "--or-resume", "--out", str(folder)], out / f"draw-{draw}.log")
            errors[net] = validation_error(folder)
        best = min(errors, key=errors.get)
        behind = error - errors[best]
        verdict = "within 0.5 points" if behind <= 0.5 else "MORE THAN 0.5 POINTS BEHIND"
        print(f"    draw {draw}: {epochs} epochs each, the best is {best}, {errors[best]:.2f} %; fit is {behind:+.2f} points, {verdict}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder of all runs")
    parser.add_argument("--data", type=pathlib.Path, help="folder of the datasets")
    parser.add_argument("--sign-digits", type=pathlib.Path, help="folder of sign-digits; without it CIFAR-10 alone")
    parser.add_argument("--only", choices=["cifar10", "sign-digits"])
    parser.add_argument("--budgets", type=int, default=len(BUDGETS), help="the first so many of three")
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--limit", type=int, default=10000, help="training images of CIFAR-10, held out ones among them")
    parser.add_argument("--limit-test", type=int, default=0, help="test images, which take no part in the comparison; 0 for all")
    parser.add_argument("--candidates", type=int, default=12)
    parser.add_argument("--epochs", type=int, default=62)
    parser.add_argument("--print", action="store_true", help="print the commands of the searches, and run none")
    args = parser.parse_args()
    datasets = ["cifar10"] + (["sign-digits"] if args.sign_digits else [])
    for dataset in datasets:
        if args.only in (None, dataset):
            for budget in BUDGETS[: args.budgets]:
                check(args, dataset, budget)


if __name__ == "__main__":
    main()
