"""`deploy export`: the design in the words of other tools, for what comes before SSH."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from millwright.cli.door import guarded
from millwright.cli.exporting import asked_for, install, write
from millwright.cli.options import Json

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
Only = Annotated[
    str | None,
    typer.Option(help="A node set: no other host; former files of others are taken away."),
]
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

    install(asked_for(context, json, out, only), made, key, survey)


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

    install(asked_for(context, json, out, only), made, key, survey)


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

    install(asked_for(context, json, out, only), made, key, survey)


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

    asked = asked_for(context, json, out, only)
    write(asked, made(asked.roster(survey)))


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

    asked = asked_for(context, json, out, only)
    catalog, spec = asked.inputs.loaded.catalog, asked.inputs.read.factory
    run = runtime(asked.cluster, spec, catalog, every_pool)
    networks = tuple(asked.cluster.networks.values())
    write(asked, made(asked.roster(None, whole=True), run, networks, asked.names()))


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

    asked = asked_for(context, json, out, only)
    inputs = deploy_inputs(asked.cluster, asked.inputs.loaded.catalog, asked.inputs.read.factory)
    known, wanted = known_nodes(asked.inputs.workspace), asked.names()
    names = tuple(name for name in inputs.nodes if wanted is None or name in wanted)
    write(asked, made(inputs, known.routes, known.reach.become, names))
