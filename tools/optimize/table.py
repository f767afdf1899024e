#!/usr/bin/env python3
"""Measures what quantization does to trained networks: accuracy, size, latency.

    ./dev optimize-table --trained DIR [--only TEXT]

DIR holds networks that tools/train/train.py left, NAME.onnx; public networks and data sets are
looked for in THIMBLE_SHARED. What is missing is skipped and keeps its rows. Writes the CSV file
that docs/optimize.md describes, under a temporary name first.
"""
import argparse
import csv
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile

BOARD = "nucleo-l496zg"
WAYS = ("full", "mixed", "float16-weights")
COLUMNS = ("network", "data", "samples", "way", "correct_percent", "difference_points",
           "difference_low", "difference_high", "file_bytes", "gzip_bytes", "flash_bytes",
           "latency_ms")


def networks(trained, shared):
    """Name, float network, calibration data, evaluation data."""
    mnist = f"mnist:{shared}/datasets/mnist"
    for name in ("lenet", "lenet_pruned", "conv16", "conv32", "conv64", "conv96", "conv128"):
        pad = "&pad=2" if name.startswith("lenet") else ""
        yield name, trained / f"{name}.onnx", f"{mnist}?split=train{pad}", f"{mnist}?split=test{pad}"
    cifar = f"cifar10:{shared}/datasets/cifar10"
    yield ("resnet8", shared / "models/mlperf-tiny/pretrainedResnet.tflite",
           f"{cifar}/train_first10000_interleaved.bin.xz?scale=1",
           f"{cifar}/test_batch_interleaved.bin.xz?scale=1")
    words = (f"mlperf:{shared}/datasets/mlperf-tiny-kws01-mfcc-int8.tar.xz"
             "?scale=0.5847029&zero_point=83")
    yield ("kws", shared / "models/mlperf-tiny/kws_ref_model_float32.tflite",
           f"{words}&take=100", f"{words}&skip=100")


def thimble(program, *arguments):
    """The JSON that a command prints, or None with the reason on stderr."""
    done = subprocess.run([program, *map(str, arguments), "--json"], capture_output=True, text=True)
    if done.returncode == 0:
        return json.loads(done.stdout)
    print(done.stderr.strip() or done.stdout.strip(), file=sys.stderr)
    return None


def measure(program, name, network, calibration, data, folder):
    files = {"float": network}
    for way in WAYS:
        files[way] = folder / f"{name}_{way}.tflite"
        if thimble(program, "optimize", network, "--quantize", way, "--calibrate", calibration,
                   "-o", files[way]) is None:
            sys.exit(1)
    evaluation = thimble(program, "eval", *files.values(), "--data", data)
    if evaluation is None:
        sys.exit(1)
    for (way, file), figures in zip(files.items(), evaluation["networks"]):
        content = file.read_bytes()
        bench = thimble(program, "bench", file, "--board", BOARD)
        row = dict.fromkeys(COLUMNS, "")
        row |= {"network": name, "data": data.split(":")[0], "samples": evaluation["samples"],
                "way": way, "correct_percent": f"{100 * figures['top_1']['value']:.2f}",
                "file_bytes": len(content),
                "gzip_bytes": len(gzip.compress(content, 9, mtime=0))}
        if difference := figures.get("top_1_difference"):
            row |= {"difference_points": f"{100 * difference['value']:.2f}",
                    "difference_low": f"{100 * difference['low']:.2f}",
                    "difference_high": f"{100 * difference['high']:.2f}"}
        if bench is not None:
            row |= {"flash_bytes": bench["flash"]["total_bytes"],
                    "latency_ms": f"{bench['totals']['latency_ms']:.3f}"}
        print(" ".join(str(row[column]) for column in COLUMNS), flush=True)
        yield row


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--thimble", required=True)
    parser.add_argument("--trained", type=pathlib.Path, required=True)
    parser.add_argument("--shared", type=pathlib.Path, required=True)
    parser.add_argument("--only", default="", help="networks whose name contains this")
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True)
    options = parser.parse_args()

    rows = {}
    if options.output.exists():
        with options.output.open() as file:
            for row in csv.DictReader(file, delimiter=";"):
                rows.setdefault(row["network"], []).append(row)
    # Keeps the order of networks() whatever is measured.
    table = []
    with tempfile.TemporaryDirectory() as folder:
        for name, network, *data in networks(options.trained, options.shared):
            if options.only not in name or not network.exists():
                table += rows.get(name, [])
                continue
            table += measure(options.thimble, name, network, *data, pathlib.Path(folder))
    new = options.output.with_name(options.output.name + ".new")
    with new.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter=";", lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    os.replace(new, options.output)


if __name__ == "__main__":
    main()
