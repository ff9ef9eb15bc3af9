"""Forms of messages: kinds of closed lists, names that are lacking, and nothing of what is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.probes import feed_dicom, feed_fhir, feed_hl7
from millwright.probes.feed_hl7 import OTHER, Form
from tests.feedfiles import PATIENT, dicom, element, fhir, hl7, open_sequence

WANTED = ("Modality", "PatientID", "PixelData", "KVP")


@pytest.mark.parametrize("implicit", [False, True])
def test_a_dicom_file_tells_its_modality_and_what_it_lacks(implicit: bool) -> None:
    assert feed_dicom.form(dicom(implicit=implicit), WANTED) == Form("CT", ("KVP",))


def test_sequences_of_no_told_length_are_stepped_over() -> None:
    inner = element(0x00080100, b"SH", b"x") + open_sequence(0x00081140, b"")
    more = open_sequence(0x00400275, inner) + element(0x00400300, b"US", b"\1\0")
    assert feed_dicom.form(dicom(more=more), WANTED) == Form("CT", ("KVP",))


def test_an_empty_element_is_a_lacking_one() -> None:
    more = element(0x00180060, b"DS", b"")
    assert feed_dicom.form(dicom(more=more), ("KVP",)).lacking == ("KVP",)


@pytest.mark.parametrize("cut", [0, 100, 131, 140, 180, 230])
def test_a_file_that_is_cut_is_unreadable_and_no_failure(cut: int) -> None:
    assert feed_dicom.form(dicom()[:cut], WANTED).readable is False or cut == 230


def test_a_message_of_hl7_tells_its_type_and_what_it_lacks() -> None:
    two = hl7() + hl7("ADT^A01", number="")
    told = list(feed_hl7.forms(b"\x0b" + two + b"\x1c\r", ("PID-3", "OBX-5", "NTE", "PID-99")))
    assert told == [Form("ORU", ("NTE", "PID-99")), Form("ADT", ("PID-3", "NTE", "PID-99"))]
    assert list(feed_hl7.forms(b"PID|1", ())) == [Form(OTHER, readable=False)]


def test_a_resource_of_fhir_tells_its_type_and_what_it_lacks() -> None:
    wanted = ("Observation.status", "Observation.code.coding", "Patient.name")
    assert list(feed_fhir.forms(fhir(), wanted)) == [
        Form("Observation", ("Observation.code.coding",))
    ]
    whole = fhir(code={"coding": [{"code": "1"}]})
    assert list(feed_fhir.forms(whole, wanted)) == [Form("Observation")]
    lines = whole + b"\n" + fhir("Patient") + b"\n{\n"
    assert list(feed_fhir.forms(lines, wanted)) == [
        Form("Observation"), Form("Patient", ("Patient.name",)), Form(OTHER, readable=False),
    ]  # fmt: skip
    bundle = b'{"resourceType": "Bundle", "entry": [{"resource": ' + whole + b"}, {}]}"
    assert list(feed_fhir.forms(bundle, ())) == [Form("Observation"), Form(OTHER, readable=False)]


@pytest.mark.parametrize("kind", [PATIENT[0], "DOE^A01", "doe"])
def test_a_name_in_the_place_of_a_kind_is_never_told(kind: str) -> None:
    assert feed_dicom.form(dicom(kind[:16]), ()).kind == OTHER
    assert next(feed_hl7.forms(hl7(kind), ())).kind == OTHER
    assert next(feed_fhir.forms(fhir(kind), ())).kind == OTHER


@given(st.binary(max_size=400), st.sampled_from([b"", dicom()[:200], hl7(), fhir()]))
def test_no_bytes_make_a_look_fail_or_name_what_is_in_no_list(tail: bytes, head: bytes) -> None:
    raw = head + tail
    known = {OTHER, *feed_dicom.MODALITIES, *feed_hl7.TYPES, *feed_fhir.TYPES}
    told = [feed_dicom.form(raw, WANTED), *feed_hl7.forms(raw, ("PID-3",))]
    told += feed_fhir.forms(raw, ("Patient.name",))
    assert {each.kind for each in told} <= known
