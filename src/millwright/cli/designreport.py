"""`design report`: a solved design as HTML and PDF, for people who decide and people who pay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from millwright.cli.door import door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import Inputs, inputs_of

if TYPE_CHECKING:
    from millwright.model.cluster import BomLine, Cluster
    from millwright.reports.designedneeds import Needs


@guarded
def report(context: typer.Context, json: Json = False) -> None:
    """Write the report of the solved design: design/report.html and design/report.pdf.

    It tells what the design is for, what was decided, what is estimated, what storage must give,
    and the design itself down to its addresses and its bill.
    """
    from millwright import __version__
    from millwright.adapters.artefacts import check_fresh, read_bom, read_cables, read_cluster
    from millwright.adapters.papers import papers
    from millwright.reports.designed import Drawn, design_page
    from millwright.reports.floor import lengths_table

    door = door_of(context, json=json)
    inputs = inputs_of(door)
    lock = check_fresh(inputs.workspace, inputs.lock())
    cluster = read_cluster(inputs.workspace, lock)
    bom = read_bom(inputs.workspace, lock)
    drawn = Drawn(
        cluster=cluster,
        bom=bom,
        cables=cluster.cables.rows if cluster.cables is not None else 0,
        catalog=inputs.loaded.catalog,
        digests=lock.files,
        by=f"millwright {__version__}",
        needs=_needs(inputs, cluster, bom),
        lengths=lengths_table(read_cables(inputs.workspace, lock)[1]),
    )
    writers = papers(inputs.workspace.design_dir / "report", design_page(drawn))
    inputs.workspace.replace_files(writers)
    files = [str(path) for path in writers]
    if door.json:
        schema = "millwright.design-report/1"
        door.ui.json({"schema": schema, "simulated": cluster.simulated, "files": files})
    else:
        door.ui.raw(files)


def _needs(inputs: Inputs, cluster: Cluster, bom: Sequence[BomLine]) -> Needs:
    """Return what stands behind a design: sizes on its servers, decisions, growth, storage."""
    from millwright.adapters.decisionfile import read_decisions
    from millwright.cli.hardware import stored, wish_of
    from millwright.design.sizing.enough import grown_nodes, size_on, steps_of
    from millwright.reports.designedneeds import Needs, Stage

    wish = wish_of(inputs)
    size = size_on(wish, cluster)
    stages = [Stage(at, grown_nodes(wish, cluster, at)) for at in steps_of(wish) if size]
    storage = stored(inputs, cluster, bom)
    return Needs(size, read_decisions(inputs.workspace), stages, storage)
