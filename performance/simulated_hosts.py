"""Hosts of a service as threads of one process: the real claims, leases, beats, hand-overs, sweeps and score rows.

Extraction and scoring are sleep, and the store of activations is a table of this process that counts what it is asked.
"""

import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from celery import Celery
from kombu import Consumer, Queue
from sqlalchemy import Engine

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.repositories.queue import GPU
from brainrank.api.services.runs import execution, run_lease
from brainrank.api.services.runs.hand_over import say_listening
from brainrank.api.services.runs.score_models import Machine
from brainrank.api.services.runs.worker_context import WorkerContext
from brainrank.api.services.session import OpenSession
from brainrank.api.settings import Settings
from brainrank.benchmark.activations import activation_lease
from brainrank.benchmark.activations.activation_lease import LONGEST_LOOK_AT_OBJECTS_S, hold_lease
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.code_version import code_version
from brainrank.benchmark.scoring.evidence import Evidence
from brainrank.benchmark.scoring.run import Extracted, RunResult, Seconds
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION, LayerGram
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter
from brainrank.workers import sweeper
from brainrank.workers.app import call_for_help, make_celery, wake
from brainrank.workers.process import CONNECTIONS
from brainrank.workers.sweeper import Sweeper
from performance.counting_store import LAYERS, CountingStore
from tests.support.stored_scores import made_result

STORE = "simulated://store"
CELERY_TIMEOUT_S = 0.5
MODEL = "timm:resnet50@random"
ANY_MODEL = ModelSpec("any", "untrained", MODEL)


class Times(NamedTuple):
    """Seconds that a network takes on the images of a study, and a metric on a region, and how often faster that goes
    here; 0 is infinitely fast. Patience is as short; beats, sweeps and the length of leases are as ever.
    """

    extracting_s: float
    scoring_s: float
    sped_up: float

    def here(self, seconds: float) -> float:
        """What takes as long takes here."""
        return seconds / self.sped_up if self.sped_up else 0.0


class Measured:
    """What hosts spend: seconds asleep, which stand for work, seconds in runs, and seconds to take each run."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self.asleep_s, self.in_runs_s, self.claims_s = 0.0, 0.0, list[float]()

    def add(self, *, asleep_s: float = 0.0, in_runs_s: float = 0.0, claim_s: float | None = None) -> None:
        """Add to the sums."""
        with self._guard:
            self.asleep_s += asleep_s
            self.in_runs_s += in_runs_s
            if claim_s is not None:
                self.claims_s.append(claim_s)


class Simulation:
    """What all hosts have in common: database, broker, store, catalogue, and how long things take."""

    def __init__(self, settings: Settings, catalogue: Catalogue, store: CountingStore, times: Times) -> None:
        self.settings, self._catalogue = settings, catalogue
        self.extracting_s, self.scoring_s = times.here(times.extracting_s), times.here(times.scoring_s)
        self.sped_up = max(1.0, times.sped_up)
        self.store, self.measured = store, Measured()

    @property
    def benchmarks(self) -> Sequence[Benchmark]:
        """What models are scored on."""
        return list(self._catalogue.benchmarks.values())

    def machine(self, begin: OpenSession) -> Machine:
        """A host's."""
        return Machine(self._catalogue, begin, self.settings.locations, "cpu", DEFAULT_EXTRACTION)

    def run(
        self,
        spec: ModelSpec,
        benchmark: Benchmark,
        _region: object,
        *,
        reporter: Reporter,
        extracted: Extracted | None,
        after_extraction: Callable[[Extracted], None],
        **_: Any,
    ) -> RunResult:
        """What stands for `run`."""
        if extracted is None:
            key = hashlib.sha256(f"{spec.name} on {benchmark.dataset}".encode()).hexdigest()
            if not self.store.has_layers(key):
                with hold_lease(self.store, f"{key}.lease", waiting=reporter.waiting):
                    if not self.store.has_layers(key):
                        self.work(reporter, "extracting", self.extracting_s)
                        self.store.put_layers(key)
            extracted = layers_of(key)
            after_extraction(extracted)
        self.work(reporter, "scoring", self.scoring_s)
        made = made_result(spec.name, benchmark, 0.5)
        receipt = replace(made.receipt, layers=extracted.evidence.layers)
        return RunResult(made.score, receipt, Seconds(extracted.seconds, self.scoring_s))

    def read_record(self, record: Mapping[str, Any], *_: object, **__: object) -> Extracted:
        """What stands for reading what was handed over."""
        key = record["layers"][0][1].partition(".")[0]
        if not self.store.has_layers(key):
            raise RuntimeError(f"{key} is not in the store")
        return layers_of(key)

    def work(self, reporter: Reporter, stage: str, seconds: float) -> None:
        """Sleep, and tell of progress ten times a second, as a network does at each batch."""
        end = time.monotonic() + seconds
        reporter.progress(stage, 0, 1)
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))
            reporter.progress(stage, 0, 1)
        self.measured.add(asleep_s=seconds)


def layers_of(key: str) -> Extracted:
    """Layers of this model and study, which weigh nothing here."""
    one, none = np.zeros((1, 1)), np.zeros(1)
    names = tuple(f"layer{number}" for number in range(LAYERS))
    layers = [
        LayerGram(name, one, none, none, none, none, 0.0, 1, key=f"{key}.{number}") for number, name in enumerate(names)
    ]
    return Extracted(Evidence(layers, names, "cuda"), "", "", {}, "", "float32", 0.0)


class Host:
    """A worker: it hears signals, takes runs, beats, sweeps and says that it listens, with connections of its own."""

    def __init__(self, simulation: Simulation, name: str, queue: str) -> None:
        self._simulation, self.name, self.queue = simulation, name, queue
        self._done = threading.Event()
        self._app: Celery = make_celery(simulation.settings)
        self.engine: Engine = open_database(str(simulation.settings.database_url), kept=CONNECTIONS)
        sweeps = open_database(str(simulation.settings.database_url), kept=0)
        self._sweeper = Sweeper(
            self._app,
            lambda: partial(transaction, sweeps),
            lease_s=simulation.settings.lease_s,
            say=lambda begin: say_listening(begin, [queue], STORE),
        )
        self._context = WorkerContext(
            simulation.machine(partial(transaction, self.engine)),
            lease_s=simulation.settings.lease_s,
            run_limit_s=3600,
            stopping=self._done.is_set,
            hands_over=queue == GPU,
        )
        self._thread = threading.Thread(target=self._listen, name=name, daemon=True)

    def start(self) -> None:
        """Begin to listen, and to sweep."""
        self._sweeper.start()
        self._thread.start()

    def stop(self) -> None:
        """End; the run at hand is put back."""
        self._done.set()

    def join(self) -> None:
        """Wait for the end."""
        self._thread.join()
        self._sweeper.stop()
        self._app.close()
        self.engine.dispose()

    def _listen(self) -> None:
        NAMES.name = self.name
        with self._app.connection_for_read() as connection:
            listening = [Queue(self.queue, channel=connection.default_channel)]
            with Consumer(connection, listening, callbacks=[self._hear], accept=["json"], prefetch_count=1):
                while not self._done.is_set():
                    try:
                        connection.drain_events(timeout=CELERY_TIMEOUT_S)
                    except TimeoutError:
                        continue

    def _hear(self, _body: object, message: Any) -> None:
        began, asleep = time.perf_counter(), self._simulation.measured
        execution.execute_oldest(
            self.queue, self._context, ask=partial(call_for_help, self._app), wake=partial(wake, self._app)
        )
        asleep.add(in_runs_s=time.perf_counter() - began)
        message.ack()


NAMES = threading.local()


@contextmanager
def simulated(simulation: Simulation, queues: Sequence[str]) -> Iterator[list[Host]]:
    """Hosts at work while the context lasts, one for each of these queues."""
    here = socket.gethostname()
    with ExitStack() as stack:
        for module, name, instead in (
            (execution, "run", simulation.run),
            (run_lease, "PATIENCE_S", run_lease.PATIENCE_S / simulation.sped_up),
            (activation_lease, "LONGEST_LOOK_AT_OBJECTS_S", LONGEST_LOOK_AT_OBJECTS_S / simulation.sped_up),
            (execution, "read_record", simulation.read_record),
            (execution, "store_name", lambda *_: STORE),
            (execution, "_claim_oldest", _timed(execution._claim_oldest, simulation.measured)),
            (socket, "gethostname", lambda: getattr(NAMES, "name", here)),
            # Nothing forks here, and the looks of hosts do not wait for each other.
            (sweeper, "_LOOKING", nullcontext()),
            (sweeper, "_forks_wait", lambda: None),
        ):
            stack.callback(setattr, module, name, getattr(module, name))
            setattr(module, name, instead)
        for each in simulation.benchmarks:
            code_version(ANY_MODEL, each)  # told once: Python's parser is not for many threads at once
        hosts = [Host(simulation, f"host{number}", queue) for number, queue in enumerate(queues)]
        for each in hosts:
            each.start()
        try:
            yield hosts
        finally:
            for each in hosts:
                each.stop()
            for each in hosts:
                each.join()


def _timed(claim: Callable[..., Any], measured: Measured) -> Callable[..., Any]:
    def timed(*given: Any, **named: Any) -> Any:
        began = time.perf_counter()
        found = claim(*given, **named)
        if found is not None:
            measured.add(claim_s=time.perf_counter() - began)
        return found

    return timed
