"""Threads that decode images in a cell, as beside a GPU: `decode_inside.py FOLDER IMAGES`; it is run by a test."""

import socket
import sys
import threading
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
    """Decode the images by two threads, having been shut in as beside a GPU; print how many batches came.

    A thread is named before, as the GPU's driver names its own: by truncating and writing a file of /proc.
    """
    import torch

    own, images = (Path(each) for each in sys.argv[1:])
    catalogue = tiny_catalogue(images)
    stimuli = catalogue.load(catalogue.benchmark(NAMES[0]), Locations(own), Silent()).stimuli

    named = list[str]()

    def name_this_thread() -> None:
        file = Path(f"/proc/self/task/{threading.get_native_id()}/comm")
        file.write_text("cuda-EvtHandlr")
        named.append(file.read_text().strip())

    def decoded() -> str:
        enclose(own, Limits(2**31, 2**30, 600), readable=[images], writable=[], network=False, on_cpu=False)
        thread = threading.Thread(target=name_this_thread)
        thread.start()
        thread.join()
        decoding.decoding_threads = lambda _device: 2
        found = list(decoding.batches(stimuli, Preprocessing(size=(16, 16)), batch_size=5, device=torch.device("cpu")))
        try:
            socket.socket()
            networked = True
        except PermissionError:
            networked = False
        return f"{named} {[len(each) for each in found]} {networked}"

    say_from_a_child(decoded)


if __name__ == "__main__":
    main()
