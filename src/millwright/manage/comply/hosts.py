"""What hosts themselves show: logins, disks, audit, clocks, integrity, updates.

Each judge reads one node. What it was not told is unknown; what a container cannot show is too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from millwright.manage.assess.voice import Voice
from millwright.manage.comply.ground import Said
from millwright.probes.lsblk import Device, Devices

DAY_S = 86_400
MOST_OFFSET_S = 0.001
"""Records of several hosts can be put in order within a millisecond."""
LOG_DAYS = 183
LISTS_DAYS = 3
"""Package lists older than this say nothing of what was published since."""
INTEGRITY_DAYS = 8
_CLOSED = {
    "permitrootlogin": ("no", "prohibit-password", "without-password", "forced-commands-only"),
    "passwordauthentication": ("no",),
    "permitemptypasswords": ("no",),
    "kbdinteractiveauthentication": ("no",),
    "hostbasedauthentication": ("no",),
}
_TMOUT = re.compile(r"TMOUT\s*=\s*(\d{1,6})")
_BOOT = ("/boot", "/boot/efi", "/efi")
_KEPT = ("ext2", "ext3", "ext4", "xfs", "btrfs", "zfs_member")


def _sshd(voice: Voice) -> dict[str, str]:
    lines = (voice.text("sshd") or "").splitlines()
    return {key.lower(): value.strip() for key, _, value in (line.partition(" ") for line in lines)}


def keys_only(voice: Voice) -> Said:
    """Return whether logins over SSH take keys alone."""
    told = _sshd(voice)
    if not told:
        return "unknown", f"sshd -T: {voice.why('sshd')}"
    wrong = [f"{key} {told[key]}" for key, right in _CLOSED.items()
             if key in told and told[key].lower() not in right]  # fmt: skip
    return ("fail", ", ".join(wrong)) if wrong else ("pass", "keys alone")


def two_factors(voice: Voice) -> Said:
    """Return whether every way in asks for two things, or every key sits in hardware."""
    told, people = _sshd(voice), voice.object("people").get("people")
    if not told or not isinstance(people, dict):
        return "unknown", f"sshd -T: {voice.why('sshd') or voice.why('people')}"
    ways = told.get("authenticationmethods", "any").split()
    if ways and all("," in way for way in ways):
        return "pass", f"AuthenticationMethods {' '.join(ways)}"
    soft = [name for name, each in people.items()
            if any(not str(key[0]).startswith("sk-") for key in each.get("keys", ()))]  # fmt: skip
    if soft:
        return "fail", f"one key is enough for {', '.join(sorted(soft)[:5])}"
    return "unknown", "no key of any account was seen, and one factor would be enough"


def idle_ends(voice: Voice) -> Said:
    """Return whether shells end after some time without a word: a TMOUT for all of them."""
    house = voice.object("house")
    if not house:
        return "unknown", f"house: {voice.why('house')}"
    lines = [line for part in ("tmout", "tmout_profile", "bashrc")
             for own in dict(house.get(part) or {}).values() for line in own]  # fmt: skip
    seconds = [int(found[1]) for line in lines if (found := _TMOUT.search(line))]
    if any(0 < each <= 3600 for each in seconds):
        return "pass", f"TMOUT {max(seconds)} s"
    return "fail", "no TMOUT ends an idle shell; dead connections alone end"


def logins_told(voice: Voice) -> Said:
    """Return whether the SSH server tells of logins, and something writes it down."""
    told = _sshd(voice)
    if not told:
        return "unknown", f"sshd -T: {voice.why('sshd')}"
    level = told.get("loglevel", "INFO").upper()
    if level in ("QUIET", "FATAL", "ERROR"):
        return "fail", f"LogLevel {level}"
    states = _units(voice)
    if states is None:
        return "unknown", f"units: {voice.why('units')}"
    kept = [name for name in ("rsyslog.service", "systemd-journald.service", "syslog-ng.service")
            if states.get(name) == "active"]  # fmt: skip
    return ("pass", f"LogLevel {level}, {kept[0]}") if kept else ("fail", "nothing keeps the log")


def _units(voice: Voice) -> dict[str, str] | None:
    text = voice.text("units")
    if text is None:
        return None
    states: dict[str, str] = {}
    for block in re.split(r"\n\s*\n", text):
        lines = (line.partition("=") for line in block.splitlines())
        told = {key: value for key, _, value in lines}
        if "Id" in told:
            states[told["Id"]] = told.get("ActiveState", "")
    return states


def _contained(voice: Voice) -> bool:
    return bool(voice.object("clock").get("container"))


def disks_encrypted(voice: Voice) -> Said:
    """Return whether each file system of the host lies on an encrypted device.

    Self-encrypting drives do not show here; what starts the machine is left out.
    """
    if _contained(voice):
        return "unknown", "a container does not show what its files lie on"
    facts: Devices | None = voice.facts("lsblk")
    if facts is None or not facts.devices:
        return "unknown", f"lsblk: {voice.why('lsblk')}"
    by = {device.name: device for device in facts.devices}
    bare = sorted({place for device in facts.devices if not _crypt(device, by)
                   for place in device.mount_points if _holds_data(device, place)})  # fmt: skip
    if bare:
        return "fail", f"not encrypted: {', '.join(bare[:6])}"
    held = [place for device in facts.devices for place in device.mount_points]
    return ("pass", "LUKS") if held else ("unknown", "no file system on a disk was seen")


def _crypt(device: Device, by: Mapping[str, Device]) -> bool:
    seen: set[str] = set()
    at: Device | None = device
    while at is not None and at.name not in seen:
        if at.type == "crypt":
            return True
        seen.add(at.name)
        at = by.get(at.parent) if at.parent else None
    return False


def _holds_data(device: Device, place: str) -> bool:
    if place in _BOOT or place == "[SWAP]" or device.type in ("rom", "loop"):
        return False
    return device.file_system is None or device.file_system in _KEPT


def fips_mode(voice: Voice) -> Said:
    """Return whether the kernel runs in its approved mode: a ground for a claim, and not one."""
    sysctl = voice.object("sysctl")
    if not sysctl:
        return "unknown", f"sysctl: {voice.why('sysctl')}"
    value = sysctl.get("crypto.fips_enabled")
    if value == "1":
        return "pass", "crypto.fips_enabled = 1"
    return "fail", "the kernel is not in an approved mode (crypto.fips_enabled)"


def audited(voice: Voice) -> Said:
    """Return whether the audit daemon runs with rules that hold."""
    if _contained(voice) and voice.text("audit-status") is None:
        return "unknown", "a container has no audit of its own"
    states = _units(voice)
    if states is None:
        return "unknown", f"units: {voice.why('units')}"
    if states.get("auditd.service") != "active":
        return "fail", "auditd does not run"
    rules = voice.text("audit-rules")
    if rules is None:
        return "unknown", f"auditctl -l: {voice.why('audit-rules')}"
    count = sum(line.startswith("-") for line in rules.splitlines())
    return ("pass", f"{count} rules") if count else ("fail", "auditd runs without a rule")


def clock_right(voice: Voice) -> Said:
    """Return whether the clock follows a source, and by how much it is off."""
    text = voice.text("chronyc")
    if text is None:
        return "unknown", f"chronyc: {voice.why('chronyc')}"
    cells = text.strip().split(",")
    try:
        offset_s, leap = abs(float(cells[4])), cells[13].strip()
    except (IndexError, ValueError):
        return "unknown", "chronyc gave no tracking report"
    if leap == "Not synchronised" or cells[0] == "00000000":
        return "fail", "the clock follows nobody"
    told = f"{offset_s * 1000:.3f} ms off"
    return ("pass", told) if offset_s < MOST_OFFSET_S else ("fail", told)


def logs_reach_back(voice: Voice) -> Said:
    """Return whether logs of half a year are there; a younger host cannot show them yet."""
    house = voice.object("house")
    now, oldest, born = (house.get(key) for key in ("now", "oldest_log", "born"))
    if not isinstance(now, (int, float)):
        return "unknown", f"house: {voice.why('house')}"
    if not isinstance(oldest, (int, float)):
        return "fail", "there is no log in /var/log"
    days = (now - oldest) / DAY_S
    if days >= LOG_DAYS:
        return "pass", f"{days:.0f} days"
    if isinstance(born, (int, float)) and (now - born) / DAY_S < LOG_DAYS:
        return "unknown", f"the host is younger than {LOG_DAYS} days: {days:.0f} are there"
    return "fail", f"the oldest log was written {days:.0f} days ago"


def integrity_watched(voice: Voice) -> Said:
    """Return whether files were compared with what they were, within the last days."""
    house = voice.object("house")
    if not house:
        return "unknown", f"house: {voice.why('house')}"
    found = house.get("integrity") or {}
    if not any("aide.db" in path or "fim" in path or "tripwire" in path for path in found):
        return "fail", "nothing knows what the files were: no AIDE data base, and no like of it"
    told = found.get("/var/log/aide/aide.log")
    if not told:
        return "unknown", "a data base is there; when files were last compared does not show"
    days = (float(house.get("now", 0)) - float(told[0])) / DAY_S
    return ("pass" if days <= INTEGRITY_DAYS else "fail"), f"compared {days:.1f} days ago"


def holes_closed(voice: Voice) -> Said:
    """Return whether updates of security wait, by lists that are fresh enough to say so."""
    told = voice.object("pending")
    waiting, age = told.get("security"), told.get("lists_age_s")
    if not isinstance(waiting, list):
        return "unknown", f"apt: {voice.why('pending') or 'it did not tell'}"
    names = ", ".join(sorted(str(each[0]) for each in waiting if each)[:4])
    if waiting:
        return "fail", f"{len(waiting)} wait: {names}"
    if not isinstance(age, (int, float)) or age > LISTS_DAYS * DAY_S:
        since = f"{age / DAY_S:.0f} days old" if isinstance(age, (int, float)) else "not there"
        return "unknown", f"none waits by package lists that are {since}"
    return "pass", f"none waits, by lists {age / 3600:.0f} h old"


def machine_known(voice: Voice) -> Said:
    """Return whether a node tells a serial number that can be held against papers."""
    serials = list(_serials(voice))
    if serials:
        return "pass", f"serial {serials[0]}"
    return "unknown", "it tells no serial number"


def _serials(voice: Voice) -> Iterator[str]:
    firmware = voice.facts("dmidecode")
    for each in (getattr(firmware, "serial", None), voice.file("kernel", _SERIAL)):
        if each and each.strip().lower() not in _EMPTY:
            yield each.strip()


_SERIAL = "/sys/class/dmi/id/product_serial"
_EMPTY = frozenset({"", "none", "not specified", "default string", "to be filled by o.e.m.", "0"})
