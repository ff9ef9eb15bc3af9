"""What a host is given to be a node: driver packages by GPU, and parameters from one table."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from millwright.model.base import Name, ShortText
from millwright.model.sourced import Entry, Sourced

PackageName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9+.-]+$", max_length=80)]
Version = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+~:*-]*$", max_length=80)]
Service = Annotated[str, Field(pattern=r"^[A-Za-z0-9@._-]+$", max_length=80)]
System = Literal["debian", "ubuntu", "rocky"]
Vendor = Literal["nvidia", "amd"]


class Stack(Entry):
    """Software of one vendor for some GPUs: packages of one version, and their services.

    `version` is a version of the packages, or the start of one before `*`. `elsewhere` holds the
    packages' names on systems whose repositories call them otherwise.
    """

    version: Sourced[Version]
    packages: Annotated[tuple[PackageName, ...], Field(min_length=1)]
    elsewhere: dict[System, tuple[PackageName, ...]] = {}
    services: tuple[Service, ...] = ()

    def packages_on(self, system: System) -> tuple[str, ...]:
        """Return the packages as one system's repositories name them."""
        return self.elsewhere.get(system, self.packages)


class Platform(Entry):
    """What nodes with these GPUs need of their vendor, until containers begin.

    One that names `servers` is for those alone, and goes before one that names their GPU only.
    `beside` are stacks that come with the driver in versions of their own.
    """

    vendor: Vendor
    gpus: Annotated[tuple[Name, ...], Field(min_length=1)]
    servers: tuple[Name, ...] = ()
    driver: ShortText
    beside: tuple[ShortText, ...] = ()
    management: ShortText | None = None
    containers: ShortText | None = None

    @property
    def stacks(self) -> tuple[str, ...]:
        """Return the names of all its stacks."""
        single = (self.driver, *self.beside, self.management, self.containers)
        return tuple(name for name in single if name is not None)


PLAIN = {"cmdline": "no blank", "module": "MODULE.OPTION", "sysfs": "a path below /sys"}


class Parameter(Entry):
    """One parameter of hosts, in the one table that deploying, tuning and drift share.

    `cmdline` is a word of the kernel's command line, `module` an option as MODULE.OPTION, `sysfs` a
    file below /sys (`*` stands for several), `pcie` a setting of PCI functions, `service` whether
    one runs; these are for hosts that compute. `vendor`, `fabric`, `only_on` and `not_on`
    (platforms) say which hosts it is for. An `opt_in` parameter is set where the spec names it;
    one that `exposes_data` is refused on pools that hold patients' data.
    """

    kind: Literal["sysctl", "limit", "cmdline", "module", "sysfs", "pcie", "service"]
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/*-]*$", max_length=100)]
    value: Sourced[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 .,=_-]*$", max_length=100)]
    ]
    vendor: Vendor | None = None
    fabric: Literal["infiniband", "roce"] | None = None
    only_on: tuple[ShortText, ...] = ()
    not_on: tuple[ShortText, ...] = ()
    opt_in: bool = False
    exposes_data: bool = False

    @model_validator(mode="after")
    def _is_of_its_kind(self) -> Self:
        value, key = self.value.value, self.key
        bad = {
            "cmdline": " " in value or "/" in key,
            "module": " " in value or key.count(".") != 1 or "/" in key,
            "sysfs": ".." in key or key.startswith("/"),
        }
        if bad.get(self.kind) or ("*" in key and self.kind != "sysfs"):
            told = PLAIN.get(self.kind, "no *")
            raise ValueError(f"{key} = {value!r} is no {self.kind} parameter: it wants {told}")
        return self
