"""What the scheduler's files say, key by key: what the design knows, and the catalogue's settings.

Each key carries the releases that know it: who renders it leaves out or refuses what its Slurm does
not know, since one such key stops every daemon.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from millwright.deploy.undeployable import Undeployable
from millwright.model.base import Frozen
from millwright.model.catalog import Catalog
from millwright.model.scheduler import SettingsFile, SlurmKeys, SlurmSetting

FIRST, LAST = "00.00", "99.99"
"""Bounds of a range of releases that has none."""
PACKAGED = {"debian-12": "22.05", "debian-13": "24.11"}
"""The release of Slurm in the packages of a distribution."""
SECRETS = frozenset({"accountingstoragepass", "jobcomppass", "storagepass"})


class Setting(Frozen):
    """One line of one file.

    The value is for the releases from `since` to `until`; the key is known to those from
    `known_since` to `known_until`.
    """

    file: SettingsFile
    key: str
    value: str
    since: str = FIRST
    until: str = LAST
    known_since: str
    known_until: str
    restart: bool
    source: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """A key that the design decides, and nobody else; `since` and `until` bound its value."""

    key: str
    value: str
    file: SettingsFile = "slurm.conf"
    since: str = FIRST
    until: str = LAST


def settings(
    fixed: Sequence[Fixed], catalog: Catalog, *, simulated: bool, packaged: str | None = None
) -> tuple[Setting, ...]:
    """Return every line of every file, what the design decides first.

    `packaged` is the release of Slurm that the hosts' packages bring, where that is known.

    Raises Undeployable for a key that is in no table, that is the design's, that is a secret, that
    is set twice, or that this release does not know.
    """
    table = {
        (group.file, key.lower()): (key, group)
        for group in catalog.slurm_keys.values()
        for key in group.keys
    }
    mine = [_designed(each, table) for each in fixed]
    own = {(each.file, each.key.lower()) for each in fixed}
    other = "real" if simulated else "simulated"
    others = [
        _checked(each, table, own) for each in catalog.slurm_settings.values() if each.only != other
    ]
    found = (*mine, *others)
    _refuse_twice(found)
    if packaged is not None:
        _refuse_unknown(found, packaged)
    return found


Table = Mapping[tuple[SettingsFile, str], tuple[str, SlurmKeys]]


def _designed(fixed: Fixed, table: Table) -> Setting:
    known = table.get((fixed.file, fixed.key.lower()))
    if known is None:
        raise Undeployable(
            f"the catalogue's slurm_keys lack {fixed.key} of {fixed.file}, which the design sets",
            hint="an entry of catalog/*.yaml has taken its place: list the key there too",
        )
    key, group = known
    return Setting(
        file=fixed.file,
        key=key,
        value=fixed.value,
        since=fixed.since,
        until=fixed.until,
        known_since=group.since,
        known_until=group.until or LAST,
        restart=group.read == "restart",
        source="design",
    )


def _checked(asked: SlurmSetting, table: Table, own: set[tuple[SettingsFile, str]]) -> Setting:
    place = (asked.file, asked.key.lower())
    if asked.key.lower() in SECRETS:
        raise Undeployable(f"slurm_settings {asked.name}: {asked.key} is a secret, and no setting")
    if place in own:
        raise Undeployable(
            f"slurm_settings {asked.name}: {asked.key} of {asked.file} is decided by the design",
            hint="take it out of catalog/*.yaml",
        )
    if place not in table:
        raise Undeployable(
            f"slurm_settings {asked.name}: {asked.file} has no key {asked.key} that is known here",
            hint=_similar(asked, table),
        )
    key, group = table[place]
    return Setting(
        file=asked.file,
        key=key,
        value=asked.value.value,
        since=asked.since or FIRST,
        until=asked.until or LAST,
        known_since=group.since,
        known_until=group.until or LAST,
        restart=group.read == "restart",
        source=asked.value.source,
    )


def _similar(asked: SlurmSetting, table: Table) -> str:
    names = {low: key for (file, low), (key, _) in table.items() if file == asked.file}
    near = get_close_matches(asked.key.lower(), names, n=1)
    meant = f"did you mean {names[near[0]]}? " if near else ""
    return f"{meant}a key that Slurm knows is added under `slurm_keys` in catalog/*.yaml"


def _refuse_twice(found: Sequence[Setting]) -> None:
    for number, each in enumerate(found):
        for other in found[:number]:
            same = (other.file, other.key) == (each.file, each.key)
            if same and other.since <= each.until and each.since <= other.until:
                raise Undeployable(
                    f"slurm_settings set {each.key} of {each.file} twice: "
                    f"{other.value} and {each.value}",
                    hint="give the second one the name of the first, which it then replaces",
                )


def _refuse_unknown(found: Sequence[Setting], release: str) -> None:
    for told in unknown(found, release):
        raise Undeployable(told, hint="take it out of catalog/*.yaml, or deploy another release")


def unknown(found: Sequence[Setting], release: str) -> Iterator[str]:
    """Yield what a release of Slurm does not know of the lines that are meant for it."""
    for each in found:
        if not each.since <= release <= each.until:
            continue
        if release < each.known_since:
            yield f"Slurm {release} does not know {each.key}: it came with {each.known_since}"
        elif release > each.known_until:
            yield f"Slurm {release} does not know {each.key}: {each.known_until} was its last"
