"""Cowley et al. 2023: responses of neurons in macaque V4 to natural and synthesised images, sessions of three monkeys.

Session 210325 has every repeat (6 to 10 of each image), the others are averaged over repeats. Each session has images
of its own, in the responses' order by number; the archives may list them otherwise.

Session 210325 shows objects on photographs, and 38 photographs twice, behind two objects: those pairs are groups.
Sessions 190925 and 210621 list some pictures under two numbers, each with an average of its own: one stimulus here,
with two repeats. So the repeats of 190925 (300 of 600 photographs) are averages of 13 to 19 presentations each. Its
300 synthesised images, blurred and faint, are left out: to tell them from photographs would be most of any score.
"""

import zipfile

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.files.downloads import fetch
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.datasets.dataset import Dataset
from brainrank.datasets.groups import groups_of, join_groups
from brainrank.datasets.stimulus_files import stimulus_file

FOLDER = "github:cowleygroup/V4_compact_models@f4552ad9d34a466ebc66658f72a08a8e5038f1cf:data_V4_responses"


def _file(path: str, sha256: str) -> RemoteFile:
    return RemoteFile(name=path.replace("/", "-"), sha256=sha256, sources=(f"{FOLDER}/{path}",))


IMAGES = {
    "190925": _file("images/images_190925.zip", "765b4d4372302d4ed72c3382d41ece5ca55d7dcc3d84da7402091253529b87d1"),
    "201025": _file("images/images_201025.zip", "3abb63679107665eab7220bdeaf7863832a1df943bf3d7792501f5082a55b2e8"),
    "210225": _file("images/images_210225.zip", "79bfb1066949a7f7bbd3c632ab420c2230b966b80cade76593d8745aea49b7f6"),
    "210325": _file("images/images_210325.zip", "992774eca3508a2ad01accb1a31f5f3e3d90248c49f4eec314f2a915a263e454"),
    "210621": _file("images/images_210621.zip", "aff4d1639a04fb0d964ee09f8e76b07707e8435283c8e0ea47b0fd398ffcc233"),
}
RESPONSES = {
    "190925": _file(
        "responses_repeat_averaged/responses_190925.npy",
        "2f94d7bcef0f68fecdb7472f509737fafac92477cf6b11a4966162b1b1072529",
    ),
    "201025": _file(
        "responses_repeat_averaged/responses_201025.npy",
        "f729f3dc0d29aa38bd380c0da9e39aba916f9e2580949929b65d1714e7217a8a",
    ),
    "210225": _file(
        "responses_repeat_averaged/responses_210225.npy",
        "853f196247504fa2526b507f56ee5237711ed166f295f7cb23ec5441a7bf789b",
    ),
    "210325": _file(
        "responses_raw/responses_210325.npy", "4008dbbf31a47d9b1b8d8da609f4a7a3433c7071f0e45c611c220b217dd75b76"
    ),
    "210621": _file(
        "responses_repeat_averaged/responses_210621.npy",
        "28e57e8eefe774b455087a62f039931b9547b2300908a0af85eee5baa49aa1ba",
    ),
}

MONKEYS = {"190925": "WE", "201025": "PE", "210225": "PE", "210325": "PE", "210621": "RA"}

# Found by correlating what is finer than 7 of 64 pixels, and by eye: docs/decisions/groups-of-stimuli.md.
SAME_BACKGROUND = {
    "210325": (
        (1, 53), (2, 397), (10, 51), (12, 70), (14, 380), (15, 383), (22, 399), (32, 385), (34, 363), (43, 359),
        (54, 344), (61, 350), (73, 334), (78, 355), (84, 125), (87, 133), (88, 137), (104, 131), (108, 128), (163, 208),
        (249, 316), (258, 306), (330, 372), (331, 387), (335, 398), (337, 374), (348, 386), (404, 453), (421, 442),
        (427, 473), (439, 443), (485, 554), (497, 538), (502, 556), (514, 551), (565, 629), (587, 637), (593, 638),
    ),
}  # fmt: skip
"""The numbers of images that show one photograph, by session."""

SAME_PIXELS = {
    "190925": tuple((number, number + 900) for number in range(1, 301)),
    "210621": ((101, 536), (425, 697)),
}
"""The two numbers of pictures that a session lists twice, with an average of their own responses each."""

SYNTHESISED = {"190925": tuple(range(601, 901))}
"""The numbers of images that are left out, by session."""


def _stimuli(region: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    session = region.removeprefix("v4-")
    folder = locations.datasets / "cowley2023" / session
    with zipfile.ZipFile(fetch(IMAGES[session], locations, reporter=reporter)) as archive:
        listed = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        names = [listed[place] for place in _places(session, len(listed))]
        stimuli = tuple(
            stimulus_file(archive.read(name), folder / name, f"{session}-{name.removesuffix('.jpg')}") for name in names
        )
    return StimulusSet(name=f"cowley2023-{session}", stimuli=stimuli)


def _assembly(region: str, locations: Locations, reporter: Reporter) -> ResponseAssembly:
    session = region.removeprefix("v4-")
    path = fetch(RESPONSES[session], locations, reporter=reporter)
    stored = np.load(path, allow_pickle=False).astype(np.float64)
    repeats = stored if stored.ndim == 3 else _with_repeats(stored, session)
    stimulus_ids = _stimuli(region, locations, reporter).ids
    pairs = [[f"{session}-image{number:04d}" for number in pair] for pair in SAME_BACKGROUND.get(session, ())]
    return ResponseAssembly(
        region=region,
        stimulus_ids=stimulus_ids,
        targets=tuple(f"neuron-{number:02d}" for number in range(1, len(repeats) + 1)),
        responses=repeats.transpose(1, 2, 0),
        groups=groups_of(stimulus_ids, join_groups({}, pairs)),
    )


def _places(session: str, n_listed: int) -> list[int]:
    """Where the stimuli of a session stand in its list: each picture once, synthesised ones left out."""
    again = {second for _, second in SAME_PIXELS.get(session, ())}
    left_out = again.union(SYNTHESISED.get(session, ()))
    return [number - 1 for number in range(1, n_listed + 1) if number not in left_out]


def _with_repeats(
    averages: Float[ndarray, "neurons images"], session: str
) -> Float[ndarray, "neurons stimuli repeats"]:
    """The averages by stimulus: one, or two of a picture that has two numbers; NaN where there is no second."""
    same = SAME_PIXELS.get(session, ())
    repeats = np.full((*averages.shape, 2 if same else 1), np.nan)
    repeats[:, :, 0] = averages
    for first, second in same:
        repeats[:, first - 1, 1] = averages[:, second - 1]
    return np.asarray(repeats[:, _places(session, averages.shape[1])])


DATASET = Dataset(
    card=DatasetCard(
        name="cowley2023",
        title="Macaque V4, 281 neurons in five sessions of three monkeys, 4,838 images",
        citation=(
            "Cowley, Stan, Pillow & Smith (2023). Compact deep neural network models of visual cortex. bioRxiv "
            "2023.11.22.568315."
        ),
        licence="GPL-3.0 (the repository)",
        access="public; files of a public repository, in no package",
        files=(*IMAGES.values(), *RESPONSES.values()),
    ),
    regions=dict.fromkeys([f"v4-{session}" for session in IMAGES], Measure.RESPONSES),
    stimuli=_stimuli,
    assembly=_assembly,
    grouped_by={"v4-210325": "the photograph behind the object: 38 pairs of images"},
    subject_of={f"v4-{session}": f"monkey {monkey}" for session, monkey in MONKEYS.items()},
)
