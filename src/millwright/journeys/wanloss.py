"""The site without its WAN: cut on hosts that undo it by themselves, looked at, and whole again.

Whatever is killed, a timer that each host armed before its cut takes the rules away; `resume` does
so at once, and ends the drill's job.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from millwright.journeys.drilldiary import DrillDiary
from millwright.journeys.drillhands import Heard, WanHands
from millwright.journeys.nodeloss import Told, Whether
from millwright.manage.drill.wan import AFTER, BEFORE, DURING, figures, probes
from millwright.model.drill import DrillRecord

LOOK_S = 60.0
ROOM_S = 15.0
"""A last look within the cut begins so long before its end."""
LATE = "late"
BACK_S = 30.0
"""How long what is outside may take to answer again."""


class WanLoss:
    """One drill without WAN. `after` is how it stands when it was left."""

    def __init__(self, record: DrillRecord, hands: WanHands) -> None:
        self._diary = DrillDiary(record, hands)
        self._hands = hands
        self._nodes = record.plan.nodes
        self._worker = record.plan.settings.get("worker", "")

    @property
    def after(self) -> DrillRecord:
        """Return the drill as it stands."""
        return self._diary.record

    def go(self) -> Told:
        """Yield what is done, until the drill is closed or hosts do not answer."""
        again = self._diary.last("begin") is not None
        self._diary.write("begin", "done", outcome="again" if again else "first")
        if not again:
            if not (yield from self._before()):
                return
            yield from self._work()
            if (yield from self._cut()):
                yield from self._within()
        yield from self._end()

    def _tell(
        self, verb: str, given: Mapping[str, Mapping[str, Any]] | None = None
    ) -> dict[str, Heard]:
        texts = {host: json.dumps(order).encode() for host, order in (given or {}).items()}
        told = self._hands.hosts.tell(self._nodes, self._hands.words(verb), LOOK_S, texts)
        lost = dict.fromkeys(self._nodes, Heard(why="it did not answer"))
        return lost | told

    def _look(self, when: str) -> Iterator[str]:
        """Have all hosts look; what each told is kept, and the silent are named."""
        for host, heard in self._tell("look", self._hands.orders).items():
            document = dict(heard.document)
            # What was still being looked at when the cut ended says nothing of it.
            late = when == DURING and document.get("cut") is not True
            self._diary.write(
                "look", "failed" if heard.why else "done", heard.why, node=host,
                outcome=LATE if late else when, answer="" if heard.why else json.dumps(document),
            )  # fmt: skip
            if heard.why:
                yield f"{host} did not look: {heard.why}"

    def _before(self) -> Whether:
        silent = []
        for told in self._look(BEFORE):
            silent.append(told)
            yield told
        found = probes(self._diary.deeds(), BEFORE).values()
        there = {probe.host for probe in found if probe.outside and probe.ok}
        yield f"{len(found)} things were looked at; something outside answers on {len(there)} hosts"
        if silent or not there:
            why = "; ".join(silent) or "nothing outside answers: there is no WAN to lose"
            self._diary.close("abandoned", why)
            yield f"abandoned: {why}"
            return False
        return True

    def _work(self) -> Told:
        """Have a job beat on a node that computes, before anything is cut."""
        if not self._worker:
            return
        name = self._diary.record.id
        self._diary.write("job", "intent", name, node=self._worker)
        refused = self._hands.beats.beat(name, self._worker)
        begun = self._hands.clock()
        while not refused:
            stand = self._hands.beats.job(name)
            if stand.state == "RUNNING":
                self._diary.write("job", "done", stand.id, node=self._worker)
                self._hands.wait(3.0)
                yield f"job {stand.id} of the drill beats on {self._worker}"
                return
            if self._hands.clock() - begun > LOOK_S:
                refused = f"{stand.state or stand.silent} ({stand.reason})"
            self._hands.wait(1.0)
        self._diary.write("job", "failed", refused, node=self._worker)
        yield f"no job of the drill beats: {refused}"

    def _cut(self) -> Whether:
        """Cut every host, or none: each arms first what undoes it."""
        plan, name = self._diary.record.plan, self._diary.record.id
        self._diary.write("cut", "intent", f"for {plan.limit_s:.0f} s")
        order = {"name": name, "seconds": round(plan.limit_s), "rules": self._hands.rules}
        told = self._tell("cut", dict.fromkeys(self._nodes, order))
        bad = [f"{host}: {heard.why or heard.document.get('told')}" for host, heard in told.items()
               if heard.why or heard.document.get("cut") is not True]  # fmt: skip
        if bad:
            self._diary.write("cut", "failed", "; ".join(bad))
            yield f"not cut: {'; '.join(bad)}"
            return False
        answer = {host: heard.document.get("at") for host, heard in told.items()}
        self._diary.write("cut", "done", "each host is cut", answer=json.dumps(answer))
        yield f"cut for {plan.limit_s:.0f} s; each host undoes it by itself"
        return True

    def _within(self) -> Told:
        """Look early and late within the cut, give a job meanwhile, and see it undo itself."""
        begun, limit_s = self._hands.clock(), float(self._diary.record.plan.limit_s)
        yield from self._look(DURING)
        yield from self._give_work()
        left = limit_s - ROOM_S - (self._hands.clock() - begun)
        if left > 0:
            self._hands.wait(left)
            yield from self._look(DURING)
        self._hands.wait(max(0.0, limit_s + 2.0 - (self._hands.clock() - begun)))

    def _give_work(self) -> Told:
        if not self._worker:
            return
        begun = self._hands.clock()
        refused = self._hands.beats.runs(self._diary.record.id, self._worker)
        took = f"{self._hands.clock() - begun:.1f}"
        self._diary.write(
            "seen", "failed" if refused else "done", refused, outcome="new-work", answer=took
        )
        yield f"a job given within the cut: {refused or f'ran after {took} s'}"

    def _end(self) -> Told:
        """See every host whole again, and close; hosts that do not tell are asked by `resume`."""
        silent: list[str] = []
        if self._diary.last("cut") is not None and not self._diary.done("uncut"):
            silent = yield from self._uncut()
        if self._diary.done("cut") and not silent and not self._diary.done("seen", "beats"):
            yield from self._again_whole()
            self._beats()
        if self._diary.last("job") is not None:
            refused = self._hands.beats.end(self._diary.record.id)
            self._diary.write("clean", "failed" if refused else "done", refused)
        if silent:
            yield f"waits: {'; '.join(silent)}; a timer on each host undoes the cut meanwhile"
        elif self._diary.done("cut"):
            self._diary.close("done", "", figures(self._diary.record.plan, self._diary.deeds()))
        else:
            last = self._diary.last("cut")
            why = last.detail if last and last.phase == "failed" else "it was interrupted"
            self._diary.close("abandoned", why)
            yield f"abandoned: {why}"

    def _uncut(self) -> Generator[str, None, list[str]]:
        told = self._tell(f"uncut:{self._diary.record.id}")
        silent = [f"{host}: {heard.why}" for host, heard in told.items() if heard.why]
        silent += [f"{host}: {_not_whole(h)}" for host, h in told.items() if _not_whole(h)]
        if not silent:
            stood = [host for host, heard in told.items() if heard.document.get("stood")]
            own = "each host undid it by its own timer"
            why = f"undone by the drill on {', '.join(stood)}" if stood else own
            self._diary.write("uncut", "done", why)
            yield why
        return silent

    def _again_whole(self) -> Told:
        """Look until what is outside answers again, for a while."""
        begun = self._hands.clock()
        while True:
            yield from self._look(AFTER)
            deeds = self._diary.deeds()
            before, after = probes(deeds, BEFORE), probes(deeds, AFTER)
            lost = [
                key for key, probe in after.items()
                if key in before and before[key].ok and not probe.ok
            ]  # fmt: skip
            silent = set(self._nodes) - {host for host, _ in after}
            if not (lost or silent) or self._hands.clock() - begun > BACK_S:
                return
            self._hands.wait(2.0)

    def _beats(self) -> None:
        """Read when the job beat, with the moments of its own host's clock."""
        if not self._diary.done("job"):
            return
        cut = self._diary.done("cut")
        words = self._hands.words(f"beats:{self._diary.record.id}")
        heard = self._hands.hosts.tell([self._worker], words, LOOK_S, {})[self._worker]
        since = json.loads(cut.answer).get(self._worker) if cut and cut.answer else None
        looks = [d for d in self._diary.deeds() if (d.step, d.node) == ("look", self._worker)]
        ends = [json.loads(d.answer)["at"] for d in looks if d.outcome == AFTER and d.answer]
        if heard.why or since is None or not ends:
            self._diary.write("seen", "failed", heard.why or "no moments", outcome="beats")
            return
        told = {"beats": heard.document.get("beats", ()), "since": since, "until": min(ends)}
        self._diary.write("seen", "done", "", outcome="beats", answer=json.dumps(told))


def _not_whole(heard: Heard) -> str:
    """Return why a host that answered is not known to be whole, or nothing."""
    stands = heard.document.get("cut")
    if heard.why or stands is False:
        return ""
    said = f": {heard.document.get('told')}" if heard.document.get("told") else ""
    return f"still cut{said}" if stands else f"it does not tell whether it is still cut{said}"
