"""Recordings: what was heard comes back as it was, and what is no recording is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.adapters.recordedfacts import read_recording, write_recording
from millwright.adapters.sweeping import Kept, as_heard, swept
from millwright.errors import MillwrightError
from millwright.model.heard import Heard, Recording
from millwright.ports import Answer, Question

AT = "2026-01-05T10:00:00.000000Z"
LATE = Heard("dmesg", "timeout", None, "half", "", "no end within 15 s", 3)
RECORDING = Recording(
    AT,
    {"gpu1": {"clock": Heard("clock", "exit", 0, "{}\n"), "dmesg": LATE}},
    {"gpu2": "no route to host"},
    frozenset({"gpu1"}),
)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_recording(tmp_path / "new", RECORDING)
    assert read_recording(tmp_path / "new", {}) == RECORDING
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "new/gpu1/dmesg.txt").read_text() == "half"


@settings(max_examples=25)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_every_text_comes_back(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("any") / "new"
    said = replace(RECORDING, nodes={"gpu1": {"clock": Heard("clock", "exit", 0, text)}})
    write_recording(folder, said)
    assert read_recording(folder, {}).nodes["gpu1"]["clock"].text == text.removeprefix("\ufeff")


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(MillwrightError, match="is not empty"):
        write_recording(tmp_path, RECORDING)
    with pytest.raises(MillwrightError, match="is no folder"):
        write_recording(tmp_path / "mine", RECORDING)


def test_a_folder_filled_by_hand_is_a_recording(tmp_path: Path) -> None:
    (tmp_path / "gpu1").mkdir()
    (tmp_path / "gpu1/nvidia-smi-xml.txt").write_text("<xml/>")
    (tmp_path / "gpu1/notes.md").write_text("mine")
    told = read_recording(tmp_path, {"nvidia-smi-xml": "xml"})
    assert told.nodes == {"gpu1": {"xml": Heard("xml", "exit", 0, "<xml/>")}}
    assert told.at > AT


def test_what_simulated_tools_say_marks_their_node(tmp_path: Path) -> None:
    (tmp_path / "gpu1").mkdir()
    (tmp_path / "gpu1/dmesg.txt").write_text("simulated by the millwright lab\n")
    assert read_recording(tmp_path, {}).simulated == {"gpu1"}


def test_a_recording_that_lost_an_answer_is_refused(tmp_path: Path) -> None:
    write_recording(tmp_path / "new", RECORDING)
    (tmp_path / "new/gpu1/clock.txt").unlink()
    with pytest.raises(MillwrightError, match=r"gpu1/clock\.txt is missing"):
        read_recording(tmp_path / "new", {})


@pytest.mark.parametrize("index", ["{", "[]", '{"schema": "millwright.recording/1"}', "null"])
def test_an_index_that_is_none_is_refused(index: str, tmp_path: Path) -> None:
    (tmp_path / "gpu1").mkdir()
    (tmp_path / "gpu1/dmesg.txt").write_text("x")
    (tmp_path / "recording.json").write_text(index)
    with pytest.raises(MillwrightError, match=r"recording\.json:[0-9]+ is wrong"):
        read_recording(tmp_path, {})


def test_a_folder_that_holds_nothing_of_the_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(MillwrightError, match="is no recording"):
        read_recording(tmp_path, {})


def test_no_name_of_a_node_leads_out_of_a_recording(tmp_path: Path) -> None:
    write_recording(tmp_path / "new", RECORDING)
    index = json.loads((tmp_path / "new/recording.json").read_text())
    index["silent"] = {"../gpu2": "gone"}
    (tmp_path / "new/recording.json").write_text(json.dumps(index))
    with pytest.raises(MillwrightError, match=r"recording\.json:[0-9]+ is wrong"):
        read_recording(tmp_path / "new", {})


class Fake:
    """Answers one question a node by its words; `gpu2` is lost."""

    def ask(self, questions: Sequence[Question]) -> Iterator[Answer]:
        for each in questions:
            if each.node == "gpu2":
                yield Answer(each.node, each.argv, "lost", None, 0.0, reason="no route to host")
            else:
                said = b"\xef\xbb\xbftoken=abcdef " + each.argv[0].encode() + b" secret99 \xff"
                yield Answer(each.node, each.argv, "exit", 0, 0.1, said, simulated=True)


def test_answers_are_kept_before_they_are_heard_and_secrets_are_out() -> None:
    kept: list[Answer] = []
    whole: list[str] = []
    asked = {
        node: [("a", Question(node, ("one",))), ("b", Question(node, ("two",)))]
        for node in ("gpu1", "gpu2")
    }
    told = swept(Fake(), asked, Kept(kept.extend, (b"secret99",)), whole.append)
    assert len(kept) == 4
    assert whole == ["gpu1", "gpu2"]
    assert told.silent == {"gpu2": "no route to host"}
    assert told.simulated == {"gpu1"}
    assert told.nodes["gpu1"]["b"].text == "token=<redacted> two <redacted> \\xff"


def test_what_came_before_an_interrupt_is_kept() -> None:
    class Interrupted(Fake):
        def ask(self, questions: Sequence[Question]) -> Iterator[Answer]:
            yield next(super().ask(questions))
            raise KeyboardInterrupt

    kept: list[Answer] = []
    asked = {"gpu1": [("a", Question("gpu1", ("one",))), ("b", Question("gpu1", ("two",)))]}
    with pytest.raises(KeyboardInterrupt):
        swept(Interrupted(), asked, Kept(kept.extend))
    assert [answer.argv for answer in kept] == [("one",)]


def test_what_cannot_be_kept_is_not_heard() -> None:
    def full(answers: Sequence[Answer]) -> None:
        raise MillwrightError("no room")

    with pytest.raises(MillwrightError, match="no room"):
        swept(Fake(), {"gpu1": [("a", Question("gpu1", ("one",)))]}, Kept(full))


def test_an_answer_that_was_cut_is_not_whole() -> None:
    answer = Answer("gpu1", ("x",), "exit", 0, 0.1, b"x", dropped_bytes=5)
    assert as_heard("x", answer).whole is False


def test_a_wrong_index_is_told_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "gpu1").mkdir()
    (tmp_path / "gpu1/clock.txt").write_text("x")
    (tmp_path / "recording.json").write_text(
        '{"schema": "millwright.recording/1",\n "at": "2026-01-05T10:00:00Z",\n'
        ' "nodes": {\n  "gpu1": {"clock": {"ended": "nope", "status": 0}}}}\n'
    )
    with pytest.raises(MillwrightError, match=r"recording\.json:4 is wrong: nodes\.gpu1"):
        read_recording(tmp_path, {})
