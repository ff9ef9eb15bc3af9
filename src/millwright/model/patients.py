"""Shapes in which identifiers of patients stand in logs and listings: they are never kept.

Only what is labelled, or has a form that nothing else has, is known: a name alone in running text
or in a path is not seen. Clinical systems' own logs are never asked for; these shapes are for what
slips into those of hosts.
"""

from __future__ import annotations

import re

HIDDEN = b"<patient>"
_ID = rb"[A-Za-z0-9][A-Za-z0-9._/-]{2,40}"
_LABELS = (
    rb"(?:patient|pat|pt)[ _-]?(?:name|id|nr|no|number|birth ?date|dob|ssn|mrn|address|phone)"
    rb"|patientname|patientid|patientbirthdate|otherpatientids|issuerofpatientid"
    rb"|medical[ _-]?record(?:[ _-]?(?:no|nr|number))?|accession[ _-]?(?:no|nr|number)"
)
_SHAPES = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (
        # Labelled: what stands behind the label, quoted or up to the next mark.
        rb"((?<![A-Za-z0-9])(?:" + _LABELS + rb")\"?\s*[=:]\s*\")[^\"\n]{1,200}(?=\")",
        rb"((?<![A-Za-z0-9])(?:" + _LABELS + rb")\s*[=:]\s*)[^\s\",;|\]\)<][^\",;|\]\)\n<]{0,120}",
        rb"((?<![A-Za-z0-9])(?:mrn|ssn|dob|nhs ?(?:no|number))\"?\s*[#:=]?\s*\"?)"
        rb"(?=[^\s\",;]{0,40}\d)" + _ID,
        # A DICOM dump's line of group 0010, which is the patient's.
        rb"(\(0010,[0-9a-f]{4}\)[ \t]*(?:[A-Z]{2}[ \t]*)?[:=]?[ \t]*)\[[^\]\n]{1,200}\]",
        rb"(\(0010,[0-9a-f]{4}\)[ \t]*(?:[A-Z]{2}[ \t]+)?[:=]?[ \t]*)[^\s\[][^\n]{0,200}",
        rb"(?<![\d.-])()\d{3}-\d{2}-\d{4}(?![\d-])",
    )
) + tuple(
    re.compile(shape)
    for shape in (
        # Segments of HL7 about a person, and DOE^JANE^M: names as DICOM and HL7 write them.
        rb"(\b(?:PID|NK1|GT1|IN1)\|)[^\r\n]*",
        rb"\b()[A-Z][A-Za-z'-]{1,40}\^[A-Z][A-Za-z'-]{0,40}(?:\^[A-Za-z'.-]{0,40}){0,3}",
    )
)
_WORDS = re.compile(
    rb"patient|\bpat[ _-]|\bpt[ _-]|mrn|ssn|dob|nhs|medical|accession|\d{3}-\d{2}-\d{4}|\(0010,",
    re.IGNORECASE,
)
_NAMES = re.compile(rb"[A-Za-z'-]\^[A-Z]|\b(?:PID|NK1|GT1|IN1)\|")


def without_patients(content: bytes) -> bytes:
    """Return the content with identifiers of patients replaced; the same where it holds none."""
    if not _WORDS.search(content) and not _NAMES.search(content):
        return content
    for shape in _SHAPES:
        content = shape.sub(lambda found: found[1] + HIDDEN, content)
    return content
