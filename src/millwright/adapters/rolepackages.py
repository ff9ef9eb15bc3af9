"""Which packages roles install, read from the playbooks themselves, so that no second list can age.

A role says them to the role `packages`, as words or as an expression over its defaults and what it
is given; what only a host could tell is taken from a table of the defaults, all rows of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import StrictUndefined, TemplateError, UndefinedError
from jinja2.nativetypes import NativeEnvironment

from millwright.adapters.playproject import made_of
from millwright.adapters.resources import folder
from millwright.errors import MillwrightError

PACKAGES = "packages"
EITHER = re.compile(r"\{\{\s*(\w+)\[.+\]\s*\}\}")
FILTERS = {
    "difference": lambda a, b: [each for each in a if each not in b],
    "union": lambda a, b: list(dict.fromkeys([*a, *b])),
    "flatten": lambda a: [w for each in a for w in (each if isinstance(each, list) else [each])],
    "regex_replace": lambda text, old, new: re.sub(old, new, text),
    "bool": lambda value: str(value).lower() in ("1", "true", "yes", "on"),
}


@dataclass(frozen=True, slots=True)
class Needs:
    """What a role installs on a host; of `either` it takes what the host's system knows."""

    words: tuple[str, ...]
    either: tuple[str, ...]


def packages_of(role: str, given: Mapping[str, Any]) -> Needs:
    """Return what a role installs on a host that is given these variables.

    Raises MillwrightError where only the host could tell.
    """
    words: list[str] = []
    either: list[str] = []
    for name in made_of(role):
        if name == PACKAGES:
            continue
        place = folder("playbooks") / "roles" / name
        values = _Values(_defaults(place), given)
        for task in _tasks(place):
            said = task.get("vars", {})
            if "packages_pinned" in said:
                pinned = values.of(said["packages_pinned"])
                words += [f"{each['name']}={each['version']}" for each in pinned]
            if "packages_wanted" in said:
                try:
                    words += _flat(values.of(said["packages_wanted"]))
                except UndefinedError as error:
                    either += _rows(said["packages_wanted"], values, name, error)
    return Needs(tuple(dict.fromkeys(words)), tuple(dict.fromkeys(either)))


def _rows(said: Any, values: _Values, role: str, error: UndefinedError) -> list[str]:
    expressions = said if isinstance(said, list) else [said]
    found: list[str] = []
    for expression in expressions:
        match = EITHER.fullmatch(str(expression).strip())
        table = values.of("{{ " + match[1] + " }}") if match else None
        if not isinstance(table, dict):
            raise MillwrightError(
                f"the role {role} tells its packages on a host only: {error.message}",
                hint="have it say them in its defaults",
            ) from None
        found += _flat(list(table.values()))
    return found


def _flat(value: Any) -> list[str]:
    if isinstance(value, (list, tuple)):
        return [word for each in value for word in _flat(each)]
    return [str(value)] if value else []


class _Values:
    """Evaluates what a role says, over its defaults and what a host is given."""

    def __init__(self, defaults: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        self._environment = NativeEnvironment(undefined=StrictUndefined)
        self._environment.filters.update(FILTERS)
        self._defaults = defaults
        self._given = given

    def of(self, value: Any, depth: int = 0) -> Any:
        """Return a value with every expression in it evaluated. Raises UndefinedError."""
        if isinstance(value, list):
            return [self.of(each, depth) for each in value]
        if isinstance(value, dict):
            return {key: self.of(each, depth) for key, each in value.items()}
        if not isinstance(value, str) or "{{" not in value or depth > 8:
            return value
        names = {**self._given}
        for name, default in self._defaults.items():
            if re.search(rf"\b{re.escape(name)}\b", value):
                names[name] = self.of(default, depth + 1)
        try:
            return self._environment.from_string(value).render(names)
        except UndefinedError:
            raise
        except TemplateError as error:
            raise UndefinedError(str(error)) from None


def _defaults(place: Path) -> Mapping[str, Any]:
    file = place / "defaults" / "main.yml"
    return (yaml.safe_load(file.read_text(encoding="utf-8")) or {}) if file.exists() else {}


def _tasks(place: Path) -> Iterator[Mapping[str, Any]]:
    """Yield every task of a role that installs packages."""
    for file in sorted((place / "tasks").glob("*.yml")):
        yield from _installing(yaml.safe_load(file.read_text(encoding="utf-8")) or [])


def _installing(tasks: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for task in tasks:
        for key in ("block", "rescue", "always"):
            yield from _installing(task.get(key) or [])
        for key in ("import_role", "include_role"):
            told = task.get(f"ansible.builtin.{key}")
            if told and told.get("name") == PACKAGES:
                yield task
