"""Programs that nodes run to tell where data could go and how long things are kept: constant.

As in `manage/programs`: they only read, print one JSON object, and never a secret: of an address
they tell scheme, host and port, and neither user nor password nor path nor query.
"""

from __future__ import annotations

FLOWS = """\
import glob, json, re, sys
PLACES = (
    ("telemetry", "/etc/prometheus/*.y*ml"), ("telemetry", "/etc/prometheus/*/*.y*ml"),
    ("telemetry", "/etc/rsyslog.conf"), ("telemetry", "/etc/rsyslog.d/*.conf"),
    ("telemetry", "/etc/systemd/journal-upload.conf"),
    ("telemetry", "/etc/systemd/journal-upload.conf.d/*.conf"),
    ("telemetry", "/etc/syslog-ng/*.conf"), ("telemetry", "/etc/telegraf/*.conf"),
    ("telemetry", "/etc/telegraf/telegraf.d/*.conf"), ("telemetry", "/etc/otelcol*/*.y*ml"),
    ("telemetry", "/etc/fluent*/*.conf"), ("telemetry", "/etc/vector/*"),
    ("telemetry", "/etc/datadog-agent/datadog.yaml"), ("telemetry", "/etc/netdata/*.conf"),
    ("telemetry", "/etc/grafana-agent*.y*ml"), ("telemetry", "/etc/alloy/*"),
    ("telemetry", "/etc/filebeat/*.yml"), ("telemetry", "/etc/metricbeat/*.yml"),
    ("telemetry", "/etc/default/gpud"), ("telemetry", "/etc/default/apport"),
    ("telemetry", "/etc/apport/crashdb.conf"), ("telemetry", "/etc/popularity-contest.conf"),
    ("telemetry", "/etc/docker/daemon.json"), ("telemetry", "/etc/nvidia-fleet*/*"),
    ("telemetry", "/etc/zabbix/*.conf"), ("telemetry", "/etc/collectd/collectd.conf"),
    ("backup", "/etc/restic/*"), ("backup", "/etc/borgmatic/*.y*ml"),
    ("backup", "/etc/borgmatic.d/*.y*ml"), ("backup", "/etc/default/restic*"),
    ("backup", "/etc/bacula/*.conf"), ("backup", "/root/.config/rclone/rclone.conf"),
    ("backup", "/etc/rsnapshot.conf"), ("backup", "/etc/systemd/system/*backup*"),
    ("backup", "/etc/cron.d/*backup*"), ("backup", "/etc/systemd/system/*restic*"),
    ("proxy", "/etc/environment"), ("proxy", "/etc/apt/apt.conf"),
    ("proxy", "/etc/apt/apt.conf.d/*"), ("proxy", "/etc/profile.d/*.sh"),
    ("proxy", "/etc/systemd/system.conf"), ("proxy", "/etc/systemd/system/*.service.d/*.conf"),
)
URL = re.compile(r"(?<![\\w+.-])([a-z][a-z0-9+.-]{1,15})://(?:[^\\s/@\\"']*@)?"
                 r"(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9_.-]+)(?::(\\d{1,5}))?", re.I)
SYSLOG = re.compile(r"(?:^|\\s)(@{1,2})(?:\\([^)]*\\))?(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9_.-]+)"
                    r"(?::(\\d{1,5}))?\\s*(?:;|$)")
NAMED = re.compile(r"\\b(?:target|server|host|hostname|endpoint|repository|ServerActive)[\\"']?"
                   r"\\s*[=:]\\s*[\\"']?(?:[\\w-]+@)?(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9][A-Za-z0-9_.-]*)"
                   r"(?::(\\d{1,5}))?(?=[\\s\\"',:;)/]|$)")
SFTP = re.compile(r"\\b(?:sftp|rclone|s3|b2|azure|gs|rest):(?:[\\w-]+@)?([A-Za-z0-9.-]+)")
REMOTE = re.compile(r"(?:^|[\\s\\"'])(?:[\\w-]+@)([A-Za-z0-9.-]+):[/~.\\w]")
TLS = re.compile(r"StreamDriver\\.?Mode\\s*[=:]?\\s*[\\"']?1|\\bgtls\\b|\\bossl\\b", re.I)
SECTION = re.compile(r"^([a-z_]+):\\s*$")
KEYS = {"remote_write", "remote_read", "alerting", "scrape_configs", "tracing", "rule_files"}
found, read = [], []
def line_of(kind, path, number, line, section, tls):
    told, log = [], "syslog+tls" if tls else "syslog-tcp"
    for scheme, host, port in URL.findall(line):
        told.append([scheme.lower(), host, port])
    if not told:
        for mark, host, port in SYSLOG.findall(line) if "syslog" in path else ():
            told.append([log if tls or mark == "@@" else "syslog-udp", host, port])
        for host, port in () if told else NAMED.findall(line):
            told.append([log if "syslog" in path else "", host, port])
        if kind == "backup":
            told += [["", host, ""] for host in SFTP.findall(line) + REMOTE.findall(line)]
    for scheme, host, port in told:
        if section == "scrape_configs":
            continue
        found.append({"kind": kind, "file": path, "line": number, "section": section,
                      "scheme": scheme, "host": host.strip("[]"), "port": port})
for kind, pattern in PLACES:
    for path in sorted(glob.glob(pattern)):
        try:
            with open(path, errors="backslashreplace") as file:
                lines = file.read(262144).splitlines()
        except OSError:
            continue
        read.append(path)
        section, tls = "", bool(TLS.search("\\n".join(lines)))
        for number, line in enumerate(lines, start=1):
            bare = line.strip()
            if not bare or bare.startswith(("#", "//", ";")) or bare.startswith("<!--"):
                continue
            heading = SECTION.match(line)
            if heading and (heading[1] in KEYS or "prometheus" in path):
                section = heading[1]
            if kind == "proxy" and "proxy" not in bare.lower():
                continue
            line_of(kind, path, number, bare, section, tls)
sys.stdout.write(json.dumps({"read": read, "found": found}) + "\\n")
"""
"""Where logs, measurements, crash reports, backups and proxies of a host go, by its own files."""

HOUSE = """\
import glob, json, os, re, sys, time
def stamp(path):
    try:
        seen = os.stat(path)
        return [int(seen.st_mtime), seen.st_size]
    except OSError:
        return None
def lines(pattern, words):
    told = {}
    for path in sorted(glob.glob(pattern)):
        try:
            with open(path, errors="backslashreplace") as file:
                kept = [line.strip() for line in file if re.match(words, line.strip())]
        except OSError:
            continue
        if kept:
            told[path] = kept
    return told
now = time.time()
logs = [path for pattern in ("/var/log/*", "/var/log/*/*", "/var/log/journal/*/*")
        for path in glob.glob(pattern) if os.path.isfile(path)]
ages = sorted(seen[0] for seen in map(stamp, logs) if seen and seen[1])
try:
    born = os.stat("/etc/machine-id").st_mtime
except OSError:
    born = None
KEYS = ("/root/.ssh/authorized_keys*", "/home/*/.ssh/authorized_keys*")
SHELL = r"(readonly |declare -r |export |typeset -r ?x? ?)*TMOUT\\b"
keys = {path: stamp(path) for pattern in KEYS for path in glob.glob(pattern)}
rights = ["/etc/sudoers", *glob.glob("/etc/sudoers.d/*")]
told = {
    "now": now, "born": born, "oldest_log": ages[0] if ages else None, "logs": len(ages),
    "journal": lines("/etc/systemd/journald.conf*", r"(MaxRetentionSec|Storage|SystemMaxUse)\\s*="),
    "rotate": lines("/etc/logrotate.conf", r"(rotate|daily|weekly|monthly|maxage)\\b"),
    "tmout": lines("/etc/profile.d/*.sh", SHELL),
    "tmout_profile": lines("/etc/profile", SHELL),
    "bashrc": lines("/etc/bash.bashrc", SHELL),
    "integrity": {path: stamp(path) for path in (
        "/var/lib/aide/aide.db", "/var/lib/aide/aide.db.gz", "/var/log/aide/aide.log",
        "/var/lib/tripwire", "/var/ossec/queue/fim/db/fim.db")
        if os.path.exists(path)},
    "keys": keys, "sudoers": {path: stamp(path) for path in rights},
    "passwd": stamp("/etc/passwd"),
}
sys.stdout.write(json.dumps(told) + "\\n")
"""
"""How old logs are, what ends idle shells, when integrity was last looked at, when keys changed."""

PENDING = """\
import glob, json, os, re, subprocess, sys, time
told = {"lists_age_s": None, "security": None, "other": None}
ages = [os.stat(path).st_mtime for path in glob.glob("/var/lib/apt/lists/*Release")]
if ages:
    told["lists_age_s"] = time.time() - max(ages)
try:
    done = subprocess.run(["apt-get", "-s", "-o", "Debug::NoLocking=true", "upgrade"],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                          env={"LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    if done.returncode == 0:
        told["security"], told["other"] = [], 0
        for line in done.stdout.decode("utf-8", "replace").splitlines():
            found = re.match(r"Inst (\\S+) (?:\\[(\\S+)\\] )?\\((\\S+) (.*?)\\)", line)
            if found and re.search(r"security", found[4], re.I):
                told["security"].append([found[1], found[2], found[3]])
            elif found:
                told["other"] += 1
except (OSError, subprocess.SubprocessError):
    pass
sys.stdout.write(json.dumps(told) + "\\n")
"""
"""Which updates of security wait, by the package lists of the node, and how old these are."""
