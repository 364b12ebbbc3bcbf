"""Names of models: what a name may be, and which names look alike."""

import pytest
from sqlalchemy.orm import Session

from brainrank.api.services.access.refusals import ConflictError
from brainrank.api.services.submissions.model_names import require_own_name, skeleton, take
from brainrank.benchmark.types.errors import InvalidDataError


def test_names_that_are_read_as_the_same_have_one_skeleton() -> None:
    assert skeleton("vgg-l1") == skeleton("vgg_11") == skeleton("VGG.Il") == "vggll"
    assert skeleton("res0net") == skeleton("reso-net")
    assert skeleton("vgg-11") != skeleton("vgg-13")


@pytest.mark.parametrize("name", ["", "a", "A net", "-net", "net!", "n" * 101, "nét"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidDataError, match="is no name for a model of your own"):
        require_own_name(name)


def test_a_name_of_the_catalogue_and_one_like_it_are_taken() -> None:
    require_own_name("my.net_2-b")
    with pytest.raises(ConflictError, match="'pixels' is a model of the catalogue"):
        require_own_name("pixels")
    with pytest.raises(ConflictError, match="'p1xe1s' looks like 'pixels'"):
        require_own_name("p1xe1s")


def test_a_shown_name_is_its_owners_and_a_private_one_is_told_to_nobody(session: Session) -> None:
    take(session, "net-1", owner="ada", public=False)
    take(session, "net-1", owner="bob", public=False)
    take(session, "net-1", owner="ada", public=True)
    for name, words in (("net-1", "is the name of somebody else's"), ("net_l", "looks like 'net-1', somebody else's")):
        with pytest.raises(ConflictError, match=words):
            take(session, name, owner="bob", public=True)
    take(session, "net_l", owner="ada", public=True)
