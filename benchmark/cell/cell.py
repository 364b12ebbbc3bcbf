"""The cell: a model that is not our own is loaded, run and read out in a process that can hurt nobody.

The keeper, this process, holds what is worth something: the database, the store of activations and the keys of its
entries. A cell gets images and gives Gram matrices or choices (docs/decisions/cell.md).
"""

import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple, NoReturn

from brainrank.benchmark.activations.blobs import process_is_alive
from brainrank.benchmark.cell.cell_answers import error_of, resolution
from brainrank.benchmark.cell.cell_errors import CellLostError, ModelCrashError
from brainrank.benchmark.cell.cell_evidence import gather_in_cell
from brainrank.benchmark.cell.forkserver import ForkServer, fetching_environment
from brainrank.benchmark.cell.frames import BrokenFrameError
from brainrank.benchmark.cell.limits import Limits
from brainrank.benchmark.cell.occupant import Occupant, remove_folder
from brainrank.benchmark.cell.writing import Resolution, images_of, spec_json
from brainrank.benchmark.files.downloads import cache_name, fetch
from brainrank.benchmark.scoring.gather import DistantModel
from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter
from brainrank.datasets.dataset import LoadedRegion
from brainrank.models_zoo.caches import hub_cache, torch_cache
from brainrank.models_zoo.load import find_source

# What is recorded in a file: it is read anew for each run, and checked anew therefore.
RECORDED_SOURCES = ("features:", "trials:")
# Their weights are drawn here, or come with brainrank: there is nothing to fetch, and nothing of a stranger's.
OUR_OWN = ("classical:", "trained:", "recurrent:")
RANDOM = "@random"
# Its readout by sentences may need a tokenizer of a hub.
OPEN_CLIP = "open_clip:"


def nothing() -> None:
    """Check nothing: there is no lease, and nobody who could cancel."""


class Cell:
    """A cell on a device, warm between the runs of one model; made once a worker, for one thread.

    `device` is as it was asked for: auto, cpu or cuda. Its folders are under `locations.home`, as what a model spills
    may be large. Raises nothing before it is used.
    """

    def __init__(self, locations: Locations, *, device: str, limits: Limits) -> None:
        self._locations, self._requested, self._limits = locations, device, limits
        self._folders = locations.home / "cells"
        self._server = ForkServer(self._folders)
        self._device = "cpu" if device == "cpu" else ""
        self._tenant: _Tenant | None = None

    def start(self) -> None:
        """Start what is long in starting, without waiting for it; what dead workers left is removed."""
        self._server.start()
        for folder in self._folders.glob("*.*"):
            if not process_is_alive(int(folder.name.partition(".")[0])):
                with suppress(OSError):
                    remove_folder(folder)

    def wait_until_ready(self) -> None:
        """Wait until what was started is there. Raises UserError when its device is not."""
        self._device = self._kind_of_device(nothing)

    def model(
        self,
        spec: ModelSpec,
        locations: Locations,
        reporter: Reporter,
        *,
        region: LoadedRegion,
        check: Callable[[], None] = nothing,
    ) -> DistantModel:
        """The model as `run` takes one, resolved in its cell, in which the images of `region` can be seen.

        `check` is called ten times a second while the cell works; what it raises ends the cell. Raises UserError for a
        model that is code, and what else `resolve` raises; CellLimitError, ModelCrashError, CellLostError.
        """
        source = find_source(spec)
        if source.runs_code:
            raise UserError(
                f"'{spec.source}' is code, which reads what it likes; a cell is for models that are data. Leave out "
                "--isolated on your own machine, or give the network as onnx:FILE"
            )
        recorded = spec.source.startswith(RECORDED_SOURCES)
        seen = frozenset(each.path.absolute().parent for images in images_of(region) for each in images.stimuli)
        warm = self._is_there(spec, seen)
        file = None if warm and not recorded else _file_of(spec, locations, reporter)
        if not warm:
            self.leave()
            self._enter(spec, seen, file, reporter, check)
        assert self._tenant is not None
        found = self._tenant.resolution
        return DistantModel(
            weights_digest=found.weights_digest,
            network=found.network,
            preprocessing=found.preprocessing,
            layers=found.layers,
            build=_refuse,
            checkpoint=found.checkpoint,
            gather=partial(gather_in_cell, self._tenant.occupant, device=self._device, recorded=recorded, check=check),
        )

    def leave(self) -> None:
        """End the model's process, if there is one."""
        tenant, self._tenant = self._tenant, None
        if tenant is not None:
            tenant.occupant.end()

    def close(self) -> None:
        """End all of it."""
        self.leave()
        self._server.close()

    def _is_there(self, spec: ModelSpec, seen: frozenset[Path]) -> bool:
        """Whether this model lives here, and sees these folders."""
        tenant = self._tenant
        if tenant is None or tenant.occupant.is_gone or tenant.spec != spec:
            return False
        studies = self._locations.datasets.absolute()
        return all(folder in tenant.seen or folder.is_relative_to(studies) for folder in seen)

    def _enter(
        self,
        spec: ModelSpec,
        seen: frozenset[Path],
        file: Path | None,
        reporter: Reporter,
        check: Callable[[], None],
    ) -> None:
        """Begin the model's process, and have the model resolved there; what it is known by is not its to say."""
        self._device = self._device or self._kind_of_device(check)
        expected = spec.weights.sha256 if spec.weights is not None else spec.file_sha256
        readable, fetched = [self._locations.datasets.absolute(), *seen], None
        if _is_fetched(spec, file):
            # Nothing of a stranger's is read but a configuration: the network is for this process alone.
            fetched = self._begin(spec, file, [] if file is None else [file], reporter, check, fetching=True)
            fetched.occupant.end()
            expected, readable = fetched.resolution.weights_digest, [*readable, hub_cache(), torch_cache()]
        tenant = self._begin(spec, file, readable if file is None else [*readable, file], reporter, check)
        same = fetched is None or fetched.resolution == tenant.resolution
        if not same or expected not in {"", tenant.resolution.weights_digest}:
            tenant.occupant.end()
            raise ModelCrashError(f"The process of '{spec.name}' claims to be of another model; submit another")
        self._tenant = tenant._replace(seen=seen)

    def _begin(
        self,
        spec: ModelSpec,
        file: Path | None,
        readable: Sequence[Path],
        reporter: Reporter,
        check: Callable[[], None],
        *,
        fetching: bool = False,
    ) -> "_Tenant":
        folder = self._folders / f"{os.getpid()}.{secrets.token_hex(4)}"
        downloads = folder / "downloads"
        downloads.mkdir(parents=True)
        fetched = self._locations.home / "fetched"
        for each in (fetched / "downloads").glob("*"):
            (downloads / each.name).symlink_to(each.absolute())
        if spec.weights is not None and file is not None:
            (downloads / cache_name(spec.weights)).symlink_to(file.absolute())
        home, writable = folder, list[Path]()
        if fetching:
            writable = [hub_cache(), torch_cache(), fetched.absolute()]
            for each in writable:
                each.mkdir(parents=True, exist_ok=True)
            home = fetched if file is None else folder
        order = {
            "folder": str(folder.absolute()),
            "home": str(home.absolute()),
            "device": self._device,
            "requested": self._requested,
            "network": fetching,
            "readable": [str(each.absolute()) for each in (*readable, fetched)],
            "writable": [str(each.absolute()) for each in writable],
            "limits": asdict(self._limits),
            "spec": spec_json(_with_full_path(spec)),
            "environment": {"TORCH_HOME": str(torch_cache()), **(fetching_environment() if fetching else {})},
        }
        try:
            occupant = Occupant(self._server, order, self._limits, check=check)
        except BaseException as error:
            remove_folder(folder)
            if not isinstance(error, BrokenFrameError):
                raise
            raise CellLostError(f"No process could be had for the model ({error}); the run is begun anew") from error
        found = occupant.ask(None, lambda answer: resolution(answer.frame().get("resolved")), reporter, check=check)
        return _Tenant(spec, occupant, found)

    def _kind_of_device(self, check: Callable[[], None]) -> str:
        found = self._server.ask({"do": "device", "requested": self._requested}, check=check)
        if "error" in found:
            raise error_of(found["error"])
        return str(found["device"])


class _Tenant(NamedTuple):
    """A model in its cell: its process, what it is known by, and the folders it sees."""

    spec: ModelSpec
    occupant: Occupant
    resolution: Resolution
    seen: frozenset[Path] = frozenset()


def _file_of(spec: ModelSpec, locations: Locations, reporter: Reporter) -> Path | None:
    """The one file that a model is in, its content checked; None where it is found by name."""
    if spec.weights is not None:
        return fetch(spec.weights, locations, reporter=reporter)
    if not find_source(spec).reads_files:
        return None
    from brainrank.models_zoo.loaders.local import local_file

    return local_file(spec)


def _is_fetched(spec: ModelSpec, file: Path | None) -> bool:
    """Whether there may be something to fetch before the network is taken away."""
    is_our_own = spec.source.startswith(OUR_OWN) or spec.source.endswith(RANDOM)
    return OPEN_CLIP in spec.source or (file is None and not is_our_own)


def _with_full_path(spec: ModelSpec) -> ModelSpec:
    """The spec whose source names its local file from the root: a cell's folder is another."""
    if spec.weights is not None or not find_source(spec).reads_files:
        return spec
    from brainrank.models_zoo.loaders.local import local_file, path_in

    return replace(spec, source=spec.source.replace(path_in(spec.source), str(local_file(spec).absolute()), 1))


def _refuse() -> NoReturn:
    raise RuntimeError("This model is in a cell; its network is not in this process")
