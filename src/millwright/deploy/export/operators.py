"""The operators that bring accelerators and networks into Kubernetes: Helm values and resources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from millwright.deploy.export.roster import Roster
from millwright.model.exported import Data, head

NETWORK_OPERATOR = "network-operator-v26.4.0"
"""Release whose components are named, as docs.nvidia.com/networking/display/kubernetes2640 does."""

COMPONENTS = "nvcr.io/nvidia/mellanox"
MELLANOX = "15b3"


def gpu_operator(roster: Roster, *, host_driver: bool) -> Iterator[Data]:
    """Yield the values of NVIDIA's GPU Operator.

    One driver and one DCGM host engine are enough: where roles of ours install them on hosts, the
    operator brings neither, and no exporter, whose pod would start a host engine of its own.
    """
    value = {
        "nfd": {"enabled": True},
        "driver": {"enabled": not host_driver},
        "toolkit": {"enabled": True},
        "devicePlugin": {"enabled": True},
        "dcgm": {"enabled": False},
        "dcgmExporter": {"enabled": not host_driver},
        "migManager": {"enabled": False},
    }
    told = (
        "Drivers and DCGM are on the hosts (roles gpu-driver and dcgm): the operator's are off"
        if host_driver
        else "No role of ours carries these GPUs: the operator brings the driver, do not both"
    )
    about = head("Values of the GPU Operator", roster.factory, told, simulated=roster.simulated)
    yield Data("gpu-operator/values.yaml", value, about)


def network_operator(roster: Roster, *, infiniband: bool, alone: bool) -> Iterator[Data]:
    """Yield the values of NVIDIA's Network Operator, and its policy for shared RDMA devices.

    The hosts' own NIC driver is kept: the policy names none. `alone` says that no other operator
    discovers the features of nodes.
    """
    simulated = roster.simulated
    about = head("Values of the Network Operator", roster.factory, simulated=simulated)
    value = {"nfd": {"enabled": alone, "deployNodeFeatureRules": True}}
    yield Data("network-operator/values.yaml", value, about)
    shared = {"resourceName": "rdma_shared_device_a", "rdmaHcaMax": 63}
    config = {"configList": [{**shared, "selectors": {"vendors": [MELLANOX]}}]}
    second = {"cniPlugins": _component("plugins"), "multus": _component("multus-cni")}
    if infiniband:
        second["ipoib"] = _component("ipoib-cni")
    plugin = {**_component("k8s-rdma-shared-dev-plugin"), "config": json.dumps(config)}
    policy = {
        "apiVersion": "mellanox.com/v1alpha1",
        "kind": "NicClusterPolicy",
        "metadata": {"name": "nic-cluster-policy"},
        "spec": {"rdmaSharedDevicePlugin": plugin, "secondaryNetwork": second},
    }
    told = "The hosts' own NIC driver is kept: there is no ofedDriver in it"
    about = head("Policy of the Network Operator", roster.factory, told, simulated=simulated)
    yield Data("network-operator/nicclusterpolicy.yaml", policy, about)


def _component(image: str) -> dict[str, Any]:
    return {"image": image, "repository": COMPONENTS, "version": NETWORK_OPERATOR}


def amd_operator(roster: Roster, *, alone: bool) -> Iterator[Data]:
    """Yield the values of AMD's GPU operator and its device configuration: the driver is the
    host's."""
    simulated = roster.simulated
    value = {"node-feature-discovery": {"enabled": alone}, "installdefaultNFDRule": True}
    about = head("Values of AMD's GPU operator", roster.factory, simulated=simulated)
    yield Data("amd-gpu-operator/values.yaml", value, about)
    config = {
        "apiVersion": "amd.com/v1alpha1",
        "kind": "DeviceConfig",
        "metadata": {"name": "gpu-operator", "namespace": "kube-amd-gpu"},
        "spec": {
            "driver": {"enable": False, "blacklist": False},
            "devicePlugin": {"enableNodeLabeller": True},
            "metricsExporter": {"enable": True},
            "selector": {"feature.node.kubernetes.io/amd-gpu": "true"},
        },
    }
    told = "The hosts' own amdgpu driver is used: spec.driver.enable is off"
    about = head(
        "Device configuration of AMD's operator", roster.factory, told, simulated=simulated
    )
    yield Data("amd-gpu-operator/deviceconfig.yaml", config, about)
