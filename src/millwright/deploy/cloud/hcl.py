"""Values in HCL, as OpenTofu and Terraform read them: text that can never become an expression."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

Value = str | int | float | bool | Sequence["Value"] | Mapping[str, "Value"]
_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quoted(text: str) -> str:
    """Return a quoted string: one line, and neither `${` nor `%{` of it begins a template.

    Law: HCL native syntax, quoted templates and their escapes
    (github.com/hashicorp/hcl, hclsyntax/spec.md).
    """
    parts = [_ESCAPED.get(sign) or _plain(sign) for sign in text]
    return '"' + "".join(parts).replace("${", "$${").replace("%{", "%%{") + '"'


def _plain(sign: str) -> str:
    if sign.isprintable():
        return sign
    code = ord(sign)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def lines_of(values: Mapping[str, Value], indent: str = "") -> Iterator[str]:
    """Yield `name = value` for each value; names are ours, every text of a spec is quoted."""
    for name, value in values.items():
        key = name if not indent and name.isidentifier() else quoted(name)
        yield from _line(f"{indent}{key} = ", value, indent)


def _line(before: str, value: Value, indent: str) -> Iterator[str]:
    if isinstance(value, bool):
        yield f"{before}{'true' if value else 'false'}"
    elif isinstance(value, str):
        yield f"{before}{quoted(value)}"
    elif isinstance(value, int | float):
        yield f"{before}{value!r}"
    elif isinstance(value, Mapping):
        yield f"{before}{{"
        yield from lines_of(value, f"{indent}  ")
        yield f"{indent}}}"
    else:
        yield f"{before}["
        for each in value:
            for line in _line(f"{indent}  ", each, f"{indent}  "):
                yield f"{line}," if line.startswith(f"{indent}  ") and _ends(line, indent) else line
        yield f"{indent}]"


def _ends(line: str, indent: str) -> bool:
    """Return whether a line is the last one of an item of a list."""
    inner = f"{indent}  "
    return not line.startswith(f"{inner} ") and not line.endswith(("{", "["))
