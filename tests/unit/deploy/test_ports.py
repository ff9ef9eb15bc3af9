"""One table of ports: what it says of a host, by where the host is."""

from __future__ import annotations

from typing import Any

from millwright.deploy.inputs import Inputs
from millwright.deploy.plan import hosts_of
from millwright.deploy.roles import ROLES
from millwright.deploy.sections.ports import PORTS, PortSite, Traits, open_ports, places_of
from millwright.model.catalog import Catalog
from tests.unit.deploy.designs import designed, lab
from tests.unit.deploy.fakes import lab_inputs

SITE = PortSite("10.1.0.0/16", "10.1.0.9")


def listening(kind: str, *, head: bool) -> set[tuple[str, int]]:
    found = open_ports(places_of(kind, Traits(8, head)), SITE)
    return {(port.role, port.first) for port in found if port.listens}


def test_each_host_has_the_ports_of_its_own_roles() -> None:
    on_head = listening("management", head=True)
    assert {("reach", 22), ("slurm-controller", 6817), ("slurm-database", 6819)} <= on_head
    assert ("slurm-node", 6818) not in on_head
    assert ("slurm-controller", 6817) not in listening("compute", head=False)


def test_ssh_is_open_to_anybody_only_until_the_site_says_where_people_come_from() -> None:
    places = places_of("compute", Traits(8))
    ssh = next(port for port in open_ports(places, SITE) if port.first == 22)
    assert ssh.sources == ()
    told = PortSite("10.1.0.0/16", "10.1.0.9", ("192.0.2.0/24",))
    ssh = next(port for port in open_ports(places, told) if port.first == 22)
    assert ssh.sources == ("192.0.2.0/24", "10.1.0.0/16")


def test_every_listener_belongs_to_a_role_that_there_is() -> None:
    names = {role.name for role in ROLES}
    assert {row.role for row in PORTS if row.listens} <= names | {"reach"}


def test_no_port_stands_twice_at_one_place() -> None:
    for place in ("everywhere", "head", "compute", "gpus", "nfs-3"):
        ports = [(row.protocol, row.first) for row in PORTS if row.on == place]
        assert len(ports) == len(set(ports))


def test_inputs_of_a_host_hold_its_ports(catalog: Catalog) -> None:
    inputs = lab_inputs(catalog, 2)
    assert [p.first for p in inputs.nodes["gpu1"].ports if p.role == "slurm-node"] == [6818]
    head = [p for p in inputs.nodes["head-1"].ports if p.role == "slurm-controller"]
    assert head[0].sources == (inputs.factory.networks["inband"],)


def test_no_row_promises_a_way_that_ssh_does_not_give() -> None:
    assert [each.role for each in PORTS if "SSH" in each.why] == ["reach"]


def nfs(version: int) -> dict[str, Any]:
    mount = {"name": "home", "kind": "nfs", "source": "filer:/home", "path": "/srv/home"}
    return {"storage": {"mounts": [{**mount, "options": [f"vers={version}"]}]}}


def test_the_port_mapper_is_open_only_where_a_mount_asks_it(catalog: Catalog) -> None:
    def asked(inputs: Inputs) -> set[tuple[str, str]]:
        return {
            (name, port.protocol)
            for name, node in inputs.nodes.items()
            for port in node.ports
            if port.first == 111
        }

    three = lab(catalog, **nfs(3))
    assert asked(three) == {(name, p) for name in three.nodes for p in ("tcp", "udp")}
    assert asked(lab(catalog, **nfs(4))) == asked(lab(catalog)) == set()


def test_a_host_has_no_port_of_a_role_that_is_not_for_it(catalog: Catalog) -> None:
    """A role's `where` bounds the rows of the table; a row may be for fewer hosts."""
    known = {role.name: role for role in ROLES}
    amd = designed(catalog, "mi300x-400g")
    for inputs in (lab_inputs(catalog, 2), lab(catalog, **nfs(3)), amd):
        for name, node in inputs.nodes.items():
            for port in node.ports:
                role = known.get(port.role)
                assert role is None or name in hosts_of(role, inputs), (port.role, name)
