"""A workspace's first files: its spec, what editors complete it by, and what git leaves out."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from millwright.adapters.render import render
from millwright.adapters.specfile import factory_schema
from millwright.adapters.workspace import Workspace, writing


@dataclass(frozen=True, slots=True)
class FirstSpec:
    """What a first factory.yaml says; everything else comes from its blueprint."""

    name: str
    blueprint: str
    title: str
    size_key: Literal["nodes", "scalable_units"]
    size: int


def begin(workspace: Workspace, spec: FirstSpec) -> tuple[list[Path], str]:
    """Write the first files; return them, and what a .gitignore that is there should hold.

    A .gitignore is never overwritten; the second value is empty where one was written.
    """
    ignored = workspace.root / ".gitignore"
    texts = {
        ignored: render("init/gitignore.j2", {}),
        workspace.root / ".millwright" / "factory.schema.json": _schema(),
        workspace.factory_file: render("init/factory.yaml.j2", asdict(spec)),
    }
    wanted = ""
    if ignored.exists():
        lines = texts.pop(ignored).splitlines()
        wanted = ", ".join(line for line in lines if not line.startswith("#"))
    workspace.replace_files({path: writing(text.encode()) for path, text in texts.items()})
    return list(texts), wanted


def _schema() -> str:
    return json.dumps(factory_schema(), indent=1) + "\n"
