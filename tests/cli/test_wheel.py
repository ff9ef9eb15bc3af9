"""What is shipped: wheel and sdist hold what they need, nothing else, and work on their own."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def call(*words: str | Path, cwd: Path) -> str:
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=clean,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Return the wheel from the checkout, the sdist, and the wheel from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "a", cwd=ROOT)
    call(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=ROOT)
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    unpacked = folder / sdist.name.removesuffix(".tar.gz")
    call(
        sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "b", cwd=unpacked
    )
    (first,), (second,) = (folder / "a").glob("*.whl"), (folder / "b").glob("*.whl")
    return first, sdist, second


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {
            name: archive.read(name)
            for name in archive.namelist()
            if not name.endswith(("RECORD", "WHEEL"))
        }


def test_both_wheels_hold_the_same(shipped: tuple[Path, Path, Path]) -> None:
    first, _, second = shipped
    assert contents(first) == contents(second)


def test_the_wheel_holds_data_and_no_rubbish(shipped: tuple[Path, Path, Path]) -> None:
    names = list(contents(shipped[0]))
    assert "millwright/catalog/blueprints.yaml" in names
    assert "millwright/catalog/references/dgx-h100.yaml" in names
    assert "millwright/_data/templates/init/factory.yaml.j2" in names
    assert "millwright/_data/playbooks/README.md" in names
    assert "millwright/_data/playbooks/roles/munge/tasks/main.yml" in names
    assert "millwright/lab/profiles/h100.json" in names
    assert "millwright/lab/simulators/nvidia_smi.py" in names
    assert "millwright/py.typed" in names
    assert not [n for n in names if n.endswith((".pyc", ".key", ".tmp")) or "/tests/" in n]


def test_the_wheel_does_the_main_job_in_an_empty_environment(
    shipped: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    call(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    bin_ = tmp_path / "venv" / "bin"
    call(bin_ / "python", "-m", "pip", "install", "--quiet", shipped[0], cwd=tmp_path)
    millwright = bin_ / "millwright"
    assert call(millwright, "--version", cwd=tmp_path).startswith("millwright ")
    call(millwright, "init", "pod", "--blueprint", "dgx-superpod-h100", cwd=tmp_path)
    assert "31 nodes, 248 GPUs" in call(millwright, "-C", "pod", "design", "solve", cwd=tmp_path)
    assert (tmp_path / "pod" / "design" / "bom.xlsx").is_file()
    call(millwright, "design", "conform", cwd=tmp_path)
    assert "xid" in call(millwright, "lab", "break", "--list", cwd=tmp_path)
    assert "nvidia-smi-xml" in call(millwright, "read", "--list", cwd=tmp_path)
    digest = "from millwright.adapters.playproject import role_digest; print(role_digest('munge'))"
    assert len(call(bin_ / "python", "-c", digest, cwd=tmp_path).strip()) == 64
