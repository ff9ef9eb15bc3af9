"""A runbook as its reader opens it: on a screen, on a phone, without anything from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from millwright.adapters.catalogs import load
from millwright.adapters.faultfiles import fault_catalog
from millwright.adapters.htmlpage import html
from millwright.manage.faults.runbooks import runbook
from millwright.reports.runbook import runbook_page
from tests.browser.conftest import Browser

pytestmark = pytest.mark.browser

WIDTHS = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"


@pytest.mark.parametrize("name", ["gpu-lost", "unused-xid", "nvlink5"])
@pytest.mark.parametrize("width", [1280, 390])
def test_a_runbook_fits_its_window_and_asks_for_nothing(
    browser: Browser, tmp_path: Path, name: str, width: int
) -> None:
    loaded = load(None)
    page = runbook_page(runbook(name, fault_catalog(loaded), loaded.catalog.sources))
    path = tmp_path / f"{name}.html"
    path.write_text(html(page), encoding="utf-8")
    browser.complaints(), browser.requests()
    browser.open(path, width)
    wide, window = browser.ask(WIDTHS)
    assert wide <= window
    assert not browser.complaints()
    asked = [url for url in browser.requests() if url != "data:,"]
    assert asked == [path.as_uri()], "but for the empty page that a browser starts with"
