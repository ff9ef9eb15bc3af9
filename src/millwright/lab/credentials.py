"""What a caller needs to talk to the lab's BMCs: a password, and a certificate to check them by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from millwright.lab.plan import LabPlan
from millwright.lab.seed import password, secret

USER = "admin"
DAYS = 3650
LISTED = "bmc.addresses"


def lay(folder: Path, plan: LabPlan) -> None:
    """Write password and certificate for every BMC of the plan, where they are not there yet."""
    import bcrypt

    hashed = folder / "bmc.htpasswd"
    if not hashed.exists():
        digest = bcrypt.hashpw(password(folder, "bmc").encode(), bcrypt.gensalt(rounds=6))
        secret(hashed, f"{USER}:{digest.decode()}\n")
    if not fit(folder, plan):
        addresses = _addresses(plan)
        certificate, key = _self_signed(addresses)
        secret(folder / "bmc.key", key)
        (folder / "bmc.crt").write_text(certificate, encoding="utf-8")
        (folder / LISTED).write_text("\n".join(addresses) + "\n", encoding="utf-8")


def fit(folder: Path, plan: LabPlan) -> bool:
    """Return whether there is a certificate for just the BMCs of the plan."""
    listed = folder / LISTED
    return listed.exists() and listed.read_text(encoding="utf-8").split() == _addresses(plan)


def _addresses(plan: LabPlan) -> list[str]:
    return sorted(host.bmc for host in plan.hosts if host.bmc)


def _self_signed(addresses: list[str]) -> tuple[str, str]:
    """Return certificate and key for these addresses, in PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "millwright lab BMC")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(a)) for a in addresses]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return made.public_bytes(serialization.Encoding.PEM).decode(), private.decode()
