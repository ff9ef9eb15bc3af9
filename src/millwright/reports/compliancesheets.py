"""A check of compliance as sheets: paragraphs, controls, access, ways out, inventory."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.model.checked import Check
from millwright.reports.compliance import shown_answer

Sheet = tuple[Sequence[str], Sequence[Sequence[object]]]


def sheets(check: Check) -> dict[str, Sheet]:
    """Return all sheets by the names of their files."""
    return {
        "paragraphs": (
            ("pack", "paragraph", "asks for", "level", "status", "applies from", "source",
             "answer", "why", "controls"),
            [(r.pack, r.ref, r.words, r.level, r.status, r.applies_from, r.read, shown_answer(r),
              r.why, " ".join(r.controls)) for r in check.rules],
        ),
        "controls": (
            ("control", "what has to be so", "answer", "why", "again by"),
            [(c.control, c.title, shown_answer(c), c.why, c.due) for c in check.controls],
        ),
        "access": (
            ("login", "uid", "hosts", "keys", "in hardware", "root by", "without password",
             "declared", "keys written", "first seen"),
            [(a.login, a.uid, a.nodes, " ".join(a.keys), a.hardware, " ".join(a.root_by),
              a.unasked, _told(a.declared), a.since, a.first_seen) for a in check.access],
        ),
        "ways": (
            ("kind", "what", "goes to", "zone", "allowed", "known by", "hosts"),
            [(w.kind, w.thing, w.host, w.zone, _told(w.allowed), w.how, w.nodes)
             for w in check.ways],
        ),
        "inventory": (
            ("host", "role", "pool", "model", "serial", "GPUs", "system", "addresses", "designed",
             "patients' data"),
            [(a.node, a.role, a.pool, a.model, a.serial, a.gpus, a.os, " ".join(a.addresses),
              _told(a.designed), a.patients) for a in check.assets],
        ),
    }  # fmt: skip


def _told(truth: bool | None) -> str:
    return "unknown" if truth is None else "yes" if truth else "no"
