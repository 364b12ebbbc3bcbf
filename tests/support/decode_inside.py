"""Processes that decode images in a cell, as beside a GPU: `decode_inside.py FOLDER IMAGES`; it is run by a test."""

import socket
import sys
from pathlib import Path

from in_a_child import say_from_a_child
from tiny_study import NAMES, tiny_catalogue

from brainrank.benchmark.activations import decoding
from brainrank.benchmark.cell.enclosure import enclose
from brainrank.benchmark.cell.limits import Limits
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.reporter import Silent


def main() -> None:
    """Decode the images by two processes, having been shut in as beside a GPU; print how many batches came."""
    import torch

    own, images = (Path(each) for each in sys.argv[1:])
    catalogue = tiny_catalogue(images)
    stimuli = catalogue.load(catalogue.benchmark(NAMES[0]), Locations(own), Silent()).stimuli

    def decoded() -> str:
        enclose(own, Limits(2**31, 2**30, 600), readable=[images], writable=[], network=False, on_cpu=False)
        decoding.decoding_workers = lambda _device: 2
        found = list(decoding.batches(stimuli, Preprocessing(size=(16, 16)), batch_size=5, device=torch.device("cpu")))
        try:
            socket.socket()
            networked = True
        except PermissionError:
            networked = False
        return f"{[len(each) for each in found]} {networked}"

    say_from_a_child(decoded)


if __name__ == "__main__":
    main()
