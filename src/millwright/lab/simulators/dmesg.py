"""dmesg over the simulated kernel log, with the options that health checks and operators use."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime

from .device import load_node
from .kernellog import Message, boot_time, read_log

LEVELS = ("emerg", "alert", "crit", "err", "warn", "notice", "info", "debug")
_FOLLOW_INTERVAL_S = 0.5


def main(argv: list[str]) -> int:
    """Print the kernel log; -w stays and prints what comes."""
    options = _parser().parse_args(argv)
    shown: set[Message] = set()
    _show(options, shown)
    while options.follow:
        time.sleep(_FOLLOW_INTERVAL_S)
        _show(options, shown)
    return 0


def _show(options: argparse.Namespace, shown: set[Message]) -> None:
    wanted = {name.strip() for name in options.level.split(",")} if options.level else None
    style = options.time_format or ("ctime" if options.ctime else "")
    for message in read_log(load_node()):
        level = LEVELS[message.priority & 7]
        if message in shown or (wanted and level not in wanted):
            continue
        shown.add(message)
        prefix = f"kern  :{level:<6}: " if options.decode else ""
        prefix += f"<{message.priority}>" if options.raw else ""
        sys.stdout.write(f"{prefix}{_stamp(message, style)}{message.text}\n")
    sys.stdout.flush()


def _stamp(message: Message, style: str) -> str:
    if style == "notime":
        return ""
    moment = datetime.fromtimestamp(message.at, UTC).astimezone()
    if style == "iso":
        text = moment.strftime("%Y-%m-%dT%H:%M:%S,%f%z")
        return f"{text[:-2]}:{text[-2:]} "
    if style == "ctime":
        return f"[{moment.strftime('%a %b %e %H:%M:%S %Y')}] "
    return f"[{max(0.0, message.at - boot_time()):12.6f}] "


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dmesg", description="Display the kernel ring buffer.")
    parser.add_argument("-T", "--ctime", action="store_true")
    formats = ["delta", "reltime", "ctime", "notime", "iso", "raw"]
    parser.add_argument("--time-format", choices=formats)
    parser.add_argument("-t", "--notime", dest="time_format", action="store_const", const="notime")
    parser.add_argument("-x", "--decode", action="store_true")
    parser.add_argument("-r", "--raw", action="store_true")
    parser.add_argument("-l", "--level", default="")
    parser.add_argument("-w", "--follow", action="store_true")
    for flag in ("-k", "--kernel"), ("-P", "--nopager"), ("-H", "--human"), ("-e", "--reltime"):
        parser.add_argument(*flag, action="store_true")
    for option in ("-n", "--console-level"), ("-s", "--buffer-size"), ("-L", "--color"):
        parser.add_argument(*option, nargs="?")
    parser.add_argument("-V", "--version", action="version", version="dmesg from util-linux 2.38.1")
    return parser
