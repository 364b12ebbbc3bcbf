"""`br.benchmarks()`: what there is to score on."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def benchmarks(name: str | None = None) -> "pd.DataFrame":
    """The benchmarks as a frame, a row each: name, version, group, dataset, subject, title, `can_be_had`, and power.

    With `name`, those of a group (`v4`, `it`, `behaviour`, ...) or the one of that name; another name raises
    BrainrankError. `can_be_had` is True where the data are on this machine or are fetched when first used; the files of
    the others one must get oneself. `subject` is the one person or animal that was measured, empty where there are
    several or it is not told; regions of one subject are no independent witnesses. One's own packages of data that were
    added are among them. `recovered` is how often each of the models at hand would be first in simulated data if it
    were the true one and as good as measured, `smallest_difference` what would be told with 80 % power; none where that
    was not simulated.

    Example:
        >>> import brainrank as br
        >>> br.benchmarks("v4")[["name", "title"]]  # doctest: +SKIP

    """
    import pandas as pd

    from brainrank.api.services.views.inventory import benchmark_facts
    from brainrank.api.services.views.open_catalogue import open_catalogue
    from brainrank.api.settings import Settings

    locations = Settings().locations
    catalogue = open_catalogue(locations)
    return pd.DataFrame(benchmark_facts(catalogue.select(name), catalogue, locations))
