"""Numbers as people read them in tables; programs read `score_json`."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brainrank.benchmark.types.course import Latency
    from brainrank.benchmark.types.score import Interval, NoiseCeiling

NOTHING = "-"
SMALLEST_P = 0.001
UNRELIABLE = "unreliable: the noise ceiling cannot be told from zero, and the benchmark ranks nobody"


def number_text(value: float, digits: int = 3) -> str:
    """A number for a table: `.331`, `-.015`, `1.000`, and a dash for one that is undefined."""
    if math.isnan(value):
        return NOTHING
    text = f"{value:.{digits}f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def range_text(low: float, high: float, digits: int = 3) -> str:
    """`low to high`, and one dash when neither is defined."""
    if math.isnan(low) and math.isnan(high):
        return NOTHING
    return f"{number_text(low, digits)} to {number_text(high, digits)}"


def interval_text(interval: "Interval", digits: int = 3) -> str:
    """An interval for a table."""
    return range_text(interval.low, interval.high, digits)


def ceiling_text(ceiling: "NoiseCeiling") -> str:
    """A noise ceiling for a table: its bounds, and what is to be known of it."""
    remarks = [ceiling.reason] if ceiling.reason else []
    if ceiling.unreliable:
        remarks.append(UNRELIABLE)
    if no_interval := no_interval_text(ceiling):
        remarks.append(no_interval)
    return bounds_text(ceiling) + "".join(f" ({remark})" for remark in remarks)


def no_interval_text(ceiling: "NoiseCeiling") -> str:
    """Why a noise ceiling has no interval where one was looked for; else empty."""
    reason = "" if ceiling.interval is None else ceiling.interval.reason
    return f"it has no interval: {reason}" if reason else ""


def latency_text(latency: "Latency") -> str:
    """A time with its interval: `112 ms (108 to 116)`, and what is doubtful of it; or why there is none."""
    if math.isnan(latency.ms):
        return latency.reason
    low, high = latency.interval.low, latency.interval.high
    if math.isnan(low):
        return f"{latency.ms:.0f} ms (no interval: {latency.reason})"
    return f"{latency.ms:.0f} ms ({low:.0f} to {high:.0f}){f'; {latency.reason}' if latency.reason else ''}"


def delay_text(delay: "Latency") -> str:
    """How much later a step is than the one before: `5.2 ms a step (1.1 to 9.8)`, and what is doubtful of it."""
    if math.isnan(delay.ms):
        return delay.reason
    low, high = delay.interval.low, delay.interval.high
    around = "" if math.isnan(low) else f" ({low:.1f} to {high:.1f})"
    return f"{delay.ms:.1f} ms a step{around}{f'; {delay.reason}' if delay.reason else ''}"


def bounds_text(ceiling: "NoiseCeiling") -> str:
    """The bounds of a noise ceiling alone: one number where they are the same."""
    return number_text(ceiling.lower) if ceiling.lower == ceiling.upper else range_text(ceiling.lower, ceiling.upper)


def chance_text(p: float) -> str:
    """A p or q value: `.032`, and `< .001` below it."""
    return f"< {number_text(SMALLEST_P)}" if p < SMALLEST_P else number_text(p)


def cell_text(value: float, raw: float) -> str:
    """A score under a convention; where that defines none, the raw one in brackets."""
    return f"({number_text(raw)})" if math.isnan(value) and not math.isnan(raw) else number_text(value)


def places_text(first: int | None, last: int | None) -> str:
    """The places a model may have: `8-30`, `3`, and words for one that has no rank."""
    if first is None:
        return "not ranked"
    return str(first) if first == last else f"{first}-{last}"


def duration(seconds: float) -> str:
    """About how long something takes: `under 1 s`, `40 s`, `3 min`, `2.5 h`."""
    if seconds < 1:
        return "under 1 s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 100 * 60 else f"{seconds / 3600:.1f} h"
