"""What smartctl says of a drive, as values, in the words of neither of its two forms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from millwright.model.measurement import Measurement
from millwright.probes import metrics
from millwright.probes.metric import Metric

_REALLOCATED, _PENDING, _UNCORRECTABLE = 5, 197, 198


@dataclass(frozen=True, slots=True)
class Attribute:
    """One line of an ATA drive's table; `raw` means what its vendor says that it means."""

    number: int
    name: str
    value: int | None
    worst: int | None
    threshold: int | None
    raw: str
    failed: str | None

    @property
    def raw_count(self) -> int | None:
        """The raw value where it is one whole number."""
        return int(self.raw) if self.raw.isascii() and self.raw.isdigit() else None


@dataclass(frozen=True, slots=True)
class Uncorrected:
    """Errors that a SAS drive could not correct while it did one thing (read, write, verify)."""

    during: str
    errors: int


@dataclass(frozen=True, slots=True)
class NvmeHealth:
    """The SMART log of an NVMe drive (log 02h of the NVM Express specification).

    A data unit is a thousand times 512 bytes.
    """

    critical_warning: int | None = None
    temperature_c: float | None = None
    available_spare_percent: float | None = None
    available_spare_threshold_percent: float | None = None
    percentage_used: float | None = None
    data_units_read: int | None = None
    data_units_written: int | None = None
    host_reads: int | None = None
    host_writes: int | None = None
    controller_busy_minutes: int | None = None
    power_cycles: int | None = None
    power_on_hours: int | None = None
    unsafe_shutdowns: int | None = None
    media_errors: int | None = None
    error_log_entries: int | None = None
    warning_temperature_minutes: int | None = None
    critical_temperature_minutes: int | None = None
    sensors_c: tuple[float, ...] = ()

    @property
    def spare_is_low(self) -> bool | None:
        """Whether spare blocks are at or below the drive's own threshold."""
        spare, bar = self.available_spare_percent, self.available_spare_threshold_percent
        return None if spare is None or bar is None else spare <= bar

    def measured(self, device: str) -> Iterator[Measurement]:
        """Yield what a drive of that name measures of itself."""
        told: tuple[tuple[Metric, float | None], ...] = (
            (metrics.DISK_TEMPERATURE, self.temperature_c),
            (metrics.DISK_WEAR, self.percentage_used),
            (metrics.DISK_SPARE, self.available_spare_percent),
            (metrics.DISK_MEDIA_ERRORS, self.media_errors),
            (metrics.DISK_CRITICAL_WARNING, self.critical_warning),
        )
        yield from (metric.of(value, device) for metric, value in told if value is not None)


@dataclass(frozen=True, slots=True)
class Drive:
    """One drive. `passed` is its own verdict, which says little: drives that fail often pass.

    `health_told` is false where a drive that should tell its health did not.
    """

    device: str | None
    protocol: str | None
    family: str | None
    model: str | None
    serial: str | None
    firmware: str | None
    wwn: str | None
    capacity_bytes: int | None
    rotation_rpm: int | None
    link_gbps: float | None
    link_max_gbps: float | None
    passed: bool | None
    temperature_c: float | None
    power_on_hours: int | None
    power_cycles: int | None
    nvme: NvmeHealth | None = None
    attributes: tuple[Attribute, ...] = ()
    grown_defects: int | None = None
    uncorrected: tuple[Uncorrected, ...] = ()
    scanned: bool = False

    @property
    def health_told(self) -> bool:
        """Whether the drive said anything of its health."""
        told = (self.passed, self.nvme, self.grown_defects)
        return bool(self.attributes or self.uncorrected) or any(it is not None for it in told)

    @property
    def failed(self) -> tuple[str, ...]:
        """Attributes that are, or once were, at their threshold."""
        return tuple(each.name for each in self.attributes if each.failed)

    def raw(self, number: int) -> int | None:
        """Return the raw count of an attribute; None where the drive has none of that number."""
        return next((each.raw_count for each in self.attributes if each.number == number), None)


@dataclass(frozen=True, slots=True)
class Drives:
    """The drives of one output or of several; `--scan` only names them."""

    drives: tuple[Drive, ...]


def measured(drive: Drive) -> Iterator[Measurement]:
    """Yield what a drive measures of itself; one that is not named has no device."""
    device = drive.device or ""
    if drive.nvme is not None:
        yield from drive.nvme.measured(device)
        return
    told: tuple[tuple[Metric, float | None], ...] = (
        (metrics.DISK_TEMPERATURE, drive.temperature_c),
        (metrics.DISK_REALLOCATED, _first(drive.raw(_REALLOCATED), drive.grown_defects)),
        (metrics.DISK_PENDING, drive.raw(_PENDING)),
        (metrics.DISK_MEDIA_ERRORS, drive.raw(_UNCORRECTABLE)),
    )
    yield from (metric.of(value, device) for metric, value in told if value is not None)
    for each in drive.uncorrected:
        yield metrics.DISK_MEDIA_ERRORS.of(each.errors, device, during=each.during)


def _first(*told: int | None) -> int | None:
    return next((value for value in told if value is not None), None)
