"""perftest's programs: ib_write_bw, ib_read_bw, ib_send_bw, their latencies, and raw Ethernet.

Client and server often print into one output, line between line: a row that both print is one row.
Its `MB/sec`, which newer ones call `MiB/sec`, are mebibytes (2^20), its `Gb/sec` are 10^9 bits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeVar

from millwright.model.measurement import Measurement, Param
from millwright.probes import metrics
from millwright.probes.endings import Line, not_understood, output, shown
from millwright.probes.node_numbers import near
from millwright.probes.perftest_facts import Bandwidth, Kind, Latency, PairTest, Settings
from millwright.probes.reading import Problem, Reading, count, is_simulated, number

Row = TypeVar("Row", Bandwidth, Latency)

TOOL = "perftest"
ALIASES = (
    *(
        f"ib-{verb}-{kind}"
        for verb in ("write", "read", "send", "atomic")
        for kind in ("bw", "lat")
    ),
    *(
        f"ib_{verb}_{kind}"
        for verb in ("write", "read", "send", "atomic")
        for kind in ("bw", "lat")
    ),
)
_TITLE = re.compile(
    r"(?P<verb>RDMA_Write|RDMA_Read|Send|Atomic|Raw|RDMA_Write_With_Imm)\b"
    r"(?P<more>[A-Za-z_ -]{0,60}?)\s(?P<kind>BW|Latency) Test\b"
)
_FIELD = re.compile(
    r"(Dual-port|Device|Number of qps|Transport type|Connection type|Using SRQ|Link type|Mtu|"
    r"GID index)\s*:\s*([^\s:]+)"
)
_HEADING = re.compile(r"#bytes\s+(?:#sl\s+)?#iterations\b.*")
_COLUMN = re.compile(
    r"#\w+|BW (?:peak|average)\s*\[(?:Mi?B|Gb)/sec\]|BW Port\d\s*\[(?:Mi?B|Gb)/sec\]"
    r"|MsgRate(?: Port\d)?\s*\[Mpps\]|CPU_Util\s*\[%\]|t_\w+\s*\[usec\]"
    r"|99(?:\.9)?%(?: percentile)?\s*\[usec\]|tps average"
)
_ROW = re.compile(r"\d{1,12}\s+\d{1,12}(?:\s+(?:\d{1,12}(?:\.\d{1,6})?|inf|-?nan))+$")
_LAST = re.compile(r"\d{1,12}\s+\d{1,12}(?:\s+\d{1,9}\.\d\d){2}\s+\d{1,9}\.\d{6}")
_FAILURE = re.compile(
    r"(?:.*Couldn't |.*Unable to |.*Failed |.*failed|.*Completion with error|.*[Ee]rror|"
    r".*No IB devices|.*not found|.*Connection refused| ?Problems with warm up)"
)
_MIB_TO_GBPS = 8 * 2**20 / 1e9
_VERBS = {"RDMA_Write": "write", "RDMA_Read": "read", "RDMA_Write_With_Imm": "write_imm"}


@dataclass(slots=True)
class _Draft:
    """An output while its lines go by."""

    titles: set[tuple[str, Kind, bool]] = field(default_factory=set)
    fields: dict[str, set[str]] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)
    bandwidths: list[Bandwidth] = field(default_factory=list)
    latencies: list[Latency] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def command(device: str, server: str | None = None) -> list[str]:
    """Return what to run on a node: all sizes in Gb/s; without a server it waits for a client."""
    ends = [server] if server else []
    return ["ib_write_bw", "-a", "-F", "--report_gbits", "-d", device, *ends]


def read(text: str) -> Reading[PairTest]:
    """Return a row a message size; one that its message rate contradicts is a problem."""
    draft = _Draft()
    for line in output(text).lines(_LAST):
        _take(draft, line, line[1].strip())
    if not draft.bandwidths and not draft.latencies:
        draft.problems.append(Problem("no result is told"))
    title = next(iter(draft.titles)) if len(draft.titles) == 1 else None
    if title is None:
        draft.problems.append(Problem("two kinds of test" if draft.titles else "no title is told"))
    facts = PairTest(
        verb=title[0] if title else None,
        kind=title[1] if title else None,
        settings=_settings(draft, bool(title and title[2])),
        bandwidths=tuple(draft.bandwidths),
        latencies=tuple(draft.latencies),
    )
    measurements = tuple(_measured(facts)) if title else ()
    return Reading(TOOL, facts, measurements, tuple(draft.problems), is_simulated(text))


def _take(draft: _Draft, line: Line, words: str) -> None:
    if found := _TITLE.match(words):
        verb = _VERBS.get(found["verb"], found["verb"].lower())
        kind: Kind = "bw" if found["kind"] == "BW" else "lat"
        draft.titles.add((verb, kind, "Bidirectional" in found["more"]))
    elif found := _HEADING.match(words):
        draft.columns = [re.sub(r"\s+\[", "[", each) for each in _COLUMN.findall(words)]
    elif _ROW.match(words):
        _row(draft, line, words.split())
    elif fields := _FIELD.findall(words):
        for name, value in fields:
            draft.fields.setdefault(name, set()).add(value)
    elif _FAILURE.match(words) and "CPU" not in words:
        draft.problems.append(Problem(shown(words), line[0]))


def _row(draft: _Draft, line: Line, cells: list[str]) -> None:
    if not draft.columns or len(cells) != len(draft.columns):
        draft.problems.append(not_understood(line))
        return
    told = dict(zip(draft.columns, cells, strict=True))
    if any(column.startswith("t_") for column in draft.columns):
        latency = _latency(told)
        _keep(draft.latencies, latency, draft.problems, line)
    else:
        bandwidth = _bandwidth(told)
        _keep(draft.bandwidths, bandwidth, draft.problems, line)


def _keep(rows: list[Row], row: Row | None, problems: list[Problem], line: Line) -> None:
    """Keep a row that makes sense and that the other end did not print already."""
    if row is None:
        problems.append(Problem(f"a row contradicts itself: {shown(line[1])}", line[0]))
    elif row not in rows:
        rows.append(row)


def _bandwidth(told: dict[str, str]) -> Bandwidth | None:
    unit = next((u for u in ("Gb", "MiB") if any(f"[{u}/sec]" in c for c in told)), "MB")
    average = number(told.get(f"BW average[{unit}/sec]"))
    size, iterations = count(told.get("#bytes")), count(told.get("#iterations"))
    if average is None or not size or iterations is None:
        return None
    scale = 1.0 if unit == "Gb" else _MIB_TO_GBPS
    peak = number(told.get(f"BW peak[{unit}/sec]"))
    rate = number(told.get("MsgRate[Mpps]"))
    if rate is not None and not _follows(average * scale, rate, size, 0.006 * scale):
        return None
    return Bandwidth(
        bytes=size,
        iterations=iterations,
        peak_gbps=peak * scale if peak else None,
        average_gbps=average * scale,
        message_rate_mpps=rate,
        told=average,
        told_unit=f"{unit}/sec",
    )


def _follows(gbps: float, mpps: float, size: int, slack: float) -> bool:
    """Return whether bytes times messages a second make the bandwidth, as far as both are told."""
    return near(gbps, size * 8 * mpps / 1000, 0.001, slack + size * 8 * 0.6e-6 / 1000)


def _latency(told: dict[str, str]) -> Latency | None:
    size, iterations = count(told.get("#bytes")), count(told.get("#iterations"))
    at = {name.partition("[")[0].removesuffix(" percentile"): value for name, value in told.items()}
    least, most = number(at.get("t_min")), number(at.get("t_max"))
    row = Latency(
        bytes=size or 0,
        iterations=iterations or 0,
        least_us=least,
        most_us=most,
        typical_us=number(at.get("t_typical")),
        mean_us=number(at.get("t_avg")),
        spread_us=number(at.get("t_stdev")),
        p99_us=number(at.get("99%")),
        p999_us=number(at.get("99.9%")),
    )
    between = [row.typical_us, row.mean_us, row.p99_us, row.p999_us]
    inside = [value for value in between if value is not None]
    if not size or iterations is None or not inside:
        return None
    low, high = least if least is not None else 0.0, most if most is not None else max(inside)
    return row if all(low <= value <= high for value in inside) else None


def _settings(draft: _Draft, both_ways: bool) -> Settings:
    def one(name: str) -> str | None:
        told = draft.fields.get(name, set())
        return next(iter(told)) if len(told) == 1 else None

    mtu = one("Mtu")
    return Settings(
        device=one("Device"),
        transport=one("Transport type"),
        connection=one("Connection type"),
        link=one("Link type"),
        queue_pairs=count(one("Number of qps")),
        mtu_bytes=count(mtu.partition("[")[0]) if mtu else None,
        gid_index=count(one("GID index")),
        both_ways=both_ways,
    )


def _measured(facts: PairTest) -> list[Measurement]:
    device, verb = facts.settings.device or "", facts.verb or ""
    found: list[Measurement] = []
    for row in facts.bandwidths:
        params = _params(facts.settings, row.bytes)
        found.append(metrics.IB_BANDWIDTH.named(verb).of(row.average_gbps, device, **params))
        if row.peak_gbps is not None:
            found.append(metrics.IB_PEAK_BANDWIDTH.named(verb).of(row.peak_gbps, device, **params))
    for latency in facts.latencies:
        params = _params(facts.settings, latency.bytes)
        typical = latency.mean_us if latency.typical_us is None else latency.typical_us
        if typical is not None:
            found.append(metrics.IB_LATENCY.named(verb).of(typical, device, **params))
        if latency.p99_us is not None:
            found.append(metrics.IB_LATENCY_P99.named(verb).of(latency.p99_us, device, **params))
    return found


def _params(settings: Settings, size: int) -> dict[str, Param]:
    params: dict[str, Param] = {"bytes": size}
    if settings.queue_pairs is not None:
        params["qps"] = settings.queue_pairs
    if settings.both_ways:
        params["both_ways"] = 1
    return params
