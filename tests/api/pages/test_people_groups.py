"""Groups of people on the pages of a run and of a benchmark."""

from typing import Any

from answered_study import NAME, store_answers

Api = Any  # the fixture of conftest.py, which is no module


def test_a_run_and_a_benchmark_show_people_by_group(grouped: Api) -> None:
    with grouped.service.begin() as session:
        number = store_answers(session, grouped.service.catalogue, "chooser")
    page = grouped.http.get(f"/runs/{number}").text
    assert "The model with each group of people" in page
    assert "Of too few errors nobody can tell whose errors the model shares most." in page
    assert page.index('<th scope="row">adults</th>') < page.index('<th scope="row">children</th>')
    about = grouped.http.get(f"/benchmarks/{NAME}").text
    assert "Groups of people with each other" in about
    assert '<th scope="row">children</th><td class="n">2</td><td class="n">32</td>' in about


def test_people_who_are_in_no_groups_have_no_such_table(studied: Api) -> None:
    with studied.service.begin() as session:
        number = store_answers(session, studied.service.catalogue, "chooser")
    assert "The model with each group of people" not in studied.http.get(f"/runs/{number}").text
    assert "Groups of people" not in studied.http.get(f"/benchmarks/{NAME}").text
