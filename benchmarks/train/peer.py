"""PyTorch's side, in a process of its own: the same network, loss and optimiser.

    peer.py DEPTH WIDTH CxHxW 1bit|32bit f32|bf16 BATCH THREADS

Begins with the number of trained weights, and the greatest memory in KiB before there is a network. Then it
answers each line of the standard input, a number of steps, by their seconds and the greatest memory so far in KiB.
"""

import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

MOMENTUM, DECAY, RATE = 0.9, 5e-4, 0.1


class Signs(torch.autograd.Function):
    """scale * sign(w) with sign(0) = +1; the gradient goes straight through."""

    @staticmethod
    def forward(_, weight, scale):
        return torch.where(weight >= 0, scale, -scale)

    @staticmethod
    def backward(_, gradient):
        return gradient, None


class Conv(nn.Conv2d):
    """A convolution without bias whose weights count as signs times one constant, or as they are."""

    def __init__(self, inputs, outputs, kernel, stride, one_bit):
        super().__init__(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.scale = (2 / (kernel * kernel * inputs)) ** 0.5
        self.one_bit = one_bit
        nn.init.normal_(self.weight, std=self.scale)

    def forward(self, x):
        weight = Signs.apply(self.weight, self.scale) if self.one_bit else self.weight
        return F.conv2d(x, weight, None, self.stride, self.padding)


def norm(channels, learned=False):
    """A batch norm; the recipe for CIFAR and MNIST learns the scale and offset of the input's alone."""
    return nn.BatchNorm2d(channels, affine=learned)


class Block(nn.Module):
    """BN, ReLU, conv, BN, ReLU, conv; the skip path is pooled and followed by zeros where the size is halved."""

    def __init__(self, inputs, outputs, stride, one_bit):
        super().__init__()
        self.norm1, self.conv1 = norm(inputs), Conv(inputs, outputs, 3, stride, one_bit)
        self.norm2, self.conv2 = norm(outputs), Conv(outputs, outputs, 3, 1, one_bit)
        self.stride = stride

    def forward(self, x):
        y = self.conv1(F.relu(self.norm1(x), inplace=True))
        y = self.conv2(F.relu(self.norm2(y), inplace=True))
        if self.stride == 2:
            x = F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)
            x = F.pad(x, (0, 0, 0, 0, 0, x.shape[1]))
        return y + x


class WideResNet(nn.Module):
    """crates/model/src/network.rs in PyTorch."""

    def __init__(self, depth, width, channels, one_bit, classes=10):
        super().__init__()
        current = 16 * width
        self.norm_in, self.conv_in = norm(channels, learned=True), Conv(channels, current, 3, 1, one_bit)
        blocks = []
        for stage in range(3):
            for block in range((depth - 2) // 6):
                outputs = 16 * width << stage
                blocks.append(Block(current, outputs, 2 if stage > 0 and block == 0 else 1, one_bit))
                current = outputs
        self.blocks = nn.Sequential(*blocks)
        self.norm_out, self.conv_out = norm(current), Conv(current, classes, 1, 1, one_bit)
        self.norm_logits = norm(classes)

    def forward(self, x):
        x = self.blocks(self.conv_in(self.norm_in(x)))
        x = self.norm_logits(self.conv_out(F.relu(self.norm_out(x), inplace=True)))
        return x.mean((2, 3))


def optimiser(net):
    """SGD in which only convolutions decay."""
    convs = [module.weight for module in net.modules() if isinstance(module, Conv)]
    norms = [p for module in net.modules() if isinstance(module, nn.BatchNorm2d) for p in module.parameters()]
    groups = [{"params": convs, "weight_decay": DECAY}, {"params": norms, "weight_decay": 0.0}]
    return torch.optim.SGD(groups, lr=RATE, momentum=MOMENTUM)


def peak_kib():
    """The greatest memory of this process."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))


def main():
    depth, width, shape, weights, arithmetic, batch, threads = sys.argv[1:]
    channels, height, side = (int(size) for size in shape.split("x"))
    loaded = peak_kib()
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    net = WideResNet(int(depth), int(width), channels, weights == "1bit").to(memory_format=torch.channels_last)
    sgd = optimiser(net)
    images = torch.randint(0, 256, (int(batch), channels, height, side)).float()
    images = images.to(memory_format=torch.channels_last)
    labels = torch.arange(int(batch)) % 10
    half = arithmetic == "bf16"

    def step():
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            loss = F.cross_entropy(net(images), labels)
        sgd.zero_grad(set_to_none=True)
        loss.backward()
        sgd.step()
        return loss.item()

    print(sum(parameter.numel() for parameter in net.parameters()), loaded, flush=True)
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            start = time.perf_counter()
            step()
            times.append(time.perf_counter() - start)
        print(*times, peak_kib(), flush=True)


if __name__ == "__main__":
    main()
