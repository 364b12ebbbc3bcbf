"""Images come in order and once each, decoded here or by threads beside the network."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from brainrank.benchmark.activations import decoding
from brainrank.benchmark.activations.decoding import PIECE, batches, decoding_threads, images_ahead, in_order
from brainrank.benchmark.statistics.processors import usable_processors
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.model_spec import OwnTransform, Preprocessing
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet

CPU, SMALL = torch.device("cpu"), Preprocessing(size=(8, 8))


@pytest.fixture
def stimuli(tmp_path: Path) -> StimulusSet:
    made = []
    for number in range(10):
        path = tmp_path / f"{number}.bmp"
        Image.fromarray(np.full((8, 8, 3), 20 * number, np.uint8)).save(path)
        made.append(Stimulus(str(number), path, f"{number:064d}"))
    return StimulusSet("greys", tuple(made))


@pytest.fixture
def photographs(tmp_path: Path) -> StimulusSet:
    """JPEG files of several sizes, in colour and in grey, one turned by its EXIF orientation."""
    rng, made = np.random.default_rng(0), []
    for number in range(12):
        path, shape = tmp_path / f"{number}.jpg", (90 + 7 * number, 120, 3)
        image = Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8))
        exif = Image.Exif()
        exif[0x0112] = 6 if number == 5 else 1
        (image.convert("L") if number == 7 else image).save(path, quality=85, exif=exif)
        made.append(Stimulus(str(number), path, f"{number:064d}"))
    return StimulusSet("photographs", tuple(made), visual_degrees=10.0)


def seen(stimuli: StimulusSet, preprocessing: Preprocessing = SMALL) -> list[torch.Tensor]:
    return list(batches(stimuli, preprocessing, batch_size=6, device=CPU))


def by_threads(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    monkeypatch.setattr(decoding, "decoding_threads", lambda _device: threads)


def test_threads_are_for_accelerators_only_and_there_for_every_processor_but_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert decoding_threads(CPU) == 0
    assert decoding_threads(torch.device("cuda")) == max(1, usable_processors() - 1)
    monkeypatch.setattr(decoding, "usable_processors", lambda: 64)
    assert decoding_threads(torch.device("cuda")) == 63


def test_there_are_always_images_ahead_for_every_thread() -> None:
    assert images_ahead(16, threads=0) == 0
    assert images_ahead(128, threads=15) == 3 * 128
    assert images_ahead(1, threads=63) == 2 * 63 * PIECE


@pytest.mark.parametrize("threads", [0, 2, 7])
def test_images_come_in_order_and_a_broken_one_is_named(
    stimuli: StimulusSet, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_threads(monkeypatch, threads)
    found = seen(stimuli)
    assert [len(batch) for batch in found] == [6, 4]
    assert [round(float(image.mean()) * 255) for image in torch.cat(found)] == [20 * number for number in range(10)]
    for number in (9, 6):
        stimuli.stimuli[number].path.write_bytes(b"BM")
    with pytest.raises(InvalidDataError, match=f"^{stimuli.stimuli[6].path} is not a readable image"):
        seen(stimuli)


@pytest.mark.parametrize(
    "preprocessing",
    [
        Preprocessing(size=(32, 32), mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
        Preprocessing(size=(24, 40), crop_fraction=0.9, visual_degrees=8.0),
    ],
)
def test_the_pixels_are_the_same_to_the_last_bit_whoever_decodes(
    photographs: StimulusSet, preprocessing: Preprocessing, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = torch.cat(seen(photographs, preprocessing))
    assert expected.std() > 0.05
    for threads in (1, 5):
        by_threads(monkeypatch, threads)
        assert torch.equal(torch.cat(seen(photographs, preprocessing)), expected)


def test_a_transform_of_the_users_own_is_called_in_order_by_this_thread(
    stimuli: StimulusSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_threads(monkeypatch, 3)
    called = list[tuple[str, int]]()

    def own(image: Any) -> torch.Tensor:
        level = int(np.asarray(image)[0, 0, 0])
        called.append((threading.current_thread().name, level))
        return torch.full((3, 8, 8), level / 255)

    found = torch.cat(seen(stimuli, OwnTransform(size=(8, 8), described="own", sha256="0", transform=own)))
    assert called == [(threading.current_thread().name, 20 * number) for number in range(10)]
    assert torch.equal(found[:, 0, 0, 0], torch.arange(10) * 20 / 255)


def decoders() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name.startswith("decoding")]


def test_no_more_is_begun_than_is_to_be_ahead_and_nothing_once_closed(tmp_path: Path) -> None:
    begun, lock = list[Path](), threading.Lock()

    def prepare(path: Path) -> Path:
        with lock:
            begun.append(path)
        return path

    paths = [tmp_path / str(number) for number in range(50)]
    found = in_order(prepare, paths, threads=2, ahead=6)
    assert [next(found) for _ in range(3)] == paths[:3]
    assert decoders()
    found.close()
    assert len(begun) <= 3 + 6
    assert decoders() == []


def test_threads_compute_alone_and_leave_this_one_its_number(tmp_path: Path) -> None:
    number = torch.get_num_threads()
    prepare: Callable[[Path], int] = lambda _path: torch.get_num_threads()  # noqa: E731
    assert list(in_order(prepare, [tmp_path] * 5, threads=2, ahead=3)) == [1] * 5
    assert torch.get_num_threads() == number
