"""docs/metrics.md has what each metric says of itself."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_list_of_metrics_is_what_they_say_of_themselves() -> None:
    script = ROOT / "performance" / "metrics_reference.py"
    listed = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True).stdout
    page = (ROOT / "docs" / "metrics.md").read_text()
    _, _, rest = page.partition("## The metrics\n")
    section, _, after = rest.partition("\n## ")
    assert after, "the table of how metrics order models follows"
    assert section.strip() == listed.strip(), "python performance/metrics_reference.py prints the section anew"
