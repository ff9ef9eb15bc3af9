"""`deploy cloud`: the other side of zones elsewhere, and models on their way there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from millwright.cli.door import door_of, guarded
from millwright.cli.options import Json

app = typer.Typer(
    help="Zones elsewhere: their cloud side, edge specs, models on their way.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Server = Annotated[
    str, typer.Option(help="The server of the catalogue that rented machines are sized as.")
]


@app.callback()
def _cloud() -> None:
    """Zones elsewhere: the cloud's side of them, specs of edge zones, models on their way."""


@app.command(
    "plan",
    short_help="Show which zones elsewhere hold what.",
    epilog="Example: millwright -C hospital deploy cloud plan",
)
@guarded
def plan(context: typer.Context, server: Server = "hgx-h100", json: Json = False) -> None:
    """Show the zones to which the design places workloads, and what each would be. Writes nothing.

    A region that lies elsewhere than the zone says, or outside the residency of its data, is wrong
    (exit 2), and so is one that is not known.
    """
    from millwright.cli.clouding import planned

    planned(door_of(context, json=json), server)


@app.command(
    "write",
    short_help="Write OpenTofu for a cloud zone, a spec for an edge zone.",
    epilog="Example: millwright -C hospital deploy cloud write --zone cloud-east",
)
@guarded
def write(
    context: typer.Context,
    zone: Annotated[str | None, typer.Option(help="One zone; all if not said.")] = None,
    server: Server = "hgx-h100",
    nodes: Annotated[
        int | None, typer.Option(min=1, max=10_000, help="Machines; as sized if not said.")
    ] = None,
    json: Json = False,
) -> None:
    """Write cloud/ZONE: OpenTofu or Terraform for rented machines, a factory.yaml for an edge zone.

    Rented: nodes, a network without a way to the internet, a private link, one key, and a bucket
    for each workload with data, within residency. Edge: a spec of its own, which the same commands
    and roles design, build, deploy and manage. What it writes is not validated by the provider and
    not executed here. What nobody has said is told as UNKNOWN, and no secret is written.
    """
    from millwright.cli.clouding import written

    written(door_of(context, json=json), zone, (server, nodes))


@app.command(
    "promote",
    short_help="Sign a model for the zone that serves it.",
    epilog="Example: millwright -C hospital deploy cloud promote ct-net 2.2 models/ct-net "
    "--trained-by ct-segmentation --workload ct-triage --to clinic-north",
)
@guarded
def promote(
    context: typer.Context,
    model: Annotated[str, typer.Argument(help="The model's name.")],
    version: Annotated[str, typer.Argument(help="Its version.")],
    folder: Annotated[Path, typer.Argument(help="The folder of its files.")],
    trained_by: Annotated[str, typer.Option(help="The workload that trained it.")],
    workload: Annotated[str, typer.Option(help="The workload that it serves.")],
    to: Annotated[str, typer.Option(help="The zone that serves it.")],
    json: Json = False,
) -> None:
    """Lay a signed manifest of all files beside a model, for the zone that serves it.

    It is refused (exit 1) where the design does not place the workload in that zone, or where what
    the model has seen may not lie there: weights can give it back. It wants your key
    (`millwright evidence key`), and the word `promoted` goes into the trail of models.
    """
    from millwright.cli.promoting import Way, promoted

    promoted(door_of(context, json=json), Way(model, version, folder, trained_by, workload, to))


@app.command(
    "receive",
    short_help="Check a model where it arrived.",
    epilog="Example: millwright deploy cloud receive models/ct-net --signers site.pub "
    "--zone clinic-north",
)
@guarded
def receive(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The folder as it arrived.")],
    signers: Annotated[
        Path | None,
        typer.Option(help="Keys that are trusted; the workspace's evidence.pub if not said."),
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="Refuse it where it was signed for another zone.")
    ] = None,
    json: Json = False,
) -> None:
    """Hold a folder against its manifest: signature, every file, and none too many.

    Needs no spec: give the other site a copy of evidence.pub by a way of its own; one that lies in
    the folder itself is refused. Ends with 1, naming each file, where anything is not as signed.
    """
    from millwright.cli.promoting import received

    received(door_of(context, json=json), folder, signers, zone)
