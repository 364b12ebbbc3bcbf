"""THINGS-similarity, from small files laid out as the study's own code writes them."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.metrics.odd_one_out import OddOneOutMetric
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.types.errors import DataUnavailableError, InvalidDataError
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.triplets import TripletAssembly
from brainrank.datasets import things_similarity

CONCEPTS = tuple(f"thing{number:02d}" for number in range(30))


@pytest.fixture
def table(own: Any) -> pd.DataFrame:
    """Sixty triplets that ten judged, by how alike two numbers are; others that one judged, or one person twice."""
    rng = np.random.default_rng(0)
    triplets = np.array([rng.permutation(25)[:3] for _ in range(60)])  # the last five objects are in none
    rows = []
    for noise_ceiling, times in ((0, 1), (1, 10), (2, 2), (3, 10)):
        for shown in triplets[:30] if noise_ceiling < 3 else triplets[30:]:
            apart = np.abs(shown - np.median(shown))
            for _ in range(times):
                choice = int(np.argmax(apart + rng.normal(0, 1.0, 3))) + 1
                rows.append([*(shown + 1), choice, 1200.0, noise_ceiling, f"w{rng.integers(9)}", 1, 2, 30, "f"])
    columns = ["image1", "image2", "image3", "choice", "RT", "noise_ceiling", "subject_id", "HIT_nr", "trial_nr"]
    found = pd.DataFrame(rows, columns=[*columns, "age", "gender"])
    found.to_csv(own.path("things_similarity", things_similarity.TABLE), sep="\t", index=False)
    own.path("things_similarity", things_similarity.CONCEPTS).write_text("\n".join(CONCEPTS) + "\n")
    for number, concept in enumerate(CONCEPTS):
        own.image("things_similarity", f"images/{concept}/{concept}_01b.jpg", number)
        own.image("things_similarity", f"images/{concept}/{concept}_02s.jpg", 100 + number)
    return found


def judged(own: Any) -> TripletAssembly:
    found = things_similarity.DATASET.assembly("judgements", own.locations, Silent())
    assert isinstance(found, TripletAssembly)
    return found


def test_judgements_are_those_of_triplets_that_many_judged_the_odd_one_last(own: Any, table: pd.DataFrame) -> None:
    found = judged(own)
    stimuli = things_similarity.DATASET.stimuli("judgements", own.locations, Silent())
    wanted = table[table["noise_ceiling"].isin([1, 3])].reset_index(drop=True)
    assert len(found.triplets) == len(wanted) == 600
    assert stimuli.ids == found.stimulus_ids
    assert set(found.stimulus_ids) <= set(CONCEPTS[:25])
    assert all(each.path.name.endswith("_01b.jpg") for each in stimuli.stimuli)
    for row, triplet in zip(wanted.itertuples(), found.triplets, strict=True):
        shown = [CONCEPTS[row.image1 - 1], CONCEPTS[row.image2 - 1], CONCEPTS[row.image3 - 1]]
        names = [found.stimulus_ids[each] for each in triplet]
        assert names[2] == shown[row.choice - 1]
        assert sorted(names) == sorted(shown)
    assert found.subjects == tuple(wanted["subject_id"])
    assert things_similarity.DATASET.is_here("judgements", own.locations)


def test_the_benchmark_finds_the_geometry_that_was_judged(own: Any, table: pd.DataFrame) -> None:
    assert BENCHMARKS["things_similarity.judgements.odd-one-out"].metric == OddOneOutMetric()
    found = judged(own)
    place = np.array([CONCEPTS.index(each) for each in found.stimulus_ids], dtype=float)
    true = layer_gram("true", np.exp(-((place[:, None] - np.arange(30)) ** 2) / 18))
    score = OddOneOutMetric(draws=100).score([true], found)
    noise = OddOneOutMetric(draws=100).score(
        [layer_gram("noise", np.random.default_rng(1).normal(size=(len(place), 9)))], found
    )
    assert score.value > 0.6
    assert 0.2 < noise.value < 0.5
    assert score.ceiling.lower > 0.6


def test_what_is_missing_or_foreign_is_told(own: Any, table: pd.DataFrame) -> None:
    own.image("things_similarity", "images/thing03/thing03_01n.jpg", 7)
    with pytest.raises(InvalidDataError, match="has 2 images named thing03_01"):
        things_similarity.DATASET.stimuli("judgements", own.locations, Silent())
    own.path("things_similarity", things_similarity.CONCEPTS).write_text("\n".join(CONCEPTS[:9]))
    with pytest.raises(InvalidDataError, match="each needs objects 1 to 9 and a choice"):
        judged(own)
    own.path("things_similarity", things_similarity.CONCEPTS).write_text("a\na")
    with pytest.raises(InvalidDataError, match="names 2 concepts, 1 different ones"):
        judged(own)
    table.drop(columns="choice").to_csv(own.path("things_similarity", things_similarity.TABLE), sep="\t")
    own.path("things_similarity", things_similarity.CONCEPTS).write_text("\n".join(CONCEPTS))
    with pytest.raises(InvalidDataError, match="is damaged, or not the file it should be"):
        judged(own)
    own.path("things_similarity", things_similarity.TABLE).unlink()
    assert not things_similarity.DATASET.is_here("judgements", own.locations)
    with pytest.raises(DataUnavailableError, match="things_similarity needs triplets_large_final"):
        judged(own)
