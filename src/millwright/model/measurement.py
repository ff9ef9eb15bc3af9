"""One thing that was measured, before anybody says on which node and in which run."""

from __future__ import annotations

from dataclasses import dataclass

Param = str | int | float


@dataclass(frozen=True, slots=True)
class Measurement:
    """A value with its metric and unit, as a tool printed it; a row of many, so slotted.

    `device` and `peer` are what the tool itself calls them (`gpu3`, `mlx5_0`, `cpu`); empty where
    the value is the whole node's. `params` says under which conditions it holds (message size,
    number of ranks), in the order in which they are told.
    """

    metric: str
    value: float
    unit: str
    device: str = ""
    peer: str = ""
    params: tuple[tuple[str, Param], ...] = ()
