"""`br.datasets()`: the studies behind the benchmarks."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def datasets() -> "pd.DataFrame":
    """The studies as a frame, a row each: name, whether their files are here, title, regions, licence, citation.

    Where files are not here, `here` says how they are had. One's own packages of data that were added are among them.

    Example:
        >>> import brainrank as br
        >>> br.datasets()[["name", "here", "licence"]]  # doctest: +SKIP

    """
    import pandas as pd

    from brainrank.api.services.views.inventory import dataset_facts
    from brainrank.api.services.views.open_catalogue import open_catalogue
    from brainrank.api.settings import Settings

    locations = Settings().locations
    return pd.DataFrame(dataset_facts(open_catalogue(locations), locations))
