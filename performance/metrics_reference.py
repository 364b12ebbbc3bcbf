"""The list of metrics of docs/metrics.md, from what each says of itself: `python performance/metrics_reference.py`."""

import inspect

from brainrank.api.number_text import range_text
from brainrank.api.services.views.metric_facts import metric_facts, parameter_meanings
from brainrank.benchmark.scoring.metric_catalogue import metrics


def main() -> None:
    """Print a section for each metric: question and ceiling, formula, what it takes, unit and range, source."""
    for each in metric_facts():
        formula = inspect.getdoc(metrics()[each.name]) or ""
        meanings = parameter_meanings(each.name)
        parameters = [f"`{key}` ({value}): {meanings[key]}" for key, value in each.parameters.items()]
        print(f"### {each.name}\n\n{each.words}\n\n{formula.split(chr(10) * 2)[0]}\n")
        print(f"- takes {each.scores}, fits {each.measures}, at least {each.fewest_stimuli} stimuli")
        print(f"- unit {each.unit}, {range_text(each.least, each.most)}")
        print(f"- parameters: {'; '.join(parameters)}")
        print(f"- {each.citation}\n")


if __name__ == "__main__":
    main()
