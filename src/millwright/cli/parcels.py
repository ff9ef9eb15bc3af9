"""What commands that check a parcel have in common: whom to trust, what to say, how to end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.adapters.parcelcheck import Trust
    from millwright.model.parcel import Checked

FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")


def trust_of(signers: Path | None, fingerprints: Sequence[str] | None) -> Trust:
    """Return whom a reader trusts. Raises MillwrightError for a list that is none."""
    from millwright.adapters.evidencekeys import signers_in
    from millwright.adapters.parcelcheck import Trust

    for each in fingerprints or ():
        if not FINGERPRINT.fullmatch(each):
            raise MillwrightError(
                f"--signer {each[:80]!r} is no fingerprint",
                hint="say it as `ssh-keygen -l` prints it: SHA256: and 43 letters",
            )
    if signers is not None and not signers.is_file():
        raise MillwrightError(f"there is no file {signers}")
    listed = signers_in(signers) if signers is not None else {}
    if signers is not None and not listed:
        raise MillwrightError(f"{signers} lists nobody", hint="a copy of .millwright/evidence.pub")
    return Trust(listed, frozenset(fingerprints or ()))


def lines(archive: Path, found: Checked, more: Sequence[str] = ()) -> Iterator[str]:
    """Yield what the check of a parcel found, the answer first."""
    wrong = (*found.wrong, *more)
    if wrong:
        yield f"{archive}: NOT as it was packed"
        yield from (f"  {each}" for each in wrong)
        return
    assert found.manifest is not None
    count = len(found.manifest.files)
    mark = " · SIMULATED" if found.manifest.simulated else ""
    yield f"{archive}: {count} files, every byte as it was packed{mark}"
    yield {
        "trusted": f"signed by {found.signer}, whom you trust",
        "unknown signer": f"signed by {found.signer}: UNKNOWN here; compare it with what you were "
        "told by another way, and say --signers FILE or --signer",
        "not signed": "NOT SIGNED: whoever had it on the way may have packed it anew",
        "wrong": "its signature is wrong",
    }[found.signature]


def document(
    schema: str, archive: Path, found: Checked, more: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the same as JSON."""
    manifest = found.manifest
    return {
        "schema": schema, "archive": str(archive), "whole": found.whole and not more,
        "signature": found.signature, "signer": found.signer or None,
        "wrong": [*found.wrong, *more],
        "name": manifest.name if manifest else None, "made": manifest.made if manifest else None,
        "simulated": manifest.simulated if manifest else None,
        "missing": list(manifest.missing) if manifest else [],
        "files": len(manifest.files) if manifest else 0,
    }  # fmt: skip


def leave(found: Checked, more: Sequence[str] = ()) -> None:
    """End as the answer says: 1 for changed or not signed, 3 for a signer nobody vouches for."""
    if not found.whole or more or found.signature in ("not signed", "wrong"):
        raise typer.Exit(int(Exit.NO))
    if found.signature == "unknown signer":
        raise typer.Exit(int(Exit.UNANSWERED))
