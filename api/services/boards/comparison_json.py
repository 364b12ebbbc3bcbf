"""Models against each other as JSON, over REST and on the command line."""

from brainrank.api.board_schemas import ComparedAnswer, ComparisonAnswer, MeanAnswer
from brainrank.api.score_json import interval_json
from brainrank.api.services.boards.comparison import Comparison, Mean, Pair


def comparison_json(found: Comparison, board: str) -> ComparisonAnswer:
    """Models against each other on a board."""
    return ComparisonAnswer(
        board=board,
        convention=found.convention,
        counted=list(found.counted),
        means=[_mean_json(name, each) for name, each in found.means.items()],
        mean=[_pair_json("mean", each) for each in found.mean],
        benchmarks=[_pair_json(name, each) for name, pairs in found.benchmarks.items() for each in pairs],
    )


def _mean_json(model: str, found: Mean) -> MeanAnswer:
    return MeanAnswer(
        model=model,
        mean=found.value,
        interval=interval_json(found.interval),
        coverage=found.coverage,
        groups=dict(found.groups),
    )


def _pair_json(benchmark: str, pair: Pair) -> ComparedAnswer:
    return ComparedAnswer(
        benchmark=benchmark,
        convention=pair.convention,
        shared=list(pair.shared),
        first=pair.first,
        second=pair.second,
        difference=pair.paired.difference,
        interval=interval_json(pair.paired.interval),
        p=pair.paired.p,
        q=pair.q,
    )
