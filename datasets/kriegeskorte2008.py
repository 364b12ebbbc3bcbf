"""Kriegeskorte et al. 2008: 92 object images; RDMs of human and monkey inferior temporal cortex; human judgements.

The stimuli and the monkey's RDM are in the paper's supplement, the human RDMs (4 subjects x 2 sessions) and the
similarity judgements (16 subjects) in rsatoolbox's demos. The supplement's human IT RDM is the mean of the eight
session RDMs, so it is not a second data set.
"""

from pathlib import Path
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from brainrank.benchmark.files.downloads import fetch
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet
from brainrank.datasets.dataset import Dataset
from brainrank.datasets.stimulus_files import bitmap, stimulus_file

GITHUB = "github:rsagroup/rsatoolbox@f1f83cadb7243492a1aae7460466e0f0140b20ac:demos/92imageData"
PACKAGE = (
    "pypi-sdist:rsatoolbox==0.0.4@84153fa4c686c95f3e83f2cb668b97b82b53dc2a565856db80aa5f8c96d09359"
    ":rsatoolbox-0.0.4/demos/92imageData"
)


def _file(name: str, sha256: str) -> RemoteFile:
    return RemoteFile(name=name, sha256=sha256, sources=(f"{PACKAGE}/{name}", f"{GITHUB}/{name}"))


SUPPLEMENT = _file(
    "Kriegeskorte_Neuron2008_supplementalData.mat", "06f21214399a5d43dc264eed19a7f4b8daf11c8622a59eec3e106064ce5e3504"
)
HUMAN_RDMS = _file("92_brainRDMs.mat", "1743f90a15e895798a94318649e80e1123a7e5943a1703fa1dd7c31ea5780b7c")
JUDGEMENT_RDMS = _file("92_behavRDMs.mat", "7a8e118c144c3840adeeeef6ea0706a0be2b3e80df719af15fbb56fc62562f5f")

# Width of the images in the scanner, in both this study and Cichy et al. 2014.
VISUAL_DEGREES = 2.9
SQUARED = ("human-it", "monkey-it")  # 1 - r; judgements are of distances as people arrange them
STIMULUS_IDS = tuple(f"object-{number:02d}" for number in range(1, 93))


def load_stimuli(locations: Locations, reporter: Reporter) -> StimulusSet:
    """Load the 92 images, 175 x 175 RGB, unpacked from the supplement into bitmap files.

    A bitmap has one encoding only, so the file's sha256, and with it the set's digest, is the same on every machine.
    """
    supplement = scipy.io.loadmat(fetch(SUPPLEMENT, locations, reporter=reporter))
    folder = locations.datasets / "kriegeskorte2008" / "stimuli"
    objects = supplement["stimuli_92objs"][0]
    stimuli = tuple(_unpack(entry, folder, each) for each, entry in zip(STIMULUS_IDS, objects, strict=True))
    return StimulusSet(name="kriegeskorte2008", stimuli=stimuli, visual_degrees=VISUAL_DEGREES)


def _unpack(entry: Any, folder: Path, stimulus_id: str) -> Stimulus:
    labels = [("category", str(entry["category"].item()))]
    labels += [(name, "yes" if entry[name].item() else "no") for name in ("human", "face", "animal", "natural")]
    return stimulus_file(bitmap(entry["image"]), folder / f"{stimulus_id}.bmp", stimulus_id, tuple(labels))


def _condensed(rdm: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(scipy.spatial.distance.squareform(rdm.astype(np.float64), checks=False))


def _human_it(locations: Locations, reporter: Reporter) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Each subject's RDM, averaged over the two sessions."""
    sessions = scipy.io.loadmat(fetch(HUMAN_RDMS, locations, reporter=reporter))["RDMs"][0]
    subjects = tuple(str(subject[0]["name"].item()).split(" | ")[1] for subject in sessions)
    return subjects, np.stack([np.mean([_condensed(s["RDM"]) for s in subject], axis=0) for subject in sessions])


def _monkey_it(locations: Locations, reporter: Reporter) -> NDArray[np.float64]:
    supplement = scipy.io.loadmat(fetch(SUPPLEMENT, locations, reporter=reporter))
    rdms = {str(entry["name"].item()): entry["RDM"] for entry in supplement["RDMs_mIT_hIT_fig1"][0]}
    return np.asarray(rdms["mIT_674neurons"], dtype=np.float64)


def _judgements(locations: Locations, reporter: Reporter) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    entries = scipy.io.loadmat(fetch(JUDGEMENT_RDMS, locations, reporter=reporter))["rdms_behav_92"][0]
    subjects = tuple(str(entry["name"].item()).split(" | ")[1] for entry in entries)
    return subjects, np.stack([_condensed(entry["RDM"]) for entry in entries])


def _stimuli(_region: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    return load_stimuli(locations, reporter)


def _assembly(region: str, locations: Locations, reporter: Reporter) -> RdmAssembly:
    if region == "monkey-it":
        rdms = _monkey_it(locations, reporter)
        return RdmAssembly(
            region, STIMULUS_IDS, ("two monkeys, 674 neurons",), rdms, pooled=True, squared=region in SQUARED
        )
    read = {"human-it": _human_it, "judgements": _judgements}[region]
    return RdmAssembly(region, STIMULUS_IDS, *read(locations, reporter), squared=region in SQUARED)


DATASET = Dataset(
    card=DatasetCard(
        name="kriegeskorte2008",
        title="92 object images: human and monkey inferior temporal cortex, human similarity judgements",
        citation=(
            "Kriegeskorte, Mur, Ruff, Kiani, Bodurka, Esteky, Tanaka & Bandettini (2008). Matching categorical object "
            "representations in inferior temporal cortex of man and monkey. Neuron 60, 1126-1141. Judgements: Mur, "
            "Meys, Bodurka, Goebel, Bandettini & Kriegeskorte (2013). Frontiers in Psychology 4, 128."
        ),
        licence="MIT (the toolbox that carries the files); nothing separate is stated for the images",
        access="public",
        files=(SUPPLEMENT, HUMAN_RDMS, JUDGEMENT_RDMS),
    ),
    regions=dict.fromkeys(("human-it", "monkey-it", "judgements"), Measure.RDMS),
    stimuli=_stimuli,
    assembly=_assembly,
    squared=SQUARED,
)
