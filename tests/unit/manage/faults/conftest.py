"""The built-in catalogue of faults."""

from __future__ import annotations

import pytest

from millwright.adapters.catalogs import load
from millwright.adapters.faultfiles import fault_catalog
from millwright.model.fault import FaultCatalog


@pytest.fixture(scope="session")
def faults() -> FaultCatalog:
    """All faults, without any site's word."""
    return fault_catalog(load(None))
