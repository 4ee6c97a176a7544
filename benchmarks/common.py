"""What every benchmark here has to know: the machine, the commit, quartiles, and how results are written."""

import json
import os
import platform
import statistics
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def quartiles(values):
    """Median, and the first and third quartile."""
    first, median, third = statistics.quantiles(values, n=4) if len(values) > 1 else values * 3
    return {"median": median, "first": first, "third": third}


def cpu():
    """What the processor calls itself."""
    with open("/proc/cpuinfo") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.processor()


def commit():
    """The commit that is checked out."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()


def write(out, result, text):
    """OUT.json and OUT.md, each whole or not at all."""
    os.makedirs(os.path.dirname(out) or ".", exist_ok=True)
    for ending, content in ((".json", json.dumps(result, indent=1) + "\n"), (".md", text)):
        with open(out + ending + ".new", "w") as file:
            file.write(content)
        os.replace(out + ending + ".new", out + ending)
