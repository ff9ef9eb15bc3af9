"""Test tools are proven by being there; what no source has is not testable, and never proven."""

from __future__ import annotations

import pytest

from millwright.deploy.roles.burnin import TEST_TOOLS
from millwright.model.catalog import Catalog
from tests.unit.deploy.designs import lab


@pytest.mark.parametrize(
    ("said", "standing", "detail"),
    [
        ('{"refused": [], "absent": []}', "proven", ""),
        ('{"refused": [], "absent": ["fio"]}', "failed", "not there: fio"),
        ('{"refused": ["gpu-burn"], "absent": ["gpu_burn"]}', "not testable", "gpu-burn"),
        ('{"refused": ["gpu-burn"], "absent": ["gpu_burn", "fio"]}', "failed", "not there: fio"),
        ('{"refused": ["gpu-burn"], "absent": []}', "proven", ""),
        ("", "failed", "nobody knows"),
        ("[]", "failed", "nobody knows"),
    ],
)
def test_every_tool_is_there_or_told(
    catalog: Catalog, said: str, standing: str, detail: str
) -> None:
    (check,) = TEST_TOOLS.checks("gpu1", lab(catalog))
    verdict = check.judge(said)
    assert verdict.standing == standing
    assert detail in verdict.detail
