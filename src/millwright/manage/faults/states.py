"""States and entries that are faults without a kernel log: throttle masks, a controller's log."""

from __future__ import annotations

import re

from millwright.probes.ipmi_sel import Event
from millwright.probes.nvidia_smi_reasons import REASONS

_MASK = re.compile(r"throttle:0x(?P<mask>[0-9a-f]{1,16})$")
_SEL: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), fault)
    for pattern, fault in (
        (r"redundancy (?:lost|degraded)|non-redundant", "sel:psu-redundancy"),
        (r"power supply.*(?:failure|ac lost|predictive)|\bac lost\b", "sel:psu-failure"),
        (r"\bfan\b.*(?:lower|failure|non-recoverable|critical)", "sel:fan"),
        (r"memory.*uncorrectable|uncorrectable ecc", "sel:memory-ue"),
        (r"memory.*correctable|correctable ecc", "sel:memory-ce"),
        (r"critical interrupt|bus (?:fatal|uncorrectable) error|pci (?:perr|serr)",
         "sel:critical-interrupt"),
        (r"temperature.*(?:upper|critical|non-recoverable)", "sel:temperature"),
        (r"voltage.*(?:lower|upper|critical|non-recoverable)", "sel:voltage"),
        (r"drive.*(?:fault|failure|offline)", "sel:drive"),
    )
)  # fmt: skip


def throttles(name: str) -> tuple[str, ...]:
    """Return the faults of a mask of throttle reasons such as `throttle:0x88`, one a bit.

    Nothing where it is no mask, or holds a bit that nobody knows.
    """
    found = _MASK.match(name.lower())
    mask = int(found["mask"], 16) if found else 0
    bits = [bit for bit, _ in REASONS if mask & bit]
    return tuple(f"throttle:{bit:#x}" for bit in bits) if mask and mask == sum(bits) else ()


def fault_of_entry(event: Event) -> str | None:
    """Return which fault an entry of a controller's log is; None for one that is none.

    What was taken back is no fault any more; the order of an event and its end is the caller's.
    """
    if event.asserted is False:
        return None
    told = f"{event.kind or ''} {event.sensor or ''} {event.event}"
    return next((fault for pattern, fault in _SEL if pattern.search(told)), None)
