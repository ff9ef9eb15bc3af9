"""The second controller of a drill runs nothing and writes nowhere that the first one does."""

from __future__ import annotations

from pathlib import Path

import pytest

from millwright.adapters.restoretrial import Refused, inlined, rewritten

RUNS = (
    "PrologSlurmctld=/x",
    "EpilogSlurmctld = /x",
    "  prologslurmctld  =/x",
    "RESUMEPROGRAM=/x",
    "SuspendProgram =/x",
    "MailProg=/usr/bin/mail",
    "mailprog = /usr/bin/mail",
    "JobCompType = jobcomp/script",
    "ResvProlog=/x",
    "ResvEpilog=/x",
    "SlurmctldPrimaryOnProg=/x",
    "BurstBufferType=burst_buffer/lua",
    "StateSaveLocation = /var/spool/slurmctld",
    "statesavelocation=/var/spool/slurmctld",
    "SlurmSchedLogFile=/var/log/slurm/sched.log",
)


@pytest.mark.parametrize("line", RUNS)
def test_what_would_run_or_write_elsewhere_is_left_out_however_it_is_written(line: str) -> None:
    text, _ = rewritten(["ClusterName=site", line], "/s", "/s/state/x")
    assert line not in text.splitlines()
    assert text.splitlines()[0] == "ClusterName=site"
    assert "MailProg=/bin/true" in text.splitlines()
    assert "StateSaveLocation=/s/state/x" in text.splitlines()


def test_the_user_is_found_with_blanks_around_the_sign() -> None:
    assert rewritten(["SlurmUser = slurm(64030)"], "/s", "/s/x")[1] == "slurm"


def test_included_files_are_taken_from_the_backup_and_read_like_the_first(tmp_path: Path) -> None:
    (tmp_path / "more.conf").write_text("PrologSlurmctld=/x\nInclude nodes.conf\n")
    (tmp_path / "nodes.conf").write_text("NodeName=gpu1 \\\n CPUs=4\n")
    lines = list(inlined("ClusterName=site\ninclude /etc/slurm/more.conf\n", str(tmp_path)))
    assert lines == ["ClusterName=site", "PrologSlurmctld=/x", "NodeName=gpu1  CPUs=4"]
    assert "Prolog" not in rewritten(lines, "/s", "/s/x")[0]


@pytest.mark.parametrize("path", ["/opt/site.conf", "../secret.conf", "/etc/slurm/none.conf"])
def test_a_file_that_the_backup_does_not_hold_keeps_the_trial_from_being_made(
    tmp_path: Path, path: str
) -> None:
    with pytest.raises(Refused, match="which the backup does not hold"):
        list(inlined(f"Include {path}", str(tmp_path)))


def test_a_file_that_includes_itself_comes_to_an_end(tmp_path: Path) -> None:
    (tmp_path / "self.conf").write_text("Include self.conf\n")
    with pytest.raises(Refused):
        list(inlined("Include self.conf", str(tmp_path)))
