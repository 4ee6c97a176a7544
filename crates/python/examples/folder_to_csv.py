"""A folder of pictures to a CSV: file, class, the probability of each class, and why a picture could not be read.

    python folder_to_csv.py FOLDER ANSWERS.csv [NET]
"""

import argparse
import csv
import sys
from pathlib import Path

import onebit

ENDINGS = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}

parser = argparse.ArgumentParser(description="A folder of pictures to a CSV.")
parser.add_argument("folder", metavar="FOLDER", type=Path, help="the pictures; folders in it are not looked into")
parser.add_argument("answers", metavar="ANSWERS.csv", help="the file to write")
parser.add_argument("net", metavar="NET", nargs="?", default="cifar10-20-1", help="a packed file, or a built-in model")
asked = parser.parse_args()
if not asked.folder.is_dir():
    parser.error(f"{asked.folder}: expected a folder")
files = sorted(file for file in asked.folder.iterdir() if file.suffix.lower() in ENDINGS)
if not files:
    parser.error(f"{asked.folder}: expected pictures in it, found none")

model = onebit.load(asked.net)
bad = 0
with open(asked.answers, "w", newline="") as out:
    rows = csv.writer(out)
    rows.writerow(["file", "class", *model.classes, "error"])
    for file in files:
        try:
            image = model.see(file)
        except (OSError, ValueError) as error:
            rows.writerow([file, "", *[""] * len(model.classes), error])
            bad += 1
            continue
        name = model.predict(image, layout="CHW")
        rows.writerow([file, name or "none of these", *model.probabilities(image, layout="CHW"), ""])
if bad:
    sys.exit(f"{bad} of {len(files)} pictures could not be read; the last column says why")
