"""Programs that nodes run to answer one question where no tool prints it: constant, Python alone.

What varies comes to them as words, which they read as paths or names and never as code. They only
read. Each prints one JSON object; what could not be read is left out or null, never guessed.
"""

from __future__ import annotations

FILES = """\
import glob, json, sys
told = {}
for pattern in sys.argv[1:]:
    for path in sorted(glob.glob(pattern)):
        try:
            with open(path, "rb") as file:
                told[path] = file.read(65536).decode("utf-8", "backslashreplace").strip()
        except OSError:
            pass
sys.stdout.write(json.dumps(told) + "\\n")
"""
"""Texts of files by path: the words are patterns of paths. What cannot be read is left out."""

CLOCK = """\
import json, os, sys, time
def text(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""
now = time.time()
boot = [line.split()[1] for line in text("/proc/stat").splitlines() if line.startswith("btime ")]
first = text("/proc/1/stat").rpartition(")")[2].split()
up = None
if boot and len(first) > 19:
    up = now - int(boot[0]) - int(first[19]) / os.sysconf("SC_CLK_TCK")
told = {"now": now, "up_s": up, "load": text("/proc/loadavg").split()[:3],
        "boot_id": text("/proc/sys/kernel/random/boot_id").strip(),
        "container": text("/run/systemd/container").strip()}
sys.stdout.write(json.dumps(told) + "\\n")
"""
"""The node's clock, and for how long its first process runs: so long ago it came up, whether it is
a machine or a container of one; `container` names the kind of one, empty on a machine."""

MOUNTS = """\
import json, os, re, subprocess, sys, threading
SEEN = '''
import json, os, sys
disk = os.statvfs(sys.argv[1])
told = [disk.f_frsize, disk.f_blocks, disk.f_bavail, disk.f_files, disk.f_favail]
sys.stdout.write(json.dumps(told))
'''
PSEUDO = set(sys.argv[2:])
told = {}
def plain(text):
    return re.sub(r"\\\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
with open("/proc/self/mounts", errors="backslashreplace") as file:
    for line in file:
        source, place, kind, options = line.split()[:4]
        if kind not in PSEUDO and not kind.startswith("fuse."):
            told[plain(place)] = {"source": plain(source), "kind": kind,
                                  "options": options.split(","), "answers": False}
def look(place):
    try:
        child = subprocess.Popen([sys.executable, "-Ic", SEEN, place], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, err = child.communicate(timeout=float(sys.argv[1]))
    except subprocess.TimeoutExpired:
        child.kill()
        return
    except OSError:
        return
    told[place]["answers"] = True
    if child.returncode == 0:
        keys = ("block_bytes", "blocks", "blocks_free", "files", "files_free")
        told[place].update(zip(keys, json.loads(out)))
    else:
        told[place]["error"] = err.decode("utf-8", "replace").strip().splitlines()[-1:]
threads = [threading.Thread(target=look, args=(place,), daemon=True) for place in told]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(float(sys.argv[1]) + 3)
sys.stdout.write(json.dumps(told) + "\\n")
sys.stdout.flush()
os._exit(0)
"""
"""Every file system that holds files, asked how full it is by a child of its own: one that hangs
costs itself alone. The first word is the limit in seconds, the others are kinds left out."""

DISKS = """\
import json, os, subprocess, sys
told = {}
for name in sorted(os.listdir("/sys/block")):
    place = os.path.realpath("/sys/block/" + name)
    if "/virtual/" in place and not name.startswith("nvme"):
        continue
    told[name] = None
    for words in (["smartctl", "-x", "-j", "/dev/" + name],
                  ["nvme", "smart-log", "/dev/" + name, "--output-format=json"]):
        try:
            done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=float(sys.argv[1]))
        except FileNotFoundError:
            continue
        except (OSError, subprocess.SubprocessError) as error:
            told[name] = {"tool": words[0], "error": type(error).__name__}
            break
        out = done.stdout.decode("utf-8", "backslashreplace")
        told[name] = {"tool": words[0], "status": done.returncode, "text": out}
        break
sys.stdout.write(json.dumps(told) + "\\n")
"""
"""What every drive says of its own health: smartctl, or nvme where that is not installed. A drive
that nothing could be asked about is null. The word is the limit for each in seconds."""

PORTS = """\
import json, os, subprocess, sys
told = {}
def said(words):
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "backslashreplace") if done.returncode == 0 else None
for name in sorted(os.listdir("/sys/class/net")):
    place = os.path.realpath("/sys/class/net/" + name + "/device")
    if os.path.exists("/sys/class/net/" + name + "/device") and "/virtfn" not in place:
        told[name] = {"": said(["ethtool", name]),
                      **{word: said(["ethtool", word, name]) for word in sys.argv[1:]},
                      "mlnx_qos": said(["mlnx_qos", "-i", name])}
sys.stdout.write(json.dumps(told) + "\\n")
"""
"""What ethtool says of every port that is a device of its own; the words are its options. What it
does not say is null."""

SYSCTL = """\
import json, os, sys
told = {}
SECRET = ("stable_secret", "tcp_fastopen_key")
for place, _, names in os.walk("/proc/sys"):
    for name in names:
        path = os.path.join(place, name)
        key = path[len("/proc/sys/"):].replace(".", "\\0").replace("/", ".").replace("\\0", "/")
        if name in SECRET:
            continue
        try:
            if not os.stat(path).st_mode & 0o444:
                continue
            with open(path, "rb") as file:
                told[key] = " ".join(file.read(4096).decode("utf-8", "backslashreplace").split())
        except OSError:
            pass
sys.stdout.write(json.dumps(told) + "\\n")
"""
"""Every setting of the kernel but those that are keys; values with single spaces, as `sysctl`."""

LOCK = """\
import fcntl, json, os, struct, sys, time
told = {}
try:
    with open("/var/lib/dpkg/lock-frontend", "rb") as file:
        asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)
        kind, _, _, _, pid = struct.unpack("hhqqi4x", fcntl.fcntl(file, fcntl.F_GETLK, asked))
    if kind == fcntl.F_UNLCK:
        told["held"] = False
    else:
        told.update({"held": True, "pid": pid})
        with open("/proc/%d/stat" % pid) as file:
            name, rest = file.read().partition("(")[2].rsplit(")", 1)
        with open("/proc/uptime") as file:
            up = float(file.read().split()[0])
        told["by"] = name
        told["held_s"] = up - int(rest.split()[19]) / os.sysconf("SC_CLK_TCK")
except OSError as error:
    told["error"] = error.strerror
sys.stdout.write(json.dumps(told) + "\\n")
"""
"""Whether the lock of Debian's packages is held, by whom and for how long that process runs: asked
for, and never taken."""

PEOPLE = """\
import base64, glob, grp, hashlib, json, os, pwd, re, sys
def lines(path):
    try:
        with open(path, errors="backslashreplace") as file:
            return [line.strip() for line in file]
    except OSError:
        return None
def keys(person):
    found = []
    for name in (".ssh/authorized_keys", ".ssh/authorized_keys2"):
        for line in lines(os.path.join(person.pw_dir, name)) or []:
            told = re.search(r"(?:^|\\s)((?:ssh|ecdsa|sk)-[\\w@.-]+) ([A-Za-z0-9+/=]+)", line)
            if told and not line.startswith("#"):
                try:
                    raw = hashlib.sha256(base64.b64decode(told[2])).digest()
                except ValueError:
                    continue
                print_ = base64.b64encode(raw).decode().rstrip("=")
                found.append([told[1], "SHA256:" + print_])
    return found
people = {}
for person in pwd.getpwall():
    able = not re.search(r"/(nologin|false|sync)$", person.pw_shell)
    people[person.pw_name] = {"uid": person.pw_uid, "shell": person.pw_shell,
                              "keys": keys(person) if able else []}
groups = {g.gr_name: sorted(g.gr_mem) for g in grp.getgrall()
          if g.gr_name in ("root", "sudo", "wheel", "admin", "adm", "docker", "video", "render")}
sudoers = {}
for path in ["/etc/sudoers", *sorted(glob.glob("/etc/sudoers.d/*"))]:
    told = lines(path)
    sudoers[path] = None if told is None else [
        [line.split()[0], "NOPASSWD" in line]
        for line in told
        if line and not line.startswith(("#", "@", "Defaults")) and "=" in line
        and not re.match(r"(User|Runas|Host|Cmnd)_Alias", line)]
told = {"people": people, "groups": groups, "sudoers": sudoers}
sys.stdout.write(json.dumps(told) + "\\n")
"""
"""Who can log in and become root: names, and fingerprints of keys, never a key or a password."""

MODES = """\
import glob, json, os, pwd, stat, sys
told = {}
patterns = [*sys.argv[1:], *(os.path.join(person.pw_dir, ".ssh", "id_*")
                             for person in pwd.getpwall() if person.pw_uid >= 1000)]
for pattern in patterns:
    for path in sorted(glob.glob(pattern)):
        if path.endswith(".pub") or path in told:
            continue
        try:
            seen = os.lstat(path)
        except OSError:
            continue
        if stat.S_ISREG(seen.st_mode) or stat.S_ISDIR(seen.st_mode):
            told[path] = [format(stat.S_IMODE(seen.st_mode), "04o"), seen.st_uid, seen.st_gid]
sys.stdout.write(json.dumps(told) + "\\n")
"""
"""Who may read files: permissions, owner and group by path; the words are patterns of paths.
Private keys of people are looked at as well. No file is opened."""

WHERE = """\
import glob, os, sys
for path in glob.glob("/proc/[0-9]*/comm"):
    try:
        with open(path) as file:
            if file.read().strip() == sys.argv[1]:
                break
    except OSError:
        pass
else:
    sys.stderr.write(sys.argv[1] + " does not run here\\n")
    sys.exit(127)
try:
    os.execvp(sys.argv[2], sys.argv[2:])
except OSError as error:
    sys.stderr.write(sys.argv[2] + ": " + error.strerror + "\\n")
    sys.exit(127)
"""
"""Runs a command only where a process of a name runs: the first word, then the command's words."""


def words(program: str, *arguments: str) -> tuple[str, ...]:
    """Return the argument list by which a node runs a program."""
    return ("python3", "-Ic", program, *arguments)
