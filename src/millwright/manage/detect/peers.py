"""Sets every series against its peers: the same group in the same window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from millwright.manage.detect.arrays import Codes, Numbers, middle

LEAST_PEERS = 5
FEW_PEERS = 3


@dataclass(frozen=True, slots=True)
class Peers:
    """By window and series: the peers' median, their MAD, and how many they are."""

    median: Numbers
    mad: Numbers
    count: Codes


def peers_of(values: Numbers, groups: Codes) -> Peers:
    """Return what peers of every series say in each window; NaN where there are none."""
    median = np.full(values.shape, np.nan)
    mad = np.full(values.shape, np.nan)
    count = np.zeros(values.shape, dtype=np.int64)
    for group in np.unique(groups).tolist():
        member = groups == group
        columns = np.flatnonzero(member.any(axis=0))
        inside = member[:, columns]
        mine = np.where(inside, values[:, columns], np.nan)
        centre = middle(mine, 1)
        size = np.isfinite(mine).sum(axis=1)
        about = middle(np.abs(mine - centre[:, None]), 1)
        at = np.ix_(np.arange(len(values)), columns)
        median[at] = np.where(inside, centre[:, None], median[at])
        mad[at] = np.where(inside, about[:, None], mad[at])
        count[at] = np.where(inside, size[:, None], count[at])
    return Peers(median, mad, count)
