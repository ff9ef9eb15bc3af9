"""nvidia-smi: the driver's own tool, as far as checks, playbooks and operators use it."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field

from .device import Gpu, Node, load_node
from .driver import mismatch
from .state import hang

INVALID, UNSUPPORTED, NOT_FOUND, LOST = 2, 3, 6, 15
SETTINGS = {
    "-pm": "persistence",
    "--persistence-mode": "persistence",
    "-pl": "power",
    "--power-limit": "power",
    "-lgc": "lock",
    "--lock-gpu-clocks": "lock",
}
PLAIN_SETTINGS = {
    "-rgc": "unlock",
    "--reset-gpu-clocks": "unlock",
    "-r": "reset",
    "--gpu-reset": "reset",
}
_VALUED = {
    "-i": "chosen",
    "--id": "chosen",
    "-d": "display",
    "--display": "display",
    "-f": "file",
    "--filename": "file",
    "--format": "format",
    "--query-gpu": "fields",
    "--query-remapped-rows": "remapped",
    "-l": "loop",
    "--loop": "loop",
    "-lms": "loop_ms",
    "--loop-ms": "loop_ms",
}
_SWITCHES = {
    "-q": "query",
    "--query": "query",
    "-x": "xml",
    "--xml-format": "xml",
    "-L": "list",
    "--list-gpus": "list",
    "-h": "help",
    "--help": "help",
    "--version": "version",
    "-B": "excluded",
    "--help-query-gpu": "fields_help",
}


class UsageError(Exception):
    """An argument the tool does not take; carries the real tool's words."""


@dataclass(slots=True)
class Request:
    """What the command line asks for: values by name, switches, one setting."""

    values: dict[str, str] = field(default_factory=dict)
    switches: set[str] = field(default_factory=set)
    setting: tuple[str, str] | None = None


def main(argv: list[str]) -> int:
    """Answer like nvidia-smi; hangs, or names a lost GPU, where the node's faults say so."""
    node = load_node()
    if node.found("hung-smi"):
        hang()
    if (told := mismatch(node)) is not None:
        return _say(told, 18)
    if argv and argv[0] in ("topo", "nvlink"):
        return _links(node, argv)
    try:
        request = _parse(argv)
        return _answer(node, request)
    except UsageError as error:
        return _say(f"{error}\n", INVALID)


def _answer(node: Node, request: Request) -> int:
    if "help" in request.switches:
        return _say("NVIDIA System Management Interface (simulated)\n\nnvidia-smi [OPTION]...\n", 0)
    if "version" in request.switches:
        return _version(node)
    if not node.gpus:
        return _say("No devices were found\n", NOT_FOUND)
    gpus = _chosen(node, request)
    if not gpus:
        return _say("No devices were found\n", NOT_FOUND)
    if request.setting:
        from .smi_settings import change

        return change(node, gpus, *request.setting)
    if "list" in request.switches:
        return _list(node, gpus)
    status = _report(node, gpus, request)
    while (pause_s := _pause(request)) is not None:
        sys.stdout.flush()
        time.sleep(pause_s)
        node = load_node()
        status = _report(node, _chosen(node, request), request)
    return status


def _pause(request: Request) -> float | None:
    """Seconds between looks where the tool shall repeat itself until it is ended."""
    if "loop" in request.values:
        return float(request.values["loop"])
    return float(request.values["loop_ms"]) / 1000 if "loop_ms" in request.values else None


def _report(node: Node, gpus: list[Gpu], request: Request) -> int:
    lost = [gpu for gpu in gpus if node.lost(gpu)]
    alive = [gpu for gpu in gpus if gpu not in lost]
    status = LOST if lost else 0
    if lost and not {"fields", "remapped"} & set(request.values) and not request.switches:
        return _say("".join(map(lost_line, lost)), status)
    for gpu in lost:
        sys.stderr.write(lost_line(gpu))
    if "fields" in request.values or "remapped" in request.values:
        return _csv(node, alive, request) or status
    if "query" in request.switches:
        from . import smi_render

        show = smi_render.xml if "xml" in request.switches else smi_render.text
        _write(request, show(node, alive, _sections(request)))
        return status
    from .smi_table import table

    return _say(table(node, alive), 0)


def _csv(node: Node, gpus: list[Gpu], request: Request) -> int:
    options = [part.strip() for part in request.values.get("format", "").split(",")]
    if "csv" not in options:
        return _say('"--format=" switch is missing. It is required.\n', INVALID)
    from . import smi_fields, smi_remapped
    from .reading import read
    from .smi_tree import Look

    asked = request.values.get("fields") or request.values["remapped"]
    fields = [name.strip() for name in asked.split(",")]
    if "remapped" in request.values:
        if stranger := smi_remapped.unknown(fields):
            return _say(f'Field "{stranger}" is not a valid field to query.\n', INVALID)
        lines = [", ".join(fields), *(smi_remapped.row(node, gpu, fields) for gpu in gpus)]
    else:
        units = "nounits" not in options
        try:
            lines = [smi_fields.header(fields)]
        except smi_fields.UnknownFieldError as error:
            return _say(f"{error}\n\n", INVALID)
        looks = (Look(node, gpu, read(node, gpu)) for gpu in gpus)
        lines += [smi_fields.query(look, fields, units) for look in looks]
    shown = lines[1:] if "noheader" in options else lines
    _write(request, "".join(f"{line}\n" for line in shown))
    return 0


def _sections(request: Request) -> list[str]:
    from .smi_power import SECTIONS

    asked = request.values.get("display", "")
    sections = [name.strip().upper() for name in asked.split(",") if name.strip()]
    for name in sections:
        if name not in SECTIONS:
            raise UsageError(f"Invalid display type: '{name}'. Please run 'nvidia-smi -h'.")
    return sections


def _list(node: Node, gpus: list[Gpu]) -> int:
    name = node.text("gpu", "product_name")
    for gpu in gpus:
        known = f"GPU {gpu.index}: {name} (UUID: {gpu.uuid})\n"
        sys.stdout.write(lost_line(gpu) if node.lost(gpu) else known)
    return LOST if any(node.lost(gpu) for gpu in gpus) else 0


def lost_line(gpu: Gpu) -> str:
    """Return what the tool says of a GPU that fell off the bus."""
    address = f"0000:{gpu.bus_id.upper()}"
    return (
        f"Unable to determine the device handle for GPU{gpu.index}: {address}: GPU is lost.  "
        "Reboot the system to recover this GPU\n"
    )


def _links(node: Node, argv: list[str]) -> int:
    from . import smi_links

    gpus = node.answering()
    answers = {
        ("topo", "-m"): smi_links.topology,
        ("topo", "--matrix"): smi_links.topology,
        ("nvlink", "-s"): smi_links.nvlink_status,
        ("nvlink", "--status"): smi_links.nvlink_status,
        ("nvlink", "-e"): smi_links.nvlink_errors,
        ("nvlink", "--errorcounters"): smi_links.nvlink_errors,
    }
    rest = argv[1:]
    if "-i" in rest:
        at = rest.index("-i")
        request = Request(values={"chosen": rest[at + 1] if at + 1 < len(rest) else ""})
        gpus = [gpu for gpu in _chosen(node, request) if gpu in gpus]
        rest = rest[:at] + rest[at + 2 :]
    show = answers.get((argv[0], rest[0] if rest else ""))
    if show is None:
        shown = rest[0] if rest else ""
        return _say(f"Invalid combination of input arguments: {argv[0]} {shown}\n", INVALID)
    return _say(show(node, gpus), 0)


def _chosen(node: Node, request: Request) -> list[Gpu]:
    asked = request.values.get("chosen")
    if asked is None:
        return list(node.gpus)
    names = {part.strip().lower() for part in asked.split(",")}
    return [
        gpu
        for gpu in node.gpus
        if names
        & {
            str(gpu.index),
            gpu.uuid.lower(),
            gpu.long_bus_id.lower(),
            f"0000:{gpu.bus_id}",
            gpu.serial,
        }
    ]


def _version(node: Node) -> int:
    driver = node.version("driver")
    lines = (
        ("NVIDIA-SMI version", driver),
        ("NVML version", driver.rpartition(".")[0]),
        ("DRIVER version", driver),
        ("CUDA Version", node.version("cuda")),
    )
    return _say("".join(f"{name:<20}: {value}\n" for name, value in lines), 0)


def _parse(argv: list[str]) -> Request:
    request, left = Request(), list(argv)
    while left:
        option, equals, value = left.pop(0).partition("=")
        if option in _SWITCHES:
            request.switches.add(_SWITCHES[option])
        elif option in PLAIN_SETTINGS:
            request.setting = (PLAIN_SETTINGS[option], "")
        elif option in _VALUED or option in SETTINGS:
            if not equals:
                value = left.pop(0) if left else ""
            _take(request, option, value)
        else:
            raise UsageError(
                f"Invalid combination of input arguments. Please run 'nvidia-smi -h' for help.\n"
                f'Option "{option}" is not recognized.'
            )
    return request


def _take(request: Request, option: str, value: str) -> None:
    if not value:
        raise UsageError(f"Missing value for \"{option}\". Please run 'nvidia-smi -h' for help.")
    if _VALUED.get(option, "").startswith("loop") and not value.isdigit():
        raise UsageError(f'Invalid value "{value}" for "{option}". It must be a whole number.')
    if option in SETTINGS:
        request.setting = (SETTINGS[option], value)
    else:
        request.values[_VALUED[option]] = value


def _write(request: Request, text: str) -> None:
    if path := request.values.get("file"):
        with open(path, "w", encoding="utf-8") as target:
            target.write(text)
    else:
        sys.stdout.write(text)


def _say(text: str, status: int) -> int:
    sys.stdout.write(text)
    return status
