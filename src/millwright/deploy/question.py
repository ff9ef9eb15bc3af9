"""What a host is asked before anything is deployed: one constant script that only reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from millwright.deploy.inputs import Inputs
from millwright.model.standing import Standing

Found = Mapping[str, Any]
"""What a host told of itself."""
Told = Iterator[tuple[Standing, str, str]]
"""Standing, what was found, and what would mend it."""
Rule = Callable[[Found, str, Inputs, float], Told]

QUESTION = """\
import fcntl, glob, json, os, platform, re, socket, subprocess, sys, threading, time
def text(path):
    try:
        return open(path).read()
    except OSError:
        return None
release = dict(
    line.split("=", 1) for line in (text("/etc/os-release") or "").splitlines() if "=" in line
)
disk = os.statvfs("/var")
gpus = []
try:
    for slot in os.listdir("/sys/bus/pci/devices"):
        place = "/sys/bus/pci/devices/" + slot
        if (text(place + "/class") or "").startswith("0x0302"):
            gpus.append((text(place + "/vendor") or "").strip())
except OSError:
    gpus = None
lock = None
try:
    with open("/var/lib/dpkg/lock-frontend", "r+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            lock = False
        except OSError:
            lock = True
except OSError:
    pass
memory = [line.split()[1] for line in (text("/proc/meminfo") or "").splitlines()[:1]]
def said(*words):
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=10, env={**os.environ, "LC_ALL": "C"})
        return done.stdout
    except (OSError, subprocess.SubprocessError):
        return ""
def opened(host, port):
    try:
        socket.create_connection((host, port), 5).close()
        return "open"
    except socket.gaierror:
        return "no such name"
    except ConnectionRefusedError:
        return "refused"
    except OSError as error:
        return error.strerror or "timed out"
def resolved(name):
    try:
        return bool(socket.getaddrinfo(name, None))
    except OSError:
        return False
told = said("apt-get", "update", "--print-uris")
uris = sorted(set(re.findall(r"^'([a-z]+:[^']*?)(?:/dists/|'|/[^/']*')", told, re.M)))
ways = said("apt-config", "dump", "Acquire::http::Proxy")
way = re.search(r'^Acquire::http::Proxy "([^"]+)"', ways, re.M)
asked = {}
for uri in uris:
    parts = re.match(r"(https?)://(?:[^@/]*@)?([^/:]+)(?::([0-9]+))?", uri)
    direct = parts and 'Proxy::%s "DIRECT"' % parts[2] in ways
    by = re.match(r"http://([^/:]+):([0-9]+)", way[1]) if way and parts and not direct else None
    if parts:
        port = int(parts[3] or {"http": 80, "https": 443}[parts[1]])
        place = (by[1], int(by[2])) if by else (parts[2], port)
        asked.setdefault((parts[2], bool(by)), place)
head = sys.argv[1]
answers = {}
def ask(key, place):
    answers[key] = opened(*place)
threads = [threading.Thread(target=ask, args=each, daemon=True) for each in asked.items()]
threads.append(threading.Thread(target=ask, args=("head", (head, 22)), daemon=True))
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(15)
links = []
for path in glob.glob("/sys/class/infiniband/*/ports/*"):
    device = os.path.realpath(path.split("/ports/")[0] + "/device")
    rate = re.match(r"([0-9.]+) Gb/sec", text(path + "/rate") or "")
    state = "ACTIVE" in (text(path + "/state") or "")
    links.append([device, path.split("/")[4], float(rate[1]) if rate else 0, state])
shared = {link[0] for link in links}
for path in glob.glob("/sys/class/net/*"):
    device = os.path.realpath(path + "/device")
    if os.path.exists(path + "/device") and device not in shared and "/virtfn" not in device:
        speed = (text(path + "/speed") or "").strip()
        rate = int(speed) / 1000 if speed.isdigit() else 0
        links.append([device, os.path.basename(path), rate, text(path + "/operstate") == "up\\n"])
try:
    faces = [
        {"name": face["ifname"], "mtu": face["mtu"],
         "addresses": [each["local"] for each in face["addr_info"]]}
        for face in json.loads(said("ip", "-json", "address") or "null")
    ]
except (TypeError, ValueError, KeyError):
    faces = None
mounts = [line.split() for line in (text("/proc/mounts") or "").splitlines()]
disks = []
for path in glob.glob("/sys/block/*"):
    name = os.path.basename(path)
    if os.path.exists(path + "/device") and not name.startswith("sr"):
        disks.append([name, int(text(path + "/size") or 0) // 2048, text(path + "/ro") == "1\\n"])
root = os.statvfs("/")
running = {(text(path) or "").strip() for path in glob.glob("/proc/[0-9]*/comm")}
json.dump({
    "names": {"own": socket.gethostname(), "resolves": resolved(socket.gethostname())},
    "sources": [[key[0], key[1], answers.get(key, "timed out")] for key in asked],
    "uris": len(uris), "head": answers.get("head", "timed out"), "links": links, "faces": faces,
    "read_only": sorted({m[1] for m in mounts if m[1] in ("/", "/var", "/usr", "/tmp", "/boot")
                         and "ro" in m[3].split(",")}),
    "disks": disks, "root_free_mib": root.f_bavail * root.f_frsize // 2**20,
    "files_free": disk.f_favail, "container": (text("/run/systemd/container") or "").strip(),
    "nouveau": os.path.isdir("/sys/module/nouveau"),
    "docker": os.path.isdir("/sys/class/net/docker0"),
    "driver_by_hand": os.path.exists("/usr/bin/nvidia-uninstall"),
    "upgrading": sorted(running & {"unattended-upgr", "apt.systemd.dai"}),
    "os": release.get("ID", "").strip('"'), "version": release.get("VERSION_ID", "").strip('"'),
    "kernel": platform.release(), "machine": platform.machine(), "uid": os.geteuid(),
    "cpus": os.cpu_count(), "memory_mib": int(memory[0]) // 1024 if memory else None,
    "disk_free_mib": disk.f_bavail * disk.f_frsize // 2**20, "time": time.time(),
    "package_lock_held": lock, "gpu_vendors": gpus,
    "simulated": os.path.exists("/etc/millwright-lab/simulated.json"),
    "systemd": os.path.isdir("/run/systemd/system"),
}, sys.stdout)
"""
"""Nothing of a design stands in it; the head node's address is its only word."""
