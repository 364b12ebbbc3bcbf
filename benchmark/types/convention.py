"""Convention: how a leaderboard shows the raw values that are stored."""

from enum import StrEnum


class Convention(StrEnum):
    """How values are shown.

    `explained`: the share of the noise ceiling, value / ceiling (lower), if there is one that can be told from zero.
    `raw`: as stored. `brainscore-2026` and `brainscore-2025`: r^2 / c and (r / c)^2 for encoding, c being the
    responses' reliability, and value / ceiling (lower) for everything else. `model-vs-human`: raw kappa, and nothing
    but error consistency.
    """

    EXPLAINED = "explained"
    RAW = "raw"
    BRAINSCORE_2026 = "brainscore-2026"
    BRAINSCORE_2025 = "brainscore-2025"
    MODEL_VS_HUMAN = "model-vs-human"
