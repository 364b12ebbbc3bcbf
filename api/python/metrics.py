"""`br.metrics()`: by what models are compared with brains and people."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def metrics() -> "pd.DataFrame":
    """The metrics as a frame, a row each: name, what is scored, of which measurements, unit, range, words, citation.

    `in_packages` are the measurements of one's own data for which a metric may be named (`br.data(..., metric=...)`,
    `brainrank dataset init --metric`); `parameters` are its settings unless told otherwise.

    Example:
        >>> import brainrank as br
        >>> br.metrics()[["name", "measures", "unit"]]  # doctest: +SKIP

    """
    import pandas as pd

    from brainrank.api.services.views.metric_facts import metric_facts

    return pd.DataFrame(metric_facts())
