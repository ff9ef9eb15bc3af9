"""Who can get in: accounts, keys and rights of every node, against those that are declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from millwright.manage.assess.voice import Voice
from millwright.manage.comply.ground import Facts, Ground, Said

FIRST_PERSON = 1000
NOBODY = 65534
ROOT_GROUPS = ("sudo", "wheel", "admin", "root", "docker")
_ABLE_NOT = ("/nologin", "/false", "/sync")


@dataclass(frozen=True, slots=True)
class Person:
    """One account on one node. `since` is when its file of keys was last written: no key in it is
    older on this host than that says, and none newer."""

    name: str
    uid: int
    keys: tuple[str, ...]
    hardware: bool
    roots: tuple[str, ...]
    free: bool
    since: float | None = field(default=None, compare=False)

    @property
    def root(self) -> bool:
        """Return whether it is root, or becomes it."""
        return self.uid == 0 or bool(self.roots)


@dataclass(frozen=True, slots=True)
class Access:
    """One way in, on all nodes that have it alike."""

    person: Person
    nodes: list[str] = field(default_factory=list)


def persons(voice: Voice) -> list[Person] | None:
    """Return who can log in on a node; None where it did not tell."""
    told = voice.object("people")
    people = told.get("people")
    if not isinstance(people, dict):
        return None
    stamps = voice.object("house").get("keys")
    return [
        found
        for name, each in people.items()
        if (found := _person(name, each, told, stamps if isinstance(stamps, dict) else {}))
    ]


def _person(
    name: str, each: Mapping[str, Any], told: Mapping[str, Any], stamps: Mapping[str, Any]
) -> Person | None:
    shell, uid = str(each.get("shell", "")), int(each.get("uid", NOBODY))
    keys = tuple(str(key[1]) for key in each.get("keys", ()))
    if shell.endswith(_ABLE_NOT) or (not keys and uid < FIRST_PERSON and uid != 0):
        return None
    if uid == NOBODY:
        return None
    groups = told.get("groups") or {}
    roots = [group for group in ROOT_GROUPS if name in (groups.get(group) or ())]
    rules = list(_rules(told.get("sudoers") or {}, name, roots))
    home = "/root" if uid == 0 else f"/home/{name}"
    stamp = stamps.get(f"{home}/.ssh/authorized_keys")
    return Person(
        name=name,
        uid=uid,
        keys=keys,
        hardware=bool(keys) and all(str(key[0]).startswith("sk-") for key in each["keys"]),
        roots=tuple(dict.fromkeys([*roots, *(path for path, _ in rules)])),
        free=any(free for _, free in rules),
        since=float(stamp[0]) if isinstance(stamp, list) and stamp else None,
    )


def _rules(
    sudoers: Mapping[str, Any], name: str, groups: Sequence[str]
) -> Iterator[tuple[str, bool]]:
    mine = {name, *(f"%{group}" for group in groups)}
    for path, rules in sudoers.items():
        for rule in rules or ():
            if isinstance(rule, list) and len(rule) == 2 and rule[0] in mine:
                yield path, rule[1] is True


def access_list(facts: Facts) -> list[Access]:
    """Return every way in, folded over the nodes that have it alike: the access review's rows."""
    found: dict[Person, Access] = {}
    for node, voice in facts.voices.items():
        for person in persons(voice) or ():
            found.setdefault(person, Access(person)).nodes.append(node)
    return sorted(found.values(), key=lambda each: (each.person.uid, each.person.name))


def unread(facts: Facts) -> dict[str, str]:
    """Return nodes that did not tell who can get in, and why."""
    quiet = {node: voice.why("people") or "it did not tell" for node, voice in facts.voices.items()
             if persons(voice) is None}  # fmt: skip
    return {**dict(facts.silent), **quiet}


def declared(ground: Ground, voice: Voice) -> Said:
    """Return whether all who can get in on a node are declared, with the keys that they have."""
    there = persons(voice)
    if there is None:
        return "unknown", f"people: {voice.why('people')}"
    wrong = [why for person in there if (why := _undeclared(ground.people, person))]
    if wrong:
        return "fail", "; ".join(wrong[:4])
    return "pass", f"{len(there)} accounts, all declared"


def _undeclared(people: Mapping[str, frozenset[str] | None], person: Person) -> str:
    if person.uid == 0 and not person.keys and person.name == "root":
        return ""
    if person.name not in people:
        rights = ", can be root" if person.root else ""
        return f"{person.name} is nobody that is declared ({len(person.keys)} keys{rights})"
    known = people[person.name]
    strange = [key for key in person.keys if known is not None and key not in known]
    return f"{person.name} has a key that is not declared: {strange[0]}" if strange else ""


def identities(facts: Facts, voice: Voice) -> Said:
    """Return whether persons are told apart: one number a name, the same everywhere, no key of
    two."""
    there = persons(voice)
    if there is None:
        return "unknown", f"people: {voice.why('people')}"
    wrong = [*_twice(there), *_elsewhere(facts, voice.node, there)]
    return ("fail", "; ".join(wrong[:4])) if wrong else ("pass", f"{len(there)} told apart")


def _twice(there: Sequence[Person]) -> Iterator[str]:
    by_uid: dict[int, str] = {}
    by_key: dict[str, str] = {}
    for person in there:
        other = by_uid.setdefault(person.uid, person.name)
        if other != person.name:
            yield f"{other} and {person.name} are both {person.uid}"
        for key in person.keys:
            owner = by_key.setdefault(key, person.name)
            if owner != person.name:
                yield f"{owner} and {person.name} come in by one key"


def _elsewhere(facts: Facts, node: str, there: Sequence[Person]) -> Iterator[str]:
    mine = {person.name: person.uid for person in there if person.uid >= FIRST_PERSON}
    for other, voice in facts.voices.items():
        if other >= node:
            continue
        for person in persons(voice) or ():
            if person.name in mine and person.uid not in (mine[person.name], 0):
                yield f"{person.name} is {mine[person.name]} here and {person.uid} on {other}"
