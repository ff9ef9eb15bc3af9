"""Three hundred broken specs: each is refused properly or answered properly."""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from millwright.adapters.catalogs import load
from millwright.adapters.specfile import read_factory
from millwright.design.solve import solve
from millwright.errors import Infeasible, InputError
from millwright.model.catalog import Catalog
from tests.conftest import Run

EXAMPLES = Path(__file__).parents[2] / "examples"
SPECS = ("superpod-h100.yaml", "regional-health.yaml", "lab.yaml", "parts/factory.yaml")
MUTATIONS = 300
ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    10**30,
    -0.5,
    1e300,
    "",
    "four",
    "$(reboot)",
    "a;rm -rf /",
    "../../etc/passwd",
    "`id`",
    "x" * 5000,
    [],
    [1, 2],
    {},
    {"a": {"b": 1}},
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        yield (*path, key)
        yield from _places(inner, (*path, key))


def _mutated(value: Any, dice: random.Random) -> Any:
    value = copy.deepcopy(value)
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        places = list(_places(value))
        if not places:
            break
        *parents, key = dice.choice(places)
        holder = value
        for part in parents:
            holder = holder[part]
        change = dice.choice(("drop", "odd", "odd", "odd", "rename", "add"))
        if change == "drop":
            del holder[key]
        elif change == "rename" and isinstance(holder, dict):
            holder[f"{key}z"] = holder.pop(key)
        elif change == "add" and isinstance(holder, dict):
            holder[dice.choice(("bogus", "../x", "$(id)", "node"))] = 1
        else:
            holder[key] = dice.choice(ODD)
    return value


def _specs() -> list[tuple[str, str]]:
    dice = random.Random(2026)
    originals = {name: yaml.safe_load((EXAMPLES / name).read_text()) for name in SPECS}
    found = []
    for number in range(MUTATIONS):
        name = SPECS[number % len(SPECS)]
        text = yaml.safe_dump(_mutated(originals[name], dice), sort_keys=False)
        found.append((name, text))
    return found


@pytest.fixture(scope="module")
def own() -> Catalog:
    return load(EXAMPLES / "parts" / "catalog").catalog


def _outcome(path: Path, own: Catalog) -> str:
    try:
        spec = read_factory(path, own)
    except InputError as error:
        told = [p.file == str(path) and p.line >= 1 and p.expected for p in error.problems]
        return "invalid" if told and all(told) else "mute"
    try:
        solve(spec.factory, own)
    except Infeasible as refusal:
        return "refused" if refusal.message and refusal.rule.startswith("MW-D-") else "mute"
    return "solved"


def test_every_mutation_is_refused_with_its_place_or_answered(tmp_path: Path, own: Catalog) -> None:
    outcomes: Counter[str] = Counter()
    for number, (_, text) in enumerate(_specs()):
        path = tmp_path / f"{number}.yaml"
        path.write_text(text)
        outcomes[_outcome(path, own)] += 1
    assert sum(outcomes.values()) == MUTATIONS
    assert outcomes["invalid"] >= 100
    assert outcomes["solved"] >= 5
    assert outcomes["refused"] >= 5
    assert not outcomes["mute"]


def test_a_few_of_them_through_the_real_command(run: Run, tmp_path: Path, own: Catalog) -> None:
    status = {"invalid": 2, "refused": 1, "solved": 0}
    for number, (name, text) in enumerate(_specs()[:24]):
        site = tmp_path / str(number)
        site.mkdir()
        if name.startswith("parts"):
            (site / "catalog").symlink_to(EXAMPLES / "parts" / "catalog")
        (site / "factory.yaml").write_text(text)
        answer = run("-C", site, "design", "solve")
        expected = status[_outcome(site / "factory.yaml", own)]
        assert answer.status == expected, answer.err
        assert "Traceback" not in answer.err
        assert (site / "design").exists() == (expected == 0)
        if expected == 2:
            assert "factory.yaml:" in answer.err
