#!/usr/bin/env python3
"""Trains one of the small networks of Heim 2021 and Profentzas 2021 and exports it to ONNX.

Needs Debian's python3-torch and python3-numpy; nobody needs it to use Thimble. The data are IDX
files named as those of MNIST (optionally .gz), with pixels taken as 0..1.

    tools/train/train.py --data DIR --network lenet -o lenet.onnx
    tools/train/train.py --data DIR --network lenet --start lenet.onnx.pt --prune 0.8 -o pruned.onnx

Beside the ONNX file it leaves NAME.pt, the parameters, from which --start goes on. With --prune,
the given fraction of all weights, those of the smallest magnitude over all layers, become and stay
zero during the training that follows (Han et al. 2015).
"""
import argparse
import gzip
import os
import pathlib

import numpy
import torch
from torch import nn


def read_idx(folder, name):
    path = pathlib.Path(folder) / name
    data = path.read_bytes() if path.exists() else gzip.open(f"{path}.gz").read()
    sizes = numpy.frombuffer(data, ">u4", data[3], 4)
    return numpy.frombuffer(data, numpy.uint8, -1, 4 + 4 * data[3]).reshape(sizes)


def read_set(folder, prefix, side):
    images = torch.from_numpy(read_idx(folder, f"{prefix}-images-idx3-ubyte").copy())
    labels = torch.from_numpy(read_idx(folder, f"{prefix}-labels-idx1-ubyte").astype(numpy.int64))
    border = (side - images.shape[1]) // 2
    images = nn.functional.pad(images, [border] * 4)
    return images.unsqueeze(1), labels


def lenet():
    return 32, nn.Sequential(
        nn.Conv2d(1, 6, 3), nn.ReLU(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 3), nn.ReLU(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(576, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(),
        nn.Linear(84, 10))


def conv(filters):
    return 28, nn.Sequential(
        nn.Conv2d(1, filters, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(filters, filters, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(25 * filters, 10))


NETWORKS = {"lenet": lenet} | {f"conv{n}": lambda n=n: conv(n) for n in (16, 32, 64, 96, 128)}


def accuracy(network, images, labels):
    network.eval()
    with torch.no_grad():
        right = sum((network(x / 255.0).argmax(1) == y).sum().item()
                    for x, y in zip(images.split(1000), labels.split(1000)))
    return right / len(labels)


def shifted(batch, pixels):
    """Each image moved by up to so many pixels, as the border allows."""
    padded = nn.functional.pad(batch, [pixels] * 4)
    side = batch.shape[-1]
    moved = torch.empty_like(batch)
    offsets = torch.randint(0, 2 * pixels + 1, (len(batch), 2))
    for image, source, (dy, dx) in zip(moved, padded, offsets.tolist()):
        image.copy_(source[:, dy:dy + side, dx:dx + side])
    return moved


def prune(network, fraction):
    """Zeroes the smallest weights of all layers together; returns the masks of what is left."""
    weights = [p for p in network.parameters() if p.dim() > 1]
    magnitudes = torch.cat([w.detach().abs().flatten() for w in weights])
    threshold = magnitudes.kthvalue(int(fraction * magnitudes.numel())).values
    masks = [(w.detach().abs() > threshold).float() for w in weights]
    apply_masks(weights, masks)
    return weights, masks


def apply_masks(weights, masks):
    with torch.no_grad():
        for weight, mask in zip(weights, masks):
            weight.mul_(mask)


def train(network, images, labels, options):
    weights, masks = prune(network, options.prune) if options.prune else ([], [])
    optimizer = torch.optim.Adam(network.parameters(), lr=options.rate)
    steps = options.epochs * (len(labels) // options.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.rate * 3, total_steps=steps)
    for epoch in range(options.epochs):
        network.train()
        order = torch.randperm(len(labels))
        for chosen in order.split(options.batch)[: len(labels) // options.batch]:
            batch = images[chosen] / 255.0
            if options.shift:
                batch = shifted(batch, options.shift)
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(batch), labels[chosen]).backward()
            optimizer.step()
            schedule.step()
            apply_masks(weights, masks)
        print(f"epoch {epoch + 1}: {accuracy(network, images[:10000], labels[:10000]):.4f} of the "
              "training images", flush=True)


def export(network, side, path):
    """With the softmax that training leaves to the loss; first under a temporary name."""
    whole = nn.Sequential(*network, nn.Softmax(1)).eval()
    torch.onnx.export(whole, torch.zeros(1, 1, side, side), f"{path}.new", opset_version=13,
                      input_names=["image"], output_names=["probabilities"])
    torch.save(network.state_dict(), f"{path}.pt")
    os.rename(f"{path}.new", path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, help="folder with the four IDX files")
    parser.add_argument("--network", choices=NETWORKS, default="lenet")
    parser.add_argument("-o", "--output", required=True, help="the ONNX file to write")
    parser.add_argument("--start", help="parameters (.pt) to start from")
    parser.add_argument("--prune", type=float, default=0, help="fraction of the weights to zero")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=0.001)
    parser.add_argument("--shift", type=int, default=1, help="pixels that images are moved by")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    side, network = NETWORKS[options.network]()
    if options.start:
        network.load_state_dict(torch.load(options.start))
    train(network, *read_set(options.data, "train", side), options)
    print(f"test: {accuracy(network, *read_set(options.data, 't10k', side)):.4f}")
    export(network, side, options.output)


if __name__ == "__main__":
    main()
