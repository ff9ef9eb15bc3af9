"""Which parameters of the one table are a host's: deploying, tuning and drift all ask here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from millwright.model.platform import Parameter


@dataclass(frozen=True, slots=True)
class Traits:
    """What decides which parameters are a host's: `wished` are those that the spec names."""

    computes: bool = False
    platform: str = ""
    vendor: str = ""
    fabric: str = ""
    wished: frozenset[str] = frozenset()


def holding(table: Iterable[Parameter], traits: Traits) -> list[Parameter]:
    """Return what holds for a host; of two with one key, the later one is to win.

    That is the one with more conditions.
    """
    return sorted((each for each in table if _holds(each, traits)), key=_conditions)


def reaches(kind: str, traits: Traits) -> bool:
    """Return whether parameters of a kind are for such a host at all.

    Those of processors, buses and modules are for hosts that compute.
    """
    return traits.computes or kind in ("sysctl", "limit")


def _holds(parameter: Parameter, traits: Traits) -> bool:
    wanted = (
        (not parameter.opt_in or parameter.name in traits.wished),
        parameter.vendor in (None, traits.vendor),
        parameter.fabric in (None, traits.fabric),
        not parameter.only_on or traits.platform in parameter.only_on,
        traits.platform not in parameter.not_on,
    )
    return all(wanted)


def _conditions(parameter: Parameter) -> int:
    told = (parameter.vendor, parameter.fabric, parameter.only_on, parameter.opt_in)
    return sum(bool(each) for each in told)
