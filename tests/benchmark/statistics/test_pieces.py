"""Pieces of work: the same results, and bits, however many run at once."""

import threading
import time

import numpy as np
import pytest

from brainrank.benchmark.activations.gram import narrow_layer
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.statistics import pieces
from brainrank.benchmark.statistics.memory import free_memory
from brainrank.benchmark.statistics.pieces import in_pieces, processors, telling
from brainrank.benchmark.types.assemblies import ResponseAssembly


def test_as_many_run_at_once_as_there_are_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "processors", lambda: 3)
    together = threading.Barrier(3, timeout=20)
    assert in_pieces([lambda number=number: (together.wait(), number)[1] for number in range(3)], bytes_each=1) == [
        0,
        1,
        2,
    ]


def test_pieces_that_memory_does_not_hold_together_run_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "processors", lambda: 3)
    here = threading.get_ident()
    ran = in_pieces([threading.get_ident] * 3, bytes_each=free_memory())
    assert ran == [here] * 3


@pytest.mark.parametrize("at_once", [1, 3])
def test_every_finished_piece_is_told_and_what_that_raises_ends_the_work(
    monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(pieces, "processors", lambda: at_once)
    told = list[tuple[int, int]]()
    with telling(lambda done, total: told.append((done, total))):
        assert in_pieces([lambda: 1] * 4, bytes_each=1) == [1] * 4
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]

    begun = list[int]()

    def stop(done: int, _total: int) -> None:
        raise InterruptedError(f"after {done}")

    with telling(stop), pytest.raises(InterruptedError, match="after 1"):
        in_pieces([lambda: (begun.append(1), time.sleep(0.02))] * 60, bytes_each=1)
    assert len(begun) < 20
    assert in_pieces([lambda: 2], bytes_each=1) == [2]


def test_the_first_error_is_raised_and_nothing_more_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "processors", lambda: 2)
    begun = []

    def piece(number: int) -> None:
        begun.append(number)
        raise ValueError(f"piece {number}")

    with pytest.raises(ValueError, match="piece "):
        in_pieces([lambda number=number: piece(number) for number in range(200)], bytes_each=1)
    assert len(begun) < 200


@pytest.mark.parametrize(("asked", "expected"), [("1", 1), ("100000", None), ("0", None), ("", None), ("2,1", None)])
def test_omp_num_threads_bounds_the_processors(monkeypatch: pytest.MonkeyPatch, asked: str, expected: int) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    everything = processors()
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert processors() == (expected or everything)


@pytest.mark.parametrize("width", [20, 300])
def test_an_encoding_has_the_same_bits_on_one_two_and_four_threads(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 120, width)).astype(np.float32)
    responses = (x[0, :, None, :10] @ rng.standard_normal((10, 15)) + rng.standard_normal((120, 3, 15))).astype(
        np.float32
    )
    ids = tuple(map(str, range(120)))
    assembly = ResponseAssembly("v4", ids, tuple(map(str, range(15))), responses)
    layers = [narrow_layer(str(number), each) for number, each in enumerate(x)]
    found = []
    for threads in (1, 2, 4):
        monkeypatch.setattr(pieces, "processors", lambda threads=threads: threads)
        found.append(EncodingMetric(draws=100).score(layers, assembly))
    assert found[0].layers == ("0",) * 5
    for other in found[1:]:
        assert other == found[0]
        assert other.draws is not None
        np.testing.assert_array_equal(other.draws.deviations, found[0].draws.deviations)
