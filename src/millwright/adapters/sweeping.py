"""Asks nodes what they are to be asked, one round trip each, and gives what was heard.

Every answer is kept as evidence first. Secrets are out of what is heard as they are out of what is
kept.
"""

from __future__ import annotations

import codecs
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

from millwright.model.heard import Heard, Recording
from millwright.model.redaction import redacted
from millwright.ports import Answer, Asker, Question

Asked = Mapping[str, Sequence[tuple[str, Question]]]
"""By node: the names of its questions, and the questions. Two of one node differ in their words."""
CONTROLLERS_AT_ONCE = 32
MOST_ERRORS = 4096
"""Characters kept of what a command complained."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where answers go before anybody reads them, those of a node together, and what is to be
    hidden in them."""

    keep: Callable[[Sequence[Answer]], object]
    secrets: Sequence[bytes] = ()


def swept(
    asker: Asker, asked: Asked, kept: Kept, heard: Callable[[str], object] = lambda node: None
) -> Recording:
    """Return what nodes answered; `heard` is told of each node once it has answered to all.

    A node of which nothing but the loss came is silent, with the reason.
    """
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    names = {(node, q.argv): name for node, own in asked.items() for name, q in own}
    nodes: dict[str, dict[str, Heard]] = {node: {} for node in asked}
    simulated: set[str] = set()
    for answers in _by_node(asker, asked):
        kept.keep(answers)
        node = answers[0].node
        for answer in answers:
            name = names[node, tuple(answer.argv)]
            nodes[node][name] = as_heard(name, answer, kept.secrets)
        if any(answer.simulated for answer in answers):
            simulated.add(node)
        if len(nodes[node]) == len(asked[node]):
            heard(node)
    silent = {node: why for node, told in nodes.items() if (why := _silence(told)) is not None}
    spoken = {node: told for node, told in nodes.items() if node not in silent}
    return Recording(at, spoken, silent, frozenset(simulated))


def _by_node(asker: Asker, asked: Asked) -> Iterator[list[Answer]]:
    """Yield what each node answered once it is all there; whatever ends it, what came is told."""
    waiting: dict[str, list[Answer]] = {}
    try:
        for answer in asker.ask([question for own in asked.values() for _, question in own]):
            own = waiting.setdefault(answer.node, [])
            own.append(answer)
            if len(own) == len(asked[answer.node]):
                yield waiting.pop(answer.node)
    except GeneratorExit:
        raise
    except BaseException:
        yield from waiting.values()
        raise
    yield from waiting.values()


class Controllers(Protocol):
    """Tells how machines are, past their operating system."""

    def documents(self, node: str) -> tuple[dict[str, Any], str]:
        """Return documents by path, and why there are no more."""
        ...


def with_controllers(
    recording: Recording, controllers: Controllers, nodes: Sequence[str], question: str, kept: Kept
) -> Recording:
    """Return a recording with what the controllers of nodes say, those of silent nodes as well.

    A controller that says nothing is an answer that was lost, with the reason.
    """
    told = {node: dict(own) for node, own in recording.nodes.items()}
    with ThreadPoolExecutor(CONTROLLERS_AT_ONCE) as pool:
        for node, answer in zip(nodes, pool.map(partial(_told, controllers), nodes), strict=True):
            kept.keep([answer])
            told.setdefault(node, {})[question] = as_heard(question, answer, kept.secrets)
    return replace(recording, nodes=told)


def _told(controllers: Controllers, node: str) -> Answer:
    begun = time.monotonic()
    documents, reason = controllers.documents(node)
    text = json.dumps(documents).encode() if documents else b""
    spent_s = time.monotonic() - begun
    if reason:
        return Answer(node, ("GET", "redfish"), "lost", None, spent_s, text, reason=reason)
    return Answer(node, ("GET", "redfish"), "exit", 0, spent_s, text)


def as_heard(question: str, answer: Answer, secrets: Sequence[bytes] = ()) -> Heard:
    """Return an answer as it is read: text, whatever its bytes were."""
    out, err = (_text(redacted(raw, secrets)) for raw in (answer.stdout, answer.stderr))
    return Heard(
        question=question,
        ended=answer.ended,
        status=answer.exit_status,
        text=out,
        errors=err[:MOST_ERRORS],
        reason=answer.reason,
        cut_bytes=answer.dropped_bytes,
    )


def _text(raw: bytes) -> str:
    return raw.removeprefix(codecs.BOM_UTF8).decode("utf-8", "backslashreplace")


def _silence(told: Mapping[str, Heard]) -> str | None:
    """Return why a node said nothing at all; None where it said something."""
    if any(heard.ended != "lost" for heard in told.values()):
        return None
    return next((heard.reason for heard in told.values() if heard.reason), "it was not heard")
