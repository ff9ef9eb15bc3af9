"""One lab of eight nodes for every test that leaves it as it found it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from millwright.adapters.resources import folder
from millwright.lab.needs import check_machine
from tests.lab.rehearsal import Rehearsal, orphans, rehearsal

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks for traces goes first, before a lab stands; then what makes the cluster.

    The marks let two runs share the tests of labs, each with labs of its own.
    """
    first = ("test_traces.py", "test_deploy.py")
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.lab)
            if item.path.name == "test_traces.py":
                item.add_marker(pytest.mark.alone)
            if "site" in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.cluster)
    items.sort(key=lambda item: (*first, item.path.name).index(item.path.name))


@pytest.fixture(autouse=True, scope="session")
def able() -> None:
    """Whoever is root, or CI, runs these tests: what is missing then is a failure."""
    if os.geteuid() != 0 and not os.environ.get("CI"):
        pytest.skip("a lab boots real hosts, and only root may do that")
    if int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) > 1:
        pytest.fail("labs of one machine come and go one at a time: run tests/lab without -n")
    check_machine()
    for left in orphans():
        left.down()


@pytest.fixture(scope="session")
def lab(able: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    made = rehearsal(tmp_path_factory.mktemp("lab") / "eight", 112, "{name: gpu, nodes: 8}")
    try:
        made.up()
        made.done("deploy", "trust", "--yes")
        yield made
    finally:
        made.down()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The user's own settings, where keys lie."""
    home = tmp_path_factory.mktemp("settings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(home))
        yield home


STORAGE = """\
storage:
  mounts: [{name: home, kind: nfs, source: "head-1:/export/home", path: /srv/home}]
"""
"""A file system that no lab host can mount: its kernel knows no NFS."""


@pytest.fixture(scope="session")
def site(able: None, keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """A bare lab of four GPU nodes, which test_deploy.py makes a cluster of.

    It is one command away from that. One of its nodes is reached through the head node.
    """
    folder = tmp_path_factory.mktemp("deploy") / "site"
    made = rehearsal(folder, 116, "{name: gpu, nodes: 4}", more=STORAGE)
    try:
        be_watched_closely(made)
        made.up("--bare")
        reach = made.root / "reach.yaml"
        reach.write_text(f"{reach.read_text()}hosts: {{gpu4: {{jump: head-1}}}}\n")
        yield made
    finally:
        made.down()


def be_watched_closely(made: Rehearsal) -> None:
    """Lay a catalogue of the site's own over the built-in one, so that alerts take seconds."""
    document = yaml.safe_load((folder("catalog") / "conditions.yaml").read_text(encoding="utf-8"))
    soon = [c | {"for_s": 5} for c in document["conditions"] if c["name"] == "gpu-missing"]
    often = [w | {"scrape_interval_s": 5, "evaluation_interval_s": 5} for w in document["watch"]]
    own = made.root / "catalog" / "site.yaml"
    own.parent.mkdir()
    own.write_text(json.dumps({**document, "conditions": soon, "watch": often}))


@pytest.fixture(scope="session")
def deployed(site: Rehearsal) -> Rehearsal:
    """That lab as a cluster: nothing is done again where test_deploy.py was here before."""
    site.done("deploy", "apply", "--yes")
    return site


@pytest.fixture(autouse=True)
def put_to_work(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nodes that left service because a test broke them come back with the next one."""
    yield
    if not {"site", "deployed"} & set(request.fixturenames):
        return
    site: Rehearsal = request.getfixturevalue("site")
    told = site.tells("head-1", "sinfo", "--noheader", "--list-reasons", "--format=%N|%E")
    for line in told.out.splitlines() if told.status == 0 else ():
        nodes, _, reason = line.partition("|")
        if reason.startswith("millwright-health:"):
            site.shell("head-1", "scontrol", "update", f"NodeName={nodes}", "State=RESUME")
