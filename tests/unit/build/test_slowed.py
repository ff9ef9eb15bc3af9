"""A GPU that throttled under load and has cooled since is told by its driver's counters."""

from __future__ import annotations

import pytest

from millwright.build.observe import Observed, observed
from millwright.build.plan import Wish, plan
from millwright.build.slowed import since_last_look
from millwright.ports import Unit
from millwright.probes import metrics
from tests.unit.build.plans import basis

XML = """<?xml version="1.0" ?><nvidia_smi_log><driver_version>580.105.08</driver_version>
<attached_gpus>1</attached_gpus><gpu id="00000000:01:00.0"><product_name>H100</product_name>
<minor_number>0</minor_number><clocks_event_reasons>
<clocks_event_reason_hw_thermal_slowdown>Not Active</clocks_event_reason_hw_thermal_slowdown>
</clocks_event_reasons><clocks_event_reasons_counters>
<clocks_event_reasons_counters_sw_power_cap>900 us</clocks_event_reasons_counters_sw_power_cap>
<clocks_event_reasons_counters_hw_therm_slowdown>HELD us</clocks_event_reasons_counters_hw_therm_slowdown>
</clocks_event_reasons_counters></gpu></nvidia_smi_log>
"""  # noqa: E501


def look(held_us: int) -> Observed:
    tests = plan(basis("dgx-superpod-h100", 4), Wish(tests=frozenset({"gpu-inventory"}))).tests
    text = XML.replace("HELD", str(held_us)).encode()
    return observed(tests[0], Unit("done", "b", "exit", 0, 1.0, text))


def throttled(seen: Observed) -> list[float]:
    return [m.value for m in seen.measurements if m.metric == metrics.GPU_THROTTLED.name]


@pytest.mark.parametrize(
    ("before", "now", "share"),
    [
        (0, 0, 0.0),
        (5_000_000, 5_000_000, 0.0),
        (1_000_000, 7_000_000, 0.1),
        (0, 900_000_000, 1.0),
        (9_000_000, 3_000_000, 0.05),
    ],
)
def test_the_share_of_time_that_clocks_were_held_back_since_the_look_before_is_measured(
    before: int, now: int, share: float
) -> None:
    first = since_last_look(look(before), {}, "2026-01-05T10:00:00Z")
    assert throttled(first) == [0.0]
    later = since_last_look(look(now), first.facts, "2026-01-05T10:01:00Z")
    assert throttled(later) == [share]


def test_a_driver_without_counters_tells_of_the_moment_alone() -> None:
    seen = Observed("measured", measurements=(metrics.GPU_THROTTLED.of(1.0, "gpu0"),))
    known = {"held_us.gpu0": "1", "held_at": "2026-01-05T10:00:00Z"}
    assert since_last_look(seen, known, "2026-01-05T10:01:00Z") == seen
