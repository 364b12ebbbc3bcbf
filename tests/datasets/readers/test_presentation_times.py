"""Trials by presentation time: read under each heading, models everywhere, and refused where a time is none."""

from pathlib import Path

import pytest

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.presentation_times import DURATIONS, read_presentation_times

HEAD = "subj,condition,{},imagename,object_response,category,kind"
ROWS = (
    "anna,natural,{},cat1.png,cat,cat,human",
    "ben,natural,{},cat1.png,dog,cat,human",
    "anna,natural,{},dog1.png,dog,dog,human",
    "net,natural,,cat1.png,cat,cat,model",
    "anna,noise,{},cat2.png,dog,cat,human",
)


def write(path: Path, heading: str, times: tuple[str, ...]) -> Path:
    left = list(times)
    path.write_text(
        "\n".join([HEAD.format(heading), *(row.format(left.pop(0)) if "{}" in row else row for row in ROWS)])
    )
    return path


@pytest.mark.parametrize("heading", DURATIONS)
def test_times_are_in_milliseconds_under_every_heading(tmp_path: Path, heading: str) -> None:
    unit = DURATIONS[heading]
    path = write(tmp_path / "t.csv", heading.upper(), tuple(f"{each / unit:g}" for each in (8.3, 8.3, 266, 33)))
    found = read_presentation_times([path], categories=["cat", "dog"])
    assert list(found) == ["natural", "noise"]
    assert found["natural"].conditions == ("266", "8.3")
    assert found["natural"].observers == ("anna", "ben", "net")
    assert found["natural"].models == frozenset({"net"})
    net = found["natural"].select(found["natural"].observer == "net")
    assert net.condition.tolist() == ["8.3"]  # a model's answer holds at every time at which people saw the image
    assert found["noise"].conditions == ("33",)


@pytest.mark.parametrize("time", ["", "soon", "0", "-8", "nan", "inf"])
def test_what_is_no_time_is_told_with_its_line(tmp_path: Path, time: str) -> None:
    path = write(tmp_path / "t.csv", "duration_ms", ("8.3", time, "266", "33"))
    with pytest.raises(InvalidDataError, match=f"t.csv, line 3, column duration_ms: '{time}' is no presentation time"):
        read_presentation_times([path], categories=["cat", "dog"])


def test_a_file_without_times_or_people_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "session", ("1", "1", "1", "1"))
    with pytest.raises(InvalidDataError, match="has no column of presentation times; name it duration_ms"):
        read_presentation_times([path])
    lines = [HEAD.format("duration_ms"), "net,natural,,cat1.png,cat,cat,model"]
    path.write_text("\n".join(lines))
    with pytest.raises(InvalidDataError, match="No trial of natural has a presentation time"):
        read_presentation_times([path], categories=["cat", "dog"])


def test_files_of_other_headings_are_read_as_their_user_says(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("who;exposure_ms;image;said;category\na;10;x.png;cat;cat\nb;20;x.png;dog;cat\n")
    found = read_presentation_times([path], categories=["cat", "dog"], columns={"observer": "who", "response": "said"})
    assert list(found) == ["0"]
    assert found["0"].conditions == ("10", "20")
