"""Jobs on nodes that outlive every connection: over any Shell, kept by a program that is sent."""

from __future__ import annotations

import base64
import contextlib
import json
import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

from millwright.model.evidence import Ended
from millwright.ports import Answer, Limits, Shell, SpoolOrder, SpoolTold, Unit, UnitState

ROOT = "/var/lib/millwright/spool"
KEEPER = Path(__file__).with_name("spoolkeeper.py")
AT_ONCE = 32
LIMITS = Limits(command_s=60.0, connect_s=10.0, output_bytes=48 << 20)


@dataclass(frozen=True, slots=True)
class ShellSpool:
    """A Spool over a Shell, in a folder of one run; nodes that are told alike are asked at once.

    `systemd` has jobs be services where a node has it; elsewhere they are processes of their own.
    Where they are `held`, they are laid ready, and somebody else begins them.
    """

    shell: Shell
    run: str
    root: str = ROOT
    systemd: bool = True
    held: bool = False

    def tend(self, orders: Sequence[SpoolOrder]) -> Iterator[SpoolTold]:
        """Yield what each node told; one that cannot be understood was not reached."""
        groups: dict[bytes, list[str]] = {}
        keeper = KEEPER.read_text(encoding="utf-8")
        for order in orders:
            groups.setdefault(self._body(order, keeper), []).append(order.node)
        argv = ("python3", "-Ic", keeper, "tend", f"{self.root}/{self.run}")
        if len(groups) == 1:
            for body, nodes in groups.items():
                yield from map(told, self.shell.run(nodes, argv, LIMITS, body))
            return
        yield from map(told, self._at_once(groups, argv))

    def _body(self, order: SpoolOrder, keeper: str) -> bytes:
        begin = [
            {
                "key": job.key,
                "argv": list(job.argv),
                "limit_s": job.limit_s,
                "settings": dict(job.settings),
                "files": dict(job.files),
                "output": job.output,
                "slot": job.share.slot if job.share else None,
            }
            for job in order.begin
        ]
        said = {"begin": begin, "ask": order.ask, "end": order.end, "forget": order.forget}
        how = {"keeper": keeper if begin else "", "systemd": self.systemd, "held": self.held}
        return json.dumps({**said, **how}).encode()

    def _at_once(self, groups: Mapping[bytes, list[str]], argv: Sequence[str]) -> Iterator[Answer]:
        """Yield the answers of groups that are asked different things, many at a time."""
        waiting: queue.SimpleQueue[tuple[bytes, list[str]]] = queue.SimpleQueue()
        heard: queue.SimpleQueue[Answer | Exception | None] = queue.SimpleQueue()
        for group in groups.items():
            waiting.put(group)
        workers = min(AT_ONCE, len(groups))
        for _ in range(workers):
            threading.Thread(target=self._ask, args=(argv, waiting, heard), daemon=True).start()
        while workers:
            answer = heard.get()
            if isinstance(answer, Exception):
                raise answer
            if answer is None:
                workers -= 1
            else:
                yield answer

    def _ask(
        self,
        argv: Sequence[str],
        waiting: queue.SimpleQueue[tuple[bytes, list[str]]],
        heard: queue.SimpleQueue[Answer | Exception | None],
    ) -> None:
        """Ask group after group until none waits; a bug is handed on and ends the round."""
        try:
            with contextlib.suppress(queue.Empty):
                while True:
                    body, nodes = waiting.get_nowait()
                    for answer in self.shell.run(nodes, argv, LIMITS, body):
                        heard.put(answer)
        except Exception as bug:
            heard.put(bug)
        heard.put(None)


def told(answer: Answer) -> SpoolTold:
    """Return what a node told of its jobs; what is no word of the keeper's is a reason."""
    if not answer.succeeded:
        said = answer.stderr.decode("utf-8", "backslashreplace").strip().splitlines()[-1:]
        reason = answer.reason or f"its keeper ended with {answer.exit_status}: {''.join(said)}"
        return SpoolTold(answer.node, reason[:300], simulated=answer.simulated)
    try:
        whole = json.loads(answer.stdout)
        units = {str(key): _unit(raw) for key, raw in whole["units"].items()}
        return SpoolTold(answer.node, "", str(whole["boot_id"]), answer.simulated, units)
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return SpoolTold(answer.node, "its keeper said nothing that can be read")


def _unit(raw: Mapping[str, Any]) -> Unit:
    state, ended, status = raw["state"], raw.get("ended"), raw.get("exit_status")
    if state not in get_args(UnitState) or ended not in (None, *get_args(Ended)):
        raise ValueError(state)
    return Unit(
        state=cast(UnitState, state),
        boot_id=str(raw.get("boot_id", "")),
        ended=cast("Ended | None", ended),
        exit_status=None if status is None else int(status),
        duration_s=float(raw.get("duration_s", 0.0)),
        stdout=base64.b64decode(raw.get("stdout", ""), validate=True),
        stderr=base64.b64decode(raw.get("stderr", ""), validate=True),
        dropped_bytes=int(raw.get("dropped", 0)),
        reason=str(raw.get("reason", ""))[:300],
        began=float(raw.get("began", 0.0)),
    )
