"""Renders the texts of `templates/`: strict, so that a missing value is an error and never an empty
gap."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from millwright.adapters.resources import folder


def render(template: str, values: Mapping[str, object]) -> str:
    """Return the text of a template, for example `init/factory.yaml.j2`."""
    loader = FileSystemLoader(folder("templates"))
    environment = Environment(
        loader=loader,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    return environment.get_template(template).render(values)
