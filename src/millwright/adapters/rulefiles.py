"""Reads what the numbers of findings mean."""

from __future__ import annotations

from pydantic import ValidationError

from millwright.adapters.explain import problems_of
from millwright.adapters.resources import folder
from millwright.adapters.yamlfile import Document, problem, read
from millwright.errors import InputError
from millwright.model.explanation import Rule

SCHEMA = "millwright.rules/1"
FOLDER = "rules"


def rules() -> dict[str, Rule]:
    """Return every rule by its number. Raises InputError where an entry is none."""
    found: dict[str, Rule] = {}
    for path in sorted((folder("catalog") / FOLDER).glob("*.yaml")):
        document = read(path)
        if not isinstance(document.value, dict) or document.value.get("schema") != SCHEMA:
            raise problem(path, (1, 1), "no rules", f"`schema: {SCHEMA}` and `rules`")
        for index, raw in enumerate(document.value["rules"]):
            try:
                rule = Rule.model_validate(raw)
            except ValidationError as error:
                inner = Document(raw, "", {(): document.position(("rules", index))}, {})
                raise InputError(problems_of(error, inner, path, Rule)) from None
            if rule.id in found:
                place = document.position(("rules", index))
                raise problem(path, place, f"{rule.id} a second time", "each number once")
            found[rule.id] = rule
    return found
