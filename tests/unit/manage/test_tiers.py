"""Tiers of pools: said by the spec, derived by the design, and kept by the strictest of several."""

from __future__ import annotations

import pytest

from millwright.manage.tiers import governing, names_of, tiers_of_pools
from millwright.model.cluster import PoolSize
from millwright.model.site import Tier
from millwright.model.spec import Factory, Pool
from millwright.model.workload import Workload

CLINICAL = Tier(
    name="clinical", min_replicas=2, rto_min=15, remedy_mode="observe", freeze=("Mon 06:00-18:00",),
    downtime_procedure="paper",
)  # fmt: skip
RESEARCH = Tier(name="research", rto_min=240, rpo_min=60, remedy_mode="auto")


def size(*tiers: str) -> PoolSize:
    return PoolSize(
        name="gpu", server="dgx-h100", nodes=4, gpus=32, scalable_units=1, slots=4, tiers=tiers
    )


def factory(*pools: Pool) -> Factory:
    load = Workload(name="ct", kind="training")
    return Factory(schema_="millwright.factory/1", name="site", compute=pools, workloads=(load,))


def test_the_spec_s_word_for_a_pool_goes_before_what_was_derived() -> None:
    said = factory(Pool(name="gpu", nodes=4, tier="research"))
    assert tiers_of_pools([size("clinical")], said) == {"gpu": ("research",)}
    bare = factory()
    assert tiers_of_pools([size("clinical", "research")], bare) == {"gpu": ("clinical", "research")}
    assert tiers_of_pools([size()], bare) == {"gpu": ()}


def test_nodes_of_several_tiers_are_kept_by_the_strictest_in_everything() -> None:
    both = governing(("research", "clinical"), (CLINICAL, RESEARCH))
    assert both is not None
    assert (both.min_replicas, both.rto_min, both.rpo_min) == (2, 15, 60)
    assert (both.remedy_mode, both.freeze) == ("observe", CLINICAL.freeze)
    assert both.downtime_procedure == "paper"
    assert names_of(both) == ("clinical", "research")


@pytest.mark.parametrize(("names", "found"), [((), None), (("clinical",), CLINICAL)])
def test_one_tier_or_none_stays_what_it_is(names: tuple[str, ...], found: Tier | None) -> None:
    assert governing(names, (CLINICAL, RESEARCH)) == found
