"""An Ansible inventory as every run makes one, with the way to each host: for ansible-playbook."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from millwright.deploy.inputs import Inputs
from millwright.model.exported import Data, Export, Unexportable
from millwright.model.reach import Become, Route

_PLACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:-]*")


def inventory(
    inputs: Inputs, routes: Mapping[str, Route], become: Become | None, names: tuple[str, ...]
) -> Export:
    """Return `hosts.json` for these hosts: the dictionaries `factory` and `node` that roles read.

    Host keys are checked by whatever Ansible's SSH trusts: nothing here switches that off. A
    password for sudo is not in it; Ansible asks with `--ask-become-pass`.
    """
    hosts = {name: _host(name, inputs, routes) for name in names}
    value = {
        "all": {
            "hosts": hosts,
            "vars": {
                "ansible_python_interpreter": "/usr/bin/python3",
                "factory": inputs.factory.model_dump(mode="json"),
                "ansible_become": become is not None,
                "ansible_become_method": "sudo",
            },
            "children": _groups(inputs, names),
        }
    }
    return Export("inventory", names, (Data("hosts.json", value, templated=True),), ())


def _host(name: str, inputs: Inputs, routes: Mapping[str, Route]) -> dict[str, Any]:
    route = routes[name]
    way: dict[str, Any] = {
        "ansible_host": _place(route),
        "ansible_port": route.port,
        "ansible_user": route.user,
    }
    if route.key:
        way["ansible_ssh_private_key_file"] = route.key
    jumps = _jumps(route, routes)
    if jumps:
        way["ansible_ssh_common_args"] = f"-o ProxyJump={','.join(jumps)}"
    return {"node": inputs.nodes[name].model_dump(mode="json"), **way}


def _place(route: Route) -> str:
    if not _PLACE.fullmatch(route.address):
        raise Unexportable(f"{route.node} is at {route.address!r}, which is no address")
    return route.address


def _jumps(route: Route, routes: Mapping[str, Route]) -> list[str]:
    """Return the hosts on the way, the first one first; a circle was refused before."""
    found: list[str] = []
    while route.jump is not None:
        route = routes[route.jump]
        place = _place(route)
        found.insert(0, f"{route.user}@{f'[{place}]' if ':' in place else place}:{route.port}")
    return found


def _groups(inputs: Inputs, names: tuple[str, ...]) -> dict[str, Any]:
    groups: dict[str, dict[str, Any]] = {}
    for name in names:
        groups.setdefault(f"{inputs.nodes[name].kind}_nodes", {})[name] = {}
    if inputs.factory.head in names:
        groups["head_node"] = {inputs.factory.head: {}}
    return {group: {"hosts": hosts} for group, hosts in sorted(groups.items())}
