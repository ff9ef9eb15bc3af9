"""Joins promotion: decisions of the design, the folder of a model, the signer, the trail."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from millwright.cli.door import Door
from millwright.cli.wiring import Inputs, inputs_of, workspace_of
from millwright.errors import Exit, MillwrightError

if TYPE_CHECKING:
    from millwright.adapters.evidencekeys import Signer
    from millwright.model.promotion import Promotion
    from millwright.model.site import Zone
    from millwright.model.workload import Workload


class Unpromoted(MillwrightError):
    """A model that may not go there, or did not arrive as it was signed."""

    exit_status = Exit.NO


@dataclass(frozen=True, slots=True)
class Way:
    """What is to be promoted, trained by which workload, for which workload and zone."""

    model: str
    version: str
    folder: Path
    trained_by: str
    workload: str
    to: str


def _named(inputs: Inputs, way: Way) -> tuple[Workload, Workload, Zone]:
    factory = inputs.read.factory
    loads = {each.name: each for each in factory.workloads}
    zones = {each.name: each for each in factory.zones}
    for name in (way.trained_by, way.workload):
        if name not in loads:
            raise MillwrightError(f"there is no workload {name!r}",
                                  hint=f"there are {', '.join(loads) or 'none'}")  # fmt: skip
    if way.to not in zones:
        raise MillwrightError(f"there is no zone {way.to!r}",
                              hint=f"there are {', '.join(zones) or 'none'}")  # fmt: skip
    return loads[way.trained_by], loads[way.workload], zones[way.to]


def promoted(door: Door, way: Way) -> None:
    """Check the way, sign the folder, and put the word into the trail.

    Raises StaleDesign where the spec is another than the one that decisions were made from.
    """
    from millwright.adapters.artefacts import check_fresh
    from millwright.adapters.decisionfile import read_decisions
    from millwright.adapters.evidencekeys import signer_of
    from millwright.deploy.cloud.promotion import against

    inputs = inputs_of(door)
    trained, serves, zone = _named(inputs, way)
    check_fresh(inputs.workspace, inputs.lock())
    decisions = read_decisions(inputs.workspace)
    reasons = list(against(inputs.read.factory, decisions, (trained, serves), zone))
    if reasons:
        told = f"{way.model} {way.version} may not go to {way.to}: {'; '.join(reasons)}"
        raise Unpromoted(told, hint="`millwright design place` shows which zone may hold what")
    signer = signer_of(inputs.workspace)
    if signer is None:
        raise MillwrightError("nobody signs here", hint="millwright evidence key makes a key")
    placed = {each.workload: each.zone for each in decisions}
    path, made = _signed(inputs, way, signer, (trained, placed.get(trained.name)))
    _say(inputs, way, path)
    if door.json:
        door.ui.json(made.model_dump(mode="json", by_alias=True))
    else:
        door.ui.data(f"{way.model} {way.version}: {len(made.files)} files signed by {made.key} "
                     f"for {way.to}  {path}")  # fmt: skip


def _signed(
    inputs: Inputs, way: Way, signer: Signer, source: tuple[Workload, str | None]
) -> tuple[Path, Promotion]:
    from pydantic import ValidationError

    from millwright.adapters.promotionfile import promoted_files, write_promotion
    from millwright.model.promotion import Promotion

    trained, zone = source
    if zone is None:
        raise MillwrightError(f"no decision places {trained.name}", hint="millwright design solve")
    assert trained.data is not None
    files = promoted_files(way.folder)
    try:
        promotion = Promotion(
            factory=inputs.read.factory.name, model=way.model, version=way.version,
            workload=way.workload, trained_by=trained.name, from_zone=zone, to_zone=way.to,
            trained_on=trained.data.class_, residency=trained.data.residency,
            at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", actor=getpass.getuser(), files=files,
        )  # fmt: skip
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise MillwrightError(f"{first['loc'][0]}: {first['msg']}, found {first['input']!r:.80}"
                              ) from None  # fmt: skip
    return write_promotion(way.folder, promotion, signer)


def _say(inputs: Inputs, way: Way, manifest: Path) -> None:
    """Put the promotion into the trail, with the digest of its manifest."""
    import hashlib

    from millwright.adapters.ledger import ledger_of
    from millwright.adapters.trailbook import Said, SqlTrail

    digest = hashlib.sha256(manifest.read_bytes()).hexdigest()
    ledger = ledger_of(inputs.workspace.root)
    try:
        SqlTrail(ledger, inputs.workspace).say(
            Said(
                f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
                getpass.getuser(),
                "promotion",
                way.model,
                way.version,
                "promoted",
                way.workload,
                f"for {way.to}",
                artefact=digest,
            )  # fmt: skip
        )
    finally:
        ledger.close()


def received(door: Door, folder: Path, signers: Path | None, zone: str | None) -> None:
    """Hold a folder against its manifest, and tell. Raises Unpromoted where it is not as signed."""
    from millwright.adapters.evidencekeys import signers_file, signers_in
    from millwright.adapters.promotionfile import read_promotion, wrongs

    path = signers or signers_file(workspace_of(door))
    if path.resolve().is_relative_to(folder.resolve()):
        raise MillwrightError(
            f"{path} came with the model: it says nothing of who made it",
            hint="--signers FILE: a copy of the sender's evidence.pub that came another way",
        )
    trusted = signers_in(path)
    if not trusted:
        raise MillwrightError(
            f"{path} names nobody whose signature is trusted",
            hint="--signers FILE: a copy of the sender's evidence.pub",
        )
    promotion = read_promotion(folder)
    found = list(wrongs(folder, promotion, trusted))
    if zone is not None and promotion.to_zone != zone:
        found.append(f"it was signed for {promotion.to_zone}")
    if found:
        raise Unpromoted(
            f"{folder}: {'; '.join(found[:20])}", hint="ask for it again; use none of it"
        )
    if door.json:
        door.ui.json({**promotion.model_dump(mode="json", by_alias=True), "verified": True})
        return
    door.ui.data(f"{promotion.model} {promotion.version}: {len(promotion.files)} files as "
                 f"{promotion.key} signed them on {promotion.at[:10]}, from {promotion.from_zone} "
                 f"for {promotion.to_zone}")  # fmt: skip
