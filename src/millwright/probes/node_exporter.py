"""node_exporter's metrics: what the kernel of a host counts, in Prometheus' text form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from millwright.model.measurement import Measurement
from millwright.probes import metrics
from millwright.probes.exposition import Series, series_of
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "node-exporter"
_RATES = ("node_network_speed_bytes", "node_infiniband_rate_bytes_per_second")


@dataclass(frozen=True, slots=True)
class Scrape:
    """Everything of one scrape, in its order; `unread` names collectors that failed."""

    series: tuple[Series, ...]
    host: str | None
    kernel: str | None
    unread: tuple[str, ...]

    def values(self, name: str) -> tuple[float, ...]:
        """Return all values of a name."""
        told = (series.value for series in self.series if series.name == name)
        return tuple(value for value in told if value is not None)


def command(port: int = 9100) -> list[str]:
    """Return what to ask a node that exports its own metrics."""
    return ["curl", "--silent", "--fail", f"http://localhost:{port}/metrics"]


def read(text: str) -> Reading[Scrape]:
    """Return every series; a collector that failed, and a scrape without `node_`, is a problem."""
    series, problems = series_of(text)
    if series and not any(each.name.startswith("node_") for each in series):
        problems.append(Problem("no series of a node is told"))
    unread = tuple(
        each.label("collector") or "?"
        for each in series
        if each.name == "node_scrape_collector_success" and each.value == 0
    )
    problems += [Problem(f"collector {name} failed") for name in unread]
    about = next((each for each in series if each.name == "node_uname_info"), None)
    facts = Scrape(
        series=tuple(series),
        host=about.label("nodename") if about else None,
        kernel=about.label("release") if about else None,
        unread=unread,
    )
    return Reading(TOOL, facts, tuple(_measured(series)), tuple(problems), is_simulated(text))


def _measured(series: Sequence[Series]) -> Iterator[Measurement]:
    for row in series:
        if row.value is None:
            continue
        # A port without a link has no rate: the kernel says -1 or 0.
        if known := metrics.told_as("node-exporter", row.name):
            metric, alias = known
            if row.value > 0 or row.name not in _RATES:
                yield metric.of(row.value * alias.scale, _device(row), **_port(row))
        elif row.name == "node_md_disks" and row.label("state") == "failed":
            yield metrics.RAID_FAILED_DEVICES.of(row.value, _device(row))


def _device(row: Series) -> str:
    """Return what a series is about, as node_exporter names it; the whole host is nothing."""
    for kind in ("device", "mountpoint", "cpu", "controller"):
        if told := row.label(kind):
            return told
    return "/".join(filter(None, (row.label(kind) for kind in ("chip", "type", "sensor", "zone"))))


def _port(row: Series) -> dict[str, str]:
    port = row.label("port")
    return {"port": port} if port else {}
