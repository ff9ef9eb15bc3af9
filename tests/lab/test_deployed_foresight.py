"""What is told before a run and put back after one, on a cluster of real hosts."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.rehearsal import Rehearsal, await_that

LIMITS = "/etc/security/limits.d/90-millwright.conf"
FEWER_FILES = """\
schema: millwright.catalog/1
parameters:
  - {name: open-files, source: deploy-roles, confidence: estimate, kind: limit, key: nofile,
     value: "524288"}
"""


@pytest.fixture
def changed(deployed: Rehearsal) -> Iterator[Rehearsal]:
    """The cluster with another limit in its site's catalogue, deployed nowhere yet."""
    own = deployed.root / "catalog" / "foresight.yaml"
    own.parent.mkdir(exist_ok=True)
    own.write_text(FEWER_FILES)
    deployed.done("design", "solve")
    try:
        yield deployed
    finally:
        own.unlink()
        deployed.done("design", "solve")
        deployed.done("deploy", "apply", "--yes")


def planned(site: Rehearsal, *words: str) -> dict[str, Any]:
    return dict(json.loads(site.done("deploy", "plan", "--json", *words)))


def limits(site: Rehearsal) -> str:
    return site.shell("gpu1", "cat", LIMITS)


def test_a_change_is_foretold_by_name_done_and_put_back(changed: Rehearsal) -> None:
    site, before = changed, limits(changed)
    told = planned(site, "--only", "gpu1")
    because = "factory.parameters.limits[nofile].value 1048576 -> 524288"
    assert [(s["role"], s["why"], s["because"]) for s in told["steps"]] == [
        ("limits", "changed", [because])
    ]
    assert told["work"]["known"] is True
    site.done("deploy", "apply", "--only", "gpu1", "--yes")
    assert "524288" in limits(site)
    run = json.loads(site.done("deploy", "runs", "--json"))["runs"][-1]["run"]
    replayed = site.done("deploy", "replay", run)
    assert "changed  Limit sessions as designed" in replayed
    assert "limits                   gpu1 (1)  not testable" in replayed

    unasked = site.say("deploy", "rollback", run)
    assert (unasked.status, "say --yes" in unasked.err) == (2, True)
    assert "524288" in limits(site)
    site.done("deploy", "rollback", run, "--yes")
    assert limits(site) == before
    (step,) = planned(site, "--only", "gpu1")["steps"]
    assert (step["role"], step["why"]) == ("limits", "changed")
    assert step["because"] == [f"its files were put back to before {run}", because]
    again = site.done("deploy", "rollback", run, "--yes")
    assert again.startswith("no file is to be put back")


def test_what_somebody_changed_since_is_left(changed: Rehearsal) -> None:
    site = changed
    site.done("deploy", "apply", "--only", "gpu1", "--yes")
    run = json.loads(site.done("deploy", "runs", "--json"))["runs"][-1]["run"]
    site.shell("gpu1", "sed", "-i", "$a # by hand", LIMITS)
    answer = site.say("deploy", "rollback", run, "--yes")
    assert answer.status == 1
    assert f"gpu1 (1)  {LIMITS} changed since by somebody else" in answer.out
    assert limits(site).endswith("# by hand\n")
    own = site.root / "catalog" / "foresight.yaml"
    own.write_text(f"{FEWER_FILES}# and the design is stale by now\n")
    assert site.say("deploy", "plan").status == 1
    site.done("deploy", "rollback", run, "--force", "--yes")
    assert "1048576" in limits(site)


def test_a_node_with_a_job_is_not_disturbed(deployed: Rehearsal) -> None:
    site = deployed
    with sqlite3.connect(site.root / "state.db") as ledger:
        words = "update host_roles set input_hash = '' where host = 'gpu1' and role = 'munge'"
        assert ledger.execute(words).rowcount == 1
    ledger.close()
    site.shell("head-1", "sbatch", "--nodelist=gpu1", "--output=/dev/null", "--wrap=sleep 300")
    try:
        await_that(lambda: planned(site)["work"]["jobs"], 60.0)
        answer = site.say("deploy", "apply", "--yes")
        assert answer.status == 1
        assert "1 jobs of root run on gpu1 (1)" in answer.err
        assert site.say("deploy", "apply", "--yes", "--allow", "gpu2").status == 1
    finally:
        site.shell("head-1", "scancel", "--user=root")
    await_that(lambda: not planned(site)["work"]["jobs"], 60.0)
    site.done("deploy", "apply", "--yes", "--allow", "1")
    assert planned(site)["steps"] == []
