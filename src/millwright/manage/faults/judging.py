"""An incident beside the catalogue: each strike with its entry, its decoded words, its advice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from millwright.manage.faults.advice import Circumstances, advice
from millwright.manage.faults.incidents import Incident, Strike
from millwright.model.fault import Advice, Fault, FaultCatalog, Severity
from millwright.model.faultwords import chain_of
from millwright.probes.xid_words import NVLINK5, LinkError, link_error

ORDER: Mapping[Severity, int] = {"critical": 0, "unknown": 1, "warning": 2, "info": 3}
"""What is not known stands above what is known to be harmless."""

LINK_SEVERITY: Mapping[str, Severity] = {"Fatal": "critical", "Nonfatal": "warning"}
_NVLINK5 = frozenset(f"xid:{code}" for code in NVLINK5)


@dataclass(frozen=True, slots=True)
class Judged:
    """A strike and what is known of it; `fault` is None for one that the catalogue has not."""

    strike: Strike
    fault: Fault | None
    link: LinkError | None
    advice: Advice


def judged(incident: Incident, catalog: FaultCatalog, reboots: int = 0) -> tuple[Judged, ...]:
    """Return the strikes of an incident, the gravest first; equally grave ones as they came.

    `reboots` counts the node's since the first of these faults came.
    """
    struck = [strike.device for strike in incident.strikes]
    found = [
        _judged(strike, catalog, reboots, alone=struck.count(strike.device) == 1)
        for strike in incident.strikes
    ]
    return tuple(sorted(found, key=_grave))


def _grave(each: Judged) -> tuple[int, bool]:
    return ORDER[each.advice.severity], not each.advice.hard


def _judged(strike: Strike, catalog: FaultCatalog, reboots: int, *, alone: bool) -> Judged:
    fault = catalog.faults.get(strike.fault)
    link = link_error(strike.text) if strike.fault in _NVLINK5 else None
    if fault is None:
        return Judged(strike, None, None, unknown(strike.fault))
    if alone and fault.alone:
        fault = fault.model_copy(update={"actions": fault.alone})
    severity = said_severity(fault, link)
    told = Circumstances(strike.recovery, reboots, severity)
    return Judged(strike, fault, link, advice(fault, told, catalog.overrides))


def said_severity(fault: Fault, link: LinkError | None) -> Severity | None:
    """Return what the message's own word says; None where the entry's severity holds.

    An error of a link has none beyond its word: its code stands for harmless and fatal ones.
    """
    if fault.id not in _NVLINK5:
        return None
    return LINK_SEVERITY[link.severity] if link else "unknown"


def unknown(name: str) -> Advice:
    """Return the advice about a fault that the catalogue has not: never to pass it over."""
    return Advice(
        fault=name,
        action="inspect",
        authority="millwright",
        because="no table here has this code: UNKNOWN is not harmless, so a person looks",
        steps=chain_of("unknown"),
        severity="unknown",
        hard=False,
        opinions=(),
    )
