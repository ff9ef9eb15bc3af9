"""Runs on a host as root: saves files before a play changes them, and puts them back.

Words: save | note | show | restore, and the run. Standard input says the rest as JSON. Nothing of
a file's content leaves the host.
"""

import contextlib
import glob
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile

TOP = "/var/backups/millwright"
RUN = re.compile(r"^[0-9]{8}T[0-9]{6}\.[0-9]{6}Z-[a-z-]{1,40}$")
MOST_FILE, MOST_RUN, MOST_PATHS, MOST_RUNS = 4 << 20, 64 << 20, 4000, 20


def own_folder(place):
    """Make a folder that only root may enter, and refuse one that is anybody else's."""
    with contextlib.suppress(FileExistsError):
        os.mkdir(place, 0o700)
    there = os.lstat(place)
    if not stat.S_ISDIR(there.st_mode) or there.st_uid != os.geteuid():
        sys.exit(f"{place} is no folder of root's own")
    os.chmod(place, 0o700)


def state(path):
    """Return what stands at a path, and the content where it is a file that can be kept."""
    try:
        there = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return {"kind": "absent"}, b""
    own = {"mode": there.st_mode & 0o7777, "uid": there.st_uid, "gid": there.st_gid}
    if stat.S_ISLNK(there.st_mode):
        return {"kind": "link", "target": os.readlink(path), **own}, b""
    if not stat.S_ISREG(there.st_mode):
        return {"kind": "other"}, b""
    if there.st_size > MOST_FILE:
        return {"kind": "large"}, b""
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        content = file.read()
    return {"kind": "file", "sha256": hashlib.sha256(content).hexdigest(), **own}, content


def found(patterns):
    """Return the paths that patterns name; one without a star is always named."""
    paths = []
    for pattern in patterns:
        paths += sorted(glob.glob(pattern)) if "*" in pattern else [pattern]
    return [path for path in paths if not os.path.isdir(path) or os.path.islink(path)]


class Book:
    """What is kept of one run: a list that only grows, and contents by their digest."""

    def __init__(self, run):
        self.place = os.path.join(TOP, run)
        self.file = os.path.join(self.place, "manifest.jsonl")

    def lines(self):
        try:
            with open(self.file, encoding="utf-8") as file:
                text = file.read()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in text.split("\n")[:-1]]

    def add(self, lines):
        with open(self.file, "a+b") as file:
            file.seek(0)
            whole, _, torn = file.read().rpartition(b"\n")
            if torn:
                file.truncate(len(whole) + bool(whole))
            file.seek(0, os.SEEK_END)
            file.write(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
            file.flush()
            os.fsync(file.fileno())

    def keep(self, known, content, size):
        """Keep a content; the answer says whether there was room for it."""
        path = os.path.join(self.place, "files", known["sha256"])
        if os.path.exists(path):
            return True
        if size > MOST_RUN:
            return False
        fresh = path + ".new"
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
        return True


def active(unit):
    words = ["systemctl", "is-active", unit]
    return subprocess.run(words, capture_output=True, text=True).stdout.strip() or "unknown"


def save(book, given):
    own_folder(TOP)
    own_folder(book.place)
    own_folder(os.path.join(book.place, "files"))
    runs = sorted(name for name in os.listdir(TOP) if RUN.match(name))
    for name in runs[:-MOST_RUNS]:
        shutil.rmtree(os.path.join(TOP, name), ignore_errors=True)
    kept = os.path.join(book.place, "files")
    size = sum(os.stat(os.path.join(kept, name)).st_size for name in os.listdir(kept))
    lines = []
    for role, asked in given["roles"].items():
        for path in found(asked["paths"])[:MOST_PATHS]:
            known, content = state(path)
            if known["kind"] == "file":
                size += len(content)
                if not book.keep(known, content, size):
                    known = {"kind": "large"}
            lines.append({"when": "before", "role": role, "path": path, "state": known})
        for unit in asked["units"]:
            lines.append({"when": "before", "role": role, "unit": unit, "state": active(unit)})
    book.add(lines)


def note(book, given):
    if not os.path.isdir(book.place):
        return
    before = {(line["role"], line.get("path")) for line in book.lines()}
    lines = []
    for role, asked in given["roles"].items():
        for path in found(asked["paths"])[:MOST_PATHS]:
            line = {"role": role, "path": path}
            if (role, path) not in before:
                lines.append({"when": "before", **line, "state": {"kind": "absent"}})
            lines.append({"when": "after", **line, "state": state(path)[0]})
    book.add(lines)


def merged(book):
    """Return each path with its roles, the first state before, the last one after, and now."""
    paths, units = {}, {}
    for line in book.lines():
        if "unit" in line:
            one = units.setdefault(line["unit"], {"roles": [], "before": line["state"]})
        else:
            one = paths.setdefault(line["path"], {"roles": [], "before": None, "after": None})
            if line["when"] == "after":
                one["after"] = line["state"]
            elif one["before"] is None:
                one["before"] = line["state"]
        if line["role"] not in one["roles"]:
            one["roles"].append(line["role"])
    for path, one in paths.items():
        one["now"] = state(path)[0]
    return paths, units


def show(book, given):
    del given
    paths, units = merged(book)
    begun = os.path.exists(os.path.join(book.place, "rollback.begun"))
    answer = {"saved": os.path.isdir(book.place), "begun": begun, "paths": paths, "units": units}
    sys.stdout.write(json.dumps(answer))


def put_back(book, path, before):
    """Put one file back as it was: whole or not at all."""
    if before["kind"] == "absent":
        if re.match(r"^/etc/systemd/system/[^/]+\.(service|timer|socket)$", path):
            words = ["systemctl", "disable", "--now", os.path.basename(path)]
            subprocess.run(words, capture_output=True)
        if os.path.lexists(path):
            os.unlink(path)
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if before["kind"] == "link":
        fresh = path + ".millwright-link"
        if os.path.lexists(fresh):
            os.unlink(fresh)
        os.symlink(before["target"], fresh)
        os.replace(fresh, path)
        return
    with open(os.path.join(book.place, "files", before["sha256"]), "rb") as file:
        content = file.read()
    if hashlib.sha256(content).hexdigest() != before["sha256"]:
        raise OSError(0, "the saved file is not what it was")
    handle, fresh = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".millwright-")
    try:
        with open(handle, "wb") as file:
            file.write(content)
            os.fchown(handle, before["uid"], before["gid"])
            os.fchmod(handle, before["mode"])
            file.flush()
            os.fsync(handle)
        os.replace(fresh, path)
    finally:
        if os.path.exists(fresh):
            os.unlink(fresh)


def run_again(units, known):
    """Restart what ran before, stop what did not; return why each that is not so is not."""
    wrong = {}
    subprocess.run(["systemctl", "daemon-reload"], capture_output=True)
    for unit in units:
        ran = known.get(unit, {}).get("before") == "active"
        words = ["systemctl", "restart" if ran else "stop", unit]
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode or (ran and active(unit) != "active"):
            wrong[unit] = (done.stderr.strip() or "it does not run")[-300:]
    return wrong


def restore(book, given):
    paths, units = merged(book)
    begun = os.path.join(book.place, "rollback.begun")
    with open(begun, "w", encoding="utf-8"):
        pass
    done, wrong = [], {}
    for path, seen in given["paths"].items():
        if path not in paths:
            wrong[path] = "it was not saved"
        elif paths[path]["now"] != seen:
            wrong[path] = "it changed after the plan was shown"
        else:
            try:
                put_back(book, path, paths[path]["before"])
                done.append(path)
            except OSError as error:
                wrong[path] = error.strerror or "it cannot be written"
    if any(path.startswith("/etc/sysctl") for path in given["paths"]):
        subprocess.run(["sysctl", "--system"], capture_output=True)
    if "/etc/hostname" in done:
        subprocess.run(["hostname", "--file", "/etc/hostname"], capture_output=True)
    failed = run_again(given["units"], units)
    if not wrong and not failed:
        os.unlink(begun)
    sys.stdout.write(json.dumps({"done": done, "wrong": wrong, "units": failed}))


verb, run = sys.argv[1:3]
if not RUN.match(run):
    sys.exit("that is no run")
os.umask(0o077)
{"save": save, "note": note, "show": show, "restore": restore}[verb](
    Book(run), json.loads(sys.stdin.read() or "{}")
)
