"""Whether a plan that was written down is still the plan: what changed since is named."""

from __future__ import annotations

from collections.abc import Iterator

from millwright.deploy.plan import Plan
from millwright.model.deployorder import DeployOrder, PlannedStep

MOST_NAMED = 5


def planned_steps(plan: Plan) -> tuple[PlannedStep, ...]:
    """Return the steps of a plan as a file holds them."""
    return tuple(
        PlannedStep(role=s.role.name, host=s.host, why=s.why, input_hash=s.input_hash)
        for s in plan.steps
    )


def changes(then: DeployOrder, now: DeployOrder, *, begun: bool) -> list[str]:
    """Return what is not as it was when a plan was written, in words; nothing where it holds.

    Where the plan was `begun`, steps that are done by now are as they should be.
    """
    told = list(_inputs(then, now))
    return told or list(_steps(then, now, begun))[:MOST_NAMED]


def _inputs(then: DeployOrder, now: DeployOrder) -> Iterator[str]:
    was, is_now = then.basis, now.basis
    if was.spec_sha256 != is_now.spec_sha256:
        yield "factory.yaml changed"
    if was.catalog_sha256 != is_now.catalog_sha256:
        yield "the catalogue changed"
    if was.tool_version != is_now.tool_version:
        yield f"millwright was {was.tool_version} and is {is_now.tool_version}"
    for role in sorted(was.roles.keys() | is_now.roles.keys()):
        if was.roles.get(role) != is_now.roles.get(role):
            yield f"the files of the role {role} changed"


def _steps(then: DeployOrder, now: DeployOrder, begun: bool) -> Iterator[str]:
    was = {(step.role, step.host): step for step in then.steps}
    is_now = {(step.role, step.host): step for step in now.steps}
    for key, step in is_now.items():
        if key not in was:
            yield f"{step.role} on {step.host} has to be done as well ({step.why})"
        elif was[key].input_hash != step.input_hash:
            yield f"what {step.role} reads on {step.host} changed"
    for role, host in was.keys() - is_now.keys() if not begun else ():
        yield f"{role} on {host} stands by now"
