"""`build plan --fabric --routes` as a person calls it, on what ibsim and OpenSM said."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Run

SPEC = """\
schema: millwright.factory/1
name: pod
blueprint: dgx-superpod-h100
compute: [{name: gpu, scalable_units: 1}]
"""
NET = """\
switchguid=0x200000(200000)
Switch\t65 "S-0000000000200000"\t\t# "leaf-01-1" base port 0 lid 2 lmc 0
[1]\t"H-0000000000100010"[1](100011) \t\t# "gpu001 mlx5_0" lid 1 4xNDR
[2]\t"H-0000000000100020"[1](100021) \t\t# "gpu002 mlx5_0" lid 3 4xNDR

caguid=0x100010
Ca\t1 "H-0000000000100010"\t\t# "gpu001 mlx5_0"
[1](100011) \t"S-0000000000200000"[1]\t\t# lid 1 lmc 0 "leaf-01-1" lid 2 4xNDR

caguid=0x100020
Ca\t1 "H-0000000000100020"\t\t# "gpu002 mlx5_0"
[1](100021) \t"S-0000000000200000"[2]\t\t# lid 3 lmc 0 "leaf-01-1" lid 2 4xNDR

"""
FTS = """\
Unicast lids [0x0-0x3] of switch Lid 2 guid 0x0000000000200000 (leaf-01-1):
  Lid  Out   Destination
       Port     Info
0x0001 001 : (Channel Adapter portguid 0x0000000000100011: 'gpu001 mlx5_0')
0x0003 002 : (Channel Adapter portguid 0x0000000000100021: 'gpu002 mlx5_0')
2 valid lids dumped
"""


def solved(root: Path, run: Run) -> list[str]:
    """Return the words that plan a pod's test of adapters; its listing and tables lie there."""
    (root / "factory.yaml").write_text(SPEC)
    (root / "net.txt").write_text(NET)
    (root / "fts.txt").write_text(FTS)
    assert run("-C", str(root), "design", "solve").status == 0
    words = ["build", "plan", "--class", "standard", "--tests", "ib-write-bw"]
    return ["-C", str(root), *words]


def test_pairs_are_those_that_cover_the_cables(tmp_path: Path, run: Run) -> None:
    words = solved(tmp_path, run)
    files = ("--fabric", str(tmp_path / "net.txt"), "--routes", str(tmp_path / "fts.txt"))
    answer = run(*words, *files, "--json")
    assert answer.status == 0, answer
    plan = json.loads(answer.out)
    assert [(test["test"], test["rounds"]) for test in plan["tests"]] == [
        ("ib-write-bw-mlx5_0", [[["gpu002", "gpu001"]], [["gpu001", "gpu002"]]])
    ]
    told = [each["why"] for each in plan["left_out"] if each["test"] == "cables"]
    assert len(told) == 1
    assert told[0].startswith(f"not in {tmp_path / 'net.txt'}: gpu001 mlx5_")


def test_files_that_do_not_go_together_are_refused(tmp_path: Path, run: Run) -> None:
    words = solved(tmp_path, run)
    net, fts = str(tmp_path / "net.txt"), str(tmp_path / "fts.txt")
    assert run(*words, "--fabric", net).status == 2
    swapped = run(*words, "--fabric", fts, "--routes", net)
    assert (swapped.status, "fts.txt, line 1: " in swapped.err) == (2, True)
    (tmp_path / "net.txt").write_text(NET.replace("gpu00", "node"))
    stranger = run(*words, "--fabric", net, "--routes", fts)
    assert stranger.status == 2
    assert "no adapter of the design's InfiniBand is found" in stranger.err
    assert not (tmp_path / "build").exists()


def test_rails_meet_other_partners(tmp_path: Path, run: Run) -> None:
    words = solved(tmp_path, run)
    plan = json.loads(run(*words, "--pairs", "rails", "--json").out)
    rounds = [json.dumps(test["rounds"]) for test in plan["tests"]]
    assert len(set(rounds)) == len(rounds) == 8
    assert run(*words, "--pairs", "all").status == 2
