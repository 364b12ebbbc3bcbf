"""`br.design()`: plan a study that tells models apart."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brainrank.api.python.study_design_result import StudyDesign


def design(
    models: Iterable[str],
    images: Any,
    *,
    subjects: int,
    noise: str,
    choose: int | None = None,
    natural: bool = False,
    layers: Mapping[str, str | Sequence[str]] | None = None,
    worlds: int = 500,
    seed: int = 0,
    device: str = "auto",
    progress: bool = True,
) -> "StudyDesign":
    """Plan a study that tells models apart by RDMs: its power, the images to show, and a paragraph for the methods.

    `models` are two or more names or sources; `images`, the pool, are a study (`STUDY.REGION`) or package by name, or
    as for `br.features`. `noise` is an RSA benchmark whose subjects differ as those of the study will. Each model is in
    turn the true one in simulated studies, as good as it is there, and all are compared over images and subjects.

    `choose` is how many images to choose of the pool, those that tell the models apart best; `natural` keeps them like
    the pool in category, luminance, contrast and the slope of the spectrum. A model's layer is the one most like the
    benchmark's subjects, of its own or of those named in `layers` (`{"clip": "blocks.3"}`).

    Raises BrainrankError for one model, a pool that is too small, and a benchmark that is none or tells no noise.

    Example:
        >>> import brainrank as br
        >>> plan = br.design(
        ...     ["controlled-clip", "controlled-vae"], "photographs", subjects=12, noise="cichy2014.it.rsa", choose=80
        ... )  # doctest: +SKIP
        >>> plan.power, plan.fewest_subjects, plan.images  # doctest: +SKIP
        >>> print(plan.methods)  # doctest: +SKIP

    """
    from brainrank.api.python.given_names import names_of
    from brainrank.api.python.progress import Bars, quiet
    from brainrank.api.python.study_design_result import StudyDesign
    from brainrank.api.services.analysis.study_design import Asked, chosen_benchmark, plan_with_noise_of, pool_of
    from brainrank.api.services.home.local_machine import open_machine
    from brainrank.api.services.views.open_catalogue import open_catalogue
    from brainrank.api.settings import Settings
    from brainrank.benchmark.design.design import Plan, check_plan
    from brainrank.benchmark.types.errors import UserError

    names = names_of(models, "models")
    unknown = [name for name in layers or {} if name not in names]
    if unknown:
        raise UserError(f"layers: {', '.join(unknown)} is none of the models; those are {', '.join(names)}")
    plan = Plan(subjects, choose, natural, worlds, seed)
    check_plan(plan, len(names))
    settings = Settings()
    catalogue = open_catalogue(settings.locations)
    benchmark = chosen_benchmark(noise, catalogue, settings.locations)
    asked = Asked(names, {name: names_of(each, "layers") for name, each in (layers or {}).items()})
    with (
        quiet(),
        Bars(progress=progress) as bars,
        open_machine(settings, catalogue, device=device) as machine,
        pool_of(images, settings.locations, bars) as pool,
    ):
        found = plan_with_noise_of(benchmark, asked, pool, plan, machine, bars)
    return StudyDesign(_found=found.design, methods=found.methods)
