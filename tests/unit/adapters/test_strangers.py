"""Hosts that nobody listed are reached as the user's own ssh reaches them."""

from __future__ import annotations

from pathlib import Path

import pytest

from millwright.adapters.strangers import found_nodes, meant, named_hosts
from millwright.adapters.workspace import Workspace
from millwright.errors import MillwrightError

CONFIG = """\
Host gpu*
  User ops
  ProxyJump jump@bastion:2222
  IdentityFile ~/.ssh/site
Host bastion
  HostName 192.0.2.1
Host odd
  ProxyJump a,b
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "config").write_text(CONFIG)
    (tmp_path / ".ssh" / "id_ed25519").write_text("PRIVATE KEY")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("gpu[1-3],head1", ("gpu1", "gpu2", "gpu3", "head1")),
        ("10.0.0.5,Big.site.org", ("10.0.0.5", "Big.site.org")),
        ("gpu[1,3]", ("gpu1", "gpu3")),
    ],
)
def test_hosts_are_named_by_sets_names_and_addresses(text: str, names: tuple[str, ...]) -> None:
    assert named_hosts(text) == names


@pytest.mark.parametrize("text", ["", "a b", "-oProxyCommand=x", "gpu[3-1]", "x;id", "@all"])
def test_what_is_no_name_of_a_host_is_refused(text: str) -> None:
    with pytest.raises(MillwrightError):
        named_hosts(text)


def test_a_host_goes_the_way_of_the_users_ssh(home: Path, tmp_path: Path) -> None:
    known = found_nodes(Workspace(tmp_path / "empty"), "gpu7", home)
    assert (known.routes["gpu7"].user, known.routes["gpu7"].jump) == ("ops", "bastion")
    bastion = known.routes["bastion"]
    assert (bastion.address, bastion.port, bastion.user) == ("192.0.2.1", 2222, "jump")
    assert known.routes["gpu7"].key == str(home / ".ssh" / "id_ed25519")
    assert meant(known, "gpu7") == ("gpu7",)


def test_what_reach_says_goes_before_it(home: Path, tmp_path: Path) -> None:
    root = tmp_path / "site"
    root.mkdir()
    (root / "reach.yaml").write_text("user: admin\nhosts: {gpu1: {address: 192.0.2.9}}\n")
    routes = found_nodes(Workspace(root), "gpu1,plain", home).routes
    assert (routes["gpu1"].user, routes["gpu1"].address, routes["gpu1"].jump) == (
        "admin",
        "192.0.2.9",
        None,
    )
    assert routes["plain"].address == "plain"


def test_a_way_over_several_hosts_is_refused_and_says_what_to_do(
    home: Path, tmp_path: Path
) -> None:
    with pytest.raises(MillwrightError, match="cannot be followed"):
        found_nodes(Workspace(tmp_path / "empty"), "odd", home)
