"""`design report`: a solved design as HTML and PDF, for people who decide and people who pay."""

from __future__ import annotations

import typer

from millwright.cli.door import door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import inputs_of


@guarded
def report(context: typer.Context, json: Json = False) -> None:
    """Write the report of the solved design: design/report.html and design/report.pdf."""
    from millwright import __version__
    from millwright.adapters.artefacts import check_fresh, read_bom, read_cluster
    from millwright.adapters.papers import papers
    from millwright.reports.designed import Drawn, design_page

    door = door_of(context, json=json)
    inputs = inputs_of(door)
    lock = check_fresh(inputs.workspace, inputs.lock())
    cluster = read_cluster(inputs.workspace, lock)
    drawn = Drawn(
        cluster=cluster,
        bom=read_bom(inputs.workspace, lock),
        cables=cluster.cables.rows if cluster.cables is not None else 0,
        catalog=inputs.loaded.catalog,
        digests=lock.files,
        by=f"millwright {__version__}",
    )
    writers = papers(inputs.workspace.design_dir / "report", design_page(drawn))
    inputs.workspace.replace_files(writers)
    files = [str(path) for path in writers]
    if door.json:
        schema = "millwright.design-report/1"
        door.ui.json({"schema": schema, "simulated": cluster.simulated, "files": files})
    else:
        door.ui.raw(files)
