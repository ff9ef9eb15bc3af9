"""A small pod of two rails, planned and seen, that tests cut, exchange and rename."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from millwright.model.cabling import Box, End, Listing, Planned, SeenLink, Spot

HOSTS, RAILS, SPINES = 6, 2, 2
Wire = tuple[End, End]


def host(number: int) -> str:
    """Return a host's name."""
    return f"gpu{number:03d}"


def boxes() -> dict[str, Box]:
    """Return the devices of the plan."""
    found = {}
    for number in range(1, HOSTS + 1):
        labels = {f"mlx5_{rail - 1}/1": f"OSFP{rail}" for rail in range(1, RAILS + 1)}
        found[host(number)] = Box(host(number), "host", "server", labels=labels)
    for rail in range(1, RAILS + 1):
        labels = {str(port): f"1/{port}" for port in range(1, HOSTS + SPINES + 1)}
        found[f"leaf-{rail}"] = Box(f"leaf-{rail}", "switch", "qm", rail, labels)
    for spine in range(1, SPINES + 1):
        labels = {str(port): f"1/{port}" for port in range(1, RAILS + 1)}
        found[f"spine-{spine}"] = Box(f"spine-{spine}", "switch", "qm", labels=labels)
    return found


def wires() -> Iterator[tuple[int, Wire]]:
    """Yield every cable with its rail."""
    for rail in range(1, RAILS + 1):
        for number in range(1, HOSTS + 1):
            yield rail, ((host(number), f"OSFP{rail}"), (f"leaf-{rail}", f"1/{number}"))
        for spine in range(1, SPINES + 1):
            yield rail, ((f"leaf-{rail}", f"1/{HOSTS + spine}"), (f"spine-{spine}", f"1/{rail}"))


def plan(gbps: float | None = 400) -> list[Planned]:
    """Return the cables as planned."""
    return [Planned(f"{b[0]}:{b[1]}", "compute", rail, a, b, gbps) for rail, (a, b) in wires()]


def spot_of(end: End) -> Spot:
    """Return an end as a subnet would show it."""
    device, port = end
    label = next(label for label, own in boxes()[device].labels.items() if own == port)
    if device.startswith("gpu"):
        return Spot(device, "host", device, label, f"{device} {label.partition('/')[0]}")
    return Spot(f"guid-{device}", "switch", device, label, f"MF0;{device}:MQM9700/U1")


@dataclass(slots=True)
class Floor:
    """Cables as they lie: ends that are joined, which a test may change before it looks."""

    wires: list[Wire] = field(default_factory=lambda: [wire for _, wire in wires()])
    gbps: float | None = 400

    def exchange(self, one: int, other: int) -> None:
        """Exchange the upper ends of two cables."""
        (a, b), (c, d) = self.wires[one], self.wires[other]
        self.wires[one], self.wires[other] = (a, d), (c, b)

    def links(self, spot: Callable[[End], Spot] = spot_of) -> list[SeenLink]:
        """Return what is seen of them."""
        return [SeenLink(spot(a), spot(b), self.gbps) for a, b in self.wires]

    def listing(self, spot: Callable[[End], Spot] = spot_of) -> Listing:
        """Return the listing of a subnet."""
        return Listing(self.links(spot))


def renamed(names: Mapping[str, str]) -> Callable[[End], Spot]:
    """Return how ends are shown where devices have other names; an empty one has none."""

    def shown(end: End) -> Spot:
        spot = spot_of(end)
        name = names.get(end[0], end[0])
        if spot.kind == "host":
            return replace(spot, unit=name, name=name, said=name)
        return replace(spot, name=name or None, said=name or "Quantum Mellanox Technologies")

    return shown
