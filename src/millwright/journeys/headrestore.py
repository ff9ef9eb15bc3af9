"""The restore of the head from its newest backup, beside what runs; the live one is only asked."""

from __future__ import annotations

import json
from collections.abc import Iterator

from millwright.journeys.drilldiary import DrillDiary
from millwright.journeys.drillhands import Heard, RestoreHands
from millwright.manage.drill.restore import figures
from millwright.model.drill import DrillRecord

CHECK_S, DRILL_S, TRIAL_S = 120.0, 1800.0, 300.0


class HeadRestore:
    """One drill of a restore. Nothing is taken away: one that was killed is tried anew."""

    def __init__(self, record: DrillRecord, hands: RestoreHands) -> None:
        self._diary = DrillDiary(record, hands)
        self._hands = hands
        (self._head,) = record.plan.nodes

    @property
    def after(self) -> DrillRecord:
        """Return the drill as it stands."""
        return self._diary.record

    def go(self) -> Iterator[str]:
        """Yield what is done, until the drill is closed, or the head does not answer."""
        if self._diary.last("stop") is not None:
            self._diary.close("abandoned", "nothing was taken away")
            return
        again = self._diary.last("begin") is not None
        self._diary.write("begin", "done", node=self._head, outcome="again" if again else "first")
        yield from self._try("check", "", CHECK_S)
        checked = self._diary.done("try", "check")
        name = str(json.loads(checked.answer).get("newest", "")) if checked else ""
        if name:
            yield from self._try("rows", name, DRILL_S)
            yield from self._try("controller", name, TRIAL_S)
        self._diary.close("done", "", figures(self._diary.record.plan, self._diary.deeds()))

    def _try(self, what: str, name: str, limit_s: float) -> Iterator[str]:
        if self._diary.done("try", what):
            return
        self._diary.write("try", "intent", name, node=self._head, outcome=what)
        words = self._hands.words(what, name)
        told = self._hands.hosts.tell([self._head], words, limit_s, {})
        heard = told.get(self._head, Heard(why="it did not answer"))
        document = dict(heard.document)
        # A backup that is too old, or whose rows differ, is an answer: the figures judge it.
        whole = "newest" in document if what == "check" else what != "controller"
        bad = heard.why or ("" if document.get("ok") or whole else _problem(document))
        if what == "rows" and not bad and "rows" not in document:
            bad = _problem(document)
        answer = "" if bad else json.dumps(document)
        self._diary.write(
            "try", "failed" if bad else "done", bad, node=self._head, outcome=what, answer=answer
        )
        yield f"{what}: {bad or 'answered'}"


def _problem(document: dict[str, object]) -> str:
    found = document.get("problem") or document.get("problems") or "it told nothing of use"
    return "; ".join(map(str, found)) if isinstance(found, list) else str(found)
