"""Where logs go, from the design and the spec: to the head node, and on to the site's own watch."""

from __future__ import annotations

import re

from millwright.deploy.undeployable import Undeployable
from millwright.model.base import Frozen
from millwright.model.catalog import Catalog
from millwright.model.site import Endpoint, Service, Services

PORT = 6514
SIEM = re.compile(r"syslog(-tls|\+tls)?://([A-Za-z0-9][A-Za-z0-9.-]*)(:\d{1,5})?/?")


class Siem(Frozen):
    """Where the head node sends every line on to."""

    host: str
    port: int
    tls: bool


class Logs(Frozen):
    """Logs of the factory: one receiver, how much is kept, and who gets them beside it."""

    head: str
    address: str
    kept_days: int
    file_mib: int
    queue_mib: int
    journal_mib: int
    siem: Siem | None


def logs(head: str, address: str, catalog: Catalog, services: Services) -> Logs:
    """Return where logs go. Raises Undeployable where `services.siem` cannot be read."""
    watch = catalog.watch["default"]
    return Logs(
        head=head,
        address=address,
        kept_days=watch.logs_kept_days.value,
        file_mib=watch.log_file_mib.value,
        queue_mib=watch.log_queue_mib.value,
        journal_mib=watch.journal_mib.value,
        siem=siem(services.siem),
    )


def siem(endpoint: Endpoint | None) -> Siem | None:
    """Return the site's receiver of logs, or None where it has none that speaks syslog.

    A web address of `services.siem` takes alerts, and no lines.
    """
    uri = _uri(endpoint)
    if not uri or uri.startswith(("http://", "https://")):
        return None
    found = SIEM.fullmatch(uri)
    if not found or int((found[3] or ":1")[1:]) not in range(1, 65536):
        raise Undeployable(
            f"services.siem: {uri[:80]!r} takes no logs that the head node could send",
            hint="write syslog-tls://siem.example.org:6514, or https:// for alerts alone",
        )
    tls = bool(found[1])
    port = int(found[3][1:]) if found[3] else (PORT if tls else 514)
    return Siem(host=found[2], port=port, tls=tls)


def _uri(endpoint: Endpoint | None) -> str:
    if isinstance(endpoint, Service):
        return endpoint.uri or ""
    return endpoint if isinstance(endpoint, str) else endpoint[0] if endpoint else ""
