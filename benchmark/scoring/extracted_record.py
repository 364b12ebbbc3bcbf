"""What was extracted of a model, written down: layers by their keys in the store, from which others can score them."""

from collections.abc import Mapping
from typing import Any

from brainrank.benchmark.activations.obtain import stored
from brainrank.benchmark.scoring.evidence import Evidence
from brainrank.benchmark.scoring.run import Extracted
from brainrank.benchmark.types.activations import Extraction, LayerFeatures, LayerGram, keys_of
from brainrank.benchmark.types.errors import BrainrankError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.metric import EvidenceKind
from brainrank.benchmark.types.trials import Choices


class EvidenceGoneError(BrainrankError):
    """Layers that another worker extracted cannot be had here, or not for the code that is here."""


def record_of(extracted: Extracted, *, code_version: str) -> Mapping[str, Any] | None:
    """What was extracted, as JSON has it, and by which code; None unless all of it is layers in a store.

    Choices are none: what they come from is read once, and scored in seconds.
    """
    content = extracted.evidence.content
    if content is None or isinstance(content, Choices):
        return None
    keys = keys_of(content)
    if not all(keys) or len(set(extracted.evidence.layers)) < len(keys):
        return None
    about = extracted._asdict()
    del about["evidence"]
    return {
        **about,
        "preprocessing": dict(extracted.preprocessing),
        "layers": [list(pair) for pair in zip(extracted.evidence.layers, keys, strict=True)],
        "device": extracted.evidence.device,
        "code_version": code_version,
    }


def read_record(
    record: Mapping[str, Any],
    kind: EvidenceKind,
    n_stimuli: int,
    *,
    code_version: str,
    locations: Locations,
    extraction: Extraction,
) -> Extracted:
    """What a record tells of, its layers from the store that this machine has.

    Raises EvidenceGoneError where a layer is not there, or was extracted for another version of the code.
    """
    if record["code_version"] != code_version:
        raise EvidenceGoneError("The worker that extracted the layers has another version of brainrank than this one")
    about, keys = dict(record), dict(record["layers"])
    for name in ("layers", "device", "code_version"):
        del about[name]
    home = locations.activations
    layers = (
        stored(keys, n_stimuli, LayerFeatures, home=home, extraction=extraction)
        if kind is EvidenceKind.UNITS
        else stored(keys, n_stimuli, LayerGram, home=home, extraction=extraction)
    )
    if layers is None:
        raise EvidenceGoneError("Layers that were extracted are in the store no more, or in one that is not here")
    return Extracted(Evidence(layers, tuple(keys), record["device"]), **about)
