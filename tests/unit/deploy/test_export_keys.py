"""Keys that are let in: public ones, whole, one line each."""

from __future__ import annotations

import base64

import pytest

from millwright.deploy.export.keys import WrongKey, public_keys


def line(kind: str = "ssh-ed25519", inside: str = "", remark: str = "") -> str:
    name = (inside or kind).encode()
    body = base64.b64encode(len(name).to_bytes(4, "big") + name + b"\0" * 36).decode()
    return f"{kind} {body} {remark}".strip()


def test_keys_are_taken_once_each_in_their_order() -> None:
    text = f"# ours\n\n{line(remark='me@desk')}\r\n{line('ssh-rsa')}\n{line(remark='me@desk')}\n"
    assert public_keys(text, "k.pub") == (line(remark="me@desk"), line("ssh-rsa"))


@pytest.mark.parametrize("remark", ["a b", "$(id)", "x'y", "{{ x }}", "\u202e"])
def test_an_odd_remark_is_left_out(remark: str) -> None:
    assert public_keys(line(remark=remark), "k.pub") == (line(),)


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n",
        "-----BEGIN RSA PRIVATE KEY-----\n",
        f"{line()}\n-----BEGIN EC PRIVATE KEY-----\n",
        "PuTTY-User-Key-File-3: ssh-ed25519\n",
    ],
)
def test_a_private_key_is_refused_loudly(text: str) -> None:
    with pytest.raises(WrongKey, match="PRIVATE") as refusal:
        public_keys(text, "id_ed25519")
    assert refusal.value.hint == "give the public one, often id_ed25519.pub"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "ssh-ed25519\n",
        "ssh-ed25519 AAAA\n",
        "ssh-ed25519 !!!! me\n",
        line("ssh-ed25519", inside="ssh-rsa"),
        line("ssh-dss"),
        f'command="id" {line()}',
        "\n".join(line(remark=f"n{number}") for number in range(33)),
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(WrongKey):
        public_keys(text, "k.pub")
