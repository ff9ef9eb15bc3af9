"""`deploy export`: the design in the words of other tools, for what comes before SSH."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import inputs_of
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from millwright.cli.wiring import Inputs
    from millwright.deploy.export.artefact import Data, Export, Text
    from millwright.deploy.export.roster import Roster
    from millwright.model.cluster import Cluster

NOTE = (
    "What it writes is not validated by the provider and not executed here. What nobody knows is "
    "told as UNKNOWN and never made up. No password is written; nothing in it reports to anybody."
)
app = typer.Typer(
    help="Write the design for the tools that install systems, or stand beside us.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Out = Annotated[
    Path | None, typer.Option(help="The folder; design/export/FORMAT if not said.", metavar="DIR")
]
Only = Annotated[str | None, typer.Option(help="A node set: export no other host.")]
Key = Annotated[
    Path | None, typer.Option(help="File of the public SSH keys that root is let in with.")
]
SurveyFile = Annotated[
    Path | None,
    typer.Option(
        help="What was found at the machines (millwright.survey/1): gateway, MACs, disks.",
        metavar="FILE",
    ),
]


@dataclass(frozen=True, slots=True)
class _Asked:
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


def _asked(context: typer.Context, json: bool, out: Path | None, only: str | None) -> _Asked:
    from millwright.adapters.artefacts import check_fresh, read_cluster

    door = door_of(context, json=json)
    inputs = inputs_of(door)
    cluster = read_cluster(inputs.workspace, check_fresh(inputs.workspace, inputs.lock()))
    return _Asked(door, inputs, cluster, out, only)


def _keys(file: Path | None) -> tuple[str, ...]:
    from millwright.adapters.surveyfile import read_key_file
    from millwright.deploy.export.keys import public_keys

    if file is None:
        raise MillwrightError(
            "without a key nobody could enter the hosts: there is no password",
            hint="say --key FILE, for example --key ~/.ssh/id_ed25519.pub",
        )
    return public_keys(read_key_file(file), str(file))


def _example(words: str) -> str:
    return f"Example: millwright -C superpod deploy export {words}"


@app.command(
    "autoinstall",
    short_help="Ubuntu: user-data and meta-data per host.",
    epilog=_example("autoinstall --key ~/.ssh/id_ed25519.pub --survey survey.yaml"),
    help=f"Write Ubuntu's autoinstall files for each host: static in-band address, root by key "
    f"only. The installer asks for what the survey does not say. {NOTE}",
)
@guarded
def autoinstall(
    context: typer.Context,
    key: Key = None,
    survey: SurveyFile = None,
    out: Out = None,
    only: Only = None,
    json: Json = False,
) -> None:
    """Write Ubuntu's autoinstall files."""
    from millwright.deploy.export.autoinstall import autoinstall as made

    asked = _asked(context, json, out, only)
    keys = _keys(key)
    _write(asked, made(asked.roster(survey), keys))


@app.command(
    "preseed",
    short_help="Debian: preseed.cfg per host.",
    epilog=_example("preseed --key ~/.ssh/id_ed25519.pub --survey survey.yaml"),
    help=f"Write Debian's preseed files for each host, and the keys beside them. The installer "
    f"asks for what the survey does not say. {NOTE}",
)
@guarded
def preseed(
    context: typer.Context,
    key: Key = None,
    survey: SurveyFile = None,
    out: Out = None,
    only: Only = None,
    json: Json = False,
) -> None:
    """Write Debian's preseed files."""
    from millwright.deploy.export.preseed import preseed as made

    asked = _asked(context, json, out, only)
    keys = _keys(key)
    _write(asked, made(asked.roster(survey), keys))


@app.command(
    "maas",
    short_help="MAAS: machines, pools, tags, user-data.",
    epilog=_example("maas --key ~/.ssh/id_ed25519.pub --survey survey.yaml"),
    help=f"Write machines as MAAS's API takes them, with pools, tags and BMC addresses, and "
    f"cloud-init user-data. {NOTE}",
)
@guarded
def maas(
    context: typer.Context,
    key: Key = None,
    survey: SurveyFile = None,
    out: Out = None,
    only: Only = None,
    json: Json = False,
) -> None:
    """Write machines for MAAS."""
    from millwright.deploy.export.maas import maas as made

    asked = _asked(context, json, out, only)
    keys = _keys(key)
    _write(asked, made(asked.roster(survey), keys))


@app.command(
    "warewulf",
    short_help="Warewulf 4: nodes.conf.",
    epilog=_example("warewulf --survey survey.yaml"),
    help=f"Write nodes.conf of Warewulf 4.6 and later: profiles, and the compute nodes. {NOTE}",
)
@guarded
def warewulf(
    context: typer.Context,
    survey: SurveyFile = None,
    out: Out = None,
    only: Only = None,
    json: Json = False,
) -> None:
    """Write nodes and profiles for Warewulf."""
    from millwright.deploy.export.warewulf import warewulf as made

    asked = _asked(context, json, out, only)
    _write(asked, made(asked.roster(survey)))


@app.command(
    "kubernetes",
    short_help="Kubespray, and GPU and network operators.",
    epilog=_example("kubernetes --all"),
    help=f"Write inputs of Kubespray and of NVIDIA's or AMD's operators for pools with `runtime: "
    f"kubernetes`. --only chooses workers; management hosts stay the control plane. {NOTE}",
)
@guarded
def kubernetes(
    context: typer.Context,
    every_pool: Annotated[
        bool, typer.Option("--all", help="All pools, whatever their runtime is.")
    ] = False,
    out: Out = None,
    only: Only = None,
    json: Json = False,
) -> None:
    """Write inputs for Kubernetes."""
    from millwright.deploy.export.kubernetes import kubernetes as made
    from millwright.deploy.export.kubernetes import runtime

    asked = _asked(context, json, out, only)
    catalog, spec = asked.inputs.loaded.catalog, asked.inputs.read.factory
    run = runtime(asked.cluster, spec, catalog, every_pool)
    networks = tuple(asked.cluster.networks.values())
    _write(asked, made(asked.roster(None, whole=True), run, networks, asked.names()))


@app.command(
    "inventory",
    short_help="Ansible: an inventory for the playbooks.",
    epilog=_example("inventory --only 'gpu[001-016]'"),
    help="Write the Ansible inventory that the playbooks read, for ansible-playbook by hand. Host "
    "keys are checked by your own SSH settings; no password is in it.",
)
@guarded
def inventory(
    context: typer.Context, out: Out = None, only: Only = None, json: Json = False
) -> None:
    """Write an Ansible inventory."""
    from millwright.adapters.routes import known_nodes
    from millwright.deploy.export.inventory import inventory as made
    from millwright.deploy.inputs import inputs_of as deploy_inputs

    asked = _asked(context, json, out, only)
    inputs = deploy_inputs(asked.cluster, asked.inputs.loaded.catalog, asked.inputs.read.factory)
    known, wanted = known_nodes(asked.inputs.workspace), asked.names()
    names = tuple(name for name in inputs.nodes if wanted is None or name in wanted)
    _write(asked, made(inputs, known.routes, known.reach.become, names))


def _write(asked: _Asked, export: Export) -> None:
    from millwright.adapters.exportfiles import Manifest, write_export

    workspace, lock = asked.inputs.workspace, asked.inputs.lock()
    folder = asked.out or workspace.design_dir / "export" / export.format
    texts = {file.path: _text(file) for file in export.files}
    made = Manifest(export.format, lock.spec_sha256, lock.catalog_sha256)
    files = write_export(workspace, folder, texts, made)
    _tell(asked, export, files, folder)


def _text(file: Data | Text) -> str:
    from millwright.adapters.exportfiles import data_text, refuse_templates, template_text
    from millwright.deploy.export.artefact import Data

    if not isinstance(file, Data):
        return template_text(file.template, file.values)
    text = data_text(file.path, file.value, file.head, file.first)
    if file.templated:
        refuse_templates(file.path, text)
    return text


def _tell(asked: _Asked, export: Export, files: tuple[Path, ...], folder: Path) -> None:
    from millwright.deploy.export.artefact import NOT_VALIDATED
    from millwright.model.nodeset import folded

    door, simulated = asked.door, asked.cluster.simulated
    if door.json:
        keys = ("what", "hosts", "means", "mend")
        todo = [{k: getattr(each, k) for k in keys} for each in export.unknown]
        told = {"schema": "millwright.export/1", "format": export.format, "simulated": simulated}
        names = {"hosts": list(export.hosts), "files": [str(path) for path in files]}
        state = None if export.format == "inventory" else NOT_VALIDATED
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
        door.ui.say(NOT_VALIDATED)
