"""Packages of nodes by apt and dpkg: what is asked, what is told, and what is never done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from millwright.journeys.updateapt import AptInstaller
from millwright.ports import Answer, Limits

NAMES = ("nvidia-driver-cuda", "nvidia-fabricmanager")
INSTALLED = (
    b"installed\tnvidia-driver-cuda\t580.95.05-1\nconfig-files\tnvidia-fabricmanager\t580.95.05-1\n"
)
OFFERED = b"""\
nvidia-driver-cuda | 580.105.08-1 | file:/srv/packages ./ Packages
nvidia-driver-cuda | 580.95.05-1 | file:/srv/packages ./ Packages
nvidia-driver-cuda | 580.95.05-1 | file:/srv/packages ./ Sources
"""
Say = Callable[[Sequence[str]], tuple[int, bytes, bytes]]


@dataclass
class Apt:
    """A node's shell that answers by the command's own words."""

    say: Say
    heard: list[tuple[str, ...]] = field(default_factory=list)
    why: ClassVar[dict[str, str]] = {"exit": "", "lost": "connection reset"}

    def run(
        self, nodes: Sequence[str], argv: Sequence[str], limits: Limits, given: bytes = b""
    ) -> Iterator[Answer]:
        self.heard.append(tuple(argv))
        for node in nodes:
            status, out, err = self.say(argv)
            ended: Literal["exit", "lost"] = "exit" if status >= 0 else "lost"
            yield Answer(node, tuple(argv), ended, status, 0.1, out, err, reason=self.why[ended])


def installer(say: Say) -> tuple[AptInstaller, Apt, list[Answer]]:
    shell, kept = Apt(say), list[Answer]()
    return AptInstaller(shell, kept.append), shell, kept


def test_what_is_installed_and_offered_is_read_and_kept() -> None:
    def say(argv: Sequence[str]) -> tuple[int, bytes, bytes]:
        # dpkg-query ends with 1 where it does not know one of the packages.
        return (
            (1, INSTALLED, b"no packages found") if argv[0] == "dpkg-query" else (0, OFFERED, b"")
        )

    apt, _, kept = installer(say)
    found = apt.look(["gpu1"], NAMES)["gpu1"]
    assert found.installed == {"nvidia-driver-cuda": "580.95.05-1"}
    assert found.offered == {"nvidia-driver-cuda": ("580.105.08-1", "580.95.05-1")}
    assert len(kept) == 2


def test_a_node_without_dpkg_says_so() -> None:
    apt, _, _ = installer(lambda argv: (127, b"", b"not found"))
    assert "only Debian and Ubuntu" in apt.look(["gpu1"], NAMES)["gpu1"].silent


def test_exact_versions_are_installed_held_and_nothing_is_removed() -> None:
    apt, shell, _ = installer(lambda argv: (0, b"", b""))
    assert apt.install(["gpu1"], {"nvidia-driver-cuda": "580.105.08-1"}) == {"gpu1": ""}
    update, install, hold = shell.heard
    assert update[-1] == "update"
    assert install[-2:] == ("--", "nvidia-driver-cuda=580.105.08-1")
    assert {"--no-remove", "--allow-downgrades", "--no-install-recommends"} <= set(install)
    assert hold[-2:] == ("hold", "nvidia-driver-cuda")


def test_an_installation_that_was_cut_short_is_finished_first() -> None:
    done: list[str] = []

    def say(argv: Sequence[str]) -> tuple[int, bytes, bytes]:
        if "dpkg" in argv:
            done.append("finished")
        cut = "install" in argv and not done
        return (100, b"", b"E: you must run 'dpkg --configure -a'") if cut else (0, b"", b"")

    apt, _, _ = installer(say)
    assert apt.install(["gpu1"], {"slurmd": "24.11.5-1"}) == {"gpu1": ""}
    assert done == ["finished"]


def test_an_answer_that_is_lost_is_asked_for_once_more() -> None:
    answers = iter((-1, 0))

    def say(argv: Sequence[str]) -> tuple[int, bytes, bytes]:
        return (next(answers) if "install" in argv else 0), b"", b""

    apt, _, _ = installer(say)
    assert apt.install(["gpu1"], {"slurmd": "24.11.5-1"}) == {"gpu1": ""}
    apt, _, _ = installer(lambda argv: (-1, b"", b""))
    assert apt.install(["gpu1"], {"slurmd": "24.11.5-1"}) == {"gpu1": "connection reset"}


def test_what_fails_is_told_and_not_held() -> None:
    apt, shell, _ = installer(lambda argv: (100, b"", b"E: Version '1' was not found"))
    assert "was not found" in apt.install(["gpu1"], {"slurmd": "1"})["gpu1"]
    assert not [argv for argv in shell.heard if "hold" in argv]
