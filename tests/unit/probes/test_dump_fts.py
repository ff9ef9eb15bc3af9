"""`dump_fts` and `ibroute` as OpenSM's tables come out of infiniband-diags, whole and torn."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from millwright.probes.dump_fts import read

TEXT = """\
Unicast lids [0x0-0x426] of switch DR path slid 0; dlid 0; 0,1,33,8 guid 0x0000000000200007 (leaf-01-8):
  Lid  Out   Destination
       Port     Info
0x0001 033 : (Channel Adapter portguid 0x0000000000100017: 'gpu001 mlx5_0')
0x0002 062 : (Switch portguid 0x0000000000200000: 'leaf-01-1')
0x0022 000 : (Switch portguid 0x0000000000200007: 'leaf-01-8')
3 valid lids dumped
Unicast lids [0x0-0x426] of switch Lid 2 guid 0x0000000000200000 (leaf-01-1):
  Lid  Out   Destination
       Port     Info
0x0001 001 : (Channel Adapter portguid 0x0000000000100017: 'gpu001 mlx5_0')
1 valid lids dumped
"""  # noqa: E501
MULTICAST = """\
Multicast mlids [0xc000-0xc3ff] of switch Lid 2 guid 0x0000000000200000 (leaf-01-1):
            0                   1
     Ports: 0 1 2 3 4 5 6 7 8 9 0
0xc000          x   x
1 valid mlids dumped
"""


def test_tables_say_a_port_for_each_destination() -> None:
    reading = read(TEXT)
    assert reading.problems == ()
    first, second = reading.facts.switches
    assert (first.guid, first.description) == ("0000000000200007", "leaf-01-8")
    assert dict(first.ports) == {0x1: 33, 0x2: 62, 0x22: 0}
    assert (second.description, dict(second.ports)) == ("leaf-01-1", {1: 1})
    assert reading.facts.names[0x1] == "gpu001 mlx5_0"


def test_multicast_tables_are_passed_over() -> None:
    reading = read(TEXT + MULTICAST)
    assert (reading.problems, len(reading.facts.switches)) == ((), 2)


def test_a_table_that_lost_rows_says_so() -> None:
    lost = TEXT.replace("0x0002 062 : (Switch portguid 0x0000000000200000: 'leaf-01-1')\n", "")
    assert [p.message for p in read(lost).problems] == ["leaf-01-8: 1 rows are missing"]


def test_a_destination_by_two_ports_is_nobodys() -> None:
    row = "0x0001 033 : (Channel Adapter portguid 0x0000000000100017: 'gpu001 mlx5_0')\n"
    reading = read(TEXT.replace(row, row + row.replace("033", "034") + row))
    assert 1 not in reading.facts.switches[0].ports
    assert [p.message for p in reading.problems] == ["leaf-01-8 sends LID 0x0001 by two ports"]


def test_a_failure_is_told() -> None:
    said = "ibpanic: [21247] sim_init: connect failed: Connection refused\n"
    assert [p.message for p in read(said).problems] == [said.strip(), "no forwarding table is told"]


@given(st.integers(0, len(TEXT) - 1))
def test_a_cut_output_never_passes_for_a_whole_one(at: int) -> None:
    reading = read(TEXT[:at])
    whole = read(TEXT).facts
    told = {table.guid: dict(table.ports) for table in reading.facts.switches}
    kept = {table.guid: dict(table.ports) for table in whole.switches}
    assert all(ports.items() <= kept[guid].items() for guid, ports in told.items())
    ends = {TEXT.index("Unicast", 1)}
    assert reading.problems or at in ends


@given(st.text(alphabet="0x1234 :()'abcdefguidswtchUnLl\n", max_size=300))
def test_any_text_is_read_without_a_fall(text: str) -> None:
    read(text)
