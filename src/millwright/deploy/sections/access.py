"""Who may come in, and from where: people of the site, their networks, hosts that lead on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from millwright.deploy.sections.ground import Around
from millwright.deploy.undeployable import Undeployable
from millwright.model.access import Admin, SudoRule
from millwright.model.base import Frozen
from millwright.model.catalog import Catalog


class Account(Frozen):
    """A person of the site, with the same number on every host.

    `sudo` are lines of sudoers; `free` says that one of them is root without a password. `expires`
    is the first day on which the person comes in no more, empty where there is none.
    """

    name: str
    uid: int
    title: str
    keys: tuple[str, ...]
    groups: tuple[str, ...] = ()
    sudo: tuple[str, ...] = ()
    free: bool = False
    expires: str = ""


class Access(Frozen):
    """Who may come in. `operators` are networks; none means that the site did not say.

    `deployers` are the users that this tool comes as, who are never locked out.
    """

    accounts: tuple[Account, ...] = ()
    operators: tuple[str, ...] = ()
    deployers: tuple[str, ...] = ("root",)


def access(catalog: Catalog, around: Around) -> Access:
    """Return who may come in, of the site's catalogue and the ways that it says.

    Raises Undeployable where two people have one number.
    """
    people = sorted(catalog.admins.values(), key=lambda admin: admin.uid)
    for one, other in zip(people, people[1:], strict=False):
        if one.uid == other.uid:
            raise Undeployable(
                f"admins: {one.name} and {other.name} both have the number {one.uid}",
                hint="each login has a uid of its own, in catalog/*.yaml",
            )
    return Access(
        accounts=tuple(_account(admin) for admin in people),
        operators=tuple(network.cidr for network in catalog.admin_networks.values()),
        deployers=tuple(sorted(set(around.users.values()) or {"root"})),
    )


def _account(admin: Admin) -> Account:
    return Account(
        name=admin.name,
        uid=admin.uid,
        title=admin.title or admin.name,
        keys=admin.keys,
        groups=tuple(sorted(set(admin.groups))),
        sudo=tuple(_rules(admin.name, admin.sudo)),
        free=any(rule.run == "ALL" and not rule.password for rule in admin.sudo),
        expires=_day_after(admin.until) if admin.until else "",
    )


def _rules(login: str, rules: Iterable[SudoRule]) -> Iterable[str]:
    for rule in rules:
        whom = "(ALL:ALL)" if rule.run == "ALL" else "(root)"
        # An equals sign parts words of sudoers, unless it is escaped.
        run = rule.run.replace("=", "\\=")
        yield f"{login} ALL={whom} {'' if rule.password else 'NOPASSWD: '}{run}"


def _day_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
