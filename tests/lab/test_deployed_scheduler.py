"""What the scheduler is told, what jobs find, and nodes that leave service by themselves."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator

import pytest

from millwright.adapters.catalogs import load
from tests.lab.rehearsal import Rehearsal, await_that

KEPT_WITHIN_S = 90.0
"""A node looks at itself every 20 s in a rehearsal; the machine may be busy."""


def node(site: Rehearsal, name: str) -> dict[str, str]:
    """Return state and reason of a node as the scheduler tells them."""
    told = site.shell("head-1", "scontrol", "show", "node", name, "--oneliner")
    state = re.search(r"\bState=(\S+)", told)
    reason = re.search(r"\bReason=(.*?) \[", told)
    return {"state": state[1] if state else "", "reason": reason[1] if reason else ""}


@pytest.fixture
def resumed(deployed: Rehearsal) -> Iterator[Rehearsal]:
    """The cluster, whose nodes are put to work again afterwards."""
    yield deployed
    deployed.heals("gpu1")
    if node(deployed, "gpu1")["reason"]:
        deployed.shell("head-1", "scontrol", "update", "NodeName=gpu1", "State=RESUME")
    await_that(lambda: node(deployed, "gpu1")["state"] == "IDLE", KEPT_WITHIN_S)


def test_a_sick_node_leaves_service_and_only_a_person_brings_it_back(resumed: Rehearsal) -> None:
    site = resumed
    site.breaks("gpu1", "missing-gpu:3")
    drained = await_that(lambda: "DRAIN" in node(site, "gpu1")["state"], KEPT_WITHIN_S)
    assert drained
    assert node(site, "gpu1")["reason"] == "millwright-health: gpus: 7 GPUs of 8"
    site.heals("gpu1")
    site.shell("gpu1", "/usr/local/lib/millwright/node-health-drain")
    site.done("deploy", "apply", "--yes")
    assert "DRAIN" in node(site, "gpu1")["state"]
    site.shell("head-1", "scontrol", "update", "NodeName=gpu1", "State=RESUME")
    await_that(lambda: node(site, "gpu1")["state"] == "IDLE", 30.0)


def test_whom_somebody_else_took_out_keeps_that_reason(resumed: Rehearsal) -> None:
    site = resumed
    site.shell("head-1", "scontrol", "update", "NodeName=gpu1", "State=DRAIN", "Reason=new memory")
    site.breaks("gpu1", "xid:79:2")
    told = site.tells("gpu1", "/usr/local/lib/millwright/node-health", "--drain")
    assert told.status == 1
    assert "Xid since boot: 79" in told.out
    assert "left as it is: new memory" in told.out
    assert node(site, "gpu1")["reason"] == "new memory"


def test_a_tool_that_hangs_is_a_finding_within_seconds(resumed: Rehearsal) -> None:
    resumed.breaks("gpu1", "hung-smi")
    told = resumed.tells(
        "gpu1", "timeout", "25", "/usr/local/lib/millwright/node-health", "--light"
    )
    assert told.status == 1
    assert "FAIL          gpus          nvidia-smi hangs: no answer within 10 s" in told.out


def test_what_a_job_left_goes_with_it(resumed: Rehearsal) -> None:
    site = resumed
    for host in ("head-1", "gpu1"):
        site.tells(host, "useradd", "--uid", "4242", "--no-create-home", "visitor")
    leave = "touch /dev/shm/left; setsid sleep 600 >/dev/null 2>&1 & sleep 1"
    words = ("srun", "--uid=visitor", "--chdir=/tmp", "-w", "gpu1", "-N1", "sh", "-c", leave)
    site.shell("head-1", *words)

    def gone() -> bool:
        left = site.tells("gpu1", "find", "/dev/shm", "-user", "visitor").out
        runs = site.tells("gpu1", "ps", "-u", "visitor", "-o", "comm=").out
        return not left and not runs

    assert await_that(gone, 30.0)
    site.shell("gpu1", "touch", "/dev/shm/of-root")
    site.shell("gpu1", "rm", "/dev/shm/of-root")


def test_strangers_stay_out_of_a_node_and_its_keepers_come_in(deployed: Rehearsal) -> None:
    site = deployed
    site.tells("gpu1", "useradd", "--uid", "4242", "--no-create-home", "visitor")
    program = "/usr/local/lib/millwright/node-access"
    ask = (program, "ask", "visitor", "root")
    assert json.loads(site.shell("gpu1", *ask)) == {"visitor": 6, "root": 0}
    site.shell("gpu1", "usermod", "--append", "--groups", "adm", "visitor")
    try:
        assert json.loads(site.shell("gpu1", *ask)) == {"visitor": 0, "root": 0}
    finally:
        site.shell("gpu1", "gpasswd", "--delete", "visitor", "adm")


def test_without_a_way_in_the_old_state_comes_back_by_itself(deployed: Rehearsal) -> None:
    program = "/usr/local/lib/millwright/node-access"
    timer = ("systemd-run", "--collect", "--on-active=2", program, "restore")
    deployed.shell("gpu1", *timer)
    kept = ("grep", "--count", "pam_slurm_adopt", "/etc/pam.d/sshd")
    try:
        assert await_that(lambda: deployed.tells("gpu1", *kept).out == "0\n", 30.0)
    finally:
        assert deployed.shell("gpu1", program, "set") == "changed\n"


def test_every_key_of_the_table_is_one_that_this_slurm_knows(deployed: Rehearsal) -> None:
    known = {"22.05": "debian-12", "24.11": "debian-13"}
    release = ".".join(deployed.shell("head-1", "slurmctld", "-V").split()[-1].split(".")[:2])
    assert release in known
    groups = [g for g in load(None).catalog.slurm_keys.values() if g.file == "slurm.conf"]
    there = {k for g in groups if g.since <= release <= (g.until or "99.99") for k in g.keys}
    not_there = {
        k for g in groups if not g.since <= release <= (g.until or "99.99") for k in g.keys
    }
    given = {"ClusterName", "SlurmctldHost"}
    lines = [f"{key}=1" for key in sorted((there | not_there | {"Bogus"}) - given)]
    text = "ClusterName=x\nSlurmctldHost=head-1\nNodeName=a\nPartitionName=p Nodes=a\n"
    script = 'printf "%s" "$1" >/run/keys.conf; SLURM_CONF=/run/keys.conf sinfo; rm /run/keys.conf'
    told = deployed.tells("head-1", "sh", "-c", script, "sh", text + "\n".join(lines) + "\n")
    refused = set(re.findall(r"unrecognized key: (\w+)", told.err + told.out))
    assert "Bogus" in refused
    assert refused & there == set()
    if release == "22.05":
        assert refused == not_there | {"Bogus"}


def test_the_cluster_runs_with_what_it_was_told(deployed: Rehearsal) -> None:
    told = deployed.shell("head-1", "scontrol", "show", "config")
    found = dict(re.findall(r"^(\w+)\s+= (.*?)\s*$", told, re.MULTILINE))
    assert found["ReturnToService"] == "0"
    assert found["SrunPortRange"] == "61001-63000"
    assert found["MpiDefault"] == "pmix"
    assert found["TopologyPlugin"] == "topology/tree"
    assert deployed.done("deploy", "verify").count("mpi                gpu[1-4] (4)  proven") == 1


def test_a_setting_that_slurm_does_not_know_changes_nothing(deployed: Rehearsal) -> None:
    own = deployed.root / "catalog"
    before = deployed.shell("head-1", "cat", "/etc/slurm/slurm.conf")
    own.mkdir(exist_ok=True)
    setting = "{name: mine, key: SuspendExcStates, value: DRAIN}"
    file = own / "mine.yaml"
    file.write_text(f"schema: millwright.catalog/1\nslurm_settings: [{setting}]\n")
    try:
        deployed.done("design", "solve")
        refused = deployed.say("deploy", "apply", "--yes", "--only", "head-1")
    finally:
        file.unlink()
        deployed.done("design", "solve")
        deployed.done("deploy", "apply", "--yes")
    assert refused.status == 1
    assert "does not know SuspendExcStates of slurm.conf (known from 23.02 on)" in refused.out
    assert deployed.shell("head-1", "cat", "/etc/slurm/slurm.conf") == before


def test_backups_can_be_restored_and_a_changed_one_is_refused(deployed: Rehearsal) -> None:
    program = "/usr/local/lib/millwright/backup"
    taken = json.loads(deployed.shell("head-1", program, "take"))["taken"]
    live = deployed.shell("head-1", "sacctmgr", "-n", "-P", "show", "cluster", "format=cluster")
    told = json.loads(deployed.done("deploy", "restore-drill", "--json"))
    assert (told["ok"], told["backup"], told["simulated"]) == (True, taken, True)
    assert told["rows"] > 0
    assert told["tables"] > 20
    assert told["restored_in_s"] > 0
    deployed.done("evidence", "verify")
    again = deployed.shell("head-1", "sacctmgr", "-n", "-P", "show", "cluster", "format=cluster")
    assert again == live

    place = f"/var/backups/millwright/{taken}"
    key = deployed.shell("head-1", "cat", "/etc/munge/munge.key").encode()
    kept = base64.b64decode(deployed.shell("head-1", "base64", f"{place}/munge.key.enc"))
    assert kept
    assert key not in kept
    assert deployed.shell("head-1", "stat", "-c", "%a", place) == "700\n"
    changed = "import json,sys; p=sys.argv[1]; m=json.load(open(p)); m['rows']={}; "
    changed += "json.dump(m, open(p,'w'))"
    for words in (
        ("sh", "-c", 'printf x >>"$1"', "sh", f"{place}/state.tar.gz"),
        ("python3", "-c", changed, f"{place}/manifest.json"),
    ):
        deployed.shell("head-1", *words)
        drill = deployed.say("deploy", "restore-drill")
        assert drill.status == 1
        assert "was changed" in drill.out
        assert "backup             head-1 (1)  FAIL" in deployed.say("deploy", "verify").out
    deployed.shell("head-1", "rm", "-r", place)
    assert deployed.say("deploy", "restore-drill", "../etc").status == 2
    deployed.done("deploy", "apply", "--yes")
