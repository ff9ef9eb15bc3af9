"""What a scanner of another house found, as far as its file says it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from millwright.model.base import Frozen, ShortText, Text

ScanResult = Literal["pass", "fail", "unknown", "not-covered"]
"""`not-covered`: the rule was not checked, does not fit this system, or was left out: never a
pass."""
ScanKind = Literal["baseline", "vulnerabilities"]


class ScanRow(Frozen):
    """One rule of a scan. `refs` are paragraphs that the scanner's content says it belongs to."""

    rule: ShortText
    title: str = ""
    result: ScanResult
    said: str = ""
    """The scanner's own word."""
    severity: str = ""
    refs: Annotated[tuple[str, ...], Field(max_length=64)] = ()


class Scan(Frozen):
    """`millwright.scan/1`: one file of a scanner, read. `sha256` is of the file as it came.

    A hardening index, where a scanner gives one, stands in `note`: it is no share of compliance.
    """

    schema_: Annotated[Literal["millwright.scan/1"], Field(alias="schema")] = "millwright.scan/1"
    tool: ShortText
    kind: ScanKind
    node: ShortText
    at: ShortText
    profile: str = ""
    benchmark: str = ""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    file: str
    imported: str
    by: str = ""
    simulated: bool = False
    note: Text = ""
    rows: tuple[ScanRow, ...]
    problems: tuple[str, ...] = ()

    def count(self, result: ScanResult) -> int:
        """Return how many rules came out so."""
        return sum(row.result == result for row in self.rows)
