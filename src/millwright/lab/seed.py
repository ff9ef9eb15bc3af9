"""What makes a host that host: its keys, names, addresses and profile, laid into its tree before it
boots. Identities are kept in the workspace, so that a lab that comes up again is the same one."""

from __future__ import annotations

import json
import os
import secrets
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from millwright.lab.plan import EDGE, LabHost, LabPlan
from millwright.lab.profiles import profile_for
from millwright.lab.redfish import serial
from millwright.model.reach import SIMULATED_BANNER

CERTIFIED_DAYS = 365
ENGINEER = "engineer"
ENGINEER_UID = 1000
"""The user of the image who becomes root by sudo and a password."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What stays the same for a host over all its boots."""

    machine_id: str
    host_key: str
    host_key_public: str


@dataclass(frozen=True, slots=True)
class Letters:
    """Who is let into a host: the keys, and the passwords as the host keeps them."""

    keys: str
    shadow: str


def key_pair(comment: str) -> tuple[str, str]:
    """Return a new Ed25519 key in OpenSSH's form: private and public."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    return private, f"{public} {comment}\n"


def secret(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    os.replace(fresh, path)


def own_key(folder: Path, name: str) -> str:
    """Return the public half of a key of the lab, made at the first call."""
    path = folder / name
    if not path.exists():
        private, public = key_pair(f"millwright-lab-{name}")
        path.with_suffix(".pub").parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".pub").write_text(public, encoding="utf-8")
        secret(path, private)
    return path.with_suffix(".pub").read_text(encoding="utf-8")


def identity(folder: Path, host: str) -> Identity:
    """Return who a host is, decided at the first call."""
    path = folder / "hosts" / f"{host}.json"
    try:
        return Identity(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        private, public = key_pair(f"root@{host}")
        made = Identity(uuid.uuid4().hex, private, public)
        fields = {"machine_id": made.machine_id}
        fields |= {"host_key": private, "host_key_public": public}
        secret(path, json.dumps(fields))
        return made


def lay(tree: Path, plan: LabPlan, host: LabHost, who: Identity, letters: Letters) -> None:
    """Write into a host's own layer what distinguishes it from the image."""
    texts = {
        "etc/machine-id": f"{who.machine_id}\n",
        "etc/hostname": f"{host.name}\n",
        "etc/hosts": f"127.0.0.1 localhost\n::1 localhost\n127.0.1.1 {host.name}\n",
        "etc/resolv.conf": Path("/etc/resolv.conf").read_text(encoding="utf-8"),
        "etc/ssh/ssh_host_ed25519_key.pub": who.host_key_public,
        "etc/ssh/ssh_host_ed25519_key-cert.pub": _certificate(plan, host, who),
        "etc/ssh/user_ca.pub": own_key(folder(plan), "user_ca"),
        "etc/ssh/sshd_config.d/20-lab.conf": SSHD,
        "etc/systemd/network/10-lab.network": _network(plan, host),
        "etc/millwright-lab/simulated.json": _mark(plan, host),
        "etc/environment": "MILLWRIGHT_SIMULATED=1\n",
    }
    if host.role == "gateway":
        texts["etc/systemd/network/11-inner.network"] = _inner(plan, host)
    for name, text in texts.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    secret(tree / "etc/ssh/ssh_host_ed25519_key", who.host_key)
    if not (tree / "etc/shadow").exists():
        secret(tree / "etc/shadow", letters.shadow)
    for user, uid in (("root", 0), ("home/engineer", ENGINEER_UID)):
        file = tree / user / ".ssh" / "authorized_keys"
        secret(file, letters.keys)
        for path in (file, file.parent, file.parent.parent):
            os.chown(path, uid, uid)


def lay_profile(tree: Path, host: LabHost, link_layer: str) -> None:
    """Write what the simulated tools of a host answer from; adapters speak what the fabric does."""
    if host.profile:
        profile = profile_for(host.name, host.profile, link_layer=link_layer)
        path = tree / "etc/millwright-lab/profile.json"
        path.write_text(json.dumps(profile, indent=1) + "\n", encoding="utf-8")


def sudoers_shadow(lab: LabPlan, lowers: Sequence[Path]) -> str:
    """Return the image's password file in which the engineer has the lab's password."""
    import bcrypt

    shadow = next(tree / "etc/shadow" for tree in lowers if (tree / "etc/shadow").exists())
    said = password(folder(lab), ENGINEER).encode()
    hashed = bcrypt.hashpw(said, bcrypt.gensalt(rounds=5)).decode()
    lines = shadow.read_text(encoding="utf-8").splitlines()
    return "".join(f"{_with_password(line, hashed)}\n" for line in lines)


def _with_password(line: str, hashed: str) -> str:
    name, _, *rest = line.split(":")
    return ":".join([name, hashed, *rest]) if name == ENGINEER else line


SSHD = f"""\
VersionAddendum {SIMULATED_BANNER}
HostCertificate /etc/ssh/ssh_host_ed25519_key-cert.pub
TrustedUserCAKeys /etc/ssh/user_ca.pub
"""


def _certificate(plan: LabPlan, host: LabHost, who: Identity) -> str:
    """Return the word of the lab's authority for a host, under its name and address."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        SSHCertificateBuilder,
        SSHCertificateType,
        load_ssh_private_key,
    )

    authority = load_ssh_private_key((folder(plan) / "host_ca").read_bytes(), None)
    key = load_ssh_private_key(who.host_key.encode(), None)
    assert isinstance(authority, Ed25519PrivateKey)
    assert isinstance(key, Ed25519PrivateKey)
    now = int(time.time())
    made = (
        SSHCertificateBuilder()
        .public_key(key.public_key())
        .type(SSHCertificateType.HOST)
        .key_id(host.name.encode())
        .valid_principals([host.name.encode(), host.reached_at.encode(), host.inband.encode()])
        .valid_after(now - 86_400)
        .valid_before(now + CERTIFIED_DAYS * 86_400)
        .sign(authority)
    )
    return made.public_bytes().decode() + "\n"


def _mark(plan: LabPlan, host: LabHost) -> str:
    told = {"simulated": True, "lab": plan.id, "factory": plan.factory, "host": host.name}
    told["serial"] = serial(host)
    return json.dumps(told, indent=1) + "\n"


def _network(plan: LabPlan, host: LabHost) -> str:
    net = ip_network(plan.inband)
    if host.edge:
        address, gateway = f"{host.edge}/{EDGE.prefixlen}", f"Gateway={EDGE[1]}\n"
    else:
        address = f"{host.inband}/{net.prefixlen}"
        gateway = "" if plan.gateways else f"Gateway={net[1]}\n"
    return f"[Match]\nName=host0\n[Network]\nAddress={address}\n{gateway}LinkLocalAddressing=no\n"


def _inner(plan: LabPlan, host: LabHost) -> str:
    prefix = ip_network(plan.inband).prefixlen
    address = f"Address={host.inband}/{prefix}\n"
    return f"[Match]\nName=inner0\n[Network]\n{address}LinkLocalAddressing=no\n"


def password(folder: Path, name: str) -> str:
    """Return a password of the lab, drawn at the first call."""
    path = folder / f"{name}.password"
    if not path.exists():
        secret(path, f"{secrets.token_urlsafe(18)}\n")
    return path.read_text(encoding="utf-8").strip()


def folder(plan: LabPlan) -> Path:
    """Return the folder of the workspace that holds the keys and identities of the lab."""
    return Path(plan.workspace) / ".millwright" / "lab"


KEYS = ("id_ed25519", "host_ca", "user_ca")


def authorized(plan: LabPlan) -> str:
    """Return the key that hosts let in, as they want it; make all keys of the lab."""
    return [own_key(folder(plan), name) for name in KEYS][0]
