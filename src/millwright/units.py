"""Conversions between units of the trade; the only place where a factor stands."""

from __future__ import annotations

MIB = 2**20
RACK_UNIT_M = 0.04445


def kw(watts: float) -> float:
    """Return kilowatts, rounded to the watt so that sums of parts equal the sum shown."""
    return round(watts / 1000, 3)


def btu_per_h(heat_kw: float) -> float:
    """Return British thermal units an hour of kilowatts."""
    return 3412.14 * heat_kw


def tons_of_cooling(heat_kw: float) -> float:
    """Return tons of refrigeration of kilowatts."""
    return heat_kw / 3.517


def airflow_cfm(heat_kw: float, rise_f: float) -> float:
    """Return the air at sea level, in cubic feet a minute, that carries a heat at a rise in
    degrees F."""
    return btu_per_h(heat_kw) / (1.08 * rise_f)


def water_l_per_min(heat_kw: float, rise_k: float) -> float:
    """Return the water, in litres a minute, that carries a heat at a rise in kelvins."""
    return 14.33 * heat_kw / rise_k


def air_density_share(altitude_m: float) -> float:
    """Return the density of air against sea level: the standard atmosphere below 11 km."""
    return float((1 - 2.25577e-5 * altitude_m) ** 4.25588)


def circuit_kva(volts: float, amperes: float, phases: int) -> float:
    """Return apparent power; `volts` are those between phases where there are three."""
    return float((3**0.5 if phases == 3 else 1.0) * volts * amperes / 1000)


def gbps(mbps: float) -> float:
    """Return gigabits of megabits, per second: both by 1000."""
    return mbps / 1000


def ceil_div(amount: int, per: int) -> int:
    """Return how many units of size `per` hold `amount`, with integers only."""
    return -(-amount // per)


_BINARY = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5, "e": 6}


def binary_bytes(amount: float, prefix: str) -> int | None:
    """Return bytes of an amount in K, M, G, T, P or E, each 1024 of the one before; else None."""
    power = _BINARY.get(prefix.lower())
    return None if power is None else round(amount * 1024**power)


def celsius(kelvin: float) -> float:
    """Return degrees Celsius of kelvins as disks count them: whole ones, 273 to the zero."""
    return kelvin - 273


_UNIT_WORDS = {
    "tflops": "tflop/s", "gflops": "gflop/s", "tflop": "tflop/s", "gflop": "gflop/s",
    "gbps": "gb/s", "gbit/s": "gb/s", "gbits/s": "gb/s", "gb/sec": "gb/s", "mb/sec": "mb/s",
    "c": "degc", "°c": "degc", "celsius": "degc", "watt": "w", "watts": "w", "percent": "%",
}  # fmt: skip


def same_unit(one: str, other: str) -> bool:
    """Return whether two spellings mean one unit: TFLOPS is TFLOP/s, Gbit/s is Gb/s, GB/s is not.

    Only b and B tell bits from bytes; everywhere else capitals make no difference.
    """
    return one == other or (_plain(one) == _plain(other) and ("B" in one) == ("B" in other))


def _plain(unit: str) -> str:
    small = unit.strip().casefold()
    return _UNIT_WORDS.get(small, small)
