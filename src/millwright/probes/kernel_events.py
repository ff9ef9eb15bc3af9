"""What a kernel log says of broken or strained hardware: a pattern for each kind of message.

Patterns ask for the character that ends a number, so that a line cut inside of one says nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from millwright.probes.kernel_lines import Message

_PCI = r"(?:PCI:)?(?P<device>[0-9a-fA-F]{4,8}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}(?:\.[0-7])?)"
_PROCESS = re.compile(r"pid='?(?P<pid>\d{1,10})'?,(?: name=(?P<name>[^,]*),)?")


@dataclass(frozen=True, slots=True)
class Event:
    """One event, as often as it stands in a row. `code` is that of an Xid or SXid.

    `device` is a PCI address, an interface or a drive, as the message names it. `count` messages
    in a row are the same; `at` and `line` are of the first, `last_at` and `last_line` of the last.
    """

    kind: str
    at: str | None
    line: int
    text: str
    device: str | None = None
    code: int | None = None
    pid: int | None = None
    process: str | None = None
    library: str | None = None
    host: str | None = None
    count: int = 1
    last_at: str | None = None
    last_line: int | None = None


_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("xid", r"NVRM: Xid \(" + _PCI + r"[^)]*\): (?P<code>\d{1,6}),"),
        ("sxid", r"nvidia-nvswitch\d+: SXid \(" + _PCI + r"[^)]*\): (?P<code>\d{1,6}),"),
        ("fallen-off-bus", r"NVRM: .*?GPU " + _PCI + r"\b.*fallen off the bus"),
        ("fallen-off-bus", r"NVRM: .*fallen off the bus"),
        (
            "amdgpu-ras",
            r"amdgpu " + _PCI + r": .*(?:hardware errors detected|RAS event|\bRAS\b.*err)",
        ),
        ("amdgpu-reset", r"amdgpu " + _PCI + r": .*(?:GPU reset|GPU recovery|MODE[12] reset)"),
        ("amdgpu-timeout", r"amdgpu " + _PCI + r": .*\btimeout\b"),
        ("amdgpu-fault", r"amdgpu " + _PCI + r": .*page fault"),
        ("amdgpu-timeout", r"\[drm:amdgpu_job_timedout\b.*timeout"),
        (
            "oom",
            r"(?:Memory cgroup out|Out) of memory: Kill(?:ed)? process (?P<pid>\d{1,10}),?"
            r"(?: UID \d+,)? \((?P<process>[^)]*)\)",
        ),
        ("oom", r"oom_reaper: reaped process (?P<pid>\d{1,10}) \((?P<process>[^)]*)\)"),
        ("oom", r"oom-kill:constraint=(?:.*,task=(?P<process>[^,]*),pid=(?P<pid>\d{1,10}),)?"),
        ("oom", r"(?P<process>\S.*) invoked oom-killer:"),
        (
            "segfault",
            r"(?P<process>\S.*?)\[(?P<pid>\d{1,10})\]: segfault at "
            r"(?:.* in (?P<library>[^\s\[]+)\[)?",
        ),
        (
            "protection-fault",
            r"(?:traps: )?(?P<process>\S.*?)\[(?P<pid>\d{1,10})\] general protection",
        ),
        (
            "hung-task",
            r"INFO: task (?P<process>\S.*):(?P<pid>\d{1,10}) blocked for more than \d+ seconds",
        ),
        (
            "lockup",
            r"(?:NMI )?(?:watchdog: )?(?:BUG: soft|Watchdog detected hard) (?i:lockup)",
        ),
        ("stall", r"rcu: INFO: rcu_\w+ (?:self-)?detected (?:expedited )?stall"),
        (
            "mce",
            r"(?:mce: )?\[Hardware Error\]:|(?:mce: CPU|Kernel panic).*[Mm]achine [Cc]heck",
        ),
        ("edac", r"EDAC .*\b\d+ (?:CE|UE)\b"),
        ("pcie-error", r"pcieport " + _PCI + r": .*(?:AER|DPC): "),
        ("pcie-error", r"\S+ " + _PCI + r": PCIe Bus Error:"),
        ("link-down", r"(?P<device>[\w.@-]+): [Ll]ost carrier\b"),
        ("link-up", r"(?P<device>[\w.@-]+): [Gg]ained carrier\b"),
        ("link-down", r"mlx\d_core [0-9a-f:.]+ (?P<device>[\w.-]+): Link down\b"),
        ("link-up", r"mlx\d_core [0-9a-f:.]+ (?P<device>[\w.-]+): Link up\b"),
        ("cable", r"mlx\d_core " + _PCI + r":.*Port module event.*Cable (?:error|unplugged)"),
        (
            "link-down",
            r"(?:\S+ [0-9a-f:.]+ )?(?P<device>[\w.-]+): (?:\w+: \S+ )?(?:NIC )?Link is Down\b",
        ),
        (
            "link-up",
            r"(?:\S+ [0-9a-f:.]+ )?(?P<device>[\w.-]+): (?:\w+: \S+ )?(?:NIC )?Link is Up\b",
        ),
        (
            "link-down",
            r"\w+: .*slave (?P<device>[\w.-]+)\)?:? link status defin",
        ),
        ("link-down", r"(?P<device>ib[\w.-]*): link down\b"),
        ("nvme-disabled", r"nvme (?P<device>nvme\d+): Disabling device after reset failure"),
        ("nvme-no-path", r"block (?P<device>nvme\w+): no available path - failing I/O"),
        ("nvme", r"nvme (?P<device>nvme\d+): .*(?:timeout|is down|not ready|Removing|reset)"),
        ("nvme", r"nvme\d+n\d+: .*I/O .*error|blk_update_request: .* dev (?P<device>nvme\w+),"),
        ("io-error", r"(?:blk_update_request: |Buffer )?I/O error[ ,].*dev (?P<device>\w+),"),
        (
            "thermal",
            r"(?:mce: )?CPU\d+: (?:Core|Package) temperature.* (?:above threshold|throttled)",
        ),
        ("thermal", r"thermal thermal_zone\d+: .*critical temperature"),
        ("thermal", r"mlx\d_core " + _PCI + r":.*(?:[Tt]emperature|High temp)"),
        ("nic-command", r"mlx\d_core " + _PCI + r":.*timeout\. Will cause a leak of a command"),
        ("nic-health", r"mlx\d_core " + _PCI + r":.*health compromised - reached miss count"),
        ("nic-unrecoverable", r"mlx\d_core " + _PCI + r":.*unrecoverable hardware error"),
        ("slot-power", r"mlx\d_core " + _PCI + r":.*insufficient power on the PCIe slot"),
        ("queue-stuck", r"NETDEV WATCHDOG: (?P<device>[\w.-]+)[ :(]"),
        ("panic", r"Kernel panic - not syncing"),
        ("file-max", r"VFS: file-max limit \d+ reached"),
        ("read-only", r"[^(]{1,60}\((?P<device>[\w.-]+)\): Remounting filesystem read-only"),
        ("md-disk", r"md/raid[^:]{0,20}:(?P<device>\w+): Disk failure on "),
        ("peermem", r"nvidia[_-]peermem .*invalid context"),
    )
)
_HINTS = re.compile(
    r"Xid|fallen|amdgpu|oom|out of memory|Out of memory|segfault|protection|blocked for|lockup|"
    r"LOCKUP|stall|Hardware Error|mce|EDAC|AER|DPC|Bus Error|carrier|[Ll]ink |Cable|nvme|I/O error|"
    r"temperature|temp|achine|Kernel panic|file-max|read-only|no available path|Disk failure|"
    r"command|health|unrecoverable|WATCHDOG|insufficient|peermem"
)
"""Words of which every pattern has one: most lines of a log have none, and are passed by."""


def event_of(message: Message) -> Event | None:
    """Return the event that a message tells; None for the talk of healthy hardware."""
    text = message.text
    if not _HINTS.search(text):
        return None
    for kind, pattern in _PATTERNS:
        if found := pattern.match(text):
            return _event(kind, message, found)
    return None


def _event(kind: str, message: Message, found: re.Match[str]) -> Event:
    told = found.groupdict()
    pid, process = told.get("pid"), told.get("process")
    if kind == "xid" and (named := _PROCESS.search(message.text)):
        pid, process = named["pid"], named["name"]
    return Event(
        kind=kind,
        at=message.at,
        line=message.line,
        text=message.text,
        device=told.get("device"),
        code=int(told["code"]) if told.get("code") else None,
        pid=int(pid) if pid else None,
        process=process,
        library=told.get("library"),
        host=message.host,
        count=message.times,
    )
