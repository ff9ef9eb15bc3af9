"""Joins what day 2 starts from: a recording of nodes, fresh over SSH or from a folder.

Every command of day 2 that looks at nodes takes `NODES`, `--from DIR` and `--record DIR`, and
begins with `heard_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from millwright.cli.door import Door
from millwright.errors import MillwrightError
from millwright.manage.expected import Expected
from millwright.manage.questions import QUESTIONS, Party, Question, aliases, for_node
from millwright.model.catalog import Catalog
from millwright.model.cluster import Cluster
from millwright.model.heard import Recording

if TYPE_CHECKING:
    from millwright.adapters.catalogs import LoadedCatalog
    from millwright.adapters.routes import Known
    from millwright.adapters.sweeping import Kept


@dataclass(frozen=True, slots=True)
class Look:
    """What a command was told to look at, and with which questions.

    `controllers` are asked as well where that is said. `heard` is told of each node that has
    answered; `phase` names the run that keeps the evidence. `known` says where the nodes `names`
    are that no design and no `reach.yaml` names.
    """

    nodes: str | None = None
    source: Path | None = None
    record: Path | None = None
    phase: str = "sweep"
    questions: Sequence[Question] = QUESTIONS
    controllers: bool = False
    heard: Callable[[str], object] = lambda node: None
    known: Known | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What was heard, what the design says of the same nodes, and the run that keeps it.

    Without a design `expected` is empty and `cluster` None. `names` are the nodes that were meant.
    """

    recording: Recording
    names: tuple[str, ...]
    expected: Mapping[str, Expected]
    loaded: LoadedCatalog
    cluster: Cluster | None = None
    run: str = ""

    @property
    def catalog(self) -> Catalog:
        """Return the catalogue in force."""
        return self.loaded.catalog

    @property
    def simulated(self) -> bool:
        """Return whether any of it is of no real node."""
        return bool(self.recording.simulated) or (
            self.cluster is not None and self.cluster.simulated
        )


def heard_of(door: Door, look: Look) -> Seen:
    """Return a recording of the nodes that are meant, asked for or read, and write it if told to.

    Raises MillwrightError where nobody is known, or the folder holds no recording.
    """
    from millwright.adapters.recordedfacts import write_recording
    from millwright.cli.wiring import catalog_of

    loaded = catalog_of(door)
    cluster = designed(door)
    expected = _expected(cluster, loaded.catalog)
    seen = Seen(Recording("", {}), (), expected, loaded, cluster)
    seen = _read(look, seen) if look.source is not None else _asked(door, look, seen)
    if look.record is not None:
        write_recording(look.record, seen.recording)
        door.ui.say(f"recorded {len(seen.recording.nodes)} nodes in {look.record}")
    return seen


def designed(door: Door) -> Cluster | None:
    """Return the design of the workspace; None where there is none."""
    from millwright.adapters.artefacts import NoDesign, read_cluster, read_lock
    from millwright.cli.wiring import workspace_of

    workspace = workspace_of(door)
    try:
        return read_cluster(workspace, read_lock(workspace))
    except NoDesign:
        return None


def _expected(cluster: Cluster | None, catalog: Catalog) -> dict[str, Expected]:
    from millwright.manage.expected import expected_of

    return expected_of(cluster, catalog) if cluster is not None else {}


def _read(look: Look, seen: Seen) -> Seen:
    from millwright.adapters.recordedfacts import read_recording
    from millwright.model.nodeset import chosen

    if look.source is None:
        raise MillwrightError("no recording is named")
    recording = read_recording(look.source, aliases())
    there = (*recording.nodes, *recording.silent)
    names = there if look.nodes is None else chosen(look.nodes, there)
    wanted = frozenset(names)
    kept = replace(
        recording,
        nodes={node: told for node, told in recording.nodes.items() if node in wanted},
        silent={node: why for node, why in recording.silent.items() if node in wanted},
    )
    return replace(seen, recording=kept, names=tuple(names))


def _asked(door: Door, look: Look, seen: Seen) -> Seen:
    """Ask nodes over SSH, each answer kept as evidence."""
    from millwright.adapters.asking import ShellAsker
    from millwright.adapters.hostkeys import known_hosts
    from millwright.adapters.recording import recorder
    from millwright.adapters.routes import known_nodes
    from millwright.adapters.ssh import SshShell
    from millwright.adapters.sweeping import Kept, swept
    from millwright.cli.wiring import workspace_of
    from millwright.model.nodeset import chosen
    from millwright.ports import Question as Put

    workspace = workspace_of(door)
    known = look.known or known_nodes(workspace)
    names = look.names or tuple(known.routes)
    if look.nodes is not None and not look.names:
        names = chosen(look.nodes, known.routes)
    asked = {
        node: [
            (id_, Put(node, question.argv, question.command_s))
            for id_, question in for_node(_parties(seen, node), look.questions).items()
        ]
        for node in names
    }
    with (
        SshShell(known.routes, known_hosts(workspace), known.reach.become, door.root) as shell,
        recorder(workspace, look.phase, simulated=known.simulated) as record,
    ):
        record.secrets = shell.secrets
        record.begin(("millwright", look.phase), names)
        kept = Kept(record.keep_all, shell.secrets)
        recording = swept(ShellAsker(shell), asked, kept, look.heard)
        if look.controllers:
            recording = _with_controllers(door, known, names, (seen, recording, kept))
    if known.simulated:
        recording = replace(recording, simulated=frozenset(names))
    return replace(seen, recording=recording, names=names, run=record.folder.name)


def _with_controllers(
    door: Door, known: Known, names: Sequence[str], around: tuple[Seen, Recording, Kept]
) -> Recording:
    """Ask the controllers of nodes as well, where reach.yaml says how and the design where."""
    from millwright.adapters.bmc import RedfishBmc, controllers
    from millwright.adapters.sweeping import with_controllers
    from millwright.manage.questions import OUT_OF_BAND

    seen, recording, kept = around
    if known.reach.bmc is None or seen.cluster is None:
        return recording
    addresses = controllers(seen.cluster)
    bmc = RedfishBmc(known.reach.bmc, addresses, door.root)
    there = [name for name in names if name in addresses]
    hidden = replace(kept, secrets=(*kept.secrets, *bmc.secrets))
    return with_controllers(recording, bmc, there, OUT_OF_BAND.id, hidden)


def _parties(seen: Seen, node: str) -> frozenset[Party] | None:
    expected = seen.expected.get(node)
    return expected.parties if expected is not None else None
