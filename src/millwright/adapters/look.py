"""How pages look: the built-in templates, or a user's own that take their places file by file.

`templates/report/page.html.j2`, `page.css`, `page.js` and `page.typ` of a workspace win over those
of the same name here; `brand.css` is laid behind the style. Templates of a user are run in a
sandbox: they set pages, and reach nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from millwright.adapters.resources import folder
from millwright.adapters.workspace import Workspace
from millwright.errors import MillwrightError
from millwright.model.handover import Brand

LARGEST_LOGO = 512 << 10
LARGEST_TEXT = 1 << 20
PNG = b"\x89PNG\r\n\x1a\n"
KINDS = {".png": "image/png", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Look:
    """Where templates lie, the first first, and what a brand adds."""

    folders: tuple[Path, ...] = ()
    organisation: str = ""
    line: str = ""
    accent: str = ""
    logo: bytes = b""
    logo_kind: str = ""

    def places(self) -> tuple[Path, ...]:
        """Return all folders of templates, the user's before the built-in one."""
        return (*self.folders, folder("templates"))

    def file(self, name: str) -> Path:
        """Return a file of `report/`, the user's where there is one."""
        found = [place / "report" / name for place in self.places()]
        return next((path for path in found if path.is_file()), found[-1])

    def style(self) -> str:
        """Return the whole style: the page's, the brand's colour, the user's addition."""
        text = self.file("page.css").read_text(encoding="utf-8")
        if self.accent:
            text += f":root{{--accent:{self.accent}}}\n"
        more = self.file("brand.css")
        return text + (more.read_text(encoding="utf-8") if more.is_file() else "")


BUILT_IN = Look()


def look_of(workspace: Workspace, brand: Brand) -> Look:
    """Return the look of a workspace. Raises MillwrightError for a logo or a template that is
    none."""
    own = workspace.root / "templates"
    if own.is_dir():
        for path in sorted((own / "report").glob("*")):
            if workspace.inside(path).stat().st_size > LARGEST_TEXT:
                raise MillwrightError(f"{path} is larger than {LARGEST_TEXT >> 20} MiB")
    logo, kind = _logo(workspace, brand.logo) if brand.logo else (b"", "")
    return Look(
        folders=(own,) if own.is_dir() else (),
        organisation=brand.organisation or "", line=brand.line or "", accent=brand.accent or "",
        logo=logo, logo_kind=kind,
    )  # fmt: skip


def _logo(workspace: Workspace, name: str) -> tuple[bytes, str]:
    path = workspace.inside(workspace.root / name)
    kind = KINDS.get(path.suffix.lower())
    try:
        raw = path.read_bytes() if kind else b""
    except OSError as error:
        raise MillwrightError(f"cannot read the logo {path}: {error.strerror}") from None
    drawn = raw.startswith(PNG) if kind == "image/png" else b"<svg" in raw[:2000]
    if not kind or not drawn or len(raw) > LARGEST_LOGO:
        raise MillwrightError(
            f"{path} is no logo", hint=f"a PNG or SVG file of at most {LARGEST_LOGO >> 10} KiB"
        )
    return raw, kind
