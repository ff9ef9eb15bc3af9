"""The form of FHIR resources: their types, and which elements are there; never what is in them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from millwright.probes.feed_hl7 import OTHER, Form

_WORDS = (
    "AllergyIntolerance Appointment AuditEvent Basic Binary BodyStructure Bundle CarePlan CareTeam "
    "ClinicalImpression Communication Composition Condition Consent Coverage Device DeviceRequest "
    "DiagnosticReport DocumentReference Encounter EpisodeOfCare FamilyMemberHistory Flag Goal "
    "Group ImagingStudy Immunization List Location Media Medication MedicationAdministration "
    "MedicationDispense MedicationRequest MedicationStatement MessageHeader MolecularSequence "
    "Observation OperationOutcome Organization Patient Practitioner PractitionerRole Procedure "
    "Provenance Questionnaire QuestionnaireResponse RelatedPerson RiskAssessment Schedule "
    "ServiceRequest Slot Specimen Subscription Task"
)
TYPES = frozenset(_WORDS.split())
"""Types of FHIR R4 that feeds of hospitals carry; what is none of them is counted, not named."""
MOST_DEPTH = 3
"""How many bundles may lie in one another."""


def forms(raw: bytes, required: Sequence[str]) -> Iterator[Form]:
    """Yield the form of every resource of a file: one document, a bundle, or lines of JSON.

    A required name is a type and a path below it, `Observation.code.coding`: it counts for
    resources of that type alone.
    """
    try:
        yield from _walk(json.loads(raw), required, 0)
    except (ValueError, RecursionError):
        lines = [line for line in raw.splitlines() if line.strip()]
        if len(lines) < 2:
            yield Form(OTHER, readable=False)
            return
        for line in lines:
            yield from _line(line, required)


def _line(line: bytes, required: Sequence[str]) -> Iterator[Form]:
    try:
        yield from _walk(json.loads(line), required, 0)
    except (ValueError, RecursionError):
        yield Form(OTHER, readable=False)


def _walk(document: Any, required: Sequence[str], depth: int) -> Iterator[Form]:
    kind = document.get("resourceType") if isinstance(document, dict) else None
    if not isinstance(kind, str):
        yield Form(OTHER, readable=False)
        return
    entries = document.get("entry") if kind == "Bundle" else None
    if isinstance(entries, list) and depth < MOST_DEPTH:
        for entry in entries:
            inner = entry.get("resource") if isinstance(entry, dict) else None
            yield from _walk(inner, required, depth + 1)
        return
    lacking = tuple(name for name in required if _is_lacking(document, kind, name))
    yield Form(kind if kind in TYPES else OTHER, lacking)


def _is_lacking(document: Any, kind: str, name: str) -> bool:
    of, *path = name.split(".")
    if of != kind:
        return False
    found: Any = document
    for step in path:
        while isinstance(found, list) and found:
            found = found[0]
        found = found.get(step) if isinstance(found, dict) else None
    return found in (None, "", [], {})
