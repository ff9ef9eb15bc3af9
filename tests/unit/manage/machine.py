"""A node made of a few values, which keeps its notes as the keeper on real nodes does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from millwright.manage.tune.hands import Changed
from millwright.manage.tune.orders import NodeOrder
from millwright.model.tuned import Facts, Instance, NodeState, Value
from millwright.model.tuning import Wanted

SYSCTL = "sysctl"


def place(key: str) -> Instance:
    return (SYSCTL, key, "")


def want(key: str, value: str, note: str = "note", **more: object) -> Wanted:
    said = {"version": 1, "kind": SYSCTL, "why": "", "source": "x", "confidence": "spec", **more}
    return Wanted.model_validate({"note": note, "name": key, "key": key, "want": value, **said})


@dataclass
class Machine:
    """Values by key. `dies_after` writes it stops, and its state says that it was at it."""

    values: dict[str, str]
    name: str = "gpu1"
    boot_id: str = "b1"
    state: NodeState = field(default_factory=NodeState)
    dies_after: int | None = None
    ideals: Mapping[str, str] = field(default_factory=dict)
    refuses: frozenset[str] = frozenset()

    def facts(self) -> Facts:
        values = tuple(
            Value(SYSCTL, key, "", value, self.ideals.get(key, ""))
            for key, value in self.values.items()
        )
        persisted = {
            saved.place: (saved.value, "ours") for saved in self.state.saved if saved.layers
        }
        return Facts(
            self.name, self.boot_id, values, persisted=persisted, state=self.state, virtual="none"
        )

    def obey(self, order: NodeOrder) -> Changed:
        assert order.generation == self.state.generation
        self.state = self.state.model_copy(update={"pending": order.saved})
        failed = []
        for number, write in enumerate(order.writes):
            if self.dies_after is not None and number >= self.dies_after:
                return Changed(self.name, "killed", answered=False)
            key = write.place[1]
            if key in self.refuses:
                failed.append(key)
                continue
            assert self.values[key] in write.expect or order.force
            self.values[key] = write.value
        kept = tuple(each for each in order.saved if each.key not in failed)
        self.state = NodeState(
            generation=self.state.generation + 1, boot_id=self.boot_id, saved=kept
        )
        return Changed(self.name, failed=tuple(failed))
