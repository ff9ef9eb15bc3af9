"""What a host looks at without its WAN is read from its settings, without what logs in there."""

from __future__ import annotations

import pytest

from millwright.adapters.wankeeper import URL


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("deb https://deb.example/debian stable main", ("https", "deb.example", "")),
        ("deb http://deb.example:3142/x stable", ("http", "deb.example", "3142")),
        ("deb https://ada:s3cret@deb.example/x stable", ("https", "deb.example", "")),
        ("baseurl=https://T0KEN@repo.example:8443/el9", ("https", "repo.example", "8443")),
        ("deb https://deb.example/people/x@y stable", ("https", "deb.example", "")),
    ],
)
def test_a_source_is_its_host_and_port_and_never_who_logs_in(
    line: str, found: tuple[str, str, str]
) -> None:
    assert URL.findall(line) == [found]
