"""`design export`: the design for the tools that route, name, schedule, draw and keep records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import guarded
from millwright.cli.options import Json
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from collections.abc import Callable

    from millwright.cli.exporting import Asked
    from millwright.design.plan.plan import NetworkPlan
    from millwright.model.cluster import CableTable
    from millwright.model.exported import Export

Out = Annotated[
    Path | None,
    typer.Option("-o", "--out", help="The folder; else design/export/FORMAT.", metavar="DIR"),
]
Domain = Annotated[
    str | None, typer.Option(help="The zone; NAME.internal if not said.", metavar="DOMAIN")
]
FORMATS = {
    "network": "The network plan: addresses, ASNs, names.",
    "netbox": "NetBox: lists for its bulk import.",
    "nvue": "Cumulus Linux: startup.yaml per switch.",
    "frr": "FRRouting: frr.conf per switch.",
    "dns": "BIND and dnsmasq: zones, leases.",
    "slurm": "Slurm: topology and node lines.",
    "topograph": "NVIDIA topograph: a model.",
    "dot": "Graphviz: a graph of each fabric.",
}


def attach(app: typer.Typer) -> None:
    """Add a command for each format to `design export`."""
    words: dict[str, Callable[..., None]] = {
        "network": network,
        "netbox": netbox,
        "nvue": nvue,
        "frr": frr,
        "dns": dns,
        "slurm": slurm,
        "topograph": topograph,
        "dot": dot,
    }
    ibsim_example = "Example: millwright -C superpod design export ibsim -o superpod.net"
    app.command("ibsim", epilog=ibsim_example)(ibsim)
    for name, short in FORMATS.items():
        example = f"Example: millwright -C superpod design export {name}"
        app.command(name, short_help=short, epilog=example)(words[name])


def _asked(context: typer.Context, json: bool, out: Path | None) -> tuple[Asked, CableTable]:
    from millwright.adapters.artefacts import check_fresh, read_cables
    from millwright.cli.exporting import asked_for

    asked = asked_for(context, json, out, None)
    workspace, lock = asked.inputs.workspace, asked.inputs.lock()
    cables, _ = read_cables(workspace, check_fresh(workspace, lock))
    return asked, cables


def _plan(asked: Asked, cables: CableTable, domain: str | None = None) -> NetworkPlan:
    from millwright.design.plan.plan import network_plan

    wished = asked.inputs.read.factory.networks
    return network_plan(asked.cluster, cables, asked.inputs.loaded.catalog, wished, domain)


def _write(asked: Asked, export: Export) -> None:
    from millwright.cli.exporting import write

    write(asked, export)


@guarded
def network(
    context: typer.Context, domain: Domain = None, out: Out = None, json: Json = False
) -> None:
    """Write the network plan: networks of both families, VLANs, ASNs, every name and address,
    InfiniBand node descriptions and partitions, and both sides of RoCE.

    Networks that the spec does not name are private ranges; `networks` in factory.yaml wins
    (inband, oob, compute, storage, loopback).
    """
    from millwright.design.export.network import network as made

    asked, cables = _asked(context, json, out)
    classes = tuple(asked.inputs.loaded.catalog.traffic_classes.values())
    _write(asked, made(_plan(asked, cables, domain), classes))


@guarded
def netbox(
    context: typer.Context, domain: Domain = None, out: Out = None, json: Json = False
) -> None:
    """Write device types (YAML) and lists (CSV) for NetBox's bulk imports, numbered in the order
    of importing; columns are those of NetBox 4.7. Not validated by the provider."""
    from millwright.design.export.netbox import netbox as made

    asked, cables = _asked(context, json, out)
    plan = _plan(asked, cables, domain)
    _write(asked, made(asked.cluster, cables, plan, asked.inputs.loaded.catalog))


@guarded
def nvue(context: typer.Context, out: Out = None, json: Json = False) -> None:
    """Write startup.yaml for each Ethernet switch of NVIDIA: breakouts lane by lane, BGP over
    unnumbered links, EVPN for networks that span switches, and RoCE from the table that hosts are
    set up from. For Cumulus Linux 5.9 to 5.14. Not validated by the provider."""
    from millwright.design.export.nvue import nvue as made

    asked, cables = _asked(context, json, out)
    classes = tuple(asked.inputs.loaded.catalog.traffic_classes.values())
    _write(asked, made(_plan(asked, cables), classes))


@guarded
def frr(context: typer.Context, out: Out = None, json: Json = False) -> None:
    """Write frr.conf for each Ethernet switch that routes: BGP over unnumbered links, addresses of
    the plan, EVPN between in-band switches."""
    from millwright.design.export.frr import frr as made

    asked, cables = _asked(context, json, out)
    _write(asked, made(_plan(asked, cables)))


@guarded
def dns(
    context: typer.Context,
    domain: Domain = None,
    serial: Annotated[
        int, typer.Option(help="The zones' serial number.", min=1, max=2**32 - 1)
    ] = 1,
    survey: Annotated[
        Path | None,
        typer.Option(help="What was found at the machines: MACs, gateway.", metavar="FILE"),
    ] = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Write zones for BIND (both ways, both families), and dnsmasq.conf with names, ranges that are
    lent and, where a survey knows MACs, reservations."""
    from millwright.adapters.surveyfile import read_survey
    from millwright.design.export.dns import dns as made
    from millwright.model.survey import Survey

    asked, cables = _asked(context, json, out)
    found = read_survey(survey) if survey else Survey()
    _write(asked, made(_plan(asked, cables, domain), asked.cluster, found, serial))


@guarded
def slurm(context: typer.Context, out: Out = None, json: Json = False) -> None:
    """Write topology.conf, topology.yaml and the lines of nodes and partitions for Slurm, as
    `deploy apply` gives them to its own controllers."""
    from millwright.deploy.export.slurm import slurm as made

    asked, _ = _asked(context, json, out)
    _write(asked, made(asked.cluster, asked.inputs.loaded.catalog))


@guarded
def topograph(context: typer.Context, out: Out = None, json: Json = False) -> None:
    """Write a model of the compute fabric as NVIDIA's topograph loads it. Not validated by the
    provider."""
    from millwright.design.export.topograph import topograph as made

    asked, _ = _asked(context, json, out)
    _write(asked, made(asked.cluster, asked.inputs.loaded.catalog))


@guarded
def dot(context: typer.Context, out: Out = None, json: Json = False) -> None:
    """Write a graph of each fabric for Graphviz. Parallel links are one line, with their number."""
    from millwright.design.export.dot import dot as made

    asked, cables = _asked(context, json, out)
    _write(asked, made(asked.cluster, cables))


@guarded
def ibsim(
    context: typer.Context,
    output: Annotated[
        Path | None, typer.Option("-o", "--out", "--output", help="The file; stdout if not said.")
    ] = None,
) -> None:
    """Write the compute fabric as a network file of the InfiniBand simulator."""
    from millwright.design.ibsim import network as made

    asked, cables = _asked(context, False, None)
    lines = made(asked.cluster, cables, asked.inputs.loaded.catalog)
    if output is None:
        asked.door.ui.raw(lines)
        return
    try:
        output.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise MillwrightError(f"cannot write {output}: {error.strerror}") from None
