"""The role that opens new ports of closed hosts, before anything that listens there is proven."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network

from millwright.deploy.checks import PROVEN, Check, Judge, Verdict
from millwright.deploy.inputs import Inputs
from millwright.deploy.role import Role, everywhere
from millwright.deploy.sections.ports import OpenPort

NEVER = "never closed"
LOOK = f"""\
if command -v nft >/dev/null; then
  tables=$(nft list tables) || exit 1
elif [ -e /etc/millwright/firewall.nft ]; then
  echo 'it was closed once, and has no nft that tells its rules' >&2
  exit 1
fi
if echo "${{tables-}}" | grep -qx 'table inet millwright'; then
  exec nft --stateless list table inet millwright
fi
echo '{NEVER}'
"""
"""Constant shell text: rules that cannot be read are told apart from those that are not there."""


def _openings(host: str, inputs: Inputs) -> Sequence[Check]:
    return (Check(("sh", "-c", LOOK), opened(inputs.nodes[host].ports)),)


def opened(ports: Sequence[OpenPort]) -> Judge:
    """Return the judge of what a closed host lets in: more than the table is `firewall`'s affair.

    A host without rules of ours lets everything in, and is right so until that role closes it.
    """

    def judge(text: str) -> Verdict:
        lines = {line.strip() for line in text.splitlines()}
        if lines == {NEVER}:
            return PROVEN
        if not lines & {"table inet millwright {"}:
            return Verdict("failed", f"it tells no rules, but {text.strip()[:80]!r}")
        closed = [
            f"{port.protocol}/{port.first} from {source or 'anybody'} ({port.role})"
            for port in ports
            for source in port.sources or ("",)
            if rule_of(port, source) not in lines
        ]
        return Verdict("failed", f"closed: {', '.join(closed)}") if closed else PROVEN

    return judge


def rule_of(port: OpenPort, source: str) -> str:
    """Return what nft tells of a port that is open to a network; to anybody where it is empty."""
    numbers = f"{port.first}" if port.first == port.last else f"{port.first}-{port.last}"
    return f'{_from(source)}{port.protocol} dport {numbers} accept comment "{port.role}"'


def _from(source: str) -> str:
    if not source:
        return ""
    network = ip_network(source)
    single = network.prefixlen == network.max_prefixlen
    family = "ip6" if network.version == 6 else "ip"
    return f"{family} saddr {network.network_address if single else network} "


OPENINGS = Role(
    "openings",
    "image",
    everywhere,
    "new ports of hosts that are closed, before anything listens there",
    ("node.ports",),
    _openings,
    leads=True,
)
