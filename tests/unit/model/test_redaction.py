"""Secrets do not reach evidence, and evidence keeps everything else."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.model.redaction import redacted, redacted_words

KEY = b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (
            KEY + b"after\n",
            b"-----BEGIN OPENSSH PRIVATE KEY-----<redacted>\nafter\n",
        ),
        (KEY[:60], b"-----BEGIN OPENSSH PRIVATE KEY-----<redacted>"),
        (b"StoragePass=hunter22 x=1", b"StoragePass=<redacted> x=1"),
        (b"StorageUser=slurm\nPassword: 'a b'", b"StorageUser=slurm\nPassword: '<redacted>'"),
        (b'{"api_key": "abc", "n": 1}', b'{"api_key": "<redacted>", "n": 1}'),
        (b'{"spec_store_bypass": "Mitigation: on"}', b'{"spec_store_bypass": "Mitigation: on"}'),
        (b"Authorization: Bearer abc.def", b"Authorization: Bearer <redacted>"),
        (b"root:$6$salt$hash:19000:0", b"root:$6$<redacted>:19000:0"),
        (b"mysql://u:pw@db/x", b"mysql://u:<redacted>@db/x"),
        (b"id AKIAABCDEFGHIJKLMNOP", b"id <redacted>"),
    ],
)
def test_shapes_of_secrets_are_taken_out(said: bytes, kept: bytes) -> None:
    assert redacted(said) == kept


@pytest.mark.parametrize(
    "said",
    [
        b"GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-2ec421d6-4a91-2faa-1222-9d28af258ee8)\n",
        b"10:22:31 up 3 days, load average: 0.1\n",
        b"PasswordAuthentication no\npermitrootlogin without-password\n",
        b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI x\n",
        b"tokens per second 1234\n",
        b"00:00:5e:00:53:01 http://10.0.0.1:8080/path\n",
    ],
)
def test_ordinary_outputs_stay_as_they_are(said: bytes) -> None:
    assert redacted(said) == said


@given(around=st.binary(max_size=40), secret=st.binary(min_size=6, max_size=20))
def test_a_known_secret_is_nowhere_in_what_is_kept(around: bytes, secret: bytes) -> None:
    kept = redacted(around + secret + around, [secret])
    assert secret not in kept.replace(b"<redacted>", b"")


def test_words_of_a_command_hide_what_follows_a_password_flag() -> None:
    words = ["tool", "--password", "hunter22", "--api-key=abc", "-v", "my-secret-thing"]
    assert redacted_words(words, [b"my-secret-thing"]) == (
        "tool",
        "--password",
        "<redacted>",
        "--api-key=<redacted>",
        "-v",
        "<redacted>",
    )


@pytest.mark.parametrize(
    "piece", [b"x", b"x.", b"a-", b"--", b"a:", b"http://", b"password=", b"_"]
)
def test_long_words_are_read_once(piece: bytes) -> None:
    """Reading them from every position again would take hours for what one node may say."""
    words = piece * (400_000 // len(piece))
    begun = time.process_time()
    redacted(words)
    assert time.process_time() - begun < 10
