"""Claims as files: what is read, what is refused, and an edit after registration."""

import hashlib
from datetime import date
from pathlib import Path

import pytest

from brainrank.benchmark.claims.claim import (
    REGISTERED,
    Claim,
    CorrelationClaim,
    Expectation,
    read_claim,
    register,
    registered_digests,
)
from brainrank.benchmark.scoring.catalogue import built_in
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError, UserError
from brainrank.models_zoo.catalogue import MODELS

CONTENT = """
statement = "Gabor energies are more like V4 than pixels."
source = "nobody 2026"
registered = 2026-11-28
first = ["gabor"]
second = ["pixels"]
expects = "more"
on = ["v4"]
"""


def written(folder: Path, content: str = CONTENT) -> Path:
    path = folder / "gabor.toml"
    path.write_text(content)
    return path


def test_a_claim_is_read_with_its_digest(tmp_path: Path) -> None:
    found = read_claim(written(tmp_path))
    assert isinstance(found, Claim)
    assert (found.name, found.first, found.second, found.on) == ("gabor", ("gabor",), ("pixels",), ("v4",))
    assert (found.expects, found.margin, found.registered) == (Expectation.MORE, None, date(2026, 11, 28))
    assert found.digest == hashlib.sha256(CONTENT.encode()).hexdigest()


def test_an_edit_after_registration_is_told(tmp_path: Path) -> None:
    path = written(tmp_path)
    register(path)
    assert registered_digests(tmp_path) == {"gabor.toml": read_claim(path).digest}
    register(path)
    assert len((tmp_path / "registered.sha256").read_text().splitlines()) == 1
    path.write_text(CONTENT.replace('"more"', '"alike"\nmargin = 0.1'))
    with pytest.raises(UserError, match="was edited after it was registered.*another name"):
        read_claim(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('first = ["gabor"]', "first = []", "'first' is"),
        ('first = ["gabor"]', "first = [1]", "'first' is"),
        ('first = ["gabor"]', 'first = "gabor"', "'first' is str, not list"),
        ('first = ["gabor"]', 'first = ["pixels"]', "pixels stands on both sides"),
        ('"more"', '"less"', "expects is 'less'; choose from more, alike"),
        ('"more"', '"alike"', "a margin is needed"),
        ('"more"', '"more"\nmargin = 0.1', "a margin is needed"),
        ('"more"', '"alike"\nmargin = 2.0', "margin is 2.0"),
        ("2026-11-28", '"today"', "'registered' is str, not date"),
        ('source = "nobody 2026"', "", "'source' is missing"),
        ("statement =", "statement", "no TOML file"),
    ],
)
def test_what_is_no_claim_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(InvalidDataError, match=message):
        read_claim(written(tmp_path, CONTENT.replace(old, new)))


def test_a_misspelt_key_and_a_missing_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean margin"):
        read_claim(written(tmp_path, CONTENT + "margn = 0.1\n"))
    with pytest.raises(UserError, match="There is no file"):
        read_claim(tmp_path / "none.toml")


CORRELATION = """
kind = "correlation"
statement = "Larger models are more like V4."
source = "nobody 2026"
x = "parameters"
on = ["v4"]
together = [["gabor", "pixels"]]
"""


def test_a_correlation_is_read_with_what_counts_as_one_model(tmp_path: Path) -> None:
    found = read_claim(written(tmp_path, CORRELATION))
    assert isinstance(found, CorrelationClaim)
    assert (found.x, found.besides, found.models, found.expects) == ("parameters", "", (), Expectation.MORE)
    names = ("pixels", "gabor", "vae", "vae-seed1", "vae-seed12", "vae-seedling")
    assert [found.cluster(each) for each in names] == ["gabor", "gabor", "vae", "vae", "vae", "vae-seedling"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"correlation"', '"ratio"', "kind is 'ratio'; give 'correlation'"),
        ('x = "parameters"', "x = 1", "'x' is int, not str"),
        ('x = "parameters"', "", "'x' is missing"),
        ('[["gabor", "pixels"]]', '["gabor"]', "give lists of names"),
        ('[["gabor", "pixels"]]', "[]", "give lists of names"),
        ('on = ["v4"]', "on = []", "give one name or more"),
    ],
)
def test_what_is_no_correlation_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(InvalidDataError, match=message):
        read_claim(written(tmp_path, CORRELATION.replace(old, new)))


def test_the_registered_claims_are_unedited_and_name_what_there_is() -> None:
    paths = sorted(REGISTERED.glob("*.toml"))
    assert len(paths) == 14
    assert {each.name for each in paths} == set(registered_digests(REGISTERED))
    catalogue = built_in()
    for path in paths:
        claim = read_claim(path)
        assert claim.registered is not None
        named = (*claim.first, *claim.second) if isinstance(claim, Claim) else (n for g in claim.together for n in g)
        assert all(name in MODELS for name in named)
        assert all(catalogue.select(name) for name in claim.on)
