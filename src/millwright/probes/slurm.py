"""Any output of Slurm: sinfo, squeue, sacct, scontrol show and slurmrestd, in every form.

The form is known by what stands in it, so that nobody has to say which command it was.
"""

from __future__ import annotations

import re

from millwright.probes.endings import Line, output, shown
from millwright.probes.json_documents import Documents
from millwright.probes.reading import Problem, Reading, is_simulated
from millwright.probes.slurm_facts import SlurmAnswer
from millwright.probes.slurm_json import is_answer, read_answer
from millwright.probes.slurm_scontrol import CONFIG_HEAD, KEYS, read_config, read_records
from millwright.probes.slurm_tables import read_table

TOOL = "slurm"
ALIASES = ("sinfo", "squeue", "sacct", "scontrol")
_ERROR = re.compile(
    r"(?:slurm_load_\w+ error|(?:sinfo|squeue|sacct|scontrol|slurm\w*): (?:error|fatal)|"
    r"slurm_persist_conn|.*Unable to contact slurm)"
)
_RECORD = re.compile(rf"(?:{'|'.join(KEYS)})=")


def command(what: str = "nodes") -> list[str]:
    """Return what to ask a controller: `node`, `job`, `partition` or `config`."""
    return ["scontrol", "show", what]


def read(text: str) -> Reading[SlurmAnswer]:
    """Return what is listed; an answer that lists nothing and says nothing is a problem."""
    bare = text.removeprefix("\ufeff").lstrip()
    if bare.startswith("{"):
        answer, problems = _from_json(text)
    else:
        answer, problems = _from_text(text)
    return Reading(TOOL, answer, (), tuple(problems), is_simulated(text))


def _from_json(text: str) -> tuple[SlurmAnswer, list[Problem]]:
    log = Documents(text)
    answers = [node for node in log.nodes if is_answer(node)]
    problems = [*log.problems, *(Problem(f"no JSON: {shown(line)}", at) for at, line in log.talk)]
    if len(answers) != 1:
        told = f"{len(answers)} answers of Slurm in one output"
        return SlurmAnswer(None), problems or [Problem(told)]
    answer, more = read_answer(answers[0])
    return answer, [*problems, *more]


def _from_text(text: str) -> tuple[SlurmAnswer, list[Problem]]:
    told = output(text)
    errors = [line for line in told.whole if _ERROR.match(line[1].strip())]
    lines: list[Line] = [line for line in told.whole if line not in errors]
    problems = [Problem(shown(words), at) for at, words in errors] + told.problems
    if not any(line.strip() for _, line in lines):
        return SlurmAnswer(None), problems or [Problem("nothing is told")]
    if any(CONFIG_HEAD.match(line.strip()) for _, line in lines):
        answer, more = read_config(lines)
    elif any(_RECORD.match(line.strip()) for _, line in lines):
        answer, more = read_records(lines)
    else:
        answer, more = read_table(lines)
    return answer, [*problems, *more]
