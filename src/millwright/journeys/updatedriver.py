"""Which driver runs on a node, beside the one whose packages lie there.

A module of the old version that an initial RAM disk still loads, or one that was not built for the
kernel that starts, is seen by nothing else: the packages are the new ones.
"""

from __future__ import annotations

from collections.abc import Callable

from millwright.journeys.remedyhands import Judged
from millwright.journeys.updatehands import Installer
from millwright.manage.remedy.past import NOT_KNOWN, NOT_PASSED, PASSED
from millwright.manage.update.versions import upstream
from millwright.ports import Answer, Limits, Shell

PACKAGE = "nvidia-driver-cuda"
"""What brings `nvidia-smi` in the version of the driver. AMD's driver is not asked."""
QUESTION = ("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader")
LIMITS = Limits(command_s=60.0)


class DriverThatRuns:
    """Asks a node for the driver that runs and for the one that is installed."""

    def __init__(self, shell: Shell, installer: Installer, keep: Callable[[Answer], None]) -> None:
        self._shell = shell
        self._installer = installer
        self._keep = keep

    def judged(self, node: str) -> Judged:
        """Return whether they are one version; a node without NVIDIA's driver passes unasked."""
        packages = self._installer.look([node], [PACKAGE]).get(node)
        if packages is None or packages.silent:
            told = packages.silent if packages else "it did not answer"
            return Judged(NOT_KNOWN, f"which driver is installed is not known: {told}")
        if PACKAGE not in packages.installed:
            return Judged(PASSED, "")
        lying = upstream(packages.installed[PACKAGE])
        (answer,) = self._shell.run([node], QUESTION, LIMITS)
        self._keep(answer)
        said = answer.stdout.decode("utf-8", "backslashreplace").split()
        if not answer.succeeded or not said:
            told = answer.reason or " ".join(said)[:200] or "nvidia-smi says nothing"
            word = NOT_PASSED if answer.ended == "exit" else NOT_KNOWN
            return Judged(word, f"its driver does not answer: {told}")
        if set(said) != {lying}:
            runs = ", ".join(dict.fromkeys(said))
            return Judged(NOT_PASSED, f"driver {runs[:200]} runs, and {lying} is installed")
        return Judged(PASSED, f"driver {lying} runs on {len(said)} GPUs")
