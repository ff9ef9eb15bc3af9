"""What a deployment was told to do: written down before its first play, in plan.json."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Frozen


class PlannedStep(Frozen):
    """One role on one host, why it has to be done, and the digest of what it reads."""

    role: str
    host: str
    why: str
    input_hash: str


class Said(Frozen):
    """What was said on the command line; a run that is gone on with goes the same way."""

    until: str = "cluster"
    only: str | None = None
    allow: str | None = None
    allow_jobs: bool = False
    wave: str | None = None
    max_failed: str = "10%"
    drain_wait_s: float = 1800.0
    via: str | None = None


class Basis(Frozen):
    """What a plan was made from."""

    tool_version: str
    spec_sha256: str
    catalog_sha256: str
    roles: dict[str, str]


class DeployOrder(Frozen):
    """A plan as a file: what was said, what it stands on, and every step."""

    schema_: Annotated[Literal["millwright.deploy-order/1"], Field(alias="schema")] = (
        "millwright.deploy-order/1"
    )
    simulated: bool
    said: Said
    basis: Basis
    done: int
    steps: tuple[PlannedStep, ...]
