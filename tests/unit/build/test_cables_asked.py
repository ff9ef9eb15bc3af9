"""A site that is asked about its cables: the first node that sees the subnet, LLDP of everybody."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from millwright.build.cables import compare
from millwright.cli.cablesasked import Asked, heard, subnet
from millwright.cli.cabling import Cabling
from millwright.model.cabling import Planned
from millwright.model.cluster import Cluster, Device, RackCount
from millwright.model.siteload import CoolingLoad, Power
from millwright.ports import Answer, Limits

from .pod import boxes, plan

NET = """\
vendid=0x2c9
devid=0xd2f2
sysimgguid=0x1
switchguid=0x1(1)
Switch\t64 "S-0000000000000001"\t\t# "MF0;leaf-1:MQM9700/U1" enhanced port 0 lid 1 lmc 0
[1]\t"H-0000000000000002"[1](3) \t\t# "gpu001 mlx5_0" lid 2 4xNDR

vendid=0x2c9
devid=0x1021
sysimgguid=0x2
caguid=0x2
Ca\t1 "H-0000000000000002"\t\t# "gpu001 mlx5_0"
[1](3) \t"S-0000000000000001"[1]\t\t# lid 2 lmc 0 "MF0;leaf-1:MQM9700/U1" lid 1 4xNDR
"""


@dataclass
class Shell:
    """Answers as it was told to; who is not named is lost."""

    said: Mapping[tuple[str, str], str]
    asked: list[tuple[str, str]] = field(default_factory=list)

    def run(
        self, nodes: Sequence[str], argv: Sequence[str], limits: Limits, given: bytes = b""
    ) -> Iterator[Answer]:
        for node in nodes:
            self.asked.append((node, argv[0]))
            text = self.said.get((node, argv[0]))
            if text is None:
                yield Answer(node, tuple(argv), "lost", None, 1.0, reason="no route")
            else:
                yield Answer(node, tuple(argv), "exit", 0, 0.1, text.encode())


def cabling(planned: Sequence[Planned] = ()) -> Cabling:
    """Return the pod with a manager beside it."""
    devices = [
        Device(name="head1", role="management", kind="appliance", model="m"),
        Device(name="gpu001", role="compute", kind="server", model="s"),
        Device(name="gpu002", role="compute", kind="server", model="s"),
    ]
    cluster = Cluster(
        name="pod",
        blueprint=None,
        pools=(),
        racks=RackCount(total=0, compute=0, management=0),
        fabrics={},
        power=Power(),
        cooling=CoolingLoad(),
        rack_units=(),
        devices=tuple(devices),
        networks={},
    )
    return Cabling(cluster, planned or plan(), boxes(), {})


def asked(shell: Shell, kept: list[Answer]) -> Asked:
    """Return a site of three nodes."""
    return Asked(shell, kept.append, ("gpu001", "gpu002", "head1"), simulated=False)


def test_the_manager_is_asked_first_and_nobody_after_one_that_answers() -> None:
    shell = Shell({("gpu001", "ibnetdiscover"): NET})
    kept: list[Answer] = []
    listing = subnet(asked(shell, kept), cabling())
    assert [node for node, _ in shell.asked] == ["head1", "gpu001"]
    assert len(kept) == 2
    compared = compare(listing, plan(), boxes())
    assert compared.ok == 1


def test_a_subnet_that_nobody_sees_leaves_every_cable_open() -> None:
    listing = subnet(asked(Shell({}), []), cabling())
    compared = compare(listing, plan(), boxes())
    assert (compared.ok, compared.findings) == (0, ())
    assert len(compared.not_observed) == len(plan())
    assert all("no route" in problem for problem in compared.problems)


def test_hosts_that_do_not_answer_leave_their_cables_open() -> None:
    told = {
        "lldp": {
            "interface": {
                "OSFP1": {
                    "via": "LLDP",
                    "chassis": {"leaf-1": {"id": {"type": "mac", "value": "b8:59:9f:00:00:01"}}},
                    "port": {"id": {"type": "ifname", "value": "1/1"}},
                }
            }
        }
    }
    shell = Shell({("gpu001", "lldpctl"): json.dumps(told)})
    listing = heard(asked(shell, []), cabling())
    compared = compare(listing, plan(), boxes())
    assert compared.ok == 1
    assert [each.kind for each in compared.findings] == ["missing"]
    assert len(compared.not_observed) == len(plan()) - 2
    assert sum("did not answer" in problem for problem in compared.problems) == 2
