"""Hands of a growth on hosts: their keys, whether they are fit, and roles on them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from millwright.cli.door import Door
from millwright.cli.wiring import workspace_of
from millwright.journeys.remedyhands import Judged
from millwright.manage.remedy.past import NOT_KNOWN, NOT_PASSED, PASSED

if TYPE_CHECKING:
    from millwright.adapters.hostkeys import HostKey
    from millwright.cli.site import Site
    from millwright.deploy.preflight import Remark
    from millwright.deploy.role import Role

PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class SiteCrew:
    """A Crew on the nodes of a workspace's design, as it is recorded when they are asked."""

    door: Door

    def answers(self, nodes: Sequence[str]) -> dict[str, str]:
        """Return by node why it shows no host key, or nothing."""
        found = self._shown(nodes)
        silent = ("unreachable", "uncertified")
        return {key.node: key.reason if key.standing in silent else "" for key in found}

    def trust(self, nodes: Sequence[str], *, pin: bool) -> dict[str, str]:
        """Pin new host keys where that was said; a key that differs from a pinned one never."""
        from millwright.adapters.hostkeys import pin as put

        found = self._shown(nodes)
        fresh = [key for key in found if key.standing == "new"]
        for key in fresh:
            self.door.ui.say(f"{key.node} at {key.address} shows {key.fingerprint}")
        if pin and fresh:
            put(workspace_of(self.door), fresh)
        return {key.node: _distrusted(key, pin) for key in found}

    def _shown(self, nodes: Sequence[str]) -> list[HostKey]:
        from millwright.adapters.hostkeys import known_hosts, scan, shown_by
        from millwright.adapters.routes import known_nodes
        from millwright.adapters.ssh import SshShell

        workspace = workspace_of(self.door)
        routes = known_nodes(workspace).routes
        asked = [routes[node] for node in nodes]
        with SshShell(routes, known_hosts(workspace), None, workspace.root) as shell:
            return scan(workspace, asked, shown_by(shell, PATIENCE_S))

    def fit(self, nodes: Sequence[str]) -> dict[str, Judged]:
        """Return whether nodes are what the design and the roles need."""
        from millwright.cli.site import site_of
        from millwright.deploy.preflight import command, remarks
        from millwright.ports import Limits

        site = site_of(self.door)
        found: dict[str, Judged] = {}
        with site.run("grow-check") as hands:
            evidence = (f"runs/{hands.run}",)
            asked = hands.shell.run(list(nodes), command(site.inputs), Limits(command_s=60.0))
            for answer in asked:
                hands.keep(answer)
                told = remarks(answer, site.inputs, time.time())
                found[answer.node] = Judged(*_fitness(told), evidence)
        return found


def _distrusted(key: HostKey, pin: bool) -> str:
    if key.standing == "known" or (pin and key.standing == "new"):
        return ""
    if key.standing == "new":
        return (
            f"its host key waits to be trusted: {key.fingerprint}; compare it, then say --trust, "
            f"or `millwright deploy trust {key.node}`"
        )
    if key.standing == "changed":
        return f"its host key is {key.fingerprint}, and {key.was} is pinned: find out why"
    return f"it shows no host key: {key.reason}"


def _fitness(found: Sequence[Remark]) -> tuple[str, str]:
    """Return a word, and everything that is in the way, with what would mend it."""
    told = "; ".join(f"{each.what} ({each.fix})" if each.fix else each.what for each in found)
    standings = {each.standing for each in found}
    if "failed" in standings:
        return NOT_PASSED, told[:1500]
    if "unknown" in standings:
        return NOT_KNOWN, told[:1500]
    return PASSED, told[:1500] or "fit"


@dataclass(frozen=True, slots=True)
class SiteDeployer:
    """A Deployer of the roles of a workspace."""

    door: Door

    def open_on(self, hosts: Sequence[str]) -> tuple[str, ...]:
        """Return the roles that are to be done on hosts now."""
        from millwright.cli.site import site_of
        from millwright.deploy.plan import plan

        site = site_of(self.door)
        roles = _roles("cluster")
        made = plan(roles, site.inputs, site.rows(), site.texts(roles), frozenset(hosts))
        return tuple(dict.fromkeys(step.role.name for step in made.steps))

    def deploy(self, hosts: Sequence[str], until: str) -> Mapping[str, str]:
        """Do what is open of the roles of hosts; what stands already is left alone."""
        from millwright.cli.applying import carry_out, order_of, orders_of
        from millwright.cli.deployment import ahead_of
        from millwright.cli.foresight import check_allowed
        from millwright.cli.site import site_of
        from millwright.deploy.plan import plan
        from millwright.model.deployorder import Said
        from millwright.model.nodeset import folded

        site = site_of(self.door)
        roles = _roles(until)
        made = plan(roles, site.inputs, site.rows(), site.texts(roles), frozenset(hosts))
        if not made.steps:
            return _standing(site, roles, hosts)
        check_allowed(ahead_of(site, made, None, False))
        said = Said(until=until, only=folded(hosts))
        order = order_of(site, said, roles, made)
        outcomes = carry_out(self.door, site, (roles, made), (order, orders_of(said)))
        bad: dict[str, str] = {}
        for each in outcomes:
            if not each.well:
                detail = each.verdict.detail or each.verdict.standing
                bad.setdefault(each.host, f"{each.role}: {detail}")
        return bad


def _roles(until: str) -> tuple[Role, ...]:
    from millwright.deploy.role import STAGES
    from millwright.deploy.roles import until as up_to

    return up_to(next(stage for stage in STAGES if stage == until))


def _standing(site: Site, roles: Sequence[Role], hosts: Sequence[str]) -> dict[str, str]:
    """Return by host what of roles that are not to be done again does not stand."""
    names = {role.name for role in roles}
    return {
        host: f"{role}: {done.detail or done.standing}"
        for (host, role), done in site.rows().items()
        if host in hosts and role in names and done.standing in ("failed", "unknown")
    }
