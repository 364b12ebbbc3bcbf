"""Examples of claims, published tables and groups of people."""

from collections.abc import Mapping
from typing import Any

_INTERVAL = {"low": 0.164, "high": 0.308, "level": 0.95}
_STUDY_INTERVAL = {"low": 0.128, "high": 0.221, "level": 0.95}
_EFFECT = {"difference": 0.175, "interval": _STUDY_INTERVAL, "p": 1.2e-9, "verdict": "holds"}
_ABOUT = {
    "name": "trained-beats-random",
    "statement": "EfficientNet-Lite0 trained on ImageNet is more like V4, IT and people than with random weights.",
    "source": "Yamins et al. 2014, PNAS 111, 8619",
    "registered": "2026-11-28",
    "digest": "8e8807ca9cc4555647a17e792b43cf4286718a1074836616a9fe4acee1bf9084",
}

CLAIM_LINE: Mapping[str, Any] = {
    **_ABOUT,
    "effect": "difference",
    "verdict": "holds",
    "reason": "",
    "difference": 0.236,
    "interval": _INTERVAL,
    "tau": 0.06,
    "replicated": 6,
    "studies": 6,
}
CLAIM: Mapping[str, Any] = {
    "claim": {
        **_ABOUT,
        "first": ["efficientnet-lite0"],
        "second": ["efficientnet-lite0-random"],
        "expects": "more",
        "on": ["v4", "it", "behaviour"],
        "margin": None,
    },
    "effect": "difference",
    "verdict": "holds",
    "reason": "",
    "replicated": 6,
    "studies": [{**_EFFECT, "study": "kriegeskorte2008", "benchmarks": ["kriegeskorte2008.human-it.rsa"]}],
    "benchmarks": [{**_EFFECT, "benchmark": "kriegeskorte2008.human-it.rsa", "counted": True}],
    "summary": {
        "difference": 0.236,
        "interval": _INTERVAL,
        "tau": 0.06,
        "i_squared": 0.83,
        "prediction": {"low": 0.052, "high": 0.421, "level": 0.95},
        "studies": 6,
    },
    "lacking": ["cichy2016.it.rsa"],
    "variations": [
        {
            "benchmark": "kriegeskorte2008.human-it.rsa",
            "varied": "comparator",
            "of": "spearman",
            "difference": 0.18,
            "as_expected": True,
            "interval": _STUDY_INTERVAL,
            "verdict": "holds",
        }
    ],
}
PUBLICATION: Mapping[str, Any] = {
    "name": "gokce2024",
    "title": "Networks of many sizes on five public benchmarks",
    "citation": "Gokce & Schrimpf 2024, arXiv:2411.05712",
    "licence": "MIT",
    "meaning": "as the authors' table has it",
    "cautions": [],
    "here": True,
}
PUBLISHED_TABLE: Mapping[str, Any] = {
    **PUBLICATION,
    "benchmarks": ["V1"],
    "lines": [{"model": "resnet18", "parameters": 1.17e7, "V1": 0.24}],
}
_KAPPA = {"value": 0.31, "interval": {"low": 0.27, "high": 0.35, "level": 0.95}, "reason": ""}
PEOPLE: Mapping[str, Any] = {
    "groups": [{"name": "adults", "people": 3, "trials": 576, "accuracy": 0.88}],
    "between_groups": [
        {
            "first": "adults",
            "second": "adults",
            "kappa": _KAPPA,
            "latent_r": {**_KAPPA, "value": 0.47},
            "pairs": 3,
            "left_out": 0,
        }
    ],
    "models": [{"model": "efficientnet-lite0", "accuracy": 0.2, "closest": "adults", "groups": []}],
}
