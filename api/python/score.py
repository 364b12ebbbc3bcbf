"""`br.score()`: models on benchmarks, on this machine."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from brainrank.benchmark.types.errors import UserError

if TYPE_CHECKING:
    from torch import nn

    from brainrank.api.python.asked import AskedModels
    from brainrank.api.python.progress import Bars
    from brainrank.api.python.score_result import Score
    from brainrank.api.python.scores_result import ScoreFailure, Scores
    from brainrank.api.services.boards.selection import Selection
    from brainrank.api.services.runs.score_models import Failure, Machine
    from brainrank.benchmark.scoring.catalogue import Catalogue
    from brainrank.benchmark.types.model_spec import ModelSpec

    Model: TypeAlias = "str | nn.Module | ModelSpec | HasSpec"
    On: TypeAlias = "str | HasBenchmarks"


class HasSpec(Protocol):
    """What holds a model as data, as `br.load` returns it."""

    @property
    def spec(self) -> "ModelSpec":
        """The model."""


class HasBenchmarks(Protocol):
    """Data with the names of the benchmarks on them, as `br.data` returns them."""

    @property
    def catalogue(self) -> "Catalogue":
        """The data sets and benchmarks."""

    @property
    def benchmarks(self) -> Sequence[str]:
        """The names of the benchmarks that are meant."""


def score(
    models: "Model | Iterable[Model]",
    benchmarks: "On | Iterable[On] | None" = None,
    *,
    metric: "str | Sequence[str] | None" = None,
    layers: "str | Sequence[str] | None" = None,
    preprocess: Any = None,
    pooling: str | None = None,
    name: str | None = None,
    device: str = "auto",
    precision: str | None = None,
    memory: str | None = None,
    isolated: bool = False,
    again: bool = False,
    progress: bool = True,
) -> "Scores":
    """Score models on benchmarks, as `brainrank score` does: the same stored runs, the same numbers.

    `models` is a name of the catalogue, a source (`timm:NAME`, `onnx:FILE`, `file:WEIGHTS#SOURCE:ARCHITECTURE`, ...),
    what `br.load` returned, a `torch.nn.Module`, or several of them. A module is known by its tensors and its code; it
    is left as it was, and nothing of it is stored unless it has a `name`. `preprocess` is how images are prepared for
    it: a transform of torchvision or timm, a dict (`{"size": (224, 224)}`), or none: ImageNet's.

    `benchmarks` is a benchmark, a group (`v4`, `it`, `all`), data that `br.data` made, or several; without it all. A
    group means what is at hand, and `left_out` of the result says what it has beyond that; a benchmark named itself
    whose files are not here is an error. What was scored before by the same code is found, unless `again`.

    `metric` is one metric, or several: each region of the benchmarks is scored by each that fits it, with defaults,
    instead of by the metrics that were declared.

    `layers` are names or globs (`layer4*`) instead of the model's own, `pooling` flatten, mean or cls, `name` what one
    model is called. `device` is auto, cpu or cuda; `precision` float32, tf32 or bf16; `memory` a size for features, as
    `4GiB`; `isolated` runs models in a cell, for files of strangers.

    One model on one benchmark that fails raises BrainrankError; of several, what failed is in `failures` of the result.

    Example:
        >>> import brainrank as br
        >>> r = br.score("gabor", "kriegeskorte2008.human-it.rsa")  # doctest: +SKIP
        >>> r.value  # doctest: +SKIP
        0.0757...
        >>> br.score(["gabor", "pixels"], "it").frame()  # doctest: +SKIP

    """
    from brainrank.api.python.asked import Wishes, asked_models
    from brainrank.api.python.benchmark_choice import chosen_benchmarks
    from brainrank.api.python.given_names import names_of
    from brainrank.api.python.progress import Bars, quiet
    from brainrank.api.services.boards.selection import select_here
    from brainrank.api.services.home.local_machine import open_machine
    from brainrank.api.settings import Settings

    wishes = Wishes(() if layers is None else names_of(layers, "layers"), pooling, preprocess, name)
    settings = Settings()
    with quiet(), Bars(progress=progress) as bars:
        choice = chosen_benchmarks(benchmarks, settings.locations)
        if metric is not None:
            choice = choice.by_metric(names_of(metric, "metric"))
        chosen = select_here(choice.names, choice.catalogue, settings.locations)
        asked = asked_models(models, wishes, bars)
        if isolated:
            _check_isolated(asked, bars)
        with open_machine(
            settings,
            choice.catalogue,
            device=device,
            memory=memory,
            precision=precision,
            isolated=isolated,
            live=asked.live,
            passing=asked.passing,
        ) as machine:
            return _score(asked.specs, chosen, machine, bars, again=again)


def _check_isolated(asked: "AskedModels", bars: "Bars") -> None:
    """Say what a cell lacks on this machine. Raises UserError for a network of this session."""
    from brainrank.benchmark.cell.enclosure import missing

    if asked.live:
        raise UserError(
            f"isolated: {', '.join(asked.live)} is a network of this session, which is no stranger's file; leave "
            "isolated out, or give the network as onnx:FILE"
        )
    for lack in missing():
        bars.message(f"The cell lacks something on this machine: {lack}")


def _score(
    specs: "Sequence[ModelSpec]", chosen: "Selection", machine: "Machine", bars: "Bars", *, again: bool
) -> "Scores":
    from brainrank.api.python.score_result import Score
    from brainrank.api.python.scores_result import Scores
    from brainrank.api.services.runs.score_models import Outcome, score_all, with_targets

    scores: list[Score] = []
    failed: list[Failure] = []
    bars.start(runs=len(specs) * len(chosen.benchmarks))
    for each in score_all(specs, chosen.benchmarks, machine, again=again, start_run=bars.start_run, reporter=bars):
        if isinstance(each, Outcome):
            scores.append(Score(with_targets(each, machine)))
        else:
            failed.append(each)
    failures = _failures([each.name for each in specs], chosen, scores, failed)
    if not scores and len(failures) == 1:
        raise failures[0].error
    return Scores(tuple(scores), failures, chosen.remark)


def _failures(
    models: Sequence[str], chosen: "Selection", scores: "Sequence[Score]", failed: "Sequence[Failure]"
) -> "tuple[ScoreFailure, ...]":
    """Every pair without a score, with its own error, that of its benchmark's data, or that of its model."""
    from brainrank.api.python.scores_result import ScoreFailure

    errors = {(each.model, each.benchmark.name): each.error for each in failed}
    of_models = {each.model: each.error for each in failed if each.model is not None}
    there = {(each.model, each.benchmark) for each in scores}
    found = []
    for benchmark in chosen.benchmarks:
        for model in models:
            if (model, benchmark.name) not in there:
                own, data = errors.get((model, benchmark.name)), errors.get((None, benchmark.name))
                found.append(ScoreFailure(model, benchmark.name, own or data or of_models[model]))
    return tuple(found)
