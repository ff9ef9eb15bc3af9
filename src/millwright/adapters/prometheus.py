"""Reads telemetry from Prometheus by range queries, with nothing but the standard library.

A token or password comes from a file that nobody else can read, is sent to the host that was
named alone (redirects are refused), and never stands in a URL or an argument.
"""

from __future__ import annotations

import base64
import http.client
import json
import math
import ssl
import stat
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from millwright.adapters.telemetryfile import Reading
from millwright.errors import Exit, MillwrightError
from millwright.model.telemetry import Labels, Telemetry

MOST_BYTES = 1 << 30
_MOST_POINTS = 10_000
"""Prometheus answers 11,000 points a series at most."""
_NODE = ("Hostname", "hostname", "node", "nodename", "host", "instance")
_JOB = ("slurm_job", "slurm_job_id", "hpc_job", "slurmjobid")
_SERIAL = ("serial", "DCGM_FI_DEV_SERIAL", "gpu_serial")
_PLAIN = ("rack", "leaf", "rail", "pdu", "pod", "role", "sku", "maintenance")


class Unreached(MillwrightError):
    """The server did not answer, or not with what was asked for."""

    exit_status = Exit.UNANSWERED


@dataclass(frozen=True, slots=True)
class Server:
    """Where to ask. `authority` and `credentials` are files: certificates, and `token` or
    `user:password`."""

    url: str
    authority: Path | None = None
    credentials: Path | None = None
    timeout_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when, in seconds since 1970, and how far samples are apart."""

    begin: float
    end: float
    step_s: float


class _Staying(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow nobody: what is sent is meant for the host that was named."""
        return None


def read_prometheus(server: Server, names: Sequence[str], span: Span) -> Telemetry:
    """Return the samples of all series of these names that the server has.

    Raises Unreached where the server does not answer, MillwrightError where the URL is wrong.
    """
    base = _base(server.url)
    opener = urllib.request.build_opener(
        _Staying(), urllib.request.HTTPSHandler(context=_trust(server.authority))
    )
    headers = {"Accept": "application/json", **_credentials(server.credentials)}
    reading = Reading()
    request = urllib.request.Request(f"{base}/api/v1/label/__name__/values", headers=headers)
    there = frozenset(map(str, _answer(opener, request, server.timeout_s)))
    for name in (each for each in names if each in there):
        for begin, end in _parts(span):
            asked = {
                "query": f'{{__name__="{_quoted(name)}"}}',
                "start": f"{begin:.3f}", "end": f"{end:.3f}", "step": f"{span.step_s:g}",
            }  # fmt: skip
            url = f"{base}/api/v1/query_range?{urllib.parse.urlencode(asked)}"
            request = urllib.request.Request(url, headers=headers)
            for series in _answer(opener, request, server.timeout_s):
                _take(reading, name, series)
    told = reading.finished()
    if not len(told):
        raise Unreached("Prometheus has no sample of any metric that is judged in that time")
    return told


def asker(server: Server) -> Callable[[str, Mapping[str, str]], list[Any]]:
    """Return who asks a server at a path by a form, and gives what it found.

    Raises MillwrightError where URL, authority or credentials are wrong, and who asks Unreached.
    """
    base, trust = _base(server.url), urllib.request.HTTPSHandler(context=_trust(server.authority))
    opener = urllib.request.build_opener(_Staying(), trust)
    headers = {"Accept": "application/json", **_credentials(server.credentials)}

    def ask(path: str, words: Mapping[str, str]) -> list[Any]:
        form = urllib.parse.urlencode(words).encode()
        request = urllib.request.Request(f"{base}{path}", data=form, headers=headers)
        return _answer(opener, request, server.timeout_s)

    return ask


def _base(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise MillwrightError(f"no URL of Prometheus: {url!r}", hint="https://prometheus:9090")
    if parts.username or parts.password:
        raise MillwrightError(
            "a password in a URL is seen by everybody on this machine",
            hint="put user:password into a file of mode 600 and say --credentials FILE",
        )
    return url.rstrip("/")


def _trust(authority: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(authority) if authority else None)
    except (OSError, ssl.SSLError):
        raise MillwrightError(f"{authority} holds no certificate authority (PEM)") from None


def _credentials(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise MillwrightError(f"{path} can be read by others", hint=f"chmod 600 {path}")
        said = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "no text"
        raise MillwrightError(f"{path} cannot be read: {why}") from None
    if "\n" in said or not said.isascii() or not said:
        raise MillwrightError(f"{path} is no credential", hint="one line: TOKEN or USER:PASSWORD")
    if ":" in said:
        return {"Authorization": f"Basic {base64.b64encode(said.encode()).decode()}"}
    return {"Authorization": f"Bearer {said}"}


def _quoted(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


def _parts(span: Span) -> list[tuple[float, float]]:
    """Return the span in parts that the server answers in one piece."""
    length = span.step_s * _MOST_POINTS
    count = max(1, math.ceil((span.end - span.begin) / length))
    edges = [span.begin + length * at for at in range(count)]
    return [(edge, min(edge + length - span.step_s, span.end)) for edge in edges]


def _answer(
    opener: urllib.request.OpenerDirector, request: urllib.request.Request, timeout_s: float
) -> list[Any]:
    try:
        with opener.open(request, timeout=timeout_s) as answer:
            raw = answer.read(MOST_BYTES + 1)
    except urllib.error.HTTPError as error:
        raise Unreached(f"Prometheus answered {error.code} {error.reason}") from None
    except (OSError, http.client.HTTPException) as error:
        raise Unreached(f"Prometheus did not answer: {getattr(error, 'reason', error)}") from None
    try:
        if len(raw) > MOST_BYTES:
            raise ValueError
        told = json.loads(raw)
        data = told["data"]
        result = data["result"] if isinstance(data, dict) else data
        if told["status"] != "success" or not isinstance(result, list):
            raise ValueError
        return result
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Unreached("what answered is no Prometheus, or answered too much") from None


def _take(reading: Reading, name: str, series: Any) -> None:
    """Append one series; a value that is no number is a gap."""
    try:
        labels = {str(key): str(value) for key, value in series["metric"].items()}
        samples = [(float(moment), float(value)) for moment, value in series["values"]]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Unreached("Prometheus answered with something that is no series") from None
    samples = [(moment, value if math.isfinite(value) else math.nan) for moment, value in samples]
    reading.add((_node(labels), device_of(labels), name), _labels(labels), samples)


def _node(labels: Mapping[str, str]) -> str:
    found = next((labels[key] for key in _NODE if labels.get(key)), "unknown")
    host, colon, port = found.rpartition(":")
    return host if colon and port.isdigit() else found


def device_of(labels: Mapping[str, str]) -> str:
    """Return what of a node a series is about: `gpu3`, `mlx5_0:1`, `cpu7`, a sensor; or nothing."""
    if "gpu" in labels:
        return f"gpu{labels['gpu']}" if labels["gpu"].isdigit() else labels["gpu"]
    if "device" in labels:
        port = labels.get("port", "")
        return f"{labels['device']}:{port}" if port else labels["device"]
    if "cpu" in labels:
        return f"cpu{labels['cpu']}"
    return "/".join(labels[key] for key in ("chip", "sensor", "mountpoint") if key in labels)


def _labels(labels: Mapping[str, str]) -> Labels:
    """Return what peers are told by; `job` is the scrape's own there, and no job of the cluster."""
    found = {key: labels[key] for key in _PLAIN if labels.get(key)}
    if "sku" not in found and labels.get("modelName"):
        found["sku"] = labels["modelName"]
    serial = next((labels[key] for key in _SERIAL if labels.get(key)), "")
    found |= {"serial": serial} if serial else {}
    job = next((labels[key] for key in _JOB if labels.get(key)), "")
    return tuple(sorted({**found, **({"job": job} if job else {})}.items()))
