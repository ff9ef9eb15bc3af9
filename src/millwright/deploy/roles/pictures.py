"""The role of dashboards: they lie where Grafana looks, whether or not there is one to look."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from millwright.deploy.checks import PROVEN, Check, Verdict, excused
from millwright.deploy.dashboards import DASHBOARDS, text_of
from millwright.deploy.inputs import Inputs
from millwright.deploy.role import Role, on_head

FOLDER = "/var/lib/millwright/grafana/dashboards"
HEALTH = """\
import sys, urllib.request as web
opener = web.build_opener(web.ProxyHandler({}))
sys.stdout.write(opener.open("http://127.0.0.1:3000/api/health", timeout=20).read().decode())
"""
SEEN = """\
cat /var/lib/millwright/not-testable/grafana.json
if dpkg-query --show grafana >/dev/null 2>&1; then python3 -Ic "$1"; fi
"""
"""Constant: what the role said, and how Grafana is where it is installed."""


def _grafana(host: str, inputs: Inputs) -> Sequence[Check]:
    del host, inputs
    wanted = {
        f"{FOLDER}/{each.name}.json": hashlib.sha256(text_of(each).encode()).hexdigest()
        for each in DASHBOARDS
    }

    def laid(text: str) -> Verdict:
        found = {path: digest for digest, _, path in (x.partition("  ") for x in text.splitlines())}
        wrong = sorted(path for path in wanted if found.get(path) != wanted[path])
        return Verdict("failed", f"not as designed: {', '.join(wrong)}") if wrong else PROVEN

    def healthy(text: str) -> Verdict:
        said, _, health = text.rpartition("\n}\n")
        if excused(f"{said}}}"):
            return Verdict("not testable", "no package source has Grafana; its dashboards are laid")
        try:
            fine = json.loads(health)["database"] == "ok"
        except (ValueError, KeyError, TypeError):
            fine = False
        return PROVEN if fine else Verdict("failed", f"Grafana says {health.strip()[:120]!r}")

    return (
        Check(("sha256sum", "--", *wanted), laid),
        Check(("sh", "-c", SEEN, "sh", HEALTH), healthy),
    )


GRAFANA = Role(
    "grafana",
    "cluster",
    on_head,
    "dashboards, and Grafana where the site's source has it",
    ("factory.monitoring.address", "factory.simulated"),
    _grafana,
    ("grafana",),
)
