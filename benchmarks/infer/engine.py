"""This project's engine, as a program of its own."""

import os
import subprocess
import sys

import numpy as np

sys.path.insert(1, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import common

PROGRAM = os.path.join(common.ROOT, "target", "release", "examples", "bench_infer")


class Engine:
    """This project's engine, in a process of its own that answers line by line."""

    def __init__(self, file, images, threads):
        command = [PROGRAM, "serve", file, images, str(threads)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return [float(word) for word in self.process.stdout.readline().split()]

    def logits(self, arithmetic, count):
        return np.array(self.ask(f"logits {arithmetic} {count}")).reshape(count, -1)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
