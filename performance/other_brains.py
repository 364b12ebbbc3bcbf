"""Scores of other brains on the benchmarks of RDMs: each region that was measured with the same images, as a model.

`python -m performance.other_brains` (`make brains`), half a minute. Writes api/services/views/other_brains.json, which
pages and commands tell.
"""

import json

from brainrank.api.services.views.other_brains import FILE
from brainrank.api.settings import Settings
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.recovery.brain_as_model import layer_of_rdms
from brainrank.benchmark.scoring.catalogue import built_in
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.reporter import Silent

# All of these images were seen by each of these; singer2022's depictions are other images.
STUDIES = ("kriegeskorte2008", "cichy2014")


def main() -> None:
    """Score every region on every other's benchmark, and write it."""
    catalogue, locations = built_in(), Settings().locations
    benchmarks = [
        each
        for each in catalogue.benchmarks.values()
        if each.dataset in STUDIES and isinstance(each.metric, RsaMetric) and each.metric.name == RsaMetric.name
    ]
    measured = {}
    for each in benchmarks:
        region = catalogue.load(each, locations, Silent())
        if isinstance(region.assembly, RdmAssembly):
            measured[each] = region
    (shown,) = {region.stimuli.digest for region in measured.values()}
    found = {}
    for benchmark, region in measured.items():
        brains = []
        for other, elsewhere in measured.items():
            if other is not benchmark:
                layer = layer_of_rdms(other.name, elsewhere.assembly.rdms)
                score = benchmark.metric.score([layer], region.assembly)
                interval = {"low": score.interval.low, "high": score.interval.high}
                brains.append({"benchmark": other.name, "title": other.title, "value": score.value, **interval})
        brains.sort(key=lambda each: -each["value"])
        found[benchmark.name] = {"version": benchmark.version, "stimuli": shown, "brains": brains}
    FILE.write_text(json.dumps(found, indent=1) + "\n")
    print(f"Written: {FILE}")


if __name__ == "__main__":
    main()
