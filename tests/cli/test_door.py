"""The door: exit statuses, one JSON document, plain pipes, help, safe terminals."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from millwright import __version__
from millwright.cli.door import Door, guarded
from millwright.cli.main import app
from millwright.cli.printable import cleaned
from tests.conftest import Run

SPEC = "schema: millwright.factory/1\nname: pod\nblueprint: dgx-superpod-h100\n"
POOL = "compute: [{name: gpu, scalable_units: 1}]\n"

COMMANDS = [
    "init",
    "schema factory",
    "catalog list",
    "catalog show",
    "catalog check",
    "design check",
    "design solve",
    "design conform",
    "design show fabric",
    "design show bom",
    "design show cables",
    "design show findings",
    "design export ibsim",
    "design export network",
    "design export netbox",
    "design export nvue",
    "design export frr",
    "design export dns",
    "design export slurm",
    "design export topograph",
    "design export dot",
]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "factory.yaml").write_text(SPEC + POOL)
    return tmp_path


def tree(root: Path) -> list[str]:
    return sorted(str(path) for path in root.rglob("*"))


@pytest.mark.parametrize("words", [["--version"], ["-v", "--version"]])
def test_the_version_is_answered(run: Run, words: list[str]) -> None:
    assert run(*words).out == f"millwright {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps_with_an_example(run: Run, command: str) -> None:
    answer = run(*command.split(), "--help")
    assert answer.status == 0
    assert f"Example: millwright {'' if '-C' not in answer.out else '-C '}" in answer.out
    assert command.split()[-1] in answer.out.split("Example:")[1]


def test_a_misspelt_command_is_a_wrong_command_line_with_a_hint(run: Run) -> None:
    answer = run("desing", "solve")
    assert answer.status == 2
    assert "design" in answer.err


def test_completion_knows_the_commands(run: Run) -> None:
    answer = run(_MILLWRIGHT_COMPLETE="complete_bash", COMP_WORDS="millwright des", COMP_CWORD="1")
    assert "design" in answer.out


def test_a_wrong_spec_is_told_with_file_and_line_and_writes_nothing(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "factory.yaml").write_text(SPEC + "compute: [{name: gpu, nodez: 4}]\n")
    before = tree(tmp_path)
    for verb in ("check", "solve"):
        answer = run("-C", tmp_path, "design", verb)
        assert answer.status == 2
        assert re.search(r"factory\.yaml:4:\d+  compute\[0\]\.nodez  found", answer.err)
        assert "did you mean 'nodes'?" in answer.err
        assert answer.out == ""
    assert tree(tmp_path) == before


def test_a_wrong_spec_in_json_is_one_document(run: Run, tmp_path: Path) -> None:
    (tmp_path / "factory.yaml").write_text("schema: x\n")
    answer = run("-C", tmp_path, "design", "check", "--json")
    document = json.loads(answer.out)
    assert (answer.status, document["schema"], document["exit_status"]) == (
        2,
        "millwright.error/1",
        2,
    )
    assert document["problems"][0]["line"] == 1


def test_a_wrong_command_line_in_json_is_one_document(run: Run) -> None:
    answer = run("design", "slove", "--json")
    document = json.loads(answer.out)
    assert (answer.status, document["exit_status"]) == (2, 2)
    assert "slove" in document["message"]
    bare = json.loads(run("design", "--json").out)
    assert (bare["message"], bare["exit_status"]) == ("Missing command.", 2)
    assert "millwright design --help" in bare["hint"]


@pytest.mark.parametrize("place", ["before", "after"])
def test_json_counts_wherever_it_is_written(run: Run, site: Path, place: str) -> None:
    words = ["-C", str(site), "design", "solve"]
    words = ["--json", *words] if place == "before" else [*words, "--json"]
    document = json.loads(run(*words).out)
    assert (document["schema"], document["nodes"], document["gpus"]) == (
        "millwright.design/1",
        31,
        248,
    )


def test_the_workspace_may_be_named_after_the_verb(run: Run, site: Path) -> None:
    assert run("design", "check", "-C", site).status == 0


def test_a_folder_without_a_spec_is_told_how_to_begin(run: Run, tmp_path: Path) -> None:
    answer = run("design", "solve", cwd=tmp_path)
    assert answer.status == 2
    assert "factory.yaml  found no such file, expected a spec (`millwright init" in answer.err


def test_a_refusal_is_status_one_with_the_reason_and_nulls(run: Run, tmp_path: Path) -> None:
    (tmp_path / "factory.yaml").write_text(
        SPEC + "workloads: [{name: train, kind: training}]\n".replace("x", "x")
    )
    answer = run("-C", tmp_path, "design", "solve", "--json")
    document = json.loads(answer.out)
    assert answer.status == 1
    assert document["nodes"] is None
    assert document["findings"][0]["rule"] == "MW-D-080"
    told = run("-C", tmp_path, "design", "solve")
    assert told.status == 1
    assert "workloads" in told.err
    assert not (tmp_path / "design").exists()


def test_a_pipe_gets_plain_text_that_is_never_cut(run: Run, site: Path) -> None:
    answer = run("-C", site, "design", "solve", COLUMNS="40")
    assert answer.status == 0
    assert "\x1b" not in answer.out + answer.err
    assert "NVIDIA Quantum-2 QM9700, 64 x NDR400 in 32 twin-port OSFP, managed" in answer.out
    assert "…" not in answer.out


def test_quiet_says_nothing_and_verbose_says_more(run: Run, site: Path) -> None:
    quiet = run("-q", "-C", site, "design", "solve")
    assert (quiet.status, quiet.out, quiet.err) == (0, "", "")
    assert "read the catalogue in" in run("-v", "-C", site, "design", "solve").err


def on_terminal(*words: str, **environment: str) -> str:
    """Run the command with a terminal for stdout, and return what it painted."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "millwright", *words]
    clean = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    subprocess.run(
        command,
        stdout=theirs,
        env={**clean, "TERM": "xterm", **environment},
        check=True,
        timeout=60,
    )
    os.close(theirs)
    painted = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:
            break
        if not chunk:
            break
        painted += chunk
    os.close(ours)
    return painted.decode()


def test_colour_appears_on_a_terminal_only_and_not_with_no_color() -> None:
    words = ("catalog", "list", "racks")
    assert "\x1b[" in on_terminal(*words)
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", on_terminal(*words, NO_COLOR="1"))


def test_control_characters_are_written_out() -> None:
    assert cleaned("a\x1b[31mb\x07\u202e") == "a\\x1b[31mb\\x07\\u202e"


def test_csv_and_tables_of_a_site_catalogue_cannot_drive_the_terminal(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog" / "own.yaml").write_text(
        "schema: millwright.catalog/1\nracks:\n"
        '  - {name: odd, title: "a\\x9b2J\\nb", height_u: 48}\n'
    )
    for words in (["--csv"], []):
        answer = run("-C", tmp_path, "catalog", "list", "racks", *words)
        assert "\x9b" not in answer.out
        assert "a\\x9b2J" in answer.out
    shown = run("-C", tmp_path, "catalog", "list", "racks").out.splitlines()
    assert [line for line in shown if "a\\x9b2J\\nb" in line]


def test_a_full_disk_is_told_and_is_no_bug(site: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "millwright", "catalog", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (
        2,
        "the answer cannot be written: No space left on device\n",
    )


@pytest.mark.parametrize("words", ["catalog list", "--json catalog list", "--help"])
def test_a_closed_stdout_is_no_drama(words: str) -> None:
    command = f"{sys.executable} -m millwright {words} >&-"
    done = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_file_name_cannot_drive_the_terminal(run: Run, tmp_path: Path) -> None:
    odd = tmp_path / "\x1b]0;owned\x07"
    odd.mkdir()
    answer = run("-C", odd, "design", "check")
    assert answer.status == 2
    assert "\x1b" not in answer.err


def test_a_closed_pipe_is_no_drama(site: Path) -> None:
    command = [sys.executable, "-m", "millwright", "-C", str(site), "design"]
    subprocess.run([*command, "solve"], capture_output=True, check=True, timeout=60)
    with subprocess.Popen(
        [*command, "show", "cables"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as shown:
        assert shown.stdout is not None
        assert shown.stderr is not None
        shown.stdout.readline()
        shown.stdout.close()
        assert b"Traceback" not in shown.stderr.read()


@pytest.mark.parametrize(
    ("failure", "status", "text"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (ZeroDivisionError("oh"), 70, "this is a bug of millwright (ZeroDivisionError)"),
    ],
)
def test_what_nobody_expected_has_its_own_status(
    failure: BaseException, status: int, text: str
) -> None:
    broken = typer.Typer()

    @broken.callback()
    def door(context: typer.Context) -> None:
        context.obj = Door()

    @broken.command("go")
    @guarded
    def go(context: typer.Context) -> None:
        raise failure

    answer = CliRunner().invoke(broken, ["go"])
    assert answer.exit_code == status
    assert text in answer.stderr
    named = re.search(r"traceback lies in (\S+)", answer.stderr)
    if named:
        path = Path(named[1])
        assert path.stat().st_mode & 0o077 == 0
        assert "oh" in path.read_text()
        path.unlink()


def test_the_command_tree_is_the_one_that_is_documented() -> None:
    answer = CliRunner().invoke(app, ["--help"])
    for word in ("init", "schema", "catalog", "design"):
        assert word in answer.stdout


def test_every_help_has_an_example_and_one_thing_one_option() -> None:
    lacking, words = [], {}
    for name, command in every_command(typer.main.get_command(app), ()):
        if "Example" not in f"{command.help}{command.epilog}":
            lacking.append(" ".join(name))
        for option in command.params:
            if "--out" in option.opts and name[0] in ("manage", "assess"):
                words[name] = "-o" in option.opts
    assert lacking == []
    assert set(words.values()) == {True}


def every_command(command: Any, name: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield commands that do something, by their words."""
    inner = getattr(command, "commands", {})
    for word, each in inner.items():
        yield from every_command(each, (*name, word))
    if not inner:
        yield name, command
