"""Sharing an encoding: each layer with a block of targets is a part, which any worker that finds it there may take.

The run stays with the worker that holds it: it lays out the parts, works on them itself, waits for those that others
have, takes those of others that were lost, and ends the run. With nobody to help, it does all of them.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from brainrank.api.repositories import clock, parts, queue
from brainrank.api.repositories.parts import HeldPart, Part
from brainrank.api.repositories.queue import Lease
from brainrank.api.services.runs.failures import message_of
from brainrank.api.services.runs.run_lease import is_gone, keep_renewing, new_owner
from brainrank.api.services.session import OpenSession
from brainrank.benchmark.metrics.regression.ridge import TARGETS_PER_BLOCK
from brainrank.benchmark.types.activations import LayerGram, keys_of
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.layer_correlations import LayerCorrelations, StimulusFolds
from brainrank.benchmark.types.metric import SharedScoring
from brainrank.benchmark.types.reporter import Reporter

if TYPE_CHECKING:
    from brainrank.api.services.runs.worker_context import WorkerContext

log = logging.getLogger(__name__)

LOOKED_EVERY_S = 0.25


class PartSize(NamedTuple):
    """How many targets a part has at most, and how much work it must be for a run to be shared at all.

    `targets` is a multiple of TARGETS_PER_BLOCK, so that parts come to the bits of the whole. Decomposing the stimuli
    is done again for each block of targets: many of them keep that cheap. Work is stimuli^2 (stimuli + targets); 7e9 of
    it take about ten seconds (1,200 stimuli and 89 targets, 1.9e9, took 2.8 s of one processor).
    """

    targets: int = 8 * TARGETS_PER_BLOCK
    least_work: float = 7e9


PART_SIZE = PartSize()


def nobody(_n_others: int) -> None:
    """Tell nobody that there is work: who hears of it by chance may help all the same."""


@dataclass(frozen=True)
class Claims:
    """One worker's claims on the parts of a run, by the version of the code that it would score the run with."""

    begin: OpenSession
    run_id: int
    owner: str
    lease_s: float
    code_version: str

    def take(self) -> HeldPart | None:
        """The next part that nobody works on, if there is one; who is known to be dead works on nothing."""
        with self.begin() as session:
            now = clock.now(session)
            for number, owner in parts.holders(session, self.run_id):
                if is_gone(owner):
                    parts.expire(session, self.run_id, number, owner, now=now)
            return parts.claim(session, self.run_id, self.code_version, self._lease(now), now=now)

    def work(self, part: Part, examine: Callable[[], LayerCorrelations | None]) -> bool:
        """Examine a part while holding it, and record what comes out; return whether anything did."""

        def renew() -> None:
            with self.begin() as session:
                parts.renew(session, self.run_id, part.number, self._lease(clock.now(session)))

        with keep_renewing(renew, lease_s=self.lease_s):
            found = examine()
        if found is None:
            return False
        with self.begin() as session:
            parts.finish(session, self.run_id, part, _bytes(found))
        return True

    def release(self, part: Part) -> None:
        """Leave a part to others."""
        with self.begin() as session:
            parts.release(session, self.run_id, part.number, self.owner)

    def _lease(self, now: datetime) -> Lease:
        return Lease(self.owner, now + timedelta(seconds=self.lease_s))


@dataclass(frozen=True)
class Sharing:
    """Has the layers of a run examined by whoever is there; `ask` tells as many others that there is work."""

    claims: Claims
    metric: SharedScoring
    size: PartSize
    ask: Callable[[int], None]
    reporter: Reporter

    def examine(
        self, layers: Sequence[LayerGram], responses: NDArray[np.floating], folds: StimulusFolds
    ) -> Sequence[LayerCorrelations]:
        """What `score_examined` examines layers by: the same to the last bit, however many take part."""
        blocks = [
            slice(start, min(start + self.size.targets, responses.shape[1]))
            for start in range(0, responses.shape[1], self.size.targets)
        ]
        work = len(responses) ** 2 * (len(responses) + min(self.size.targets, responses.shape[1]))
        if work < self.size.least_work or not all(keys_of(layers)):
            return self.metric.correlations(layers, responses, folds)
        pieces = [(number, block) for number in range(len(layers)) for block in blocks]
        with self.claims.begin() as session:
            parts.lay_out(
                session,
                self.claims.run_id,
                [
                    Part(number, self.claims.code_version, keys_of(layers)[layer], block.start, block.stop)
                    for number, (layer, block) in enumerate(pieces)
                ],
            )
        self.ask(len(pieces) - 1)
        while not self._is_done(len(pieces)):
            taken = self.claims.take()
            if taken is None:
                time.sleep(LOOKED_EVERY_S)
                continue
            layer, block = pieces[taken.part.number]
            self.claims.work(taken.part, partial(_one, self.metric, layers[layer], responses[:, block], folds))
        with self.claims.begin() as session:
            results = parts.results(session, self.claims.run_id)
        found = [
            _correlations(result, block.stop - block.start) for result, (_, block) in zip(results, pieces, strict=True)
        ]
        return [_join(found[start : start + len(blocks)]) for start in range(0, len(found), len(blocks))]

    def _is_done(self, total: int) -> bool:
        with self.claims.begin() as session:
            done = parts.count_done(session, self.claims.run_id)
        self.reporter.progress("scoring", done, total)  # raises when the run is another's by now, or to be stopped
        return done == total


def examine_part(
    metric: SharedScoring, assembly: ResponseAssembly, layer: LayerGram, targets: slice
) -> LayerCorrelations:
    """Examine one layer on some of the targets, as `run` does on all of them; the same bits (encoding/layers.py)."""
    with threadpool_limits(limits=1):
        return _one(metric, layer, metric.responses(assembly)[:, targets], metric.stimulus_folds(assembly))


def _one(
    metric: SharedScoring, layer: LayerGram, responses: NDArray[np.floating], folds: StimulusFolds
) -> LayerCorrelations:
    (found,) = metric.correlations([layer], responses, folds)
    return found


def _join(blocks: Sequence[LayerCorrelations]) -> LayerCorrelations:
    return LayerCorrelations(
        np.concatenate([each.all_folds for each in blocks]), np.concatenate([each.without for each in blocks], axis=1)
    )


def _bytes(found: LayerCorrelations) -> bytes:
    """As little-endian float64: a row over all folds, then a row without each fold."""
    return np.vstack([found.all_folds, found.without]).astype("<f8").tobytes()


def _correlations(stored: bytes, targets: int) -> LayerCorrelations:
    rows = np.frombuffer(stored, dtype="<f8").astype(np.float64).reshape(-1, targets)
    return LayerCorrelations(rows[0], rows[1:])


def assist(run_id: int, context: "WorkerContext") -> None:
    """Work on the parts of a run that another worker holds, as long as there are any; twice does no harm.

    A fault is said in the run's log, and the part left to the others: the run's own worker will meet it, too.
    """
    begin = context.machine.begin
    with begin() as session:
        shared = parts.find_shared(session, run_id)
    if shared is None:
        return
    try:
        code_version = context.code_version(shared)
    except Exception as error:  # noqa: BLE001 whatever it is, the run's own worker goes on
        _say_no_help(error, run_id, begin)
        return
    claims, examine = Claims(begin, run_id, new_owner(), context.lease_s, code_version), context.examiner(run_id)
    while (taken := claims.take()) is not None:
        try:
            done = claims.work(taken.part, partial(examine, taken))
        except Exception as error:  # noqa: BLE001 whatever it is, the run's own worker goes on
            _say_no_help(error, run_id, begin)
            done = False
        if not done:
            claims.release(taken.part)
            return


def _say_no_help(error: Exception, run_id: int, begin: OpenSession) -> None:
    log.warning("Run %s could not be helped with", run_id, exc_info=error)
    text = f"Another worker could not help: {type(error).__name__}: {message_of(error)}"
    with begin() as session:
        queue.add_event(session, run_id, queue.MESSAGE, text, now=clock.now(session))
