"""The script for nodes that nobody is let into records what a sweep would ask."""

from __future__ import annotations

import subprocess
from pathlib import Path

from millwright.adapters.recordedfacts import read_recording
from millwright.manage.assess.collector import script
from millwright.manage.assess.voice import Voice
from millwright.manage.questions import QUESTIONS, Question, aliases


def test_it_asks_every_question() -> None:
    text = script()
    assert all(f"\nask {question.id} " in text for question in QUESTIONS)


def test_what_it_records_is_read_and_what_failed_says_why(tmp_path: Path) -> None:
    questions = (
        Question("clock", ("echo", '{"now": 1.5}')),
        Question("dmesg", ("no-such-tool-here",)),
        Question("lsblk", ("false",)),
        Question("lscpu", ("echo", "it's $HOME; `id`")),
    )
    file = tmp_path / "collect.sh"
    file.write_text(script(questions))
    words = ["sh", str(file), str(tmp_path / "out")]
    subprocess.run(words, check=True, capture_output=True, timeout=60)
    assert subprocess.run(words, check=False, capture_output=True, timeout=60).returncode == 2
    (node, told), *rest = read_recording(tmp_path / "out", aliases()).nodes.items()
    voice = Voice(node, told)
    assert rest == []
    assert voice.object("clock") == {"now": 1.5}
    assert voice.text("lscpu") == "it's $HOME; `id`\n"
    assert voice.why("dmesg") == "the tool is not installed"
    assert voice.why("lsblk") == "it ended with status 1"
    assert voice.why("ibstat") == "it was not asked"
