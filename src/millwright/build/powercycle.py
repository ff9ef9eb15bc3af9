"""Starts from no power as a test: a node's controller is told, once it is known to be that node's.

The node itself first says its serial number; its management controller has to say the same before
any power is acted on. From then on it is a start like any other: the node answers as another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from millwright.model.serials import names_no_machine
from millwright.ports import Answer, Bmc, PowerAction, Spool, SpoolOrder, SpoolTold, Unit

LOOK_S = 5.0
"""How often a node that does not come back is looked at by its controller."""


@dataclass(slots=True)
class CyclingSpool:
    """A Spool in which some tests cycle power; all others pass through to `inner`.

    `tests` are those; their jobs say the node's serial number and nothing else. `acted` sees every
    act on power, with what was answered.
    """

    inner: Spool
    bmc: Bmc
    tests: frozenset[str]
    now: Callable[[], float]
    acted: Callable[[Answer], None]
    _ordered: set[tuple[str, str]] = field(default_factory=set)
    _looked: dict[str, float] = field(default_factory=dict)

    def tend(self, orders: Sequence[SpoolOrder]) -> Iterator[SpoolTold]:
        """Yield what each node told; power is cycled between a node's word and the next one."""
        asked = {order.node: self._cycling(order) for order in orders}
        for told in self.inner.tend(orders):
            key = asked[told.node]
            if key and not told.reached:
                self._look(told.node)
            elif key and (unit := self._cycled(told, key)):
                told = replace(told, units={**told.units, key: unit})
            yield told

    def _cycling(self, order: SpoolOrder) -> str:
        keys = (*(job.key for job in order.begin), *order.ask)
        return next((key for key in keys if key.partition(".")[0] in self.tests), "")

    def _cycled(self, told: SpoolTold, key: str) -> Unit | None:
        """Cycle the power of a node that has said who it is; return how that failed, if it did."""
        unit = told.units.get(key, Unit("none"))
        here = unit.state == "done" and unit.exit_status == 0 and unit.boot_id == told.boot_id
        if not here or (told.node, key) in self._ordered:
            return None
        why = self._cycle(told.node, unit.stdout.decode("utf-8", "replace").strip())
        if not why:
            self._ordered.add((told.node, key))
            self._looked[told.node] = self.now()
            return None
        return Unit("refused", unit.boot_id, reason=f"no power was acted on: {why}")

    def _cycle(self, node: str, serial: str) -> str:
        if names_no_machine(serial):
            return f"{node} does not say its serial number ({serial or 'nothing'})"
        told = self.bmc.look(node)
        if told.reason:
            return told.reason
        if told.serial.strip() != serial:
            return f"{node} says serial number {serial}, its controller {told.serial or 'none'}"
        return self._act(node, "off", told.simulated)

    def _act(self, node: str, action: PowerAction, simulated: bool) -> str:
        why = self.bmc.power(node, action)
        argv = ("redfish", "ComputerSystem.Reset", action)
        answer = Answer(node, argv, "exit", 0, 0.0, simulated=simulated)
        self.acted(replace(answer, ended="lost", exit_status=None, reason=why) if why else answer)
        return why

    def _look(self, node: str) -> None:
        """See that a node which was cut off has power again; asked now and then."""
        if self.now() - self._looked.get(node, -LOOK_S) < LOOK_S:
            return
        self._looked[node] = self.now()
        told = self.bmc.look(node)
        if told.power == "off":
            self._act(node, "on", told.simulated)
