"""What can be explained: one kind a row. Whoever has things with names adds a row.

A section of the catalogue needs its row in SECTIONS alone; whatever lies elsewhere is a Kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from millwright.adapters.catalogs import LoadedCatalog
    from millwright.model.explanation import Explanation, Rule
    from millwright.model.fault import FaultCatalog


@dataclass
class Books:
    """What is looked into, read when it is asked for."""

    read_catalog: Callable[[], LoadedCatalog]

    @cached_property
    def loaded(self) -> LoadedCatalog:
        """The catalogue in force."""
        return self.read_catalog()

    @cached_property
    def faults(self) -> FaultCatalog:
        """All faults."""
        from millwright.adapters.faultfiles import fault_catalog

        return fault_catalog(self.loaded)

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """What numbers of findings mean."""
        from millwright.adapters.rulefiles import rules

        return rules()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its ids with their titles, and how one of them is explained."""

    name: str
    title: str
    names: Callable[[Books], Mapping[str, str]]
    explain: Callable[[Books, str], Explanation]


def _fault_names(books: Books) -> Mapping[str, str]:
    return {name: fault.title for name, fault in books.faults.faults.items()}


def _explain_fault(books: Books, name: str) -> Explanation:
    from millwright.manage.faults.explaining import explained

    sources = books.loaded.catalog.sources
    return explained(books.faults.faults[name], books.faults, sources)


def _rule_names(books: Books) -> Mapping[str, str]:
    return {name: rule.title for name, rule in books.rules.items()}


def _explain_rule(books: Books, name: str) -> Explanation:
    from millwright.reports.explained import explained_rule

    return explained_rule(books.rules[name])


def _metric_names(books: Books) -> Mapping[str, str]:
    from millwright.probes.metrics import ALL

    del books
    return {f"metric:{metric.name}": metric.meaning for metric in ALL}


def _explain_metric(books: Books, name: str) -> Explanation:
    from millwright.probes.metrics import ALL
    from millwright.reports.explained import explained_metric

    del books
    return explained_metric(next(m for m in ALL if f"metric:{m.name}" == name))


def _role_names(books: Books) -> Mapping[str, str]:
    from millwright.deploy.roles import ROLES

    del books
    return {f"role:{role.name}": role.title for role in ROLES}


def _explain_role(books: Books, name: str) -> Explanation:
    from millwright.deploy.roles import ROLES
    from millwright.model.explanation import Explanation, Said

    del books
    role = next(each for each in ROLES if f"role:{each.name}" == name)
    told = {
        "stage": role.stage,
        "reads": ", ".join(role.reads),
        "restarts": ", ".join(role.restarts),
        "secrets": ", ".join(secret.name for secret in role.secrets),
        "waits for a reboot": role.reboots,
        "drains": "the node is drained before" if role.drains else "",
    }
    facts = tuple(Said(label=label, value=value) for label, value in told.items() if value)
    return Explanation(id=name, kind="role", title=role.name, meaning=role.title, facts=facts)


SECTIONS: tuple[tuple[str, str, str], ...] = (
    ("test", "burnin", "tests of burn-in and acceptance"),
    ("condition", "conditions", "conditions that call a person"),
    ("hardening", "hardening", "settings that close a host"),
    ("parameter", "parameters", "parameters of the kernel and of boot"),
    ("gain-test", "tuning_tests", "tests that show what a tuning note brings"),
    ("check", "checks", "checks of the sweep"),
    ("note", "tuning_notes", "notes of tuning"),
    ("remedy", "remedies", "remedies of faults"),
    ("evidence-family", "evidence_families", "families of evidence"),
    ("bar", "bars", "bars that a measurement has to reach"),
    ("slurm", "slurm_settings", "settings of the scheduler"),
    ("burn-rate", "burn_rates", "how fast an error budget may be spent"),
    ("service-signal", "service_signals", "series that tell how a service does"),
    ("source", "sources", "where figures come from"),
)
"""Kinds that are a section of the catalogue: the kind's name, the section's, and what they are."""


def section_kind(name: str, section: str, title: str) -> Kind:
    """Return the kind of a section; one that this catalogue has not has no names."""

    def names(books: Books) -> Mapping[str, str]:
        entries = getattr(books.loaded.catalog, section, {})
        return {f"{name}:{key}": str(getattr(e, "title", "") or "") for key, e in entries.items()}

    def explain(books: Books, full: str) -> Explanation:
        from millwright.reports.explained import explained_entry

        catalog = books.loaded.catalog
        entry = getattr(catalog, section)[full.partition(":")[2]]
        return explained_entry(name, section, entry, catalog.sources)

    return Kind(name, title, names, explain)


def _runbook_names(books: Books) -> Mapping[str, str]:
    return {f"runbook:{name}": group.title for name, group in books.faults.groups.items()}


def _explain_runbook(books: Books, name: str) -> Explanation:
    from millwright.reports.explained import explained_entry

    group = books.faults.groups[name.partition(":")[2]]
    told = explained_entry("runbook", "fault_groups", group, books.loaded.catalog.sources)
    members = [each.id for each in books.faults.faults.values() if each.group == group.name]
    return told.model_copy(update={"see": tuple(members[:50])})


KINDS: tuple[Kind, ...] = (
    Kind("fault", "faults: Xids, SXids, kernel messages, states", _fault_names, _explain_fault),
    Kind("runbook", "classes of faults, each a runbook", _runbook_names, _explain_runbook),
    Kind("rule", "numbers of findings", _rule_names, _explain_rule),
    *(section_kind(*row) for row in SECTIONS),
    Kind("metric", "metrics", _metric_names, _explain_metric),
    Kind("role", "roles of a deployment", _role_names, _explain_role),
)
