"""Every key and column of a package changes what is loaded, declared or shown; every other is refused or told.

What groups change in folds, halves and intervals: test_groups_count.py.
"""

import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import nibabel
import numpy as np
import pytest
from brain_files import surface
from meshes import mesh_file
from PIL import Image

from brainrank.benchmark.scoring.declarations import declaration_faults, declared_benchmarks
from brainrank.benchmark.types.assemblies import RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.brain_space import CorticalMesh
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.timed_assemblies import TimedRdms
from brainrank.benchmark.types.trials import BehaviouralAssembly
from brainrank.benchmark.types.triplets import TripletAssembly
from brainrank.datasets.package.check import check_folder
from brainrank.datasets.package.description import Card, Declaration, RegionFiles
from brainrank.datasets.package.package import read_package, read_parts
from brainrank.datasets.package.stimulus_table import OWN
from brainrank.datasets.package.unread import TARGET_COLUMNS
from brainrank.datasets.readers.trial_columns import COLUMNS, UNUSED

TOML, TABLE, TRIALS = "dataset.toml", "stimuli.csv", "trials.csv"
Edit = Callable[[Path], None]


def swap(file: str, old: str, new: str, count: int = 1) -> Edit:
    def edit(folder: Path) -> None:
        text = (folder / file).read_text()
        assert old in text, f"{old} is not in {file}"
        (folder / file).write_text(text.replace(old, new, count))

    return edit


def column(file: str, name: str, values: Callable[[int], str]) -> Edit:
    """Add a column, or write another one in its place."""

    def edit(folder: Path) -> None:
        head, *lines = (folder / file).read_text().splitlines()
        names = head.split(",")
        place = names.index(name) if name in names else len(names)
        rows = [[*line.split(","), ""][: max(len(names), place + 1)] for line in lines]
        for number, row in enumerate(rows):
            row[place:] = [values(number), *row[place + 1 : len(names)]]
        (folder / file).write_text(
            "\n".join([",".join([*names, name][: max(len(names), place + 1)]), *map(",".join, rows)]) + "\n"
        )

    return edit


def both(*edits: Edit) -> Edit:
    def edit(folder: Path) -> None:
        for each in edits:
            each(folder)

    return edit


def targets(folder: Path) -> None:
    (folder / "targets.csv").write_text("target_id\na\nb\nc\nd\ne\n")


def other_arrays(folder: Path) -> None:
    rng = np.random.default_rng(8)
    np.save(folder / "other.npy", rng.standard_normal((12, 3, 5)))
    np.savez(folder / "other.npz", rdms=rng.random((4, 66)))
    (folder / "other.csv").write_text(
        (folder / TRIALS).read_text().replace("a,im3,dog", "a,im3,cat").replace("a,im4,cat", "a,im4,dog")
    )


def renamed_table(folder: Path) -> None:
    (folder / "other-stimuli.csv").write_text((folder / TABLE).read_text().replace("im3,", "im33,"))


def another_image(folder: Path) -> None:
    Image.new("RGB", (8, 8), (1, 2, 3)).save(folder / "images/new.png")


def again(folder: Path) -> None:
    """A second region with RDMs, so that a benchmark has two to choose from."""
    swap(TOML, "[[benchmarks]]", '[[regions]]\nname = "it-again"\nrdms = "rdms.npz"\n\n[[benchmarks]]')(folder)


def training(folder: Path) -> None:
    """Six training images, each of a picture that was not shown."""
    with (folder / TABLE).open("a") as table:
        for number in range(6):
            shutil.copy(folder / f"images/im{number}.png", folder / f"images/t{number}.png")
            content = np.random.default_rng(number + 50).integers(0, 255, (9, 9, 3), dtype=np.uint8)
            Image.fromarray(content).save(folder / f"images/t{number}.png")
            table.write(f"t{number},images/t{number}.png,{'cat' if number % 2 else 'dog'}\n")


def triplets(folder: Path) -> None:
    (folder / "triplets.csv").write_text("image1,image2,image3,odd\nim0,im1,im2,im1\n")


def mask(folder: Path) -> None:
    marked = np.zeros((3, 2, 2), dtype=np.uint8)
    marked[:2, 0] = marked[2, 0, 0] = 1
    nibabel.save(nibabel.Nifti1Image(marked, np.eye(4)), folder / "mask.nii.gz")


def on_a_surface(folder: Path) -> None:
    surface(folder / "lh.gii", np.ones((1, 5), np.float32))
    mesh_file(folder / "lh.surf.gii", CorticalMesh(np.eye(5)[:, :3] * 9, np.array([[0, 1, 2]]), np.arange(5)))


def over_time(folder: Path) -> None:
    np.savez(folder / "timed.npz", rdms=np.random.default_rng(9).random((2, 3, 66)))
    region = '[[regions]]\nname = "meg"\nrdms = "timed.npz"\ntimes_ms = [0, 10, 25.5]\n\n[[benchmarks]]'
    swap(TOML, "[[benchmarks]]", region)(folder)


CARD = {
    "name": swap(TOML, 'name = "mine"', 'name = "yours"'),
    "title": swap(TOML, '"Mine"', '"Yours"'),
    "citation": swap(TOML, '"unpublished"', '"in print"'),
    "licence": swap(TOML, 'licence = "none"', 'licence = "CC0"'),
    "access": swap(TOML, '"private"', '"on request"'),
    "visual_degrees": swap(TOML, 'access = "private"', 'access = "private"\nvisual_degrees = 4.0'),
}
REGION = {
    "name": swap(TOML, '"v4"', '"v1"', 2),
    "stimuli": both(renamed_table, swap(TOML, '"rdms.npz"', '"rdms.npz"\nstimuli = "other-stimuli.csv"')),
    "responses": both(other_arrays, swap(TOML, '"responses.npy"', '"other.npy"')),
    "axes": swap(TOML, '"repeats", "targets"', '"targets", "repeats"'),
    "targets": both(targets, swap(TOML, '"responses.npy"', '"responses.npy"\ntargets = "targets.csv"')),
    "mask": both(mask, swap(TOML, '"responses.npy"', '"responses.npy"\nmask = "mask.nii.gz"')),
    "mesh": both(on_a_surface, swap(TOML, '"responses.npy"', '"responses.npy"\nmask = "lh.gii"\nmesh = "lh.surf.gii"')),
    "space": both(mask, swap(TOML, '"responses.npy"', '"responses.npy"\nmask = "mask.nii.gz"\nspace = "MNI"')),
    "rdms": both(other_arrays, swap(TOML, '"rdms.npz"', '"other.npz"')),
    "times_ms": over_time,
    "preprocessing": swap(
        TOML, '"rdms.npz"', '"rdms.npz"\npreprocessing = { decoding = "lda", baseline_ms = [-100, 0] }'
    ),
    "pooled": swap(TOML, '"rdms.npz"', '"rdms.npz"\npooled = true'),
    "trials": both(other_arrays, swap(TOML, '"trials.csv"', '"other.csv"')),
    "triplets": both(
        triplets, swap(TOML, "[[benchmarks]]", '[[regions]]\nname = "odd"\ntriplets = "triplets.csv"\n\n[[benchmarks]]')
    ),
}
DECLARATION = {
    "region": swap(TOML, 'region = "it"', 'region = "it-again"'),
    "group": swap(TOML, 'metric = "rsa"', 'metric = "rsa"\ngroup = "it"'),
    "title": swap(TOML, 'metric = "rsa"', 'metric = "rsa"\ntitle = "Another"'),
    "parameters": swap(TOML, "folds = 3", "folds = 4"),
}
WRONG_METRIC = swap(TOML, 'metric = "rsa"', 'metric = "encoding"')  # each metric fits one kind of measurement
STIMULI = {
    "stimulus_id": both(swap(TABLE, "im3,", "new3,"), swap(TRIALS, ",im3,", ",new3,", 3)),
    "file": both(another_image, swap(TABLE, "images/im3.png", "images/new.png")),
    "set": both(
        column(TABLE, "set", lambda n: ""), training, column(TABLE, "set", lambda n: "training" if n > 11 else "test")
    ),
    "category": column(TABLE, "category", lambda n: "plane"),
}
TRIAL_COLUMNS = {
    "observer": swap(TRIALS, "a,im", "anna,im", 99),
    "stimulus_id": both(swap(TABLE, "im3,", "new3,"), swap(TRIALS, ",im3,", ",new3,", 3)),
    "condition": column(TRIALS, "condition", lambda n: "clear" if n < 18 else "blurred"),
    "response": column(TRIALS, "response", lambda n: "cat"),
    "category": column(TRIALS, "category", lambda n: "cat" if n // 3 < 5 else "dog"),
    "reaction_time_s": column(TRIALS, "reaction_time_s", lambda n: f"{n / 10 + 0.2:.2f}"),
}


def observed(folder: Path) -> str:
    """All that comes out of a package: cards, stimuli, assemblies, training images, benchmarks."""
    assert check_folder(folder, Silent()).faults == ()
    package = read_package(folder)
    dataset, locations = package.dataset(), Locations(home=folder / "home")
    seen: list[object] = [asdict(dataset.card), dataset.regions, dataset.preprocessing]
    for name in dataset.regions:
        stimuli, assembly, images, _ = dataset.load(name, locations, Silent())
        seen += [
            name,
            stimuli.visual_degrees,
            [(each.stimulus_id, each.sha256, each.labels) for each in stimuli.stimuli],
        ]
        seen.append(images and (images.stimuli.ids, images.categories, sorted(images.group_of.items())))
        if isinstance(assembly, RdmAssembly):
            seen += [assembly.rdms.tolist(), assembly.subjects, assembly.pooled, assembly.groups]
        elif isinstance(assembly, TimedRdms):
            seen += [assembly.rdms.tolist(), assembly.subjects, assembly.times_ms.tolist()]
        elif isinstance(assembly, ResponseAssembly):
            positions = assembly.positions and (assembly.positions.space, assembly.positions.positions.tolist())
            mesh = assembly.positions and assembly.positions.mesh
            seen.append(mesh and (mesh.points.tolist(), mesh.faces.tolist()))
            seen += [assembly.responses.tolist(), assembly.targets, assembly.groups, positions]
        elif isinstance(assembly, TripletAssembly):
            seen += [assembly.triplets.tolist(), assembly.subjects, assembly.groups]
        else:
            assert isinstance(assembly, BehaviouralAssembly)
            columns = [
                assembly.observer,
                assembly.stimulus_id,
                assembly.condition,
                assembly.response,
                assembly.category,
            ]
            times = assembly.reaction_time_s
            seen += [each.tolist() for each in columns] + [times is not None and times.tolist(), assembly.group_of]
    for benchmark in declared_benchmarks(package).values():
        seen += [benchmark.name, benchmark.region, benchmark.group, benchmark.title, asdict(benchmark.metric)]
    return str(seen)


CASES = {
    **{f"card, {key}": edit for key, edit in CARD.items()},
    **{f"region, {key}": edit for key, edit in REGION.items()},
    **{f"benchmark, {key}": edit for key, edit in DECLARATION.items()},
    **{f"stimuli.csv, {key}": edit for key, edit in STIMULI.items()},
    **{f"trials.csv, {key}": edit for key, edit in TRIAL_COLUMNS.items()},
}


def test_the_list_of_keys_and_columns_is_whole() -> None:
    assert set(CARD) == set(Card.model_fields)
    assert set(REGION) == set(RegionFiles.model_fields)
    assert {*DECLARATION, "metric"} == set(Declaration.model_fields)
    assert {*STIMULI, "group"} == set(OWN), "for groups see test_groups_count.py and test_copies.py"
    assert TARGET_COLUMNS == ("target_id",), "see region, targets"
    # Who is a model is told by the column kind; people's trials are all that a package may have.
    assert set(TRIAL_COLUMNS) == set(COLUMNS) - {"kind"}


@pytest.mark.parametrize("case", CASES)
def test_each_changes_what_comes_out(folder: Path, case: str) -> None:
    again(folder)
    before = observed(folder)
    shutil.rmtree(folder / "home")
    CASES[case](folder)
    assert observed(folder) != before


def test_a_mesh_changes_what_comes_out_beside_its_mask(folder: Path) -> None:
    on_a_surface(folder)
    swap(TOML, '"responses.npy"', '"responses.npy"\nmask = "lh.gii"')(folder)
    before, version = observed(folder), read_package(folder).version
    swap(TOML, '"lh.gii"', '"lh.gii"\nmesh = "lh.surf.gii"')(folder)
    with_mesh, other = observed(folder), read_package(folder).version
    assert with_mesh != before
    mesh_file(folder / "lh.surf.gii", CorticalMesh(np.eye(5)[:, :3] * 8, np.array([[0, 1, 2]]), np.arange(5)))
    assert observed(folder) not in (before, with_mesh)
    assert len({version, other, read_package(folder).version}) == 3


@pytest.mark.parametrize(
    "edit",
    [
        swap(TOML, 'title = "Mine"', 'title = "Mine"\ncolour = "red"'),
        swap(TOML, 'rdms = "rdms.npz"', 'rdms = "rdms.npz"\ncolour = "red"'),
        swap(TOML, 'metric = "rsa"', 'metric = "rsa"\ncolour = "red"'),
        swap(TOML, "draws = 50 }", 'draws = 50, colour = "red" }'),
        swap(TOML, "[[regions]]", '[others]\ncolour = "red"\n\n[[regions]]'),
        WRONG_METRIC,
        column(TRIALS, "colour", lambda n: "red"),
        column(TRIALS, "kind", lambda n: "model"),
    ],
)
def test_unknown_keys_and_columns_of_trials_are_refused(folder: Path, edit: Edit) -> None:
    edit(folder)
    faults = [*check_folder(folder, Silent()).faults, *declaration_faults(read_parts(folder))]
    words = ("colour", "kind", "models", "others", "encoding needs responses")
    assert any(word in str(fault) for fault in faults for word in words), faults


@pytest.mark.parametrize(
    ("file", "name"),
    [(TABLE, "colour"), (TABLE, "Groups"), ("targets.csv", "depth"), *((TRIALS, each) for each in UNUSED)],
)
def test_columns_that_nobody_reads_are_told(folder: Path, file: str, name: str) -> None:
    targets(folder)
    swap(TOML, '"responses.npy"', '"responses.npy"\ntargets = "targets.csv"')(folder)
    assert check_folder(folder, Silent()).warnings() == ()
    column(file, name, lambda n: f"{n}")(folder)
    (warning,) = check_folder(folder, Silent()).warnings()
    assert str(warning).startswith(f"{file}, line 1: 1 column is kept and not read: {name}")
    assert ("(is group meant?)" in str(warning)) == (name == "Groups")
