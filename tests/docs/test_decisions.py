"""The index of decisions has every page once, by a question."""

import re
from collections import Counter
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs" / "decisions"
ROW = re.compile(r"^\| (?P<question>[^|]+) \| \[[^\]]+\]\((?P<page>[^)]+)\) \|$", re.MULTILINE)


def test_every_decision_is_in_the_index_once_by_a_question() -> None:
    rows = ROW.findall((FOLDER / "README.md").read_text())
    listed = Counter(page for _, page in rows)
    assert listed == Counter(path.name for path in FOLDER.glob("*.md") if path.name != "README.md")
    assert [question for question, _ in rows if not question.endswith("?")] == []
    assert len(rows) > 30
