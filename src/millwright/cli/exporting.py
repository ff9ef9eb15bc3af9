"""An export as the command line asks for it: hosts are chosen, files written, the rest told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from millwright.cli.door import Door, door_of
from millwright.cli.wiring import inputs_of
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from collections.abc import Callable

    from millwright.cli.wiring import Inputs
    from millwright.deploy.export.roster import Roster
    from millwright.model.cluster import Cluster
    from millwright.model.exported import Data, Export, Lines, Sheet, Text

    Installer = Callable[[Roster, tuple[str, ...]], Export]


@dataclass(frozen=True, slots=True)
class Asked:
    """A command's workspace, design and wishes."""

    door: Door
    inputs: Inputs
    cluster: Cluster
    out: Path | None
    only: str | None

    def names(self) -> frozenset[str] | None:
        """Return the hosts that are wanted, or None for all."""
        from millwright.deploy.export.roster import is_host
        from millwright.model.nodeset import chosen

        known = [device.name for device in self.cluster.devices if is_host(device)]
        return frozenset(chosen(self.only, known)) if self.only else None

    def roster(self, survey: Path | None, *, whole: bool = False) -> Roster:
        """Return the hosts that are wanted, or all."""
        from millwright.adapters.surveyfile import read_survey
        from millwright.deploy.export.roster import roster
        from millwright.model.survey import Survey

        found = read_survey(survey) if survey else Survey()
        names = self.names()
        services = self.inputs.read.factory.services
        return roster(self.cluster, services, found, None if whole else names)


def asked_for(context: typer.Context, json: bool, out: Path | None, only: str | None) -> Asked:
    """Return what a command works on. Raises NoDesign or StaleDesign where there is none."""
    from millwright.adapters.artefacts import check_fresh, read_cluster

    door = door_of(context, json=json)
    inputs = inputs_of(door)
    cluster = read_cluster(inputs.workspace, check_fresh(inputs.workspace, inputs.lock()))
    return Asked(door, inputs, cluster, out, only)


def _keys(file: Path | None) -> tuple[str, ...]:
    from millwright.adapters.surveyfile import read_key_file
    from millwright.deploy.export.keys import public_keys

    if file is None:
        raise MillwrightError(
            "without a key nobody could enter the hosts: there is no password",
            hint="say --key FILE, for example --key ~/.ssh/id_ed25519.pub",
        )
    return public_keys(read_key_file(file), str(file))


def install(asked: Asked, made: Installer, key: Path | None, survey: Path | None) -> None:
    """Write what lets root in by key, and say so where `reach.yaml` would enter as another one."""
    from millwright.adapters.routes import known_nodes
    from millwright.model.exported import Unknown

    keys = _keys(key)
    export = made(asked.roster(survey), keys)
    user = known_nodes(asked.inputs.workspace).reach.user
    if user != "root":
        means = f"reach.yaml enters as {user}, and only root is let in"
        other = Unknown("user", (), means, "say `user: root` there, or make that user")
        export = replace(export, unknown=(*export.unknown, other))
    write(asked, export)


def write(asked: Asked, export: Export) -> None:
    """Write the files of an export, all or none, and tell what nobody knows."""
    from millwright.adapters.exportfiles import Manifest, write_export

    workspace, lock = asked.inputs.workspace, asked.inputs.lock()
    folder = asked.out or workspace.design_dir / "export" / export.format
    texts = {file.path: _text(file) for file in export.files}
    made = Manifest(export.format, lock.spec_sha256, lock.catalog_sha256)
    files = write_export(workspace, folder, texts, made)
    _tell(asked, export, files, folder)


def _text(file: Data | Text | Lines | Sheet) -> str:
    from millwright.adapters import exportfiles
    from millwright.model.exported import Lines, Sheet, Text

    if isinstance(file, Text):
        return exportfiles.template_text(file.template, file.values)
    if isinstance(file, Lines):
        return exportfiles.lines_text(file.path, file.lines)
    if isinstance(file, Sheet):
        return exportfiles.sheet_text(file.path, file.columns, file.rows)
    text = exportfiles.data_text(file.path, file.value, file.head, file.first)
    if file.templated:
        exportfiles.refuse_templates(file.path, text)
    return text


def _tell(asked: Asked, export: Export, files: tuple[Path, ...], folder: Path) -> None:
    from millwright.model.nodeset import folded

    door, simulated = asked.door, asked.cluster.simulated
    if door.json:
        keys = ("what", "hosts", "means", "mend")
        todo = [{k: getattr(each, k) for k in keys} for each in export.unknown]
        told = {"schema": "millwright.export/1", "format": export.format, "simulated": simulated}
        names = {"hosts": list(export.hosts), "files": [str(path) for path in files]}
        state = None if export.format == "inventory" else export.state
        door.ui.json({**told, "state": state, **names, "todo": todo})
        return
    mark = "  SIMULATED" if simulated else ""
    names_ = folded(export.hosts)
    count = "1 file" if len(files) == 1 else f"{len(files)} files"
    door.ui.data(f"{export.format}: {count} for {names_} in {folder}{mark}")
    for each in export.unknown:
        whose = f" of {folded(each.hosts)}" if each.hosts else ""
        door.ui.data(f"UNKNOWN  {each.what}{whose}: {each.means}; {each.mend}")
    if export.format != "inventory":
        door.ui.say(export.state)
