"""Networks in PyTorch, from files of `trainer export --to safetensors`.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install numpy safetensors torch
    /tmp/venv/bin/python crates/convert/tests/run_torch.py FOLDER...

Each folder has such a file, `net`, and `images`, the bytes of as many images as there are. Written are `logits`, numbers of
32 bits, and `again`, the state dict saved as PyTorch has it.
"""

import array
import json
import os
import sys

import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn


class Block(nn.Module):
    """Two convolutions with the norms before them."""

    def __init__(self, first, second):
        super().__init__()
        self.conv0, self.conv1 = first["weight"], second["weight"]
        self.bn0, self.bn1 = first["norm"], second["norm"]


class Net(nn.Module):
    """Parameters and norms under the names of the paper's PyTorch port."""

    def __init__(self, metadata):
        super().__init__()
        self.layout = json.loads(metadata["structure"])
        self.keras = metadata["padding"] == "bottom-right"
        latent = metadata["weights"] == "latent"
        scales = json.loads(metadata["scales"]) if latent else [1.0] * len(self.layout["convs"])
        channels = [json.loads(metadata["input"])[0]] + [conv["out_channels"] for conv in self.layout["convs"]]
        norms = [nn.BatchNorm2d(c) if there else None for c, there in zip(channels, self.layout["norms"])]
        # How each layer is run, in order; the modules of the blocks share what is in here.
        self.steps = []
        for conv, scale, norm in zip(self.layout["convs"], scales, norms):
            k = conv["kernel"]
            weight = nn.Parameter(torch.empty(conv["out_channels"], conv["in_channels"], k, k))
            signed = latent and conv["weights"] == "signs"
            self.steps.append({"weight": weight, "norm": norm, "stride": conv["stride"], "signed": signed, "scale": scale})
        self.conv0, self.bn_in = self.steps[0]["weight"], norms[0]
        self.conv_last, self.bn, self.bn_last = self.steps[-1]["weight"], norms[-2], norms[-1]
        group = nn.ModuleDict()
        groups = [group]
        inner = self.steps[1:-1]
        for first, second in zip(inner[::2], inner[1::2]):
            if len(group) and 2 in (first["stride"], second["stride"]):
                group = nn.ModuleDict()
                groups.append(group)
            group[f"block{len(group)}"] = Block(first, second)
        for index, group in enumerate(groups):
            if len(group):
                self.add_module(f"group{index}", group)

    def pads(self, x, k, stride):
        """Left, right, top, bottom."""
        if not self.keras:
            return [k // 2] * 4
        pads = []
        for size in (x.shape[3], x.shape[2]):
            total = max((-(-size // stride) - 1) * stride + k - size, 0)
            pads += [total // 2, total - total // 2]
        return pads

    def conv(self, x, step):
        weight = step["weight"]
        if step["signed"]:
            scale = weight.abs().mean((1, 2, 3), keepdim=True) if step["scale"] is None else step["scale"]
            weight = torch.where(weight >= 0, 1.0, -1.0) * scale
        return F.conv2d(F.pad(x, self.pads(x, weight.shape[2], step["stride"])), weight, stride=step["stride"])

    def active(self, x, norm):
        floor = 0.0 if self.layout["activation"] == "relu" else -1.0
        return (norm(x) if norm else x).clamp_min(floor)

    def skip(self, x, step):
        if step["stride"] == 1:
            return x
        pads = self.pads(x, 3, 2)
        inside = F.avg_pool2d(F.pad(torch.ones_like(x), pads), 3, 2) if self.layout["pool_divisor"] == "inside" else 1.0
        return F.pad(F.avg_pool2d(F.pad(x, pads), 3, 2) / inside, (0, 0, 0, 0, 0, x.shape[1]))

    def forward(self, x):
        x = self.bn_in(x) if self.bn_in else x
        x = self.conv(F.relu(x) if self.layout["input_relu"] else x, self.steps[0])
        if self.layout["stem"] == "max-pool":
            x = F.max_pool2d(F.pad(x, self.pads(x, 3, 2), value=-torch.inf), 3, 2)
        inner = self.steps[1:-1]
        for first, second in zip(inner[::2], inner[1::2]):
            y = self.conv(self.active(x, first["norm"]), first)
            y = self.conv(self.active(y, second["norm"]), second)
            x = y + self.skip(x, first) if self.layout["kind"] == "residual" else y
        x = self.conv(self.active(x, self.bn), self.steps[-1])
        return (self.bn_last(x) if self.bn_last else x).mean((2, 3)) / self.layout["temperature"]


def run(folder):
    path = lambda name: os.path.join(folder, name)
    with safe_open(path("net"), framework="pt") as file:
        metadata = file.metadata()
    net = Net(metadata)
    net.load_state_dict(load_file(path("net")), strict=True)
    net.eval()
    # Not by way of NumPy, which older builds of PyTorch know in another version than safetensors does.
    with open(path("images"), "rb") as file:
        pixels = torch.frombuffer(bytearray(file.read()), dtype=torch.uint8)
    with torch.no_grad():
        logits = net(pixels.reshape(-1, *json.loads(metadata["input"])).float())
    with open(path("logits"), "wb") as file:
        array.array("f", logits.flatten().tolist()).tofile(file)
    save_file(net.state_dict(), path("again"), metadata=metadata)


for folder in sys.argv[1:]:
    run(folder)
