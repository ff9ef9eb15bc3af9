"""Two labs on one machine: neither reaches the other, and both reach what is their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.rehearsal import Rehearsal, rehearsal


@pytest.fixture(scope="module")
def other(lab: Rehearsal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    made = rehearsal(tmp_path_factory.mktemp("other") / "one", 132, "{name: gpu, nodes: 1}")
    try:
        made.up()
        yield made
    finally:
        made.down()


def opens(lab: Rehearsal, address: str, port: int) -> bool:
    """Return whether a node of a lab reaches a port."""
    words = ("timeout", "2", "bash", "-c", f": < /dev/tcp/{address}/{port}")
    return lab.tells("gpu1", *words).status == 0


def test_a_host_reaches_hosts_and_bmcs_of_its_own_lab_alone(
    lab: Rehearsal, other: Rehearsal
) -> None:
    for own, foreign in ((lab, other), (other, lab)):
        head, elsewhere = own.status()["head-1"], foreign.status()["head-1"]
        assert opens(own, head["address"], 22)
        assert opens(own, head["bmc"], 443)
        assert not opens(own, elsewhere["address"], 22)
        assert not opens(own, elsewhere["bmc"], 443)
