"""Writes docs/reference/ from the code: every command, the spec, rules, checks and notes.

The pages are not kept in git, so that none of them can be older than the program: `make docs`.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from millwright.adapters.catalogs import load
from millwright.adapters.rulefiles import rules
from millwright.adapters.specfile import factory_schema
from millwright.cli.kinds import KINDS, Books
from millwright.cli.main import app

Command = Any


def commands(command: Command | None = None, path: str = "millwright") -> Iterator[tuple[str, Any]]:
    """Yield every command with the words that call it."""
    command = command or typer.main.get_command(app)
    yield path, command
    for name, each in sorted(getattr(command, "commands", {}).items()):
        yield from commands(each, f"{path} {name}")


def cli_page() -> str:
    """Return all commands with their arguments and options."""
    lines = ["# Commands", ""]
    for path, command in commands():
        lines += [f"## {path}", "", inspect.cleandoc(command.help or ""), ""]
        rows = [row for each in command.params if (row := _parameter(each))]
        lines += ["| what | means |", "|---|---|", *rows, ""] if rows else []
        lines += [f"{inspect.cleandoc(command.epilog)}", ""] if command.epilog else []
    return "\n".join(lines)


def _parameter(each: Any) -> str:
    option = each.param_type_name == "option"
    words = ", ".join(each.opts) if option else str(each.metavar or each.name).upper()
    told = " ".join((getattr(each, "help", "") or "").split()).replace("|", "\\|")
    return f"| `{words}` | {told} |"


def spec_page() -> str:
    """Return every key of factory.yaml with what it takes."""
    schema = factory_schema()
    parts = {"factory.yaml": schema, **schema.get("$defs", {})}
    lines = ["# factory.yaml", ""]
    for name, part in parts.items():
        lines += [f"## {name}", "", " ".join(str(part.get("description", "")).split()), ""]
        if part.get("properties"):
            lines += ["| key | takes | if not said |", "|---|---|---|"]
            lines += [_key(key, value) for key, value in part["properties"].items()]
            lines.append("")
    return "\n".join(lines)


def _key(key: str, value: dict[str, Any]) -> str:
    default = f"`{value['default']}`" if "default" in value else "needed"
    return f"| `{key}` | {_takes(value)} | {default} |"


def _takes(value: dict[str, Any]) -> str:
    if "$ref" in value:
        return str(value["$ref"]).rsplit("/", 1)[-1]
    if "enum" in value or "const" in value:
        return ", ".join(f"`{each}`" for each in value.get("enum", [value.get("const")]))
    if "anyOf" in value:
        return " or ".join(_takes(each) for each in value["anyOf"])
    if value.get("type") == "array":
        return f"list of {_takes(value.get('items', {}))}"
    return str(value.get("type", "anything"))


def rules_page() -> str:
    """Return every rule of a finding."""
    lines = ["# Rules of findings", "", "| rule | what it says |", "|---|---|"]
    return "\n".join([*lines, *(f"| `{n}` | {rule.title} |" for n, rule in rules().items()), ""])


def kind_page(kind: str) -> str:
    """Return everything of one kind that `explain` knows, by its names."""
    books = Books(lambda: load(None))
    found = next(each for each in KINDS if each.name == kind)
    lines = [f"# {found.title.capitalize()}", "", "| name | what |", "|---|---|"]
    rows = [f"| `{name}` | {title} |" for name, title in found.names(books).items()]
    return "\n".join([*lines, *rows, "", "`millwright explain NAME` tells all of one.", ""])


def pages() -> dict[str, str]:
    """Return all pages by their file names."""
    return {
        "cli.md": cli_page(), "spec.md": spec_page(), "rules.md": rules_page(),
        "checks.md": kind_page("check"), "notes.md": kind_page("note"),
    }  # fmt: skip


if __name__ == "__main__":
    folder = Path(__file__).parent / "reference"
    folder.mkdir(exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
