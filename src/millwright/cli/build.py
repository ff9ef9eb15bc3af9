"""`build`: proves that a factory is what its design says, before a customer does."""

from __future__ import annotations

import typer

from millwright.cli import (
    buildassets,
    buildbisect,
    buildbook,
    buildcables,
    buildcheck,
    buildcompare,
    buildfingerprint,
    buildplan,
    buildreport,
    buildrma,
    buildrun,
    buildsimulate,
    buildverdict,
)

app = typer.Typer(help="Test and accept a factory.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _build() -> None:
    """Test and accept a factory."""


for _name, _command, _told in (
    ("book", buildbook.book, "Write the rack build book and the labels."),
    ("plan", buildplan.plan, "Plan the tests."),
    ("check", buildcheck.check, "Look what nodes lack for them."),
    ("run", buildrun.run, "Run them."),
    ("resume", buildrun.resume, "Go on with a run that was left."),
    ("retest", buildrun.retest, "Repeat what a verdict doubts."),
    ("status", buildrun.status, "Show how far the last run has come."),
    ("verdict", buildverdict.verdict, "Judge what was measured."),
    ("bisect", buildbisect.bisect, "Find who fails only at scale."),
    ("compare", buildcompare.compare, "Compare factory and site, by serial number."),
    ("fingerprint", buildfingerprint.fingerprint, "Keep what accepted parts reached."),
    ("rma", buildrma.rma, "Collect the case against a part."),
    ("report", buildreport.report, "Write the acceptance report."),
    ("cables", buildcables.cables, "Compare cables with the design."),
    ("assets", buildassets.assets, "List what nodes hold, against a scan."),
    ("firmware", buildassets.firmware, "Compare firmware, and with targets."),
    ("simulate", buildsimulate.simulate, "Try the judge on SIMULATED fleets."),
    ("score", buildsimulate.score, "Hold a verdict against what was planted."),
):
    _own = "Example:" in (_command.__doc__ or "")
    _epilog = None if _own else f"Example: millwright -C site build {_name}"
    app.command(_name, short_help=_told, epilog=_epilog)(_command)
