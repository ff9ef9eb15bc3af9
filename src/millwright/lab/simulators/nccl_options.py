"""The options of nccl-tests: sizes with K, M and G, a factor or a step, a type and an operation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

TYPES = {
    "int8": 1,
    "uint8": 1,
    "int32": 4,
    "uint32": 4,
    "int64": 8,
    "uint64": 8,
    "half": 2,
    "float": 4,
    "double": 8,
    "bfloat16": 2,
    "f8e4m3": 1,
    "f8e5m2": 1,
}
OPERATIONS = ("sum", "prod", "min", "max", "avg", "mulsum")
_DEFAULT_BYTES = "32M"
_DEFAULT_STEP = "1M"
_LONG = {
    "--minbytes": "-b",
    "--maxbytes": "-e",
    "--stepbytes": "-i",
    "--stepfactor": "-f",
    "--ngpus": "-g",
    "--nthreads": "-t",
    "--iters": "-n",
    "--warmup_iters": "-w",
    "--check": "-c",
    "--datatype": "-d",
    "--op": "-o",
    "--root": "-r",
    "--agg_iters": "-m",
    "--parallel_init": "-p",
    "--blocking": "-z",
    "--cudagraph": "-G",
    "--average": "-a",
    "--timeout": "-T",
    "--report_cputime": "-C",
    "--local_register": "-R",
}


class UsageError(Exception):
    """An option or a value that the tests do not take."""


@dataclass(frozen=True, slots=True)
class Options:
    """What to run: from `least` to `most` bytes, by `factor` if above 1, else by `step`."""

    least: int
    most: int
    step: int
    factor: int
    gpus: int
    iterations: int
    warmup: int
    check: bool
    type_name: str
    operation: str

    @property
    def type_bytes(self) -> int:
        """Bytes of one element."""
        return TYPES[self.type_name]

    @property
    def step_words(self) -> str:
        """The way from size to size in the words of the heading."""
        return f"{self.factor}(factor)" if self.factor > 1 else f"{self.step}(bytes)"

    def sizes(self) -> Iterator[int]:
        """Yield every size from the least to the most."""
        size = self.least
        while size <= self.most:
            yield size
            size = size * self.factor if self.factor > 1 else size + max(1, self.step)


def parse(argv: list[str]) -> Options:
    """Return the options of a command line; UsageError names what is wrong with it."""
    found = _pairs(argv)
    least, most = _bytes(found.get("-b", _DEFAULT_BYTES)), _bytes(found.get("-e", _DEFAULT_BYTES))
    if least > most:
        raise UsageError("invalid sizes for 'minbytes' and 'maxbytes'")
    type_name, operation = found.get("-d", "float"), found.get("-o", "sum")
    if type_name not in TYPES or operation not in OPERATIONS:
        raise UsageError("invalid datatype or op specified")
    return Options(
        least=max(1, least),
        most=most,
        step=_bytes(found.get("-i", _DEFAULT_STEP)),
        factor=_number(found.get("-f", "1")),
        gpus=_number(found.get("-g", "1")) * _number(found.get("-t", "1")),
        iterations=_number(found.get("-n", "20")),
        warmup=_number(found.get("-w", "1")),
        check=found.get("-c", "1") != "0",
        type_name=type_name,
        operation=operation,
    )


def _pairs(argv: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    left = list(argv)
    while left:
        option, equals, value = left.pop(0).partition("=")
        short = _LONG.get(option, option)
        if short not in _LONG.values():
            raise UsageError(f"invalid option -- '{option.lstrip('-')}'")
        if not equals and not left:
            raise UsageError(f"option requires an argument -- '{option.lstrip('-')}'")
        found[short] = value if equals else left.pop(0)
    return found


def _bytes(text: str) -> int:
    scale = {"K": 2**10, "M": 2**20, "G": 2**30}.get(text[-1:].upper(), 1)
    try:
        return int(float(text[:-1] if scale > 1 else text) * scale)
    except ValueError:
        raise UsageError(f"invalid size specified: '{text}'") from None


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"invalid number: '{text}'") from None
