"""Trial tables: the CSV files of model-vs-human, error-consistency and texture-vs-shape as a BehaviouralAssembly."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.trials import MISSING_ANSWER, BehaviouralAssembly
from brainrank.datasets.readers.trial_columns import read_columns

if TYPE_CHECKING:
    import pandas as pd

SIXTEEN_CATEGORIES = (
    "airplane", "bear", "bicycle", "bird", "boat", "bottle", "car", "cat",
    "chair", "clock", "dog", "elephant", "keyboard", "knife", "oven", "truck",
)  # fmt: skip

ONLY_CONDITION = "0"  # what experiments with a single condition write; a model's file says NaN instead

NO_ANSWER = ("none", "null")  # as PsychoPy and jsPsych write it
MODEL_WORDS = ("model", "network", "dnn", "cnn", "ann", "machine", "ai")
PERSON_WORDS = ("human", "person", "people", "participant", "subject", "observer")

DECIMAL = re.compile(r"-?\d+\.\d*")

# 0001_cl_s01_cr_oven_40_n04111531_14126.png: trial, experiment, observer, condition, category, number, then the image
EXPERIMENT_PREFIX = re.compile(r"^\d{4}_[^_]+_(?:s\d+|dnn)_[^_]+_[^_]+_\d+_(?=.)")


def read_trials(
    paths: Iterable[Path],
    *,
    categories: Sequence[str] | None = None,
    aligned: bool = True,
    columns: Mapping[str, str] | None = None,
) -> BehaviouralAssembly:
    """Read trials from CSV files, or from all CSV files below a folder, into one assembly.

    `columns` says which column is which where headings are not known (`trial_columns.name_columns`); for the rest see
    `assembly_of_trials`. With `aligned` every observer must have seen the same stimuli under the same conditions.

    Raises InvalidDataError, naming file, column and lines, for missing, unknown or doubled columns, empty answers,
    unknown categories, a stimulus with two true categories, repeated trials, and observers whose stimuli do not match.
    """
    import pandas as pd  # here, as the web process lists studies and reads none

    table = pd.concat([read_columns(file, columns) for file in trial_files(paths)], ignore_index=True)
    assembly = assembly_of_trials(table, categories=categories)
    if aligned:
        check_aligned(assembly)
    return assembly


def assembly_of_trials(table: "pd.DataFrame", *, categories: Sequence[str] | None = None) -> BehaviouralAssembly:
    """The assembly of a table with the columns that `trial_columns.name_columns` gives.

    An image's name loses the prefix that a human experiment puts before it, so that people and models meet on the same
    stimulus id. Answers are compared in lower case; `na` is a missing answer, and so is what PsychoPy and jsPsych write
    for none, `None` and `null`, unless it is a category; a condition left empty or NaN is `0`. Numbers are written
    without zeros at their end, for people's files say 0.90 where a model's says 0.9. `categories` are the allowed
    names; by default the sixteen of model-vs-human, or else the true categories found. Whoever a column `kind` calls a
    model is one; without it, or where it is empty, all are people.

    Raises InvalidDataError as `read_trials`, but for observers whose stimuli do not match.
    """
    table = table.assign(
        response=table["response"].str.lower().map(_plain_number),
        category=table["category"].str.lower().map(_plain_number),
        stimulus_id=table["stimulus_id"].map(stimulus_id_of),
        condition=table["condition"].map(_condition_of),
    )
    answers = set(table["category"]) | set(map(str.lower, categories or ()))
    unanswered = table["response"].isin([word for word in NO_ANSWER if word not in answers])
    table["response"] = table["response"].mask(unanswered, MISSING_ANSWER)
    _check_filled(table)
    _check_categories(table, categories)
    _check_repeats(table)
    _check_one_category(table)
    models = _models(table)
    times = _reaction_times(table)
    return BehaviouralAssembly(
        observer=table["observer"].to_numpy(dtype=str),
        stimulus_id=table["stimulus_id"].to_numpy(dtype=str),
        condition=table["condition"].to_numpy(dtype=str),
        response=table["response"].to_numpy(dtype=str),
        category=table["category"].to_numpy(dtype=str),
        reaction_time_s=None if np.isnan(times).all() else times,
        models=models,
    )


def stimulus_id_of(image_name: str) -> str:
    """The image's own name, without the prefix that an experiment puts before it."""
    return EXPERIMENT_PREFIX.sub("", image_name)


def trial_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The CSV files among `paths` and below the folders among them, each once, sorted within a folder.

    Raises InvalidDataError when a path does not exist or a folder holds no CSV file.
    """
    files: dict[Path, None] = {}
    for path in paths:
        found = sorted(path.rglob("*.csv")) if path.is_dir() else [path]
        if not found:
            raise InvalidDataError(f"{path} holds no *.csv file; give files of trials or a folder with some")
        if not found[0].exists():
            raise InvalidDataError(f"{path} does not exist; give files of trials or a folder with some")
        files |= dict.fromkeys(found)
    if not files:
        raise InvalidDataError("No file of trials was given; give files or folders of *.csv files")
    return tuple(files)


def check_aligned(assembly: BehaviouralAssembly) -> None:
    """Raise InvalidDataError unless every observer saw the same stimuli under the same conditions."""
    names, pair = np.unique(np.stack([assembly.condition, assembly.stimulus_id]), axis=1, return_inverse=True)
    row = np.searchsorted(np.asarray(assembly.observers), assembly.observer)
    shown = np.zeros((len(assembly.observers), names.shape[1]), dtype=bool)
    shown[row, pair.ravel()] = True
    lacking = np.flatnonzero(~shown.all(axis=1))
    if lacking.size == 0:
        return
    lines = []
    for observer in lacking[:3]:
        missing = np.flatnonzero(~shown[observer])
        first = ", ".join(f"{names[1, m]} (condition {names[0, m]})" for m in missing[:3])
        lines.append(f"{assembly.observers[observer]} lacks {missing.size} of {names.shape[1]} (first: {first})")
    raise InvalidDataError(
        f"Stimuli are misaligned: {lacking.size} of {len(assembly.observers)} observers lack some that others saw. "
        f"{'; '.join(lines)}. Give trials on the same stimuli, or ask for the stimuli in common"
    )


def in_common(assembly: BehaviouralAssembly) -> BehaviouralAssembly:
    """The trials on stimuli that every observer saw under the same condition.

    Raises InvalidDataError when there are none.
    """
    _, pair, seen = np.unique(
        np.stack([assembly.condition, assembly.stimulus_id]), axis=1, return_inverse=True, return_counts=True
    )
    shared = seen[pair.ravel()] == len(assembly.observers)
    if not shared.any():
        raise InvalidDataError(
            f"No stimulus was seen by all {len(assembly.observers)} observers; give trials on the same stimuli"
        )
    return assembly.select(shared)


def _condition_of(text: str) -> str:
    if text.lower() in {"", "nan"}:
        return ONLY_CONDITION
    return _plain_number(text)


def _plain_number(text: str) -> str:
    return text.rstrip("0").rstrip(".") if DECIMAL.fullmatch(text) else text


def _check_filled(table: "pd.DataFrame") -> None:
    for name in ("observer", "stimulus_id", "category", "response"):
        empty = table[table[name].isin(["", "nan", "NaN"])]
        if len(empty):
            remedy = f"write {MISSING_ANSWER} for an answer not given" if name == "response" else "fill it in"
            raise InvalidDataError(f"{_where(empty, name)}: empty; {remedy}")


def _check_categories(table: "pd.DataFrame", categories: Sequence[str] | None) -> None:
    shown = set(table["category"])
    known = set(map(str.lower, categories or ())) or set(
        SIXTEEN_CATEGORIES if shown <= set(SIXTEEN_CATEGORIES) else shown
    )
    for name, allowed in (("category", known), ("response", known | {MISSING_ANSWER})):
        faulty = table[~table[name].isin(allowed)]
        if len(faulty):
            values = ", ".join(sorted(set(faulty[name]))[:5])
            raise InvalidDataError(
                f"{_where(faulty, name)}: unknown {values}; the categories are {', '.join(sorted(known))}"
                + (f", or {MISSING_ANSWER} for a missing answer" if name == "response" else "")
            )


def _check_repeats(table: "pd.DataFrame") -> None:
    key = ["observer", "stimulus_id", "condition"]
    twice = table[table.duplicated(key)]
    if len(twice):
        observer, stimulus, condition = twice.iloc[0][key]
        raise InvalidDataError(
            f"{_where(twice, 'stimulus_id')}: observer {observer} saw {stimulus} under condition {condition} before; "
            "keep one trial for each observer, stimulus and condition"
        )


def _check_one_category(table: "pd.DataFrame") -> None:
    names = table.groupby("stimulus_id")["category"].transform("first")
    other = table[names != table["category"]]
    if len(other):
        stimulus, category = other.iloc[0][["stimulus_id", "category"]]
        raise InvalidDataError(
            f"{_where(other, 'category')}: {stimulus} is {category} here and {names[other.index[0]]} elsewhere; "
            "a stimulus has one true category"
        )


def _models(table: "pd.DataFrame") -> frozenset[str]:
    """The observers that the column `kind` calls models; in a file without it, or where it is empty, all are people."""
    said = table["kind"].str.lower()
    faulty = table[~said.isin(("", *MODEL_WORDS, *PERSON_WORDS))]
    if len(faulty):
        values = ", ".join(sorted(set(faulty["kind"]))[:5])
        raise InvalidDataError(f"{_where(faulty, 'kind')}: unknown {values}; write model or human")
    models = set(table["observer"][said.isin(MODEL_WORDS)])
    both = table[table["observer"].isin(models) & ~said.isin(MODEL_WORDS)]
    if len(both):
        who = ", ".join(sorted(set(both["observer"]))[:5])
        raise InvalidDataError(f"{_where(both, 'kind')}: {who} is a model elsewhere; give an observer one kind")
    return frozenset(map(str, models))


def _reaction_times(table: "pd.DataFrame") -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    import pandas as pd

    times = pd.to_numeric(table["reaction_time_s"].replace({"": None, "na": None}), errors="coerce")
    text = table["reaction_time_s"].str.lower()
    faulty = table[times.isna() & ~text.isin(["", "nan", "na"])]
    if len(faulty):
        raise InvalidDataError(f"{_where(faulty, 'reaction_time_s')}: not a number; give seconds, or leave it empty")
    return times.to_numpy(dtype=np.float64)


def _where(rows: "pd.DataFrame", name: str) -> str:
    first = rows[rows["file"] == rows.iloc[0]["file"]]
    lines = ", ".join(map(str, first["line"].head(5)))
    more = f" ({len(rows)} in all)" if len(rows) > min(5, len(first)) else ""
    return f"{rows.iloc[0]['file']}, column '{rows.iloc[0]['heading_' + name]}', line {lines}{more}"
