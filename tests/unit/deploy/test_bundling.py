"""apt's own answers become a lock; what no archive signs is not carried."""

from __future__ import annotations

import pytest

from millwright.deploy import bundling
from millwright.deploy.undeployable import Undeployable
from millwright.probes.apt_indexes import Listed, listed, released

PRINTED = "".join(
    f"'{uri}{file}' {file} {rest}\n"
    for uri, file, rest in (
        (
            "http://archive.example.org/debian/pool/main/x/xz/",
            "liblzma5_5.4.1-1%2bdeb12u2_amd64.deb",
            "205796 SHA256:aa",
        ),
        ("http://archive.example.org/security/pool/d/", "dbus_1%3a2.0_all.deb", "7 "),
        ("file:/srv/own/./", "driver_1_all.deb", "9 MD5Sum:bb"),
    )
)
TARGETS = """\
http://archive.example.org/debian/|stable|main|amd64|main/binary-amd64/Packages|http://x|$(SIGNED_BY)
file:/srv/own/|./|$(COMPONENT)|$(ARCHITECTURE)|Packages|file:/srv/own/./Packages|$(SIGNED_BY)
"""
RELEASE = f"""\
Origin: Test
MD5Sum:
 {"0" * 32} 5 main/binary-amd64/Packages.xz
SHA256:
 {"a" * 64}     10 main/binary-amd64/Packages
 {"b" * 64}      5 main/binary-amd64/Packages.xz
Acquire-By-Hash: yes
SHA512:
 {"c" * 64} 5 main/binary-amd64/Packages.gz
"""
LISTED = Listed("liblzma5", "5.4.1-1+deb12u2", "amd64", 205796, "d" * 64)
PATH = "archives/0/pool/main/x/xz/liblzma5_5.4.1-1+deb12u2_amd64.deb"


def test_what_apt_would_fetch_is_read_without_its_escapes() -> None:
    first, second, own = bundling.closure_of(PRINTED)
    assert (first.name, first.version, first.own) == ("liblzma5", "5.4.1-1+deb12u2", False)
    assert second.version == "1:2.0"
    assert (own.own, own.path) == (True, "/srv/own/./driver_1_all.deb")
    with pytest.raises(Undeployable, match="like nobody else"):
        bundling.closure_of("'http://x/odd' odd 7\n")


def test_the_closure_is_of_a_host_that_has_nothing() -> None:
    words = bundling.closure_command(["slurmd"])
    assert "Dir::State::status=/dev/null" in words
    assert "Dir::Cache::archives=/nonexistent/" in words
    assert words[-2:] == ["--", "slurmd"]
    found = bundling.closure_of(PRINTED)
    assert bundling.lacking(["dbus", "driver=1*", "slurmd"], found) == ("slurmd",)


def test_indexes_are_the_compressed_ones_that_the_release_vouches_for() -> None:
    target, own = bundling.targets_of(TARGETS)
    assert (target.base, own.base, own.component) == ("dists/stable/", "", "")
    index = bundling.index_of(target, released(RELEASE), "archives/0")
    assert index.path == "archives/0/dists/stable/main/binary-amd64/Packages.xz"
    assert (index.sha256, index.size) == ("b" * 64, 5)
    with pytest.raises(Undeployable, match="no compressed"):
        bundling.index_of(own, released(RELEASE), "archives/1")


def test_only_packages_that_an_index_lists_are_carried() -> None:
    first, second, own = bundling.closure_of(PRINTED)
    uris = ["http://archive.example.org/debian/"]
    (package,) = bundling.carried([first], uris, {PATH: LISTED})
    assert (package.path, package.sha256) == (PATH, "d" * 64)
    with pytest.raises(Undeployable, match="no archive that signs"):
        bundling.carried([second], uris, {PATH: LISTED})
    (left,) = bundling.left_of([own], f"{'e' * 64}  /srv/own/./driver_1_all.deb\n")
    assert (left.name, left.sha256) == ("driver", "e" * 64)


def test_hosts_alike_are_resolved_once() -> None:
    told = {"gpu1": ["b", "a", "a"], "gpu2": ["a", "b"], "head": ["c"], "none": []}
    assert list(bundling.shapes(told)) == [("a", "b"), ("c",)]


def test_systems_and_known_packages_are_read() -> None:
    assert bundling.os_of('ID=debian\nVERSION_ID="12"\n') == "debian-12"
    assert bundling.known_of("Package: a\nVersion: 1\n\nPackage: b\n") == {"a", "b"}


def test_an_index_lists_what_has_a_file() -> None:
    text = (
        "Package: a\nVersion: 1\nArchitecture: all\nFilename: ./pool/a.deb\nSize: 3\n"
        f"SHA256: {'a' * 64}\nDescription: x\n y\n\nPackage: b\nVersion: 2\n"
    )
    assert list(listed(text)) == [("pool/a.deb", Listed("a", "1", "all", 3, "a" * 64))]
