"""People: what a catalogue may say of them, what hosts are told, and what hosts make of it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from millwright.adapters.resources import folder
from millwright.deploy.roles.ground import RULES, grounded
from millwright.deploy.roles.people import KEYS, USERS, as_designed
from millwright.deploy.sections.access import Access, access
from millwright.deploy.sections.ground import NOTHING_ELSE, Around, Deployer
from millwright.deploy.undeployable import Undeployable
from millwright.model.access import Admin, SudoRule
from millwright.model.catalog import Catalog
from tests.unit.deploy.fakes import lab_inputs
from tests.unit.deploy.test_ground import WELL

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE1kcnVua2VubWlsbHdyaWdodHNhcmVub3RzYWZl"


def person(name: str = "ada", uid: int = 20001, **more: Any) -> Admin:
    return Admin(name=name, uid=uid, keys=(f"{KEY} {name}@site",), **more)


def said(*people: Admin, around: Around = NOTHING_ELSE) -> Access:
    return access(Catalog(admins={each.name: each for each in people}), around)


def test_a_person_may_do_everything_with_a_password_where_nothing_else_is_said() -> None:
    (ada,) = said(person()).accounts
    assert (ada.sudo, ada.free) == (("ada ALL=(ALL:ALL) ALL",), False)
    assert (ada.groups, ada.expires, ada.title) == (("adm",), "", "ada")


def test_rules_are_written_as_sudo_reads_them(tmp_path: Path) -> None:
    rules = (
        SudoRule(run="/usr/bin/scontrol update NodeName=gpu1 State=resume", password=False),
        SudoRule(run="ALL", password=False),
    )
    (ada,) = said(person(sudo=rules)).accounts
    assert ada.free
    assert ada.sudo[1] == "ada ALL=(ALL:ALL) NOPASSWD: ALL"
    file = tmp_path / "rules"
    file.write_text("\n".join(ada.sudo) + "\n")
    done = subprocess.run(["/usr/sbin/visudo", "-cqf", str(file)], check=False)
    assert done.returncode == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"sudo": (SudoRule.model_construct(run="/bin/sh, ALL", password=True).model_dump(),)},
        {"sudo": ({"run": "/usr/bin/less *"},)},
        {"sudo": ({"run": "sh"},)},
        {"sudo": ({"run": "/bin/x\nbob ALL=(ALL) NOPASSWD: ALL"},)},
        {"groups": ("sudo",)},
        {"groups": ("docker",)},
        {"until": "2026-02-30"},
        {"until": "tomorrow"},
        {"name": "root"},
        {"name": "a b"},
        {"uid": 0},
        {"keys": ()},
        {"keys": (f'command="id" {KEY}',)},
        {"keys": (f"{KEY}\n{KEY}",)},
        {"title": "{{ lookup('pipe', 'id') }}"},
        {"title": "a:b"},
    ],
)
def test_what_would_be_more_than_a_person_is_refused(wrong: dict[str, Any]) -> None:
    right = {"name": "ada", "uid": 20001, "keys": (KEY,)}
    Admin.model_validate(right)
    with pytest.raises(ValidationError):
        Admin.model_validate({**right, **wrong})


def test_two_people_have_two_numbers() -> None:
    with pytest.raises(Undeployable, match="ada and bob both have the number 20001"):
        said(person(), person("bob"))


def test_the_last_day_is_a_day_on_which_one_comes_in() -> None:
    (ada,) = said(person(until="2026-12-31")).accounts
    assert ada.expires == "2027-01-01"


def test_whoever_the_design_lets_become_root_without_a_password_is_no_surprise() -> None:
    free = {**WELL, "root_without_password": [[RULES, "ada"]]}
    assert grounded(Deployer(), frozenset(("ada",)))(json.dumps(free)).standing == "proven"
    assert grounded(Deployer())(json.dumps(free)).standing == "failed"
    elsewhere = {**WELL, "root_without_password": [["/etc/sudoers", "ada"]]}
    assert grounded(Deployer(), frozenset(("ada",)))(json.dumps(elsewhere)).standing == "failed"


ADA = {
    "uid": 20001,
    "gid": 20001,
    "own_group": 20001,
    "groups": ["adm"],
    "expires": "",
    "keys": [f"{KEY} ada@site"],
    "keys_from": KEYS,
}
FOUND = {
    "people": {"ada": ADA},
    "left": [],
    "keys": ["ada"],
    "rules": ["# Written by millwright", "ada ALL=(ALL:ALL) ALL"],
    "closed": True,
    "directory": [],
    "refused": "",
    "today": "2026-11-25",
    "sweeps": "active",
}


def told(design: Access | None = None, **facts: Any) -> str:
    verdict = as_designed(design or said(person()))(json.dumps({**FOUND, **facts}))
    assert (verdict.standing == "proven") is (verdict.detail == "")
    return verdict.detail


def test_people_as_designed_are_proven() -> None:
    assert told() == ""
    nobody: dict[str, Any] = {"people": {}, "keys": [], "rules": []}
    assert told(said(), **nobody) == ""


@pytest.mark.parametrize(
    ("facts", "detail"),
    [
        ({"people": {}}, "ada is not there"),
        ({"people": {"ada": {**ADA, "uid": 1000}}}, "numbers 1000/20001/20001"),
        ({"people": {"ada": {**ADA, "groups": ["adm", "sudo"]}}}, "in groups adm sudo"),
        ({"people": {"ada": {**ADA, "keys": [*ADA["keys"], KEY]}}}, "keys are not"),  # type: ignore[misc]
        ({"people": {"ada": {**ADA, "keys": []}}}, "keys are not"),
        ({"people": {"ada": {**ADA, "keys_from": ".ssh/authorized_keys"}}}, "reads keys from"),
        ({"people": {"ada": {**ADA, "expires": "2030-01-01"}}}, "ends on 2030-01-01"),
        ({"left": ["bob"]}, "bob is still there"),
        ({"keys": ["ada", "bob"]}, "keys of bob are still there"),
        ({"rules": ["ada ALL=(ALL:ALL) NOPASSWD: ALL"]}, "rules of sudo"),
        ({"closed": False}, "others than root"),
        ({"directory": ["/etc/sssd/sssd.conf"]}, "still in force: /etc/sssd/sssd.conf"),
        ({"refused": "syntax error"}, "syntax error"),
        ({"sweeps": "inactive"}, "every night"),
    ],
)
def test_each_thing_that_is_not_as_designed_is_named(facts: dict[str, Any], detail: str) -> None:
    assert detail in told(**facts)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"people": []}', "welcome"])
def test_an_answer_that_is_none_proves_nothing(text: str) -> None:
    assert as_designed(said(person()))(text).standing == "failed"


def test_who_has_expired_has_no_keys_any_more() -> None:
    design = said(person(until="2026-11-24"))
    expired = {**ADA, "expires": "2026-11-25"}
    assert "keys" in told(design, people={"ada": expired})
    assert told(design, people={"ada": {**expired, "keys": []}}, keys=[]) == ""
    assert "keys" in told(design, people={"ada": {**expired, "keys": []}}, today="2026-11-24")


def test_a_person_who_deploys_keeps_the_key_that_deploys() -> None:
    design = said(person(), around=Around({"gpu1": "ada"}))
    assert "reads keys from" in told(design)
    both = {**ADA, "keys_from": f"{KEYS} .ssh/authorized_keys"}
    assert told(design, people={"ada": both}) == ""


def test_hosts_are_asked_for_the_people_of_the_design(catalog: Catalog) -> None:
    with_her = catalog.model_copy(update={"admins": {"ada": person()}})
    (check,) = USERS.checks("gpu1", lab_inputs(with_her, 1))
    assert check.argv == ("/usr/local/lib/millwright/people", "ask", "ada")


TOOL = """\
#!{python} -I
import os, sys
root, tool, words = {root!r}, os.path.basename(sys.argv[0]), sys.argv[1:]
open(root + "/calls", "a").write(" ".join([tool, *words]) + "\\n")
name = words[-1] if words else ""
said = dict(zip(words, words[1:]))
def rows(file):
    return [line.split(":") for line in open(root + "/etc/" + file).read().splitlines()]
def keep(file, found):
    open(root + "/etc/" + file, "w").write("".join(":".join(row) + "\\n" for row in found))
if tool == "useradd":
    row = [name, "x", said["--uid"], said["--gid"], said["--comment"], said["--home-dir"], "sh"]
    keep("passwd", [*rows("passwd"), row])
    keep("shadow", [*rows("shadow"), [name, "*", "20000", "", "", "", "", "", ""]])
    if "--create-home" in words:
        os.makedirs(root + said["--home-dir"])
elif tool == "groupadd":
    keep("group", [*rows("group"), [name, "x", said["--gid"], ""]])
elif tool in ("userdel", "groupdel"):
    for file in ("passwd", "shadow", "group"):
        keep(file, [row for row in rows(file) if row[0] != name])
elif tool == "usermod" and "--groups" in said:
    found = rows("group")
    for row in found:
        others = [each for each in row[3].split(",") if each and each != name]
        wanted = said["--groups"].split(",")
        stays = "--append" in words and name in row[3].split(",")
        row[3] = ",".join([*others, name] if row[0] in wanted or stays else others)
    keep("group", found)
elif tool == "usermod" and "--expiredate" in said:
    from datetime import date
    day = said["--expiredate"]
    days = str((date.fromisoformat(day) - date(1970, 1, 1)).days) if day else ""
    keep("shadow", [[*r[:7], days, r[8]] if r[0] == name else r for r in rows("shadow")])
elif tool == "getent" and os.path.exists(root + "/directory"):
    sys.stdout.write(open(root + "/directory").read() if words[-1] == "ada" else "")
elif tool == "pgrep":
    sys.exit(1)
"""
"""The tools of a host that change its accounts, over files that lie in a folder."""
TOOLS = ("useradd", "usermod", "userdel", "groupadd", "groupdel", "gpasswd")
OTHERS = ("loginctl", "pgrep", "pkill", "sshd", "visudo", "systemctl", "getent")


class Host:
    """A host that is a folder, and the program that hosts run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("etc/millwright", "etc/ssh/millwright-keys", "etc/sudoers.d", "home", "bin"):
            (root / name).mkdir(parents=True)
        (root / "var/lib/millwright/users").mkdir(parents=True)
        (root / "etc/passwd").write_text("root:x:0:0::/root:sh\nlocal:x:1000:1000::/home/l:sh\n")
        (root / "etc/group").write_text("root:x:0:\nadm:x:4:\nvideo:x:44:local\nlocal:x:1000:\n")
        (root / "etc/shadow").write_text("root:*:20000::::::\nlocal:*:20000::::::\n")
        for tool in (*TOOLS, *OTHERS):
            file = root / "bin" / tool
            file.write_text(TOOL.format(python=sys.executable, root=str(root)))
            file.chmod(0o755)
        text = (folder("playbooks") / "roles/users/files/people").read_text(encoding="utf-8")
        self.program = text.replace('ROOT = ""', f"ROOT = {str(root)!r}", 1)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-Ic", self.program, *words],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PATH": str(self.root / "bin")},
        )

    def put(self, *people: Admin) -> str:
        accounts = [each.model_dump() for each in said(*people).accounts]
        (self.root / "etc/millwright/people.json").write_text(json.dumps({"people": accounts}))
        done = self.run("set")
        return done.stdout.strip() if done.returncode == 0 else f"refused: {done.stderr.strip()}"

    def add(self, file: str, row: str) -> None:
        path = self.root / "etc" / file
        path.write_text(path.read_text() + row + "\n")

    def names(self) -> list[str]:
        lines = (self.root / "etc/passwd").read_text().splitlines()
        return [line.split(":")[0] for line in lines]

    def keys(self) -> list[str]:
        return sorted(os.listdir(self.root / "etc/ssh/millwright-keys"))


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_people_come_once_and_a_second_run_changes_nothing(host: Host) -> None:
    assert "ada: account" in host.put(person())
    assert (host.names(), host.keys()) == (["root", "local", "ada"], ["ada"])
    assert host.put(person()) == "unchanged"
    asked = json.loads(host.run("ask", "ada").stdout)
    assert asked["people"]["ada"]["groups"] == ["adm"]
    assert asked["people"]["ada"]["keys"] == [f"{KEY} ada@site"]


def test_who_is_said_no_more_goes_and_a_home_is_closed(host: Host) -> None:
    host.put(person(), person("bob", 20002))
    home = host.root / "home/ada"
    os.chmod(home, 0o755)
    (host.root / "var/spool/cron/crontabs").mkdir(parents=True)
    (host.root / "var/spool/cron/crontabs/ada").write_text("* * * * * id\n")
    assert "ada is gone" in host.put(person("bob", 20002))
    assert (host.names(), host.keys()) == (["root", "local", "bob"], ["bob"])
    assert not (host.root / "var/spool/cron/crontabs/ada").exists()
    assert home.is_dir()
    if os.geteuid() == 20001:
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert json.loads(host.run("ask", "bob").stdout)["left"] == []
    again = "number 20001 was that of ada, whose files may be here: give eve another one"
    assert again in host.put(person("bob", 20002), person("eve", 20001))
    assert "ada: account" in host.put(person("bob", 20002), person())


def test_who_was_there_before_is_never_taken_away(host: Host) -> None:
    host.add("passwd", "ada:x:20001:20001:ada:/home/ada:sh")
    host.add("group", "ada:x:20001:")
    host.add("shadow", "ada:*:20000::::::")
    assert "account" not in host.put(person())
    host.put()
    assert (host.names(), host.keys()) == (["root", "local", "ada"], [])


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("ada:x:1001:1001::/home/ada:sh", "user ada is there with number 1001"),
        ("eve:x:20001:20001::/home/eve:sh", "number 20001 of ada belongs to eve here"),
    ],
)
def test_a_number_in_use_is_refused_and_nothing_is_changed(host: Host, row: str, why: str) -> None:
    host.add("passwd", row)
    assert why in host.put(person("bob", 20002), person())
    assert "bob" not in host.names()


def test_a_group_that_the_host_lacks_is_named(host: Host) -> None:
    assert "group render of ada is not on this host" in host.put(person(groups=("render",)))
    host.put(person(groups=("adm", "video")))
    assert "ada: groups" in host.put(person(groups=()))
    assert json.loads(host.run("ask", "ada").stdout)["people"]["ada"]["groups"] == []


def test_a_last_day_ends_keys_and_sessions_when_it_is_over(host: Host) -> None:
    today = date.today()
    host.put(person(until=str(today)))
    assert host.keys() == ["ada"]
    tomorrow = str(today + timedelta(1))
    assert json.loads(host.run("ask", "ada").stdout)["people"]["ada"]["expires"] == tomorrow
    host.put(person(until=str(today - timedelta(1))))
    assert host.keys() == []
    assert "loginctl terminate-user 20001" in (host.root / "calls").read_text()
    assert host.put(person(until=str(today - timedelta(1)))) == "unchanged"


def test_what_somebody_changed_is_put_right(host: Host) -> None:
    host.put(person())
    keys = host.root / "etc/ssh/millwright-keys"
    (keys / "ada").write_text(f"{KEY} stranger\n")
    (keys / "stray").write_text(f"{KEY} stranger\n")
    assert host.put(person()).splitlines() == ["keys of stray", "ada: keys"]
    assert host.keys() == ["ada"]


def test_who_is_said_no_more_goes_also_where_somebody_else_is_refused(host: Host) -> None:
    host.put(person(), person("bob", 20002))
    host.add("passwd", "eve:x:1001:1001::/home/eve:sh")
    assert "user eve is there with number 1001" in host.put(person(), person("eve", 20003))
    assert (host.names(), host.keys()) == (["root", "local", "ada", "eve"], ["ada"])


def test_whose_last_day_is_over_goes_also_where_somebody_else_is_refused(host: Host) -> None:
    host.put(person())
    host.add("passwd", "eve:x:1001:1001::/home/eve:sh")
    over = person(until=str(date.today() - timedelta(1)))
    assert "eve" in host.put(over, person("eve", 20003))
    assert host.keys() == []


def test_processes_of_somebody_else_with_the_same_number_are_not_ended(host: Host) -> None:
    host.add("passwd", "eve:x:20001:20001::/home/eve:sh")
    over = person(until=str(date.today() - timedelta(1)))
    assert "belongs to eve here" in host.put(over)
    calls = (host.root / "calls").read_text().split()
    assert not {"loginctl", "pgrep", "pkill"} & {*calls}


def test_who_is_in_the_directory_already_is_named_before_anything_is_made(host: Host) -> None:
    (host.root / "directory").write_text("ada:*:40001:40000:::sh\n")
    told = host.put(person("bob", 20002), person())
    assert "the directory has ada or the number 20001" in told
    assert "give another login, or take that one out of the directory" in told
    assert host.names() == ["root", "local"]


def test_a_directory_that_nobody_names_any_more_goes(host: Host) -> None:
    keys = host.root / "etc/ssh/sshd_config.d/30-millwright-identity.conf"
    files = [keys, host.root / "etc/sssd/sssd.conf", host.root / "etc/millwright/identity.password"]
    caches = [
        host.root / "var/lib/sss" / each
        for each in ("db/cache_site.ldb", "db/config.ldb", "mc/passwd")
    ]
    for file in (*files, *caches):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("# Written by millwright.\n")
    host.put(person())
    told = json.loads(host.run("ask").stdout)["directory"]
    assert sorted(told) == sorted(map(str, files))
    assert host.run("alone").stdout == "changed\n"
    assert host.run("alone").stdout == "unchanged\n"
    assert not any(file.exists() for file in (*files, *caches))
    assert json.loads(host.run("ask").stdout)["directory"] == []
    told = (host.root / "calls").read_text()
    assert "systemctl try-reload-or-restart ssh" in told
    assert "systemctl disable --now sssd" in told


def test_a_daemon_of_the_sites_own_is_left_alone(host: Host) -> None:
    own = host.root / "etc/sssd/sssd.conf"
    own.parent.mkdir()
    own.write_text("[sssd]\n")
    assert host.run("alone").stdout == "unchanged\n"
    assert own.exists()


def test_a_directory_is_left_where_the_design_names_one() -> None:
    found = {**FOUND, "directory": ["/etc/sssd/sssd.conf"]}
    assert as_designed(said(person()), directory=True)(json.dumps(found)).standing == "proven"
