"""The file that nccl-tests writes with `-J`: one document a run, with the same rows and sums.

It lists one device a process. The environment that it holds is nobody's business and not read.
"""

from __future__ import annotations

from millwright.probes.json_documents import Documents
from millwright.probes.json_node import Node
from millwright.probes.nccl_collectives import NAMED, fits
from millwright.probes.nccl_facts import Rank, Run, Runs, Settings
from millwright.probes.nccl_rows import Cell, Row
from millwright.probes.node_numbers import near, real, whole
from millwright.probes.reading import Problem

_NEAR = 0.001


def read_json(text: str) -> tuple[Runs, list[Problem]]:
    """Return every run; one without its sums, or whose rows do not make them, is a problem."""
    log = Documents(text)
    problems = list(log.problems)
    documents = [node for node in log.nodes if node.at("results").value is not None]
    runs = tuple(_run(document, problems) for document in documents)
    if not runs:
        problems.append(Problem("no table of results"))
    versions = [whole(node.at("nccl_version")) for node in documents]
    told = next((version for version in versions if version), None)
    return Runs(runs, _version(told), None, ()), problems


def _version(code: int | None) -> str | None:
    if code is None:
        return None
    scale = 10_000 if code >= 10_000 else 1000
    return f"{code // scale}.{code % scale // 100}.{code % 100}"


def _run(document: Node, problems: list[Problem]) -> Run:
    config = document.at("config")
    rows = [_row(entry, problems) for entry in document.at("results").entries]
    kept = tuple(row for row in rows if row is not None)
    average = real(document.at("average_bus_bandwidth", "bandwidth"))
    bounds = whole(document.at("out_of_bounds", "count"))
    ranks = _ranks(config, problems)
    words = document.at("args").entries
    named = NAMED.search(words[0].said or "") if words else None
    collective = named["name"] if named else None
    if not words:
        problems.append(Problem("which collective ran is not told"))
    if not fits(collective, len(ranks), list(kept)):
        problems.append(Problem("the list of ranks is not whole"))
        ranks = ()
    if average is None or bounds is None:
        problems.append(Problem("the run ends before its sums"))
    elif not _averages(kept, average):
        problems.append(Problem("the rows do not make the average: some are lost"))
    okay = document.at("out_of_bounds", "okay").value
    return Run(
        collective=collective,
        settings=_settings(config),
        ranks=ranks,
        rows=kept,
        out_of_bounds=bounds,
        passed=okay if isinstance(okay, bool) else None,
        average_busbw=average,
        complete=average is not None and bounds is not None,
    )


def _settings(config: Node) -> Settings:
    checked = whole(config.at("validation"))
    return Settings(
        threads=whole(config.at("nthreads")),
        gpus=whole(config.at("ngpus")),
        min_bytes=whole(config.at("minimum_bytes")),
        max_bytes=whole(config.at("maximum_bytes")),
        iterations=whole(config.at("iterations")),
        warmup_iterations=whole(config.at("warmup_iters")),
        validation=None if checked is None else checked != 0,
    )


def _ranks(config: Node, problems: list[Problem]) -> tuple[Rank, ...]:
    """Return all ranks; none where a process drove more GPUs than the one that is listed."""
    if (whole(config.at("nthreads")) or 1) * (whole(config.at("ngpus")) or 1) != 1:
        return ()
    ranks = []
    for entry in config.at("devices").entries:
        rank, host = whole(entry.at("rank")), entry.at("hostname").said
        if rank is None or host is None:
            problems.append(Problem("a device has no rank or no host"))
            return ()
        ranks.append(
            Rank(
                rank=rank,
                group=whole(entry.at("group")) or 0,
                pid=whole(entry.at("pid")) or 0,
                host=host,
                device=whole(entry.at("device")) or 0,
                pci=entry.at("device_hex").said or "",
                name=entry.at("device_info").said or "",
            )
        )
    return tuple(sorted(ranks, key=lambda each: each.rank))


def _row(entry: Node, problems: list[Problem]) -> Row | None:
    size, elements = whole(entry.at("size")), whole(entry.at("count"))
    if size is None or elements is None:
        problems.append(Problem("a result has no size"))
        return None
    return Row(
        bytes=size,
        elements=elements,
        type=entry.at("type").said or "",
        op=entry.at("redop").said or "",
        root=whole(entry.at("root")),
        out_of_place=_cell(entry.at("out_of_place")),
        in_place=_cell(entry.at("in_place")),
    )


def _cell(node: Node) -> Cell | None:
    if not node.members:
        return None
    return Cell(
        time_us=real(node.first("time", "cpu_time")),
        algbw=real(node.at("alg_bw")),
        busbw=real(node.at("bus_bw")),
        wrong=whole(node.at("nwrong")),
        error=None,
    )


def _averages(rows: tuple[Row, ...], average: float) -> bool:
    cells = [cell.busbw for row in rows for cell in (row.out_of_place, row.in_place) if cell]
    told = [busbw for busbw in cells if busbw is not None]
    return bool(told) and near(average, sum(told) / len(told), _NEAR, 0.01)
