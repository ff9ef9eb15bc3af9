"""The packet rules of a lab: a way out for its hosts, none in, and a set of those unheard.

Tables of several labs stand side by side, and a packet passes where none of them drops it: so each
table says only what may reach, or leave, its own bridges.
"""

from __future__ import annotations

from collections.abc import Sequence

from millwright.lab.plan import EDGE, LabPlan

FAMILIES = ("inet", "bridge")
"""The families of tables that a lab has."""


def rules(plan: LabPlan, uplinks: Sequence[str]) -> str:
    """Return the tables as `nft` reads them; `uplinks` lead from the machine to the world.

    Hosts of a lab reach each other and, through an uplink, what is behind it; nothing begins a
    conversation with them but the machine itself. BMCs answer the machine and the lab's own hosts.
    """
    table, marks = plan.marks.table, plan.marks
    return f"""\
table inet {table}
delete table inet {table}
table bridge {table}
delete table bridge {table}
table inet {table} {{
{UNHEARD}\
  chain out {{
    type filter hook output priority 0;
    ip daddr @unheard drop
  }}
  chain in {{
    type filter hook input priority 0;
    ip daddr {plan.oob} iifname != {_names(("lo", *marks.bridges))} drop
  }}
  chain apart {{
    type filter hook forward priority 0;
{_apart(marks.bridges, uplinks)}\
  }}
  chain nat {{
    type nat hook postrouting priority 100;
    ip saddr {plan.inband} ip daddr != {plan.inband} masquerade
    ip saddr {EDGE} ip daddr != {EDGE} masquerade
  }}
}}
table bridge {table} {{
{UNHEARD}\
}}
"""


UNHEARD = """\
  set unheard { type ipv4_addr; }
  chain forward {
    type filter hook forward priority 0;
    ip daddr @unheard drop
    ip saddr @unheard drop
  }
"""


def _apart(bridges: Sequence[str], uplinks: Sequence[str]) -> str:
    """Return what passes between links: on one bridge, out, and back as an answer."""
    own = _names(bridges)
    among = "".join(f'    iifname "{name}" oifname "{name}" accept\n' for name in bridges)
    ends = f"    iifname {own} drop\n    oifname {own} drop\n"
    if not uplinks:
        return among + ends
    return f"""\
{among}\
    iifname {own} oifname {_names(uplinks)} accept
    iifname {_names(uplinks)} oifname {own} ct state established,related accept
{ends}"""


def _names(links: Sequence[str]) -> str:
    return "{ " + ", ".join(f'"{link}"' for link in links) + " }"
