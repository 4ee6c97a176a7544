"""A folder of PNGs to a CSV: file, class, and the probability of each class.

    python folder_to_csv.py FOLDER ANSWERS.csv [NET.onebit]
"""

import csv
import sys
from pathlib import Path

import onebit

folder, answers, *net = sys.argv[1:]
model = onebit.load(net[0] if net else "cifar10-20-1")
files = sorted(Path(folder).glob("*.png"))
images = model.see(files)
with open(answers, "w", newline="") as out:
    rows = csv.writer(out)
    rows.writerow(["file", "class", *model.classes])
    for file, name, shares in zip(files, model.predict(images), model.probabilities(images)):
        rows.writerow([file, name or "none of these", *shares])
