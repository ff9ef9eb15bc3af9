"""`snmpwalk -On` and `-OQn`: what agents of switches and power strips tell, by number.

Numbers and no names are read, because names need files of MIBs that few machines have. Tables read:
interfaces (RFC 2863), physical entities and their sensors (RFC 4133, 3433), and the power strips of
APC (PowerNet-MIB, rPDU2) and Raritan or Server Technology (PDU2-MIB).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from millwright.probes import snmp_tables
from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.reading import Problem, Reading, is_simulated
from millwright.probes.snmp_facts import Agent

TOOL = "snmpwalk"
ROOTS = (
    "1.3.6.1.2.1.1",
    *(f"1.3.6.1.2.1.2.2.1.{column}" for column in (2, 5, 7, 8, 13, 14, 19, 20)),
    *(f"1.3.6.1.2.1.31.1.1.1.{column}" for column in (1, 15, 18)),
    "1.3.6.1.2.1.47.1.1.1.1.7",
    "1.3.6.1.2.1.99.1.1.1",
    "1.3.6.1.4.1.318.1.1.26.4.3.1",
    "1.3.6.1.4.1.318.1.1.26.9.2.3.1",
    *(f"1.3.6.1.4.1.13742.6.5.{table}.3.1" for table in (2, 4)),
    *(f"1.3.6.1.4.1.13742.6.3.{column}" for column in ("3.4.1.7", "5.3.1.2")),
)
"""What a walk begins at, each time: no more of an agent is asked than is read."""
_ROW = re.compile(r"\.?(?P<oid>[0-9]{1,10}(?:\.[0-9]{1,10}){1,120}) = ?(?P<value>.*)", re.DOTALL)
_TYPE = re.compile(
    r"(?:STRING|INTEGER|Gauge32|Counter32|Counter64|Unsigned32|Timeticks|OID|Hex-STRING|IpAddress|"
    r"BITS|Opaque|Network Address): ?"
)
_ABSENT = re.compile(r"No Such (?:Object|Instance)\b|No more variables left\b")
_FAILURE = re.compile(
    r"Timeout: |snmp[a-z]*: |Error in packet|Authentication failure|Unknown (?:host|user|Object)|"
    r"Reason: |Failed object"
)
MOST_ROWS = 400_000


def command(address: str, root: str = ROOTS[0]) -> list[str]:
    """Return what to ask an agent. Who asks is told by a `snmp.conf` of mode 600, never here."""
    return ["snmpbulkwalk", "-OQn", "-t", "2", "-r", "1", address, root]


def read(text: str) -> Reading[Agent]:
    """Return what an agent told; a table that it has not is no problem, an agent that is silent is.

    A value that runs over several lines belongs to its row.
    """
    told = output(text)
    problems = told.problems
    rows = _rows(told.whole, problems)
    if not rows and not problems:
        problems.append(Problem("no row of an agent is told"))
    agent = snmp_tables.agent_of(rows)
    return Reading(TOOL, agent, (), tuple(problems), is_simulated(text))


def _rows(lines: Iterable[Line], problems: list[Problem]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    last, open_ = "", False
    for at, text in lines:
        row = _ROW.fullmatch(text)
        if row is not None and not open_:
            last, value = row["oid"], row["value"]
            if _ABSENT.match(value) or len(found) >= MOST_ROWS:
                continue
            found[last] = _TYPE.sub("", value, count=1)
            open_ = _opens(found[last])
        elif open_:
            found[last] += f"\n{text}"
            open_ = not text.endswith('"')
        elif _FAILURE.match(text.strip()):
            problems.append(Problem(shown(text), at))
        elif text.strip() and not _ABSENT.match(text.strip()):
            problems.append(not_understood((at, text)))
    return {oid: _plain(value) for oid, value in found.items()}


def _opens(value: str) -> bool:
    """Return whether a quoted value goes on in the next line."""
    return value.startswith('"') and (len(value) == 1 or not value.endswith('"'))


def _plain(value: str) -> str:
    text = value.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
