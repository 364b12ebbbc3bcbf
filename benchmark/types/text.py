"""Texts that every database and every reader can hold, and that tell strangers nothing of this machine."""

import re
import unicodedata
from functools import cache
from pathlib import Path

# Unicode's control characters (Cc), and halves of a pair (surrogates, Cs), which no encoding can hold alone. The two
# categories never change; looking at each character of a megabyte by itself would hold up a service for .3 s.
_REFUSED = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_REFUSED_BUT_BREAKS = re.compile(r"(?![\t\n\r])" + _REFUSED.pattern)
# Characters without a width, and those that turn the reading direction: with them two names look the same.
FORMAT = "Cf"
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Where a path or an address ends in a sentence.
_END = r"\s'\"`<>|;,()\[\]{}"
_ADDRESS = re.compile(rf"\b(sqlite|postgresql|rediss?|amqps?|s3)(?:\+\w+)?://[^{_END}]*")


def refused_character(text: str, *, breaks: bool) -> str | None:
    """The first control character or lone surrogate of a text, as `U+0000`; None where there is none.

    `breaks`: tabs and line ends may stand, as in a note of several lines.
    """
    found = (_REFUSED_BUT_BREAKS if breaks else _REFUSED).search(text)
    return None if found is None else f"U+{ord(found[0]):04X}"


def one_line(text: str) -> str:
    """The text, which is a name or something else of one line.

    Raises ValueError for control characters, line ends, and characters that cannot be seen.
    """
    found = refused_character(text, breaks=False) or next(
        (f"U+{ord(each):04X}" for each in text if unicodedata.category(each) == FORMAT), None
    )
    if found is not None:
        raise ValueError(f"it holds {found}, which cannot be seen; write it in one line of printable characters")
    return text


def without_accents(text: str) -> str:
    """Lower-case letters without accents: `Étude` is `etude`. Letters of other alphabets stay what they are."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in letters if not unicodedata.combining(each))


def storable(text: str) -> str:
    """The text with a replacement character for each that no database can hold; tabs and line ends stay."""
    return _REFUSED_BUT_BREAKS.sub(REPLACEMENT, text)


def without_places(text: str) -> str:
    """The text with files of this machine by their names alone, and databases, brokers and buckets by their kinds.

    For whoever is not at this machine: a path or an address tells a stranger where things are, and helps nobody else.
    """
    return _paths().sub(lambda found: found[0].rstrip("/").rpartition("/")[2], _ADDRESS.sub(r"the \1 address", text))


@cache
def _paths() -> re.Pattern[str]:
    """Paths below a folder at this machine's root; `/v1/uploads` is none, nor is the path of a web address."""
    folders = "|".join(sorted((re.escape(each.name) for each in Path("/").iterdir() if each.is_dir()), reverse=True))
    return re.compile(rf"(?<![\w/.#?&-])/(?:{folders})/[^{_END}:]+")
