"""Notes over notes: what is in force is what was there first, with each note's word laid over it.

So the order of going does not matter: what is left is as if the note that went had never come.
"""

from __future__ import annotations

from collections.abc import Mapping

from millwright.manage.tune.wants import folded_in
from millwright.model.tuned import Facts, Instance, Layer, NodeState, Saved

Stack = Mapping[Instance, Saved]


def in_force(base: str, layers: tuple[Layer, ...]) -> str:
    """Return the value that layers come to over what was there before."""
    value = base
    for layer in layers:
        value = folded_in(layer.want, value)
    return value


def of_state(state: NodeState) -> dict[Instance, Saved]:
    """Return what is meant to be in force, by place."""
    return {saved.place: saved for saved in state.meant}


def pushed(stack: Stack, place: Instance, base: str, layer: Layer) -> Saved:
    """Return one place with a note's word over it; a note that is there keeps its turn."""
    former = stack.get(place)
    layers = former.layers if former else ()
    if any(each.note == layer.note for each in layers):
        layers = tuple(layer if each.note == layer.note else each for each in layers)
    else:
        layers = (*layers, layer)
    return _saved(place, former.base if former else base, layers)


def popped(saved: Saved, notes: frozenset[str]) -> Saved | None:
    """Return one place without some notes; nothing where no other is over it."""
    layers = tuple(each for each in saved.layers if each.note not in notes)
    return _saved(saved.place, saved.base, layers) if layers else None


def _saved(place: Instance, base: str, layers: tuple[Layer, ...]) -> Saved:
    kind, key, instance = place
    return Saved.model_validate(
        {
            "kind": kind,
            "key": key,
            "instance": instance,
            "base": base,
            "layers": layers,
            "value": in_force(base, layers),
        }
    )


def acceptable(facts: Facts, place: Instance) -> frozenset[str] | None:
    """Return the values that we left there ourselves; None for a place that no note is over.

    Of a change that did not come to its end, both its sides are ours. After a start of the node the
    value from before the notes may be back.
    """
    former = {saved.place: saved for saved in facts.state.saved}
    meant = of_state(facts.state)
    known = [each[place] for each in (former, meant) if place in each]
    if not known:
        return None
    restarted = facts.boot_id != facts.state.boot_id
    bases = {each.base for each in known} if len(known) == 1 and meant != former else set()
    if restarted:
        bases |= {each.base for each in known}
    return frozenset({each.value for each in known} | bases)
