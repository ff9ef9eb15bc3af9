"""Tells the values of files below /sys, each given as KEY with `*` for several, as JSON.

A list of words is told by the one that is chosen: `always [madvise] never` is madvise.
"""

import glob
import json
import re
import sys


def value(path):
    """Return what a file says; nothing where it cannot be read."""
    try:
        with open(path, encoding="utf-8") as source:
            text = source.read().strip()
    except OSError:
        return ""
    chosen = re.search(r"\[([^]]+)\]", text)
    return chosen[1] if chosen else text


found = {key: sorted({value(path) for path in glob.glob("/sys/" + key)}) for key in sys.argv[1:]}
json.dump(found, sys.stdout, sort_keys=True)
