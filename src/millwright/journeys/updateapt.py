"""Packages of nodes over a Shell, by apt and dpkg: exact versions, held, and nothing beside them.

Debian and Ubuntu only; a node without them says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from millwright.journeys.remedybody import ShellBody
from millwright.journeys.remedyhands import Life
from millwright.manage.update.plan import Packages
from millwright.model.incident import Complaint
from millwright.ports import Answer, Limits, Shell

QUIET = ("env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C")
INSTALLED = ("dpkg-query", "-W", "-f=${db:Status-Status}\\t${Package}\\t${Version}\\n", "--")
OFFERED = ("apt-cache", "madison", "--")
REFRESH = (*QUIET, "apt-get", "--quiet", "--error-on=any", "-o", "DPkg::Lock::Timeout=120")
INSTALL = (
    *QUIET, "apt-get", "--quiet", "--yes", "--no-install-recommends", "--no-remove",
    "--allow-downgrades", "--allow-change-held-packages", "-o", "DPkg::Lock::Timeout=600",
    "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold", "install",
    "--",
)  # fmt: skip
"""Nothing is removed for it, and files that somebody changed stay as they are."""
FINISH = (*QUIET, "dpkg", "--force-confdef", "--force-confold", "--configure", "--pending")
HOLD = (*QUIET, "apt-mark", "hold")
LOOK = Limits(command_s=60.0)
ACT = Limits(command_s=1800.0)
ABSENT = 127
SILENT = "it did not answer"
CUT_SHORT = "dpkg --configure -a"
"""What apt asks for where it was killed at its work before."""


class AptInstaller:
    """An Installer: apt and dpkg on nodes. `keep` sees every answer kept."""

    def __init__(self, shell: Shell, keep: Callable[[Answer], None]) -> None:
        self._shell = shell
        self._keep = keep

    def refresh(self, nodes: Sequence[str]) -> dict[str, str]:
        """Have nodes read their package sources anew; return by node why that failed."""
        return self._told(nodes, (*REFRESH, "update"), ACT)

    def look(self, nodes: Sequence[str], names: Sequence[str]) -> dict[str, Packages]:
        """Return what nodes have and are offered of packages."""
        offered = {each.node: each for each in self._asked(nodes, (*OFFERED, *names), LOOK)}
        found = {}
        for answer in self._asked(nodes, (*INSTALLED, *names), LOOK):
            found[answer.node] = _packages(answer, offered.get(answer.node))
        return found

    def install(self, nodes: Sequence[str], wanted: Mapping[str, str]) -> dict[str, str]:
        """Install exact versions, older ones too, and hold them.

        Package sources are read anew first, by the nodes of one wave and not by all at once; where
        that fails, what is known of them may still do.
        """
        self.refresh(nodes)
        argv = (*INSTALL, *(f"{name}={version}" for name, version in wanted.items()))
        answers = self._asked(nodes, argv, ACT)
        refused = dict.fromkeys(nodes, SILENT) | {a.node: _refusal(a) for a in answers}
        # An answer that was lost says nothing of apt, which may go on: the next one waits for it.
        lost = {each.node for each in answers if each.ended != "exit"}
        cut = [node for node in nodes if node in lost or CUT_SHORT in refused[node]]
        if cut:
            self._told(cut, FINISH, ACT)
            refused |= self._told(cut, argv, ACT)
        good = [node for node in nodes if not refused[node]]
        if good:
            refused |= self._told(good, (*HOLD, *wanted), LOOK)
        return refused

    def restart(self, nodes: Sequence[str], services: Sequence[str]) -> dict[str, str]:
        """Start services again."""
        return self._told(nodes, ("systemctl", "restart", "--", *services), ACT)

    def _asked(self, nodes: Sequence[str], argv: Sequence[str], limits: Limits) -> list[Answer]:
        answers = []
        for answer in self._shell.run(list(nodes), argv, limits):
            self._keep(answer)
            answers.append(answer)
        return answers

    def _told(self, nodes: Sequence[str], argv: Sequence[str], limits: Limits) -> dict[str, str]:
        told = dict.fromkeys(nodes, SILENT)
        told |= {each.node: _refusal(each) for each in self._asked(nodes, argv, limits)}
        return told


def _refusal(answer: Answer) -> str:
    """Return the last of what a failed command said, or nothing where it succeeded."""
    if answer.succeeded:
        return ""
    said = (answer.stderr or answer.stdout).decode("utf-8", "backslashreplace").strip()
    return answer.reason or said[-400:] or f"it ended with {answer.exit_status}"


def _packages(installed: Answer, offered: Answer | None) -> Packages:
    if installed.ended == "exit" and installed.exit_status == ABSENT:
        return Packages(silent="it has no dpkg: only Debian and Ubuntu are updated so")
    # 1 says that some of the packages are not known, and the others are told nevertheless.
    if installed.ended != "exit" or installed.exit_status not in (0, 1):
        return Packages(silent=_refusal(installed))
    if offered is None or not offered.succeeded:
        return Packages(silent=_refusal(offered) if offered else "apt-cache did not answer")
    return Packages(_installed(installed.stdout), _offered(offered.stdout))


def _installed(raw: bytes) -> dict[str, str]:
    rows = (line.split("\t") for line in raw.decode("utf-8", "replace").splitlines())
    return {row[1]: row[2] for row in rows if len(row) == 3 and row[0] == "installed"}


def _offered(raw: bytes) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in raw.decode("utf-8", "replace").splitlines():
        row = [part.strip() for part in line.split("|")]
        if len(row) == 3 and row[2].endswith("Packages"):
            found[row[0]] = tuple(dict.fromkeys((*found.get(row[0], ()), row[1])))
    return found


class ShellBodies:
    """Bodies: nodes in band, over a shell."""

    def __init__(self, body: ShellBody) -> None:
        self._body = body

    def looks(self, nodes: Sequence[str]) -> dict[str, Life]:
        """Return who nodes say they are, all asked at once."""
        return self._body.looks(nodes)

    def boot(self, node: str) -> str:
        """Tell a node's own system to start again."""
        return self._body.act(node, "reboot", Complaint(node=node, fault="update", source="update"))
