"""`design report`: a solved design as a package, for people who decide and people who pay."""

from __future__ import annotations

import typer

from millwright.cli.door import door_of, guarded
from millwright.cli.options import Json
from millwright.cli.wiring import inputs_of


@guarded
def report(context: typer.Context, json: Json = False) -> None:
    """Write the package of the solved design: design/report.html, report.pdf and report.xlsx.

    From an executive summary over every line of the spec and what answers it to racks, fabrics,
    power, the bill with prices, cables, addresses, growth, costs over the years, risks, and what is
    estimated. All three files are set from the same values. Prices of your own stand in
    catalog/prices.yaml; without them every price is an estimate, and the package says so.
    """
    from millwright.adapters.artefacts import check_fresh
    from millwright.adapters.papers import papers
    from millwright.adapters.workbook import workbook
    from millwright.cli.designfacts import drawn_of
    from millwright.reports.designed import design_page
    from millwright.reports.designsheets import design_sheets

    door = door_of(context, json=json)
    inputs = inputs_of(door)
    drawn = drawn_of(inputs, check_fresh(inputs.workspace, inputs.lock()))
    stem, page = inputs.workspace.design_dir / "report", design_page(drawn)
    writers = papers(stem, page)
    writers[stem.with_suffix(".xlsx")] = workbook(design_sheets(drawn, page))
    inputs.workspace.replace_files(writers)
    files = [str(path) for path in writers]
    if door.json:
        schema = "millwright.design-report/1"
        door.ui.json({"schema": schema, "simulated": drawn.cluster.simulated, "files": files})
    else:
        door.ui.raw(files)
