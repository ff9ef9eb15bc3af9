"""What a difference is: expected or not, a part that was changed, or a state that nobody chose."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from millwright.model.drift import NOTE, Approval, Declared, Kind
from millwright.model.nodeset import expanded

_HARDWARE = ("gpu.", "adapter.", "serial", "drives")
_FIRMWARE = ("bios", "bmc", "vbios", "adapter-firmware")
_STATES = ("gpu-count", "links-up", "link-rate", "adapter-count", "pcie-width.", "speed.", "disks")
_ACCESS = ("person.", "keys.", "group.", "sudo.", "sshd.")
"""Who may come in is nothing that a run of ours explains by being at work."""


UNAPPROVED = "no approval names it, and no run of ours is at work there"


@dataclass(frozen=True, slots=True)
class Change:
    """One item of one node, with all that it is held against.

    `accepted` says that the record was made in the face of what is declared today; `since` when.
    `log` is what the node's own log tells of the item.
    """

    node: str
    key: str
    heart: str
    question: str
    declared: Declared | None
    recorded: str | None
    accepted: bool
    peers: str | None
    observed: str | None
    since: str = ""
    log: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What is going on: approvals that are open, who works at which node, who touched what last.

    `last` is by host and role; `at` the moment of the look.
    """

    approvals: Sequence[Approval] = ()
    at_work: Mapping[str, str] = field(default_factory=dict)
    last: Mapping[tuple[str, str], str] = field(default_factory=dict)
    at: str = ""

    def who(self, change: Change) -> str:
        """Return what the node's log tells of a change, else the last run of the item's role."""
        role = change.declared.role if change.declared else ""
        return change.log or self.last.get((change.node, role), "")

    def never(self, change: Change) -> bool:
        """Return whether the role that declares an item was never applied on its node."""
        role = change.declared.role if change.declared else ""
        if not role or role.startswith(NOTE) or (change.declared and change.declared.derived):
            return False
        return (change.node, role) not in self.last

    def approval(self, change: Change) -> Approval | None:
        """Return the approval that a change falls under."""
        for each in self.approvals:
            named = fnmatch.fnmatchcase(change.key, each.item)
            if named and change.node in expanded(each.nodes):
                return each
        return None


def judged(change: Change, known: Known) -> tuple[Kind, str]:
    """Return what a change is, and why it is taken for that."""
    if approval := known.approval(change):
        return "approved-change", f"{approval.id}: {approval.why} ({approval.by})"
    busy = known.at_work.get(change.node)
    if busy and not change.key.startswith(_ACCESS):
        return "in-progress", busy
    if _moved_on(change):
        return "in-progress", "the design says otherwise since it was recorded; not applied yet"
    if change.recorded is None and known.never(change):
        return "unknown", "the role that declares it was never applied there"
    return _unexpected(change)


def _moved_on(change: Change) -> bool:
    """Return whether a node is as recorded, and what is declared has changed since."""
    wanted = change.declared
    if wanted is None or wanted.derived or change.accepted:
        return False
    return change.recorded is not None and change.observed == change.recorded


def _unexpected(change: Change) -> tuple[Kind, str]:
    key = change.key
    if key.startswith(_HARDWARE):
        return "hardware-swap", "another part is in its place: it is accepted as a new one is"
    if key in _FIRMWARE:
        return (
            "vendor-default-reset",
            "firmware is of another version: settings may be the vendor's again",
        )
    if key.startswith(_STATES):
        return "unknown", "a state that nobody sets: something failed, or was taken out"
    if change.declared is not None and change.declared.derived:
        return "unauthorised", "it must be of the driver's very version"
    if change.declared is None and change.recorded is None:
        return "unknown", "only peers say what it should be"
    return "unauthorised", UNAPPROVED
