"""`br.models()`: which models there are."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def models(*, family: str | None = None, available: bool = False) -> "pd.DataFrame":
    """The models of the catalogue as a frame, a row each: name, family, source, paper, training data, licence, size.

    `family` is one of supervised, self-supervised, language-supervised, generative, robust, recurrent, classical and
    untrained; another one raises BrainrankError. `available`: only those that need no hub.

    Besides these, any source is a model (`timm:NAME`, `onnx:FILE`, ...).

    Example:
        >>> import brainrank as br
        >>> br.models(family="classical")[["name", "description"]].head(2)  # doctest: +SKIP

    """
    import pandas as pd

    from brainrank.api.services.views.inventory import model_facts, models_of
    from brainrank.api.settings import Settings

    locations = Settings().locations
    return pd.DataFrame([model_facts(spec, locations) for spec in models_of(family, locations if available else None)])
