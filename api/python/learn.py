"""`br.learn()`: how models learn from few examples, taught as people were."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brainrank.api.python.learning_result import LearningResult
    from brainrank.api.python.score import Model


def learn(
    models: "Model | Sequence[Model]",
    *,
    layer: str | None = None,
    fine_tune: bool = False,
    runs: int = 20,
    rate: float = 1.0,
    preprocess: Any = None,
    device: str = "auto",
    draws: int = 1000,
    seed: int = 0,
    progress: bool = True,
) -> "LearningResult":
    """Teach models three kinds of objects from 36 images in six epochs, as 12 people were taught, and compare.

    `models` is one or several: names, what `br.load` returned, networks of this session (which are left as they were),
    or `trials:FILE.csv`, the recorded trials of a learner of your own. A linear readout is taught on the last layer, or
    on `layer`, of a model that stays as it is; with `fine_tune` all weights are, as the study did (the processor alone,
    half a minute for the smallest networks). `runs` learners differ in their start and order of images. `rate` is the
    learning rate of readouts. `preprocess` is as for `br.score`.

    Raises BrainrankError for models that cannot be taught so, and for trials without epochs.

    Example:
        >>> import brainrank as br
        >>> found = br.learn(["controlled-supervised", "controlled-simclr"])  # doctest: +SKIP
        >>> found.frame()  # a row for each learner and measure  # doctest: +SKIP
        >>> found.plot()  # doctest: +SKIP

    """
    from pathlib import Path

    from brainrank.api.python.analyse import check_least
    from brainrank.api.python.asked import Wishes, asked_models
    from brainrank.api.python.learning_result import LearningResult
    from brainrank.api.python.progress import Bars, quiet
    from brainrank.api.services.analysis.learning import RECORDED, Teaching, analyse_learning
    from brainrank.api.services.home.local_machine import open_machine
    from brainrank.api.services.views.open_catalogue import open_catalogue
    from brainrank.api.settings import Settings

    check_least("learning", runs=runs, draws=draws, seed=seed)
    own, teaching = Settings(), Teaching(layer or "", fine_tune, runs, rate, seed, draws)
    several = list(models) if isinstance(models, list | tuple) else [models]
    files = [each for each in several if isinstance(each, str) and each.startswith(RECORDED)]
    others = [each for each in several if not (isinstance(each, str) and each.startswith(RECORDED))]
    with quiet(), Bars(progress=progress) as bars:
        recorded = [Path(each.removeprefix(RECORDED)).expanduser() for each in files]
        if not others:
            with open_machine(own, open_catalogue(own.locations), device=device) as machine:
                return LearningResult(_found=analyse_learning(recorded, teaching, machine, bars))
        asked = asked_models(others, Wishes((), None, preprocess), bars)
        with open_machine(
            own, open_catalogue(own.locations), device=device, live=asked.live, passing=asked.passing
        ) as machine:
            return LearningResult(_found=analyse_learning([*asked.specs, *recorded], teaching, machine, bars))
