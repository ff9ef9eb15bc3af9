"""`manage report --live`: a head node is asked over SSH, and what it says is kept first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from millwright.model.account import Account
from tests.cli.hosts import Site, start_site
from tests.conftest import Run

pytestmark = pytest.mark.ssh

DAY = 86_400
BEGIN = 1_772_409_600  # 2026-03-02
SACCT = f"""#!/bin/sh
test "$TZ $SLURM_TIME_FORMAT" = "UTC %s" || exit 9
echo 'JobID|JobIDRaw|User|State|Eligible|Start|End|ElapsedRaw|AllocTRES|NodeList'
echo '1|1|ann|COMPLETED|{BEGIN}|{BEGIN}|{BEGIN + DAY}|{DAY}|gres/gpu=8|gpu001'
"""
SACCTMGR = f"""#!/bin/sh
echo 'Cluster|NodeName|Start|End|State|Reason'
echo 'c|gpu002|{BEGIN}|{BEGIN + DAY}|DOWN|xid:79'
"""


@pytest.fixture
def site(tmp_path: Path, run: Run) -> Iterator[Site]:
    """A head node on which two programs answer as Slurm's would."""
    made = start_site(tmp_path / "site", ["head-1"])
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, text in (("sacct", SACCT), ("sacctmgr", SACCTMGR)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    forced = f'command="PATH={programs}:$PATH; export PATH; eval \\"$SSH_ORIGINAL_COMMAND\\""'
    (made.hosts["head-1"].folder / "authorized_keys").write_text(f"{forced} {made.authorized}")
    (made.root / "accounting.yaml").write_text(
        "schema: millwright.accounting/1\nfleet: [{nodes: 'gpu[001-002]', gpus: 8}]\n"
    )
    assert run("-C", made.root, "deploy", "trust", "--yes").status == 0
    yield made
    made.hosts["head-1"].stop()


def test_what_a_head_node_says_is_kept_and_counted(site: Site, run: Run) -> None:
    words = ("-C", site.root, "manage", "report", "--live", "head-1", "--from", "2026-03-02",
             "--to", "2026-03-04", "--json")  # fmt: skip
    answer = run(*words)
    document = Account.model_validate_json(answer.out)
    assert document.simulated
    steps = {step.name: step.hours for step in document.waterfall.steps}
    assert (steps["owned"], steps["up"], steps["allocated"]) == (768, 768 - 192, 192)
    (log,) = (site.root / "runs").glob("*-report/evidence.jsonl")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    asked = [line["argv"][3] for line in lines if line.get("ended")]
    assert asked == ["sacct", "sacctmgr"]
    assert run("-C", site.root, "evidence", "verify").status == 0


def test_a_head_node_without_accounting_is_no_report(site: Site, run: Run) -> None:
    (site.root.parent / "programs" / "sacct").write_text(
        "#!/bin/sh\necho no database >&2\nexit 1\n"
    )
    answer = run("-C", site.root, "manage", "report", "--live", "head-1", "--out", site.root / "o")
    assert answer.status == 3
    assert "head-1 did not answer sacct: no database" in answer.err
    assert not (site.root / "o").exists()
