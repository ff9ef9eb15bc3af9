"""Certificates that are made when a test asks for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(1)


def certificate(name: str = "Site CA", *, ca: bool | None = True, days: int = 30) -> str:
    """Return a certificate that signed itself, in PEM; `ca` None leaves its constraints out."""
    key = generate_private_key(SECP256R1())
    made = _begun(name, name, key, days)
    if ca is not None:
        made = made.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    return _pem(made.sign(key, SHA256()))


def authority_and_server(host: str) -> tuple[str, str, str]:
    """Return an authority, a server's certificate that it signed, and the server's key."""
    key, own = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    basic = x509.BasicConstraints(ca=True, path_length=None)
    root = _begun("Site CA", "Site CA", key, 30).add_extension(basic, critical=True)
    names = x509.SubjectAlternativeName([x509.DNSName(host)])
    server = _begun(host, "Site CA", own, 30).add_extension(names, critical=False)
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    secret = own.private_bytes(*form).decode()
    return _pem(root.sign(key, SHA256())), _pem(server.sign(key, SHA256())), secret


def _begun(
    name: str, issuer: str, key: EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_called(name))
        .issuer_name(_called(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - 60 * DAY)
        .not_valid_after(NOW + days * DAY)
    )


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(made: x509.Certificate) -> str:
    return made.public_bytes(Encoding.PEM).decode()
