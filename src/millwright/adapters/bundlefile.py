"""A bundle as one file: a tar whose bytes depend on its content alone, and its verification.

Verifying believes nothing that it was not shown: each file is held against the lock, each package
against its archive's own index, and that against the archive's release. Whether the archive signed
the release is asked of gpgv where there is one; apt asks it again on every host.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from millwright.errors import MillwrightError
from millwright.model.packages import Bundle, BundledArchive, BundledFile
from millwright.probes.apt_indexes import Listed, listed, released

LOCK = "lock.json"
KEYRINGS = ("/usr/share/keyrings/debian-archive-keyring.gpg",)
LARGEST_KEPT = 256 << 20


@dataclass(slots=True)
class Checked:
    """What a bundle came to: its lock, everything wrong, and what could not be checked here."""

    lock: Bundle
    digest: str
    wrong: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)


def lock_text(lock: Bundle) -> bytes:
    """Return a lock as it lies in a bundle."""
    return (lock.model_dump_json(by_alias=True, indent=1) + "\n").encode()


def write(target: Path, lock: Bundle, folder: Path) -> None:
    """Write a bundle of files that lie below a folder; the same content gives the same bytes."""
    fresh = target.with_name(f".{target.name}.part")
    with tarfile.open(fresh, "w", format=tarfile.GNU_FORMAT) as tar:
        content = lock_text(lock)
        tar.addfile(_member(LOCK, len(content)), io.BytesIO(content))
        for path in sorted(lock.files()):
            with open(folder / path, "rb") as file:
                tar.addfile(_member(path, (folder / path).stat().st_size), file)
    fresh.replace(target)


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o644, 0
    return member


def check(path: Path, keyring: Path | None = None) -> Checked:
    """Return what is wrong with a bundle. Raises MillwrightError where it is none."""
    kept: dict[str, bytes] = {}
    try:
        with tarfile.open(path, "r:") as tar:
            checked = _opened(tar, path)
            _hold_files(tar, checked, kept)
    except (tarfile.TarError, EOFError) as error:
        raise MillwrightError(f"{path} is no whole bundle: {error}") from None
    except OSError as error:
        raise MillwrightError(f"cannot read {path}: {error.strerror or error}") from None
    for archive in checked.lock.archives:
        _hold_signature(archive, checked, kept, keyring)
    _hold_packages(checked, kept)
    return checked


def _opened(tar: tarfile.TarFile, path: Path) -> Checked:
    first = tar.next()
    file = tar.extractfile(first) if first and first.isreg() and first.name == LOCK else None
    if file is None:
        raise MillwrightError(f"{path} is no bundle: it does not begin with its lock")
    content = file.read(LARGEST_KEPT)
    try:
        lock = Bundle.model_validate_json(content)
    except ValidationError as error:
        told = error.errors()[0]
        where = ".".join(map(str, told["loc"])) or "the whole"
        raise MillwrightError(f"the lock of {path} is none: {where}: {told['msg']}") from None
    return Checked(lock, hashlib.sha256(content).hexdigest())


def _hold_files(tar: tarfile.TarFile, checked: Checked, kept: dict[str, bytes]) -> None:
    """Hold every member against the lock: nothing else, nothing more, nothing less."""
    files, seen = checked.lock.files(), {LOCK}
    keep = {f.path for a in checked.lock.archives for f in (a.release, *a.indexes)}
    for name in files:
        if _escapes(name):
            checked.wrong.append(f"the lock names {name}, which leads out of the bundle")
    while (member := tar.next()) is not None:
        wrong = _strange(member, files, seen)
        seen.add(member.name)
        content = tar.extractfile(member) if not wrong else None
        if content is None:
            checked.wrong.append(wrong or f"{member.name} cannot be read")
            continue
        wanted, made = files[member.name], hashlib.sha256()
        if member.name in keep and member.size <= LARGEST_KEPT:
            kept[member.name] = content.read()
            made.update(kept[member.name])
        else:
            while block := content.read(1 << 20):
                made.update(block)
        if (member.size, made.hexdigest()) != (wanted.size, wanted.sha256):
            checked.wrong.append(f"{member.name} is not what the lock says: it was changed")
    checked.wrong += [f"{name} is missing" for name in files if name not in seen]


def _strange(member: tarfile.TarInfo, files: Mapping[str, BundledFile], seen: set[str]) -> str:
    if _escapes(member.name):
        return f"{member.name} leads out of the bundle"
    if not member.isreg():
        return f"{member.name} is no plain file"
    if member.name in seen:
        return f"{member.name} is there twice"
    return "" if member.name in files else f"{member.name} is not in the lock"


def _escapes(name: str) -> bool:
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts or "\\" in name


def _hold_signature(
    archive: BundledArchive, checked: Checked, kept: Mapping[str, bytes], keyring: Path | None
) -> None:
    """Ask gpgv who signed a release."""
    where = archive.release.path
    named = [str(keyring)] if keyring else [archive.signed_by, *KEYRINGS]
    rings = [ring for ring in named if ring and Path(ring).is_file()]
    tool = shutil.which("gpgv")
    if where not in kept:
        return
    if not tool or not rings:
        missing = "gpgv" if not tool else "the archive's keyring"
        checked.unchecked.append(f"who signed {where}: {missing} is not here")
        return
    with tempfile.NamedTemporaryFile() as file:
        file.write(kept[where])
        file.flush()
        words = [tool, "--keyring", rings[0], file.name]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        checked.wrong.append(f"{where} is not signed by {rings[0]}")


def _hold_packages(checked: Checked, kept: Mapping[str, bytes]) -> None:
    """Hold every package against the indexes of its archive, and those against the release."""
    known: dict[str, Listed] = {}
    for archive in checked.lock.archives:
        text = kept.get(archive.release.path, b"").decode("utf-8", "replace")
        vouched = released(text)
        base = str(PurePosixPath(archive.release.path).parent)
        for index in archive.indexes:
            key = index.path.removeprefix(f"{base}/")
            if vouched.get(key) != (index.sha256, index.size):
                checked.wrong.append(f"{index.path} is not the one of {archive.release.path}")
                continue
            for path, package in packages_in(index.path, kept.get(index.path, b"")):
                known[f"{archive.folder}/{path}"] = package
    for each in checked.lock.packages:
        told = Listed(each.name, each.version, each.architecture, each.size, each.sha256)
        if known.get(each.path) != told:
            checked.wrong.append(f"{each.path} is not the package that its archive signed for")


def packages_in(path: str, content: bytes) -> Iterator[tuple[str, Listed]]:
    """Yield what a compressed index lists; nothing where it is broken."""
    try:
        plain = lzma.decompress(content) if path.endswith(".xz") else gzip.decompress(content)
    except (lzma.LZMAError, OSError, EOFError):
        return
    yield from listed(plain.decode("utf-8", "replace"))


UNPACK = """\
import hashlib, json, os, shutil, sys, tarfile
tarball, wanted, place = sys.argv[1:4]
made = hashlib.sha256()
with open(tarball, "rb") as file:
    for block in iter(lambda: file.read(1 << 20), b""):
        made.update(block)
if made.hexdigest() != wanted:
    os.unlink(tarball)
    sys.exit("it is not the file that was sent: it was thrown away")
fresh, whole = place + "/." + wanted + ".part", place + "/" + wanted
shutil.rmtree(fresh, ignore_errors=True)
os.makedirs(fresh, 0o755)
os.chmod(fresh, 0o755)
with tarfile.open(tarball, "r:") as tar:
    first = tar.next()
    text = tar.extractfile(first).read()
    lock = json.loads(text)
    files = {f["path"]: f for f in lock["packages"]}
    for archive in lock["archives"]:
        for each in (archive["release"], *archive["indexes"]):
            files[each["path"]] = each
    missing = set(files)
    while True:
        member = tar.next()
        if member is None:
            break
        parts = member.name.split("/")
        if not member.isreg() or member.name not in missing or ".." in parts or parts[0] == "":
            sys.exit(member.name + " has no business in the bundle")
        missing.discard(member.name)
        path = os.path.join(fresh, *parts)
        os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
        made, content = hashlib.sha256(), tar.extractfile(member)
        with open(path, "wb") as file:
            for block in iter(lambda: content.read(1 << 20), b""):
                made.update(block)
                file.write(block)
        os.chmod(path, 0o644)
        if made.hexdigest() != files[member.name]["sha256"]:
            sys.exit(member.name + " is not what the lock says: it was changed")
if missing:
    sys.exit(sorted(missing)[0] + " is missing")
with open(os.path.join(fresh, "lock.json"), "wb") as file:
    file.write(text)
for folder, _, _ in os.walk(fresh):
    os.chmod(folder, 0o755)
shutil.rmtree(whole, ignore_errors=True)
os.rename(fresh, whole)
link = place + "/.current"
if os.path.lexists(link):
    os.unlink(link)
os.symlink(wanted, link)
os.replace(link, place + "/current")
for name in os.listdir(place):
    if name not in (wanted, "current"):
        path = os.path.join(place, name)
        shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
"""
"""Constant: a host holds a bundle against its lock again, file by file, before it serves it."""
