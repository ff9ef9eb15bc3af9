"""The design in other tools' words: known keys only, nothing made up, nothing that breaks out."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.adapters.exportfiles import data_text, refuse_templates, template_text
from millwright.adapters.plainyaml import plain_yaml
from millwright.adapters.playproject import Templated
from millwright.adapters.surveyfile import read_survey
from millwright.deploy.export.autoinstall import autoinstall
from millwright.deploy.export.kubernetes import kubernetes, runtime
from millwright.deploy.export.kubespray import ranges
from millwright.deploy.export.maas import maas
from millwright.deploy.export.preseed import preseed
from millwright.deploy.export.roster import Roster, roster
from millwright.deploy.export.warewulf import warewulf
from millwright.design.solve import solve
from millwright.model.catalog import Catalog
from millwright.model.cluster import Cluster
from millwright.model.exported import NOT_VALIDATED, Data, Export, Text, Unexportable
from millwright.model.site import Services
from millwright.model.spec import Factory
from millwright.model.survey import Survey
from tests.conftest import TESTS, factory, superpod
from tests.unit.deploy.shapes import attributes, wrong

KEYS = ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINsQDqZYAm3XooidJDwnsZqL5WdAdN9uyRNM6L4m/i4d me",)
SURVEYED = Survey.model_validate(
    {
        "schema": "millwright.survey/1",
        "gateway": "10.32.0.1",
        "mirror": "http://mirror.example:8080/debian",
        "image": "debian-12",
        "everywhere": {"architecture": "amd64", "interfaces": ["eno1", "eno2"]},
        "pools": {"gpu": {"disk": "/dev/nvme0n1"}},
        "hosts": {
            "gpu1": {"macs": ["AA:bb:cc:00:00:01"], "interfaces": ["eno9"]},
            "head-1": {"disk": "/dev/disk/by-id/nvme-a.b_c"},
        },
    }
)
SITE = Services(dns=("10.0.0.2",), ntp="ntp.example", proxy="http://proxy.example:3128")


@pytest.fixture(scope="module")
def spec() -> Factory:
    return factory(blueprint="lab", compute=[{"name": "gpu", "nodes": 2, "runtime": "kubernetes"}])


@pytest.fixture(scope="module")
def cluster(spec: Factory, catalog: Catalog) -> Cluster:
    return solve(spec, catalog).cluster


@pytest.fixture(scope="module")
def known(cluster: Cluster) -> Roster:
    return roster(cluster, SITE, SURVEYED)


@pytest.fixture(scope="module")
def bare(cluster: Cluster) -> Roster:
    return roster(cluster, Services(), Survey())


def texts(export: Export) -> dict[str, str]:
    """Return the files of an export as they are written."""
    found: dict[str, str] = {}
    for file in export.files:
        if isinstance(file, Data):
            found[file.path] = data_text(file.path, file.value, file.head, file.first)
            if file.templated:
                refuse_templates(file.path, found[file.path])
        else:
            assert isinstance(file, Text), f"{file.path}: no reader of such a file here"
            found[file.path] = template_text(file.template, file.values)
    return found


def documents(export: Export) -> dict[str, Any]:
    """Return what a reader finds in the files."""
    return {
        path: json.loads(text) if path.endswith(".json") else yaml.safe_load(text)
        for path, text in texts(export).items()
    }


def in_kubernetes(
    cluster: Cluster, spec: Factory, catalog: Catalog, services: Services = SITE
) -> Export:
    run = runtime(cluster, spec, catalog, False)
    whole = roster(cluster, services, Survey())
    return kubernetes(whole, run, tuple(cluster.networks.values()), None)


def test_autoinstall_has_known_keys_only(known: Roster, bare: Roster) -> None:
    shape, user_data = attributes("autoinstall"), attributes("cloud-init")
    for given_ in (known, bare):
        made = documents(autoinstall(given_, KEYS))
        assert len(made) == 6
        for path, document in made.items():
            if path.endswith("/user-data"):
                assert list(wrong(document, shape)) == []
                assert list(wrong(document["autoinstall"]["user-data"], user_data)) == []
            else:
                assert set(document) == {"instance-id", "local-hostname"}


def test_a_key_that_nobody_knows_is_found_out() -> None:
    shape = attributes("gpu-operator")
    assert list(wrong({"driver": {"enabld": False}}, shape)) == [".driver.enabld is unknown"]
    assert list(wrong({"driver": {"enabled": "no"}}, shape)) == [
        ".driver.enabled is 'no', not bool"
    ]


def test_a_surveyed_host_is_installed_without_a_question_and_only_by_key(known: Roster) -> None:
    made = documents(autoinstall(known, KEYS))["gpu1/user-data"]["autoinstall"]
    assert "interactive-sections" not in made
    assert made["storage"] == {"layout": {"name": "direct", "match": {"path": "/dev/nvme0n1"}}}
    assert made["network"]["ethernets"]["inband0"] == {
        "match": {"macaddress": "aa:bb:cc:00:00:01"},
        "dhcp4": False,
        "dhcp6": False,
        "addresses": ["10.34.0.0/11"],
        "routes": [{"to": "default", "via": "10.32.0.1"}],
        "nameservers": {"addresses": ["10.0.0.2"]},
    }
    assert made["ssh"] == {"install-server": True, "allow-pw": False, "authorized-keys": list(KEYS)}
    assert made["user-data"]["users"][0]["lock_passwd"] is True
    assert made["packages"] == ["openssh-server", "python3"]
    assert not {"reporting", "late-commands", "early-commands", "identity"} & set(made)


def test_several_interfaces_are_a_bond_with_the_address(known: Roster) -> None:
    made = documents(autoinstall(known, KEYS))["gpu2/user-data"]["autoinstall"]["network"]
    assert set(made["ethernets"]) == {"eno1", "eno2"}
    assert "addresses" not in made["ethernets"]["eno1"]
    assert made["bonds"]["bond0"]["addresses"] == ["10.34.0.1/11"]


def test_what_nobody_knows_is_asked_and_told_and_no_disk_is_wiped(bare: Roster) -> None:
    export = autoinstall(bare, KEYS)
    made = documents(export)["gpu1/user-data"]["autoinstall"]
    assert made["interactive-sections"] == ["storage", "network"]
    assert "network" not in made
    assert "match" not in made["storage"]["layout"]
    text = texts(export)["gpu1/user-data"]
    assert "# UNKNOWN, so the installer asks: storage and network" in text
    assert text.startswith("#cloud-config\n")
    told = {each.what: each.hosts for each in export.unknown}
    assert told["disk"] == ("head-1", "gpu1", "gpu2")
    assert set(told) == {"in-band interface", "disk", "gateway", "mirror", "dns"}


def answers(text: str) -> dict[str, str]:
    """Return what a preseed file answers, by question."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    words = [line.split(" ", 3) for line in lines]
    return {each[1]: each[3] if len(each) > 3 else "" for each in words}


DATABASE = """\
Config: answers
Templates: questions

Name: answers
Driver: File
Filename: {folder}/answers.dat

Name: questions
Driver: File
Filename: {folder}/questions.dat
"""
"""A database of debconf's own: the machine's is locked while a package is installed there."""


def checked(text: str, folder: Path) -> None:
    """Fail where debconf does not take a file without a word; skip where there is none."""
    if shutil.which("debconf-set-selections") is None:
        pytest.skip("needs Debian's debconf")
    file, settings_ = folder / "preseed.cfg", folder / "debconf.conf"
    file.write_text(text)
    settings_.write_text(DATABASE.format(folder=folder))
    done = subprocess.run(
        ["debconf-set-selections", "--checkonly", str(file)],
        env={**os.environ, "DEBCONF_SYSTEMRC": str(settings_)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_debconf_takes_every_preseed_file(known: Roster, bare: Roster, tmp_path: Path) -> None:
    for given_ in (known, bare):
        for path, text in texts(preseed(given_, KEYS)).items():
            if path.endswith("preseed.cfg"):
                checked(text, tmp_path)
    with pytest.raises(AssertionError):
        checked("d-i netcfg/get_hostname\n", tmp_path)


def test_preseed_answers_what_is_known_and_leaves_the_rest_to_be_asked(
    known: Roster, bare: Roster
) -> None:
    made = texts(preseed(known, KEYS))
    told = answers(made["gpu2/preseed.cfg"])
    assert told["netcfg/get_ipaddress"] == "10.34.0.1"
    assert told["netcfg/get_netmask"] == "255.224.0.0"
    assert told["netcfg/choose_interface"] == "eno1"
    assert told["partman-auto/disk"] == "/dev/nvme0n1"
    assert told["mirror/http/hostname"] == "mirror.example:8080"
    assert told["mirror/http/directory"] == "/debian"
    assert told["passwd/root-password-crypted"] == "!"
    assert told["passwd/make-user"] == "false"
    assert made["gpu2/authorized_keys"] == f"{KEYS[0]}\n"
    asked = answers(texts(preseed(bare, KEYS))["gpu2/preseed.cfg"])
    assert set(told) - set(asked) >= {
        "partman-auto/disk",
        "partman/confirm",
        "netcfg/choose_interface",
        "netcfg/get_gateway",
        "mirror/http/hostname",
    }
    assert set(asked) <= set(told)
    assert told["preseed/late_command"] == asked["preseed/late_command"]
    assert "ssh-ed25519" not in made["gpu2/preseed.cfg"]


def test_maas_is_given_machines_in_the_words_of_its_api(known: Roster, bare: Roster) -> None:
    for given_ in (known, bare):
        made = documents(maas(given_, KEYS))
        assert list(wrong(made["machines.json"], attributes("maas"))) == []
        assert list(wrong(made["user-data"], attributes("cloud-init"))) == []
        assert "pass" not in json.dumps([m["create"] for m in made["machines.json"]["machines"]])
    machine = documents(maas(known, KEYS))["machines.json"]["machines"][1]
    assert machine["create"] == {
        "hostname": "gpu1",
        "description": "lab-node of test",
        "commission": False,
        "architecture": "amd64",
        "mac_addresses": ["aa:bb:cc:00:00:01"],
        "power_type": "ipmi",
        "power_parameters_power_driver": "LAN_2_0",
        "power_parameters_power_address": "10.66.0.0",
    }
    assert machine["link_subnet"]["ip_address"] == "10.34.0.0"
    unknown = documents(maas(bare, KEYS))["machines.json"]["machines"][1]
    assert "mac_addresses" not in unknown["create"]
    assert unknown["unknown"][:2] == ["mac_addresses", "architecture"]


def test_an_ipv6_network_is_carried_or_refused_by_name(catalog: Catalog) -> None:
    inband = {"name": "inband", "cidr": "fd00:10::/64"}
    spec = factory(
        blueprint="lab",
        compute=[{"name": "gpu", "nodes": 1, "runtime": "kubernetes"}],
        networks=[inband],
    )
    cluster = solve(spec, catalog).cluster
    survey = Survey.model_validate(
        {"everywhere": {"interfaces": ["eno1"]}, "gateway": "fd00:10::1"}
    )
    known = roster(cluster, SITE, survey)
    network = documents(autoinstall(known, KEYS))["gpu1/user-data"]["autoinstall"]["network"]
    assert network["ethernets"]["eno1"]["addresses"][0].endswith("/64")
    documents(maas(known, KEYS))
    with pytest.raises(Unexportable, match="IPv4"):
        preseed(known, KEYS)
    with pytest.raises(Unexportable, match="IPv4"):
        warewulf(known)


def test_warewulf_is_given_profiles_that_exist_and_no_password(known: Roster, bare: Roster) -> None:
    for given_ in (known, bare):
        made = documents(warewulf(given_))["nodes.conf"]
        assert list(wrong(made, attributes("warewulf"))) == []
        assert set(made["nodes"]) == {"gpu1", "gpu2"}
        for node in made["nodes"].values():
            assert set(node["profiles"]) == {"default", *made["nodeprofiles"]}
        assert "password" not in json.dumps(made)
    node = documents(warewulf(known))["nodes.conf"]["nodes"]["gpu1"]
    assert node["network devices"]["default"] == {
        "ipaddr": "10.34.0.0",
        "device": "eno9",
        "hwaddr": "aa:bb:cc:00:00:01",
    }
    assert node["ipmi"] == {"ipaddr": "10.66.0.0"}


SHAPES = {
    "kubespray/inventory.yaml": "kubespray-inventory",
    "kubespray/group_vars/all/all.yml": "kubespray-variables",
    "kubespray/group_vars/k8s_cluster/k8s-cluster.yml": "kubespray-variables",
    "gpu-operator/values.yaml": "gpu-operator",
    "network-operator/values.yaml": "network-operator",
    "network-operator/nicclusterpolicy.yaml": "nic-cluster-policy",
    "amd-gpu-operator/values.yaml": "amd-gpu-operator",
    "amd-gpu-operator/deviceconfig.yaml": "amd-device-config",
}


def pools(*servers: str, blueprint: str = "lab") -> Factory:
    compute = [
        {"name": f"p{n}", "server": server, "nodes": 2, "runtime": "kubernetes"}
        for n, server in enumerate(servers)
    ]
    return factory(blueprint=blueprint, compute=compute)


@pytest.mark.parametrize(
    ("servers", "operators"),
    [
        (["lab-node"], {"gpu-operator", "network-operator"}),
        (["lab-mi300x"], {"amd-gpu-operator"}),
        (["lab-b200"], {"gpu-operator", "network-operator"}),
        (["lab-node", "lab-mi300x"], {"gpu-operator", "network-operator", "amd-gpu-operator"}),
    ],
)
def test_operators_are_those_of_the_accelerators_and_have_known_keys_only(
    catalog: Catalog, servers: list[str], operators: set[str]
) -> None:
    spec = pools(*servers)
    made = documents(in_kubernetes(solve(spec, catalog).cluster, spec, catalog))
    found = {path.partition("/")[0] for path in made} - {"kubespray", "network-operator"}
    assert found == operators - {"network-operator"}
    for path, document in made.items():
        assert list(wrong(document, attributes(SHAPES[path]))) == [], path
    discovering = [
        made[path][key]["enabled"]
        for path, key in (
            ("gpu-operator/values.yaml", "nfd"),
            ("network-operator/values.yaml", "nfd"),
            ("amd-gpu-operator/values.yaml", "node-feature-discovery"),
        )
        if path in made
    ]
    assert discovering.count(True) == 1


def test_a_driver_is_installed_once(catalog: Catalog) -> None:
    ours = pools("lab-node")
    cluster = solve(ours, catalog).cluster
    values = documents(in_kubernetes(cluster, ours, catalog))["gpu-operator/values.yaml"]
    assert values["driver"] == {"enabled": False}
    assert values["dcgm"] == {"enabled": False}
    without = catalog.model_copy(update={"platforms": {}})
    values = documents(in_kubernetes(cluster, ours, without))["gpu-operator/values.yaml"]
    assert values["driver"] == {"enabled": True}


def test_pools_with_drivers_of_different_hands_are_exported_apart(catalog: Catalog) -> None:
    spec = pools("lab-node", "lab-h200")
    cluster = solve(spec, catalog).cluster
    run = runtime(cluster, spec, catalog, False)
    ours, others = run.workers
    mixed = replace(run, workers=(ours, replace(others, host_driver=False)))
    whole, networks = roster(cluster, SITE, Survey()), tuple(cluster.networks.values())
    with pytest.raises(Unexportable, match="those of other pools not"):
        kubernetes(whole, mixed, networks, None)
    only = frozenset(host.name for host in whole.hosts if host.pool == "p1")
    made = kubernetes(whole, mixed, networks, only)
    assert documents(made)["gpu-operator/values.yaml"]["driver"] == {"enabled": True}
    assert set(made.hosts) == {"head-1", *only}


def test_the_control_plane_is_the_management_hosts_in_odd_number(catalog: Catalog) -> None:
    spec = superpod(1)
    cluster = solve(spec, catalog).cluster
    run = runtime(cluster, spec, catalog, True)
    made = kubernetes(roster(cluster, SITE, Survey()), run, tuple(cluster.networks.values()), None)
    groups = documents(made)["kubespray/inventory.yaml"]["all"]["children"]
    assert len(groups["etcd"]["hosts"]) == 3
    assert groups["etcd"] == groups["kube_control_plane"]
    assert len(groups["kube_node"]["hosts"]) == 31
    assert len(documents(made)["kubespray/inventory.yaml"]["all"]["hosts"]) == 34


def test_ansible_reads_kubespray_s_inventory_with_its_variables(
    cluster: Cluster, spec: Factory, catalog: Catalog, tmp_path: Path
) -> None:
    for path, text in texts(in_kubernetes(cluster, spec, catalog)).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    tool = Path(sys.executable).parent / "ansible-inventory"
    file = tmp_path / "kubespray" / "inventory.yaml"
    words = [str(tool), "-i", str(file), "--list"]
    told = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    assert told["kube_control_plane"]["hosts"] == told["etcd"]["hosts"] == ["head-1"]
    own = told["_meta"]["hostvars"]["gpu2"]
    assert (own["ip"], own["node_labels"]["millwright/pool"]) == ("10.34.0.1", "gpu")
    assert own["kube_pods_subnet"] == "10.233.64.0/18"
    assert own["upstream_dns_servers"] == ["10.0.0.2"]


def test_slurm_pools_are_not_given_to_kubernetes_unasked(catalog: Catalog) -> None:
    spec = superpod(1)
    with pytest.raises(Unexportable) as refusal:
        runtime(solve(spec, catalog).cluster, spec, catalog, False)
    assert "--all" in refusal.value.hint


@given(
    hosts=st.integers(1, 4000),
    networks=st.lists(
        st.sampled_from(["10.0.0.0/8", "10.233.0.0/24", "172.16.0.0/12", "fd00::/64", "9.0.0.0/8"]),
        max_size=3,
    ),
)
def test_pods_and_services_meet_nothing_of_the_design(hosts: int, networks: list[str]) -> None:
    from ipaddress import ip_network

    services, pods = ranges(hosts, networks)
    taken = [each for each in map(ip_network, networks) if each.version == 4]
    assert not services.overlaps(pods)
    assert not any(services.overlaps(each) or pods.overlaps(each) for each in taken)
    assert 2 ** (24 - pods.prefixlen) >= hosts


def test_every_file_with_room_for_it_says_that_nobody_has_validated_it(
    known: Roster, cluster: Cluster, spec: Factory, catalog: Catalog
) -> None:
    made = [autoinstall(known, KEYS), preseed(known, KEYS), maas(known, KEYS), warewulf(known)]
    for export in [*made, in_kubernetes(cluster, spec, catalog)]:
        for path, text in texts(export).items():
            if path.rpartition("/")[2] not in ("meta-data", "authorized_keys"):
                assert NOT_VALIDATED in text, path
                assert "SIMULATED" in text or '"simulated": true' in text, path


def test_the_same_inputs_give_the_same_bytes(cluster: Cluster) -> None:
    def once() -> Mapping[str, str]:
        given_ = roster(cluster, SITE, SURVEYED)
        return {**texts(autoinstall(given_, KEYS)), **texts(maas(given_, KEYS))}

    assert once() == once()


@pytest.mark.parametrize(
    ("survey", "told"),
    [
        ({"hosts": {"gpu9": {}}}, "gpu9"),
        ({"pools": {"cpu": {}}}, "cpu"),
        ({"gateway": "192.0.2.1"}, "192.0.2.1"),
    ],
)
def test_a_survey_of_something_else_is_refused(
    cluster: Cluster, survey: dict[str, Any], told: str
) -> None:
    with pytest.raises(Unexportable, match=told):
        roster(cluster, SITE, Survey.model_validate(survey))


def test_the_example_of_a_survey_is_one(catalog: Catalog) -> None:
    survey = read_survey(TESTS.parent / "examples" / "survey.yaml")
    known = roster(solve(superpod(1), catalog).cluster, SITE, survey)
    hosts = {host.name: host.found for host in known.hosts}
    assert hosts["gpu001"].macs == ("02:00:00:00:00:01", "02:00:00:00:00:02")
    assert (hosts["gpu001"].disk, hosts["gpu002"].disk) == ("/dev/nvme0n1", "/dev/nvme1n1")
    assert (hosts["mgmt-1"].disk, hosts["mgmt-1"].architecture) == (None, "amd64")


def test_one_mac_address_belongs_to_one_host() -> None:
    both = {"macs": ["aa:bb:cc:00:00:01"]}
    with pytest.raises(ValueError, match="of gpu1 and of gpu2"):
        Survey.model_validate({"hosts": {"gpu1": both, "gpu2": {"macs": ["AA:BB:CC:00:00:01"]}}})


HOSTILE = st.one_of(
    st.sampled_from(
        ["'", '"', "\n- x: y\n", "{{ lookup('pipe','id') }}", "{% x %}", "&a *a", "!!python/x", "#"]
        + [
            "no",
            "0o17",
            "1e3",
            "12:30",
            "~",
            "---",
            "a: b",
            "\\",
            "\x85",
            "\u2028",
            "$(id)",
            "`id`",
        ]
    ),
    st.text(max_size=30),
)


def hostile(cluster: Cluster, words: list[str]) -> Cluster:
    """Return a design whose every free word is hostile."""
    turn = iter(words * 1000)
    devices = tuple(
        device.model_copy(update={"rack": next(turn), "model": next(turn)})
        for device in cluster.devices
    )
    return cluster.model_copy(update={"name": next(turn), "devices": devices})


def bare_words(text: str) -> Iterator[str]:
    """Yield every scalar that stands without quotes."""
    for event in yaml.parse(text):
        if isinstance(event, yaml.ScalarEvent) and not event.style:
            yield event.value


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
def test_hostile_words_stay_values(
    cluster: Cluster, spec: Factory, catalog: Catalog, known: Roster, tmp_path: Path
) -> None:
    questions = set(answers(texts(preseed(known, KEYS))["gpu1/preseed.cfg"]))

    @settings(max_examples=60, deadline=None)
    @given(words=st.lists(HOSTILE, min_size=1, max_size=7), service=HOSTILE)
    def stay(words: list[str], service: str) -> None:
        odd = hostile(cluster, words)
        services = Services.model_construct(dns=(service,), ntp=service, proxy=service)
        given_ = roster(odd, services, SURVEYED)
        made = [autoinstall(given_, KEYS), maas(given_, KEYS), warewulf(given_)]
        in_cluster = in_kubernetes(odd, spec, catalog, services)
        with contextlib.suppress(Templated):
            texts(in_cluster)
            made.append(in_cluster)
        for export in made:
            found = documents(export)
            for file in export.files:
                assert isinstance(file, Data)
                assert found[file.path] == file.value
        text = texts(preseed(given_, KEYS))["gpu1/preseed.cfg"]
        assert set(answers(text)) <= questions
        checked(text, tmp_path)

    stay()


@given(value=st.recursive(HOSTILE, lambda inner: st.dictionaries(HOSTILE, inner, max_size=4)))
def test_yaml_gives_back_what_it_was_given_in_either_edition(value: Any) -> None:
    text = plain_yaml({"value": value}, ["a\nb", str(value)], "#cloud-config")
    assert yaml.safe_load(text) == {"value": value}
    for word in bare_words(text):
        assert word[:1].isalpha()
        assert word.lower() not in {"yes", "no", "on", "off", "y", "n", "true", "false", "null"}


def test_a_name_that_is_no_host_name_never_becomes_a_path(cluster: Cluster) -> None:
    for name in ("../x", "a b", "gpu\n1", ".", "-a", "A"):
        devices = tuple(
            device.model_copy(update={"name": name}) if device.name == "gpu1" else device
            for device in cluster.devices
        )
        with pytest.raises(Unexportable, match="no host name"):
            roster(cluster.model_copy(update={"devices": devices}), SITE, Survey())
