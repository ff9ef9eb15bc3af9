"""Notes of the catalogue on hosts: one truth for what deploying sets too, and what goes against
it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from millwright.adapters.catalogs import load
from millwright.errors import InputError, MillwrightError
from millwright.manage.tune.conflicts import (
    conflicts,
    left_over,
    of_versions,
    split_pages,
)
from millwright.manage.tune.measured import named_tests, number_of, words_of
from millwright.manage.tune.notes import Host, everything, note_of, orphans, suits, wanted
from millwright.manage.tune.orders import to_apply
from millwright.manage.tune.verify import compliance
from millwright.manage.tune.wire import drained_by
from millwright.model.catalog import Catalog
from millwright.model.heard import Heard
from millwright.model.parameters import Traits
from millwright.model.tuned import Facts, Layer, NodeState, Saved, Value
from millwright.model.tuning import CHECKED
from millwright.ports import Answer
from tests.unit.manage.machine import want

H100 = Host(
    "gpu1",
    frozenset({"training", "inference"}),
    Traits(computes=True, platform="hgx-hopper", vendor="nvidia", fabric="infiniband"),
    "debian",
    "dgx-h100",
    "none",
)
MI300 = replace(H100, traits=Traits(True, "instinct-cdna3", "amd", "roce"), server="mi300x-8")
HEAD = Host("head-1", frozenset({"head"}), Traits(), "debian", "", "none")
PAGES = "kernel/mm/transparent_hugepage/enabled"


def facts(*values: Value, **more: object) -> Facts:
    return Facts("gpu1", "b1", values, virtual="none", **more)  # type: ignore[arg-type]


def sysctl(key: str, value: str) -> Value:
    return Value("sysctl", key, "", value)


def test_what_deploying_sets_stands_in_one_table_alone(catalog: Catalog) -> None:
    table = {(str(each.kind), each.key): each.name for each in catalog.parameters.values()}
    for note in catalog.tuning_notes.values():
        for each in note.parameters:
            named = table.get((each.kind, each.key))
            conditional = named is not None and bool(catalog.parameters[named].only_on)
            assert named is None or each.over == named or conditional, (note.name, each.name)


def test_every_value_has_a_source_and_what_is_from_memory_is_an_estimate(catalog: Catalog) -> None:
    for note in catalog.tuning_notes.values():
        said = [(each.name, each.source, each.confidence) for each in everything(note, catalog)]
        for name, source, confidence in said:
            from_memory = catalog.sources[source].evidence == "memory"
            assert not from_memory or confidence == "estimate", name


def test_a_shared_parameter_has_the_value_of_the_table(catalog: Catalog) -> None:
    note = note_of(catalog, "gpu-training")
    found = {each.name: each for each in wanted(note, catalog, H100)}
    assert found["huge-pages"].want == catalog.parameters["huge-pages"].value.value
    assert found["access-control"].checked
    assert "iommu-passthrough" in found


def test_parameters_are_for_the_hosts_that_they_name(catalog: Catalog) -> None:
    note = note_of(catalog, "roce-host")
    assert wanted(note, catalog, H100) == ()
    found = {each.name: each.want for each in wanted(note, catalog, MI300)}
    assert (found["flow-control"], found["traffic-class"]) == ("0,0,0,1,0,0,0,0", "106")
    virtual = replace(H100, virtual="kvm")
    training = note_of(catalog, "gpu-training")
    assert "sleep-states" not in {each.name for each in wanted(training, catalog, virtual)}


def test_a_note_is_not_for_every_node(catalog: Catalog) -> None:
    training, nvidia = note_of(catalog, "gpu-training"), note_of(catalog, "nvidia-settings")
    assert suits(training, H100) == ""
    assert suits(training, HEAD) == "it is for training, and the node is head"
    assert "GPUs of nvidia" in suits(nvidia, MI300)


SITE = """\
schema: millwright.catalog/1
tuning_overrides:
  - {name: gpu-training, wants: {swappiness: "", free-memory: ">=262144", no-such: "1"}}
  - {name: gone, wants: {a: "1"}}
"""


def test_a_site_says_otherwise_and_what_it_overrides_in_vain_is_named(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE)
    own = load(tmp_path).catalog
    note = note_of(own, "gpu-training")
    found = {each.name: each for each in wanted(note, own, H100)}
    assert (found["swappiness"].want, found["free-memory"].want) == ("", ">=262144")
    assert found["free-memory"].overridden
    assert list(orphans(own)) == [("gpu-training", "no-such"), ("gone", "")]
    told = compliance([found["swappiness"]], facts(sysctl("vm.swappiness", "99")))
    assert (told[0].word, told[0].verdict) == ("untouched", "PASS")


@pytest.mark.parametrize(
    "line",
    [
        '{name: a, kind: sysctl, key: "vm/../x", want: "1", why: w}',
        '{name: a, kind: sysctl, key: "$(id)", want: "1", why: w}',
        '{name: a, kind: sysctl, key: vm.a, want: "1; reboot", why: w}',
        "{name: a, kind: cstate, key: deep, want: ideal, why: w}",
    ],
)
def test_nothing_that_a_shell_would_read_is_a_parameter(tmp_path: Path, line: str) -> None:
    head = "schema: millwright.catalog/1\ntuning_notes:\n"
    note = f'  - {{name: x, version: 1, date: "2026-01-05", roles: [head], parameters: [{line}]}}\n'
    (tmp_path / "site.yaml").write_text(head + note)
    with pytest.raises(InputError):
        load(tmp_path)


@pytest.mark.parametrize(
    ("wish", "found", "verdict"),
    [
        (want("a", "5"), facts(sysctl("a", "5")), "PASS"),
        (want("a", "5"), facts(sysctl("a", "6")), "FAIL"),
        (want("a", "5", confidence="estimate"), facts(sysctl("a", "6")), "WARN"),
        (want("a", "5", confidence="estimate", overridden=True), facts(sysctl("a", "6")), "FAIL"),
        (want("a", ">=5"), facts(sysctl("a", "6")), "PASS"),
        (want("a", ">=5"), facts(sysctl("a", "many")), "UNKNOWN"),
        (want("a", "5"), facts(failed={("sysctl", "a"): "it hangs"}), "UNKNOWN"),
        (want("a", "5"), facts(), "PASS"),
    ],
)
def test_a_difference_fails_an_estimate_warns_and_what_is_not_known_is_unknown(
    wish: object, found: Facts, verdict: str
) -> None:
    (told,) = compliance([wish], found)  # type: ignore[list-item]
    assert told.verdict == verdict


def test_what_a_start_would_undo_is_found_before_it_happens() -> None:
    said = {("sysctl", "a", ""): ("6", "/etc/sysctl.d/99-site.conf")}
    (told,) = compliance([want("a", "5")], facts(sysctl("a", "5"), persisted=said))
    assert (told.word, told.detail) == (
        "reboot",
        "after a start 6: /etc/sysctl.d/99-site.conf says so",
    )
    noted = NodeState(saved=(_saved("a", "5"),))
    (told,) = compliance([want("a", "5")], facts(sysctl("a", "5"), state=noted))
    assert (told.word, told.detail) == ("reboot", "nothing would set it again after a start")


def _saved(key: str, value: str, note: str = "note", version: int = 1) -> Saved:
    layer = Layer(note=note, version=version, want=value)
    return Saved(kind="sysctl", key=key, instance="", base="0", layers=(layer,), value=value)


def test_some_of_many_is_told_by_how_many() -> None:
    values = [Value("sysfs", "s", f"cpu{n}", "performance" if n else "powersave") for n in range(4)]
    (told,) = compliance([want("s", "performance", kind="sysfs")], facts(*values))
    assert (told.word, told.detail) == ("differs", "1 of 4")
    assert told.found == "performance (3), powersave (1)"


def test_notes_for_different_work_do_not_go_together(catalog: Catalog) -> None:
    note = note_of(catalog, "gpu-inference")
    state = NodeState(saved=(_saved("vm.swappiness", "10", "gpu-training"),))
    wants = wanted(note, catalog, H100)
    found = conflicts(note, wants, facts(state=state), H100, catalog)
    assert [each.rule for each in found if each.grave] == ["notes"]


def test_a_note_that_goes_against_what_is_deployed_says_so(catalog: Catalog) -> None:
    note = note_of(catalog, "gpu-inference")
    found = conflicts(note, wanted(note, catalog, H100), facts(), H100, catalog)
    (told,) = [each for each in found if each.rule == "design"]
    assert "huge-pages = madvise" in told.what
    assert told.remedy.startswith("on purpose")


def test_access_control_is_left_on_in_virtual_machines(catalog: Catalog) -> None:
    note = note_of(catalog, "gpu-training")
    found = replace(facts(), virtual="kvm")
    told = conflicts(note, wanted(note, catalog, H100), found, H100, catalog)
    assert "acs" in {each.rule for each in told}


@pytest.mark.parametrize(
    ("found", "rule"),
    [
        (facts(Value("nvidia", "clocks", "u", "Active")), "clocks"),
        (facts(Value("nvidia", "power-cap", "u", "500.00", "700.00")), "power-cap"),
        (facts(mounts=(("/d", ("vers=4.2", "nconnect=8", "sec=krb5p")),)), "krb5-nconnect"),
    ],
)
def test_what_somebody_left_over_is_found(found: Facts, rule: str) -> None:
    assert [each.rule for each in left_over(found)] == [rule]


@pytest.mark.parametrize(
    "found",
    [
        facts(Value("nvidia", "clocks", "u", "Not Active")),
        facts(Value("nvidia", "power-cap", "u", "700.00", "700.00")),
        facts(Value("nvidia", "power-cap", "u", "[N/A]", "[N/A]")),
        facts(mounts=(("/d", ("vers=4.2", "nconnect=8", "sec=sys")),)),
        facts(mounts=(("/d", ("vers=4.2", "sec=krb5p")),)),
    ],
)
def test_what_is_as_it_should_be_is_no_conflict(found: Facts) -> None:
    assert list(left_over(found)) == []


def test_nodes_of_one_kind_that_differ_in_huge_pages_are_found() -> None:
    def of(node: str, value: str) -> Facts:
        return replace(facts(Value("sysfs", PAGES, "p", value)), node=node)

    told = {"gpu1": of("gpu1", "always"), "gpu2": of("gpu2", "always"), "gpu3": of("gpu3", "never")}
    hosts = {node: replace(H100, name=node) for node in told}
    assert [each.node for each in split_pages(told, hosts)] == ["gpu3"]


def test_a_note_that_is_older_than_the_catalogues_is_named(catalog: Catalog) -> None:
    layers = NodeState(saved=(_saved("a", "1", "head-node", 0), _saved("b", "1", "lost-note")))
    told = [each.what for each in of_versions(facts(state=layers), catalog)]
    assert told == [
        "head-node 0 is in force, and the catalogue has 1",
        "lost-note is in force, and no note of that name is known any more",
    ]


def test_a_test_gives_its_number_or_says_why_not(catalog: Catalog) -> None:
    test = catalog.tuning_tests["tcp-loopback"]

    def heard(text: str, status: int = 0, errors: str = "") -> Heard:
        return Heard("t", "exit", status, text, errors)

    assert number_of(test, heard('{"tcp_loopback_gbytes_per_s": 2.5}')) == 2.5
    assert "printed no" in str(number_of(test, heard('{"other": 2.5}')))
    assert "printed no" in str(number_of(test, heard("nan")))
    stress = catalog.tuning_tests["processor"]
    missing = number_of(stress, heard("", 127, "stress-ng: No such file or directory"))
    assert str(missing).endswith("install stress-ng")


def test_a_burn_ins_test_shows_a_gain_as_well_where_one_node_runs_it(catalog: Catalog) -> None:
    (test,) = named_tests(["cpu-stress"], catalog.tuning_tests, catalog.burnin)
    assert (test.metric, test.better) == ("stress_ng_cpu_bogo_ops_per_s", "higher")
    assert "{seconds}" not in words_of(test)
    for name in ("no-such", "memory-bandwidth-of-nobody", "disk"):
        with pytest.raises(MillwrightError):
            named_tests([name], catalog.tuning_tests, catalog.burnin)


def test_what_a_container_cannot_set_is_never_ok_and_no_failure_there() -> None:
    value = Value("sysctl", "vm.swappiness", "", "60", fixed=True)
    inside = replace(facts(value), virtual="systemd-nspawn")
    (told,) = compliance([want("vm.swappiness", "10")], inside)
    assert (told.word, told.verdict) == ("untestable", "WARN")
    (told,) = compliance([want("vm.swappiness", "10")], facts(value))
    assert told.verdict == "FAIL"
    order = to_apply([want("vm.swappiness", "10")], inside, force=False)
    assert (order.changes, order.blocked) == (False, False)
    assert "not testable here" in order.remarks[0].why


def test_only_nodes_that_are_drained_and_empty_may_be_disturbed() -> None:
    def told(text: bytes, status: int = 0, errors: bytes = b"") -> object:
        return drained_by(Answer("head-1", (), "exit", status, 0.1, text, errors))

    assert told(b"gpu1|drained\ngpu2|draining\ngpu3|idle\ngpu4|mixed\n") == {"gpu1"}
    assert told(b"", 1, b"slurm_load_node: Unable to contact slurm controller") == (
        "slurm_load_node: Unable to contact slurm controller"
    )


def test_a_disruptive_change_is_said_before_it_is_done() -> None:
    value = Value("ring", "rdma", "eth0/rx", "1024", "8192")
    wish = want("rdma", "ideal", kind="ring", disruptive=True)
    order = to_apply([wish], facts(value), force=False)
    assert order.disruptive == ("rdma",)
    assert to_apply([wish], facts(replace(value, value="8192")), force=False).disruptive == ()


def test_what_is_only_looked_at_is_never_set(catalog: Catalog) -> None:
    for note in catalog.tuning_notes.values():
        for each in everything(note, catalog):
            assert each.checked or each.kind not in CHECKED, each.name
