"""`manage slo` as a person calls it: a Prometheus, a recording of one, and how it ends."""

from __future__ import annotations

import json
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from millwright.model.slo import SloDocument
from tests.conftest import Run

SPEC = """\
schema: millwright.factory/1
name: hospital
blueprint: dgx-superpod-h100
compute: [{name: gpu, nodes: 4, tier: clinical}]
tiers:
  - name: clinical
    slo:
      select: {namespace: reading}
      availability: 0.999
      latency: [{of: first-token, percentile: 95, at_most_s: 1.0}]
      gpu_active_at_least: 0.2
"""
NAMES = ("vllm:time_to_first_token_seconds_bucket", "http_requests_total", "DCGM_FI_PROF_SM_ACTIVE")
LEVELS = {
    "histogram_quantile": "0.4", "http_requests_total": "0.00001", "DCGM_FI_PROF_SM_ACTIVE": "0.5",
    "tsdb_lowest_timestamp": "45",
}  # fmt: skip


class _Prometheus(BaseHTTPRequestHandler):
    """Answers queries by what they ask for; wants a token."""

    levels: dict[str, str] = LEVELS

    def do_POST(self) -> None:
        """Answer one query."""
        length = int(self.headers["Content-Length"])
        asked = urllib.parse.parse_qs(self.rfile.read(length).decode())
        if self.headers["Authorization"] != "Bearer s3cret":
            self.send_error(401)
            return
        query = asked["query"][0]
        result: list[Any] = []
        if query.startswith("count by (__name__)"):
            result = [
                {"metric": {"__name__": name}, "value": [1, "4"]} for name in NAMES if name in query
            ]
        elif self.path.endswith("/query"):
            level = next((v for word, v in self.levels.items() if word in query), None)
            result = [{"metric": {}, "value": [float(asked["time"][0]), level]}] if level else []
        raw = json.dumps({"status": "success", "data": {"result": result}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def prometheus() -> Iterator[str]:
    """A server that speaks Prometheus' queries."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Prometheus)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
    _Prometheus.levels = LEVELS


@pytest.fixture
def site(tmp_path: Path, run: Run) -> Path:
    (tmp_path / "factory.yaml").write_text(SPEC)
    assert run("-C", tmp_path, "design", "solve").status == 0
    token = tmp_path / "token"
    token.write_text("s3cret\n")
    token.chmod(0o600)
    return tmp_path


def test_promises_that_are_kept_missed_and_unknown_end_apart(
    site: Path, run: Run, prometheus: str
) -> None:
    words = ("-C", site, "manage", "slo")
    live = (*words, "--prometheus", prometheus, "--credentials", site / "token")
    kept = site / "answers.json"
    answer = run(*live, "--record", kept, "--json")
    told = json.loads(answer.out)
    assert answer.status == 0
    document = SloDocument.model_validate(told)
    (tier,) = document.tiers
    assert (tier.answer, tier.hosts, document.told_by) == ("met", 4, "prometheus")
    again = json.loads(run(*words, "--from", kept, "--json").out)
    assert again["tiers"] == told["tiers"]
    _Prometheus.levels = LEVELS | {"histogram_quantile": "2.5", "http_requests_total": "0.05"}
    missed = run(*live)
    assert missed.status == 1
    assert "MISSED  first-token p95  2.5 s  (at most 1 s)  vllm" in missed.out
    assert "BURNS   burn rate fast: 1 h 50, 5 min 50 (calls above 14.4)" in missed.out
    assert "5000 % of budget spent" in missed.out
    _Prometheus.levels = LEVELS | {"histogram_quantile": "NaN"}
    unknown = run(*live)
    assert unknown.status == 3
    assert "UNKNOWN first-token p95  (at most 1 s)" in unknown.out
    assert "UNKNOWN noisy neighbours" in unknown.out


def test_a_recording_without_answers_is_unknown_and_a_wrong_one_is_refused(
    site: Path, run: Run
) -> None:
    words = ("-C", site, "manage", "slo", "--from", site / "a.json")
    head = {"schema": "millwright.slo-answers/1", "at": "2026-01-05T10:00:00Z"}
    (site / "a.json").write_text(json.dumps(head | {"simulated": True}))
    empty = run(*words)
    assert empty.status == 3
    assert "SIMULATED  clinical (4 hosts)  UNKNOWN" in empty.out
    assert "export: vllm: scrape /metrics of vLLM" in empty.out
    (site / "a.json").write_text(json.dumps(head | {"instant": {"up": [{"value": 1}]}}))
    wrong = run(*words)
    assert wrong.status == 2
    assert "a result of Prometheus" in wrong.err
    (site / "a.json").write_text(json.dumps({"at": "yesterday"}))
    assert run(*words).status == 2


def test_wrong_words_are_told(site: Path, run: Run, tmp_path: Path) -> None:
    words = ("-C", site, "manage", "slo")
    assert run(*words).status == 2
    gone = run(*words, "--prometheus", "http://127.0.0.1:9")
    assert gone.status == 3
    (site / "factory.yaml").write_text(SPEC.replace("first-token", "first-tokn"))
    wrong = run(*words, "--prometheus", "http://127.0.0.1:9")
    assert wrong.status == 2
    assert "latency" in wrong.err
    (site / "factory.yaml").write_text(SPEC[: SPEC.index("tiers:")].replace(", tier: clinical", ""))
    assert "the spec has no tiers" in run(*words, "--prometheus", "http://127.0.0.1:9").err


def test_rules_of_tiers_are_written_beside_those_of_checks(site: Path, run: Run) -> None:
    out = site / "rules"
    told = json.loads(run("-C", site, "manage", "rules", "--out", out, "--json").out)
    assert {"millwright-tiers.yml", "dashboards/tiers.json"} <= set(told["files"])
    assert "tier-clinical-burn-fast" in (out / "millwright-tiers.yml").read_text()
    assert "burn rate" in (out / "dashboards" / "tiers.json").read_text()
    assert run("-C", site, "explain", "burn-rate:fast").status == 0
