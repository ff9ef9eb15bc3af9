"""What a diagnostic of DCGM says, in any version and form of its report."""

from __future__ import annotations

from dataclasses import dataclass

from millwright.probes.reading import Problem


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a test complains of; the numbers are DCGM's, and DCGM 2 and 3 may not give them."""

    text: str
    error_id: int | None = None
    category: int | None = None
    severity: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a test says of some entities (`gpu0`), or of the whole node where it names none.

    `status` is the tool's word (Pass, Fail, Warn, Skip, ...), None where it says nothing.
    """

    entities: tuple[str, ...]
    status: str | None
    warnings: tuple[Complaint, ...] = ()
    info: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Test:
    """One test; `status` is its summary where the tool gives one (DCGM 4)."""

    category: str | None
    name: str | None
    results: tuple[Result, ...]
    status: str | None = None
    info: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One run of the diagnostic."""

    version: str | None
    driver: str | None
    tests: tuple[Test, ...]

    def with_status(self, status: str) -> tuple[Test, ...]:
        """Return the tests that say this of an entity at least."""
        return tuple(
            test
            for test in self.tests
            if any((result.status or "").lower() == status.lower() for result in test.results)
        )


def gaps(tests: tuple[Test, ...]) -> list[Problem]:
    """Return what a run leaves unsaid: a test without a status has not passed."""
    if not tests:
        return [Problem("no test was run")]
    silent = [test for test in tests if not test.results and test.status is None]
    mute = [test for test in tests if any(result.status is None for result in test.results)]
    return [
        *(Problem(f"test {test.name or 'without a name'} has no result") for test in silent),
        *(Problem(f"test {test.name or 'without a name'} has no status") for test in mute),
    ]
