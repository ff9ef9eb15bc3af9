"""Many questions to many nodes: each node is given all of its own over one connection, at once.

What a node does not answer so, since it has no Python or says something else, it is asked again by
itself, question by question.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from millwright.adapters import interview
from millwright.ports import Answer, Limits, Question

OUTPUT_BYTES = 64 << 20


class FeedingShell(Protocol):
    """A Shell that gives each node's command an input of its own."""

    def run(
        self,
        nodes: Sequence[str],
        argv: Sequence[str],
        limits: Limits,
        given: bytes | Mapping[str, bytes] = b"",
    ) -> Iterator[Answer]:
        """Yield one answer a node, as they come."""
        ...


class ShellAsker:
    """An Asker over a shell."""

    def __init__(self, shell: FeedingShell) -> None:
        self._shell = shell

    def ask(self, questions: Sequence[Question]) -> Iterator[Answer]:
        """Yield one answer a question; one question to all nodes needs no program there."""
        alike = {(question.argv, question.command_s) for question in questions}
        if len(alike) > 1:
            questions = yield from self._together(questions)
        yield from self._apart(questions)

    def _together(self, questions: Sequence[Question]) -> Generator[Answer, None, list[Question]]:
        """Yield what nodes answer to all of their questions in one go; return what is left."""
        own: dict[str, list[Question]] = {}
        for question in sorted(questions, key=lambda each: -each.command_s):
            own.setdefault(question.node, []).append(question)
        given = {node: interview.given(asked) for node, asked in own.items()}
        longest_s = max(interview.longest_s(asked) for asked in own.values())
        limits = Limits(command_s=longest_s, output_bytes=OUTPUT_BYTES)
        left: list[Question] = []
        for whole in self._shell.run(list(own), interview.WORDS, limits, given):
            asked = own[whole.node]
            found = interview.answers(asked, whole)
            yield from found.values()
            silent = [question for at, question in enumerate(asked) if at not in found]
            if whole.ended in ("lost", "timeout"):
                yield from (_unanswered(question, whole) for question in silent)
            else:
                left += silent
        return left

    def _apart(self, questions: Sequence[Question]) -> Iterator[Answer]:
        """Yield answers to questions that are asked one by one, of all nodes that have them."""
        same: dict[tuple[tuple[str, ...], float], list[str]] = {}
        for question in questions:
            same.setdefault((question.argv, question.command_s), []).append(question.node)
        for (argv, command_s), nodes in same.items():
            yield from self._shell.run(nodes, argv, Limits(command_s=command_s))


def _unanswered(question: Question, whole: Answer) -> Answer:
    """Return the answer of a node that was lost, or whose time was over, before it came to it."""
    kept = replace(whole, argv=question.argv, stdout=b"", stderr=b"", dropped_bytes=0)
    return replace(kept, exit_status=None)
