"""Packages come from where the design says, through the head node, and by no other way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from millwright.deploy.inputs import Inputs, inputs_of
from millwright.deploy.roles.sources import DETECTOR, PACKAGE_SOURCES, came, comes
from millwright.deploy.sections.ground import Around
from millwright.deploy.sections.sources import Laid
from millwright.design.solve import solve
from millwright.model.catalog import Catalog
from millwright.model.packages import Bundle, BundledArchive, BundledFile, PackageSource
from tests.conftest import factory
from tests.unit.deploy.fakes import lab_inputs, shaped

ARCHIVE = "http://archive.example.org/debian/dists/bookworm/InRelease"


@pytest.fixture
def inputs(catalog: Catalog) -> Inputs:
    return lab_inputs(catalog, 2)


def wishing(catalog: Catalog, around: Around | None = None, **software: Any) -> Inputs:
    known = shaped(catalog)
    spec = factory(
        blueprint="lab", compute=[{"name": "gpu", "nodes": 2}], software={"packages": software}
    )
    return inputs_of(solve(spec, known).cluster, known, spec, around or Around())


def answer(inputs: Inputs, **facts: Any) -> str:
    made = inputs.factory.packages
    ways = [["http", f"Proxy::{made.server}", "DIRECT"]]
    ways += [[scheme, "Proxy", made.cache] for scheme in ("http", "https")]
    return json.dumps({"uris": [ARCHIVE], "ways": ways, "fetched": True, "why": "", **facts})


def test_a_node_whose_apt_goes_through_the_head_is_proven(inputs: Inputs) -> None:
    assert comes("gpu1", inputs)(answer(inputs)).standing == "proven"


@pytest.mark.parametrize(
    ("facts", "detail"),
    [
        ({"ways": []}, "Acquire::http::Proxy is not said"),
        ({"uris": []}, "apt has no source of packages"),
        ({"uris": ["ftp://archive.example.org/InRelease"]}, "goes by ftp"),
        ({"fetched": False, "why": "Could not connect to 10.1.0.9:3142"}, "Could not connect"),
    ],
)
def test_what_is_another_way_is_named(inputs: Inputs, facts: dict[str, Any], detail: str) -> None:
    verdict = comes("gpu1", inputs)(answer(inputs, **facts))
    assert (verdict.standing, detail in verdict.detail) == ("failed", True), verdict


def test_a_proxy_for_one_host_alone_is_a_way_around(inputs: Inputs) -> None:
    ways = json.loads(answer(inputs))["ways"]
    around = [*ways, ["http", "Proxy::archive.example.org", "DIRECT"]]
    verdict = comes("gpu1", inputs)(answer(inputs, ways=around))
    assert "a way that the design does not know" in verdict.detail


def test_the_head_goes_out_itself(inputs: Inputs) -> None:
    ways = [["http", f"Proxy::{inputs.factory.packages.server}", "DIRECT"]]
    assert comes("head-1", inputs)(answer(inputs, ways=ways)).standing == "proven"
    assert comes("head-1", inputs)(answer(inputs)).standing == "failed"


def test_only_a_spec_that_says_so_lets_nodes_past_a_dead_cache(catalog: Catalog) -> None:
    inputs = wishing(catalog, without_cache="direct")
    ways = [["http", f"Proxy::{inputs.factory.packages.server}", "DIRECT"]]
    ways += [[scheme, "Proxy-Auto-Detect", DETECTOR] for scheme in ("http", "https")]
    assert comes("gpu1", inputs)(answer(inputs, ways=ways)).standing == "proven"
    assert comes("gpu1", inputs)(answer(inputs)).standing == "failed"


def test_named_sources_are_the_only_ones(catalog: Catalog) -> None:
    source = {"uri": "https://mirror.example.org:8443/debian", "suites": ["bookworm"]}
    inputs = wishing(catalog, sources=[source])
    made = inputs.factory.packages
    assert (made.tunnels, made.ports) == (("mirror.example.org",), (80, 443, 8443))
    own = "https://mirror.example.org:8443/debian/dists/bookworm/InRelease"
    assert comes("gpu1", inputs)(answer(inputs, uris=[own])).standing == "proven"
    assert "is no source of the design" in comes("gpu1", inputs)(answer(inputs)).detail
    beside = answer(inputs, uris=[own, "file:/srv/own/InRelease"])
    assert comes("gpu1", inputs)(beside).standing == "proven"


@pytest.mark.parametrize(
    "uri",
    ["http://a b/", "http://a'/", "ftp://a/", "http://me:word@a/", "http://a/\nURIs: http://b/"],
)
def test_a_source_that_would_say_more_than_a_source_is_refused(uri: str) -> None:
    with pytest.raises(ValidationError):
        PackageSource(uri=uri, suites=("stable",))


def test_who_never_came_to_the_cache_goes_around(inputs: Inputs) -> None:
    assert came("10.1.0.7")("10.1.0.70\n10.1.0.7\n").standing == "proven"
    assert came("10.1.0.7")("10.1.0.70\n").standing == "failed"
    fetched, log = PACKAGE_SOURCES.checks("gpu1", inputs)
    assert (fetched.asked, log.asked) == ("", "head-1")
    assert len(PACKAGE_SOURCES.checks("head-1", inputs)) == 1


FILE = BundledFile(path="archives/0/dists/bookworm/InRelease", size=1, sha256="0" * 64)
BUNDLE = Bundle(
    os="debian-12",
    architecture="amd64",
    simulated=True,
    wanted={},
    archives=(
        BundledArchive(
            uri="http://archive.example.org/debian/",
            suite="bookworm",
            components=("main",),
            signed_by="",
            folder="archives/0",
            release=FILE,
            indexes=(),
        ),
    ),
    packages=(),
)


def test_a_bundle_takes_the_place_of_every_source(catalog: Catalog) -> None:
    around = Around(laid=Laid(BUNDLE, "abc"))
    inputs = wishing(catalog, around, without_cache="direct")
    made = inputs.factory.packages
    assert (made.bundle, made.direct) == ("abc", False)
    assert inputs.nodes["gpu1"].archives[0].uri == f"{made.cache}/bundle/archives/0/"
    head = inputs.nodes["head-1"].archives[0].uri
    assert head == "file:/var/lib/millwright/bundle/current/archives/0/"
    assert "is no source of the design" in comes("gpu1", inputs)(answer(inputs)).detail


def test_one_new_node_costs_no_other_its_sources(catalog: Catalog, inputs: Inputs) -> None:
    grown = lab_inputs(catalog, 3)
    assert grown.factory.packages == inputs.factory.packages
    assert grown.nodes["gpu1"].archives == inputs.nodes["gpu1"].archives
