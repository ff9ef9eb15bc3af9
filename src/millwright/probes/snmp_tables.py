"""Tables of public MIBs, by number: what their columns mean, and their words for states."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from millwright.probes.snmp_facts import Agent, AgentSensor, Interface, Outlet, Strip

Rows = Mapping[str, str]
Table = dict[str, dict[int, str]]
"""Columns by the index of a row."""
_IF, _IFX = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
_ENTITY, _SENSOR = "1.3.6.1.2.1.47.1.1.1.1", "1.3.6.1.2.1.99.1.1.1"
_APC, _APC_OUTLET = "1.3.6.1.4.1.318.1.1.26.4.3.1", "1.3.6.1.4.1.318.1.1.26.9.2.3.1"
_INLET, _INLET_DIGITS = "1.3.6.1.4.1.13742.6.5.2.3.1", "1.3.6.1.4.1.13742.6.3.3.4.1"
_OUTLET, _OUTLET_NAME = "1.3.6.1.4.1.13742.6.5.4.3.1", "1.3.6.1.4.1.13742.6.3.5.3.1"
_UP, _DOWN = ("1", "up"), ("2", "down", "7", "lowerlayerdown", "6", "notpresent", "5", "dormant")
_UNITS = {1: "", 2: "", 3: "V", 4: "V", 5: "A", 6: "W", 7: "Hz", 8: "degC", 9: "%", 10: "RPM",
          11: "m3/min", 12: ""}  # fmt: skip
"""RFC 3433, EntitySensorDataType."""
_SENSOR_STATES = {1: "ok", 2: "unavailable", 3: "nonoperational"}
_UNIT_EXPONENT = 9
_LOADS = {1: "low", 2: "normal", 3: "near-overload", 4: "overload"}
_PDU2_STATES = {
    -1: "unavailable", 2: "below-critical", 3: "below-warning", 4: "normal", 5: "above-warning",
    6: "above-critical", 7: "on", 8: "off", 11: "alarmed", 12: "ok", 14: "fail", 26: "fault",
    27: "warning", 28: "critical",
}  # fmt: skip
_PDU2_TYPES = {1: ("current", "A"), 3: ("unbalance", "%"), 4: ("voltage", "V"), 5: ("power", "W"),
               6: ("apparent power", "VA"), 23: ("frequency", "Hz")}  # fmt: skip
_PDU2_ON_OFF = "14"
_ENUM = re.compile(r"[A-Za-z][A-Za-z0-9]*\((-?[0-9]{1,10})\)")


def agent_of(rows: Rows) -> Agent:
    """Return what the rows of an agent say."""
    return Agent(
        name=rows.get("1.3.6.1.2.1.1.5.0"),
        description=rows.get("1.3.6.1.2.1.1.1.0"),
        up_s=_up_s(rows.get("1.3.6.1.2.1.1.3.0", "")),
        interfaces=tuple(_interfaces(rows)),
        sensors=(*_sensors(rows), *_inlets(rows)),
        strips=tuple(_strips(rows)),
        outlets=(*_apc_outlets(rows), *_pdu2_outlets(rows)),
    )


def _up_s(text: str) -> float | None:
    """Return seconds of hundredths in brackets, or of days, hours, minutes and seconds."""
    if found := re.match(r"\(([0-9]{1,12})\)", text):
        return int(found[1]) / 100
    clock = re.fullmatch(r"([0-9]{1,6}):([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2}\.[0-9]{1,2})", text)
    if clock is None:
        return None
    days, hours, minutes = (int(clock[at]) for at in (1, 2, 3))
    return ((days * 24 + hours) * 60 + minutes) * 60 + float(clock[4])


def _table(rows: Rows, root: str) -> Table:
    found: Table = {}
    for oid, value in rows.items():
        if oid.startswith(f"{root}."):
            column, _, index = oid[len(root) + 1 :].partition(".")
            if index:
                found.setdefault(index, {})[int(column)] = value
    return found


def _number(text: str | None) -> int | None:
    """Return a whole number, or that of a named value such as `up(1)`."""
    if text is None:
        return None
    told = _ENUM.fullmatch(text.strip())
    words = told[1] if told else text.strip().partition(" ")[0]
    return int(words) if re.fullmatch(r"-?[0-9]{1,20}", words) else None


def _is_up(text: str | None) -> bool | None:
    word = (text or "").strip().lower()
    word = word.partition("(")[0] if "(" in word else word
    return True if word in _UP else False if word in _DOWN else None


def _interfaces(rows: Rows) -> Iterator[Interface]:
    table, more = _table(rows, _IF), _table(rows, _IFX)
    for index, row in table.items():
        extra = more.get(index, {})
        bits, fast = _number(row.get(5)), _number(extra.get(15))
        slow = bits // 1_000_000 if bits else None
        yield Interface(
            index=index, name=extra.get(1) or row.get(2) or f"interface {index}",
            alias=extra.get(18, ""), admin_up=_is_up(row.get(7)), up=_is_up(row.get(8)),
            speed_mbps=fast or slow, in_errors=_number(row.get(14)),
            out_errors=_number(row.get(20)), in_discards=_number(row.get(13)),
            out_discards=_number(row.get(19)),
        )  # fmt: skip


def _sensors(rows: Rows) -> Iterator[AgentSensor]:
    names = _table(rows, _ENTITY)
    for index, row in _table(rows, _SENSOR).items():
        kind, scale, digits = (_number(row.get(column)) for column in (1, 2, 3))
        value, state = _number(row.get(4)), _number(row.get(5))
        told = names.get(index, {})
        scaled = None
        if value is not None and scale is not None and 1 <= scale <= 17:
            scaled = float(f"{value * 10.0 ** (3 * (scale - _UNIT_EXPONENT) - (digits or 0)):.6g}")
        yield AgentSensor(
            name=told.get(7) or told.get(2) or f"sensor {index}",
            value=scaled if state == 1 else None, unit=_UNITS.get(kind or 0, ""),
            state=_SENSOR_STATES.get(state or 0),
        )  # fmt: skip


def _strips(rows: Rows) -> Iterator[Strip]:
    for index, row in _table(rows, _APC).items():
        power, alarm = _number(row.get(5)), _number(row.get(12))
        yield Strip(
            name=row.get(3) or f"strip {index}", load=_LOADS.get(_number(row.get(4)) or 0),
            power_w=None if power is None or power < 0 else power * 10.0,
            supply_alarm={1: False, 2: True}.get(alarm or 0),
        )  # fmt: skip


def _apc_outlets(rows: Rows) -> Iterator[Outlet]:
    for index, row in _table(rows, _APC_OUTLET).items():
        number = row.get(4) or index
        name = f"outlet {number}" + (f" {row[3]}" if row.get(3) else "")
        yield Outlet(name, {1: False, 2: True}.get(_number(row.get(5)) or 0))


def _inlets(rows: Rows) -> Iterator[AgentSensor]:
    digits = _table(rows, _INLET_DIGITS)
    for index, row in _table(rows, _INLET).items():
        unit, inlet, kind = [*index.split("."), "", ""][:3]
        what, measure = _PDU2_TYPES.get(_number(kind) or 0, (f"sensor {kind}", ""))
        value, after = _number(row.get(4)), _number(digits.get(index, {}).get(7))
        scaled = None if value is None or after is None else value / 10.0**after
        state = _number(row.get(3))
        yield AgentSensor(
            f"strip {unit} inlet {inlet} {what}", scaled, measure,
            None if state is None else _PDU2_STATES.get(state),
        )  # fmt: skip


def _pdu2_outlets(rows: Rows) -> Iterator[Outlet]:
    labels = _table(rows, _OUTLET_NAME)
    for index, row in _table(rows, _OUTLET).items():
        place, _, kind = index.rpartition(".")
        state = _PDU2_STATES.get(_number(row.get(3)) or 0)
        if kind == _PDU2_ON_OFF and state in ("on", "off"):
            label = labels.get(place, {}).get(2) or place
            yield Outlet(f"outlet {label}", state == "on")
