"""Names that are shell text or templates stop at the spec: none of them ever meets a host."""

from __future__ import annotations

from pathlib import Path

import pytest

from millwright.adapters.specfile import read_factory
from millwright.errors import InputError
from millwright.model.catalog import Catalog

PWNED = Path("/tmp/millwright-pwned")
HOSTILE = (
    f"x; touch {PWNED}",
    f"`touch {PWNED}`",
    f"$(touch {PWNED})",
    f"x\ntouch {PWNED}",
    "{{ lookup('pipe', 'id') }}",
    "{% raw %}",
    "../../etc",
    "-oProxyCommand=id",
    "x\0y",
)
PLACES = (
    "name: {word}\nblueprint: lab\ncompute: [{{name: gpu, nodes: 2}}]\n",
    "name: site\nblueprint: lab\ncompute: [{{name: {word}, nodes: 2}}]\n",
    "name: site\nblueprint: {word}\ncompute: [{{name: gpu, nodes: 2}}]\n",
    "name: site\nblueprint: lab\ncompute: [{{name: gpu, nodes: 2}}]\n"
    "networks: [{{name: {word}, cidr: 10.9.0.0/16}}]\n",
)


@pytest.mark.parametrize("place", PLACES, ids=("factory", "pool", "blueprint", "network"))
@pytest.mark.parametrize("word", HOSTILE)
def test_a_name_that_a_shell_or_a_template_would_run_is_refused(
    tmp_path: Path, catalog: Catalog, place: str, word: str
) -> None:
    quoted = '"' + "".join(f"\\x{ord(c):02x}" for c in word) + '"'
    spec = tmp_path / "factory.yaml"
    spec.write_text("schema: millwright.factory/1\n" + place.format(word=quoted))
    with pytest.raises(InputError):
        read_factory(spec, catalog)
    assert not PWNED.exists()
