"""The role that closes hosts beyond their ports, each of its settings proven by what is in force.

The SSH server is asked for what it would do, files for their mode and content, modprobe for what it
would not load.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from millwright.deploy.checks import PROVEN, Check, Verdict, excused
from millwright.deploy.inputs import Inputs
from millwright.deploy.role import Role, everywhere
from millwright.deploy.sections.hardening import Closed

QUESTION = """\
import json, os, subprocess, sys
def said(*words):
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=20)
    except OSError:
        return []
    return done.stdout.splitlines() if done.returncode == 0 else []
def lines(path):
    try:
        return open(path).read().splitlines()
    except OSError:
        return []
ssh = dict(line.split(" ", 1) for line in said("sshd", "-T") if " " in line)
logins = dict(line.split(None, 1) for line in lines("/etc/login.defs")
              if len(line.split(None, 1)) == 2 and not line.startswith("#"))
refused = {line.split()[1].replace("_", "-") for line in said("modprobe", "--showconfig")
           if line.startswith("install ") and line.split()[-1] == "/bin/false"}
limits = [line.split() for line in lines("/etc/security/limits.d/95-millwright-hardening.conf")]
watched = lines("/etc/audit/rules.d/50-millwright.rules")
def mode(path):
    try:
        return "%04o" % (os.stat(path).st_mode & 0o7777)
    except OSError:
        return "not there"
ask = {
    "sshd": lambda key: ssh.get(key.lower(), "").strip(),
    "login": lambda key: logins.get(key, "").strip(),
    "module": lambda key: "" if key in refused else "may be loaded",
    "mode": mode,
    "limit": lambda key: next((w[3] for w in limits if w[:3] == ["*", "hard", key]), ""),
    "text": lambda key: "\\n".join(lines(key)),
    "audit": lambda key: next((w for w in watched if w.endswith("-k " + key)), ""),
}
found = {}
for word in sys.argv[1:]:
    kind, _, key = word.partition(" ")
    found[word] = ask[kind](key)
try:
    noted = open("/var/lib/millwright/not-testable/hardening.json").read()
except OSError:
    noted = ""
auditd = said("systemctl", "is-active", "auditd")
timer = said("systemctl", "is-active", "millwright-integrity.timer") == ["active"]
kept = os.path.exists("/var/lib/millwright/integrity/files.db")
told = {"found": found, "noted": noted, "auditd": auditd, "integrity": timer and kept}
json.dump(told, sys.stdout)
"""
"""What a host is asked; it is given kinds and keys, and writes nothing."""

SAME = {"prohibit-password": "without-password"}
"""What the SSH server calls by an older name."""


def _checks(host: str, inputs: Inputs) -> Sequence[Check]:
    settings = inputs.nodes[host].closed
    words = tuple(f"{each.kind} {each.key}" for each in settings)
    return (Check(("python3", "-Ic", QUESTION, *words), lambda text: judged(text, settings)),)


def judged(text: str, settings: Sequence[Closed]) -> Verdict:
    """Return the verdict of all settings: each that differs by its name; silence is unknown."""
    try:
        told: Mapping[str, Any] = json.loads(text)
        found: Mapping[str, str] = told["found"]
        wrong = [
            f"{each.name}: {each.key} is {found[f'{each.kind} {each.key}'] or 'not said'!r}"
            for each in settings
            if not _holds(each, found[f"{each.kind} {each.key}"])
        ]
        if not told["integrity"]:
            wrong.append("integrity: files are not compared every night")
    except (ValueError, KeyError, TypeError):
        return Verdict("unknown", "it did not tell its settings")
    if wrong:
        return Verdict("failed", "; ".join(wrong))
    if told.get("auditd") == ["active"]:
        return PROVEN
    if "auditd" in excused(str(told.get("noted", ""))):
        return Verdict("not testable", "auditd cannot run here; its rules are laid")
    return Verdict("failed", "auditd does not run")


def _holds(setting: Closed, found: str) -> bool:
    if setting.kind == "mode":
        return found in (setting.value, "not there")
    if setting.kind == "sshd":
        return found.lower() in (setting.value.lower(), SAME.get(setting.value, setting.value))
    return found.strip() == setting.value.strip()


HARDENING = Role(
    "hardening",
    "boot",
    everywhere,
    "SSH server, permissions, modules, logins, audit rules",
    ("node.closed", "factory.simulated"),
    _checks,
    ("the SSH server, which keeps its connections",),
    leads=True,
)
