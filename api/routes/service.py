"""What every route works with: transactions, places, limits, and how to tell workers that there is something to do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from sqlalchemy import text

from brainrank.api.db.engine import transaction
from brainrank.api.repositories.queue import WaitingRun
from brainrank.api.routes.rate_limits import RateLimits
from brainrank.api.services.home.published_results import open_own_database
from brainrank.api.services.runs.estimates import Estimates
from brainrank.api.services.runs.recovery import check_swept
from brainrank.api.services.runs.watch import Watches
from brainrank.api.services.session import OpenSession
from brainrank.api.services.submissions.uploads import UploadService
from brainrank.api.services.views.score_origins import CachedOrigins
from brainrank.api.services.views.similarity import Similarities
from brainrank.api.services.views.stored_rdms import StoredRdms
from brainrank.api.services.views.studies import Studies
from brainrank.api.settings import Settings
from brainrank.benchmark.activations.store import ActivationStore
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue, built_in

# Tells the workers of each run's queue to look; it may fail in silence, for what waits is swept up in the end.
Signal = Callable[[Sequence[WaitingRun]], object]


@dataclass(frozen=True)
class Service:
    """What the application is made of; `checks` say of each part whether it answers, by raising if it does not.

    `memory_bytes` is what a run's features may take, as far as this process knows: workers have settings of their own.
    `close` lets go of the connections to the database.
    """

    begin: OpenSession
    catalogue: Catalogue
    uploads: UploadService
    limits: RateLimits
    signal: Signal
    store: ActivationStore
    memory_bytes: int
    close: Callable[[], None]
    checks: Sequence[tuple[str, Callable[[], None]]] = ()

    @cached_property
    def estimates(self) -> Estimates:
        """What runs will take."""
        return Estimates(self.memory_bytes)

    @cached_property
    def watches(self) -> Watches:
        """Who waits for something to happen to runs."""
        return Watches(self.begin)

    @cached_property
    def rdms(self) -> StoredRdms:
        """The RDMs that can be had on this machine."""
        return StoredRdms(self.catalogue, self.uploads.locations, self.store)

    @cached_property
    def similarities(self) -> Similarities:
        """Who is like whom, by what can be had on this machine."""
        return Similarities(self.begin, self.catalogue, self.rdms)

    @cached_property
    def origins(self) -> CachedOrigins:
        """Who made the scores that boards show."""
        return CachedOrigins(self.begin, self.catalogue)

    @cached_property
    def studies(self) -> Studies:
        """What of the studies is on this machine."""
        return Studies(self.catalogue, self.uploads.locations)

    def is_at_hand(self, benchmark: Benchmark) -> bool:
        """Whether a benchmark's files lie where this process sees them, or are fetched by whoever needs them first."""
        return self.studies.can_be_had(benchmark.dataset, benchmark.region)


def open_service(
    settings: Settings,
    *,
    signal: Signal,
    broker: Callable[[], None] | None = None,
    swept_within_s: float | None = None,
) -> Service:
    """The service on the database, folders and limits of the settings; `broker` raises unless the broker answers.

    With `swept_within_s` it is only ready while somebody looks that often for what dead workers left.
    """
    engine = open_own_database(settings)
    begin = partial(transaction, engine)

    def database() -> None:
        with begin() as session:
            session.execute(text("SELECT 1"))

    return Service(
        begin=begin,
        # Not the packages of this home: what a lab added for itself is nobody else's to list or to score on.
        catalogue=built_in(),
        uploads=UploadService(begin, settings.locations, settings.upload_limit, settings.upload_quota),
        limits=RateLimits(settings.broker_url),
        signal=signal,
        store=ActivationStore(settings.store_url or settings.locations.activations),
        memory_bytes=settings.memory,
        close=engine.dispose,
        checks=[
            ("database", database),
            *([("broker", broker)] if broker else []),
            *([("sweep", partial(check_swept, begin, within_s=swept_within_s))] if swept_within_s else []),
        ],
    )
