"""The BMCs of the lab: Redfish by sushy-tools, one address each, whose power acts on lab hosts.

One process answers at the addresses that the design gives to BMCs; which machine is meant follows
from the address that was asked, as with real ones. What sushy-tools leaves out is filled in here:
serial number, system event log, fans, power supplies. Authentication is HTTP Basic, over TLS.
"""

from __future__ import annotations

import json
import ssl
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import flask
from sushy_tools import error
from sushy_tools.emulator import main as emulator
from sushy_tools.emulator.resources.systems.base import AbstractSystemsDriver
from werkzeug.serving import make_server

from millwright.lab import host
from millwright.lab.boot import without_power
from millwright.lab.home import Home, put
from millwright.lab.plan import LabHost, LabPlan
from millwright.lab.redfish import CHASSIS, completed, marked, serial_uuid, system
from millwright.lab.sel import log

PORT = 443

RESETS = {
    "On": "on",
    "ForceOn": "on",
    "ForceOff": "off",
    "GracefulShutdown": "shutdown",
    "ForceRestart": "cycle",
    "GracefulRestart": "cycle",
}


class LabDriver(AbstractSystemsDriver):  # type: ignore[misc]
    """Systems of sushy-tools that are hosts of a lab."""

    def __init__(self, home: Home, plan: LabPlan) -> None:
        super().__init__()
        self._home = home
        self._plan = plan
        self._lock = threading.Lock()

    @property
    def driver(self) -> str:
        """Return the driver's name."""
        return "<millwright lab>"

    @property
    def systems(self) -> list[str]:
        """Return the one system behind the address that was asked."""
        return [serial_uuid(self.asked_host())]

    def asked_host(self) -> LabHost:
        """Return the host whose BMC has the address that was asked."""
        address = flask.request.environ["SERVER_NAME"]
        for each in self._plan.hosts:
            if each.bmc == address:
                return each
        raise error.NotFound(f"no BMC at {address}")

    def _host(self, identity: str) -> LabHost:
        each = self.asked_host()
        if identity == each.name:
            raise error.AliasAccessError(serial_uuid(each))
        if identity != serial_uuid(each):
            raise error.NotFound(f"no system {identity} at this BMC")
        return each

    def uuid(self, identity: str) -> str:
        """Return the identity of a system by name or identity."""
        return serial_uuid(self._host(identity))

    def name(self, identity: str) -> str:
        """Return the hostname."""
        return self._host(identity).name

    def get_power_state(self, identity: str) -> str:
        """Return On or Off, as the host really is."""
        return "On" if self._host(identity).name in host.running(self._plan.marks) else "Off"

    def set_power_state(self, identity: str, state: str) -> None:
        """Act on the host; every act is logged before it happens."""
        each = self._host(identity)
        verb = RESETS.get(state)
        if verb is None:
            raise error.NotSupportedError(f"{state} is not offered")
        log(self._home, each.name, "OK", f"Power action {state} requested")
        with self._lock:
            getattr(self, f"_{verb}")(each)

    def _on(self, each: LabHost) -> None:
        if without_power(self._home, each.name):
            log(self._home, each.name, "Critical", "Power on failed: no power")
        elif each.name not in host.running(self._plan.marks):
            host.start(self._home, self._plan, each)

    def _off(self, each: LabHost) -> None:
        host.stop(self._plan.marks, [each.name])

    def _shutdown(self, each: LabHost) -> None:
        if each.name in host.running(self._plan.marks):
            host.inside(self._plan, each.name, ["systemctl", "poweroff", "--no-block"])

    def _cycle(self, each: LabHost) -> None:
        self._off(each)
        self._on(each)

    def get_boot_device(self, identity: str) -> str:
        """Return what it was told to boot from; a host of the lab boots its disk whatever it is."""
        try:
            return self._boot_file(identity).read_text(encoding="utf-8")
        except FileNotFoundError:
            return "Hdd"

    def set_boot_device(self, identity: str, boot_source: str) -> None:
        """Keep what to boot from."""
        put(self._boot_file(identity), boot_source)

    def _boot_file(self, identity: str) -> Path:
        return self._home.host(self._host(identity).name) / "boot-device"

    def get_boot_mode(self, identity: str) -> str:
        """Return the boot mode."""
        self._host(identity)
        return "UEFI"

    def get_nics(self, identity: str) -> list[dict[str, str]]:
        """Return no interfaces: their addresses belong to the design."""
        self._host(identity)
        return []


def _app(home: Home, plan: LabPlan, secrets: Path) -> flask.Flask:
    """Return sushy-tools' application with the lab behind it."""
    app: flask.Flask = emulator.app
    driver = LabDriver(home, plan)
    type(app).systems = property(lambda _: driver)  # type: ignore[attr-defined]
    about = {"Id": CHASSIS, "Name": CHASSIS, "UUID": CHASSIS}
    app.configure(  # type: ignore[attr-defined]
        extra_config={
            "SUSHY_EMULATOR_AUTH_FILE": str(secrets / "bmc.htpasswd"),
            "SUSHY_EMULATOR_CHASSIS": [about],
        }
    )

    def first() -> Any:
        if flask.request.method != "GET":
            return None
        document = completed(home, driver.asked_host(), flask.request.path.rstrip("/"))
        return None if document is None else flask.jsonify(document)

    def last(response: flask.Response) -> flask.Response:
        each = driver.asked_host()
        here = f"/redfish/v1/Systems/{serial_uuid(each)}"
        document = response.get_json(silent=True) if response.status_code == 200 else None
        if isinstance(document, dict):
            if flask.request.path.rstrip("/") == here:
                document = system(each, document)
            response.set_data(json.dumps(marked(document)))
        return response

    app.before_request(first)
    app.after_request(last)
    return app


def serve(lab: str) -> None:
    """Answer at every BMC's address until the process is ended."""
    home = Home(lab)
    plan = home.plan()
    if plan is None:
        return
    secrets = Path(plan.workspace) / ".millwright" / "lab"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(secrets / "bmc.crt", secrets / "bmc.key")
    app = _app(home, plan, secrets)
    threads = []
    for each in plan.hosts:
        if each.bmc:
            server = make_server(each.bmc, PORT, app, threaded=True, ssl_context=context)
            threads.append(threading.Thread(target=server.serve_forever))
    for thread in threads:
        thread.start()
    sys.stderr.write(f"{datetime.now(UTC):%FT%TZ} {len(threads)} BMCs answer\n")
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    serve(sys.argv[1])
