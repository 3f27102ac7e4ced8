"""Mail over a real socket: what is said to the server, in which order, and when there is none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import pytest

from app.mail import Mail, MailNotSent, SmtpMailer

LETTER = Mail("dana@example.com", "Your password", "Open this link.")
SECONDS = 10.0


class Server:
    """Talks SMTP to one caller, offers ``extensions`` and keeps the commands it was sent."""

    def __init__(self, *extensions: str) -> None:
        self.extensions = extensions
        self.commands: list[str] = []
        self.letter: list[str] = []

    def serve(self, listener: socket.socket) -> None:
        caller, _ = listener.accept()
        with caller, caller.makefile("rw", encoding="utf-8", newline="\r\n") as talk:
            self._say(talk, "220 here")
            for line in talk:
                self.commands.append(line.split(":")[0].strip())
                verb = line.split()[0].upper()
                if verb == "EHLO":
                    lines = ["here", *self.extensions]
                    for text in lines[:-1]:
                        self._say(talk, f"250-{text}")
                    self._say(talk, f"250 {lines[-1]}")
                elif verb == "DATA":
                    self._say(talk, "354 go on")
                    for text in talk:
                        if text.strip() == ".":
                            break
                        self.letter.append(text.strip())
                    self._say(talk, "250 taken")
                elif verb == "STARTTLS":
                    self._say(talk, "454 not now")
                elif verb == "QUIT":
                    self._say(talk, "221 bye")
                    return
                else:
                    self._say(talk, "250 fine")

    def _say(self, talk: TextIO, text: str) -> None:
        talk.write(f"{text}\n")
        talk.flush()


@contextmanager
def serving(*extensions: str) -> Iterator[tuple[Server, SmtpMailer]]:
    server = Server(*extensions)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(SECONDS)
        thread = threading.Thread(target=server.serve, args=(listener,))
        thread.start()
        yield server, SmtpMailer(f"smtp://127.0.0.1:{listener.getsockname()[1]}", SECONDS)
        thread.join(SECONDS)


def test_a_server_that_offers_encryption_is_asked_for_it_before_any_letter() -> None:
    with serving("SIZE 1000", "STARTTLS") as (server, mailer), pytest.raises(MailNotSent):
        mailer.send(LETTER)
    assert [c.split()[0].upper() for c in server.commands][:2] == ["EHLO", "STARTTLS"]
    assert server.letter == []


def test_a_server_without_encryption_gets_the_letter() -> None:
    with serving("SIZE 1000") as (server, mailer):
        mailer.send(LETTER)
    assert "To: dana@example.com" in server.letter
    assert "Open this link." in server.letter
    assert "STARTTLS" not in [c.upper() for c in server.commands]


def test_no_server_there_is_mail_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(MailNotSent):
        SmtpMailer(f"smtp://127.0.0.1:{port}", SECONDS).send(LETTER)
