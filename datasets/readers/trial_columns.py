"""The columns of a trial table, under any of the headings the field uses, or those that its user names."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    "observer": ("subj", "subject", "observer", "participant", "participant_id", "subject_id"),
    "stimulus_id": ("imagename", "image_name", "stimulus_id", "stimulus", "image_id", "image"),
    "condition": ("condition",),
    "response": ("object_response", "response", "key_resp.keys"),
    "category": ("category", "true_category", "ground_truth", "correct_response", "corrans", "correctans"),
    "reaction_time_s": ("rt", "reaction_time_s", "key_resp.rt"),
    "kind": ("kind", "observer_type", "observer_kind", "agent"),
}
OPTIONAL = ("condition", "reaction_time_s", "kind")
UNUSED = ("session", "trial")  # order of presentation: known, and of no use here
JSPSYCH = ("trial_type", "trial_index", "time_elapsed", "internal_node_id", "view_history", "plugin_version")
"""Columns that jsPsych writes into every file; its `rt` is in milliseconds."""
PSYCHOPY = (
    "date", "expname", "expstart", "psychopyversion", "framerate", "os", "*.thisn", "*.thistrialn", "*.thisrepn",
    "*.thisindex", "*.started", "*.stopped", "*.corr", "*.duration", "thisrow.t", "notes",
)  # fmt: skip
"""Columns that PsychoPy writes by itself, as patterns."""
MS_IN_A_SECOND = 1000


def stated_columns(text: str) -> dict[str, str]:
    """What `observer=participant,category=correct_response` says: which column of a file each of COLUMNS is.

    Raises InvalidDataError for what is no such list, UnknownNameError for a name that is none of COLUMNS.
    """
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    stated = {name.strip(): heading.strip() for name, _, heading in pairs}
    if not pairs or not all(name.strip() and heading.strip() for name, _, heading in pairs) or len(stated) < len(pairs):
        raise InvalidDataError(
            f"--columns '{text}': write NAME=COLUMN for each, such as observer=participant,category=correct_response"
        )
    check_stated(stated)
    return stated


def check_stated(columns: Mapping[str, str]) -> None:
    """Raise UnknownNameError for a name that is none of COLUMNS."""
    for name in columns:
        if name not in COLUMNS:
            raise UnknownNameError("column of trials", name, COLUMNS)


def is_unused(heading: str) -> bool:
    """Whether a heading is of a column that is known, and of no use here."""
    lower = heading.strip().lower()
    return lower in UNUSED or lower in JSPSYCH or any(fnmatchcase(lower, each) for each in PSYCHOPY)


def read_columns(path: Path, columns: Mapping[str, str] | None = None) -> "pd.DataFrame":
    """Read one CSV file as text columns named as in COLUMNS, with `file` and `line` to point at.

    Commas, semicolons or tabs separate them. Errors as of `name_columns`, and for a file that cannot be read.
    """
    return name_columns(_read(path), str(path), columns)


def name_columns(
    raw: "pd.DataFrame", source: str, columns: Mapping[str, str] | None = None, *, option: str = "--columns {}={}"
) -> "pd.DataFrame":
    """Text columns under the names of COLUMNS, with `file` and `line`.

    `source` is what messages call the table, and `option` how its user says which column is which.

    Headings are matched without regard to case; `heading_NAME` keeps how the table spells each. A missing optional
    column is empty. With `columns`, which says by name which column of the table is which, others that are not known
    are left out; without it they are refused, as one may be meant. What PsychoPy and jsPsych write by themselves is
    left out, and so are their rows that ask nothing. Raises InvalidDataError, naming table and columns, for one
    without trials, and missing, unknown or doubled columns.
    """
    import pandas as pd  # here, as the web process lists studies and reads none

    stated = columns or {}
    check_stated(stated)
    spelled = {str(heading).strip().lower(): heading for heading in raw.columns}
    found = {name: _headings_of(name, spelled, stated, source) for name in COLUMNS}
    if len(spelled) < len(raw.columns) or any(len(headings) > 1 for headings in found.values()):
        raise InvalidDataError(_doubled(raw.columns, spelled, found, source, option))
    known = {heading for headings in COLUMNS.values() for heading in headings}
    unknown = [str(spelled[each]) for each in spelled if each not in known and not is_unused(each)]
    missing = [name for name, headings in found.items() if not headings and name not in OPTIONAL]
    if missing or (unknown and not stated):
        raise InvalidDataError(_mismatch(source, missing, unknown, sorted(known), option))
    filled = _trials(raw, found, spelled)
    table = pd.DataFrame({"file": source, "line": filled.index + 2})
    for name, headings in found.items():
        table[name] = filled[headings[0]].str.strip().to_numpy(dtype=str) if headings else ""
        table[f"heading_{name}"] = headings[0] if headings else name
    return _in_seconds(table, spelled)


def _headings_of(name: str, spelled: Mapping[str, str], stated: Mapping[str, str], source: str) -> list[str]:
    """The columns that a name may mean: the one stated, or those of a known heading that are not stated for another."""
    if name in stated:
        heading = stated[name].strip().lower()
        if heading not in spelled:
            raise InvalidDataError(
                f"{source} has no column '{stated[name]}', which was to be {name}; it has "
                f"{', '.join(map(str, spelled.values()))}"
            )
        return [spelled[heading]]
    taken = {heading.strip().lower() for heading in stated.values()}
    return [spelled[each] for each in COLUMNS[name] if each in spelled and each not in taken]


def _doubled(
    headings: Iterable[object],
    spelled: Mapping[str, str],
    found: Mapping[str, Sequence[str]],
    source: str,
    option: str,
) -> str:
    name, twice = next(((name, each) for name, each in found.items() if len(each) > 1), ("", ()))
    if not name:
        twice = [str(heading) for heading in headings if heading not in spelled.values()]
        return f"{source} has columns that mean the same: {', '.join(twice)}; keep one"
    said = option.format(name, twice[0])
    return f"{source} has columns that mean the same: {', '.join(map(str, twice))}; keep one, or say which: {said}"


def _trials(raw: "pd.DataFrame", found: Mapping[str, Sequence[str]], spelled: Mapping[str, str]) -> "pd.DataFrame":
    """The rows that are trials: those that are not empty; of an experiment's own file, those with an answer or a right
    one, which a fixation cross and instructions have not.
    """
    filled = raw[(raw != "").any(axis=1)]
    if not any(each in JSPSYCH or _of_psychopy(each) for each in spelled):
        return filled
    answers = filled[[found["response"][0], found["category"][0]]]
    return filled[(answers.map(str.strip) != "").any(axis=1)]


def _of_psychopy(heading: str) -> bool:
    return any(fnmatchcase(heading, each) for each in PSYCHOPY)


def _in_seconds(table: "pd.DataFrame", spelled: Mapping[str, str]) -> "pd.DataFrame":
    """The table with the reaction times of jsPsych, which writes milliseconds, in seconds."""
    import pandas as pd

    if "rt" not in set(table["heading_reaction_time_s"]) or not any(each in JSPSYCH for each in spelled):
        return table
    times = pd.to_numeric(table["reaction_time_s"], errors="coerce") / MS_IN_A_SECOND
    return table.assign(reaction_time_s=times.map(str).where(times.notna(), table["reaction_time_s"]))


def _read(path: Path) -> "pd.DataFrame":
    import pandas as pd

    try:
        with path.open(encoding="utf-8-sig") as opened:
            separator = max(",;\t", key=opened.readline().count)
        raw = pd.read_csv(
            path, dtype=str, keep_default_na=False, skip_blank_lines=False, encoding="utf-8-sig", sep=separator
        )
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


def _mismatch(source: str, missing: Sequence[str], unknown: Sequence[str], known: Sequence[str], option: str) -> str:
    """Everything at once, and the call that reads the table."""
    parts = [f"has no column for {name} (one of {', '.join(COLUMNS[name])})" for name in missing]
    if unknown:
        hints = []
        for heading in unknown:
            near = get_close_matches(heading.lower(), known, n=1, cutoff=0.6)
            hints.append(f"'{heading}'" + (f" (did you mean {near[0]}?)" if near else ""))
        parts.append(f"has unknown columns {', '.join(hints)}: rename or drop them")
    said = option.format(missing[0] if missing else "condition", "COLUMN")
    return f"{source} {'; '.join(parts)}; or say which is which, and the others are left out: {said}"
