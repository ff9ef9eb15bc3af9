"""What nodes lack is named once, with the command that brings it; a silent node is unknown."""

from __future__ import annotations

import json

from millwright.build.lacking import lacking, questions, told_together
from millwright.build.plan import Wish, plan
from millwright.ports import Answer
from tests.unit.build.plans import basis


def said(node: str, *lacks: str, free_mib: int = 9000) -> Answer:
    text = json.dumps({"lacks": lacks, "free_mib": free_mib}).encode()
    return Answer(node, ("python3",), "exit", 0, 0.1, text)


def test_nodes_that_need_the_same_are_asked_together_and_for_every_program() -> None:
    made = plan(basis(nodes=3), Wish())
    ((nodes, words),) = questions(made)
    assert nodes == ("gpu1", "gpu2", "gpu3")
    assert {"gpu_burn", "nvidia-smi", "dcgmi"} <= set(words)


def test_what_several_nodes_lack_is_told_once_with_one_command() -> None:
    made = plan(basis(nodes=3), Wish())
    lacks = lacking(made, [said("gpu1", "gpu_burn"), said("gpu2", "gpu_burn"), said("gpu3")])
    ((names, lack),) = told_together(lacks)
    assert (names, lack.what) == ("gpu[1-2]", "gpu_burn (package gpu-burn)")
    assert lack.fix.startswith("millwright deploy apply --until boot --only gpu[1-2] ")
    assert "gpu-burn" in lack.tests


def test_a_node_that_does_not_answer_or_answers_nonsense_is_silent_and_not_well() -> None:
    made = plan(basis(nodes=2), Wish())
    dead = Answer("gpu1", ("python3",), "lost", None, 1.0, reason="no route to host")
    odd = Answer("gpu2", ("python3",), "exit", 0, 1.0, b"[]")
    found = lacking(made, [dead, odd])
    assert [lack.silent for lack in found] == [True, True]
    assert "no route to host" in found[0].what


def test_a_full_disk_is_told_before_a_test_needs_it() -> None:
    made = plan(basis(nodes=2), Wish())
    (lack,) = lacking(made, [said("gpu1", free_mib=12), said("gpu2")])
    assert (lack.node, lack.what) == ("gpu1", "12 MiB of room below /var/lib")
