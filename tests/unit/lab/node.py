"""A node of the lab for tests: a directory that holds its profile, its faults and its state."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from millwright.lab.profiles import profile_for

PACKAGE = Path(__file__).parents[3] / "src" / "millwright" / "lab"


@dataclass(frozen=True, slots=True)
class LabNode:
    """Where one node's files lie; runs its tools as the copied package a node has."""

    root: Path

    def fault(self, *faults: dict[str, Any]) -> None:
        """Make these the node's only faults."""
        entries = [{"value": None, "at": "2026-05-01T10:00:00Z", **fault} for fault in faults]
        self._write("var/lib/millwright-lab/faults.json", {"faults": entries})

    def lay(self, profile: dict[str, Any]) -> None:
        """Build the node anew from `profile`."""
        self._write("etc/millwright-lab/profile.json", profile)

    def run(
        self, *command: str, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a tool to its end; its status is not judged here."""
        done = subprocess.run(
            [sys.executable, "-m", "simulators", *command],
            env={**self.environment(), **(environment or {})},
            capture_output=True,
            timeout=30,
            check=False,
        )
        # Decoded here, because text mode would turn the carriage returns of a burn into newlines.
        told, complaint = done.stdout.decode(), done.stderr.decode()
        return subprocess.CompletedProcess(done.args, done.returncode, told, complaint)

    def answer(self, *command: str, environment: dict[str, str] | None = None) -> str:
        """Return what a tool says that must succeed."""
        done = self.run(*command, environment=environment)
        assert done.returncode == 0, (done.stdout, done.stderr)
        return done.stdout

    def environment(self) -> dict[str, str]:
        """Return what a tool's process sees of the world."""
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(PACKAGE),
            "MILLWRIGHT_LAB_ROOT": str(self.root),
            "TZ": "UTC",
        }

    def _write(self, path: str, content: dict[str, Any]) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(content), encoding="utf-8")


def build(root: Path, model: str) -> LabNode:
    """Return a healthy node of `model`."""
    node = LabNode(root)
    node.lay(profile_for("node001", model))
    return node


def sample(path: str) -> str:
    """Return a real tool's output; a sample may be missing only where no samples are named."""
    named = os.environ.get("MILLWRIGHT_SAMPLES")
    if named is None:
        pytest.skip("MILLWRIGHT_SAMPLES names no corpus")
    found = Path(named) / path
    assert found.is_file(), f"MILLWRIGHT_SAMPLES names {named}, which has no {path}"
    return found.read_bytes().decode("utf-8-sig")
