"""What compliance asks of a node beside what every look of day 2 asks."""

from __future__ import annotations

from collections.abc import Sequence

from millwright.manage import programs
from millwright.manage.comply.programs import FLOWS, HOUSE, PENDING
from millwright.manage.questions import QUESTIONS, Question

OWN: Sequence[Question] = (
    Question(
        "resolvers",
        programs.words(
            programs.FILES, "/etc/resolv.conf", "/run/systemd/resolve/resolv.conf",
            "/etc/systemd/resolved.conf",
        ),
    ),
    Question("flows", programs.words(FLOWS)),
    Question("house", programs.words(HOUSE)),
    Question("pending", programs.words(PENDING), command_s=75.0),
    Question("wireguard", ("wg", "show", "all", "allowed-ips")),
    Question("ipsec", ("ip", "xfrm", "policy")),
    Question("audit-status", ("auditctl", "-s")),
    Question("audit-rules", ("auditctl", "-l")),
)  # fmt: skip
"""`ip xfrm state` would tell keys, and is not asked."""
ASKED: Sequence[Question] = (*QUESTIONS, *OWN)


def names_by_words() -> dict[tuple[str, ...], str]:
    """Return the question of each list of words: kept evidence is read back by it."""
    return {question.argv: question.id for question in ASKED}
