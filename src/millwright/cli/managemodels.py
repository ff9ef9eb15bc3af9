"""`manage models`: models in production, and who stands for them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.model.modelword import WordKind

app = typer.Typer(
    help="Watch models in production, and keep who stands for them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Model = Annotated[str, typer.Argument(help="The model's name.")]
Version = Annotated[str, typer.Argument(help="Its version, such as 2.1 or a digest.")]
Role = Annotated[str, typer.Option(help="What you are to it: clinical owner, data science, ...")]
Why = Annotated[str, typer.Option(help="Why. No names of patients: this is kept for years.")]
Seen = Annotated[
    list[str] | None,
    typer.Option("--evidence", help="What you saw: a run, a window of drift, a report. Repeat it."),
]
For = Annotated[str | None, typer.Option("--workload", help="The workload that it answers for.")]


@app.callback()
def _models() -> None:
    """Models in production: what keeps them trustworthy, as far as infrastructure sees it."""


@app.command(
    "watch",
    short_help="Look at feeds and answers.",
    epilog="Example: millwright -C site manage models watch --out /var/lib/prometheus/models.prom",
)
@guarded
def watch(
    context: typer.Context,
    slo: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Answers of Prometheus; slo.json if not said."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="FILE", help="Also for Prometheus' textfile collector."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Look at what models live on and what they answer, by counts and histograms alone.

    Freshness, volume and form of feeds (DICOM, HL7, FHIR); answers against the reference by PSI
    and KS with intervals, UNKNOWN where they are too few; promises of latency and errors as
    `manage slo --record slo.json` kept them; what the workspace recorded of nodes around the time
    since which answers are apart. models.yaml says what is watched. Content of feeds and answers
    goes nowhere. Ends with 1 where something is not as it should be, with 3 where the worst is
    unknown.
    """
    from millwright.cli.modelwatching import look

    raise typer.Exit(int(look(door_of(context, json=json), slo, out)))


@app.command(
    "reference",
    short_help="Keep what accepted answers look like.",
    epilog="Example: millwright -C site manage models reference ct-net validation.csv",
)
@guarded
def reference(
    context: typer.Context,
    model: Model,
    files: Annotated[list[Path], typer.Argument(help="CSV files of answers, with a header.")],
    json: Json = False,
) -> None:
    """Count answers that were accepted, as the reference of the version in models.yaml.

    References are numbered and never replaced; the last one with the bins of today counts.
    """
    from millwright.cli.modelwatching import refer

    refer(door_of(context, json=json), model, tuple(files))


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be said of which version, by whom, and why."""

    kind: WordKind
    model: str
    version: str
    role: str
    why: str = ""
    seen: tuple[str, ...] = ()
    workload: str | None = None
    artefact: str | None = None
    expires: str | None = None


@app.command(
    "sign",
    short_help="Sign a version off for a workload.",
    epilog="Example: millwright manage models sign ct-net 2.1 --workload ct-triage "
    "--role 'clinical owner' --why 'validated on 400 local studies' --expires 2027-06-30",
)
@guarded
def sign(
    context: typer.Context,
    model: Model,
    version: Version,
    workload: Annotated[str, typer.Option(help="The workload that it answers for.")],
    role: Role,
    why: Why,
    evidence: Seen = None,
    artefact: Annotated[
        str | None, typer.Option(metavar="SHA256", help="Digest of the files you looked at.")
    ] = None,
    expires: Annotated[
        str | None, typer.Option(metavar="DAY", help="From which day it counts no more.")
    ] = None,
    json: Json = False,
) -> None:
    """Stand for a version of a model: it may answer for this workload.

    The word is chained to all before it and signed with your key (`millwright evidence key`);
    without a signature that the workspace trusts it is kept, and `millwright ready` does not take
    it for an answer.
    """
    wish = _Wish("signed-off", model, version, role, why, tuple(evidence or ()), workload, artefact,
                 expires)  # fmt: skip
    _say(door_of(context, json=json), wish)


@app.command(
    "withdraw",
    short_help="Take a sign-off back.",
    epilog="Example: millwright manage models withdraw ct-net 2.1 --role 'clinical owner' "
    "--why 'misses small bleeds' --workload ct-triage",
)
@guarded
def withdraw(
    context: typer.Context,
    model: Model,
    version: Version,
    role: Role,
    why: Why,
    workload: For = None,
    evidence: Seen = None,
    json: Json = False,
) -> None:
    """Say that a version must not answer any more. The sign-off stays in the trail."""
    wish = _Wish("withdrawn", model, version, role, why, tuple(evidence or ()), workload)
    _say(door_of(context, json=json), wish)


@app.command(
    "retrain",
    short_help="Want a retraining, or answer one.",
    epilog="Example: millwright manage models retrain ct-net 2.1 --role 'data science' "
    "--why 'PSI 0.31 since 2026-03-02' --evidence models/ct-net --workload ct-triage",
)
@guarded
def retrain(
    context: typer.Context,
    model: Model,
    version: Version,
    role: Role,
    why: Why,
    answer: Annotated[
        str | None, typer.Option(help="approved, refused or done: answer what is wanted.")
    ] = None,
    workload: For = None,
    evidence: Seen = None,
    json: Json = False,
) -> None:
    """Record that a retraining is wanted, and why; with --answer what became of it.

    Who wants it does not approve it. `done` follows an approval.
    """
    from millwright.manage.models.trail import ANSWERS

    if answer is not None and answer not in ANSWERS:
        raise MillwrightError(f"--answer takes {', '.join(ANSWERS)}, not {answer!r}")
    kind: WordKind = ANSWERS[answer] if answer else "retraining-wanted"
    wish = _Wish(kind, model, version, role, why, tuple(evidence or ()), workload)
    _say(door_of(context, json=json), wish)


@app.command(
    "trail",
    short_help="Show who said what of which model.",
    epilog="Example: millwright manage models trail ct-net",
)
@guarded
def trail(
    context: typer.Context,
    model: Annotated[str | None, typer.Argument(help="A model; all if not said.")] = None,
    json: Json = False,
) -> None:
    """Show the trail: who wanted, approved, signed off, withdrew and promoted which version.

    Walks the chain of all words and ends with 1 where one was bent.
    """
    from millwright.adapters.ledger import ledger_of
    from millwright.adapters.trailbook import SqlTrail
    from millwright.cli.wiring import workspace_of
    from millwright.reports.modeltrail import trail_table

    door = door_of(context, json=json)
    workspace = workspace_of(door)
    ledger = ledger_of(workspace.root)
    try:
        found = SqlTrail(ledger, workspace).trail()
    finally:
        ledger.close()
    shown = found.model_copy(
        update={"words": tuple(w for w in found.words if model is None or w.model == model)}
    )
    if door.json:
        door.ui.json(shown.model_dump(mode="json", by_alias=True))
    elif shown.words:
        door.ui.table(trail_table(shown))
    else:
        door.ui.data("nobody has said anything of a model yet")
    if found.broken is not None:
        door.ui.complain(f"the trail is bent at word {found.broken}")
        raise typer.Exit(int(Exit.NO))


def _say(door: Door, wish: _Wish) -> None:
    """Check a word, put it into the trail and show it."""
    import getpass
    from datetime import UTC, datetime

    from pydantic import ValidationError

    from millwright.adapters.ledger import ledger_of
    from millwright.adapters.trailbook import Said, SqlTrail
    from millwright.cli.wiring import inputs_of
    from millwright.manage.models.trail import against
    from millwright.reports.modeltrail import word_lines

    inputs, actor = inputs_of(door), getpass.getuser()
    names = [each.name for each in inputs.read.factory.workloads]
    if wish.workload is not None and wish.workload not in names:
        hint = f"there are {', '.join(names) or 'none'}"
        raise MillwrightError(f"there is no workload {wish.workload!r}", hint=hint)
    said = Said(
        f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", actor, wish.role, wish.model, wish.version,
        wish.kind, wish.workload, wish.why, wish.seen, wish.artefact, wish.expires,
    )  # fmt: skip
    ledger = ledger_of(inputs.workspace.root)
    try:
        book = SqlTrail(ledger, inputs.workspace)
        why = against(book.words(), wish.model, wish.version, (wish.kind, actor))
        if why:
            raise MillwrightError(why, hint="`millwright manage models trail` shows what was said")
        word = book.say(said)
        signed = word.seq in book.trail().signed
    except ValidationError as error:
        raise _unsayable(error) from None
    finally:
        ledger.close()
    if door.json:
        door.ui.json({**word.model_dump(mode="json", by_alias=True), "trusted": signed})
    else:
        door.ui.raw(word_lines(word, signed=signed))


_RIGHT = {
    "model": "a name such as ct-net: lower case, digits, single dashes",
    "version": "letters, digits and ._+- such as 2.1",
    "artefact": "64 hexadecimal digits",
    "expires": "a day such as 2027-06-30",
}


def _unsayable(error: object) -> MillwrightError:
    from pydantic import ValidationError

    assert isinstance(error, ValidationError)
    first = error.errors(include_url=False)[0]
    key = str(first["loc"][0])
    right = _RIGHT.get(key, first["msg"])
    return MillwrightError(f"{key}: found {first['input']!r:.80}, expected {right}")
