"""What claims of the literature come to in the stored scores; writes docs/claims.md and its figure.

`python -m performance.claims` (`make claims`), from the scores that `make results` stored.
"""

from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from brainrank.api.cli.claims import score_multiverse, specifications_text
from brainrank.api.number_text import interval_text, number_text
from brainrank.api.plots.claims import save_claims
from brainrank.api.services.analysis.claims import own_replications
from brainrank.api.services.analysis.replication import Replication
from brainrank.api.settings import Settings
from brainrank.benchmark.claims.claim import CorrelationClaim, read_claims

PAGE = Path(__file__).parents[1] / "docs" / "claims.md"
LONG = ("cowley2023",)
"""Variants of encoding 600 to 1,200 images take a quarter of a minute for a model and a session."""
FIGURE = PAGE.parent / "images" / "claims.svg"
INTRODUCTION = """# Claims

What is said of vision models, looked up in every study at hand: `make claims` on {date}, from the scores of
[results](results.md). The claims were written down before they were looked up in scores of this code
(`benchmark/claims/registered`, with their digests); earlier scores of most of the models had been published in
results.md, so this is no blind test. How a claim is read, and your own: [claims](how-to/claims.md).

A difference is the mean score of the first models less that of the second, in units of the scores (rho, r, kappa). Its
interval is over new images, new subjects and, where there are several, new seeds at once. Four claims are of rank
correlations over models, of which seeds of a training are one; their interval is over new models, too. Benchmarks that
share images, subjects or a data set are one study, but for single animals that saw different images. Over studies:
random effects (Paule-Mandel, Hartung-Knapp); tau is how much true differences vary from study to study. *holds*: the
95 % interval is above 0 (of 'alike': the 90 % interval within the margin), or it holds in each of several studies;
*fails*: the other way round; *open*: neither is told. **Open is not
refuted**: with few studies, of four to sixteen subjects, much stays open.

| claim | over all studies | 95 % interval | tau | holds in | verdict |
|---|---|---|---|---|---|
"""


def main() -> None:
    """Look up, draw, write."""
    asked, settings, started = read_claims(()), Settings(), perf_counter()
    score_multiverse(asked, settings, without=LONG)
    print(f"Variants: {perf_counter() - started:.0f} s")
    found, refusals = own_replications(asked, settings)
    save_claims(found, FIGURE)
    lines = [INTRODUCTION.format(date=datetime.now(UTC).date()).rstrip()]
    lines += [_line(each) for each in found]
    lines += [
        "",
        "![Filled circles studies, hollow benchmarks, strokes other analyses, diamonds all studies](images/claims.svg)",
    ]
    for each in found:
        lines += ["", *_section(each)]
    lines += [f"\nNot looked up: {each}" for each in refusals]
    PAGE.write_text("\n".join(lines) + "\n")
    print(f"Written: {PAGE}")


def _line(found: Replication) -> str:
    whole = found.summary or found.studies[0].effect
    tau = number_text(found.summary.tau) if found.summary else "-"
    cells = [
        f"[{found.claim.statement}](#{found.claim.name})",
        number_text(whole.value),
        interval_text(whole.interval),
        tau,
        found.held_in,
        found.verdict,
    ]
    return f"| {' | '.join(cells)} |"


def _section(found: Replication) -> list[str]:
    lines = [
        f"## {found.claim.name}",
        "",
        f"{found.claim.statement} {found.claim.source}.",
        "",
        _asked(found),
        "",
        f"| study | {found.effect_name} | 95 % interval | |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {each.name} | {number_text(each.effect.value)} | {interval_text(each.effect.interval)} | {each.verdict} |"
        for each in found.studies
    ]
    if found.summary is not None and found.summary.studies > 2:
        lines += ["", f"A new study would find {interval_text(found.summary.prediction)} (95 % prediction interval)."]
    lines += ["", specifications_text(found)]
    if found.by_each:
        lines += ["", "The verdict is that of each study: so few tell little of how much studies vary."]
    if found.lacking:
        lines += ["", f"{len(found.lacking)} of its benchmarks had not scores of all its models."]
    if not isinstance(found.claim, CorrelationClaim) and min(len(found.claim.first), len(found.claim.second)) == 1:
        lines += ["", "A side of one model stands for that network alone: another seed of its training may differ."]
    return lines


def _asked(found: Replication) -> str:
    """What is set against what."""
    claim = found.claim
    if not isinstance(claim, CorrelationClaim):
        return f"{', '.join(claim.first)} less {', '.join(claim.second)}."
    held = f", {claim.besides.lstrip(':')} held equal" if claim.besides else ""
    return f"Scores against {claim.x}{held}: rank correlation over models, of which those made alike are one."


if __name__ == "__main__":
    main()
