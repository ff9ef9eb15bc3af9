"""Rule books as they ship, and the spec of a regional health system."""

from __future__ import annotations

import pytest

from millwright.adapters.compliancefiles import compliance_books
from millwright.deploy.roles import ROLES
from millwright.manage.comply.asks import answerable
from millwright.model.compliance import Books
from millwright.model.spec import Factory


@pytest.fixture(scope="session")
def books() -> Books:
    """Every rule book of the catalogue."""
    roles = frozenset(role.name for role in ROLES)
    return compliance_books(None, lambda ask: answerable(ask, roles))[0]


@pytest.fixture(scope="session")
def factory() -> Factory:
    """A hospital's spec: two classes of data, three zones, one rule book."""
    return Factory.model_validate(
        {
            "schema": "millwright.factory/1",
            "name": "hospital",
            "site": {"name": "campus-dc", "jurisdiction": "US"},
            "zones": [
                {"name": "campus", "kind": "on-prem", "jurisdiction": "US",
                 "networks": ["10.20.0.0/16", "10.0.0.0/24"]},
                {"name": "cloud-east", "kind": "cloud", "jurisdiction": "US",
                 "domains": ["cloud.example"]},
                {"name": "clinic", "kind": "edge", "jurisdiction": "US",
                 "domains": ["clinic.example"]},
            ],
            "tiers": [{"name": "clinical", "downtime_procedure": "docs/downtime.md"}],
            "services": {"siem": {"kind": "syslog-tls", "to": "siem.example:6514"}},
            "workloads": [
                {"name": "ct", "kind": "imaging-inference", "tier": "clinical",
                 "data": {"class": "phi", "residency": ["US"], "retention_years": 7}},
                {"name": "study", "kind": "training",
                 "data": {"class": "deidentified", "residency": ["US"]}},
            ],
            "compliance": {"frameworks": ["hipaa"], "retention_years": 6},
        }
    )  # fmt: skip
