"""Signs a folder of a model for its way to another zone, and holds one against its manifest."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from millwright.adapters.evidencekeys import Signer, Signers, holds
from millwright.adapters.jsonfiles import read_json
from millwright.adapters.workspace import Workspace, writing
from millwright.errors import MillwrightError
from millwright.model.promotion import MANIFEST, PromotedFile, Promotion

CHUNK = 1 << 20


def promoted_files(folder: Path) -> tuple[PromotedFile, ...]:
    """Return the files of a folder with their digests.

    Raises MillwrightError for a folder without files, for what is no plain file in it (a link, a
    pipe, a device), and for a name that cannot be told.
    """
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise MillwrightError(f"{path} is a link", hint="a model is sent as files")
        if path.is_dir() or name == MANIFEST:
            continue
        if not path.is_file():
            raise MillwrightError(f"{path} is no plain file", hint="a model is sent as files")
        try:
            size, digest = _digest(path)
            found.append(PromotedFile(path=name, size=size, sha256=digest))
        except (OSError, ValidationError):
            raise MillwrightError(f"{path} cannot be promoted: its name or content") from None
    if not found:
        raise MillwrightError(f"{folder} holds no files", hint="name the folder of the model")
    return tuple(found)


def _digest(path: Path) -> tuple[int, str]:
    made, size = hashlib.sha256(), 0
    with _opened(path) as file:
        while block := file.read(CHUNK):
            made.update(block)
            size += len(block)
    return size, made.hexdigest()


def _opened(path: Path) -> IO[bytes]:
    """Open a plain file: what takes its place meanwhile is not waited for, and no link is followed.

    Raises OSError.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no plain file")
    return open(descriptor, "rb")


def write_promotion(folder: Path, promotion: Promotion, signer: Signer) -> tuple[Path, Promotion]:
    """Sign a manifest and lay it beside the files."""
    signed = signer.signed(promotion)
    content = signed.model_dump_json(indent=1, by_alias=True).encode() + b"\n"
    path = folder / MANIFEST
    Workspace(folder).replace_files({path: writing(content)})
    return path, signed


def read_promotion(folder: Path) -> Promotion:
    """Return the manifest of a folder. Raises MillwrightError where it is none."""
    path = folder / MANIFEST
    try:
        return Promotion.model_validate(read_json(path))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise MillwrightError(f"{path}: {where}: {first['msg']}") from None


def wrongs(folder: Path, promotion: Promotion, signers: Signers) -> Iterator[str]:
    """Yield everything that is not as it was signed: the signature, and files that are missing,
    other, or too many."""
    if promotion.signature is None:
        yield "the manifest is not signed"
    elif not holds(promotion, signers):
        yield f"the signature of {promotion.key} does not hold, or is nobody's whom we trust"
    listed = {each.path: each for each in promotion.files}
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")
             if path.is_symlink() or not path.is_dir()}  # fmt: skip
    for name, told in listed.items():
        path = there.get(name)
        if path is None or path.is_symlink() or not path.is_file():
            yield f"{name} is not there"
        elif (other := _other(path, told)) is not None:
            yield f"{name} {other}"
    for name in sorted(there.keys() - listed.keys() - {MANIFEST}):
        yield f"{name} was never signed"


def _other(path: Path, told: PromotedFile) -> str | None:
    """Return what is wrong with a file that is there; None where it is the one that was signed."""
    try:
        same = _digest(path) == (told.size, told.sha256)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return None if same else "is another file than was signed"
