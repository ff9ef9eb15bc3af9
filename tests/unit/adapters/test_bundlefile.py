"""A bundle is what its lock and its archives say, to the last byte, or it is refused by name."""

from __future__ import annotations

import hashlib
import io
import lzma
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from millwright.adapters.bundlefile import LOCK, UNPACK, check, lock_text, write
from millwright.adapters.freight import FETCH, READ, SIZE, WRITE, digest_of
from millwright.errors import MillwrightError
from millwright.model.packages import Bundle, BundledArchive, BundledFile, BundledPackage

DEB = b"not much of a package"
POOL = "pool/main/h/hello/hello_1.0-1+b2_amd64.deb"
SUITE = "archives/0/dists/stable"


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def entry(path: str, content: bytes) -> BundledFile:
    return BundledFile(path=path, size=len(content), sha256=sha(content))


def contents(deb: bytes = DEB) -> dict[str, bytes]:
    """Return the files of an archive of one package."""
    stanza = (
        f"Package: hello\nVersion: 1.0-1+b2\nArchitecture: amd64\nFilename: {POOL}\n"
        f"Size: {len(deb)}\nSHA256: {sha(deb)}\n\nPackage: other\nVersion: 1\n"
    )
    index = lzma.compress(stanza.encode())
    release = (
        f"Origin: Test\nMD5Sum:\n {'0' * 32} 1 main/binary-amd64/Packages.xz\nSHA256:\n"
        f" {sha(index)} {len(index)} main/binary-amd64/Packages.xz\nAcquire-By-Hash: yes\n"
    )
    return {
        f"{SUITE}/InRelease": release.encode(),
        f"{SUITE}/main/binary-amd64/Packages.xz": index,
        f"archives/0/{POOL}": deb,
    }


def locked(files: dict[str, bytes]) -> Bundle:
    release, index, deb = (entry(path, content) for path, content in files.items())
    return Bundle(
        os="debian-12",
        architecture="amd64",
        simulated=True,
        wanted={"greeting": ("hello",)},
        archives=(
            BundledArchive(
                uri="http://archive.example.org/debian/",
                suite="stable",
                components=("main",),
                signed_by="",
                folder="archives/0",
                release=release,
                indexes=(index,),
            ),
        ),
        packages=(
            BundledPackage(
                **deb.model_dump(), name="hello", version="1.0-1+b2", architecture="amd64"
            ),
        ),
    )


def packed(folder: Path, files: dict[str, bytes], lock: Bundle | None = None) -> Path:
    for path, content in files.items():
        (folder / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "tree" / path).write_bytes(content)
    write(folder / "site.tar", lock or locked(files), folder / "tree")
    return folder / "site.tar"


def repacked(
    bundle: Path, change: Callable[[tarfile.TarFile, list[tarfile.TarInfo]], None]
) -> Path:
    """Return a bundle whose members were changed by somebody on the way."""
    target = bundle.with_name("other.tar")
    with tarfile.open(bundle) as old, tarfile.open(target, "w") as new:
        members = old.getmembers()
        for member in members:
            new.addfile(member, old.extractfile(member))
        change(new, members)
    return target


def added(name: str, content: bytes = b"x", kind: bytes = tarfile.REGTYPE) -> Callable[..., None]:
    def change(tar: tarfile.TarFile, members: list[tarfile.TarInfo]) -> None:
        del members
        member = tarfile.TarInfo(name)
        member.size, member.type, member.linkname = len(content), kind, "/etc/shadow"
        tar.addfile(member, io.BytesIO(content))

    return change


@pytest.fixture
def unsigned(tmp_path: Path) -> Path:
    """A keyring that is not there, so that the chain of digests is looked at alone."""
    return tmp_path / "no.gpg"


def test_the_same_content_gives_the_same_bytes(tmp_path: Path, unsigned: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first, second = (packed(tmp_path / name, contents()) for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()
    checked = check(first, unsigned)
    assert checked.wrong == []
    assert ["who signed" in each for each in checked.unchecked] == [True]


def test_a_changed_package_is_named(tmp_path: Path, unsigned: Path) -> None:
    bundle = packed(tmp_path, contents())
    bundle.write_bytes(bundle.read_bytes().replace(DEB, DEB[:-1] + b"!"))
    assert check(bundle, unsigned).wrong == [
        f"archives/0/{POOL} is not what the lock says: it was changed"
    ]


def test_a_lock_that_was_changed_with_its_package_is_named_by_the_archive(
    tmp_path: Path, unsigned: Path
) -> None:
    files = contents()
    files[f"archives/0/{POOL}"] = b"another package"
    wrong = check(packed(tmp_path, files), unsigned).wrong
    assert wrong == [f"archives/0/{POOL} is not the package that its archive signed for"]


def test_an_index_that_the_release_does_not_vouch_for_is_named(
    tmp_path: Path, unsigned: Path
) -> None:
    files, other = contents(), contents(b"another package")
    index = f"{SUITE}/main/binary-amd64/Packages.xz"
    files |= {index: other[index], f"archives/0/{POOL}": b"another package"}
    assert f"{index} is not the one of" in check(packed(tmp_path, files), unsigned).wrong[0]


def test_a_release_that_nobody_signed_is_named(tmp_path: Path) -> None:
    ring = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    if not ring.exists():
        pytest.skip("this machine has no keyring of the distribution")
    wrong = check(packed(tmp_path, contents()), ring).wrong
    assert wrong == [f"{SUITE}/InRelease is not signed by {ring}"]


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("extra.deb", tarfile.REGTYPE, "extra.deb is not in the lock"),
        ("../../etc/passwd", tarfile.REGTYPE, "../../etc/passwd leads out of the bundle"),
        ("/etc/passwd", tarfile.REGTYPE, "/etc/passwd leads out of the bundle"),
        (f"archives/0/{POOL}", tarfile.REGTYPE, "is there twice"),
        ("link", tarfile.SYMTYPE, "link is no plain file"),
    ],
)
def test_what_has_no_business_in_a_bundle_is_named(
    tmp_path: Path, unsigned: Path, name: str, kind: bytes, said: str
) -> None:
    content = b"" if kind == tarfile.SYMTYPE else b"x"
    bundle = repacked(packed(tmp_path, contents()), added(name, content, kind))
    assert said in " ".join(check(bundle, unsigned).wrong)
    refused = unpacked(bundle, tmp_path / "served")
    assert refused.returncode == 1
    assert not (tmp_path / "served" / "current").exists()


def test_a_missing_package_is_named(tmp_path: Path, unsigned: Path) -> None:
    files = contents()
    bundle = packed(tmp_path, files)
    short = tmp_path / "short.tar"
    with tarfile.open(bundle) as old, tarfile.open(short, "w") as new:
        for member in old.getmembers()[:-1]:
            new.addfile(member, old.extractfile(member))
    assert f"{max(files)} is missing" in check(short, unsigned).wrong
    assert "is missing" in unpacked(short, tmp_path / "served").stderr


@pytest.mark.parametrize("content", [b"", b"hello", b"\0" * 1024])
def test_what_is_no_bundle_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.tar").write_bytes(content)
    with pytest.raises(MillwrightError, match=r"odd\.tar is no"):
        check(tmp_path / "odd.tar")


def test_a_torn_bundle_is_refused(tmp_path: Path) -> None:
    bundle = packed(tmp_path, contents(b"x" * 60_000))
    torn = tmp_path / "torn.tar"
    torn.write_bytes(bundle.read_bytes()[:30_000])
    with pytest.raises(MillwrightError, match="no whole bundle"):
        check(torn)


def unpacked(bundle: Path, place: Path) -> subprocess.CompletedProcess[str]:
    place.mkdir()
    there = place / ".sent.tar"
    there.write_bytes(bundle.read_bytes())
    words = [sys.executable, "-Ic", UNPACK, str(there), digest_of(bundle), str(place)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_the_far_side_verifies_and_serves_it(tmp_path: Path) -> None:
    files = contents()
    bundle, place = packed(tmp_path, files), tmp_path / "served"
    assert unpacked(bundle, place).returncode == 0
    current = place / "current"
    assert {path: (current / path).read_bytes() for path in files} == files
    assert (current / LOCK).read_bytes() == lock_text(locked(files))
    assert sorted(path.name for path in place.iterdir()) == [digest_of(bundle), "current"]


def test_the_far_side_refuses_what_is_not_what_was_sent(tmp_path: Path) -> None:
    bundle, place = packed(tmp_path, contents()), tmp_path / "served"
    place.mkdir()
    (place / ".sent.tar").write_bytes(bundle.read_bytes()[:-1])
    words = [sys.executable, "-Ic", UNPACK, str(place / ".sent.tar"), digest_of(bundle), str(place)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "it is not the file that was sent" in done.stderr
    assert list(place.iterdir()) == []


def test_pieces_are_written_where_they_belong(tmp_path: Path) -> None:
    def run(script: str, *words: str, given: bytes = b"") -> bytes:
        full = [sys.executable, "-Ic", script, *words]
        return subprocess.run(full, input=given, capture_output=True, check=True).stdout

    path = str(tmp_path / "in" / "file")
    assert run(SIZE, path) == b"0"
    run(WRITE, path, "0", given=b"hello wo")
    run(WRITE, path, "6", given=b"world")
    assert run(SIZE, path) == b"11"
    assert run(READ, path, "6", "100") == b"world"
    assert run(FETCH, given=b"[]") == b""
