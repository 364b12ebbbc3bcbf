"""`br.claims()`: what is said of models, looked up in the scores that are stored here."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from brainrank.api.services.analysis.replication import Replication
    from brainrank.benchmark.types.score import Interval

COLUMNS = ["claim", "study", "difference", "low", "high", "verdict", "benchmarks"]


def claims(*files: "str | os.PathLike[str]") -> "pd.DataFrame":
    """Look claims up, a TOML file each; brainrank's own without any. A row for each study, then one for all of them.

    `difference` is that of the first models less the second, in units of the scores (of a claim of a correlation the
    rank correlation over models), with its 95 % interval over images, subjects and seeds; `verdict` is holds, fails or
    open; `benchmarks` is over how many. Claims whose models have no benchmark in common are left out.

    Raises BrainrankError for a file that is no claim, or was edited after it was registered, for a model without a
    score here, and where no claim can be looked up.

    Example:
        >>> import brainrank as br
        >>> br.claims("trained-beats-random.toml")  # doctest: +SKIP

    """
    from pathlib import Path

    import pandas as pd

    from brainrank.api.services.analysis.claims import own_replications
    from brainrank.api.settings import Settings
    from brainrank.benchmark.claims.claim import read_claims

    found, _ = own_replications(read_claims([Path(each) for each in files]), Settings())
    return pd.DataFrame([row for each in found for row in _rows(each)], columns=COLUMNS)


def _rows(found: "Replication") -> "list[tuple[object, ...]]":
    name = found.claim.name
    rows: list[tuple[object, ...]] = [
        (name, each.name, each.effect.value, *_ends(each.effect.interval), each.verdict, len(each.benchmarks))
        for each in found.studies
    ]
    if found.summary is not None:
        whole, count = found.summary, sum(len(each.benchmarks) for each in found.studies)
        rows.append((name, "all studies", whole.value, *_ends(whole.interval), found.verdict, count))
    return rows


def _ends(interval: "Interval") -> tuple[float, float]:
    return interval.low, interval.high
