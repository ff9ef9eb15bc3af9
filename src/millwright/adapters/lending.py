"""What gateways are lent for one run, laid on them and taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from millwright.adapters.gatewaykeys import lend
from millwright.adapters.ground import Ground
from millwright.adapters.ssh import SshShell
from millwright.ports import Limits

LONGEST_S = 3600.0

UNPACK = """\
import json, os, sys
os.umask(0o077)
os.mkdir(sys.argv[1])
for name, text in json.load(sys.stdin).items():
    with open(os.path.join(sys.argv[1], name), "w") as file:
        file.write(text)
"""
"""What a gateway runs to take what it is lent; names are ours, and the texts come by stdin."""

TAKE_BACK = """\
pkill -TERM -f -- "$1/"
for turn in 1 2 3 4 5 6 7 8 9 10; do
  pgrep -f -- "$1/" >/dev/null || break
  sleep 0.2
done
rm -rf -- "$1"
"""
"""Constant shell text: ends who still works with a folder, as after an interrupt; removes it."""


@dataclass(frozen=True, slots=True)
class Lent:
    """The gateways that took what they were lent; what is behind simulated ones is simulated."""

    gateways: tuple[str, ...]
    simulated: bool


def lay_on(
    ground: Ground, direct: SshShell, things: tuple[str, Mapping[str, bytes]], limits: Limits
) -> Lent:
    """Lay keys, pinned host keys and more into a folder of every gateway; return who took them.

    Keys hold for as long as the run may last.
    """
    folder, more = things
    tree = ground.reach.tree
    assert tree is not None
    longest = limits.run_s or min(LONGEST_S, limits.command_s + 4 * limits.connect_s)
    lent = {**lend(tree, ground.root, ground.reach.user, longest), **more}
    lent["known_hosts"] = ground.known_hosts.read_bytes()
    packed = json.dumps({name: text.decode() for name, text in lent.items()}).encode()
    known = [name for name in tree.gateways if name in ground.routes]
    words = ["python3", "-Ic", UNPACK, folder]
    took = [a for a in direct.run(known, words, limits, packed) if a.succeeded]
    return Lent(tuple(sorted(a.node for a in took)), any(a.simulated for a in took))


def taken_back(direct: SshShell, gateways: Sequence[str], folder: str) -> None:
    """Remove what was lent, and end who still uses it; from a gateway that has died it goes with
    the keys' own end."""
    list(direct.run(gateways, ["sh", "-c", TAKE_BACK, "sh", folder], Limits()))
