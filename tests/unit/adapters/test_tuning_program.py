"""The program that tunes a node, run as it is sent, on folders that look like a node's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from millwright.adapters import tuningfiles, tuningkeeper
from millwright.adapters.tuningdevices import set_value
from millwright.adapters.tuningkinds import Refused
from millwright.adapters.tuningprogram import change_words, program, read_words
from millwright.manage.tune.facts import facts_of
from millwright.manage.tune.orders import to_apply, to_revert
from millwright.manage.tune.wire import changed, given
from millwright.model.heard import Heard
from millwright.model.tuned import Facts
from millwright.model.tuning import Wanted
from millwright.ports import Answer
from tests.unit.manage.machine import want

PAGES = "sys/kernel/mm/transparent_hugepage/enabled"
SYSCTLS = {"net.ipv4.tcp_rmem": "4096\t131072\t6291456\n", "vm.swappiness": "60\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A node's folder; files of the kernel are plain ones that keep what is written."""
    files = {
        "proc/sys/kernel/random/boot_id": "boot-1\n",
        "proc/cmdline": "quiet iommu=pt\n",
        "proc/self/mounts": "fs:/a /data nfs4 rw,vers=4.2,nconnect=16,sec=krb5p 0 0\n",
        "etc/os-release": 'ID="debian"\n',
        "etc/sysctl.d/99-site.conf": "# ours\nvm.swappiness = 30\n",
        "etc/security/limits.conf": "* - memlock 64\n",
        "sys/devices/system/cpu/cpu0/cpuidle/state0/latency": "1\n",
        "sys/devices/system/cpu/cpu0/cpuidle/state0/disable": "0\n",
        "sys/devices/system/cpu/cpu0/cpuidle/state1/latency": "200\n",
        "sys/devices/system/cpu/cpu0/cpuidle/state1/disable": "0\n",
        PAGES: "always [madvise] never\n",
        **{f"proc/sys/{key.replace('.', '/')}": text for key, text in SYSCTLS.items()},
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "var/lib").mkdir(parents=True)
    return tmp_path


def told(root: Path, *words: str, given: bytes = b"") -> Any:
    """Run the program as a node does, on this folder instead of its own."""
    argv = [word if word != "/" else f"{root}/" for word in words]
    done = subprocess.run([sys.executable, *argv[1:]], input=given, capture_output=True, check=True)
    return done.stdout.decode()


def look(root: Path, *parameters: tuple[str, str]) -> Facts:
    text = told(root, *read_words(parameters))
    return facts_of("gpu1", Heard("tuning", "exit", 0, text))


def come(root: Path, *wants: Wanted) -> Any:
    facts = look(root, *((each.kind, each.key) for each in wants))
    return obey(root, given(to_apply(wants, facts, force=False), program()))


def go(root: Path, *notes: str, force: bool = False) -> Any:
    return obey(root, given(to_revert(notes, look(root), force=force), program()))


def obey(root: Path, order: bytes) -> Any:
    answer = told(root, *change_words(), given=order)
    return changed(Answer("gpu1", (), "exit", 0, 0.1, answer.encode()))


def snapshot(root: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() else None
        for path in root.rglob("*")
    }


def test_everything_of_a_node_is_told_in_one_go(root: Path) -> None:
    facts = look(
        root, ("sysctl", "vm.swappiness"), ("sysfs", PAGES[4:]), ("cmdline", "iommu"),
        ("mount", "nconnect"), ("cstate", "99"), ("sysctl", "vm.not_there"),
    )  # fmt: skip
    found = {(each.kind, each.key, each.instance): each.value for each in facts.values}
    assert found["sysctl", "vm.swappiness", ""] == "60"
    assert found["sysfs", PAGES[4:], PAGES] == "madvise"
    assert found["cmdline", "iommu", ""] == "pt"
    assert found["mount", "nconnect", "/data"] == "16"
    assert [each.ideal for each in facts.of("cstate", "99")] == ["0", "1"]
    assert facts.of("sysctl", "vm.not_there") == ()
    assert facts.persisted["sysctl", "vm.swappiness", ""] == ("30", "/etc/sysctl.d/99-site.conf")
    assert (facts.boot_id, facts.system) == ("boot-1", "debian")
    assert facts.mounts[0][0] == "/data"


def test_hundreds_of_processors_fit_into_one_answer(root: Path) -> None:
    for cpu in range(200):
        state = root / f"sys/devices/system/cpu/cpu{cpu}/cpuidle/state9"
        state.mkdir(parents=True)
        (state / "latency").write_text("200")
        (state / "disable").write_text("0")
    assert come(root, want("99", "ideal", kind="cstate")).well
    text = told(root, *read_words([("cstate", "99")]))
    assert len(text) < 80_000
    found = facts_of("gpu1", Heard("tuning", "exit", 0, text))
    assert len(found.of("cstate", "99")) == 202
    assert len(found.state.saved) == 202
    assert go(root, "note").well
    assert (root / "sys/devices/system/cpu/cpu7/cpuidle/state9/disable").read_text() == "0"


def test_a_note_comes_and_goes_and_leaves_no_trace(root: Path) -> None:
    before = snapshot(root)
    wants = (
        want("net.ipv4.tcp_rmem", ">=4096 131072 16777216"),
        want(PAGES[4:], "never", kind="sysfs"),
        want("memlock", "unlimited", kind="limit"),
        want("sunrpc.tcp_max_slot_table_entries", "128", kind="module"),
    )
    assert come(root, *wants).well
    rmem = root / "proc/sys/net/ipv4/tcp_rmem"
    assert rmem.read_text() == "4096 131072 16777216"
    assert (root / PAGES).read_text() == "never"
    assert "net.ipv4.tcp_rmem = 4096 131072 16777216" in (root / tuningfiles.SYSCTL).read_text()
    assert "DefaultLimitMEMLOCK=infinity" in (root / tuningfiles.MANAGERS[0]).read_text()
    assert "* - memlock unlimited" in (root / tuningfiles.LIMITS).read_text()
    assert (
        "options sunrpc tcp_max_slot_table_entries=128" in (root / tuningfiles.MODULES).read_text()
    )
    assert (root / tuningfiles.LINK).is_symlink()
    assert go(root, "note").well
    after = snapshot(root)
    kernel = {f"proc/sys/{key.replace('.', '/')}" for key in SYSCTLS} | {PAGES}
    assert rmem.read_text() == "4096\t131072\t6291456"
    assert {k: v for k, v in after.items() if k not in kernel} == {
        k: v for k, v in before.items() if k not in kernel
    }


def test_a_start_of_the_node_sets_again_what_no_file_of_the_system_sets(root: Path) -> None:
    come(root, want(PAGES[4:], "never", kind="sysfs"))
    (root / PAGES).write_text("always [madvise] never\n")
    text = (root / tuningfiles.PROGRAM).read_text()
    subprocess.run([sys.executable, "-Ic", text, "boot", f"{root}/"], check=True)
    assert (root / PAGES).read_text() == "never"


def test_two_orders_at_one_look_do_not_both_go(root: Path) -> None:
    facts = look(root, ("sysctl", "vm.swappiness"))
    order = given(to_apply([want("vm.swappiness", "10")], facts, force=False), program())
    assert obey(root, order).well
    assert "changed since" in obey(root, order).reason


def test_what_changed_between_look_and_order_is_not_overwritten(root: Path) -> None:
    facts = look(root, ("sysctl", "vm.swappiness"))
    order = given(to_apply([want("vm.swappiness", "10")], facts, force=False), program())
    (root / "proc/sys/vm/swappiness").write_text("77")
    told = obey(root, order)
    assert told.failed == ("vm.swappiness: changed meanwhile to 77",)
    assert look(root, ("sysctl", "vm.swappiness")).state.saved == ()
    assert not (root / tuningfiles.SYSCTL).exists()


def test_what_the_kernel_refuses_is_told_and_nothing_is_kept_of_it(root: Path) -> None:
    facts = look(root, ("sysfs", PAGES[4:]))
    order = to_apply([want(PAGES[4:], "never", kind="sysfs")], facts, force=False)
    (root / "sys/kernel/mm").rename(root / "elsewhere")
    (root / "sys/kernel/mm").symlink_to(root / "elsewhere")
    told = obey(root, given(order, program()))
    assert "no file of the kernel's" in told.failed[0]
    assert (root / "elsewhere/transparent_hugepage/enabled").read_text().startswith("always")
    assert look(root).state.saved == ()
    assert not (root / tuningfiles.LINK).exists()


def test_a_file_of_ours_that_a_hand_changed_is_named(root: Path) -> None:
    come(root, want("vm.swappiness", "10"))
    path = root / tuningfiles.SYSCTL
    path.write_text("vm.swappiness = 11\n")
    facts = look(root)
    assert facts.files == (tuningfiles.SYSCTL,)
    assert to_revert(["note"], facts, force=False).blocked
    told = go(root, "note")
    assert "changed by hand" in told.failed[0]
    assert path.read_text() == "vm.swappiness = 11\n"
    assert go(root, "note", force=True).well
    assert not path.exists()


def test_what_a_container_cannot_set_is_not_testable_there_and_a_fault_elsewhere() -> None:
    row = {"kind": "sysctl", "key": "vm.swappiness", "instance": "", "ended": "failed"}
    reason = {"value": "", "reason": "/proc/sys/vm/swappiness: Read-only file system"}
    text = json.dumps({"refused": "", "writes": [{**row, **reason}], "files": []}).encode()
    answer = Answer("gpu1", (), "exit", 0, 0.1, text)
    assert changed(answer).failed == (
        "vm.swappiness: /proc/sys/vm/swappiness: Read-only file system",
    )
    here = changed(answer, container=True)
    assert (here.failed, len(here.untestable), here.well) == ((), 1, True)


def test_no_instance_leads_out_of_the_kernels_files(root: Path) -> None:
    (root / "sys/away").symlink_to(root / "etc")
    for instance in ("etc/passwd", "sys/../etc/passwd", "sys/away/os-release"):
        place = ("sysfs", "x", instance)
        with pytest.raises(Refused):
            set_value(f"{root}/", place, "1")


def test_no_key_reads_anything_else(root: Path) -> None:
    facts = look(root, ("sysctl", "../etc"), ("sysfs", "../etc/os-release"), ("mount", "$(id)"))
    assert len(facts.failed) == 3
    assert facts.values == ()


def test_a_change_that_is_killed_between_two_values_goes_on_and_comes_back(root: Path) -> None:
    """The second value cannot be read until somebody writes to it: there the program is ended."""
    wants = (want("net.ipv4.tcp_rmem", "1 2 3"), want("vm.swappiness", "10"))
    order = to_apply(wants, look(root, *((w.kind, w.key) for w in wants)), force=False)
    first, second = (root / "proc/sys/net/ipv4/tcp_rmem", root / "proc/sys/vm/swappiness")
    second.unlink()
    os.mkfifo(second)
    words = [sys.executable, *change_words()[1:-1], f"{root}/"]
    child = subprocess.Popen(words, stdin=subprocess.PIPE)
    assert child.stdin
    child.stdin.write(given(order, program()))
    child.stdin.close()
    deadline = time.monotonic() + 20
    while first.read_text() != "1 2 3" and time.monotonic() < deadline:
        time.sleep(0.02)
    child.kill()
    child.wait()
    second.unlink()
    second.write_text("60\n")
    found = look(root)
    assert found.state.pending is not None
    assert found.state.notes == ("note",)
    assert come(root, *wants).well
    assert (first.read_text(), second.read_text()) == ("1 2 3", "10")
    assert go(root, "note").well
    assert (first.read_text(), second.read_text()) == ("4096\t131072\t6291456", "60")
    assert not (root / tuningfiles.SYSCTL).exists()


def test_a_change_that_was_killed_before_it_wrote_anything_goes_on(root: Path) -> None:
    facts = look(root, ("sysctl", "vm.swappiness"))
    order = to_apply([want("vm.swappiness", "10")], facts, force=False)
    state = {**tuningkeeper.EMPTY, "pending": [s.model_dump(mode="json") for s in order.saved]}
    (root / tuningkeeper.HOME).mkdir(parents=True)
    tuningkeeper.keep(f"{root}/", state)
    assert look(root).state.pending == order.saved
    assert come(root, want("vm.swappiness", "10")).well
    assert (root / "proc/sys/vm/swappiness").read_text() == "10"
    assert go(root, "note").well
    assert (root / "proc/sys/vm/swappiness").read_text() == "60"
