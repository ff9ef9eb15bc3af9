"""Management controllers over Redfish: whose machine they are in, and its power.

TLS is always checked, no redirect is followed, and no proxy is asked: the password goes to the
controller's own address and nowhere else. It is never an argument and never kept.
"""

from __future__ import annotations

import contextlib
import json
import ssl
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from email.message import Message
from pathlib import Path
from typing import IO, Any

from millwright.adapters.becoming import secret_of
from millwright.errors import MillwrightError
from millwright.model.cluster import Cluster
from millwright.model.reach import BmcWay
from millwright.ports import Controlled, PowerAction

SYSTEMS = "/redfish/v1/Systems"
CHASSIS = "/redfish/v1/Chassis"
MANAGERS = "/redfish/v1/Managers"
MOST_MEMBERS = 32
MOST_ENTRIES = 40
"""The last entries of a log; older ones are history."""
MOST_BYTES = 4 << 20
PATIENCE_S = 20.0
KINDS: Mapping[PowerAction, tuple[str, ...]] = {
    "on": ("On", "ForceOn"),
    "off": ("ForceOff",),
    "restart": ("PowerCycle", "ForceRestart"),
}
"""What an action is called, the one that is liked best first."""


class _Refused(Exception):
    """A controller that does not answer, or says no."""


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the password is for one address."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message,
        newurl: str,
    ) -> None:  # fmt: skip
        """Return no further request."""


def controllers(cluster: Cluster) -> dict[str, str]:
    """Return the address of each node's management controller, by the design."""
    return {
        device.name: address.address
        for device in cluster.devices
        if device.role in ("compute", "management")
        for address in device.addresses
        if address.network == "oob" and "bmc" in address.port.casefold()
    }


class RedfishBmc:
    """A Bmc over Redfish. `addresses` are those of the controllers, by node."""

    def __init__(self, way: BmcWay | None, addresses: Mapping[str, str], root: Path) -> None:
        self._addresses = addresses
        self._way = way
        self._login = b""
        if way is None:
            return
        self._login = secret_of(root / way.password_file)
        try:
            trusted = str(root / way.certificate) if way.certificate else None
            context = ssl.create_default_context(cafile=trusted)
        except (OSError, ssl.SSLError) as error:
            raise MillwrightError(
                f"cannot read the certificates of controllers: {error}",
                hint="see `bmc.certificate` in reach.yaml",
            ) from None
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), _Stay, urllib.request.HTTPSHandler(context=context)
        )

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """Return what must be kept nowhere."""
        return (self._login,) if self._login else ()

    def look(self, node: str) -> Controlled:
        """Return what the controller of a node says; why it says nothing is a value too."""
        try:
            system = self._system(node)
        except _Refused as refused:
            return Controlled(node, reason=str(refused))
        told = str(system.get("PowerState") or "").casefold()
        oem = system.get("Oem")
        lab = oem.get("Millwright") if isinstance(oem, dict) else None
        return Controlled(
            node=node,
            serial=str(system.get("SerialNumber") or "").strip(),
            power="on" if told == "on" else "off" if told == "off" else "",
            simulated=isinstance(lab, dict) and lab.get("Simulated") is True,
        )

    def power(self, node: str, action: PowerAction) -> str:
        """Order it once; whether it came about is seen by who asks."""
        try:
            system = self._system(node)
            offer = _within(system, "Actions", "#ComputerSystem.Reset")
            target = str(
                offer.get("target") or f"{system['@odata.id']}/Actions/ComputerSystem.Reset"
            )
            allowed = offer.get("ResetType@Redfish.AllowableValues")
            kinds = [
                kind for kind in KINDS[action] if not isinstance(allowed, list) or kind in allowed
            ]
            if not kinds:
                return f"its controller offers no {' or '.join(KINDS[action])}"
            if not target.startswith("/redfish/"):
                return f"its controller names a strange target: {target[:80]}"
            self._ask(node, target, {"ResetType": kinds[0]})
        except _Refused as refused:
            return str(refused)
        return ""

    def documents(self, node: str) -> tuple[dict[str, Any], str]:
        """Return the documents that say how a machine is, by path, and why there are no more.

        Asked are the system, and of each chassis what it says of fans, heat and power supplies.
        """
        found: dict[str, Any] = {}
        try:
            system = self._system(node)
            found[str(system["@odata.id"])] = system
            for path in self._members(node, CHASSIS):
                found[path] = chassis = self._ask(node, path)
                for key in ("Thermal", "Power"):
                    inner = str(_within(chassis, key).get("@odata.id") or "")
                    if inner.startswith(f"{CHASSIS}/"):
                        found[inner] = self._ask(node, inner)
            found |= self._logs(node, system)
        except _Refused as refused:
            return found, str(refused)
        return found, ""

    def _logs(self, node: str, system: Mapping[str, Any]) -> dict[str, Any]:
        """Return the entries of the logs of a system and its managers, those that are told.

        A log that is refused is left out: nothing is known of it then, and all else is.
        """
        found: dict[str, Any] = {}
        with contextlib.suppress(_Refused):
            holders = [system, *(self._ask(node, p) for p in self._members(node, MANAGERS)[:2])]
            for holder in holders:
                services = str(_within(holder, "LogServices").get("@odata.id") or "")
                for path in self._members(node, services) if _ours(services) else ():
                    entries = str(_within(self._ask(node, path), "Entries").get("@odata.id") or "")
                    if _ours(entries):
                        found[entries] = self._entries(node, entries)
        return found

    def _entries(self, node: str, path: str) -> dict[str, Any]:
        """Return a log with its last entries in full, whether it holds them or names them."""
        told = self._ask(node, path)
        members = told.get("Members")
        last = list(members)[-MOST_ENTRIES:] if isinstance(members, list) else []
        whole = [
            each
            if not isinstance(each, dict) or set(each) != {"@odata.id"}
            else self._ask(node, str(each["@odata.id"]))
            for each in last
            if not isinstance(each, dict) or _ours(str(each.get("@odata.id") or "/redfish/"))
        ]
        return {**told, "@odata.id": path, "Members": whole}

    def _members(self, node: str, collection: str) -> list[str]:
        """Return the paths of a collection's members, those that are below it and not too many."""
        members = self._ask(node, collection).get("Members")
        paths = [
            str(member.get("@odata.id"))
            for member in (members if isinstance(members, list) else ())
            if isinstance(member, dict)
        ]
        return [path for path in paths if path.startswith(f"{collection}/")][:MOST_MEMBERS]

    def _system(self, node: str) -> dict[str, Any]:
        """Return the one system behind a controller."""
        paths = self._members(node, SYSTEMS)
        if len(paths) != 1:
            raise _Refused(f"its controller names {len(paths)} systems, and one is wanted")
        return {"@odata.id": paths[0], **self._ask(node, paths[0])}

    def _ask(self, node: str, path: str, body: Mapping[str, str] | None = None) -> dict[str, Any]:
        address = self._addresses.get(node)
        if self._way is None:
            raise _Refused("reach.yaml does not say how controllers are talked to (bmc)")
        if address is None:
            raise _Refused("the design has no address of its controller")
        host = f"[{address}]" if ":" in address else address
        login = b64encode(f"{self._way.user}:".encode() + self._login).decode()
        headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        url = f"https://{host}:{self._way.port}{path}"
        request = urllib.request.Request(url, data, headers)
        try:
            with self._opener.open(request, timeout=PATIENCE_S) as answer:
                found = json.loads(answer.read(MOST_BYTES) or b"{}")
        except urllib.error.HTTPError as error:
            error.close()
            raise _Refused(f"its controller answers {error.code} for {path[:80]}") from None
        except (OSError, ValueError, RecursionError) as error:
            reason = getattr(error, "reason", None) or error
            raise _Refused(f"its controller does not answer: {reason}"[:200]) from None
        return found if isinstance(found, dict) else {}


def _ours(path: str) -> bool:
    return path.startswith("/redfish/")


def _within(document: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    found: Any = document
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}
