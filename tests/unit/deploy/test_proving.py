"""Proofs: who is asked, and who instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar, cast

from millwright.deploy.advance import by_play
from millwright.deploy.checks import Check, equals
from millwright.deploy.inputs import Inputs
from millwright.deploy.proving import prove, prove_all
from millwright.deploy.role import everywhere
from millwright.deploy.roles.hosts import NAMES
from millwright.model.catalog import Catalog
from millwright.ports import Answer, Play, Played, PlayEnded, Question
from tests.unit.deploy.fakes import Book, Hosts, hands, lab_inputs


def only(check: Check, host: str, inputs: Inputs) -> Sequence[Check]:
    """Return one question for whatever host."""
    del host, inputs
    return (check,)


def test_where_the_host_that_looks_is_silent_another_one_looks(catalog: Catalog) -> None:
    inputs = lab_inputs(catalog, 3)
    hosts = Hosts(inputs, silent={"gpu1"})
    other = Check(("hostname",), equals("gpu2", "the one that looks"), asked="gpu2")
    first = Check(("hostname",), equals("gpu1", "the one that looks"), asked="gpu1")
    for check, standing in ((first, "unknown"), (replace(first, instead=other), "proven")):
        role = replace(NAMES, where=everywhere, checks=partial(only, check))
        found = prove(role, ["gpu3"], inputs, hands(hosts, Book()))
        assert found["gpu3"].standing == standing


def two_turns(host: str, inputs: Inputs) -> Sequence[Check]:
    """Return a question whose turn comes after that of the others, and those."""
    del inputs
    late = Check(("hostname",), equals(host, "the name"), turn=1, patience_s=2.0)
    wrong = Check(("ss",), equals("nothing", "the sockets"), patience_s=1.0)
    return (late, wrong, Check(("sacctmgr",), equals("lab", "the cluster"), asked="head-1"))


class Counted(Hosts):
    """Hosts that keep what they are asked in one go."""

    rounds: ClassVar[list[list[tuple[str, str]]]] = []

    def ask(self, questions: Sequence[Question]) -> Iterator[Answer]:
        self.rounds.append([(question.node, question.argv[0]) for question in questions])
        yield from super().ask(questions)


def test_all_roles_of_all_hosts_are_asked_in_one_go_and_the_same_question_once(
    catalog: Catalog,
) -> None:
    inputs = lab_inputs(catalog, 2)
    hosts = Counted(inputs)
    hosts.rounds.clear()
    roles = [replace(NAMES, name=name, checks=two_turns) for name in ("names", "limits")]
    wanted = [(role, host) for role in roles for host in ("gpu1", "gpu2")]
    prove_all(wanted, inputs, hands(hosts, Book()), patient=False)
    first, second = hosts.rounds
    assert sorted(first) == [("gpu1", "ss"), ("gpu2", "ss"), ("head-1", "sacctmgr")]
    assert sorted(second) == [("gpu1", "hostname"), ("gpu2", "hostname")]


def test_only_what_is_not_right_is_asked_again_and_no_longer_than_it_may_take(
    catalog: Catalog,
) -> None:
    inputs = lab_inputs(catalog, 2)
    hosts = Counted(inputs)
    hosts.rounds.clear()
    role = replace(NAMES, checks=two_turns)
    found = prove(role, ["gpu1"], inputs, hands(hosts, Book()))
    assert found["gpu1"].standing == "failed"
    assert hosts.rounds[1:] == [[("gpu1", "ss")], [("gpu1", "hostname")]]
    assert hosts.waited == 1.0


def test_a_play_is_proven_as_soon_as_its_last_node_is_known() -> None:
    plays = [Play("a.yml", ("gpu1", "gpu2")), Play("b.yml", ("gpu1", "gpu2"))]
    told: list[str] = []

    def played() -> Iterator[Played]:
        for node, ended, playbook in (
            ("gpu1", "ok", "a.yml"),
            ("gpu2", "failed", "a.yml"),
            ("gpu1", "ok", "b.yml"),
        ):
            told.append(f"{node} {playbook}")
            yield Played(node, cast(PlayEnded, ended), 1.0, playbook=playbook)

    after = [(len(told), [each.node for each in ended]) for ended in by_play(plays, played())]
    assert after == [(2, ["gpu1", "gpu2"]), (3, ["gpu1"])]
