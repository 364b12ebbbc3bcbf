"""Texts that every database and every reader can hold: no control characters, no halves of characters."""

import unicodedata

# Categories of Unicode: control characters, and halves of a pair (surrogates), which no encoding can hold alone.
CONTROL, SURROGATE = "Cc", "Cs"
# Characters without a width, and those that turn the reading direction: with them two names look the same.
FORMAT = "Cf"
BREAKS = frozenset("\t\n\r")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def refused_character(text: str, *, breaks: bool) -> str | None:
    """The first control character or lone surrogate of a text, as `U+0000`; None where there is none.

    `breaks`: tabs and line ends may stand, as in a note of several lines.
    """
    found = next((each for each in text if _is_refused(each, breaks=breaks)), None)
    return None if found is None else f"U+{ord(found):04X}"


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


def storable(text: str) -> str:
    """The text with a replacement character for each that no database can hold; tabs and line ends stay."""
    return "".join(REPLACEMENT if _is_refused(each, breaks=True) else each for each in text)


def _is_refused(character: str, *, breaks: bool) -> bool:
    if breaks and character in BREAKS:
        return False
    return unicodedata.category(character) in {CONTROL, SURROGATE}
