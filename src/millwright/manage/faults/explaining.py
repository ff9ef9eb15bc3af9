"""A fault as it is explained: its entry, what all say, our steps, and one occurrence decoded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from millwright.manage.faults.advice import PLAIN, Circumstances, advice
from millwright.manage.faults.judging import Judged, said_severity
from millwright.manage.faults.recurrence import OF_JOBS
from millwright.model.catalog import Source
from millwright.model.explanation import Doing, Explanation, Origin, Said
from millwright.model.fault import Advice, Fault, FaultCatalog
from millwright.model.faultwords import RECOVERIES
from millwright.probes.xid_words import LinkError, switch_error


def explained(
    fault: Fault,
    catalog: FaultCatalog,
    sources: Mapping[str, Source],
    circumstances: Circumstances = PLAIN,
) -> Explanation:
    """Return the explanation of a fault by itself, or under circumstances."""
    severity = circumstances.severity or said_severity(fault, None)
    told = Circumstances(circumstances.recovery_action, circumstances.reboots, severity)
    return _explanation(fault, advice(fault, told, catalog.overrides), catalog, sources)


def _explanation(
    fault: Fault, chosen: Advice, catalog: FaultCatalog, sources: Mapping[str, Source]
) -> Explanation:
    group = catalog.groups[fault.group]
    return Explanation(
        id=fault.id,
        kind="fault",
        title=fault.title,
        meaning=fault.meaning,
        severity=chosen.severity,
        facts=tuple(_facts(fault, catalog)),
        advice=chosen,
        steps=tuple(steps(chosen.steps, catalog)),
        see=(f"runbook:{group.name}",),
        sources=origins(_named(fault), sources),
    )


def explained_strike(
    each: Judged, catalog: FaultCatalog, sources: Mapping[str, Source]
) -> Explanation:
    """Return the explanation of what one node's log says, with its words decoded."""
    if each.fault is None:
        told = Explanation(
            id=each.strike.fault,
            kind="fault",
            title="A code that no table here has",
            meaning="UNKNOWN: it is not in the catalogue, which does not make it harmless.",
            severity="unknown",
            advice=each.advice,
            steps=tuple(steps(each.advice.steps, catalog)),
        )
    else:
        told = _explanation(each.fault, each.advice, catalog, sources)
    return told.model_copy(update={"occurrence": tuple(_occurrence(each))})


def steps(actions: Sequence[str], catalog: FaultCatalog) -> Iterator[Doing]:
    """Yield what each action is, in its order."""
    for action in actions:
        step = catalog.steps[action]
        yield Doing(
            action=action,
            title=step.title,
            does=step.does,
            disrupts=step.disrupts,
            commands=step.commands,
            done_when=step.done_when,
            stop=step.stop,
        )


def _facts(fault: Fault, catalog: FaultCatalog) -> Iterator[Said]:
    group = catalog.groups[fault.group]
    yield Said(label="what we would do", value=" > ".join(fault.actions))
    yield Said(label="why", value=fault.why)
    if fault.alone and fault.alone != fault.actions:
        yield Said(label="where it stands alone", value=" > ".join(fault.alone))
    yield Said(label="family", value=fault.family)
    hard = "a hard fact: it may be acted on alone"
    soft = "not by itself: a second family of evidence, or an active test, before anything drastic"
    yield Said(label="evidence", value=hard if fault.hard else soft)
    if fault.mnemonic:
        yield Said(label="mnemonic", value=fault.mnemonic, source=fault.source)
    yield Said(
        label="entry", value=group.title, source=fault.source, confidence=fault.confidence,
        note=fault.note,
    )  # fmt: skip
    if fault.id in OF_JOBS:
        told = "twice alone on one GPU: suspect it and diagnose; on different GPUs: the application"
        yield Said(label="again within 24 hours", value=told, source="nvsentinel-docs")
    if fault.rules is not None:
        yield _counts(fault)
    for shows in group.shows:
        yield Said(label="shows as", value=shows)


def _counts(fault: Fault) -> Said:
    rules = fault.rules
    assert rules is not None
    told = [f"{rules.ignore} end in IGNORE", f"{rules.reset} in RESET"]
    told += [f"{rules.follow} in what Xid 154 says"] if rules.follow else []
    note = "which sub-code ends where is not known here: its severity is UNKNOWN"
    return Said(
        label="decode rules", value=", ".join(told), source="gpud-xid", confidence="spec", note=note
    )


def _occurrence(each: Judged) -> Iterator[Said]:
    strike = each.strike
    yield Said(label="line", value=strike.text)
    if strike.device:
        yield Said(label="device", value=strike.device)
    yield Said(label="count", value=str(strike.count))
    if strike.first_at:
        yield Said(label="first", value=strike.first_at)
    if strike.last_at and strike.last_at != strike.first_at:
        yield Said(label="last", value=strike.last_at)
    for label, values in (("process", strike.processes), ("place", strike.places)):
        if values:
            yield Said(label=label, value=", ".join(values))
    if each.link is not None:
        yield from _link(each.link)
    yield from _switch(strike.text)
    if strike.recovery is not None:
        known = RECOVERIES.get(strike.recovery)
        name = known.name if known else "a value that is not known here"
        yield Said(label="driver asks for", value=f"{strike.recovery}: {name}", source="xid:154")


def _switch(text: str) -> Iterator[Said]:
    if found := switch_error(text):
        yield Said(label="severity", value=found.severity, note="the driver's own word")
        yield Said(label="link", value="UNKNOWN" if found.link is None else str(found.link))


def _link(link: LinkError) -> Iterator[Said]:
    yield Said(label="unit", value=link.unit)
    yield Said(label="severity", value=link.severity, note="the driver's own word of this line")
    yield Said(label="link", value="UNKNOWN" if link.link is None else str(link.link))
    intrinfo = "UNKNOWN" if link.intrinfo is None else f"0x{link.intrinfo:08x}"
    yield Said(label="interrupt word", value=intrinfo)
    sub_code = "UNKNOWN" if link.sub_code is None else str(link.sub_code)
    note = "bits 20 to 25 of the interrupt word; it has no severity of its own here: UNKNOWN"
    yield Said(label="sub-code", value=sub_code, note=note)
    yield Said(label="status", value="UNKNOWN" if link.status is None else f"0x{link.status:08x}")


def _named(fault: Fault) -> Iterator[str]:
    yield fault.source
    for opinion in fault.opinions:
        yield opinion.source


def origins(names: Iterator[str], sources: Mapping[str, Source]) -> tuple[Origin, ...]:
    """Return each source that is known, once."""
    return tuple(
        Origin(
            id=name,
            title=sources[name].title,
            url=sources[name].url,
            edition=sources[name].edition,
            evidence=sources[name].evidence,
        )
        for name in dict.fromkeys(names)
        if name in sources
    )
