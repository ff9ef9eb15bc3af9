"""A Redfish client of the tests: HTTP Basic over TLS, checked by the lab's certificate."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from tests.lab.rehearsal import Rehearsal

Document = dict[str, Any]


@dataclass(frozen=True)
class Bmc:
    """The BMC of one host."""

    address: str
    certificate: str
    password: str

    @property
    def system(self) -> str:
        """Return the path of the one system behind it."""
        (member,) = self.get("/redfish/v1/Systems")["Members"]
        return str(member["@odata.id"])

    def get(self, path: str) -> Document:
        status, document = self.ask(path)
        assert status == 200, (path, status, document)
        return document

    def reset(self, kind: str) -> int:
        """Ask for an action on the power; return the status of the answer."""
        path = f"{self.system}/Actions/ComputerSystem.Reset"
        return self.ask(path, {"ResetType": kind})[0]

    def messages(self) -> list[str]:
        """Return the event log, the oldest first."""
        entries = self.get(f"{self.system}/LogServices/SEL/Entries")
        return [f"{entry['Severity']}: {entry['Message']}" for entry in entries["Members"]]

    def ask(self, path: str, body: Document | None = None) -> tuple[int, Document]:
        login = b64encode(f"admin:{self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"https://{self.address}{path}", data, headers)
        trusted = ssl.create_default_context(cafile=self.certificate)
        try:
            with urllib.request.urlopen(request, timeout=20, context=trusted) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, {}


def bmc(lab: Rehearsal, host: str) -> Bmc:
    """Return the BMC of a host, as the workspace says how to reach it."""
    folder = lab.root / ".millwright" / "lab"
    password = (folder / "bmc.password").read_text().strip()
    return Bmc(lab.status()[host]["bmc"], str(folder / "bmc.crt"), password)
