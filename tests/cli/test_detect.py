"""`manage detect` as a person calls it: files, a Prometheus, and how it ends."""

from __future__ import annotations

import json
import random
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from millwright.adapters.fingerprintbook import SqlFingerprints
from millwright.adapters.ledger import ledger_of
from millwright.model.detection import FindingsDocument
from millwright.model.fingerprint import Fingerprint
from tests.conftest import Run


def rows(slow: float = 0.0, silent: bool = False) -> list[dict[str, Any]]:
    """Return an hour of eight nodes; one GPU is slow from its middle on, one node goes silent."""
    dice = random.Random(5)
    return [
        {
            "at": f"2026-01-05T10:{minute:02d}:00Z", "node": f"gpu{node:03d}",
            "device": f"gpu{gpu}", "metric": metric,
            "value": level * dice.gauss(1, 0.004)
            * (1 - slow * ((node, gpu) == (5, 2) and minute >= 30)),
            "labels": {"sku": "h100", "role": "compute"},
        }
        for minute in range(60) for node in range(8) for gpu in range(8)
        for metric, level in (("DCGM_FI_DEV_SM_CLOCK", 1755), ("gpu_tensor_active", 0.6))
        if not (silent and node == 3 and minute > 40)
    ]  # fmt: skip


def written(path: Path, lines: list[dict[str, Any]]) -> str:
    """Return the file of these lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in lines))
    return str(path)


def test_what_degrades_is_told_as_the_contract_says(tmp_path: Path, run: Run) -> None:
    file = written(tmp_path / "t.jsonl", rows(slow=0.08))
    answer = run("-C", tmp_path, "manage", "detect", "--telemetry", file, "--json")
    told = json.loads(answer.out)
    assert answer.status == 1
    assert told["schema"] == "millwright.findings/1"
    assert told["expected_false_alarms_per_month"] >= 0
    (found,) = told["findings"]
    assert {"node", "device", "kind", "families", "since", "evidence", "advice"} <= set(found)
    assert {"value", "peer_median", "mad", "peers", "windows"} <= set(found["evidence"])
    assert (found["node"], found["device"], found["weight"]) == ("gpu005", "gpu2", "act")
    FindingsDocument.model_validate(told)
    printed = run("-C", tmp_path, "manage", "detect", "--telemetry", file)
    assert "gpu005 gpu2  ACT  degradation in clock, compute" in printed.out
    assert "expected false alarms a month" in printed.out


@pytest.mark.parametrize("value", ["1e999", "-1e999", "-1e300"])
def test_telemetry_without_one_value_to_compare_is_no_good_word(
    tmp_path: Path, run: Run, value: str
) -> None:
    line = '{"at": "2026-01-05T10:00:00Z", "node": "n", "metric": "gpu_temp_celsius", "value": %s}'
    (tmp_path / "t.jsonl").write_text(f"{line % value}\n")
    answer = run("-C", tmp_path, "manage", "detect", "--telemetry", tmp_path / "t.jsonl")
    assert (answer.status, "nothing stood out" in answer.out) == (3, False)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_time_that_no_cluster_saw_is_a_wrong_line(tmp_path: Path, run: Run, at: str) -> None:
    lines = [{"at": each, "node": "n", "metric": "m", "value": 1} for each in (at, "2026-01-05")]
    file = written(tmp_path / "t.jsonl", lines)
    answer = run("-C", tmp_path, "manage", "detect", "--telemetry", file)
    assert (answer.status, f"{file}:1:1  at  found '{at}'" in answer.err) == (2, True)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({"node": "n[", "since": "2026-01-05T10:00:00Z"}, "finding 2: 'n['"),
        ({"node": "n", "since": "2026-01-05T10:00:00"}, "finding 2: a time without a zone"),
        ({"node": "n"}, "finding 2 does not say node and since"),
    ],
)
def test_a_wrong_finding_is_named_with_its_file(
    tmp_path: Path, run: Run, found: dict[str, str], told: str
) -> None:
    file = tmp_path / "f.json"
    right = {"node": "n", "since": "2026-01-05T10:00:00Z"}
    file.write_text(json.dumps({"findings": [right, found]}))
    words = ("--findings", file, "--truth", file)
    answer = run("-C", tmp_path, "manage", "score", *words)
    assert (answer.status, f"{file}: {told}" in answer.err) == (2, True)


def test_more_faults_than_nodes_says_how_many_nodes_would_do(tmp_path: Path, run: Run) -> None:
    answer = run("-C", tmp_path, "manage", "simulate", "--nodes", "8", "--hours", "1")
    assert (answer.status, "--nodes" in answer.err, "8 nodes" in answer.err) == (2, True, True)


def test_too_few_windows_are_no_answer(tmp_path: Path, run: Run) -> None:
    first = rows()[0]["at"]
    few = written(tmp_path / "few.jsonl", [row for row in rows() if row["at"] == first])
    answer = run("-C", tmp_path, "manage", "detect", "--telemetry", few)
    assert (answer.status, "fewer than three windows" in answer.err) == (3, True)


def test_nothing_found_is_done_and_what_is_silent_is_unanswered(tmp_path: Path, run: Run) -> None:
    well = written(tmp_path / "w.jsonl", rows())
    quiet = written(tmp_path / "q.jsonl", rows(silent=True))
    words = ("-C", tmp_path, "manage", "detect", "--telemetry")
    assert run(*words, well).status == 0
    assert run(*words, quiet).status == 3
    windows = tmp_path / "m.yaml"
    windows.write_text(
        "windows:\n  - {nodes: gpu003, begin: '2026-01-05T10:40:00Z', end: '2026-01-05T11:00:00Z'}"
    )
    assert run(*words, quiet, "--maintenance", str(windows)).status == 0
    assert run("-C", tmp_path, "manage", "detect").status == 2
    with (tmp_path / "w.jsonl").open("a") as file:
        file.write('{"torn')
    torn = run(*words, well)
    assert torn.status == 3
    assert "w.jsonl:7681" in torn.err


class _Prometheus(BaseHTTPRequestHandler):
    """Answers range queries from the rows above; wants a token."""

    def do_GET(self) -> None:
        """Answer one query."""
        path = urllib.parse.urlsplit(self.path)
        asked = urllib.parse.parse_qs(path.query)
        if self.headers["Authorization"] != "Bearer s3cret":
            self.send_error(401)
            return
        if path.path.endswith("/values"):
            self._say(["DCGM_FI_DEV_SM_CLOCK", "gpu_tensor_active", "up"])
            return
        begin = float(asked["start"][0])
        series: dict[tuple[str, str], list[list[Any]]] = {}
        for row in rows(slow=0.08):
            if row["metric"] in asked["query"][0]:
                minute = int(row["at"][14:16])
                key = row["node"], row["device"][3:]
                series.setdefault(key, []).append([begin + 60 * minute, str(row["value"])])
        result = [
            {"metric": {"Hostname": node, "gpu": gpu, "modelName": "H100"}, "values": values}
            for (node, gpu), values in series.items()
        ]
        self._say({"result": result})

    def _say(self, data: Any) -> None:
        raw = json.dumps({"status": "success", "data": data}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def prometheus() -> Iterator[str]:
    """A server that speaks Prometheus' range queries."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Prometheus)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_prometheus_is_asked_with_a_token_from_a_closed_file(
    tmp_path: Path, run: Run, prometheus: str
) -> None:
    token = tmp_path / "token"
    token.write_text("s3cret\n")
    token.chmod(0o644)
    words = ("-C", tmp_path, "manage", "detect", "--prometheus", prometheus, "--credentials")
    assert "chmod 600" in run(*words, str(token)).err
    token.chmod(0o600)
    answer = run(*words, str(token), "--json")
    assert answer.status == 1
    assert [each["node"] for each in json.loads(answer.out)["findings"]] == ["gpu005"]
    token.write_text("wrong")
    assert run(*words, str(token)).status == 3
    url = prometheus.replace("//", "//me:secret@")
    assert run("-C", tmp_path, "manage", "detect", "--prometheus", url).status == 2
    gone = run("-C", tmp_path, "manage", "detect", "--prometheus", "http://127.0.0.1:9")
    assert gone.status == 3


def test_simulated_telemetry_is_written_detected_and_scored(tmp_path: Path, run: Run) -> None:
    lines, truth = tmp_path / "t.jsonl.gz", tmp_path / "truth.json"
    words = ("manage", "simulate", "--nodes", "8", "--hours", "2", "--fault", "power-brake:12")
    made = run("-C", tmp_path, *words, "--out", str(lines), "--truth", str(truth))
    assert made.status == 0
    assert "SIMULATED" in made.err
    answer = run("-C", tmp_path, "manage", "detect", "--telemetry", str(lines), "--json")
    assert answer.status == 1
    assert json.loads(answer.out)["simulated"] is True
    found = tmp_path / "findings.json"
    found.write_text(answer.out)
    both = ("manage", "score", "--truth", str(truth), "--findings", str(found))
    scored = run("-C", tmp_path, *both, "--telemetry", str(lines), "--json")
    told = json.loads(scored.out)
    assert told["schema"] == "millwright.detection-score/1"
    assert [judge["judge"] for judge in told["judges"]] == ["findings", "fixed thresholds"]
    assert told["judges"][0]["recall_from_5_percent"]["share"] == 1
    assert "SIMULATED" in run("-C", tmp_path, *both).out
    found.write_text('{"findings": [{"node": 1}]}')
    assert run("-C", tmp_path, *both).status == 2
    assert run("-C", tmp_path, *words, "--healthy").status == 2


def test_acceptance_follows_the_serial_number_and_not_the_name(tmp_path: Path, run: Run) -> None:
    ledger = ledger_of(tmp_path)
    SqlFingerprints(ledger).put(
        Fingerprint(
            serial=f"S{node}{gpu}", node=f"gpu{node:03d}", place=f"gpu{gpu}",
            metric="gpu_sm_clock", unit="MHz", tool="t 1", count=1, run="r", simulated=False,
            median=1980.0 if (node, gpu) == (5, 2) else 1755.0, spread=None,
            at="2026-01-01T00:00:00Z",
        )
        for node in range(8) for gpu in range(8)
    )  # fmt: skip
    ledger.close()
    told = rows()
    file = written(tmp_path / "t.jsonl", told)
    words = ("-C", tmp_path, "manage", "detect", "--telemetry", file, "--json")
    named = json.loads(run(*words).out)
    assert [(f["node"], f["device"]) for f in named["findings"]] == [("gpu005", "gpu2")]
    assert any("boards may have been swapped" in note for note in named["notes"])
    swap = {("gpu005", "gpu2"): "S11", ("gpu001", "gpu1"): "S52"}
    for row in told:
        own = f"S{int(row['node'][3:])}{row['device'][3:]}"
        row["labels"] = {
            **row["labels"], "serial": swap.get((row["node"], row["device"]), own)
        }  # fmt: skip
    written(tmp_path / "t.jsonl", told)
    moved = json.loads(run(*words).out)
    assert [(f["node"], f["device"]) for f in moved["findings"]] == [("gpu001", "gpu1")]
    assert moved["findings"][0]["evidence"]["rule"] == "acceptance"
    assert any("S52 of gpu001 gpu1, then gpu005 gpu2" in note for note in moved["notes"])
