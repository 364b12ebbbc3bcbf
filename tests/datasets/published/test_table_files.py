"""Tables of published scores as people have them: both forms say the same, and what is no table is refused."""

import math
from pathlib import Path

import pytest

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.published.scores import benchmarks_of, lines_of
from brainrank.datasets.published.table_files import read_scores

LONG = """model,benchmark,score,seed,parameters
a,V1,.25,0,11e6
a,IT,.5,0,11e6
b,V1,.125,,
b,IT,NA,,
"""
WIDE = """model,seed,V1,IT,parameters
a,0,.25,.5,11000000
b,,.125,X,
"""


def table(folder: Path, content: str) -> Path:
    path = folder / "board.csv"
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize("content", [LONG, WIDE])
def test_both_forms_are_read_alike(tmp_path: Path, content: str) -> None:
    scores = read_scores(table(tmp_path, content))
    assert [(each.model.name, each.benchmark) for each in scores] == [
        ("a", "V1"),
        ("a", "IT"),
        ("b", "V1"),
        ("b", "IT"),
    ]
    assert [each.score for each in scores[:3]] == [0.25, 0.5, 0.125]
    assert math.isnan(scores[3].score)
    first, last = scores[0].model, scores[3].model
    assert (first.seed, first.parameters) == (0, 11e6)
    assert last.seed is None
    assert math.isnan(last.parameters)
    assert {each.source for each in scores} == {"board.csv"}


def test_states_of_one_run_are_told_apart_by_what_it_saw(tmp_path: Path) -> None:
    path = table(tmp_path, "model,samples_seen,V1\na,1e6,.1\na,2e6,.2\n")
    lines = lines_of(read_scores(path))
    assert [(each.model.samples_seen, each.scores["V1"]) for each in lines] == [(1e6, 0.1), (2e6, 0.2)]
    assert benchmarks_of(lines) == ("V1",)


def test_a_source_stands_with_its_score(tmp_path: Path) -> None:
    path = table(tmp_path, "model,V1,source\na,.1,Nobody 2020\nb,.2,\n")
    assert [each.source for each in read_scores(path)] == ["Nobody 2020", "board.csv"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("network,V1\na,.1\n", "name the column of the models 'model'"),
        ("model,benchmark\na,V1\n", "no column 'score'"),
        ("model,score\na,.1\n", "no column 'benchmark'"),
        ("model,seed\na,1\n", "no column of scores"),
        ("model,V1\na,good\n", "'good' as score; give a number, or leave the cell empty"),
        ("model,V1\na,inf\n", "'inf' as score"),
        ("model,V1\na,.1\na,.2\n", "two scores of a on V1"),
        ("model,V1\n,.1\n", "names no model"),
        ("model,V1\n", "no rows"),
        ("model,V1\na,.1,.2\n", "3 cells in line 2 and 2 headings"),
        ("model,V1,V1\na,.1,.2\n", "two columns 'V1'"),
        ("model,V1,seed\na,.1,1.5\n", "seed is a whole number"),
        ("model,benchmark,score\na,seed,.1\n", "give the benchmark a name of its own"),
    ],
)
def test_what_is_no_table_of_scores_is_refused_in_words(tmp_path: Path, content: str, told: str) -> None:
    with pytest.raises(InvalidDataError, match=told):
        read_scores(table(tmp_path, content))
