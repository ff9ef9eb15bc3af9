"""What a node runs that is asked many questions at once: one constant program, in Python alone.

Questions come to it as JSON on standard input, lists of words that it never reads as shell text;
each answer goes out as one line of JSON as soon as it is there, its outputs as base64, so that no
byte of a command can be taken for a line of another answer.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from millwright.model.evidence import Ended
from millwright.ports import Answer, Question

KEPT_BYTES = 4 << 20
"""As much is kept of each stream of each command."""
MOST_AT_ONCE = 4
SLACK_S = 15.0
"""What the program itself may take beside its questions."""

PROGRAM = """\
import base64, json, os, queue, signal, subprocess, sys, threading, time
given = json.load(sys.stdin)
waiting = queue.Queue()
for number, (argv, limit) in enumerate(given["questions"]):
    waiting.put((number, argv, limit))
lock, running = threading.Lock(), set()
def end(*_):
    for pid in list(running):
        signalled(pid, signal.SIGTERM)
    os._exit(1)
def signalled(pid, number):
    try:
        os.killpg(pid, number)
    except OSError:
        pass
def tell(number, begun, ended, status, out, err):
    told = {"n": number, "ended": ended, "status": status, "s": time.monotonic() - begun,
            "out": base64.b64encode(bytes(out[0])).decode(),
            "err": base64.b64encode(bytes(err[0])).decode(), "dropped": out[1] + err[1]}
    with lock:
        try:
            sys.stdout.write(json.dumps(told) + "\\n")
            sys.stdout.flush()
        except OSError:
            end()
def read(stream, kept):
    while True:
        data = os.read(stream.fileno(), 65536)
        if not data:
            return
        room = max(0, given["kept"] - len(kept[0]))
        kept[0] += data[:room]
        kept[1] += max(0, len(data) - room)
def ask(number, argv, limit):
    begun = time.monotonic()
    out, err = [bytearray(), 0], [bytearray(), 0]
    try:
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, start_new_session=True)
    except OSError as error:
        err[0] += ("%s: %s" % (argv[0], error.strerror)).encode("utf-8", "backslashreplace")
        tell(number, begun, "exit", 127 if isinstance(error, FileNotFoundError) else 126, out, err)
        return
    running.add(child.pid)
    readers = [threading.Thread(target=read, args=each, daemon=True)
               for each in ((child.stdout, out), (child.stderr, err))]
    for reader in readers:
        reader.start()
    def left():
        return max(0, begun + limit - time.monotonic())
    for reader in readers:
        reader.join(left())
    try:
        status = child.wait(left())
        late = any(reader.is_alive() for reader in readers)
    except subprocess.TimeoutExpired:
        late = True
    if late:
        signalled(child.pid, signal.SIGTERM)
        try:
            child.wait(1)
        except subprocess.TimeoutExpired:
            pass
        signalled(child.pid, signal.SIGKILL)
        tell(number, begun, "timeout", None, out, err)
    elif status < 0:
        tell(number, begun, "signal", None, out, err)
    else:
        tell(number, begun, "exit", status, out, err)
    running.discard(child.pid)
def work():
    while True:
        try:
            number, argv, limit = waiting.get_nowait()
        except queue.Empty:
            return
        ask(number, argv, limit)
signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGHUP, end)
width = max(2, min(given["most"], os.cpu_count() or 1))
workers = [threading.Thread(target=work, daemon=True) for _ in range(width)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
os._exit(0)
"""
"""It waits for no child that cannot be ended, and ends its children when it is ended itself."""

WORDS = ("python3", "-Ic", PROGRAM)


def given(questions: Sequence[Question]) -> bytes:
    """Return what the program reads."""
    asked = [[list(question.argv), question.command_s] for question in questions]
    return json.dumps({"most": MOST_AT_ONCE, "kept": KEPT_BYTES, "questions": asked}).encode()


def longest_s(questions: Sequence[Question]) -> float:
    """Return how long the program may take where every question takes all of its time.

    At least two are asked side by side, in the order that was given.
    """
    times = [question.command_s for question in questions]
    return sum(times) / 2 + max(times) + SLACK_S


def answers(questions: Sequence[Question], whole: Answer) -> dict[int, Answer]:
    """Return the answers that one node's output holds, by the place of their question.

    A line that is none of the program's is passed over: its question counts as not answered.
    """
    found: dict[int, Answer] = {}
    for line in whole.stdout.splitlines():
        try:
            told = json.loads(line)
            at = told["n"]
            if type(at) is int and 0 <= at < len(questions) and at not in found:
                found[at] = _answer(questions[at], told, simulated=whole.simulated)
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    return found


def _answer(question: Question, told: Mapping[str, Any], *, simulated: bool) -> Answer:
    """Return one answer as it was told. Raises ValueError, KeyError or TypeError."""
    ended, status = told["ended"], told["status"]
    spent_s, dropped = float(told["s"]), told["dropped"]
    if ended not in _WHY or (status is not None) != (ended == "exit"):
        raise ValueError("it ended in no known way")
    if not (_counts(status or 0, 256) and _counts(dropped, 1 << 50) and 0 <= spent_s < 1e9):
        raise ValueError("its numbers are none")
    return Answer(
        question.node,
        question.argv,
        cast(Ended, ended),
        status,
        spent_s,
        base64.b64decode(told["out"], validate=True),
        base64.b64decode(told["err"], validate=True),
        dropped,
        _WHY[ended].format(question.command_s),
        simulated,
    )


def _counts(number: object, below: int) -> bool:
    """Return whether what a node sent as a count can be one: what is kept of it stays exact."""
    return type(number) is int and 0 <= number < below


_WHY = {"exit": "", "signal": "ended by a signal", "timeout": "no end within {:.3g} s"}
