"""What the deploy commands work with: the design's inputs, the ledger, and hands on hosts."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from millwright.adapters.artefacts import check_fresh, read_cluster, read_lock
from millwright.adapters.asking import ShellAsker
from millwright.adapters.drainbook import SqlDrains
from millwright.adapters.ground import Ground
from millwright.adapters.hostkeys import known_hosts
from millwright.adapters.ledger import SqlLedger, ledger_of
from millwright.adapters.orderfile import unended
from millwright.adapters.playevents import Heard, unheard
from millwright.adapters.playproject import Variables, role_digest
from millwright.adapters.plays import LocalPlaybooks
from millwright.adapters.recording import Recorder, recorder
from millwright.adapters.routes import Known, known_nodes
from millwright.adapters.runnernodes import SharedPlaybooks
from millwright.adapters.secretfiles import given, lay, secret
from millwright.adapters.ssh import SshShell
from millwright.adapters.workspace import Workspace
from millwright.cli.door import Door
from millwright.cli.wiring import inputs_of
from millwright.deploy.doubt import doubted
from millwright.deploy.hands import Hands
from millwright.deploy.inputs import Inputs
from millwright.deploy.inputs import inputs_of as deploy_inputs
from millwright.deploy.role import Role, Secret
from millwright.deploy.sections.ground import Around
from millwright.deploy.sections.sources import Laid
from millwright.errors import MillwrightError
from millwright.model.lock import Lock
from millwright.model.packages import Bundle
from millwright.model.standing import Done
from millwright.ports import Playbooks


@dataclass(frozen=True, slots=True)
class Site:
    """A workspace that is deployed."""

    workspace: Workspace
    known: Known
    inputs: Inputs
    ledger: SqlLedger
    lock: Lock
    racks: Mapping[str, str] = field(default_factory=dict)

    @contextlib.contextmanager
    def run(
        self, phase: str, heard: Heard = unheard, via: str | None = "direct"
    ) -> Iterator[Hands]:
        """Begin a run: connections, evidence, and whatever its folder keeps.

        `heard` is told of each task of a playbook as it begins; `via` says whether Ansible runs
        here or on the gateways of a tree, None that their number decides.
        """
        known, workspace = self.known, self.workspace
        pinned = known_hosts(workspace)
        with (
            SshShell(known.routes, pinned, known.reach.become, workspace.root) as shell,
            recorder(workspace, phase, simulated=known.simulated) as record,
            self._playbooks(shell, record.folder, heard, via) as playbooks,
        ):
            record.secrets = shell.secrets
            yield self._hands(shell, record, playbooks)

    def _playbooks(
        self, shell: SshShell, folder: Path, heard: Heard, via: str | None
    ) -> LocalPlaybooks | SharedPlaybooks:
        """Return who runs Ansible: as asked for, or as suits the number of nodes."""
        tree, ground, variables = self.known.reach.tree, self._ground(), self.variables()
        few = tree is None or len(self.inputs.nodes) < tree.from_nodes
        if via == "direct" or (via is None and few):
            return LocalPlaybooks(ground, folder, variables, heard)
        return SharedPlaybooks(ground, folder, shell, variables)

    @contextlib.contextmanager
    def shell(self) -> Iterator[SshShell]:
        """Open connections for what no run keeps as evidence: files that are carried."""
        known, workspace = self.known, self.workspace
        with SshShell(
            known.routes, known_hosts(workspace), known.reach.become, workspace.root
        ) as shell:
            yield shell

    def _ground(self) -> Ground:
        known = self.known
        pinned = known_hosts(self.workspace)
        return Ground(known.reach, known.routes, pinned, self.workspace.root)

    def _hands(self, shell: SshShell, record: Recorder, playbooks: Playbooks) -> Hands:

        def put_secret(wanted: Secret, hosts: Sequence[str]) -> Mapping[str, str]:
            content = self._secret(wanted)
            if content is None:
                return {}
            record.secrets = (*record.secrets, content)
            return lay(shell, hosts, (wanted.path, wanted.owner, wanted.mode), content)

        return Hands(
            playbooks=playbooks,
            shell=shell,
            asker=ShellAsker(shell),
            ledger=self.ledger,
            drains=SqlDrains(self.ledger),
            lay=put_secret,
            keep=record.keep,
            keep_played=record.keep_played,
            now=lambda: f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            wait=time.sleep,
            run=record.folder.name,
        )

    def rows(self) -> dict[tuple[str, str], Done]:
        """Return how roles stand, by host and role; what a killed run left in doubt is unknown."""
        return self.ledger.rows() | self.doubts()

    def doubts(self) -> dict[tuple[str, str], Done]:
        """Return what the last deployment left in doubt, if it did not come to its end."""
        found = unended(self.workspace)
        return doubted(self.ledger.rows(), found[1].steps, found[0]) if found else {}

    def _secret(self, wanted: Secret) -> bytes | None:
        if wanted.given:
            return given(self.workspace, wanted.name)
        return secret(self.workspace, wanted.name, wanted.length)

    def variables(self) -> Variables:
        """Return what plays read."""
        inputs = self.inputs
        return Variables(
            {"factory": inputs.factory.model_dump(mode="json")},
            {name: {"node": n.model_dump(mode="json")} for name, n in inputs.nodes.items()},
        )

    def texts(self, roles: Sequence[Role]) -> dict[str, str]:
        """Return the digest of each role's own files."""
        return {role.name: role_digest(role.name) for role in roles}


def site_of(door: Door, *, stale: bool = False) -> Site:
    """Return the site of a workspace; `stale` takes the design as it was made last.

    Raises NoDesign where nothing was designed, StaleDesign where the design is of other inputs,
    Undeployable where it lacks something.
    """
    asked = inputs_of(door)
    workspace = asked.workspace
    lock = read_lock(workspace) if stale else check_fresh(workspace, asked.lock())
    cluster = read_cluster(workspace, lock)
    known = known_nodes(workspace)
    inputs = deploy_inputs(
        cluster, asked.loaded.catalog, asked.read.factory, around_of(known, workspace)
    )
    racks = {device.name: device.rack for device in cluster.devices if device.rack}
    ledger = ledger_of(workspace.root)
    return Site(workspace, known, inputs, ledger, asked.lock(), racks)


def around_of(known: Known, workspace: Workspace) -> Around:
    """Return what a workspace says beside its design."""
    become = known.reach.become
    return Around(
        users={name: route.user for name, route in known.routes.items()},
        password=become is not None and become.password_file is not None,
        gateways=known.gateways,
        laid=_laid(workspace),
    )


def _laid(workspace: Workspace) -> Laid | None:
    """Return the bundle that the head node was given, where there is one."""
    path = workspace.root / "bundle.lock.json"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        return Laid(Bundle.model_validate_json(content), hashlib.sha256(content).hexdigest())
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "the whole"
        raise MillwrightError(
            f"{path}: {where}: it is no lock of a bundle", hint="deploy bundle serve writes it"
        ) from None
