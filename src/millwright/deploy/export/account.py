"""Who is let in after an installation: root by key, nobody by password."""

from __future__ import annotations

from typing import Any


def root_by_key(keys: tuple[str, ...]) -> dict[str, Any]:
    """Return this in cloud-init's words; it makes no other user, and fetches nothing."""
    return {
        "disable_root": False,
        "ssh_pwauth": False,
        "users": [{"name": "root", "lock_passwd": True, "ssh_authorized_keys": list(keys)}],
        "package_update": False,
        "package_upgrade": False,
    }
