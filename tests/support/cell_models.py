"""What models are scored on in a cell, and models of each kind as strangers send them."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import graphs
import numpy as np
import timm
from answered_study import IDS
from answered_study import NAME as ANSWERED
from safetensors.numpy import save_file

from brainrank.benchmark.cell.cell import Cell
from brainrank.benchmark.files.downloads import cache_name, sha256_of
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.run import RunResult, run
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.dataset import LoadedRegion, TrainingImages


def loaded(catalogues: Mapping[str, Catalogue], name: str, places: Locations) -> tuple[Benchmark, LoadedRegion]:
    catalogue = next(each for each in catalogues.values() if each.has(name))
    benchmark = catalogue.benchmark(name)
    found = catalogue.load(benchmark, places, Silent())
    if name == ANSWERED:  # for models without a head of their own
        categories = tuple("cat" if number % 2 == 0 else "dog" for number in range(len(found.stimuli)))
        training = replace(
            found.stimuli,
            name="training",
            stimuli=tuple(replace(each, stimulus_id=f"t-{each.stimulus_id}") for each in found.stimuli.stimuli),
        )
        groups = {f"t-{each}": f"group {number // 2}" for number, each in enumerate(found.stimuli.ids)}
        found = found._replace(training=TrainingImages(training, categories, groups))
    return benchmark, found


def uploaded(places: Locations, content: Path, scheme: str, behind: str = "") -> ModelSpec:
    """A file among the downloads, as uploads are."""
    file = RemoteFile(f"upload{content.suffix}", sha256_of(content), ())
    places.downloads.mkdir(parents=True, exist_ok=True)
    (places.downloads / cache_name(file)).write_bytes(content.read_bytes())
    return ModelSpec("mine", "untrained", f"{scheme}:{file.sha256}{behind}", weights=file)


def spec_of(kind: str, places: Locations, files: Path, region: LoadedRegion) -> ModelSpec:
    rng = np.random.default_rng(1)
    if kind == "onnx":
        return uploaded(places, graphs.linear(files / "net.onnx"), "onnx")
    if kind == "weights":
        tensors = {key: tensor.numpy() for key, tensor in timm.create_model("test_resnet").state_dict().items()}
        save_file(tensors, files / "net.safetensors")
        return uploaded(places, files / "net.safetensors", "file", ".safetensors#timm:test_resnet")
    if kind == "features":
        rows = rng.standard_normal((len(region.stimuli), 40)).astype(np.float32)
        np.savez(files / "net.npz", late=rows, stimulus_ids=np.array(region.stimuli.ids))
        return uploaded(places, files / "net.npz", "features", ".npz")
    if kind == "trials":
        lines = ["observer,stimulus_id,condition,response,category"]
        lines += [f"net,{each},all,{'cat' if n % 3 else 'dog'},cat" for n, each in enumerate(IDS)]
        (files / "net.csv").write_text("\n".join(lines))
        return uploaded(places, files / "net.csv", "trials", ".csv")
    return ModelSpec(kind, "untrained", kind, layers=("layer*",) if kind == "timm:test_resnet@random" else ())


def scored(
    spec: ModelSpec, benchmark: Benchmark, region: LoadedRegion, places: Locations, cell: Cell | None
) -> RunResult:
    inside = {} if cell is None else {"resolve": partial(cell.model, region=region)}
    return run(spec, benchmark, region, locations=places, device="cpu", reporter=Silent(), **inside)
