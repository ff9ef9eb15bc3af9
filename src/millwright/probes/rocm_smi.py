"""`rocm-smi --json`: AMD accelerators, card by card, in the labels of ROCm 4 to 7."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from millwright.model.measurement import Measurement
from millwright.probes import metrics
from millwright.probes.json_node import Node, document
from millwright.probes.quantity import counter, quantity, words
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "rocm-smi"
_CARD = re.compile(r"card(\d{1,4})")
_MIB = 2**20
_CLOCK = re.compile(r"\(?(?P<value>\d{1,6})\s*Mhz\)?", re.IGNORECASE)
_LEVEL_CLOCK = re.compile(r"\d+ \((?P<value>\d{1,6})\s*Mhz\)", re.IGNORECASE)
_PCIE = re.compile(r"\d+ \((?P<speed>\d+(?:\.\d+)?)\s*GT/s x(?P<width>\d{1,2})\)")
_ERRORS = re.compile(r"correctable (?P<corrected>\d+), uncorrectable (?P<uncorrected>\d+)")
_PAIR = re.compile(
    r"\(Topology\) (?P<what>Weight|Hops|Link type) between DRM devices "
    r"(?P<a>\d{1,4}) and (?P<b>\d{1,4})"
)


@dataclass(frozen=True, slots=True)
class Card:
    """One accelerator. `temperature_c` is the junction's, the hottest point."""

    index: int
    series: str | None
    model: str | None
    vbios: str | None
    serial: str | None
    unique_id: str | None
    bus_id: str | None
    temperature_c: float | None
    edge_temperature_c: float | None
    memory_temperature_c: float | None
    power_draw_w: float | None
    power_limit_w: float | None
    sm_clock_mhz: float | None
    memory_clock_mhz: float | None
    utilization_percent: float | None
    memory_total_mib: float | None
    memory_used_mib: float | None
    pcie_speed_gt_s: float | None
    pcie_width: int | None
    pcie_replays: int | None
    numa_node: int | None
    umc_corrected: int | None = None
    umc_uncorrected: int | None = None


@dataclass(frozen=True, slots=True)
class CardLink:
    """What lies between two cards: `XGMI` or `PCIE`, so many hops away."""

    a: int
    b: int
    kind: str | None = None
    hops: int | None = None
    weight: int | None = None


@dataclass(frozen=True, slots=True)
class Cards:
    """The accelerators of a node, by number, and how they are joined."""

    driver: str | None
    cards: tuple[Card, ...]
    links: tuple[CardLink, ...] = ()


def command() -> list[str]:
    """Return what to ask a node."""
    return ["rocm-smi", "--showallinfo", "--json"]


def read(text: str) -> Reading[Cards]:
    """Return every card; what was not asked for is None."""
    whole, problems = document(text, expected=_has_cards)
    cards = tuple(
        _card(int(found[1]), _labels(node))
        for name, node in whole.members
        if (found := _CARD.fullmatch(name))
    )
    system = whole.at("system")
    facts = Cards(system.at("Driver version").said, cards, _links(system))
    problems += [] if cards else [Problem("no card is listed")]
    measured = tuple(measurement for card in cards for measurement in _measured(card))
    return Reading(TOOL, facts, measured, tuple(problems), is_simulated(text))


def _has_cards(node: Node) -> bool:
    return any(name == "system" or _CARD.fullmatch(name) for name, _ in node.members)


@dataclass(frozen=True, slots=True)
class _Labels:
    """A card's values; labels changed letter case and colons over the releases."""

    values: Mapping[str, str]

    def said(self, *labels: str) -> str | None:
        return next((told for label in labels if (told := self.values.get(label))), None)

    def number(self, *labels: str) -> float | None:
        return quantity(self.said(*labels), "")

    def mib(self, label: str) -> float | None:
        told = counter(self.said(label))
        return None if told is None else told / _MIB


def _labels(node: Node) -> _Labels:
    told = ((name.lower().rstrip(": "), value.said) for name, value in node.members)
    return _Labels({name: value for name, value in told if value})


def _card(index: int, told: _Labels) -> Card:
    link = _PCIE.fullmatch(told.said("pcie clock level") or "")
    errors = _ERRORS.fullmatch(told.said("umc ras") or "")
    return Card(
        index=index,
        series=told.said("card series", "device name"),
        model=told.said("card model", "device id"),
        vbios=told.said("vbios version"),
        serial=words(told.said("serial number")),
        unique_id=told.said("unique id"),
        bus_id=told.said("pci bus"),
        temperature_c=told.number("temperature (sensor junction) (c)"),
        edge_temperature_c=told.number("temperature (sensor edge) (c)"),
        memory_temperature_c=told.number("temperature (sensor memory) (c)"),
        power_draw_w=told.number(
            "current socket graphics package power (w)", "average graphics package power (w)"
        ),
        power_limit_w=told.number("max graphics package power (w)"),
        sm_clock_mhz=_clock(told, "sclk"),
        memory_clock_mhz=_clock(told, "mclk"),
        utilization_percent=told.number("gpu use (%)"),
        memory_total_mib=told.mib("vram total memory (b)"),
        memory_used_mib=told.mib("vram total used memory (b)"),
        pcie_speed_gt_s=float(link["speed"]) if link else None,
        pcie_width=int(link["width"]) if link else None,
        pcie_replays=counter(told.said("pcie replay count")),
        numa_node=counter(told.said("(topology) numa node")),
        umc_corrected=counter(errors["corrected"]) if errors else None,
        umc_uncorrected=counter(errors["uncorrected"]) if errors else None,
    )


def _clock(told: _Labels, name: str) -> float | None:
    speed = _CLOCK.fullmatch(told.said(f"{name} clock speed") or "")
    level = _LEVEL_CLOCK.fullmatch(told.said(f"{name} clock level") or "")
    found = speed or level
    return float(found["value"]) if found else None


def _links(system: Node) -> tuple[CardLink, ...]:
    found = [
        (match, node.said) for name, node in system.members if (match := _PAIR.fullmatch(name))
    ]
    pairs = dict.fromkeys((int(match["a"]), int(match["b"])) for match, _ in found)
    return tuple(_link(a, b, found) for a, b in pairs)


def _link(a: int, b: int, found: Sequence[tuple[re.Match[str], str | None]]) -> CardLink:
    told = {
        match["what"]: value
        for match, value in found
        if (int(match["a"]), int(match["b"])) == (a, b)
    }
    return CardLink(
        a, b, told.get("Link type"), counter(told.get("Hops")), counter(told.get("Weight"))
    )


def _measured(card: Card) -> Iterator[Measurement]:
    values = (
        (metrics.GPU_TEMPERATURE, card.temperature_c),
        (metrics.GPU_EDGE_TEMPERATURE, card.edge_temperature_c),
        (metrics.GPU_MEMORY_TEMPERATURE, card.memory_temperature_c),
        (metrics.GPU_POWER_DRAW, card.power_draw_w),
        (metrics.GPU_POWER_LIMIT, card.power_limit_w),
        (metrics.GPU_SM_CLOCK, card.sm_clock_mhz),
        (metrics.GPU_MEMORY_CLOCK, card.memory_clock_mhz),
        (metrics.GPU_UTILIZATION, card.utilization_percent),
        (metrics.GPU_MEMORY_TOTAL, card.memory_total_mib),
        (metrics.GPU_MEMORY_USED, card.memory_used_mib),
        (metrics.GPU_PCIE_WIDTH, card.pcie_width),
        (metrics.GPU_PCIE_REPLAYS, card.pcie_replays),
        (metrics.GPU_ECC_CORRECTED, card.umc_corrected),
        (metrics.GPU_ECC_UNCORRECTED, card.umc_uncorrected),
    )
    for metric, value in values:
        if value is not None:
            yield metric.of(value, f"gpu{card.index}")
