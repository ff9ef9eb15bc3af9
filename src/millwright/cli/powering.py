"""Management controllers for a burn-in that cycles power."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from millwright.cli.door import Door
from millwright.cli.wiring import workspace_of
from millwright.errors import MillwrightError

if TYPE_CHECKING:
    from millwright.adapters.bmc import RedfishBmc
    from millwright.adapters.buildruns import BuildRun
    from millwright.model.buildplan import BuildPlan
    from millwright.ports import Spool


def cycling(door: Door, plan: BuildPlan, kept: BuildRun, spool: Spool) -> Spool:
    """Return a spool that cycles power where turns that do so are left; the same one else."""
    from millwright.build.left import left_of
    from millwright.build.powercycle import CyclingSpool

    left = {turn.test.test for turn in left_of(plan, kept.before).turns if turn.test.cycles_power}
    if not left:
        return spool
    bmc = _bmc(door)
    kept.record.secrets = (*kept.record.secrets, *bmc.secrets)
    return CyclingSpool(spool, bmc, frozenset(left), time.monotonic, kept.record.keep)


def _bmc(door: Door) -> RedfishBmc:
    from millwright.adapters.bmc import RedfishBmc, controllers
    from millwright.adapters.routes import known_nodes
    from millwright.cli.buildplan import basis_of

    way = known_nodes(workspace_of(door)).reach.bmc
    if way is None:
        raise MillwrightError(
            "reach.yaml does not say how management controllers are talked to",
            hint="add to it: bmc: {user: NAME, password_file: FILE, certificate: FILE}",
        )
    return RedfishBmc(way, controllers(basis_of(door).cluster), door.root)
