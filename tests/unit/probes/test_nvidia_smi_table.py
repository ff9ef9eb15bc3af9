"""Plain nvidia-smi: three layouts of the table, and what is no GPU."""

from __future__ import annotations

from collections.abc import Callable

from millwright.probes import nvidia_smi
from millwright.probes.nvidia_smi_table import read
from tests.unit.lab.node import LabNode

OLD = """\
+-----------------------------------------------------------------------------+
| NVIDIA-SMI 375.66                 Driver Version: 375.66                    |
|-------------------------------+----------------------+----------------------+
| GPU  Name        Persistence-M| Bus-Id        Disp.A | Volatile Uncorr. ECC |
| Fan  Temp  Perf  Pwr:Usage/Cap|         Memory-Usage | GPU-Util  Compute M. |
|===============================+======================+======================|
|   0  Tesla K80           On   | 0000:00:04.0     Off |                    2 |
| N/A   33C    P8    26W / 149W |     15MiB / 11439MiB |      0%      Default |
+-------------------------------+----------------------+----------------------+
|   1  GeForce GTX ...     Off  | 0000:00:05.0      On |                  N/A |
|ERR!  ERR!  ERR!   N/A /  N/A  |      0MiB / 11439MiB |     N/A   E. Process |
+-------------------------------+----------------------+----------------------+
"""


def test_an_old_table_is_read_and_what_it_cannot_say_is_nothing() -> None:
    found = read(OLD)
    first, second = found.facts.gpus
    assert (found.problems, found.facts.driver, found.facts.cuda) == ((), "375.66", None)
    assert (first.temperature_c, first.power_limit_w, first.ecc_uncorrected) == (33.0, 149.0, 2)
    assert (second.temperature_c, second.power_draw_w, second.utilization_percent) == (None,) * 3
    assert (second.name, second.persistence) == ("GeForce GTX ...", False)


def test_a_gpu_without_its_second_line_is_left_out() -> None:
    lines = OLD.splitlines(keepends=True)
    found = read("".join(lines[:7]))
    assert found.facts.gpus == ()
    assert "GPU 0 has no second line" in [problem.message for problem in found.problems]


def test_words_instead_of_a_table_are_a_problem() -> None:
    said = "Unable to determine the device handle for GPU2: 0000:43:00.0: GPU is lost.\n"
    assert "no output of nvidia-smi" in nvidia_smi.read(said).problems[0].message
    assert len(read(said + OLD).problems) == 1


def test_a_hot_gpu_and_memory_errors_show(node: Callable[[str], LabNode]) -> None:
    h100 = node("h100")
    h100.fault(
        {"id": "t", "kind": "throttle", "device": 6},
        {"id": "e", "kind": "ecc", "device": 1, "value": "3"},
    )
    gpus = read(h100.answer("nvidia-smi")).facts.gpus
    assert (gpus[6].temperature_c or 0) > 80
    assert [gpu.ecc_uncorrected for gpu in gpus[:3]] == [0, 3, 0]


def test_a_row_of_a_gpu_that_is_not_understood_is_a_problem_and_a_process_is_none() -> None:
    process = "| Processes:                                                    GPU Memory |\n"
    process += "|    0      1959    G   /usr/lib/xorg/Xorg                              15MiB |\n"
    odd = OLD.replace("Tesla K80           On ", "Tesla K80           Maybe")
    assert read(OLD + process + OLD.splitlines()[0]).problems == ()
    assert [problem.line for problem in read(odd).problems] == [7, 8]
    assert read(OLD.replace("On   |", "WDDM |", 1)).facts.gpus[0].persistence is None


def test_the_second_line_of_another_gpu_is_not_taken_for_its_own() -> None:
    lines = OLD.splitlines(keepends=True)
    found = read("".join([*lines[:7], lines[8], *lines[10:]]))
    assert found.facts.gpus == ()
    assert "GPU 0 has no second line" in [problem.message for problem in found.problems]
