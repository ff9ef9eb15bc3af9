"""Numbers of a cost in a reader's words."""

from __future__ import annotations

WORDS = {
    "servers": "Servers",
    "switches": "Switches",
    "cabling": "Cables and transceivers",
    "racks": "Racks and power strips",
    "appliances": "Management servers and appliances",
    "other": "Other lines of the bill",
    "spares": "Spares",
    "installation": "Mounting, cabling, freight",
    "storage-first": "Storage for the first year",
    "storage-first-tb": "Raw space bought at first",
    "storage-later-tb": "Raw space added later",
    "storage-per-tb": "Price of raw space",
    "spares-share": "Share of spares",
    "installation-share": "Share of mounting and freight",
    "support-share": "Share of support",
    "tco-years": "Years that are summed",
    "staff-base": "Engineers, base",
    "nodes-per-engineer": "Nodes per engineer",
    "staff-cost-per-year": "Cost of an engineer",
    "energy-per-kwh": "Price of energy",
    "it-max-kw": "Greatest draw",
    "power-diversity": "Mean over greatest draw",
    "pue": "PUE",
    "rack-count": "Racks",
    "space-per-rack-month": "Price of a rack's room",
    "first-purchase": "First purchase",
    "storage-later": "Storage that is added later",
    "energy": "Energy",
    "space": "Room",
    "support": "Support contracts",
    "staff": "Engineers",
    "running": "Running costs",
    "total": "All years together",
    "present-value": "Present value",
    "per-gpu-hour": "An hour of a GPU, owned",
    "per-gpu-hour-used": "An hour of a GPU, used",
}


def named(name: str) -> str:
    """Return what a number of a cost is called."""
    return WORDS.get(name, name.replace("-", " "))
