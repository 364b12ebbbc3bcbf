"""`br.score()`: models on benchmarks, on this machine."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brainrank.api.python.score_result import Score
    from brainrank.api.python.scores_result import ScoreFailure, Scores
    from brainrank.api.services.scoring import Failure, Machine
    from brainrank.api.services.selection import Selection
    from brainrank.benchmark.types.model_spec import ModelSpec


def score(
    models: "str | Sequence[str]",
    benchmarks: "str | Sequence[str] | None" = None,
    *,
    layers: "str | Sequence[str] | None" = None,
    pooling: str | None = None,
    name: str | None = None,
    device: str = "auto",
    precision: str = "float32",
    memory: str | None = None,
    isolated: bool = False,
    again: bool = False,
    progress: bool = True,
) -> "Scores":
    """Score models on benchmarks, as `brainrank score` does: the same stored runs, the same numbers.

    `models` is a name of the catalogue, a source (`timm:NAME`, `onnx:FILE`, `file:WEIGHTS#SOURCE:ARCHITECTURE`, ...),
    or several of them. `benchmarks` is a benchmark, a group (`v4`, `it`, `all`) or several; without it all. A group
    means what is at hand, and `left_out` of the result says what it has beyond that; a benchmark named itself whose
    files are not here is an error. What was scored before by the same code is found, unless `again`.

    `layers` are names or globs (`layer4*`) instead of the model's own, `pooling` flatten, mean or cls. `device` is
    auto, cpu or cuda; `precision` float32 or bf16; `memory` a size for features, as `4GiB`; `isolated` runs models in a
    cell, for files of strangers.

    One model on one benchmark that fails raises BrainrankError; of several, what failed is in `failures` of the result.

    Example:
        >>> import brainrank as br
        >>> r = br.score("gabor", "kriegeskorte2008.human-it.rsa")  # doctest: +SKIP
        >>> r.value  # doctest: +SKIP
        0.0757...
        >>> br.score(["gabor", "pixels"], "it").frame()  # doctest: +SKIP

    """
    from brainrank.api.python.names import names_of
    from brainrank.api.services.asked_model import with_layers
    from brainrank.api.services.catalogue import open_catalogue
    from brainrank.api.services.own_machine import open_machine
    from brainrank.api.services.selection import select_here
    from brainrank.api.settings import Settings
    from brainrank.models_zoo.catalogue import find_model

    asked = () if layers is None else names_of(layers, "layers")
    specs = [with_layers(find_model(each), asked, pooling) for each in names_of(models, "models")]
    settings = Settings()
    catalogue = open_catalogue(settings.locations)
    wanted = () if benchmarks is None else names_of(benchmarks, "benchmarks")
    chosen = select_here(wanted, catalogue, settings.locations)
    with open_machine(
        settings, catalogue, device=device, memory=memory, precision=precision, isolated=isolated
    ) as machine:
        return _scored(specs, chosen, machine, again=again, progress=progress)


def _scored(
    specs: "Sequence[ModelSpec]", chosen: "Selection", machine: "Machine", *, again: bool, progress: bool
) -> "Scores":
    from brainrank.api.python.progress import Bars
    from brainrank.api.python.score_result import Score
    from brainrank.api.python.scores_result import Scores
    from brainrank.api.services.scoring import Outcome, score_all, with_targets

    scores: list[Score] = []
    failed: list[Failure] = []
    with Bars(progress=progress, runs=len(specs) * len(chosen.benchmarks)) as bars:
        for each in score_all(specs, chosen.benchmarks, machine, again=again, begun=bars.begun, reporter=bars):
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
