"""Networks in PyTorch, from files of `onebit export --to safetensors`.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install numpy safetensors torch
    /tmp/venv/bin/python crates/convert/tests/run_torch.py FOLDER...

Each folder has such a file, `net`, and `images`, the bytes of as many images as there are. Written are `logits`, numbers of
32 bits, and `again`, the state dict saved as PyTorch has it. Where `net` has latent weights of a kind that is not known here,
those that count are in `counting`, another such file.
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


def conv_names(nodes):
    """The port's name of each convolution: a group begins where the size is halved."""
    convs = [node for node in nodes if node["op"] == "conv"]
    names, group, block = ["conv0"], 0, 0
    for first, second in zip(convs[1:-1:2], convs[2:-1:2]):
        if block and 2 in (first["stride"], second["stride"]):
            group, block = group + 1, 0
        names += [f"group{group}.block{block}.conv{part}" for part in (0, 1)]
        block += 1
    return {node["name"]: name for node, name in zip(convs, names + ["conv_last"])}


def norm_name(node, convs):
    """The port's name of a norm: as that of the convolution behind it."""
    ends = {"input norm": "bn_in", "output norm": "bn", "logits norm": "bn_last"}
    return ends.get(node) or convs[node.replace("norm", "conv")].replace("conv", "bn")


def counting(weight, kind, scale, told):
    """The weights that count, of latent ones: by the formula of their kind, and as told where it is not known here."""
    sizes = weight.abs()
    if scale is not None:
        scale = torch.tensor(scale).reshape(-1, 1, 1, 1)
    if kind == "32bit":
        return weight
    if kind == "8bit":
        scale = sizes.amax((1, 2, 3), keepdim=True) / 127
        return torch.round(weight / scale).clamp(-127, 127) * scale
    if kind == "bwn":
        scale = sizes.mean((1, 2, 3), keepdim=True)
    elif kind == "bwn-layer":
        scale = sizes.mean()
    elif kind not in ("1bit", "ternary", "binaryconnect"):
        return told
    signs = torch.where(weight >= 0, 1.0, -1.0) * scale
    return signs * (sizes > 0.7 * sizes.double().mean()) if kind == "ternary" else signs


class Net(nn.Module):
    """Parameters and norms under the names of the paper's PyTorch port, run node by node."""

    def __init__(self, metadata, told={}):
        super().__init__()
        graph = json.loads(metadata["graph"])
        self.nodes = graph["nodes"]
        latent = metadata["weights"] == "latent"
        scales = iter(json.loads(metadata["scales"]))
        convs = conv_names(self.nodes)
        channels = {"image": graph["input"][0]}
        # How each node is run; the modules of the blocks share what is in here.
        self.layers = {}
        before = "image"
        for node in self.nodes:
            node.setdefault("from", [before])
            before, inner = node["name"], channels[node["from"][0]]
            channels[before] = node.get("out", node.get("channels", inner))
            if node["op"] == "conv":
                weight = nn.Parameter(torch.empty(node["out"], inner, node["kernel"], node["kernel"]))
                self.place(convs[before], weight)
                kind = node["weights"] if latent else "32bit"
                self.layers[before] = weight, kind, next(scales), told.get(convs[before])
            if node["op"] == "norm":
                self.layers[before] = nn.BatchNorm2d(inner)
                self.place(norm_name(before, convs), self.layers[before])

    def place(self, name, what):
        *modules, last = name.split(".")
        module = self
        for part in modules:
            if not hasattr(module, part):
                module.add_module(part, nn.Module())
            module = getattr(module, part)
        setattr(module, last, what)

    def pads(self, x, node, k, stride):
        """Left, right, top, bottom."""
        if node["padding"] == "symmetric":
            return [k // 2] * 4
        pads = []
        for size in (x.shape[3], x.shape[2]):
            total = max((-(-size // stride) - 1) * stride + k - size, 0)
            pads += [total // 2, total - total // 2]
        return pads

    def step(self, node, x, *more):
        match node["op"]:
            case "norm":
                return self.layers[node["name"]](x)
            case "activation":
                return x.clamp_min(node["floor"])
            case "conv":
                weight = counting(*self.layers[node["name"]])
                pads = self.pads(x, node, node["kernel"], node["stride"])
                return F.conv2d(F.pad(x, pads), weight, stride=node["stride"])
            case "max-pool":
                return F.max_pool2d(F.pad(x, self.pads(x, node, 3, 2), value=-torch.inf), 3, 2)
            case "avg-pool":
                pads = self.pads(x, node, 3, 2)
                mean = lambda x: F.avg_pool2d(F.pad(x, pads), 3, 2)
                return mean(x) / (mean(torch.ones_like(x)) if node["divisor"] == "inside" else 1.0)
            case "pad-channels":
                return F.pad(x, (0, 0, 0, 0, 0, node["channels"] - x.shape[1]))
            case "add":
                return x + more[0]
            case "scale":
                return x / node["divisor"]
            case "global-mean":
                return x.mean((2, 3), keepdim=True)

    def forward(self, x):
        values = {"image": x}
        for node in self.nodes:
            values[node["name"]] = self.step(node, *(values[name] for name in node["from"]))
        return values[self.nodes[-1]["name"]].flatten(1)


def run(folder):
    path = lambda name: os.path.join(folder, name)
    with safe_open(path("net"), framework="pt") as file:
        metadata = file.metadata()
    told = load_file(path("counting")) if os.path.exists(path("counting")) else {}
    net = Net(metadata, told)
    net.load_state_dict(load_file(path("net")), strict=True)
    net.eval()
    # Not by way of NumPy, which older builds of PyTorch know in another version than safetensors does.
    with open(path("images"), "rb") as file:
        pixels = torch.frombuffer(bytearray(file.read()), dtype=torch.uint8)
    with torch.no_grad():
        logits = net(pixels.reshape(-1, *json.loads(metadata["graph"])["input"]).float())
    with open(path("logits"), "wb") as file:
        array.array("f", logits.flatten().tolist()).tofile(file)
    save_file(net.state_dict(), path("again"), metadata=metadata)


for folder in sys.argv[1:]:
    run(folder)
