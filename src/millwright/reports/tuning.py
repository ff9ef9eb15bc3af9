"""How tuning is told: notes, what would change, how nodes comply, what was gained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from millwright.model.nodeset import folded
from millwright.model.tuned import Compliance, Conflict, Gain
from millwright.model.tuning import TuningNote, Wanted
from millwright.model.verdict import worst
from millwright.reports.table import Table, left


def notes_table(notes: Iterable[TuningNote], gains: Mapping[str, Gain]) -> Table:
    """Return all notes, with the last thing that was measured of each here."""
    rows = [
        (
            note.name,
            str(note.version),
            str(note.date),
            ", ".join(note.roles),
            len(note.shared) + len(note.parameters),
            gain_words(gains[note.name]) if note.name in gains else "",
            note.title,
        )
        for note in notes
    ]
    heads = ("note", "version", "date", "for", "parameters", "measured here", "what for")
    return Table("Tuning notes", left(*heads), tuple(rows))


def note_document(note: TuningNote, gains: Sequence[Gain], wants: Sequence[Wanted]) -> Any:
    """Return one note as JSON."""
    return {
        "schema": "millwright.tuning-note/1",
        **note.model_dump(mode="json"),
        "wanted": [each.model_dump(mode="json") for each in wants],
        "gains": [gain.model_dump(mode="json", by_alias=True) for gain in gains],
    }


def wanted_table(note: TuningNote, wants: Sequence[Wanted]) -> Table:
    """Return the parameters of a note, with who says each."""
    rows = [
        (
            want.name,
            f"{want.kind} {want.key}",
            want.want or "(untouched)",
            _mark(want),
            f"{want.source}, {want.confidence}{', of this site' if want.overridden else ''}",
            want.why,
        )
        for want in wants
    ]
    heads = ("parameter", "what", "wanted", "", "source", "why")
    return Table(f"{note.name} {note.version}: {note.title}", left(*heads), tuple(rows))


def _mark(want: Wanted) -> str:
    words = (
        ("only looked at", want.checked),
        ("where it is named", not want.checked and not want.gates),
        ("on drained nodes", want.disruptive),
        ("from the next start", want.reboot),
    )
    return ", ".join(word for word, holds in words if holds)


def gain_words(gain: Gain) -> str:
    """Return what was measured, in one line."""
    mark = " SIMULATED" if gain.simulated else ""
    kept = "kept" if gain.kept else "reverted"
    if gain.gain is None or gain.low is None or gain.high is None:
        return f"{gain.test}: nothing could be said, {kept}{mark}"
    span = f"{gain.low:+.1%} to {gain.high:+.1%}"
    return f"{gain.test} {gain.gain:+.1%} ({span}), {kept}{mark}"


def gain_lines(gains: Sequence[Gain]) -> Iterator[str]:
    """Yield what a note brought at this site, the last first."""
    for gain in reversed(gains):
        yield f"  {gain.at}  {gain.node}  version {gain.version}  {gain_words(gain)}"


def plan_table(title: str, rows: Iterable[tuple[str, str, str, str]]) -> Table:
    """Return what would change: node, what, now and then; nodes with the same are one row."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for node, what, now, then in rows:
        groups.setdefault((what, now, then), []).append(node)
    told = [(_few(nodes), what, now, then) for (what, now, then), nodes in groups.items()]
    return Table(title, left("nodes", "what", "now", "then"), tuple(told))


def _few(nodes: Iterable[str]) -> str:
    unique = sorted(set(nodes))
    return f"{folded(unique)} ({len(unique)})"


def remark_lines(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield remarks, each with all nodes that it is about."""
    groups: dict[str, list[str]] = {}
    for node, text in rows:
        groups.setdefault(text, []).append(node)
    for text, nodes in groups.items():
        yield f"  {_few(nodes)}  {text}"


def compliance_table(title: str, found: Iterable[Compliance], *, everything: bool) -> Table:
    """Return how parameters stand; what is as it should be is left out unless all is wanted."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for each in found:
        if everything or each.word not in ("ok", "absent", "untouched"):
            verdict = str(each.verdict) if each.word not in ("absent", "untouched") else each.word
            want = each.wanted
            detail = "; ".join(word for word in (each.detail, want.source) if word)
            key = (verdict, want.note, want.name, each.found, want.want, detail)
            groups.setdefault(key, []).append(each.node)
    rows = tuple((_few(nodes), *key) for key, nodes in groups.items())
    heads = ("nodes", "verdict", "note", "parameter", "found", "wanted", "why")
    return Table(title, left(*heads), rows)


def conflict_lines(found: Iterable[Conflict]) -> Iterator[str]:
    """Yield conflicts, each with all nodes that have it."""
    return remark_lines(
        (each.node, f"CONFLICT {each.rule}: {each.what} ({each.remedy})") for each in found
    )


def standing_lines(
    found: Sequence[Compliance], silent: Mapping[str, str], mark: str, *, named: bool
) -> Iterator[str]:
    """Yield how nodes stand by each note, folded, and who said nothing."""
    groups: dict[str, list[str]] = {}
    by_node: dict[tuple[str, str], list[Compliance]] = {}
    for each in found:
        by_node.setdefault((each.node, each.wanted.note), []).append(each)
    for (node, note), all_of in by_node.items():
        judged = [each for each in all_of if each.word not in ("absent", "untouched")]
        verdict = worst(each.verdict for each in judged)
        well = sum(1 for each in judged if each.word == "ok")
        gone = len(all_of) - len(judged)
        text = (
            f"{note}  {verdict}  {well} of {len(judged)} as wanted, {gone} not there or untouched"
        )
        groups.setdefault(text, []).append(node)
    for text, nodes in groups.items():
        yield f"{_few(nodes)}  {text}{mark}"
    if not found and not silent:
        none = "no note is in force: name one, or look at `tune list`"
        yield "none of these notes is for any of these nodes" if named else none
    yield from (f"{node}  UNKNOWN  {why}{mark}" for node, why in silent.items())


def compliance_document(
    found: Sequence[Compliance], clashes: Sequence[Conflict], silent: Mapping[str, str]
) -> dict[str, Any]:
    """Return how nodes comply, as JSON."""
    return {
        "findings": [
            {
                "node": each.node,
                "note": each.wanted.note,
                "version": each.wanted.version,
                "parameter": each.wanted.name,
                "kind": each.wanted.kind,
                "key": each.wanted.key,
                "word": each.word,
                "verdict": each.verdict,
                "found": each.found,
                "wanted": each.wanted.want,
                "detail": each.detail,
                "source": each.wanted.source,
                "confidence": each.wanted.confidence,
            }
            for each in found
        ],
        "conflicts": [
            {key: getattr(each, key) for key in ("node", "rule", "what", "remedy", "grave")}
            for each in clashes
        ],
        "silent": dict(silent),
    }
