"""Signals of a node as a whole: whether it answers, and which of its answers never come."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from millwright.manage.health.signals import Seen, Source, source
from millwright.manage.health.view import NOT_ASKED, Unheard, View
from millwright.manage.questions import by_id
from millwright.model.heard import Heard

_OTHER_KEY = "is not the one that was trusted"


def _reached(view: View) -> Iterator[Seen]:
    """Tell of a node that does not answer what is known beside that: another host key, or power.

    That it does not answer is nobody's finding by itself: then nothing is known of it.
    """
    if view.silent is None:
        if not view.heard:
            raise Unheard(NOT_ASKED)
        return
    if _OTHER_KEY in view.silent:
        yield Seen("host_key_changed", "", 1.0, view.silent)
        return
    states = [system.power_state for system in view.facts("redfish").systems]
    if any((state or "").lower() == "on" for state in states):
        # One that boots has power and is silent as well: only who stays so is stuck.
        signal = "silent_with_power" if view.was_silent else "silent_for_now"
        yield Seen(signal, "", 1.0, view.silent)


def _hung(view: View) -> Iterator[Seen]:
    """Tell which questions hang: tools of accelerators together, everything else by itself."""
    if view.silent is not None or not view.heard:
        raise Unheard(f"it did not answer: {view.silent}" if view.silent else NOT_ASKED)
    over = [heard for heard in view.heard.values() if heard.ended == "timeout"]
    late = [heard.question for heard in over if _own(heard)]
    if len(over) > len(late):
        note = f"{len(over) - len(late)} questions were not come to: {over[-1].reason}"
        yield Seen("question_hung", "the conversation", 1.0, note)
    of_gpus = [each for each in late if _party(each) in ("nvidia", "amd")]
    if of_gpus:
        yield Seen("gpu_tools_hung", "", float(len(of_gpus)), ", ".join(sorted(of_gpus)))
    for each in sorted(set(late) - set(of_gpus)):
        yield Seen("question_hung", each, 1.0, view.heard[each].reason)


def _own(heard: Heard) -> bool:
    """Return whether a question's own time was over, and not that of all questions together."""
    try:
        limit_s = by_id(heard.question).command_s
    except KeyError:
        return True
    spent = re.search(r"no end within ([\d.]+) s", heard.reason)
    return spent is None or abs(float(spent[1]) - limit_s) <= 1


def _party(question: str) -> str:
    try:
        return by_id(question).of
    except KeyError:
        return "all"


SOURCES: Iterable[Source] = (
    source("reached", _reached, "host_key_changed", "silent_with_power", "silent_for_now"),
    source("hung", _hung, "gpu_tools_hung", "question_hung"),
)
