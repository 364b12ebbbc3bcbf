"""StimulusSet: the images a study showed, in order, with a digest of all of it."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from brainrank.benchmark.types.errors import InvalidDataError


@dataclass(frozen=True)
class Stimulus:
    """One image: its id in the study, its file, the sha256 of that file and its labels (category, animacy, ...)."""

    stimulus_id: str
    path: Path
    sha256: str
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class StimulusSet:
    """The images of a study in their order. `visual_degrees` is the width at which they were seen, None if unknown.

    Raises InvalidDataError when empty or when an id occurs twice.
    """

    name: str
    stimuli: tuple[Stimulus, ...]
    visual_degrees: float | None = None

    def __post_init__(self) -> None:
        if not self.stimuli:
            raise InvalidDataError(f"Stimulus set '{self.name}' is empty; it needs at least one image")
        repeated = sorted({i for i in self.ids if self.ids.count(i) > 1}) if len(set(self.ids)) < len(self.ids) else []
        if repeated:
            raise InvalidDataError(
                f"Stimulus set '{self.name}' repeats the ids {', '.join(repeated[:5])}; ids are unique"
            )

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The stimulus ids, in order."""
        return tuple(stimulus.stimulus_id for stimulus in self.stimuli)

    @cached_property
    def digest(self) -> str:
        """The sha256 of ids, image digests, labels and visual degrees, in order; paths and the name do not count."""
        content = [[s.stimulus_id, s.sha256, s.labels] for s in self.stimuli]
        return hashlib.sha256(json.dumps([self.visual_degrees, content]).encode()).hexdigest()

    def __len__(self) -> int:
        return len(self.stimuli)
