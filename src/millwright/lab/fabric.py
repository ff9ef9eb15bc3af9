"""The lab's InfiniBand: ibsim on the head node with the designed links, a subnet manager, and the
real tools of every host talking to it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from millwright.errors import MillwrightError
from millwright.lab import host
from millwright.lab.home import Home
from millwright.lab.plan import LabHost, LabPlan

TOOLS = (
    "ibhosts",
    "iblinkinfo",
    "ibnetdiscover",
    "ibnodes",
    "ibqueryerrors",
    "ibroute",
    "ibswitches",
    "ibtracert",
    "perfquery",
    "saquery",
    "sminfo",
    "smpquery",
)
"""Tools of the real packages that see the simulated fabric on every host of the lab."""

CONSOLE = "/run/lab-fabric.console"
CABLING = "/var/lib/millwright-lab/cabling"
"""What the simulator is told at each start: the faults of cables that there are."""

NETWORK = "etc/millwright-lab/fabric.net"

SIMULATOR = f"""\
[Unit]
Description=The lab's simulated InfiniBand fabric
After=network.target
[Service]
ExecStartPre=/bin/sh -c 'rm -f {CONSOLE} && mkfifo -m 600 {CONSOLE}'
ExecStart=/bin/sh -c 'exec /usr/bin/ibsim -r -s /etc/millwright-lab/fabric.net <>{CONSOLE}'
ExecStartPost=/bin/sh -c 'sleep 0.5; [ ! -s {CABLING} ] || cat {CABLING} > {CONSOLE}'
StandardOutput=file:/var/log/lab-fabric.log
StandardError=inherit
Restart=on-failure
[Install]
WantedBy=multi-user.target
"""

MANAGER = """\
[Unit]
Description=Subnet manager of the lab's simulated fabric
After=lab-fabric.service
Requires=lab-fabric.service
[Service]
Environment=IBSIM_SERVER_NAME=127.0.0.1 LD_PRELOAD={preload}
Environment="SIM_HOST={adapter}"
ExecStart=/usr/sbin/opensm -f /var/log/opensm.log
Restart=on-failure
RestartSec=2
[Install]
WantedBy=multi-user.target
"""

PRELOAD = "/usr/lib/x86_64-linux-gnu/umad2sim/libumad2sim.so"

WRAPPER = """\
#!/bin/sh
# The real tool, over the lab's simulated fabric.
export IBSIM_SERVER_NAME={server} SIM_HOST="${{SIM_HOST:-{adapter}}}" LD_PRELOAD={preload}
exec /usr/sbin/{tool} "$@"
"""


def adapters(network: Iterable[str]) -> list[str]:
    """Return the channel adapters of a network file, in its order."""
    heads = (re.match(r'Hca \d+ "([^"]+)"', line) for line in network)
    return [head[1] for head in heads if head]


def head_of(plan: LabPlan) -> LabHost:
    """Return the host that runs the fabric. Raises MillwrightError where the lab has none."""
    for each in plan.hosts:
        if each.role == "management":
            return each
    raise MillwrightError("the lab has no management host, and so no fabric runs")


def lay(tree: Path, plan: LabPlan, each: LabHost, network: list[str]) -> None:
    """Write into a host's layer what it needs of the fabric."""
    known = adapters(network)
    if not known:
        return
    head = head_of(plan)
    if each.name == head.name:
        texts = {
            NETWORK: "".join(f"{line}\n" for line in network),
            "etc/systemd/system/lab-fabric.service": SIMULATOR,
            "etc/systemd/system/lab-subnet-manager.service": MANAGER.format(
                adapter=known[0], preload=PRELOAD
            ),
        }
        for name, text in texts.items():
            _put(tree / name, text)
        for unit in ("lab-fabric.service", "lab-subnet-manager.service"):
            _enable(tree, unit)
    own = [adapter for adapter in known if adapter.split()[0] == each.name]
    if own or each.name == head.name:
        for tool in TOOLS:
            text = WRAPPER.format(
                server=head.inband, adapter=(own or known)[0], preload=PRELOAD, tool=tool
            )
            _put(tree / "usr/local/sbin" / tool, text, 0o755)


def extend(plan: LabPlan, network: list[str]) -> bool:
    """Have the fabric that runs hold the links of hosts that came since; return whether it did.

    Only a start of the simulator brings it new adapters; a real fabric needs none.
    """
    if not adapters(network):
        return False
    head, text = head_of(plan), "".join(f"{line}\n" for line in network)
    if host.inside(plan, head.name, ["cat", f"/{NETWORK}"]).stdout == text:
        return False
    host.inside(plan, head.name, ["tee", f"/{NETWORK}"], given=text)
    units = ["lab-fabric.service", "lab-subnet-manager.service"]
    host.inside(plan, head.name, ["systemctl", "restart", *units])
    return True


def _put(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def _enable(tree: Path, unit: str) -> None:
    link = tree / "etc/systemd/system/multi-user.target.wants" / unit
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(f"/etc/systemd/system/{unit}")


def peers(home: Home, plan: LabPlan) -> dict[str, str]:
    """Return what each channel adapter is cabled to by design, as the simulator writes it.

    Raises MillwrightError where the lab has no such fabric.
    """
    try:
        text = (home.host(head_of(plan).name) / "upper" / NETWORK).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MillwrightError("the lab has no InfiniBand fabric") from None
    return dict(re.findall(r'^Hca \d+ "([^"]+)"\n\[1\] (.+)$', text, re.M))


def say(plan: LabPlan, *commands: str) -> None:
    """Give commands to the simulator's console. Raises MillwrightError where nobody listens."""
    given = "".join(f"{command}\n" for command in commands)
    words = ["timeout", "3", "dd", f"of={CONSOLE}", "status=none", "conv=nocreat,notrunc"]
    done = host.inside(plan, head_of(plan).name, words, given=given)
    if done.returncode:
        raise MillwrightError(
            "the simulated fabric does not listen",
            hint="millwright lab shell head-1 -- systemctl status lab-fabric",
        )
