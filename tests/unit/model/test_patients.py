"""Identifiers of patients are taken out of whatever is kept; what looks like them alone stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.adapters.evidencelog import EvidenceLog
from millwright.adapters.recording import Recorder
from millwright.adapters.sweeping import as_heard
from millwright.model.patients import without_patients
from millwright.model.redaction import redacted
from millwright.ports import Answer

PLANTED = (
    ("MRN: 00482913 admitted", "00482913"),
    ("mrn=A-4829131", "A-4829131"),
    ("SSN 078-05-1120", "078-05-1120"),
    ("caller 078-05-1120 seen", "078-05-1120"),
    ("PatientName: Smith, Jane", "Smith"),
    ('{"patient_id": "PX-99-1"}', "PX-99-1"),
    ("(0010,0010) PN [DOE^JANE^M]", "DOE"),
    ("(0010,0020) LO 4482-19", "4482-19"),
    ("dicom store: DOE^JANE 1.2.840", "JANE"),
    ("PID|1||4711^^^H||MUELLER^ANNA||19590314|F", "4711"),
    ("DOB 1959-03-14", "1959-03-14"),
    ("Accession Number = ACC77121", "ACC77121"),
)
KEPT = (
    "nvidia-smi 580.95.05, serial 1652923033456",
    "2026-01-05T10:00:00Z gpu1 kernel: NVRM: Xid (PCI:0000:18:00): 79",
    "part 920-9B210-00FN-0D0, lot 12-345-6789",
    "GPU-12345678-1234-1234-1234-123456789012",
    "a ^ b, x^2, 10^-3, /dev/sda1",
    "dispatch=1 patch level 9",
)


@pytest.mark.parametrize(("line", "secret"), PLANTED)
def test_what_is_labelled_or_formed_like_a_patient_is_taken_out(line: str, secret: str) -> None:
    assert secret not in redacted(line.encode()).decode()


@pytest.mark.parametrize("line", KEPT)
def test_what_machines_say_of_themselves_stays(line: str) -> None:
    assert without_patients(line.encode()) == line.encode()


@given(st.binary(max_size=300))
def test_taking_out_twice_is_taking_out_once(content: bytes) -> None:
    once = without_patients(content)
    assert without_patients(once) == once


def test_patients_that_are_planted_in_logs_reach_neither_evidence_nor_what_is_heard(
    tmp_path: Path,
) -> None:
    log = "\n".join(line for line, _ in PLANTED).encode()
    answer = Answer("gpu1", ("dmesg",), "exit", 0, 0.1, log, log)
    folder = tmp_path / "runs" / "r-exec"
    with Recorder(folder, EvidenceLog(folder), False) as record:
        record.keep(answer)
    heard = as_heard("dmesg", answer)
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    told = heard.text + heard.errors + kept.decode("utf-8", "replace")
    assert not [secret for _, secret in PLANTED if secret in told]
    line = json.loads((folder / "evidence.jsonl").read_bytes())
    assert line["redacted"] is True
