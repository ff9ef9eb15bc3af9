"""Who may come in, and from where: people of the site, their networks, hosts that lead on."""

from __future__ import annotations

from millwright.deploy.sections.ground import Around
from millwright.model.access import Admin
from millwright.model.base import Frozen
from millwright.model.catalog import Catalog


class Account(Frozen):
    """A person of the site, with the same number on every host."""

    name: str
    uid: int
    title: str
    keys: tuple[str, ...]


class Access(Frozen):
    """Who may come in. `operators` are networks; none means that the site did not say.

    `deployers` are the users that this tool comes as, who are never locked out.
    """

    accounts: tuple[Account, ...] = ()
    operators: tuple[str, ...] = ()
    deployers: tuple[str, ...] = ("root",)


def access(catalog: Catalog, around: Around) -> Access:
    """Return who may come in, of the site's catalogue and the ways that it says."""
    return Access(
        accounts=tuple(_account(admin) for admin in catalog.admins.values()),
        operators=tuple(network.cidr for network in catalog.admin_networks.values()),
        deployers=tuple(sorted(set(around.users.values()) or {"root"})),
    )


def _account(admin: Admin) -> Account:
    return Account(name=admin.name, uid=admin.uid, title=admin.title or admin.name, keys=admin.keys)
