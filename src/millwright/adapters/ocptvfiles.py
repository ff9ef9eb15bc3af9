"""Streams of OCP test and validation as files: one a node, named after it."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from millwright.adapters.measurementfile import read_measurements
from millwright.model.measurements import Measurements
from millwright.reports.judgement import Judgement
from millwright.reports.ocptv import Head, Row, ocptv_lines

FOLDER = "ocptv"


def ocptv_files(head: Head, judged: Judgement, paths: Iterable[Path]) -> dict[str, bytes]:
    """Return a stream for every node of a verdict, by the name of its file.

    A node whose name is no file name (anybody's measurements may be judged) gets a number for it.
    Raises InputError where a file of measurements is wrong.
    """
    rows = _rows(read_measurements(tuple(paths)))
    files: dict[str, bytes] = {}
    for number, node in enumerate(judged.nodes):
        plain = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}", node.name)
        name = node.name if plain else f"node-{number}"
        lines = ocptv_lines(head, node, rows.get(node.name, []))
        files[f"{FOLDER}/{name}.jsonl"] = ("\n".join(lines) + "\n").encode()
    return files


def _rows(measured: Measurements) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for at in range(len(measured)):
        subject = measured.subjects[measured.subject[at]]
        place = measured.node[at], measured.device[at]
        value = measured.value[at]
        serials = measured.serials.get(place, ())
        found[measured.nodes[place[0]]].append(
            Row(
                test=subject.test,
                metric=subject.metric,
                device=measured.devices[place[1]],
                value=None if math.isnan(value) else value,
                unit=subject.unit,
                params=subject.params,
                serial=serials[0] if len(serials) == 1 else "",
            )
        )
    return found
