"""Zones elsewhere: what is placed where, which region may hold what, and files that are what they
say, as far as a parser and the provider's documentation can tell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.adapters.resources import folder
from millwright.deploy.cloud.edge import edge_spec
from millwright.deploy.cloud.hcl import lines_of, quoted
from millwright.deploy.cloud.places import REGIONS
from millwright.deploy.cloud.promotion import against
from millwright.deploy.cloud.rented import (
    FILES,
    Machines,
    Ranges,
    readme_lines,
    unknown,
    values_of,
    values_text,
)
from millwright.deploy.cloud.zones import Away, allowed_regions, away, faults, free_range
from millwright.model.exported import NOT_VALIDATED
from millwright.model.placement import Decision
from millwright.model.site import Zone
from millwright.model.spec import Factory
from millwright.model.workload import Workload
from tests.conftest import factory
from tests.unit.deploy.cloud.awsattributes import ATTRIBUTES, LIFECYCLE, MEMORY, META, READ

AWS = folder("templates") / "cloud" / "aws"
MACHINES = Machines(2, "p5.48xlarge", "hgx-h100", 16, "estimate")


def load(name: str, *residency: str, kind: str = "training") -> Workload:
    """A workload with data that has to stay somewhere."""
    data = {"class": "deidentified", "residency": residency}
    return Workload.model_validate({"name": name, "kind": kind, "data": data})


def cloud(region: str = "us-east-1", jurisdiction: str | None = "US", **keys: Any) -> Zone:
    """A zone that is rented."""
    known = {"name": "cloud-east", "kind": "cloud", "provider": "aws", "region": region}
    return Zone.model_validate({**known, "jurisdiction": jurisdiction, **keys})


def decided(workload: str, zone: str) -> Decision:
    """A decision of the design."""
    return Decision(id=f"place-{workload}", subject="placement", decision="x", rule="MW-D-097",
                    reason="near", date="2026-01-01", workload=workload, zone=zone)  # fmt: skip


def test_only_what_a_decision_places_elsewhere_is_elsewhere() -> None:
    spec = factory(
        compute=[{"name": "gpu", "nodes": 1}], workloads=[load("a"), load("b"), load("c")],
        zones=[{"name": "campus", "kind": "on-prem"}, cloud()],
    )  # fmt: skip
    decisions = [decided("a", "campus"), decided("b", "cloud-east"), decided("c", "gone")]
    (place,) = away(spec, decisions)
    assert (place.zone.name, [each.name for each in place.workloads]) == ("cloud-east", ["b"])


@pytest.mark.parametrize(
    ("zone", "residency", "key"),
    [
        (cloud(), ("US",), None),
        (cloud(jurisdiction=None), ("US",), None),
        (cloud(provider="azure"), ("US",), "provider"),
        (cloud(region="us-moon-1"), ("US",), "region"),
        (cloud(region="eu-west-1"), (), "region"),
        (cloud(region="eu-west-1", jurisdiction=None), ("US",), "region"),
        (cloud(region="us-west-1", jurisdiction="US-CA"), ("US-CA",), "region"),
    ],
)
def test_a_region_lies_where_the_zone_says_and_where_its_data_may_lie(
    zone: Zone, residency: tuple[str, ...], key: str | None
) -> None:
    found = list(faults(Away(zone, (load("a", *residency),))))
    assert [each.key for each in found[:1]] == ([key] if key else [])


@given(st.lists(st.lists(st.sampled_from(["US", "DE", "FR"]), max_size=2), min_size=1, max_size=3))
def test_no_region_is_allowed_that_any_residency_forbids(wanted: list[list[str]]) -> None:
    loads = tuple(load(f"w{at}", *each) for at, each in enumerate(wanted))
    for region in allowed_regions(Away(cloud(), loads)):
        assert all(not each or REGIONS[region] in each for each in wanted)


@given(st.lists(st.integers(0, 255), max_size=40))
def test_a_free_range_overlaps_nothing_of_the_site(taken: list[int]) -> None:
    found = free_range([f"10.{number}.0.0/16" for number in taken] + ["fd00::/8"])
    assert found is not None
    assert int(found.split(".")[1]) not in taken
    assert free_range(["10.0.0.0/8"]) is None


def unquoted(text: str) -> str:
    """A quoted string as the language reads it."""
    inner = text[1:-1].replace("$${", "${").replace("%%{", "%{")
    for sign, said in (("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"), ('"', '\\"'), ("\\", "\\\\")):
        inner = inner.replace("\\\\", "\0") if sign == "\n" else inner
        inner = inner.replace(said, sign) if sign != "\\" else inner
    return inner.replace("\0", "\\")


HOSTILE = (
    '"\n}\nresource "aws_iam_user" "x" {', "${file(\"/etc/passwd\")}", "%{ if true }x%{ endif }",
    "\\", '\\"', "$${x}", "a\tb", "<<EOF\nx\nEOF", "# x", "é日本", "\x1b[31m", "\u2028",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_leaves_its_quotes(text: str) -> None:
    lines = list(lines_of({"before": 1, "list": (text, "b"), "map": {text: text}, "after": 2}))
    whole = hcl2.loads("".join(f"{line}\n" for line in lines))
    assert set(whole) - {"__comments__", "__inline_comments__"} == {
        "before", "list", "map", "after",
    }  # fmt: skip
    assert len(whole["list"]) == 2
    assert not any("\n" in line or "\x1b" in line for line in lines)
    for begin in ("${", "%{"):
        escaped = begin[0] + begin
        assert quoted(text).replace(escaped, "").find(begin) == -1


@given(st.text(max_size=60))
def test_what_is_quoted_is_one_line_of_one_string(text: str) -> None:
    made = quoted(text)
    assert "\n" not in made
    assert made.isprintable()
    body = made[1:-1]
    assert '"' not in body.replace("\\\\", "").replace('\\"', "")
    if text.isprintable():
        assert unquoted(made) == text


def parsed() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every resource of the templates: its type and its body."""
    for name in FILES:
        document = hcl2.loads((AWS / name).read_text(encoding="utf-8"))
        for each in document.get("resource", ()):
            for kind, bodies in each.items():
                if kind.startswith("__"):
                    continue
                for body in bodies.values():
                    yield kind.strip('"'), body if isinstance(body, dict) else body[0]


def paths(body: Any, blocks: set[str], before: str = "") -> Iterator[str]:
    """Every attribute of a body, blocks with what is in them."""
    for name, value in body.items():
        if name.startswith("__"):
            continue
        path = f"{before}{name}"
        yield path
        inner = value if isinstance(value, list) else [value]
        if any(known.startswith(f"{path}.") for known in blocks):
            for each in inner:
                if isinstance(each, dict):
                    yield from paths(each, blocks, f"{path}.")


def test_every_attribute_is_one_that_the_provider_documents() -> None:
    seen = set()
    for kind, body in parsed():
        seen.add(kind)
        known = ATTRIBUTES[kind]
        told = {path for path in paths(body, known) if path.split(".")[0] not in META}
        assert told <= known, f"{kind}: {sorted(told - known)}"
        for block in body.get("lifecycle", ()):
            assert {key for key in block if not key.startswith("__")} <= LIFECYCLE
    assert seen == set(ATTRIBUTES) == {*READ, *MEMORY}


def test_an_attribute_that_no_provider_knows_is_found() -> None:
    body = {"cidr_block": "x", "cidr": "y"}
    assert set(paths(body, ATTRIBUTES["aws_vpc"])) - ATTRIBUTES["aws_vpc"] == {"cidr"}


def test_every_variable_is_declared_and_has_a_value_or_is_told_as_unknown() -> None:
    text = (AWS / "variables.tf").read_text(encoding="utf-8")
    names = {
        name.strip('"')
        for each in hcl2.loads(text)["variable"]
        for name in each
        if not name.startswith("__")
    }
    place = Away(cloud(), (load("a", "US"),))
    values = values_of("f", place, MACHINES, Ranges("10.255.0.0/16", ("10.0.0.0/11",)))
    told = {name.strip() for each in unknown(place) for name in each.what.split(",")}
    assert names == {*values, *told}
    assert not {*values} & told
    whole = "".join((AWS / name).read_text(encoding="utf-8") for name in FILES)
    assert all(f"var.{name}" in whole for name in names)


def test_no_bucket_and_no_node_is_open() -> None:
    kinds = [kind for kind, _ in parsed()]
    bodies = dict(parsed())
    assert "aws_internet_gateway" not in kinds
    block = bodies["aws_s3_bucket_public_access_block"]
    assert [block[key] for key in sorted(block) if "public" in key] == [True] * 4
    node = bodies["aws_instance"]
    assert node["associate_public_ip_address"] is False
    assert node["root_block_device"][0]["encrypted"] is True
    assert bodies["aws_kms_key"]["multi_region"] is False
    assert "aws_s3_bucket_replication_configuration" not in kinds


def test_every_file_says_that_nobody_validated_it() -> None:
    place = Away(cloud(), (load("a", "US"),))
    texts = [(AWS / name).read_text(encoding="utf-8") for name in FILES]
    texts.append(values_text("f", place, MACHINES, Ranges("10.255.0.0/16", ())))
    texts.append("\n".join(readme_lines(place, MACHINES, unknown(place))))
    assert all(NOT_VALIDATED in text for text in texts)
    assert sorted(path.name for path in Path(AWS).iterdir()) == sorted(FILES)


def test_an_edge_zone_is_a_factory_of_its_own_with_what_it_refers_to() -> None:
    spec = factory(
        compute=[{"name": "gpu", "nodes": 1}],
        workloads=[
            {"name": "ct", "kind": "imaging-inference", "modality": "ct", "studies_per_day": 9,
             "zone": "clinic", "tier": "clinical"},
            {"name": "other", "kind": "training", "tier": "research"},
        ],
        tiers=[{"name": "clinical"}, {"name": "research"}],
        zones=[{"name": "clinic", "kind": "edge", "jurisdiction": "US-CA"}],
        networks=[{"name": "inband", "cidr": "10.1.0.0/16"}],
        services={"ntp": ["10.0.0.3"]},
    )  # fmt: skip
    place = Away(spec.zones[0], spec.workloads[:1])
    made = Factory.model_validate(edge_spec(spec, place))
    assert (made.site.name, made.site.jurisdiction) == ("clinic", "US-CA")
    assert [each.name for each in made.workloads] == ["ct"]
    assert made.workloads[0].zone is None
    assert [each.name for each in made.tiers] == ["clinical"]
    assert made.services == spec.services
    assert made.networks == ()


@pytest.mark.parametrize(
    ("trains", "placed", "jurisdiction", "told"),
    [
        (("US",), "clinic", "US", ""),
        (("US",), "clinic", "US-CA", ""),
        ((), "clinic", None, ""),
        (("US",), "campus", "US", "runs in campus"),
        (("US",), None, "US", "no decision"),
        (("DE",), "clinic", "US", "weights can give back"),
        (("US",), "clinic", None, "does not say where"),
    ],
)
def test_a_model_goes_where_it_serves_and_where_what_it_has_seen_may_lie(
    trains: tuple[str, ...], placed: str | None, jurisdiction: str | None, told: str
) -> None:
    zone = Zone.model_validate({"name": "clinic", "kind": "edge", "jurisdiction": jurisdiction})
    decisions = [decided("ct", placed)] if placed else []
    way = (load("train", *trains), load("ct"))
    found = list(against(factory(compute=[{"name": "g", "nodes": 1}]), decisions, way, zone))
    assert len(found) == bool(told)
    assert told in "".join(found)


def test_what_trained_on_nobody_says_what_goes_nowhere() -> None:
    zone = Zone.model_validate({"name": "clinic", "kind": "edge"})
    bare = Workload.model_validate({"name": "train", "kind": "training"})
    spec = factory(compute=[{"name": "g", "nodes": 1}])
    (only,) = against(spec, [decided("ct", "clinic")], (bare, load("ct")), zone)
    assert "nobody says" in only
