"""What a part reached when it was accepted: the values that day 2 holds it against."""

from __future__ import annotations

from millwright.model.base import Figure, Frozen
from millwright.model.measurement import Param

FingerprintKey = tuple[str, str, str, str, str, str, tuple[tuple[str, Param], ...]]


class Fingerprint(Frozen):
    """One metric of one part under one set of conditions.

    `serial` is the part's own number, or its node's where `device` names what has none. `node` and
    `place` are where it was then. `median` is over `count` readings (one an attempt); `spread`, a
    robust deviation of one reading, is null where there are fewer than three. `versions` holds
    what was in force: driver, VBIOS, power cap.
    """

    serial: str
    device: str = ""
    node: str
    place: str = ""
    metric: str
    unit: str
    sku: str = ""
    test: str = ""
    tool: str
    params: dict[str, Param] = {}
    versions: dict[str, Param] = {}
    median: Figure
    spread: Figure | None
    count: int
    run: str
    at: str
    simulated: bool

    @property
    def key(self) -> FingerprintKey:
        """Return what a later fingerprint of the same thing shares: versions and run may differ."""
        params = tuple(sorted(self.params.items()))
        return (self.serial, self.device, self.metric, self.unit, self.test,
                self.tool.partition(" ")[0], params)  # fmt: skip
