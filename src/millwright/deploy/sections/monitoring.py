"""How the factory is watched: who is asked, what calls a person, and whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from millwright.deploy.sections.accelerators import Accelerators, Package
from millwright.deploy.sections.receivers import Receiver, receiver
from millwright.deploy.sections.rules import rule_groups
from millwright.model.alerting import RuleGroup
from millwright.model.base import Frozen
from millwright.model.catalog import Catalog, Server
from millwright.model.site import Services

EVERYWHERE = ("munge.service", "ssh.service", "rsyslog.service")
ON_HEAD = (
    "slurmctld.service",
    "slurmdbd.service",
    "mariadb.service",
    "prometheus.service",
    "prometheus-alertmanager.service",
)
ON_COMPUTE = ("slurmd.service",)


class Job(Frozen):
    """What Prometheus asks at one port: the address of each host by its name."""

    name: str
    port: int
    targets: dict[str, str]


class Watched(Frozen):
    """What one host tells of itself beside its figures: what it was designed with, which services
    run there, and the exporter of its GPUs."""

    rdma_devices: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    gpu_exporter: tuple[Package, ...] = ()
    gpu_exporter_services: tuple[str, ...] = ()


class Monitoring(Frozen):
    """What the head node watches, and how."""

    address: str
    scrape_interval_s: int
    evaluation_interval_s: int
    retention_gb: int
    jobs: tuple[Job, ...]
    groups: tuple[RuleGroup, ...]
    receiver: Receiver
    repeat_alerts_s: int


def watched(
    accelerators: Accelerators, server: Server | None, place: str, catalog: Catalog, simulated: bool
) -> Watched:
    """Return what a host tells; `place` is head, compute or other.

    Adapters of a simulated fabric are on no bus: nothing is said of them, rather than that they
    are all missing.
    """
    of_place = {"head": ON_HEAD, "compute": ON_COMPUTE}.get(place, ())
    vendor = accelerators.services
    of_gpus = tuple(f"{name}.service" for name in (*vendor.driver, *vendor.dcgm))
    exporter = catalog.stacks.get(f"gpu-exporter-{accelerators.vendor}")
    packages = (
        tuple(Package(name=name, version=exporter.version.value) for name in exporter.packages)
        if exporter
        else ()
    )
    ports = server.ports_of("compute") if server and not simulated else ()
    return Watched(
        rdma_devices=tuple(sorted({port.hca for port in ports if port.hca})),
        units=(*EVERYWHERE, *of_place, *of_gpus),
        gpu_exporter=packages,
        gpu_exporter_services=exporter.services if exporter else (),
    )


def jobs(addresses: Mapping[str, str], exporting: Sequence[str], head: str) -> tuple[Job, ...]:
    """Return whom Prometheus asks; `exporting` names the hosts whose GPUs have an exporter."""
    at_head = {head: addresses[head]}
    listed = (
        Job(name="prometheus", port=9090, targets=at_head),
        Job(name="alertmanager", port=9093, targets=at_head),
        Job(name="node-exporter", port=9100, targets=dict(addresses)),
        Job(name="gpu-exporter", port=9400, targets={name: addresses[name] for name in exporting}),
    )
    return tuple(job for job in listed if job.targets)


def monitoring(jobs_: tuple[Job, ...], catalog: Catalog, services: Services) -> Monitoring:
    """Return the head node's part, by the catalogue's figures and conditions.

    Raises Undeployable where the spec names a receiver that takes no alerts.
    """
    (address,) = next(job.targets.values() for job in jobs_ if job.name == "prometheus")
    watch = catalog.watch["default"]
    return Monitoring(
        address=address,
        scrape_interval_s=watch.scrape_interval_s.value,
        evaluation_interval_s=watch.evaluation_interval_s.value,
        retention_gb=watch.retention_gb.value,
        jobs=jobs_,
        groups=rule_groups(catalog.conditions.values()),
        receiver=receiver(services),
        repeat_alerts_s=watch.repeat_alerts_s.value,
    )
