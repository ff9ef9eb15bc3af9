"""The program by which a head node asks switches and power strips over SNMP, as `programs` are."""

from __future__ import annotations

from millwright.manage import programs
from millwright.probes.snmpwalk import ROOTS

HOME = "/etc/millwright/snmp"
"""A folder of mode 700 on the head node: `snmp.conf` of mode 600 says who asks (version, community
or user, passphrases), `targets` whom: a line with name and address each."""
SECONDS = "80"

SNMP = """\
import json, os, re, subprocess, sys, time
from concurrent.futures import ThreadPoolExecutor
HOME, UNTIL, ROOTS, MOST = sys.argv[1], time.monotonic() + float(sys.argv[2]), sys.argv[3:], 2 << 20
ENV = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "MIBS": "", "SNMPCONFPATH": HOME}
LINE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,62})[ \\t]+([A-Za-z0-9:][A-Za-z0-9.:%-]{0,99})")
def tell(**told):
    sys.stdout.write(json.dumps(told) + "\\n")
    sys.exit(0)
def closed(path):
    seen = os.stat(path)
    return seen.st_uid in (0, os.geteuid()) and not seen.st_mode & 0o077
def walk(address):
    text = ""
    for root in ROOTS:
        left = UNTIL - time.monotonic()
        if left <= 0:
            return text, "there was no time left"
        words = ["snmpbulkwalk", "-OQn", "-t", "2", "-r", "1", address, root]
        try:
            done = subprocess.run(words, env=ENV, stdin=subprocess.DEVNULL, timeout=left,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        except subprocess.TimeoutExpired:
            return text, "its answer did not end"
        except OSError:
            return text, "snmpbulkwalk is not installed on the head node (Debian: snmp)"
        if done.returncode:
            why = done.stderr.decode("utf-8", "backslashreplace").strip().splitlines()
            return text, (why[-1] if why else "exit %d" % done.returncode)[:200]
        text += done.stdout.decode("utf-8", "backslashreplace")
        if len(text) > MOST:
            return text[:MOST], "its answer is too long"
    return text, ""
try:
    if not (closed(HOME) and closed(HOME + "/snmp.conf")):
        tell(asked=True, refused=HOME + ": folder (700) and snmp.conf (600) must be closed")
    with open(HOME + "/targets", errors="backslashreplace") as file:
        lines = [line.partition("#")[0].strip() for line in file]
except FileNotFoundError:
    tell(asked=False)
except OSError as error:
    tell(asked=True, refused=HOME + ": " + str(error.strerror))
found = [(line, LINE.fullmatch(line)) for line in lines if line]
wrong = [line[:80] for line, fits in found if fits is None]
whom = [(fits[1], fits[2]) for _, fits in found if fits is not None][:500]
with ThreadPoolExecutor(16) as pool:
    told = list(pool.map(lambda one: walk(one[1]), whom))
devices = {one[0]: {"text": text, "why": why} for one, (text, why) in zip(whom, told)}
tell(asked=True, devices=devices, wrong=wrong)
"""
"""Each device with what it told and why no more. Where nobody has written down whom to ask and as
whom, nobody is asked."""


def words(home: str = HOME) -> tuple[str, ...]:
    """Return the words by which the head node asks all that its file names."""
    return programs.words(SNMP, home, SECONDS, *ROOTS)
