"""The files that an acceptance report is made from: read, and named with their digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from millwright.errors import MillwrightError
from millwright.reports.acceptance import File
from millwright.reports.judgement import Judgement, NoVerdict, judgement

MOST_BYTES = 256 << 20


def read_judgement(path: Path) -> Judgement:
    """Return the verdict of a file. Raises MillwrightError, naming what is wrong with it."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise MillwrightError(f"{path} is larger than {MOST_BYTES >> 20} MiB")
        return judgement(json.loads(path.read_bytes()))
    except OSError as error:
        raise MillwrightError(
            f"cannot read {path}: {error.strerror}", hint="millwright build verdict writes one"
        ) from None
    except NoVerdict as wrong:
        raise MillwrightError(
            f"{path} is no verdict: {wrong}", hint="millwright build verdict --json writes one"
        ) from None
    except (ValueError, RecursionError):
        raise MillwrightError(
            f"{path} is no JSON", hint="millwright build verdict --json writes it"
        ) from None


def manifest(root: Path, paths: Iterable[Path]) -> tuple[File, ...]:
    """Return files with their sizes and digests, named from a folder where they lie in it."""
    found = []
    for path in paths:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        inside = path.resolve().is_relative_to(root.resolve())
        name = str(path.resolve().relative_to(root.resolve())) if inside else path.name
        found.append(File(name, path.stat().st_size, digest))
    return tuple(found)


def sums(files: dict[str, bytes]) -> bytes:
    """Return digests in the form that `sha256sum -c` checks."""
    lines = (f"{hashlib.sha256(raw).hexdigest()}  {name}\n" for name, raw in files.items())
    return "".join(lines).encode()
