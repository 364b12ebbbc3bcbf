"""A user's file that uses every public name; `mypy --strict` passes it (tests/public/test_typing.py)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray
from torch import nn

import brainrank as br

Floats = NDArray[np.float64]


def lists() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, str]:
    return br.models(family="robust"), br.benchmarks("v4"), br.datasets(), br.metrics(), br.__version__


def scores(net: nn.Module) -> float:
    found: br.Scores = br.score("efficientnet-lite0", "v4")
    found = br.score([net, "gabor"], ["v4", "it"], layers=["layer3", "layer4.*"], preprocess={"size": (224, 224)})
    one: br.Score = found["gabor", "cichy2014.it.rsa"]
    low: float = one.interval.low
    upper: float = one.ceiling.upper
    layers: tuple[str, ...] = one.layers
    targets = one.per_target
    frame: pd.DataFrame = one.frame("layers")
    ax: Axes = found.plot()
    for each in found:
        low += each.value
    failures: Sequence[br.ScoreFailure] = found.failures
    errors: list[br.BrainrankError] = [each.error for each in failures]
    assert targets is not None
    return found.value + low + upper + len(layers) + len(frame) + len(errors) + float(targets.mean()) + ax.get_ylim()[0]


def maps(first: br.Score, second: br.Score) -> int:
    found: br.BrainMap = first.map("share", q=0.05)
    apart = br.brain_map([first], minus=second)
    return len(found.frame()) + len(apart.save("r.nii.gz")) + len(apart.plot().axes)


def boards() -> int:
    comparison: br.Comparison = br.compare(["a", "b"], "it", convention="raw")
    board: br.Leaderboard = br.leaderboard("it")
    comparison.plot(board.plot())
    replicated: pd.DataFrame = br.claims("mine.toml")
    elsewhere: pd.DataFrame = br.published("gokce2024")
    plan: br.StudyDesign = br.design(["a", "b"], "photographs", subjects=9, noise="it", choose=60, natural=True)
    power: float = plan.power + plan.first + plan.random_power + plan.fewest_subjects
    assert plan.methods or plan.images or power
    frames = (plan.frame(), plan.models(), comparison.frame(), comparison.means(), board.frame(), replicated, elsewhere)
    return sum(map(len, frames))


def service() -> br.Scores:
    with br.connect("https://host", token="...") as connected:
        at: br.Service = connected
        made: br.Submission = at.submit("file.onnx", "v4", name="mine", private=True)
        status: str = made.wait(progress=False).status
        frames = [at.leaderboard("v4"), at.models(), at.benchmarks(), at.scores("mine"), at.submissions()]
        assert status or frames
        return made.scores()


def own_data(x: Floats, frame: pd.DataFrame, net: nn.Module) -> float:
    lab: br.OwnData = br.data("photos", responses={"v1": x, "it": frame}, targets=frame, groups=[1, 1, 2], name="lab")
    over_time: br.OwnData = br.data("photos", rdms=br.decoding_rdms({"p1": "p1-epo.fif"}, baseline_ms=(-100, 0)))
    packed: br.OwnData = br.open_data("my-v4")
    names: tuple[str, ...] = (*lab.benchmarks, *packed.benchmarks, *over_time.benchmarks, *lab.warnings, lab.name)
    found = br.score([net, "gabor"], lab)
    rsa: br.RsaResult = br.rsa(x, {"rdms": x}, comparator="corr")
    encoded: br.EncodingResult = br.encode(x, frame, axes=("stimuli", "targets"))
    trials: br.ConsistencyResult = br.error_consistency(frame, columns={"observer": "who"}, models=["res*"])
    rows = [rsa.frame(), encoded.frame(), trials.frame(), trials.groups(), trials.observers(), trials.people("res50")]
    rsa.plot(encoded.plot(trials.plot()))
    lows = [each.interval.low + each.ceiling.upper for each in (rsa, encoded, trials)]
    return found.value + sum(lows) + len(rows) + len(names) + float(rsa.per_subject.mean())


def learners(net: nn.Module) -> float:
    found: br.LearningResult = br.learn(["controlled-simclr", net, "trials:mine.csv"], fine_tune=True, rate=0.5)
    found.plot(found.plot(phase="training"))
    return float(found.explained.mean()) + found.ceiling.lower + len(found.frame()) + len(found.trials("mine"))


def refused() -> str:
    try:
        br.score("no-such-model")
    except br.BrainrankError as error:
        return str(error)
    return ""


def own_weights_and_data(net: nn.Module, responses: NDArray[np.float64]) -> br.Scores:
    loaded: br.LoadedModel = br.load("moco.pth.tar", "torchvision:resnet50")
    lab: br.OwnData = br.data("images", responses, groups=["a", "b"])
    packed: br.OwnData = br.open_data("my-package")
    return br.score([net, loaded, "gabor"], [lab, packed, "it"])


def arrays(net: nn.Module, responses: NDArray[np.float64]) -> float:
    found: br.Features = br.features(net, "images", layers="layer4*", pooling="mean")
    found.save("x.npz")
    again: br.Features = br.open_features("x.npz")
    x = again[again.layers[0]]
    similar: br.RsaResult = br.rsa(x, "rdms.npz")
    encoded: br.EncodingResult = br.encode(x, responses)
    consistent: br.ConsistencyResult = br.error_consistency("trials.csv")
    parts: br.PartitionResult = br.partition({"net": net, "x": x, "again": again}, "it", layers={"net": "layer4*"})
    both_ways = br.reverse_predictivity({"x": x}, responses, folds=3)
    similar.plot(parts.plot())
    told = [parts.frame(), parts.targets(), *parts.layers["net"], *parts.spaces]
    similar_parts = parts.unique["net"].value + parts.shared["net", "x"].interval.low + parts.r2["net",].value
    if len(told) + len(both_ways) + similar_parts + parts.ceiling.value > 3:
        return parts.ceiling.interval.high
    return similar.value + encoded.value + consistent.value + float(encoded.predictions.mean())
