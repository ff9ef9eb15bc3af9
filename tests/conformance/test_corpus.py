"""The whole corpus of real outputs: every folder is a tool, every file of it is read.

`MILLWRIGHT_SAMPLES` names the corpus. A file with something wrong in it is named here, with
what the reader has to say about that.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from millwright.adapters.toolfile import read_output
from millwright.probes import metrics, registry

SAID_TO_BE_WRONG = {
    "dcgmi-diag/dcgm-diag-schema-v4.json": "the JSON is of another kind",
    "dmidecode/dell-xe9680-head.txt": "the last line may be cut",
    "ibnetdiscover/hdr-faked.txt": "its peer does not confirm the link",
    "ibstat/a100-8ca-ibpanic.txt": "ibpanic",
    "ipmitool/sdr-v1-b.txt": "Unable to send command",
    "ipmitool/sdr-v2-elist-b.txt": "Unable to send command",
    "nccl-tests/inline-mpi-slots-error.txt": "There are not enough slots",
    "nvidia-smi/nvlink-status-a10-empty.txt": "the output is empty",
    "nvidia-smi/query-gpu-8xh100.csv": "the last line may be cut",
    "smartctl/set-learn-missing-smartdata.tar": "does not tell its health",
}
"""Errors of the tool itself, a file that is another thing, and last lines without a newline."""

ELSEWHERE = {"dcgmproftester": "dcgmi/proftester.txt"}
"""Outputs that lie in another tool's folder."""


def test_every_folder_is_a_tool_that_counts_as_proven(samples: Path) -> None:
    for folder in sorted(path for path in samples.iterdir() if path.is_dir()):
        tool = registry.named(folder.name)
        assert tool is not None, folder.name
        assert tool.proven, folder.name


def test_every_file_is_read_without_a_problem_unless_something_is_wrong_in_it(
    samples: Path,
) -> None:
    wrong = {}
    for path in sorted(path for path in samples.rglob("*") if path.is_file()):
        if path.parent == samples:
            continue
        name = str(path.relative_to(samples))
        tool = registry.named(path.relative_to(samples).parts[0])
        assert tool is not None, name
        reading = tool.read(read_output(path))
        said = " / ".join(problem.message for problem in reading.problems)
        assert not reading.simulated, name
        if said:
            wrong[name] = said
        for measured in reading.measurements:
            known = metrics.named(measured.metric)
            assert known is not None, (name, measured.metric)
            assert known.unit in ("", measured.unit), (name, measured.metric)
    assert wrong.keys() == SAID_TO_BE_WRONG.keys()
    for name, words in SAID_TO_BE_WRONG.items():
        assert words in wrong[name], name


@pytest.mark.parametrize("name", sorted(tool.name for tool in registry.TOOLS))
def test_a_reader_is_proven_where_the_corpus_or_a_capture_has_its_output(
    samples: Path, name: str
) -> None:
    tool = registry.named(name)
    assert tool is not None
    captured = {path.name for path in (Path(__file__).parent / "captured").iterdir()}
    folders = {path.name for path in samples.iterdir() if path.is_dir()}
    has = (
        {tool.name, *tool.aliases} & folders
        or any(tool.name.startswith(f"{folder}-") for folder in folders)
        or any(file.startswith(tool.name) for file in captured)
        or (samples / ELSEWHERE.get(name, "nowhere")).is_file()
    )
    assert has or not tool.proven, name
