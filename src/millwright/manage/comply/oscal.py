"""A check as OSCAL assessment results (1.1.2): controls as observations, paragraphs as findings.

Names are derived from what they name, so that the same check gives the same bytes.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any
from uuid import UUID

from millwright.model.checked import ANSWERED, Check, ControlAnswer, RuleAnswer

VERSION = "1.1.2"
NS = "https://millwright.example/ns/oscal"


def _uuid(*parts: str) -> str:
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return str(UUID(bytes=digest[:16], version=4))


def _token(text: str) -> str:
    """Return a name as OSCAL takes it: no brackets, no blanks, beginning with a letter."""
    bare = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.")
    return bare if bare[:1].isalpha() else f"p-{bare}"


def _prop(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": NS, "value": " ".join(value.split()) or "none"}


def assessment_results(check: Check) -> dict[str, Any]:
    """Return the document: one result with all controls and paragraphs."""
    base = f"{check.factory}/{check.run}"
    title = f"Compliance of {check.factory}" + (" (SIMULATED)" if check.simulated else "")
    return {
        "assessment-results": {
            "uuid": _uuid(base, "results"),
            "metadata": {
                "title": title,
                "last-modified": check.at,
                "version": check.tool_version,
                "oscal-version": VERSION,
                "props": [_prop("simulated", str(check.simulated).lower())],
            },
            "import-ap": {"href": "#", "remarks": "Rule books of the factory's own spec; no plan."},
            "results": [
                {
                    "uuid": _uuid(base, "result"),
                    "title": title,
                    "description": f"Facts: {check.source or 'no node was asked'}.",
                    "start": check.facts_at or check.at,
                    "end": check.at,
                    "props": [_prop("evidence-run", check.run)],
                    "reviewed-controls": {"control-selections": _selections(check)},
                    "observations": [_observation(check, each) for each in check.controls],
                    "findings": [_finding(check, rule) for rule in check.rules],
                }
            ],
        }
    }


def _selections(check: Check) -> list[dict[str, Any]]:
    """Return the paragraphs of each pack that were looked at."""
    return [
        {
            "description": pack.title,
            "props": [_prop("status", pack.status)],
            "include-controls": [
                {"control-id": _token(f"{rule.pack}-{rule.ref}")}
                for rule in check.rules
                if rule.pack == pack.pack
            ],
        }
        for pack in check.coverage
    ]


def _observation(check: Check, answer: ControlAnswer) -> dict[str, Any]:
    methods = ["TEST"] if answer.testimony else []
    methods += ["INTERVIEW"] if answer.words else []
    evidence = [
        {"href": "#", "description": trace.what}
        for said in answer.testimony
        for trace in said.traces
    ][:50]
    found: dict[str, Any] = {
        "uuid": _uuid(check.run, "control", answer.control),
        "title": answer.title,
        "description": answer.why or answer.title,
        "props": [
            _prop("control", answer.control), _prop("answer", answer.answer),
            _prop("simulated", str(answer.simulated).lower()),
        ],
        "methods": methods or ["UNKNOWN"],
        "collected": check.facts_at or check.at,
    }  # fmt: skip
    return found | ({"relevant-evidence": evidence} if evidence else {})


def _finding(check: Check, rule: RuleAnswer) -> dict[str, Any]:
    good = rule.answer in ANSWERED or rule.answer == "not-applicable"
    related = [{"observation-uuid": _uuid(check.run, "control", name)} for name in rule.controls]
    found: dict[str, Any] = {
        "uuid": _uuid(check.run, "rule", rule.pack, rule.ref),
        "title": f"{rule.pack} {rule.ref}",
        "description": rule.words,
        "props": [
            _prop("answer", rule.answer), _prop("status", rule.status), _prop("level", rule.level),
            _prop("simulated", str(rule.simulated).lower()),
        ],
        "target": {
            "type": "objective-id",
            "target-id": _token(f"{rule.pack}-{rule.ref}"),
            "status": {
                "state": "satisfied" if good else "not-satisfied",
                "reason": "pass" if rule.answer == "pass" else "fail" if rule.answer == "fail"
                else "other",
                "remarks": rule.why or rule.answer,
            },
        },
    }  # fmt: skip
    return found | ({"related-observations": related} if related else {})
