"""`manage comply attest|waive|compensate|withdraw`: what persons stand for, said once and kept."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from millwright.cli.door import Door, door_of, guarded
from millwright.cli.options import Json
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from millwright.cli.complying import Desk
    from millwright.model.checked import Word

Control = Annotated[str, typer.Argument(help="A control, such as risk-analysed.")]
Reason = Annotated[str, typer.Option(help="Why, in words that hold years later.")]
Owner = Annotated[str, typer.Option(help="Who stands for it: a name or a role.")]
Until = Annotated[str | None, typer.Option(metavar="DATE", help="The last day that it holds.")]
LongestDocument = 256 << 20


def attach(app: typer.Typer) -> None:
    """Give the phase its verbs."""
    app.command(epilog="Example: millwright manage comply attest risk-analysed --owner 'Ann Lee' "
                "--reason 'analysis of May' --document risks.pdf")(attest)  # fmt: skip
    app.command(epilog="Example: millwright manage comply waive access-mfa --owner CISO --reason "
                "'tokens arrive in May' --until 2027-05-01")(waive)  # fmt: skip
    app.command(epilog="Example: millwright manage comply compensate transit-files --owner CISO "
                "--reason 'RDMA' --instead 'partition key, isolated fabric' --until 2027-05-01")(
        compensate
    )  # fmt: skip
    app.command(epilog="Example: millwright manage comply withdraw w3 --owner CISO --reason over")(
        withdraw
    )


@guarded
def attest(
    context: typer.Context,
    control: Control,
    owner: Owner,
    reason: Reason,
    until: Until = None,
    document: Annotated[
        Path | None, typer.Option(help="What proves it: its digest is kept, not the file.")
    ] = None,
    json: Json = False,
) -> None:
    """Stand for a control that people answer; it holds until the day, and at most as long as the
    control allows. Signed where this user signs evidence."""
    door = door_of(context, json=json)
    more: dict[str, Any] = {"expires": until}
    if document is not None:
        more |= {"document": _digest(document), "document_name": document.name}
    _say(door, ("attestation", control), (owner, reason), more)


@guarded
def waive(
    context: typer.Context,
    control: Control,
    owner: Owner,
    reason: Reason,
    until: Annotated[str, typer.Option(metavar="DATE", help="The last day; then it is a fail.")],
    instead: Annotated[str, typer.Option(help="What is done meanwhile.")] = "",
    json: Json = False,
) -> None:
    """Take the risk that a control does not hold, until a day; after it, it fails."""
    door = door_of(context, json=json)
    _say(door, ("waiver", control), (owner, reason), {"expires": until, "instead": instead})


@guarded
def compensate(
    context: typer.Context,
    control: Control,
    owner: Owner,
    reason: Reason,
    instead: Annotated[str, typer.Option(help="The measure that takes its place.")],
    until: Annotated[str, typer.Option(metavar="DATE", help="The last day; then it is a fail.")],
    json: Json = False,
) -> None:
    """Say which measure takes the place of a control that cannot hold: an answer of its own."""
    door = door_of(context, json=json)
    _say(door, ("compensating", control), (owner, reason), {"expires": until, "instead": instead})


@guarded
def withdraw(
    context: typer.Context,
    word: Annotated[str, typer.Argument(help="The word, such as w3.")],
    owner: Owner,
    reason: Reason,
    json: Json = False,
) -> None:
    """End a word before its day. It stays in the book, and so does this."""
    from millwright.cli.complying import words

    door = door_of(context, json=json)
    known = {each.id: each for each in words(door).words() if each.kind != "withdrawal"}
    if word not in known:
        raise MillwrightError(f"there is no word {word!r}", hint=f"known: {', '.join(known)}")
    _say(door, ("withdrawal", known[word].control), (owner, reason), {"of": word})


def _digest(path: Path) -> str:
    try:
        if path.stat().st_size > LongestDocument:
            raise MillwrightError(f"{path} is larger than 256 MiB", hint="name what is signed")
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise MillwrightError(f"cannot read {path}: {error.strerror}") from None


def _say(door: Door, about: tuple[str, str], who: tuple[str, str], more: dict[str, Any]) -> None:
    """Write a word, signed where somebody signs here, and tell it."""
    from millwright.cli.complying import desk_of

    desk = desk_of(door)
    word = _kept(desk, about, who, more)
    if door.json:
        door.ui.json(word.model_dump(mode="json", by_alias=True))
        return
    signed = "signed" if word.signature else "not signed (`millwright evidence key` signs)"
    until = f" until {word.expires}" if word.expires else ""
    door.ui.data(f"{word.id}  {word.kind} of {word.control} by {word.owner}{until}; {signed}")


def _kept(desk: Desk, about: tuple[str, str], who: tuple[str, str], more: dict[str, Any]) -> Word:
    from pydantic import ValidationError

    from millwright.adapters.compliancebook import SIGNED
    from millwright.adapters.evidencekeys import signer_of
    from millwright.adapters.statementbook import StatementBook
    from millwright.cli.complying import actor, words
    from millwright.cli.wiring import workspace_of
    from millwright.model.checked import Word
    from millwright.model.statement import Said

    _fits(desk, about, more.get("expires"))
    book, workspace = words(desk.door), workspace_of(desk.door)
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    told = {"id": f"w{len(book.words()) + 1}", "kind": about[0], "control": about[1], "at": at,
            "by": actor(), "owner": who[0], "reason": who[1], **more}  # fmt: skip
    try:
        word = Word.model_validate(told)
    except ValidationError as error:
        first = error.errors()[0]
        raise MillwrightError(f"--{first['loc'][0]}: {first['msg']}") from None
    signer = signer_of(workspace)
    if signer is not None:
        word = signer.signed(word)
        body = word.model_dump(mode="json", by_alias=True)
        said = Said(at, word.by, "compliance-word", body)
        StatementBook(workspace, SIGNED).say(said, signer)
    book.put(word)
    return word


def _fits(desk: Desk, about: tuple[str, str], until: str | None) -> None:
    """Raise MillwrightError where nobody can say this of that control, or until that day."""
    from datetime import date, timedelta

    from millwright.adapters.explain import similar

    kind, name = about
    control = desk.books.controls.get(name)
    if control is None:
        hint = similar(name, list(desk.books.controls)) or "`comply packs PACK` names controls"
        raise MillwrightError(f"there is no control {name!r}", hint=hint)
    if kind == "attestation" and not control.attest:
        raise MillwrightError(f"{name} is answered by machines alone", hint="waive, or compensate")
    if kind == "compensating" and not control.compensable:
        raise MillwrightError(f"nothing takes the place of {name}", hint="waive it")
    if until is None:
        return
    try:
        last = date.fromisoformat(until)
    except ValueError:
        raise MillwrightError(f"--until {until!r} is no day", hint="like 2027-05-01") from None
    today = datetime.now(UTC).date()
    if not today <= last <= today + timedelta(days=1830):
        raise MillwrightError(f"--until {until}: a day from today on, within five years")
