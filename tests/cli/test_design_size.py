"""`design size` and `design why`: from workloads to GPUs, every number with its origin."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run

SPEC = """\
schema: millwright.factory/1
name: clinic
workloads:
  - {name: notes, kind: llm-inference, model: llama-3.1-8b, precision: fp8, peak_users: 100,
     requests_per_user_hour: 12, prompt_tokens: 1500, output_tokens: 300, ttft_s: 2, tpot_ms: 60}
  - {name: report, kind: training, parameters_b: 7, tokens_b: 300, deadline_days: 30}
"""


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    (tmp_path / "factory.yaml").write_text(SPEC)
    return tmp_path


def test_sizes_are_told_with_what_binds_and_what_they_come_to(run: Run, clinic: Path) -> None:
    answer = run("-C", clinic, "design", "size", "--server", "dgx-h100", "--json")
    assert answer.status == 0, answer.err
    told = json.loads(answer.out)
    assert told["schema"] == "millwright.sizes/1"
    gpus = {size["workload"]: size["gpus"] for size in told["workloads"]}
    assert gpus["report"] == 15
    assert told["gpus"] == sum(gpus.values())
    shown = run("-C", clinic, "design", "size", "--server", "dgx-h100")
    assert f"{told['gpus']} GPUs in {told['nodes']} x dgx-h100" in shown.out


def test_a_number_tells_formula_inputs_sources_and_what_would_change_it(
    run: Run, clinic: Path
) -> None:
    asked = ("-C", clinic, "design", "why", "workloads.report.gpus", "--server", "dgx-h100")
    answer = run(*asked)
    assert answer.status == 0, answer.err
    for words in (
        "workloads.report.gpus = 15",
        "formula:",
        "binds: compute",
        "meta-llama3",
        "Llama 3 Herd",
        "would change it",
    ):
        assert words in answer.out, words
    told = json.loads(run(*asked, "--json").out)
    assert told["confidence"] == "estimate"
    assert {"gpus_by_work", "gpus_by_memory"} <= set(told["made_of"])
    assert all(each["source"] for each in told["in_the_end"].values())
    doubled = [c for c in told["changes"] if c["what"] == "tokens_b" and c["then"] == 600]
    assert doubled[0]["gpus"] == 29


def test_a_workload_by_name_lists_all_its_numbers(run: Run, clinic: Path) -> None:
    answer = run("-C", clinic, "design", "why", "workloads.notes", "--server", "dgx-h100")
    assert answer.status == 0
    assert "kv_bytes_per_token" in answer.out


def test_a_configuration_beside_the_spec_gives_the_shape(run: Run, clinic: Path) -> None:
    said = {
        "model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336,
        "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
        "vocab_size": 128256,
    }  # fmt: skip
    named = run("-C", clinic, "design", "size", "--server", "dgx-h100", "--json")
    (clinic / "config.json").write_text(json.dumps(said))
    (clinic / "factory.yaml").write_text(SPEC.replace("llama-3.1-8b", "config.json"))
    read = run("-C", clinic, "design", "size", "--server", "dgx-h100", "--json")
    first, second = (json.loads(each.out)["workloads"][0] for each in (named, read))
    assert first["gpus"] == second["gpus"]
    assert second["numbers"]["model_layers"]["source"] == "config.json"
    del said["vocab_size"]
    (clinic / "config.json").write_text(json.dumps(said))
    answer = run("-C", clinic, "design", "size", "--server", "dgx-h100")
    assert answer.status == 2
    assert "vocab_size is not said" in answer.err


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("size", "--server", "dgx-h10"), "dgx-h100"),
        (("why", "workloads.note.gpus", "--server", "dgx-h100"), "notes"),
        (("why", "nodes", "--server", "dgx-h100"), "workloads.NAME.gpus"),
        (("why", "workloads.notes.gpu", "--server", "dgx-h100"), "gpus"),
    ],
)
def test_a_wrong_question_says_what_would_be_right(
    run: Run, clinic: Path, asked: tuple[str, ...], told: str
) -> None:
    answer = run("-C", clinic, "design", *asked)
    assert answer.status == 2
    assert told in answer.err


def test_what_is_measured_must_name_an_assumption_that_there_is(run: Run, clinic: Path) -> None:
    wrong = "deadline_days: 30, measured: {mfu-dens: {value: 0.4, source: pilot}}}"
    (clinic / "factory.yaml").write_text(SPEC.replace("deadline_days: 30}", wrong))
    answer = run("-C", clinic, "design", "size", "--server", "dgx-h100")
    assert answer.status == 2
    assert "did you mean 'mfu-dense'" in answer.err


def test_a_workload_without_a_size_makes_the_answer_no(run: Run, clinic: Path) -> None:
    (clinic / "factory.yaml").write_text(SPEC.replace("ttft_s: 2", "ttft_s: 0.0001"))
    answer = run("-C", clinic, "design", "size", "--server", "dgx-h100", "--json")
    assert answer.status == 1
    told = json.loads(answer.out)
    assert (told["gpus"], told["refused"][0]["rule"]) == (None, "MW-D-083")


def test_a_number_of_later_years_can_be_asked_for(run: Run, clinic: Path) -> None:
    (clinic / "factory.yaml").write_text(SPEC + "growth: [{after_months: 12, factor: 2}]\n")
    asked = ("-C", clinic, "design", "why", "workloads.report.gpus", "--server", "dgx-h100")
    assert "workloads.report.gpus = 15" in run(*asked).out
    later = run(*asked, "--after", "12")
    assert "workloads.report.gpus = 29" in later.out
    assert "growth" in later.out


def test_where_no_server_does_all_that_is_said_and_the_best_of_them_is_shown(
    run: Run, clinic: Path
) -> None:
    huge = "  - {name: huge, kind: genomics-wgs, genomes_per_day: 1e12}\n"
    (clinic / "factory.yaml").write_text(SPEC + huge)
    answer = run("-C", clinic, "design", "size")
    assert answer.status == 1
    assert "no server does all workloads within the site" in answer.err
    assert "MW-D-085" in answer.out
    assert "workloads.report" not in answer.out


@pytest.mark.parametrize("content", [None, "{", '{"hidden_size": 8}'])
def test_a_model_that_cannot_be_read_is_told_with_its_place_in_the_spec(
    run: Run, clinic: Path, content: str | None
) -> None:
    (clinic / "factory.yaml").write_text(SPEC.replace("llama-3.1-8b", "m.json"))
    if content is not None:
        (clinic / "m.json").write_text(content)
    answer = run("-C", clinic, "design", "size", "--server", "dgx-h100")
    assert answer.status == 2
    assert "factory.yaml:4:" in answer.err
    assert "workloads[0].model" in answer.err
    assert "m.json" in answer.err


def test_a_design_is_stale_once_the_file_of_its_model_changed(run: Run, clinic: Path) -> None:
    shape = {
        "num_hidden_layers": 32, "hidden_size": 4096, "intermediate_size": 14336,
        "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256,
    }  # fmt: skip
    (clinic / "m.json").write_text(json.dumps(shape))
    named = "blueprint: dgx-superpod-h100\ncompute: [{name: gpu, nodes: 4}]\n"
    (clinic / "factory.yaml").write_text(SPEC.replace("llama-3.1-8b", "m.json") + named)
    assert run("-C", clinic, "design", "solve").status == 0
    assert run("-C", clinic, "design", "show", "fabric").status == 0
    (clinic / "m.json").write_text(json.dumps({**shape, "num_hidden_layers": 40}))
    answer = run("-C", clinic, "design", "show", "fabric")
    assert answer.status == 1
    assert "stale" in answer.err
