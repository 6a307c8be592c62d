#!/usr/bin/python3
"""A real SMTP server for tests (aiosmtpd) that keeps what it takes as files.

  tests/services/smtp.py DIR plain|starttls|tls     prints its port; ends when standard input does

Mails are DIR/1.eml, DIR/2.eml ... With TLS, DIR/ca.pem is to be trusted, and the user `app` with
the password `fixture-pw` must sign in. Recipients that begin with `busy` are refused for now (450),
with `gone` for good (550); mails with `Subject: spam` are refused for good after DATA (554), and so
is any sender that begins with `nobody` (553).
"""
import asyncio
import pathlib
import ssl
import subprocess
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, folder):
        self.folder, self.count = folder, 0

    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "553 this sender is not known here"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        for start, answer in (("busy", "450 come back later"), ("gone", "550 nobody of that name")):
            if address.startswith(start):
                return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if b"Subject: spam" in envelope.content:
            return "554 not wanted"
        self.count += 1
        part = self.folder / "part"
        part.write_bytes(f"X-To: {','.join(envelope.rcpt_tos)}\r\n".encode() + envelope.content)
        part.rename(self.folder / f"{self.count}.eml")
        return "250 taken"


def sign_in(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (b"app", b"fixture-pw")
    return AuthResult(success=good, handled=good)


def certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", folder / "key.pem", "-out", folder / "ca.pem"],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context


async def serve(folder, kind):
    options, implicit = {}, None
    if kind != "plain":
        options = {"authenticator": sign_in, "auth_required": True}
        context = certificate(folder)
        if kind == "starttls":
            options |= {"tls_context": context, "require_starttls": True}
        else:
            options["auth_require_tls"] = False  # the whole connection is TLS
            implicit = context
    loop, handler = asyncio.get_running_loop(), Handler(folder)
    server = await loop.create_server(
        lambda: SMTP(handler, hostname="127.0.0.1", loop=loop, **options), "127.0.0.1", 0,
        ssl=implicit)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(pathlib.Path(sys.argv[1]), sys.argv[2]))
