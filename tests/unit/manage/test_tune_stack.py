"""Notes over notes: whatever came and went in whatever order, what was there first comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.manage.tune.orders import to_apply, to_revert
from millwright.manage.tune.wants import complies, concrete, folded_in
from millwright.model.tuned import Value
from millwright.model.tuning import Wanted
from tests.unit.manage.machine import Machine, want

KEYS = ("a", "b", "c")
START = {"a": "10", "b": "200", "c": "7"}
NUMBERS = st.integers(0, 300).map(str)
WANTS = st.one_of(NUMBERS, NUMBERS.map(lambda n: f">={n}"), NUMBERS.map(lambda n: f"<={n}"))
NOTE = st.dictionaries(st.sampled_from(KEYS), WANTS, min_size=1)
NOTES = st.fixed_dictionaries({"one": NOTE, "two": NOTE, "three": NOTE})
STEPS = st.lists(
    st.tuples(st.sampled_from(("come", "go")), st.sampled_from(("one", "two", "three"))),
    max_size=12,
)
Notes = dict[str, dict[str, str]]


def wants(notes: Notes, name: str) -> list[Wanted]:
    return [want(key, value, name) for key, value in notes[name].items()]


def step(machine: Machine, notes: Notes, deed: str, name: str) -> None:
    facts = machine.facts()
    if deed == "come":
        order = to_apply(wants(notes, name), facts, force=False)
    else:
        order = to_revert([name], facts, force=False)
    assert not order.blocked
    if order.changes:
        machine.obey(order)


def revert_all(machine: Machine) -> None:
    facts = machine.facts()
    order = to_revert(facts.state.notes, facts, force=False)
    assert not order.blocked
    if order.changes:
        machine.obey(order)


@given(NOTES, STEPS)
def test_whatever_came_and_went_reverting_all_returns_to_the_start(
    notes: Notes, steps: list[tuple[str, str]]
) -> None:
    machine = Machine(dict(START))
    for deed, name in steps:
        step(machine, notes, deed, name)
    revert_all(machine)
    assert machine.values == START
    assert machine.state.saved == ()


@given(NOTES, STEPS)
def test_what_is_left_is_as_if_the_notes_that_went_had_never_come(
    notes: Notes, steps: list[tuple[str, str]]
) -> None:
    machine, other = Machine(dict(START)), Machine(dict(START))
    for deed, name in steps:
        step(machine, notes, deed, name)
    left = [name for name in dict.fromkeys(name for _, name in steps)]
    stays = [name for name in left if name in machine.state.notes]
    order = sorted(stays, key=lambda name: _last_coming(steps, name))
    for name in order:
        step(other, notes, "come", name)
    assert machine.values == other.values


def _last_coming(steps: list[tuple[str, str]], name: str) -> int:
    """Return when a note took the turn that it has: coming again without going keeps it."""
    turn, there = 0, False
    for at, (deed, each) in enumerate(steps):
        if each == name and deed == "come" and not there:
            turn, there = at, True
        elif each == name and deed == "go":
            there = False
    return turn


@given(NOTES, STEPS, st.integers(0, 3), st.sampled_from(("one", "two", "three")))
def test_a_change_that_was_killed_goes_on_and_still_returns_to_the_start(
    notes: Notes, steps: list[tuple[str, str]], writes: int, name: str
) -> None:
    machine = Machine(dict(START))
    for deed, each in steps:
        step(machine, notes, deed, each)
    machine.dies_after = writes
    step(machine, notes, "come", name)
    machine.dies_after = None
    step(machine, notes, "come", name)
    assert machine.state.pending is None
    assert not to_apply(wants(notes, name), machine.facts(), force=False).changes
    revert_all(machine)
    assert machine.values == START


@given(NOTES, st.integers(0, 3))
def test_a_killed_change_can_be_taken_back_as_well(notes: Notes, writes: int) -> None:
    machine = Machine(dict(START))
    step(machine, notes, "come", "one")
    machine.dies_after = writes
    step(machine, notes, "go", "one")
    machine.dies_after = None
    revert_all(machine)
    assert machine.values == START


def test_what_a_hand_changed_is_named_and_stays_until_it_is_forced() -> None:
    machine = Machine(dict(START))
    step(machine, {"one": {"a": "11", "b": "5"}}, "come", "one")
    machine.values["a"] = "12"
    order = to_revert(["one"], machine.facts(), force=False)
    assert order.blocked
    assert [each.what for each in order.remarks if each.bad] == ["sysctl a"]
    machine.obey(order)
    assert machine.values == {**START, "a": "12"}
    assert [saved.key for saved in machine.state.saved] == ["a"]
    machine.obey(to_revert(["one"], machine.facts(), force=True))
    assert (machine.values, machine.state.saved) == (START, ())


def test_a_value_that_a_restart_lost_is_no_hands_work() -> None:
    machine = Machine(dict(START))
    step(machine, {"one": {"a": "11"}}, "come", "one")
    machine.values["a"], machine.boot_id = "10", "b2"
    order = to_apply([want("a", "11", "one")], machine.facts(), force=False)
    assert not order.blocked
    machine.obey(order)
    assert machine.values["a"] == "11"


def test_a_note_in_a_new_version_lets_go_of_what_it_no_longer_wants() -> None:
    machine = Machine(dict(START))
    step(machine, {"one": {"a": "11", "b": "5"}}, "come", "one")
    step(machine, {"one": {"a": "12"}}, "come", "one")
    assert machine.values == {**START, "a": "12"}


def test_an_estimate_and_what_is_left_untouched_are_not_applied_unless_they_are_named() -> None:
    facts = Machine(dict(START)).facts()
    guessed = want("a", "11", confidence="estimate")
    empty = want("b", "", overridden=True)
    assert to_apply([guessed, empty], facts, force=False).writes == ()
    order = to_apply([guessed, empty], facts, frozenset({"a"}), force=False)
    assert [write.place[1] for write in order.writes] == ["a"]


@pytest.mark.parametrize(("kind", "word"), [("limit", "much"), ("module", "1 2")])
def test_what_no_file_could_say_is_refused_before_it_goes(kind: str, word: str) -> None:
    order = to_apply([want("memlock", word, kind=kind)], Machine({}).facts(), force=False)
    assert (order.blocked, order.saved) == (True, ())


def test_the_same_note_again_changes_nothing() -> None:
    machine = Machine(dict(START))
    step(machine, {"one": {"a": "11"}}, "come", "one")
    order = to_apply([want("a", "11", "one")], machine.facts(), force=False)
    assert (order.writes, order.changes) == ((), False)


def test_what_is_not_there_any_more_is_told_and_forgotten() -> None:
    machine = Machine(dict(START))
    step(machine, {"one": {"a": "11"}}, "come", "one")
    del machine.values["a"]
    order = to_revert(["one"], machine.facts(), force=False)
    assert (order.saved, order.blocked) == ((), False)
    assert "not there any more" in order.remarks[0].why


def test_what_cannot_be_read_is_not_written_over() -> None:
    machine = Machine(dict(START))
    facts = replace(machine.facts(), failed={("sysctl", "a"): "it hangs"}, values=())
    order = to_apply([want("a", "11")], facts, force=False)
    assert (order.writes, order.blocked) == ((), True)


@pytest.mark.parametrize(
    ("wish", "now", "then"),
    [
        ("5", "7", "5"),
        (">=5", "7", "7"),
        (">=9", "7", "9"),
        ("<=5", "7", "5"),
        (">=4096 131072 16777216", "4096\t131072\t6291456", "4096 131072 16777216"),
        (">=4096 131072 16777216", "8192\t131072\t33554432", "8192\t131072\t33554432"),
        (">=1048576", "unlimited", "unlimited"),
        (">=5", "none", "5"),
    ],
)
def test_a_bound_moves_only_what_is_beyond_it(wish: str, now: str, then: str) -> None:
    assert folded_in(wish, now) == then


@pytest.mark.parametrize(
    ("wish", "found", "meant"),
    [
        ("ideal", Value("ring", "rdma", "eth0/rx", "1024", "8192"), "8192"),
        ("ideal", Value("ring", "rdma", "eth0/rx", "1024"), None),
        ("within", Value("irq", "rdma", "7", "3", "0-31"), "3"),
        ("within", Value("irq", "rdma", "7", "40", "0-31"), "0-31"),
        ("mq-deadline|none", Value("sysfs", "s", "", "bfq", among=("bfq", "none")), "none"),
        ("mq-deadline|none", Value("sysfs", "s", "", "none", among=("none",)), "none"),
        ("kyber", Value("sysfs", "s", "", "none", among=("none",)), None),
    ],
)
def test_a_word_means_what_the_instance_says(wish: str, found: Value, meant: str | None) -> None:
    assert concrete(wish, found) == meant


def test_what_is_no_number_is_not_called_compliant() -> None:
    assert complies(">=5", Value("sysctl", "a", "", "many")) is None
    assert complies("1 2", Value("sysctl", "a", "", "1\t2")) is True
    assert complies("500", Value("nvidia", "power-cap", "u", "500.00", "700.00")) is True
    assert complies("ideal", Value("nvidia", "power-cap", "u", "500.00", "700.00")) is False
