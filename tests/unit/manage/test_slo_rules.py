"""What is asked of Prometheus gives what it says, and rules of tiers fire: promtool judges both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from millwright.adapters.alertfiles import rules_text
from millwright.cli.manageslo import terms_of
from millwright.manage.slo import queries
from millwright.manage.slo.measuring import Terms
from millwright.manage.slo.rules import pictures, promised, tier_groups
from millwright.model.catalog import Catalog
from millwright.model.site import Tier
from tests.conftest import Promtool
from tests.unit.manage.test_slo import HOSTS, SCOPE, SLO

OWN = 'namespace="reading"'
SERIES = {
    f'vllm:time_to_first_token_seconds_bucket{{{OWN},le="1"}}': "0+30x120",
    f'vllm:time_to_first_token_seconds_bucket{{{OWN},le="3"}}': "0+60x120",
    f'vllm:time_to_first_token_seconds_bucket{{{OWN},le="+Inf"}}': "0+60x120",
    'vllm:time_to_first_token_seconds_bucket{namespace="other",le="1"}': "0+900x120",
    'vllm:time_to_first_token_seconds_bucket{namespace="other",le="+Inf"}': "0+900x120",
    f'http_requests_total{{{OWN},handler="/v1/completions",status="2xx"}}': "0+95x120",
    f'http_requests_total{{{OWN},handler="/v1/completions",status="5xx"}}': "0+5x120",
    f'http_requests_total{{{OWN},handler="/health",status="2xx"}}': "0+900x120",
    f'nv_inference_request_success{{{OWN},model="m"}}': "0+10x120",
    f'vllm:num_requests_waiting{{{OWN},instance="a"}}': "20x120",
    f'vllm:num_requests_waiting{{{OWN},instance="b"}}': "0+1x120",
    'DCGM_FI_PROF_SM_ACTIVE{host="gpu1:9400",gpu="0"}': "0.25x120",
    'DCGM_FI_PROF_SM_ACTIVE{host="gpu2:9400",gpu="0"}': "0.125x120",
    'DCGM_FI_PROF_SM_ACTIVE{host="gpu11:9400",gpu="0"}': "1x120",
    'node_mountstats_nfs_operations_response_time_seconds_total{host="gpu1",operation="READ"}': (
        "0+3x120"
    ),
    'node_mountstats_nfs_operations_requests_total{host="gpu1",operation="READ"}': "0+60x120",
    'node_mountstats_nfs_operations_response_time_seconds_total{host="gpu2",operation="READ"}': (
        "0+6x120"
    ),
    'node_mountstats_nfs_operations_requests_total{host="gpu2",operation="READ"}': "0+60x120",
    'container_cpu_usage_seconds_total{host="gpu9",namespace="batch"}': "0+120x120",
    'container_cpu_usage_seconds_total{host="gpu1",namespace="reading"}': "0+60x120",
    'container_cpu_usage_seconds_total{host="gpu1",namespace="batch"}': "0+120x120",
}  # fmt: skip
TIER = 'tier="clinical"'


@pytest.fixture(scope="module")
def terms(catalog: Catalog) -> Terms:
    return terms_of(catalog)


def document(**more: Any) -> dict[str, Any]:
    series = [{"series": name, "values": values} for name, values in SERIES.items()]
    return {
        "evaluation_interval": "1m",
        "rule_files": [],
        "tests": [{"interval": "1m", "input_series": series, **more}],
    }


def test_queries_mean_what_they_say(terms: Terms, promtool: Promtool, tmp_path: Path) -> None:
    signal = {each.name: each for each in terms.signals}
    asked = {
        queries.percentile(signal["vllm-first-token"], SCOPE, 75, 3600): ("{}", 2.0),
        queries.error_ratio(signal["vllm-errors"], SCOPE, 3600): ("{}", 0.05),
        queries.error_ratio(signal["triton-errors"], SCOPE, 3600): ("{}", 0.0),
        queries.gauge_high(signal["vllm-queue"], SCOPE, 3600): ("{}", 107.0),
        queries.gauge_mean(signal["dcgm-sm-active"], SCOPE, 3600): ("{}", 0.1875),
        queries.slowest_mean(signal["nfs-time"], SCOPE, 3600): ('{host="gpu2"}', 0.1),
        queries.others_load(signal["container-cpu"], SCOPE, 300): ('{host="gpu1"}', 2.0),
    }
    looks: list[dict[str, Any]] = [
        {"expr": query, "eval_time": "90m", "exp_samples": [{"labels": labels, "value": value}]}
        for query, (labels, value) in asked.items()
    ]
    none = queries.error_ratio(signal["tgi-errors"], SCOPE, 3600)
    looks.append({"expr": none, "eval_time": "90m", "exp_samples": []})
    (tmp_path / "tests.yml").write_text(json.dumps(document(promql_expr_test=looks)))
    promtool("test", "rules", tmp_path / "tests.yml")


def test_rules_of_a_tier_fire_where_its_promises_are_missed(
    terms: Terms, promtool: Promtool, tmp_path: Path
) -> None:
    at = promised(Tier(name="clinical", slo=SLO), HOSTS)
    assert at is not None
    groups = tier_groups([at], terms)
    rules = tmp_path / "rules.yml"
    rules.write_text(rules_text(groups))
    promtool("check", "rules", rules)
    record = f'tier:error_ratio:rate3600s{{{TIER},server="vllm"}}'
    looks = [
        {"expr": 'tier:error_ratio:rate3600s{server="vllm"}', "eval_time": "90m",
         "exp_samples": [{"labels": record, "value": 0.05}]},
        {"expr": 'count by (alertname) (ALERTS{alertstate="firing"})', "eval_time": "90m",
         "exp_samples": [
             {"labels": f'{{alertname="tier-clinical-{name}"}}', "value": 1}
             for name in (
                 "burn-fast", "burn-quick", "burn-slow", "burn-creeping", "first-token-p95",
                 "queue", "gpu", "storage",
             )
         ]},
    ]  # fmt: skip
    (tmp_path / "tests.yml").write_text(
        json.dumps(document(promql_expr_test=looks) | {"rule_files": [str(rules)]})
    )
    promtool("test", "rules", tmp_path / "tests.yml")


def test_limits_of_rules_are_those_of_the_spec_and_alerts_can_be_explained(
    terms: Terms, catalog: Catalog
) -> None:
    at = promised(Tier(name="clinical", slo=SLO), ())
    assert at is not None
    alerts = {a.name: a for group in tier_groups([at], terms) for a in group.alerts}
    assert "> 1" in alerts["tier-clinical-first-token-p95"].expr
    assert "> 0.0144" in alerts["tier-clinical-burn-fast"].expr
    assert "tier-clinical-gpu" not in alerts, "hosts that are not known are not asked for"
    known = {f"burn-rate:{name}" for name in catalog.burn_rates}
    known |= {f"service-signal:{name}" for name in catalog.service_signals}
    assert {a.explain.removeprefix("millwright explain ") for a in alerts.values()} <= known
    assert [each.unit for each in pictures([at], terms)] == ["short", "s"]
    assert promised(Tier(name="bare"), HOSTS) is None
