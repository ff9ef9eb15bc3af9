"""iperf3 without `-J`: the last rows of an output, which say sender or receiver."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from millwright.probes.endings import output
from millwright.probes.iperf3_facts import Flow, Protocol, Transfer
from millwright.probes.reading import Problem

_PER_GBPS = {"": 1e9, "K": 1e6, "M": 1e3, "G": 1.0, "T": 1e-3}
_ROW = re.compile(
    r"\[\s*(?P<id>\d{1,5}|SUM)\](?:\[(?P<role>[RT]X)-(?P<side>[CS])\])?\s+"
    r"(?P<from>\d{1,9}\.\d\d)-(?P<to>\d{1,9}\.\d\d)\s+sec\s+\d+(?:\.\d+)? [KMGT]?Bytes\s+"
    r"(?P<rate>\d{1,9}(?:\.\d+)?) (?P<unit>[KMGT]?)bits/sec(?P<more>.*?)\s+"
    r"(?P<end>sender|receiver)$"
)
_UDP = re.compile(
    r"\s+(?P<jitter>\d{1,9}\.\d{3}) ms\s+(?P<lost>\d{1,15})/(?P<packets>\d{1,15}) \([^)]*\)$"
)
_OLD_UDP = re.compile(
    r"\[\s*\d{1,5}\]\s+0\.00-\d{1,9}\.\d\d\s+sec\s.*\(\d+(?:\.\d+)?(?:e[+-]\d+)?%\)$"
)
"""The sum of a UDP run as versions 3.0 and 3.1 print it, without a word for the end."""
_SENT = re.compile(r"\[\s*\d{1,5}\] Sent \d{1,15} datagrams$")
_TCP = re.compile(r"\s+(?P<retransmits>\d{1,12})$")
_HOST = re.compile(r"Connecting to host (?P<host>\S+), port \d+$")
_REVERSE = re.compile(r"Reverse mode, remote host \S+ is sending$")
_VERSION = re.compile(r"(?P<version>iperf \d[\w.+]*)\b")
_ERROR = re.compile(r"iperf3: (?:error - )?(?P<error>.+)$")
_ANY = re.compile(r"\[\s*(?P<id>\d{1,5}|SUM)\](?:\[(?P<role>[RT]X)-)?")


@dataclass(slots=True)
class _Text:
    """An output while its lines go by."""

    version: str | None = None
    host: str | None = None
    reverse: bool | None = None
    protocol: Protocol | None = None
    error: str | None = None
    ids: set[str] = field(default_factory=set)


def protocol_of(told: str | None) -> Protocol | None:
    """Return a protocol by its name; None for another one."""
    known: dict[str, Protocol] = {"TCP": "TCP", "UDP": "UDP", "SCTP": "SCTP"}
    return known.get((told or "").upper())


def read_text(text: str) -> tuple[Transfer, list[Problem]]:
    """Return the sums of each direction, or the one stream's; rates have three digits here."""
    told, rows, problems = _Text(), [], []
    done = False
    last = ""
    for at, line in output(text).whole:
        words = line.strip()
        if _SENT.match(words) and _OLD_UDP.match(last):
            words = f"{last}  receiver"
        last = words
        if (any_row := _ANY.match(words)) and any_row["id"] != "SUM":
            told.ids.add(any_row["id"])
        if found := _ROW.match(words):
            done = True
            rows.append((at, found))
        elif done and any_row:
            problems.append(Problem(f"a row between the sums: {words[:80]}", at))
        else:
            _field(told, words)
    flows, streams = _flows(rows, told, problems)
    facts = Transfer(
        version=told.version,
        host=told.host,
        protocol=told.protocol,
        streams=streams,
        reverse=told.reverse,
        flows=flows,
        error=told.error,
        done=done,
    )
    return facts, problems


def _field(told: _Text, words: str) -> None:
    if found := _HOST.match(words):
        told.host = found["host"]
        told.reverse = told.reverse or False
    elif _REVERSE.match(words):
        told.reverse = True
    elif found := _ERROR.match(words):
        told.error = found["error"]
    elif found := _VERSION.match(words):
        told.version = found["version"]
    elif re.match(r"\[ ID\].*Datagrams", words):
        told.protocol = "UDP"
    elif re.match(r"\[ ID\].*Retr", words):
        told.protocol = told.protocol or "TCP"


def _flows(
    rows: list[tuple[int, re.Match[str]]], told: _Text, problems: list[Problem]
) -> tuple[tuple[Flow, ...], int | None]:
    """Return a flow a direction and end: the sum's row where there is more than one stream."""
    flows: list[Flow] = []
    roles = {row["role"] for _, row in rows}
    streams = len(told.ids) // max(1, len(roles))
    for end in ("sender", "receiver"):
        for role in sorted(roles, key=str):
            mine = [row for _, row in rows if row["end"] == end and row["role"] == role]
            sums = [row for row in mine if row["id"] == "SUM"]
            chosen = sums or mine
            if len({row[0] for row in chosen}) == 1 and (sums or streams == 1):
                flows.append(_flow(chosen[0], told))
            elif chosen:
                problems.append(Problem(f"{streams} streams of one direction have no one sum"))
    return tuple(flows), streams or None


def _flow(row: re.Match[str], told: _Text) -> Flow:
    udp, tcp = _UDP.match(row["more"]), _TCP.match(row["more"])
    if udp:
        told.protocol = "UDP"
    # The client sends on TX-C; on a server's output the client's direction is RX-S.
    back = row["role"] is not None and (row["role"] == "RX") == (row["side"] == "C")
    return Flow(
        end="sender" if row["end"] == "sender" else "receiver",
        back=back,
        gbps=float(row["rate"]) / _PER_GBPS[row["unit"]],
        seconds=float(row["to"]) - float(row["from"]),
        retransmits=int(tcp["retransmits"]) if tcp else None,
        jitter_ms=float(udp["jitter"]) if udp else None,
        lost=int(udp["lost"]) if udp else None,
        packets=int(udp["packets"]) if udp else None,
    )
