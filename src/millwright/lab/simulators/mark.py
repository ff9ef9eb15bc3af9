"""What simulated tools say of themselves wherever their format has room for a remark."""

from __future__ import annotations

MARK = "simulated by the millwright lab"
"""The reader's own copy is `probes.reading.MARK`; this package goes to nodes alone."""
