"""iperf3, client or server, as JSON (whole, or an event a line) or as text."""

from __future__ import annotations

from millwright.probes.iperf3_facts import Flow, Transfer, measurements_of
from millwright.probes.iperf3_text import protocol_of, read_text
from millwright.probes.json_documents import Documents
from millwright.probes.json_node import Node
from millwright.probes.node_numbers import near, real, whole
from millwright.probes.reading import Problem, Reading, is_simulated

TOOL = "iperf3"
_SUMS = (
    ("sum_sent", "sender", False),
    ("sum_received", "receiver", False),
    ("sum_sent_bidir_reverse", "sender", True),
    ("sum_received_bidir_reverse", "receiver", True),
)


def command(server: str, seconds: int, streams: int) -> list[str]:
    """Return what to run on a client; the server runs `iperf3 -s -1`."""
    return ["iperf3", "-J", "-c", server, "-t", str(seconds), "-P", str(streams)]


def read(text: str) -> Reading[Transfer]:
    """Return a run, by direction; one that ended by an error has no measurement."""
    if text.removeprefix("\ufeff").lstrip().startswith("{"):
        facts, problems = _from_json(text)
    else:
        facts, problems = read_text(text)
    if facts.error is not None:
        problems.append(Problem(f"iperf3 says: {facts.error}"))
    elif not facts.done or not facts.flows:
        problems.append(Problem("the run does not come to its sums"))
    measurements = tuple(measurements_of(facts))
    return Reading(TOOL, facts, measurements, tuple(problems), is_simulated(text))


def _from_json(text: str) -> tuple[Transfer, list[Problem]]:
    log = Documents(text)
    problems = list(log.problems)
    begin, end, error = _parts(log.nodes, problems)
    test = begin.at("test_start")
    flows = []
    for name, kind, back in _SUMS:
        if end.at(name).members:
            flow = _flow(end.at(name), "sender" if kind == "sender" else "receiver", back)
            if flow is None:
                problems.append(Problem(f"{name} contradicts itself"))
            else:
                flows.append(flow)
    reverse = whole(test.at("reverse"))
    facts = Transfer(
        version=begin.at("version").said,
        host=begin.at("connecting_to", "host").said,
        protocol=protocol_of(test.at("protocol").said),
        streams=whole(test.at("num_streams")),
        reverse=None if reverse is None else bool(reverse),
        flows=tuple(flows),
        error=error,
        done=bool(end.members),
    )
    return facts, problems


def _parts(nodes: list[Node], problems: list[Problem]) -> tuple[Node, Node, str | None]:
    """Return begin, end and error: parts of one document, or each an event's data."""
    events = {node.at("event").said: node.at("data") for node in nodes if node.at("event").said}
    if events:
        error = events.get("error", Node()).said
        return events.get("start", Node()), events.get("end", Node()), error
    runs = [node for node in nodes if node.at("start").members]
    if len(runs) > 1:
        problems.append(Problem(f"{len(runs)} runs in one output: the last one is read"))
    run = runs[-1] if runs else Node()
    return run.at("start"), run.at("end"), run.at("error").said


def _flow(node: Node, end: str, back: bool) -> Flow | None:
    """Return a sum whose bits are its bytes by time; UDP senders do not know what was lost."""
    rate, seconds, size = (real(node.at(key)) for key in ("bits_per_second", "seconds", "bytes"))
    if rate is None or rate < 0:
        return None
    if seconds and size is not None and not near(rate, 8 * size / seconds, 0.02, 1.0):
        return None
    lost, packets = whole(node.at("lost_packets")), whole(node.at("packets"))
    if lost is not None and packets is not None and not 0 <= lost <= packets:
        return None
    return Flow(
        end="sender" if end == "sender" else "receiver",
        back=back,
        gbps=rate / 1e9,
        seconds=seconds,
        retransmits=whole(node.at("retransmits")),
        jitter_ms=real(node.at("jitter_ms")),
        lost=lost,
        packets=packets,
    )
