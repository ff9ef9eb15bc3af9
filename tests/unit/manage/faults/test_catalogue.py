"""The catalogue of faults is whole, and every word in it is known."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from millwright.adapters.catalogs import load
from millwright.adapters.faultfiles import fault_catalog
from millwright.adapters.rulefiles import rules
from millwright.errors import InputError
from millwright.model.catalog import Catalog
from millwright.model.fault import FaultCatalog
from millwright.model.faultwords import ACTIONS, CHAINS, RECOVERIES

ROOT = Path(__file__).parents[4]

SXIDS = {
    "nvswitch-correctable": 20,
    "nvswitch-replay": 1,
    "nvswitch-privilege": 2,
    "nvswitch-broken-link": 1,
    "nvswitch-fabric-fatal": 1,
    "nvswitch-thermal": 2,
    "nvswitch-potentially-fatal": 41,
    "nvswitch-guest": 3,
    "nvswitch-fatal": 20,
}
RULES = {144: (4, 2, 0), 145: (16, 9, 8), 146: (15, 5, 0), 147: (2, 0, 0), 148: (1, 0, 0),
         149: (7, 24, 0), 150: (0, 1, 0)}  # fmt: skip


def test_every_xid_from_1_to_173_is_there(faults: FaultCatalog) -> None:
    told = {int(name[4:]) for name in faults.faults if name.startswith("xid:")}
    assert told == set(range(1, 174))


def test_36_codes_are_exceptions_of_engines_beside_60_and_142(faults: FaultCatalog) -> None:
    engines = {n for n, f in faults.faults.items() if f.group == "engine-exception"}
    codes = {39, 40, 41, 70, 71, 72, 75, 76, 77, 85, *range(126, 136), 68, 83, 84, 88, 89, 96, 97,
             98, 82, *range(99, 106), 86, 139}  # fmt: skip
    assert engines == {f"xid:{code}" for code in (*codes, 60, 142)}
    for code in codes:
        nvidia = faults.faults[f"xid:{code}"].opinions[0]
        assert (nvidia.action, nvidia.investigate) == ("RESTART_APP", "CONTACT_SUPPORT")


def test_codes_that_are_marked_unused_ask_for_the_vendor_but_two(faults: FaultCatalog) -> None:
    unused = {n: f.opinions[0].action for n, f in faults.faults.items() if f.group == "unused-xid"}
    assert len(unused) == 63
    assert {n for n, word in unused.items() if word == "IGNORE"} == {"xid:14", "xid:108"}
    assert set(unused.values()) == {"IGNORE", "CONTACT_SUPPORT"}


@pytest.mark.parametrize(("group", "count"), SXIDS.items())
def test_every_class_of_sxids_has_its_codes(faults: FaultCatalog, group: str, count: int) -> None:
    assert len([f for f in faults.faults.values() if f.group == group]) == count


@pytest.mark.parametrize(("code", "counts"), RULES.items())
def test_codes_of_new_links_have_rule_counts_and_no_severity(
    faults: FaultCatalog, code: int, counts: tuple[int, int, int]
) -> None:
    fault = faults.faults[f"xid:{code}"]
    assert fault.rules is not None
    assert (fault.rules.ignore, fault.rules.reset, fault.rules.follow) == counts
    assert fault.severity == "unknown"


def test_the_rules_of_new_links_are_94(faults: FaultCatalog) -> None:
    counted = [f.rules for f in faults.faults.values() if f.rules is not None]
    assert sum(r.ignore + r.reset + r.follow for r in counted) == 94


DISAGREE = {
    "xid:63": {"nvidia": "IGNORE", "gpud": "REBOOT", "azure": "DRAIN"},
    "xid:121": {"nvidia": "IGNORE", "gpud": "REBOOT"},
    "xid:94": {"nvidia": "RESTART_APP", "gpud": "REBOOT"},
    "xid:92": {"nvidia": "IGNORE", "gpud": "IGNORE", "azure": "DRAIN"},
    "xid:79": {"nvidia": "RESTART_BM", "gpud": "REBOOT", "azure": "DRAIN"},
}


@pytest.mark.parametrize(("name", "said"), DISAGREE.items())
def test_where_authorities_disagree_all_are_kept(
    faults: FaultCatalog, name: str, said: dict[str, str]
) -> None:
    assert {o.authority: o.action for o in faults.faults[name].opinions} == said


def test_gpud_waits_for_a_thousand_contained_errors(faults: FaultCatalog) -> None:
    (gpud,) = [o for o in faults.faults["xid:94"].opinions if o.authority == "gpud"]
    assert gpud.after == 1000


KINDS = {"throttle": 9, "recovery": 8, "mlx5": 8, "remap": 4, "smart": 7, "sel": 9}


@pytest.mark.parametrize(("kind", "count"), KINDS.items())
def test_states_and_messages_beyond_xids_are_there(
    faults: FaultCatalog, kind: str, count: int
) -> None:
    assert len([name for name in faults.faults if name.startswith(f"{kind}:")]) == count


def test_benign_throttle_reasons_ask_for_nothing(faults: FaultCatalog) -> None:
    benign = {f"throttle:{mask}" for mask in ("0x1", "0x2", "0x4", "0x100")}
    quiet = {n for n, f in faults.faults.items() if n.startswith("throttle:") and
             f.severity == "info"}  # fmt: skip
    assert benign <= quiet
    assert quiet.isdisjoint({"throttle:0x8", "throttle:0x20", "throttle:0x40", "throttle:0x80"})


def test_every_word_has_a_meaning_and_every_source_is_known(
    faults: FaultCatalog, catalog: Catalog
) -> None:
    assert set(faults.steps) == set(ACTIONS)
    assert set(CHAINS) <= set(ACTIONS)
    for fault in faults.faults.values():
        assert fault.source in catalog.sources
        assert fault.meaning, fault.id
        assert fault.why, fault.id
        for opinion in fault.opinions:
            assert opinion.source in catalog.sources, fault.id
    for group in faults.groups.values():
        assert group.source in catalog.sources
        assert group.why, group.name
    assert {f.group for f in faults.faults.values()} == set(faults.groups)


def test_memory_grade_entries_are_estimates(faults: FaultCatalog, catalog: Catalog) -> None:
    for fault in faults.faults.values():
        if catalog.sources[fault.source].evidence == "memory":
            assert fault.confidence == "estimate", fault.id


def test_every_recovery_action_is_a_fault_that_asks_for_it(faults: FaultCatalog) -> None:
    assert {f"recovery:{number}" for number in RECOVERIES} == {
        name for name in faults.faults if name.startswith("recovery:")
    }


def test_every_number_of_a_finding_is_explained_and_none_is_made_up() -> None:
    used = set()
    for path in (ROOT / "src" / "millwright").rglob("*.py"):
        used |= set(re.findall(r"MW-[A-Z]-\d{3}", path.read_text(encoding="utf-8")))
    assert set(rules()) == used, "catalog/rules/rules.yaml says what each number means"


def site(tmp_path: Path, text: str) -> Path:
    """Return a site's folder with one file."""
    (tmp_path / "own.yaml").write_text(f"schema: millwright.catalog/1\n{text}", encoding="utf-8")
    return tmp_path


def test_a_site_overrides_an_action_and_replaces_an_entry(tmp_path: Path) -> None:
    own = site(
        tmp_path,
        "fault_overrides:\n  - {id: 'xid:94', action: watch, why: 'our boards contain them'}\n"
        "faults:\n  - {id: 'xid:200', title: 'Ours', group: gsp}\n",
    )
    found = fault_catalog(load(own))
    assert found.overrides["xid:94"].does == "watch"
    assert found.faults["xid:200"].severity == "critical"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("fault_overrides:\n  - {id: 'xid:979', action: watch, why: x}\n", "xid:97"),
        ("faults:\n  - {id: 'xid:200', title: x, group: gps}\n", "gsp"),
        ("fault_overrides:\n  - {id: 'xid:79', action: explode, why: x}\n", "explode"),
        ("faults:\n  - {id: 'xid:200', title: x, group: gsp, opinions: [{authority: nvida}]}\n",
         "nvidia"),
    ],
)  # fmt: skip
def test_a_site_that_names_what_is_not_there_is_told_where(
    tmp_path: Path, text: str, told: str
) -> None:
    own = site(tmp_path, text)
    with pytest.raises(InputError) as wrong:
        fault_catalog(load(own))
    (problem,) = wrong.value.problems
    assert problem.line > 1
    assert told in f"{problem.found} {problem.hint} {problem.expected}"
