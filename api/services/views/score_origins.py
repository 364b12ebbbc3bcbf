"""Who made the scores that boards show, by which code, and which of them are contradicted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from brainrank.api.repositories import conflicts, models
from brainrank.api.repositories.conflicts import ShownConflict
from brainrank.api.repositories.origins import HERE, PUBLISHED
from brainrank.api.repositories.scores import StoredScore, latest_succeeded
from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.services.home.published_results import Edition, edition
from brainrank.api.services.session import OpenSession
from brainrank.api.services.views.public_cache import PublicCache
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.code_version import code_of, code_version
from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.model_spec import ModelSpec


@dataclass(frozen=True)
class ScoreOrigins:
    """Counts of the public scores by who made them; the runs that other code made than there is now; conflicts."""

    counts: Mapping[str, int]
    other_code: frozenset[int]
    conflicts: Sequence[ShownConflict]
    edition: Edition | None

    @property
    def published(self) -> int:
        """How many came with brainrank."""
        return self.counts.get(PUBLISHED, 0)

    @property
    def words(self) -> Sequence[str]:
        """What a reader of a board has to know: a sentence each."""
        total, found = sum(self.counts.values()), list[str]()
        if self.published and self.edition:
            share = "All" if self.published == total else f"{self.published:,} of"
            found.append(
                f"{share} {total:,} scores came with brainrank (published, edition of {self.edition.made_at:%d %B %Y}, "
                f"sha256 {self.edition.sha256[:12]}); each can be scored again, and your own takes its place"
            )
        found += [
            f"{_scores(count)} imported from {origin}"
            for origin, count in self.counts.items()
            if origin not in {HERE, PUBLISHED}
        ]
        if self.other_code:
            found.append(f"{_scores(len(self.other_code))} made by other code than this brainrank's")
        if self.conflicts:
            found.append(f"{_scores(len(self.conflicts))} contradicted: same receipt, another number")
        return found


def score_origins(session: Session, catalogue: Catalogue) -> ScoreOrigins:
    """Who made the newest public scores on the benchmarks of a catalogue."""
    stored = latest_succeeded(session, {name: each.version for name, each in catalogue.benchmarks.items()})
    specs = models.scored_models(session, EVERYBODY)
    return ScoreOrigins(
        Counter(each.origin for each in stored),
        frozenset(each.run_id for each in stored if is_of_other_code(each, specs, catalogue)),
        conflicts.every(session, [each.run_id for each in stored]),
        edition(),
    )


def is_of_other_code(stored: StoredScore, specs: Mapping[str, ModelSpec], catalogue: Catalogue) -> bool:
    """Whether a score would be made by other code now; so is one whose model is of no source there is now."""
    try:
        now = code_version(specs[stored.model], catalogue.benchmark(stored.benchmark))
    except UserError:
        return True
    return code_of(now) != code_of(stored.code_version)


class CachedOrigins:
    """The origins of a service's scores, told anew when scores have changed."""

    def __init__(self, begin: OpenSession, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._told = PublicCache[ScoreOrigins](begin)

    def now(self) -> ScoreOrigins:
        """The origins as of now."""
        return self._told.get("origins", lambda session: score_origins(session, self._catalogue))


def _scores(count: int) -> str:
    return f"{count:,} score{'' if count == 1 else 's'}"
