"""Ways to hosts that no design and no reach.yaml names: as the user's own OpenSSH would go."""

from __future__ import annotations

import getpass
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import paramiko

from millwright.adapters.routes import Known, known_nodes
from millwright.adapters.workspace import Workspace
from millwright.errors import MillwrightError
from millwright.model.nodeset import MOST_NODES, WrongNodeSet, expanded
from millwright.model.reach import Reach, Route

_HOST = re.compile(r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,118}[A-Za-z0-9])?$")
_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")
_JUMP = re.compile(
    r"^(?:(?P<user>[a-z_][a-z0-9_-]*)@)?(?P<host>[A-Za-z0-9.-]+)(?::(?P<port>\d+))?$"
)


def named_hosts(text: str) -> tuple[str, ...]:
    """Return the hosts of a list: node sets, host names and addresses, parted by commas.

    Raises WrongNodeSet where a part is none of these.
    """
    found: dict[str, None] = {}
    for term in _parted(text):
        if _HOST.match(term):
            names: Sequence[str] = (term,)
        else:
            names = expanded(term)
        found.update(dict.fromkeys(names))
    if len(found) > MOST_NODES:
        raise WrongNodeSet(f"{text!r} names more than {MOST_NODES} nodes")
    return tuple(found)


def _parted(text: str) -> list[str]:
    return [term for term in re.split(r",(?![^\[]*\])", text) if term] or [text]


def found_nodes(workspace: Workspace, text: str, home: Path) -> Known:
    """Return the ways to the hosts of a list: those that the workspace knows as it says, others as
    `~/.ssh/config` says below `home`, or by their names alone.

    Raises MillwrightError where a jump host is given that cannot be followed.
    """
    names = named_hosts(text)
    try:
        known = known_nodes(workspace)
    except MillwrightError:
        if (workspace.root / "reach.yaml").exists():
            raise
        known = Known(Reach(), {}, simulated=False)
    config = _config(home)
    routes: dict[str, Route] = {}
    for name in names:
        if name in known.routes:
            routes[name] = known.routes[name]
        else:
            routes |= _stranger(name, config, home)
    jumps = {route.jump for route in routes.values() if route.jump} - routes.keys()
    routes |= {name: known.routes[name] for name in jumps if name in known.routes}
    strangers = not set(names) <= known.routes.keys()
    reach = Reach() if strangers and not known.routes else known.reach
    return Known(reach, routes, known.simulated)


def meant(known: Known, text: str) -> tuple[str, ...]:
    """Return the nodes that were named, without the hosts that only lead to them."""
    return tuple(name for name in named_hosts(text) if name in known.routes)


def _config(home: Path) -> paramiko.SSHConfig:
    path = home / ".ssh" / "config"
    try:
        return paramiko.SSHConfig.from_text(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return paramiko.SSHConfig()
    except (OSError, UnicodeDecodeError, paramiko.ConfigParseError) as error:
        raise MillwrightError(f"{path} cannot be read: {error}") from None


def _stranger(name: str, config: paramiko.SSHConfig, home: Path) -> dict[str, Route]:
    told = config.lookup(name)
    jump = told.get("proxyjump", "none")
    routes: dict[str, Route] = {}
    before = None if jump.lower() == "none" else _JUMP.match(jump)
    if jump.lower() != "none" and before is None:
        raise MillwrightError(
            f"{name} is reached over {jump!r}, which cannot be followed from here",
            hint="one jump host is followed; or list the hosts in reach.yaml",
        )
    if before is not None:
        own = config.lookup(before["host"])
        own |= {k: v for k, v in (("user", before["user"]), ("port", before["port"])) if v}
        routes[before["host"]] = _route(before["host"], own, home, None)
    routes[name] = _route(name, told, home, before["host"] if before else None)
    return routes


def _route(name: str, told: Mapping[str, object], home: Path, jump: str | None) -> Route:
    listed = told.get("identityfile")
    keys = [Path(str(each)).expanduser() for each in listed] if isinstance(listed, list) else []
    keys += [home / ".ssh" / each for each in _KEYS]
    key = next((each for each in keys if each.is_file()), None)
    port = str(told.get("port", "22"))
    return Route(
        node=name,
        address=str(told.get("hostname", name)),
        port=int(port) if port.isdigit() else 22,
        user=str(told.get("user", getpass.getuser())),
        key=str(key) if key else None,
        agent=True,
        jump=jump,
    )
