"""The package for a customer: a site of pages, one document on paper, a workbook's sheets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from millwright.reports.handoffbuilt import built_chapters
from millwright.reports.handoffcare import care_chapters
from millwright.reports.handover import Chapter, Handover, Missing, bare
from millwright.reports.judgement import mark
from millwright.reports.page import (
    SIMULATED,
    Block,
    Fact,
    Facts,
    Field,
    Grid,
    Link,
    Mark,
    Notice,
    Page,
    Paragraph,
    Section,
    Signatures,
)

WHAT = "Handover package"
INDEX = "index.html"
ACCEPTANCE = (
    "What is handed over is what these pages tell, with what they say is missing, not proven or "
    "not known."
)


def chapters(handover: Handover) -> tuple[Chapter, ...]:
    """Return all chapters but the summary, in the order in which they are read."""
    return (*built_chapters(handover), *care_chapters(handover))


def all_missing(told: Sequence[Chapter]) -> list[tuple[str, Missing]]:
    """Return everything that belongs into the package and is not there, with its chapter."""
    return [(chapter.title, each) for chapter in told for each in chapter.missing]


def site_pages(handover: Handover) -> dict[str, Page]:
    """Return the pages of the site by their file names."""
    told = chapters(handover)
    links = (Link("Summary", INDEX), *(Link(c.title, f"{c.id}.html") for c in told))
    pages = {INDEX: _page(handover, (_summary(handover, told), _contents(told), _signed(handover)))}
    pages |= {f"{c.id}.html": _page(handover, (c.section(),), c.title) for c in told}
    return {name: replace(page, site=links) for name, page in pages.items()}


def paper(handover: Handover) -> Page:
    """Return all chapters as one document; long lists are shortened, and say where they go on."""
    told = chapters(handover)
    sections = (_summary(handover, told), *(c.section(paper=True) for c in told), _signed(handover))
    return _page(handover, sections)


def _page(handover: Handover, sections: tuple[Section, ...], part: str = "") -> Page:
    factory = handover.factory
    title = factory.customer or factory.name
    return Page(
        what=f"{WHAT}: {part}" if part else WHAT,
        title=f"{title}: {factory.name}" if factory.customer else factory.name,
        first_line=_first_line(handover),
        sections=sections,
        made=handover.made,
        by=handover.by,
        notices=(SIMULATED,) if handover.simulated else (),
        facts=(
            Fact("Prepared by", handover.said.prepared_by or "not said"),
            Fact("Signed by", handover.signer or "NOT SIGNED"),
        ),
        paper="landscape",
    )


def _first_line(handover: Handover) -> str:
    cluster, found = handover.built.cluster, handover.accepted
    verdict = f"verdict of the burn-in: {found.judged.verdict}" if found else "no verdict yet"
    return (
        f"{cluster.nodes:,} nodes with {cluster.gpus:,} GPUs in {cluster.racks.total:,} racks, "
        f"{len(handover.built.cables):,} cables; {verdict}."
    )


def _summary(handover: Handover, told: Sequence[Chapter]) -> Section:
    cluster = handover.built.cluster
    figures = Facts(
        (
            Fact("Nodes", cluster.nodes),
            Fact("GPUs", cluster.gpus),
            Fact("Racks", cluster.racks.total),
            Fact("Cables", len(handover.built.cables)),
        ),
        large=True,
    )
    blocks: list[Block] = [figures, _stands(handover), *_for_what(handover)]
    absent = all_missing(told)
    if absent:
        rows = tuple((title, each.what.rstrip(":"), bare(each.how)) for title, each in absent)
        fields = (
            Field("chapter"),
            Field("what is missing", share=3),
            Field("what brings it", share=2),
        )
        blocks.append(
            Notice(
                "INCOMPLETE",
                f"{len(rows)} things that belong here are not in the "
                "workspace. They are named, and nothing was put in their place.",
                "unknown",
            )
        )
        blocks.append(Grid(fields, rows, "Missing"))
    return Section("summary", "Executive summary", tuple(blocks))


def _stands(handover: Handover) -> Facts:
    found, unknown = handover.accepted, Mark("MISSING", "unknown")
    hosts = {host for host, _ in handover.ledger}
    bad = sum(done.standing in ("failed", "unknown") for done in handover.ledger.values())
    roles = f"{len(hosts):,} hosts, {len(handover.ledger):,} roles"
    items = f"{len(handover.stock.assets.items):,} items read" if handover.stock else unknown
    digest = handover.built.digests.get("cluster.json", "")[:16]
    return Facts(
        (
            Fact("Design", digest, "SHA-256 of cluster.json"),
            Fact("Deployed", roles if hosts else unknown,
                 f"{bad:,} failed or unknown" if hosts else ""),
            Fact("Acceptance", mark(found.judged.verdict) if found else unknown),
            Fact("Serial numbers", items),
            Fact("Evidence", f"{len(handover.runs):,} runs" if handover.runs else unknown),
            Fact("State of", handover.made or "no time is told by anything in it"),
        )
    )  # fmt: skip


def _for_what(handover: Handover) -> Iterator[Block]:
    works = handover.factory.workloads
    if not works:
        yield Paragraph("The spec names no workloads: what the factory is for stands elsewhere.")
        return
    fields = (Field("workload", "code"), Field("kind"), Field("tier", "code"),
              Field("available", "number"), Field("data", "code"))  # fmt: skip
    rows = tuple(
        (w.name, w.kind, w.tier, w.availability, w.data.class_ if w.data else None) for w in works
    )
    yield Grid(fields, rows, "What it is for")


def _contents(told: Sequence[Chapter]) -> Section:
    rows: list[tuple[Link, str, Mark]] = [
        (Link(c.title, f"{c.id}.html"), c.lead, _state(c)) for c in told
    ]
    fields = (Field("chapter"), Field("what it tells", share=3), Field("is", "mark"))
    files = (
        (Link("handoff.pdf", "handoff.pdf"), "all chapters on paper"),
        (Link("handoff.xlsx", "handoff.xlsx"), "all lists as sheets"),
        (Link("tables/cables.csv", "tables/cables.csv"), "every cable, both ends"),
        (Link("tables/addresses.csv", "tables/addresses.csv"), "every address"),
        (Link("design/bom.xlsx", "design/bom.xlsx"), "the bill of materials"),
        (Link("design/factory.yaml", "design/factory.yaml"), "what was asked for"),
        (Link("MANIFEST.json", "MANIFEST.json"), "all files with their digests, signed"),
        (Link("VERIFY.txt", "VERIFY.txt"), "how to check them, with millwright or without"),
    )
    shown = (Field("file"), Field("what it is", share=3))
    return Section(
        "contents", "Chapters and files", (Grid(fields, tuple(rows)), Grid(shown, files))
    )


def _state(chapter: Chapter) -> Mark:
    count = len(chapter.missing)
    return Mark(f"{count} missing", "unknown") if count else Mark("there", "plain")


def _signed(handover: Handover) -> Section:
    roles = ("Handed over by", "Received by")
    return Section("signatures", "Signatures", (Signatures(ACCEPTANCE, roles),))
