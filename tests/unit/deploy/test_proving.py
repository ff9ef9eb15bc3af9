"""Proofs: who is asked, and who instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from millwright.deploy.checks import Check, equals
from millwright.deploy.inputs import Inputs
from millwright.deploy.proving import prove
from millwright.deploy.role import everywhere
from millwright.deploy.roles.hosts import NAMES
from millwright.model.catalog import Catalog
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
