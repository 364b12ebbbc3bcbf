"""Variants: which there are, what each changes, and how they are found by name."""

from dataclasses import replace

import pytest

from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.scoring.catalogue import built_in
from brainrank.benchmark.scoring.image_halves import Half
from brainrank.benchmark.scoring.variants import DRAWS, base_name, variant, variants
from brainrank.benchmark.types.errors import UnknownNameError

RSA = BENCHMARKS["kriegeskorte2008.human-it.rsa"]


def test_each_variant_changes_one_thing() -> None:
    found = {each.name: each for each in variants(RSA)}
    assert set(found) == {
        f"{RSA.name}:{change}"
        for change in (
            *("dissimilarity=euclidean", "dissimilarity=cosine"),
            *("comparator=tau-a", "comparator=spearman", "comparator=corr", "comparator=cosine"),
            *("images=first-half", "images=second-half"),
        )
    }
    corr, half = found[f"{RSA.name}:comparator=corr"], found[f"{RSA.name}:images=first-half"]
    assert corr.metric == replace(RSA.metric, comparator=Comparator.CORR, draws=DRAWS)  # type: ignore[call-arg]
    assert half.metric == replace(RSA.metric, draws=DRAWS)  # type: ignore[call-arg]
    assert (corr.half, half.half, corr.counted, corr.base) == (None, Half.FIRST, False, RSA.name)
    assert base_name(corr.name) == base_name(RSA.name) == RSA.name
    assert variants(corr) == []


def test_every_benchmark_has_those_of_its_metric() -> None:
    for each in BENCHMARKS.values():
        assert bool(variants(each)) == (each.metric.name in {"rsa", "encoding", "error-consistency"})
        for found in variants(each):
            assert len(found.name) < 200  # what the database holds
            assert built_in().benchmark(found.name) == found


def test_a_variant_is_found_by_its_name_and_no_other() -> None:
    catalogue = built_in()
    name = f"{RSA.name}:comparator=corr"
    assert catalogue.select(name) == [variant(RSA, "comparator=corr")]
    assert catalogue.has(name)
    for wrong in ("comparator=cor", "draws=100000", "comparator=rho-a", "", "comparator=corr:images=first-half"):
        assert not catalogue.has(f"{RSA.name}:{wrong}")
        with pytest.raises(UnknownNameError, match="variant of kriegeskorte2008.human-it.rsa"):
            catalogue.benchmark(f"{RSA.name}:{wrong}")
    with pytest.raises(UnknownNameError, match="Unknown benchmark"):
        catalogue.benchmark("nothing.at.all:comparator=corr")
    assert name not in catalogue.benchmarks
