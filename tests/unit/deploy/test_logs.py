"""Logs: where they go, and how a line proves that it arrived."""

from __future__ import annotations

from typing import Any

import pytest

from millwright.deploy.roles.logs import CENTRAL_LOGGING
from millwright.deploy.sections.logs import Siem, siem
from millwright.deploy.undeployable import Undeployable
from millwright.model.catalog import Catalog
from millwright.model.site import Service
from tests.unit.deploy.fakes import lab_inputs


def test_a_line_proves_a_host_when_it_is_found_at_the_head_node(catalog: Catalog) -> None:
    inputs = lab_inputs(catalog, 2)
    _, bounded, say, look = CENTRAL_LOGGING.checks("gpu1", inputs)
    assert look.asked == "head-1"
    assert look.judge("… millwright-proof: gpu1 a-b-c\n").standing == "failed"
    assert say.judge("gpu1 a-b-c").standing == "proven"
    assert look.judge("… millwright-proof: gpu1 a-b-c\n").standing == "proven"
    assert look.judge("… millwright-proof: gpu1 x-y-z\n").standing == "failed"
    assert look.judge("").standing == "failed"
    assert say.judge("$(reboot)").standing == "failed"
    assert bounded.judge("SystemMaxUse=512M\n").standing == "proven"
    assert bounded.judge("SystemMaxUse=512M\nSystemMaxUse=4G\n").standing == "failed"


def test_only_the_head_node_knows_whose_address_is_whose(catalog: Catalog) -> None:
    inputs = lab_inputs(catalog, 2)
    assert set(inputs.nodes["head-1"].log_senders.values()) == {"gpu1", "gpu2", "head-1"}
    assert inputs.nodes["gpu1"].log_senders == {}


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (None, None),
        ("https://siem.example.org/in", None),
        ("syslog-tls://siem.example.org", Siem(host="siem.example.org", port=6514, tls=True)),
        ("syslog+tls://10.1.2.3:7000", Siem(host="10.1.2.3", port=7000, tls=True)),
        (Service(uri="syslog://siem:514"), Siem(host="siem", port=514, tls=False)),
    ],
)
def test_lines_go_on_to_whom_the_spec_names(said: Any, found: Siem | None) -> None:
    assert siem(said) == found


@pytest.mark.parametrize(
    "wrong", ["siem.example.org", 'syslog://a" b', "syslog://a:99999", "ftp://a"]
)
def test_a_receiver_that_takes_no_lines_is_refused_by_its_key(wrong: str) -> None:
    with pytest.raises(Undeployable, match=r"services\.siem"):
        siem(wrong)
