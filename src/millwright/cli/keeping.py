"""Playbooks whose hosts save their files first, so that a run can be put back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from millwright.adapters.hostfiles import NO_PYTHON, asked, roles_given, why
from millwright.adapters.managed import managed_by
from millwright.ports import Answer, Limits, Play, Playbooks, Played, PlayEnded, Shell


@dataclass(frozen=True, slots=True)
class Keeper:
    """Has hosts save what roles will change, and note what they have changed."""

    shell: Shell
    keep: Callable[[Answer], None]
    run: str

    def before(self, roles: Sequence[str], hosts: Sequence[str]) -> dict[str, Answer]:
        """Have files saved; return the answers of hosts that did not, by host.

        A host without Python has no file of ours: it goes on without.
        """
        refused: dict[str, Answer] = {}
        for answer in self._asked("save", roles, hosts):
            if not answer.succeeded and answer.exit_status != NO_PYTHON:
                refused[answer.node] = answer
        return refused

    def after(self, roles: Sequence[str], hosts: Sequence[str]) -> None:
        """Have noted how files stand after a play: what is not, no rollback takes for ours."""
        for _ in self._asked("note", roles, hosts):
            pass

    def _asked(self, verb: str, roles: Sequence[str], hosts: Sequence[str]) -> Iterator[Answer]:
        known = {name: one for name, one in managed_by(roles).items() if one.paths}
        if not known or not hosts:
            return
        for answer in asked(self.shell, hosts, verb, self.run, roles_given(known)):
            if not answer.succeeded:
                self.keep(answer)
            yield answer


@dataclass(frozen=True, slots=True)
class KeptPlaybooks:
    """Playbooks over hosts that have saved their files; one that could not is not played."""

    inner: Playbooks
    keeper: Keeper

    def play(self, plays: Sequence[Play], limits: Limits) -> Iterator[Played | None]:
        """Yield what came of each node of each play, as the playbooks behind do."""
        wanted = _by_host(plays)
        refused: dict[str, Answer] = {}
        for roles, hosts in _alike(wanted).items():
            refused |= self.keeper.before(roles, hosts)
        for node, answer in refused.items():
            yield _refused(node, answer, f"{wanted[node][0]}.yml")
        left = [Play(p.playbook, tuple(n for n in p.nodes if n not in refused)) for p in plays]
        changed: dict[str, list[str]] = {}
        try:
            for played in self.inner.play([p for p in left if p.nodes], limits):
                if played is not None and (played.changed or played.ended != "ok"):
                    role = played.playbook.removesuffix(".yml")
                    changed.setdefault(played.node, []).append(role)
                yield played
        finally:
            for roles, hosts in _alike(changed).items():
                self.keeper.after(roles, hosts)


def _by_host(plays: Sequence[Play]) -> dict[str, list[str]]:
    """Return the roles of each host."""
    found: dict[str, list[str]] = {}
    for play in plays:
        for node in play.nodes:
            found.setdefault(node, []).append(play.playbook.removesuffix(".yml"))
    return found


def _alike(roles: Mapping[str, Sequence[str]]) -> dict[tuple[str, ...], list[str]]:
    """Return hosts with the same roles together: they are asked at once."""
    same: dict[tuple[str, ...], list[str]] = {}
    for host, names in roles.items():
        same.setdefault(tuple(names), []).append(host)
    return same


def _refused(node: str, answer: Answer, playbook: str) -> Played:
    ended: PlayEnded = "failed" if answer.ended == "exit" else "unreachable"
    reason = f"its files could not be saved before: {why(answer)}"
    return Played(node, ended, answer.duration_s, reason=reason, playbook=playbook)
