"""`break` and `heal`: from the words of a fault to a broken host, and back."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from millwright.errors import MillwrightError
from millwright.lab.boot import restart, without_power
from millwright.lab.faultlog import Fault, active, keep, made
from millwright.lab.faults import KINDS, Kind, Place
from millwright.lab.redfish import FANS, SUPPLIES

GPUS = 8
FAULTS_FILE = "/var/lib/millwright-lab/faults.json"
BY_NAME = {kind.name: kind for kind in KINDS}
MOST_SKEW_S = 10**8
ADAPTER = r"mlx5_\d{1,2}"
SEVERAL = ("link-down", "slow-link", "full-disk")
"""Faults that a host may have more than once, with other values."""
SHARE = r"0?\.\d{1,4}"

VALUES: dict[str, tuple[Callable[[str], bool], str]] = {
    "slow-gpu": (lambda v: _is_number(v) and 0 < float(v) < 1, "a fraction, such as 0.8"),
    "xid": (lambda v: v.isdigit() and 0 < int(v) < 1000, "a code, such as xid:79"),
    "ecc": (lambda v: v.isdigit() and int(v) > 0, "a count of errors, such as 3"),
    "pcie-width": (lambda v: v in ("1", "2", "4", "8"), "1, 2, 4 or 8 lanes"),
    "link-down": (lambda v: bool(re.fullmatch(ADAPTER, v)), "an adapter, such as mlx5_2"),
    "swapped-cables": (
        lambda v: bool(re.fullmatch(rf"{ADAPTER}\+{ADAPTER}", v)),
        "two adapters, such as mlx5_0+mlx5_1",
    ),
    "slow-link": (
        lambda v: bool(re.fullmatch(rf"{ADAPTER}={SHARE}", v)),
        "an adapter and a fraction, such as mlx5_2=0.6",
    ),
    "slow-group": (
        lambda v: bool(re.fullmatch(rf"{SHARE}(\+[a-z][a-z0-9-]{{0,62}})?", v)),
        "a fraction, and whom it is slow with: 0.6 or 0.6+gpu3",
    ),
    "full-disk": (lambda v: _is_folder(v), "a folder below /, such as /var/tmp"),
    "clock-skew": (
        lambda v: bool(re.fullmatch(r"[+-]?\d{1,9}", v)) and 0 < abs(int(v)) <= MOST_SKEW_S,
        "seconds, such as 600 or -30",
    ),
}
"""What the value of a fault must be, and how that is told."""


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"\d*\.?\d+", text))


def _is_folder(text: str) -> bool:
    path = PurePosixPath(text)
    plain = re.fullmatch(r"(/[A-Za-z0-9._-]+)+", text)
    return bool(plain) and ".." not in path.parts and path.parts[1] not in ("proc", "sys", "dev")


def read_fault(words: str) -> Fault:
    """Return the fault that `KIND[:...]` names.

    Raises MillwrightError where it names none, or takes something else.
    """
    name, *rest = words.split(":")
    kind = BY_NAME.get(name)
    if kind is None:
        raise MillwrightError(f"there is no fault {name!r}", hint=f"there are {', '.join(BY_NAME)}")
    device, value = _arguments(kind, rest)
    most = {"fan": FANS, "psu": SUPPLIES}.get(name, GPUS)
    if device is not None and not 0 <= device < most:
        raise _mistaken(kind, f"it counts from 0 to {most - 1}")
    if value is not None and not VALUES[name][0](value):
        raise _mistaken(kind, f"it takes {VALUES[name][1]}")
    said = (name, value, device) if kind.takes == "value-gpu" else (name, device, value)
    return made(said, device, value)


def _arguments(kind: Kind, rest: list[str]) -> tuple[int | None, str | None]:
    """Return device and value out of what follows the name, by what the kind takes."""
    order = {"gpu": "d", "number": "d", "gpu-value": "dv", "value-gpu": "vd", "value": "v"}
    places = order.get(kind.takes, "")
    if rest and not places:
        raise MillwrightError(f"{kind.name} takes nothing", hint=f"{kind.name} is: {kind.title}")
    if len(rest) > len(places):
        raise _mistaken(kind, "it takes less than that")
    said = dict(zip(places, rest, strict=False))
    value = said.get("v", kind.default) if "v" in places else None
    if "v" in places and value is None:
        raise _mistaken(kind, f"it takes {VALUES[kind.name][1]}")
    number = said.get("d", "0") if "d" in places else None
    if number is not None and not number.isdigit():
        raise _mistaken(kind, f"{number!r} is not a number")
    return (None if number is None else int(number)), value


def _mistaken(kind: Kind, why: str) -> MillwrightError:
    return MillwrightError(f"{kind.name}: {why}", hint=f"{kind.name} is: {kind.title}")


def check(place: Place, wanted: Sequence[Fault]) -> None:
    """Refuse faults, one after the other, that the host cannot have; nothing is done.

    Raises MillwrightError.
    """
    there = active(place.home, place.host.name)
    for fault in wanted:
        kind = BY_NAME[fault.kind]
        _check_devices(place, kind)
        if any(other.id == fault.id for other in there):
            continue
        _check_power(place, kind, there)
        _refuse_second(kind, fault, there)
        if kind.check is not None:
            kind.check(place, fault)
        there = [*there, fault]


def break_(place: Place, fault: Fault) -> bool:
    """Do a fault to a host; return False where it has it already."""
    check(place, [fault])
    kind, there = BY_NAME[fault.kind], active(place.home, place.host.name)
    if any(other.id == fault.id for other in there):
        return False
    if kind.do is not None:
        kind.do(place, fault)
    _tell(place, [*there, fault])
    return True


def _check_devices(place: Place, kind: Kind) -> None:
    """Refuse faults of GPUs where there are none, and NVIDIA's fault codes where another's are."""
    profile = place.host.profile
    if profile is None and ("gpu" in kind.takes or kind.name == "hung-smi"):
        raise MillwrightError(f"{place.host.name} has no GPUs", hint="name a node, such as gpu1")
    if profile == "mi300x" and kind.name == "xid":
        raise MillwrightError("Xids are NVIDIA's, and the node has AMD's GPUs")


def _check_power(place: Place, kind: Kind, there: Sequence[Fault]) -> None:
    off = not place.runs or any(fault.kind == "dead" for fault in there)
    if kind.needs_power and off:
        raise MillwrightError(
            f"{place.host.name} is off", hint=place.plan.command("heal", place.host.name)
        )


def _refuse_second(kind: Kind, fault: Fault, there: list[Fault]) -> None:
    """Refuse what cannot be had twice: one clock, one swap of a cable, two values of one GPU."""
    alike = [o for o in there if (o.kind, o.device) == (fault.kind, fault.device)]
    single = kind.takes in ("value", "gpu-value") and kind.name not in SEVERAL
    if alike and single:
        raise MillwrightError(f"it has {alike[0].id} already", hint="heal that first")


def heal(place: Place, wanted: str | None) -> list[Fault]:
    """Undo one fault, or all where none is named; return those undone, the newest first.

    A fault is named by its kind, by what status calls it, or as `break_` took it.

    Where none is named, a host that is off gets its power back, whoever took it; that is told as
    `off`. Raises MillwrightError where the host does not have the fault.
    """
    there = active(place.home, place.host.name)
    named = None if wanted is None else _names(wanted)
    chosen = [f for f in reversed(there) if named is None or {f.id, f.kind} & named]
    if wanted is not None and not chosen:
        has = ", ".join(fault.id for fault in there) or "none"
        raise MillwrightError(f"{place.host.name} has no fault {wanted!r}", hint=f"it has {has}")
    powered = _power_on(place) if wanted is None else []
    for fault in sorted(chosen, key=lambda f: f.kind != "dead"):
        undo = BY_NAME[fault.kind].undo
        if undo is not None:
            undo(place, fault)
        there = [other for other in there if other.id != fault.id]
        _tell(place, there)
    return [*powered, *chosen]


def _names(wanted: str) -> set[str]:
    """Return what a fault that was named may be called: as it was said, and with its defaults."""
    with contextlib.suppress(MillwrightError):
        return {wanted, read_fault(wanted).id}
    return {wanted}


def _power_on(place: Place) -> list[Fault]:
    """Start a host that is off without a fault that keeps it so."""
    if place.runs or without_power(place.home, place.host.name):
        return []
    restart(place.home, place.plan, place.host)
    return [made(("off",), None, None)]


def _tell(place: Place, faults: list[Fault]) -> None:
    """Keep the list, and lay it where the host's own tools read it."""
    place.put(FAULTS_FILE, keep(place.home, place.host.name, faults))
