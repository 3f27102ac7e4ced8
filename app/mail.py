"""Mail goes out through one small door. Without a server it waits where an admin can read it."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import unquote, urlsplit

from content_catalog import SYSTEM, Catalog, outbox


class MailNotSent(Exception):
    """The server refused or did not answer; try again later."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A message to one person."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    def send(self, mail: Mail) -> None:
        """Raises ``MailNotSent``."""
        ...


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """``url`` is smtp://user:password@host:port, or smtps:// for TLS from the first byte."""

    url: str
    timeout_s: float = 10.0

    def send(self, mail: Mail) -> None:
        parts = urlsplit(self.url)
        message = EmailMessage()
        message["To"], message["Subject"] = mail.to, mail.subject
        message["From"] = f"Collateral Finder <finder@{parts.hostname}>"
        message.set_content(mail.text)
        try:
            with self._connect(parts.hostname or "", parts.port) as server:
                if parts.username:
                    server.login(unquote(parts.username), unquote(parts.password or ""))
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            raise MailNotSent(str(error)) from error

    def _connect(self, host: str, port: int | None) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if urlsplit(self.url).scheme == "smtps":
            return smtplib.SMTP_SSL(host, port or 465, timeout=self.timeout_s, context=context)
        server = smtplib.SMTP(host, port or 587, timeout=self.timeout_s)
        try:
            server.ehlo()  # what the server offers is known only from its answer to this
            if server.has_extn("starttls"):
                server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server


@dataclass(frozen=True, slots=True)
class NoMailServer:
    """No server is set: the mail waits in the outbox until an admin hands it over."""

    catalog: Catalog

    def send(self, mail: Mail) -> None:
        with self.catalog.work(SYSTEM) as work:
            outbox.keep(work, mail.to, mail.subject, mail.text)


def open_mailer(url: str, catalog: Catalog) -> Mailer:
    return SmtpMailer(url) if url else NoMailServer(catalog)
