"""Texts that can be stored, and that tell nothing of this machine."""

import sys
import tempfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainrank.benchmark.types.text import one_line, refused_character, storable, without_accents, without_places

BREAKS = "\t\n\r"
ANY = st.text(st.characters(exclude_categories=[]))


@given(ANY)
def test_what_is_storable_holds_nothing_that_is_refused(text: str) -> None:
    cleaned = storable(text)
    assert len(cleaned) == len(text)
    assert refused_character(cleaned, breaks=True) is None
    assert storable(cleaned) == cleaned
    assert cleaned.encode().decode() == cleaned
    assert all(a == b or refused_character(a, breaks=True) for a, b in zip(text, cleaned, strict=True))


@pytest.mark.parametrize("character", ["\0", "\x01", "\x1f", "\x7f", "\x80", "\x9f", "\ud800"])
def test_control_characters_and_halves_are_refused(character: str) -> None:
    assert refused_character(f"a{character}", breaks=True) == f"U+{ord(character):04X}"
    assert refused_character(f"a{character}", breaks=False) == f"U+{ord(character):04X}"


def test_what_is_refused_is_two_categories_of_unicode_and_nothing_else() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    refused = {each for each in every if unicodedata.category(each) in {"Cc", "Cs"}}
    assert all(refused_character(each, breaks=False) for each in refused)
    assert refused_character("".join(each for each in every if each not in refused), breaks=False) is None
    assert {a for a, b in zip(every, storable(every), strict=True) if a != b} == refused - set(BREAKS)


def test_breaks_stand_in_several_lines_only() -> None:
    for each in BREAKS:
        assert refused_character(f"a{each}b", breaks=True) is None
        assert refused_character(f"a{each}b", breaks=False) is not None


@pytest.mark.parametrize("text", ["a\u202eb", "\u200b", "a\u2066", "\ufeffa", "a\u00adb", "a\nb"])
def test_a_line_holds_nothing_that_cannot_be_seen(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be seen"):
        one_line(text)


def test_a_line_may_be_of_any_script() -> None:
    for text in ("Größe ≥ 1", "模型", "נתונים", "a b", ""):
        assert one_line(text) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("see /usr/lib/python3/x.py, line 3", "see x.py, line 3"),
        ("(/tmp/a)", "(a)"),
        ("'/root/.cache/hub/'", "'hub'"),
        ('File "/usr/x.py", line', 'File "x.py", line'),
        ("cache=/var/lib/x.db", "cache=x.db"),
        ("file:/usr/share/x.safetensors#timm:a", "file:x.safetensors#timm:a"),
        ("POST /v1/uploads, or /docs; https://example.org/usr/x/y and a/usr/b", None),
        ("http://127.0.0.1:8765/tmp/x", None),
        ("sqlite:////root/a/b.db (disk full)", "the sqlite address (disk full)"),
        ("postgresql+psycopg://me:secret@10.0.0.1:5432/db; check", "the postgresql address; check"),
        ("redis://:secret@host:6379/0", "the redis address"),
        ("s3://bucket/secret/x.npy is gone", "the s3 address is gone"),
        ("or 1/2 and /", None),
    ],
)
def test_places_are_told_by_their_last_names(text: str, told: str | None) -> None:
    assert without_places(text) == (text if told is None else told)


def test_no_folder_of_this_process_is_told() -> None:
    for folder in (Path.home(), Path.cwd(), Path(tempfile.gettempdir()), Path(sys.prefix), Path(__file__).parent):
        told = without_places(f"in {folder / 'below' / 'file.npy'}: damaged")
        assert told == "in file.npy: damaged"


@pytest.mark.parametrize(("text", "plain"), [("Étude", "etude"), ("Straße", "strasse"), ("ﬁlm", "film"), ("猫", "猫")])
def test_letters_lose_their_accents(text: str, plain: str) -> None:
    assert without_accents(text) == plain
