"""The columns of a trial table, under any of the headings the field uses."""

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from brainrank.benchmark.types.errors import InvalidDataError

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    "observer": ("subj", "subject", "observer", "participant"),
    "stimulus_id": ("imagename", "image_name", "stimulus_id", "stimulus", "image_id"),
    "condition": ("condition",),
    "response": ("object_response", "response"),
    "category": ("category", "true_category", "ground_truth"),
    "reaction_time_s": ("rt", "reaction_time_s"),
    "kind": ("kind", "observer_type", "observer_kind", "agent"),
}
OPTIONAL = ("condition", "reaction_time_s", "kind")
UNUSED = ("session", "trial")  # order of presentation: known, and of no use here


def read_columns(path: Path) -> "pd.DataFrame":
    """Read one CSV file as text columns named as in COLUMNS, with `file` and `line` to point at.

    Headings are matched without regard to case; `heading_NAME` keeps how the file spells each. A missing optional
    column is empty. Raises InvalidDataError, naming file and columns, for an unreadable file, one without trials, and
    missing, unknown or doubled columns.
    """
    import pandas as pd  # here, as the web process lists studies and reads none

    raw = _read(path)
    spelled = {str(heading).strip().lower(): heading for heading in raw.columns}
    known = {heading: name for name, headings in COLUMNS.items() for heading in headings}
    unknown = [str(spelled[heading]) for heading in spelled if heading not in known and heading not in UNUSED]
    found = {name: [spelled[h] for h in headings if h in spelled] for name, headings in COLUMNS.items()}
    missing = [name for name, headings in found.items() if not headings and name not in OPTIONAL]
    doubled = next((headings for headings in found.values() if len(headings) > 1), None)
    if len(spelled) < len(raw.columns) or doubled:
        twice = doubled or [heading for heading in raw.columns if heading not in spelled.values()]
        raise InvalidDataError(f"{path} has columns that mean the same: {', '.join(map(str, twice))}; keep one")
    if missing or unknown:
        raise InvalidDataError(_mismatch(path, missing, unknown, tuple(known)))
    filled = raw[(raw != "").any(axis=1)]
    table = pd.DataFrame({"file": str(path), "line": filled.index + 2})
    for name, headings in found.items():
        table[name] = filled[headings[0]].str.strip().to_numpy(dtype=str) if headings else ""
        table[f"heading_{name}"] = headings[0] if headings else name
    return table


def _read(path: Path) -> "pd.DataFrame":
    import pandas as pd

    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, skip_blank_lines=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InvalidDataError(
            f"{path} is not a readable CSV table ({error}); write one with a heading line"
        ) from error
    if not isinstance(raw.index, pd.RangeIndex):
        raise InvalidDataError(f"{path} has more values in a line than headings; give every column a heading")
    raw = raw.fillna("")  # a line that ends early
    if not (raw != "").any(axis=None):
        raise InvalidDataError(f"{path} has a heading and no trials; remove the file or add its trials")
    return raw


def _mismatch(path: Path, missing: list[str], unknown: list[str], known: tuple[str, ...]) -> str:
    parts = []
    for name in missing:
        parts.append(f"has no column for {name} (one of {', '.join(COLUMNS[name])})")
    if unknown:
        hints = []
        for heading in unknown[:5]:
            near = get_close_matches(heading.lower(), known, n=1, cutoff=0.6)
            hints.append(f"'{heading}'" + (f" (did you mean {near[0]}?)" if near else ""))
        parts.append(f"has unknown columns {', '.join(hints)}: rename or drop them")
    return f"{path} {'; '.join(parts)}"
