"""A lab that stands takes more hosts, and is made into no other one."""

from __future__ import annotations

from pathlib import Path

import pytest

from millwright.errors import MillwrightError
from millwright.lab import credentials
from millwright.lab.plan import LabHost, LabPlan, is_larger, refuse_another


def node(number: int, inband: str = "") -> LabHost:
    address = inband or f"10.9.16.{number}"
    return LabHost(name=f"gpu{number}", role="compute", inband=address, bmc=f"10.10.16.{number}")


def lab(*hosts: LabHost, **more: object) -> LabPlan:
    traits = {"id": "a", "factory": "site", "workspace": "/site", "os": "debian-12"}
    nets = {"inband": "10.9.0.0/16", "oob": "10.10.0.0/16"}
    return LabPlan.model_validate({**traits, **nets, "hosts": hosts, **more})


ONE, TWO = node(1), node(2)
GATEWAY = LabHost(name="gw1", role="gateway", inband="10.9.1.1", edge="172.30.77.11")


def test_more_hosts_come_to_those_that_run() -> None:
    assert is_larger(lab(ONE), lab(ONE, TWO))
    refuse_another(lab(ONE), lab(ONE, TWO))


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        (lab(ONE, TWO), lab(ONE)),
        (lab(ONE), lab(node(1, "10.9.17.1"), TWO)),
        (lab(ONE), lab(ONE, TWO, os="debian-13")),
        (lab(ONE), lab(ONE, TWO, bare=True)),
        (lab(GATEWAY, ONE), lab(GATEWAY, ONE, TWO)),
    ],
)
def test_whatever_changes_what_stands_is_refused(there: LabPlan, wanted: LabPlan) -> None:
    with pytest.raises(MillwrightError, match="asked for is"):
        refuse_another(there, wanted)


def test_a_certificate_is_made_anew_for_more_controllers(tmp_path: Path) -> None:
    assert not credentials.fit(tmp_path, lab(ONE))
    credentials.lay(tmp_path, lab(ONE))
    former = (tmp_path / "bmc.crt").read_text()
    assert credentials.fit(tmp_path, lab(ONE))
    assert not credentials.fit(tmp_path, lab(ONE, TWO))
    credentials.lay(tmp_path, lab(ONE, TWO))
    assert (tmp_path / "bmc.crt").read_text() != former
    assert credentials.fit(tmp_path, lab(ONE, TWO))
