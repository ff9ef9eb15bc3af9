"""Known errors: each is found in a line as its tool prints it, and no line makes looking slow."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.adapters.knownerrors import known_errors
from millwright.errors import InputError
from millwright.model.knownerror import cause_of
from millwright.reports.deployment import outcome_lines

KNOWN = known_errors()

SAID = {
    "package-lock": "apt did not install slurmd: E: Could not get lock /var/lib/dpkg/lock-frontend."
    " It is held by process 21900 (apt-get)",
    "version-not-available": "E: Version '580.95.05*' for 'nvidia-driver-cuda' was not found",
    "package-not-found": "No package matching 'datacenter-gpu-manager-4-core' is available",
    "proxy-authentication": "Failed to fetch http://deb/x.deb  407  Proxy Authentication Required",
    "source-clock": "E: Release file for http://deb/dists/bookworm/InRelease is not valid yet "
    "(invalid for another 4h 2min 1s). Updates for this repository will not be applied.",
    "certificate-clock": "curl: (60) SSL certificate problem: certificate is not yet valid",
    "unknown-authority": "Certificate verification failed: The certificate is NOT trusted. The "
    "certificate issuer is unknown.",
    "hash-sum": "E: Failed to fetch http://deb/Packages.gz  Hash Sum mismatch",
    "repository-404": "E: Failed to fetch http://deb/pool/s/slurm.deb  404  Not Found [IP: ::1 80]",
    "package-source-silent": "W: Failed to fetch http://deb.debian.org/debian/dists/bookworm/"
    "InRelease  Could not connect to 10.0.0.1:3142 (10.0.0.1). - connect (111: Connection refused)",
    "no-space": "OSError: [Errno 28] No space left on device: '/etc/slurm/.ansible_tmp'",
    "read-only": "mkdir: cannot create directory '/etc/slurm': Read-only file system",
    "module-signature": "modprobe: ERROR: could not insert 'nvidia': Key was rejected by service",
    "kernel-headers": "Error! Your kernel headers for kernel 6.1.0-39-amd64 cannot be found at "
    "/lib/modules/6.1.0-39-amd64/build or /lib/modules/6.1.0-39-amd64/source.",
    "dkms-build": "Error! Bad return status for module build on kernel: 6.1.0-44-amd64 (x86_64)",
    "nouveau": "ERROR: The Nouveau kernel driver is currently in use by your system.",
    "fabric-manager-version": "nv-fabricmanager[3228]: fabric manager NVIDIA GPU driver interface "
    "version 530.30.02 don't match with driver version 530.41.03. Please update with matching "
    "NVIDIA driver package.",
    "driver-library": "nvidia-smi -L ended with 18: Failed to initialize NVML: Driver/library "
    "version mismatch NVML library version: 580.178",
    "driver-silent": "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver",
    "munge-clock": "error: Munge decode failed: Rewound credential",
    "munge-key": "unmunge: Error: Invalid credential",
    "munge-socket": 'munge: Error: Failed to access "/run/munge/munge.socket.2": No such file',
    "slurm-conf-differs": "error: Node gpu1 appears to have a different slurm.conf than the "
    "slurmctld.  This could cause issues with communication and functionality.",
    "gres-count": "Slurm says IDLE+DRAIN: gres/gpu count reported lower than configured (7 < 8)",
    "gres-file": "slurmd: fatal: can't stat gres.conf file /dev/nvidia0: No such file or directory",
    "slurm-controller-silent": "slurm_load_partitions: Unable to contact slurm controller",
    "database-access": "ERROR 1045 (28000): Access denied for user 'slurm'@'localhost'",
    "host-key": "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @",
    "ssh-permission": "root@10.0.0.1: Permission denied (publickey,password).",
    "sudo-password": "Missing sudo password",
    "python-missing": "/bin/sh: 1: /usr/bin/python3: not found",
    "ansible-silent": "Ansible ended: timeout (254)",
    "name-resolution": "Temporary failure resolving 'deb.debian.org'",
    "connection-refused": "ssh: connect to host 10.0.0.1 port 22: Connection refused",
    "no-way": "ssh: connect to host 10.0.0.1 port 22: No route to host",
}


def test_every_known_error_has_a_line_that_it_is_found_in() -> None:
    assert set(SAID) == {error.name for error in KNOWN}


@pytest.mark.parametrize("name", SAID)
def test_it_is_known_by_what_its_tool_prints(name: str) -> None:
    found = cause_of(SAID[name], KNOWN)
    assert found is not None
    assert found.name == name
    assert found.means
    assert found.fix
    assert found.source


@pytest.mark.parametrize(
    "said",
    [
        "",
        "the hostname is 'a', and the design says 'b'",
        "7 GPUs (NVIDIA H100), and the design has 8 x h100",
        "nvidia-driver-cuda is 570.1-1, and the design says 580.95.05*",
    ],
)
def test_what_is_not_known_gets_no_invented_cause(said: str) -> None:
    assert cause_of(said, KNOWN) is None


@pytest.mark.parametrize("alike", ["Version for ", "dkms (bad ", "nouveau ", "a", "\n", " ... "])
def test_no_line_makes_looking_slow(alike: str) -> None:
    begun = time.process_time()
    cause_of(alike * 2_000_000, KNOWN)
    assert time.process_time() - begun < 5.0


@given(st.text(max_size=2000))
def test_any_text_is_looked_at(said: str) -> None:
    cause_of(said, KNOWN)


def test_failures_with_one_cause_are_one_line_with_its_fix() -> None:
    outcomes = [
        ("gpu-driver", f"gpu{n:03}", "failed", f"{SAID['dkms-build']} pid {n}")
        for n in range(3, 18)
    ]
    outcomes.append(("gpu-driver", "gpu001", "proven", ""))
    lines = list(outcome_lines(outcomes, KNOWN))
    assert len(lines) == 3
    assert "gpu[003-017] (15)  FAIL  the driver's module could not be built" in lines[0]
    assert lines[1].strip().startswith("fix: read /var/lib/dkms")
    assert lines[2].endswith("gpu001 (1)  proven")


def test_a_site_knows_errors_of_its_own_and_they_come_first(tmp_path: Path) -> None:
    place = tmp_path / "known_errors"
    place.mkdir()
    text = """\
schema: millwright.known-errors/1
errors:
  - {name: our-mirror, says: ["Hash Sum mismatch"], means: our mirror syncs at noon,
     fix: wait an hour, source: operators, confidence: measured}
"""
    (place / "ours.yaml").write_text(text)
    known = known_errors(tmp_path)
    found = cause_of(SAID["hash-sum"], known)
    assert found is not None
    assert found.name == "our-mirror"
    (place / "ours.yaml").write_text(text.replace("fix: wait an hour, ", ""))
    with pytest.raises(InputError) as refused:
        known_errors(tmp_path)
    assert "ours.yaml" in refused.value.problems[0].file
