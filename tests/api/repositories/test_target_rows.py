"""Scores of targets with what maps are made of, in the database and out of it."""

from dataclasses import replace

import numpy as np
import pytest
from meshes import sheet
from spatial_scores import FSAVERAGE5, NATIVE, spatial_scores
from sqlalchemy.orm import Session
from stored_scores import store_score

from brainrank.api.repositories import runs
from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.types.brain_space import Grayordinates, Space, Surface
from brainrank.benchmark.types.score import Interval, NoiseCeiling, Score

NOTHING = NoiseCeiling(np.nan, np.nan, "averages")


@pytest.mark.parametrize("space", [NATIVE, FSAVERAGE5, Grayordinates("fsLR", 9, "<CIFTI/>"), None])
def test_everything_comes_back(session: Session, space: Space | None) -> None:
    given = spatial_scores([0.5, np.nan, 0.2], space=space, positions=[4, 1, 7])
    score = Score(0.35, "median r", Interval(0.3, 0.4), NOTHING, per_target=given)
    number = store_score(session, "a", BENCHMARKS["kriegeskorte2008.human-it.rsa"], score)
    session.expunge_all()
    found = runs.find_run(session, number).score.per_target
    assert found is not None
    assert found.spatial is not None
    assert given.spatial is not None
    np.testing.assert_array_equal(found.values, given.values)
    for name in ("ceilings", "layer_values", "deviations"):
        np.testing.assert_array_equal(getattr(found.spatial, name), getattr(given.spatial, name))
    assert (found.spatial.layers, found.spatial.freedom, found.spatial.stimulus_set) == (("a", "b"), 90, "images")
    if space is None:
        assert found.spatial.positions is None
    else:
        assert found.spatial.positions is not None
        assert found.spatial.positions.space == space
        assert found.spatial.positions.positions.tolist() == [4, 1, 7]


def test_a_mesh_stays_with_the_data(session: Session) -> None:
    """Maps need positions alone."""
    given = spatial_scores([0.5, 0.2], space=Surface("sub-01", 6), positions=[4, 1])
    assert given.spatial is not None
    assert given.spatial.positions is not None
    on_mesh = replace(
        given, spatial=replace(given.spatial, positions=replace(given.spatial.positions, mesh=sheet(2, 3)))
    )
    number = store_score(
        session,
        "a",
        BENCHMARKS["kriegeskorte2008.human-it.rsa"],
        Score(0.35, "median r", Interval(0.3, 0.4), NOTHING, per_target=on_mesh),
    )
    session.expunge_all()
    found = runs.find_run(session, number).score.per_target
    assert found is not None
    assert found.spatial is not None
    assert found.spatial.positions is not None
    assert found.spatial.positions.mesh is None
    assert found.spatial.positions.positions.tolist() == [4, 1]


def test_it_is_read_only_where_it_is_asked_for(session: Session) -> None:
    score = Score(0.5, "median r", Interval(0.3, 0.6), NOTHING, per_target=spatial_scores([0.5]))
    number = store_score(session, "a", BENCHMARKS["kriegeskorte2008.human-it.rsa"], score)
    for spatial in (False, True):
        session.expunge_all()
        found = runs.look(session, number, EVERYBODY, spatial=spatial)
        assert found is not None
        assert found.stored is not None
        assert found.stored.score.per_target is not None
        assert (found.stored.score.per_target.spatial is not None) == spatial
