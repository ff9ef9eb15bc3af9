"""A script that asks a node our questions on the node itself, for sites that let nobody in."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from millwright.manage.assess.voice import COLLECTED
from millwright.manage.questions import QUESTIONS, Question, for_node

_HEAD = """\
#!/bin/sh
# Records what `millwright assess --from DIR` reads. It only reads, and writes into one new folder:
#   sudo sh collect.sh [DIR]     makes DIR/HOSTNAME; copy it beside those of the other nodes
# No key and no password is recorded. What is not installed is left out and noted.
set -u
umask 077
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin:/opt/rocm/bin
name=$(uname -n); name=${name%%.*}
out=${1:-recording}/$name
if [ -e "$out" ]; then echo "$out is there already: name another folder" >&2; exit 2; fi
mkdir -p "$out" || exit 2
ask() {
  id=$1; limit=$2; shift 2
  if command -v timeout >/dev/null 2>&1; then set -- timeout -k 2 "$limit" "$@"; fi
  "$@" </dev/null >"$out/$id.txt" 2>/dev/null
  status=$?
  [ "$status" -eq 0 ] || rm -f "$out/$id.txt"
  echo "$id $status" >>"$out/@NOTE@.txt"
}
"""
_TAIL = """\
echo "recorded in $out; then: millwright assess --from ${1:-recording}" >&2
"""


def script(questions: Sequence[Question] = QUESTIONS) -> str:
    """Return the script for POSIX shells. Its words are constants of this program, each quoted."""
    asked = for_node(None, questions)
    lines = [
        f"ask {shlex.quote(id_)} {question.command_s:.0f} {shlex.join(question.argv)}"
        for id_, question in asked.items()
    ]
    return _HEAD.replace("@NOTE@", COLLECTED) + "\n".join(lines) + "\n" + _TAIL
