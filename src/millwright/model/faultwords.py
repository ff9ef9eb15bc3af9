"""The words for what is done about a fault: ours, and what those of others come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

Action = Literal[
    "none", "watch", "collect", "check-job", "restart-job", "restart-service", "restart-vm",
    "drain", "drain-p2p", "reset-gpu", "reset-bus", "reset-fabric", "recover-imex", "reboot",
    "power-cycle", "diagnose", "validate", "update", "check-mechanics", "inspect", "replace",
    "contact-vendor", "follow-driver", "follow-other", "workflow", "unknown",
]  # fmt: skip
"""`workflow`: the authority names a procedure instead of an action; `follow-driver`: what the
driver itself asks for; `follow-other`: what another fault of the same moment asks for."""

ACTIONS: Sequence[Action] = get_args(Action)

WORDS: Mapping[str, Action] = {
    "IGNORE": "none",
    "RESTART_APP": "restart-job",
    "RESET_GPU": "reset-gpu",
    "RESTART_BM": "reboot",
    "RESTART_VM": "restart-vm",
    "CONTACT_SUPPORT": "contact-vendor",
    "CHECK_MECHANICALS": "check-mechanics",
    "UPDATE_SWFW": "update",
    "CHECK_UVM": "workflow",
    "XID_154": "follow-driver",
    "WORKFLOW_XID_45": "workflow",
    "WORKFLOW_XID_48": "workflow",
    "WORKFLOW_NVLINK_ERR": "workflow",
    "WORKFLOW_NVLINK5_ERR": "workflow",
    "CHECK_APP": "check-job",
    "REBOOT": "reboot",
    "HW_INSPECT": "inspect",
    "DRAIN": "drain",
    "WATCH": "watch",
    "RMA": "replace",
    "RESET_ALL": "reset-fabric",
    "NONE": "none",
}
"""Words of NVIDIA's table, of gpud and of others."""


def meaning_of(word: str) -> Action | None:
    """Return what an authority's word comes to, or None for a stranger; ours mean themselves."""
    if word in ACTIONS:
        return cast(Action, word)
    return WORDS.get(word)


MENDS: Sequence[Action] = (
    "power-cycle", "reboot", "reset-fabric", "recover-imex", "reset-bus", "reset-gpu",
    "restart-vm", "drain-p2p", "restart-service", "restart-job", "update",
)  # fmt: skip
"""Actions that may mend a fault without hands, the strongest first."""

REBOOTS: frozenset[Action] = frozenset(("reboot", "power-cycle"))

CHAINS: Mapping[Action, Sequence[Action]] = {
    "none": ("watch",),
    "watch": ("watch",),
    "check-job": ("check-job", "watch"),
    "restart-job": ("collect", "restart-job", "watch"),
    "restart-service": ("collect", "restart-service", "validate"),
    "restart-vm": ("collect", "drain", "restart-vm", "validate"),
    "drain": ("collect", "drain", "diagnose"),
    "drain-p2p": ("collect", "drain-p2p", "diagnose"),
    "reset-gpu": ("collect", "drain", "reset-gpu", "validate"),
    "reset-bus": ("collect", "drain", "reset-bus", "validate"),
    "reset-fabric": ("collect", "drain", "reset-fabric", "validate"),
    "recover-imex": ("collect", "drain", "recover-imex", "validate"),
    "reboot": ("collect", "drain", "reboot", "validate"),
    "power-cycle": ("collect", "drain", "power-cycle", "validate"),
    "update": ("collect", "drain", "update", "validate"),
    "check-mechanics": ("collect", "drain", "check-mechanics", "validate"),
    "inspect": ("collect", "drain", "inspect", "validate"),
    "replace": ("collect", "drain", "replace", "validate"),
    "contact-vendor": ("collect", "drain", "contact-vendor"),
    "follow-other": ("follow-other", "watch"),
    "follow-driver": ("collect", "drain", "follow-driver", "validate"),
    "diagnose": ("collect", "drain", "diagnose"),
}
"""The steps around an action: evidence first, then nobody's job at risk, and proof at the end."""


def chain_of(action: Action) -> tuple[Action, ...]:
    """Return the steps around an action; what is not known ends with a person who looks."""
    return tuple(CHAINS.get(action, ("collect", "inspect")))


@dataclass(frozen=True, slots=True)
class Recovery:
    """A value of the driver's recovery action (Xid 154, DCGM field 1523)."""

    number: int
    name: str
    does: Action


RECOVERIES: Mapping[int, Recovery] = {
    each.number: each
    for each in (
        Recovery(0, "NONE", "none"),
        Recovery(1, "GPU_RESET", "reset-gpu"),
        Recovery(2, "NODE_REBOOT", "reboot"),
        Recovery(3, "DRAIN_P2P", "drain-p2p"),
        Recovery(4, "DRAIN_AND_RESET", "reset-gpu"),
        Recovery(5, "RECOVER_IMEX_DOMAIN", "recover-imex"),
        Recovery(6, "BUS_RESET", "reset-bus"),
        Recovery(7, "SYSTEM_REBOOT", "reboot"),
    )
}
"""NVML's nvmlGpuRecoveryAction_t; a driver may know more of them than we do."""
