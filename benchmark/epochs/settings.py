"""How decoding RDMs are made of epochs: choices that belong to the data, and are told with them."""

from dataclasses import dataclass
from enum import StrEnum

from brainrank.benchmark.types.errors import InvalidDataError


class Decoding(StrEnum):
    """How far apart two stimuli are, by trials that took no part in what they are compared with."""

    LDA = "lda"
    CORRELATION = "correlation"
    CROSSNOBIS = "crossnobis"


class NoiseNormalisation(StrEnum):
    """From which times the covariance of channels is, by which trials are whitened."""

    EPOCH = "epoch"
    BASELINE = "baseline"
    NONE = "none"


@dataclass(frozen=True)
class DecodingSettings:
    """How epochs are prepared, whitened and compared; `decoding_rdm` says what each does.

    `decimate` keeps each so many-th time, `pseudo_trials` are the means a stimulus's trials are put into, each left out
    once, and `permutations` how often trials are put into them anew.
    """

    decoding: Decoding = Decoding.CROSSNOBIS
    baseline_ms: tuple[float, float] | None = None
    sliding_mean_ms: float | None = None
    decimate: int = 1
    noise: NoiseNormalisation = NoiseNormalisation.EPOCH
    pseudo_trials: int = 5
    permutations: int = 20
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("decimate", 1), ("pseudo_trials", 2), ("permutations", 1)):
            if getattr(self, name) < least:
                raise InvalidDataError(f"{name} is {getattr(self, name)}; give {least} at least")
        if self.sliding_mean_ms is not None and not self.sliding_mean_ms > 0:
            raise InvalidDataError(f"a sliding mean over {self.sliding_mean_ms:g} ms; give more than 0, or none")
        if self.baseline_ms is not None and not self.baseline_ms[0] < self.baseline_ms[1]:
            start, stop = self.baseline_ms
            raise InvalidDataError(f"the baseline is {start:g} to {stop:g} ms; give its start before its stop")
        if self.noise is NoiseNormalisation.BASELINE and self.baseline_ms is None:
            raise InvalidDataError("noise is taken from the baseline, and none is told; say from when to when it is")
