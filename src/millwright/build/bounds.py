"""What a run without an error demonstrates: never zero, but a bound that shrinks with time.

With no event seen, the rate is below 3/exposure at 95 % (the "rule of three": -ln 0.05 = 2.996).
"""

from __future__ import annotations

RULE_OF_THREE = 3.0


def bit_error_bound(seconds: float, gbps: float) -> float:
    """Return the bit error rate that a link is below at 95 % after so long at its line rate."""
    return RULE_OF_THREE / (seconds * gbps * 1e9)


def failure_bound(count: int, hours: float) -> float:
    """Return the failures per hour and device that are not exceeded at 95 % without a failure."""
    return RULE_OF_THREE / (count * hours)


def bit_errors_told(seconds: float, gbps: float) -> str:
    """Return the bound of one link in words."""
    bound = bit_error_bound(seconds, gbps)
    return f"BER < {bound:.1e} a link at 95 %, where no bit fails in {seconds:g} s at {gbps:g} Gb/s"


def failures_told(count: int, seconds: float) -> str:
    """Return the bound of many nodes in words."""
    hours = seconds / 3600
    bound = failure_bound(count, hours)
    return (
        f"{bound:.2g} failures an hour and node at most at 95 % (MTBF {1 / bound:.2g} h), where "
        f"none of {count} nodes fails in {hours:.2f} h under load"
    )
