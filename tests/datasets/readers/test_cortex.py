"""The cortex that maps are drawn on."""

import numpy as np
import pytest
from spatial_scores import FSAVERAGE5

from brainrank.benchmark.types.brain_space import Surface
from brainrank.benchmark.types.errors import InvalidDataError, UserError
from brainrank.datasets.readers import cortex


def test_both_hemispheres_are_whole_meshes_on_their_side() -> None:
    for number, side in enumerate((-1, 1)):
        mesh = cortex.cortical_mesh(number)
        assert mesh.coordinates.shape == (cortex.VERTICES, 3)
        assert set(np.unique(mesh.faces)) == set(range(cortex.VERTICES))
        assert side * mesh.coordinates[:, 0].mean() > 0


def test_a_finer_average_is_drawn_by_its_first_vertices_and_others_are_not() -> None:
    values = np.arange(2 * 40_962.0)
    found = cortex.drawn_on(Surface("fsaverage6", 40_962), values)
    np.testing.assert_array_equal(found[1], 40_962 + np.arange(cortex.VERTICES))
    np.testing.assert_array_equal(cortex.drawn_on(FSAVERAGE5, np.arange(20_484.0)).ravel(), np.arange(20_484))
    for other in (Surface("fsaverage3", 642), Surface("sub-01", 5)):
        with pytest.raises(InvalidDataError, match="only fsaverage5, fsaverage6 and fsaverage are"):
            cortex.drawn_on(other, np.zeros(other.size))


def test_a_face_has_the_value_of_its_corners_that_have_one() -> None:
    mesh = cortex.Mesh(np.zeros((4, 3)), np.array([[0, 1, 2], [1, 2, 3]]), np.zeros(4))
    nothing = np.nan
    for values, categories, expected in (
        ([1.0, nothing, nothing, nothing], False, [1.0, nothing]),
        ([1.0, 4.0, nothing, nothing], False, [2.5, 4.0]),
        ([1.0, 4.0, nothing, nothing], True, [1.0, 4.0]),  # never a layer between two others
        ([1.0, 4.0, 2.0, 2.0], True, [2.0, 2.0]),
    ):
        np.testing.assert_array_equal(cortex.face_values(mesh, np.array(values), categories=categories), expected)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(f"No module named '{name}'")

    monkeypatch.setattr(cortex, "import_module", absent)
    with pytest.raises(UserError, match=r"No module named 'nilearn.datasets'\): .*-m pip install 'nilearn>="):
        cortex.cortical_mesh.__wrapped__(0)
