"""How data of one's own show themselves: what was measured, in which shape, and its ceiling if quickly had."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from brainrank.api.number_text import ceiling_text
from brainrank.api.services.views.open_catalogue import sizes
from brainrank.api.settings import Settings
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.assemblies import RdmAssembly, ResponseAssembly
from brainrank.benchmark.types.measure import Assembly
from brainrank.benchmark.types.reporter import Silent

QUICK_VALUES = 1_000_000
TARGETS_NAMED = 3
ONE_REPEAT = ("repeats at most", 1)  # nothing that anybody would ask for


class Summary(NamedTuple):
    """A text and an HTML table that say the same."""

    text: str
    html: str


def summary(catalogue: Catalogue, warnings: Sequence[str]) -> Summary:
    """A line for each benchmark. Errors as of `Catalogue.load`, where a package's files were changed."""
    (name,) = catalogue.datasets
    rows = [(benchmark, *_describe(catalogue, benchmark)) for benchmark in catalogue.benchmarks]
    lines = [f"{name}: {len(rows)} benchmark{'' if len(rows) == 1 else 's'}"]
    lines += [f"  {benchmark}: {size}; noise ceiling {ceiling}" for benchmark, size, ceiling in rows]
    lines += [f"  warning: {warning}" for warning in warnings]
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    told = "".join(f"<li>{escape(warning)}</li>" for warning in warnings)
    table = f"<table><thead><tr><th>benchmark</th><th>measured</th><th>noise ceiling</th></tr></thead>{body}</table>"
    return Summary("\n".join(lines), f"<b>{escape(name)}</b>{table}" + (f"<ul>{told}</ul>" if told else ""))


def _describe(catalogue: Catalogue, name: str) -> tuple[str, str]:
    """What a benchmark measured, and its noise ceiling where it takes no time."""
    benchmark = catalogue.benchmark(name)
    assembly = catalogue.dataset(benchmark.dataset).assembly(benchmark.region, Settings().locations, Silent())
    counted = ", ".join(
        _count_text(count, what) for what, count in sizes(assembly).items() if (what, count) != ONE_REPEAT
    )
    if _values(assembly) > QUICK_VALUES:
        return counted + _targets(assembly), "not computed here: it takes a while"
    return counted + _targets(assembly), ceiling_text(benchmark.metric.ceiling(assembly))


def _count_text(count: int, what: str) -> str:
    return f"{count} {what.removesuffix('s') if count == 1 and what != 'stimuli' else what}"


def _values(assembly: Assembly) -> int:
    if isinstance(assembly, ResponseAssembly):
        return int(assembly.responses.size)
    if isinstance(assembly, RdmAssembly):
        return int(assembly.rdms.size)
    return 0


def _targets(assembly: Assembly) -> str:
    if not isinstance(assembly, ResponseAssembly):
        return ""
    more = ", ..." if len(assembly.targets) > TARGETS_NAMED else ""
    return f" ({', '.join(assembly.targets[:TARGETS_NAMED])}{more})"
