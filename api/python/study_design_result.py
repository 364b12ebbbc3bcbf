"""The result of `br.design`: what a planned study can tell, and which images it shows."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from brainrank.benchmark.design.design import Design


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class StudyDesign:
    """A planned study; `methods` is a paragraph for the methods section, every number filled in.

    Example:
        >>> plan = br.design(["clip", "vae"], "photographs", subjects=12, noise="cichy2014.it.rsa")  # doctest: +SKIP
        >>> plan.frame()  # doctest: +SKIP

    """

    _found: "Design"
    methods: str

    @property
    def images(self) -> tuple[str, ...]:
        """The ids of the images to show, in the pool's order."""
        return self._found.images

    @property
    def power(self) -> float:
        """How often the true model, as good as measured, is first and told from the second; mean over models."""
        return self._found.study.as_measured.mean

    @property
    def first(self) -> float:
        """How often it is first."""
        return self._found.study.as_measured.first

    @property
    def random_power(self) -> float:
        """The power with as many images drawn at random; NaN where all images are shown."""
        random = self._found.random
        return float("nan") if random is None else random.as_measured.mean

    @property
    def fewest_subjects(self) -> float:
        """The fewest subjects for a power of 80 %; infinite where a hundred are not enough."""
        return self._found.study.fewest

    def frame(self) -> "pd.DataFrame":
        """A row for each true model (index) with how often each model (column) is first."""
        import pandas as pd

        names = [each.name for each in self._found.models]
        return pd.DataFrame(self._found.study.as_measured.found, index=names, columns=names)

    def models(self) -> "pd.DataFrame":
        """A row for each model: its layer, score, how much it explains, its power, and the subjects for 80 %."""
        import pandas as pd

        study = self._found.study
        rows = zip(self._found.models, study.as_measured.certain.tolist(), study.fewest_of_each, strict=True)
        return pd.DataFrame([each._asdict() | {"power": power, "fewest_subjects": few} for each, power, few in rows])

    def __repr__(self) -> str:
        found = self._found
        return (
            f"StudyDesign({len(found.images)} of {found.pool} images, {found.subjects} subjects: "
            f"power {self.power:.0%}, {self.fewest_subjects:.0f} subjects for 80 %)"
        )
