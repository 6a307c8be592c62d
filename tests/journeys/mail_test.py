#!/usr/bin/python3
"""Mails of the real binary to a real SMTP server (TLS, sign-in): an address is confirmed, a
forgotten password is reset, and what matters for safety is told.

  tests/journeys/mail_test.py        AIDITOR_BIN names the folder of the program
"""
import email
import email.policy
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
import program  # noqa: E402  (tests/program.py)
import service_client  # noqa: E402
from service_client import until  # noqa: E402
from sign_up_test import OTHER, PASSWORD, Person  # noqa: E402


class Mails:
    """tests/services/smtp.py with STARTTLS."""

    def __init__(self, folder):
        self.folder, self.read = folder, 0
        self.process = subprocess.Popen(
            ["/usr/bin/python3", HERE.parent / "services" / "smtp.py", folder, "starttls"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        (folder / "password").write_text("fixture-pw\n")
        self.settings = {
            "AIDITOR_SMTP_URL": "smtp://127.0.0.1:" + self.process.stdout.readline().strip(),
            "AIDITOR_SMTP_FROM": "aiditor@example.org", "AIDITOR_SMTP_USER": "app",
            "AIDITOR_SMTP_PASSWORD_FILE": str(folder / "password"),
            "AIDITOR_SMTP_CA": str(folder / "ca.pem")}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=10)

    def next(self):
        """(to, subject, text) of the next mail."""
        path = self.folder / f"{self.read + 1}.eml"
        until(f"mail {self.read + 1}", path.exists, 60)
        self.read += 1
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        return mail["X-To"], mail["Subject"], mail.get_content()


def secret_in(text):
    return re.search(r"#(\S+)", text)[1]


def journey(tally, server, mails):
    def same(name, seen, wanted):
        tally.add(name, [] if seen == wanted else [f"{seen} instead of {wanted}"])

    ann = Person(server)
    form = {"email": "ann@x.org", "password": PASSWORD}
    ann.json("POST", "/api/v1/auth/register", form, status=202)
    to, subject, text = mails.next()
    same("a link comes to the address", (to, subject), ("ann@x.org", "Your Aiditor account"))
    same("nobody is in before it was followed",
         ann.status("POST", "/api/v1/auth/sign_in", form), 403)
    ann.json("POST", "/api/v1/auth/verify", {"secret": secret_in(text), "password": PASSWORD},
             status=204)
    ann.sign_in("ann@x.org")
    other = Person(server)
    other.sign_in("ann@x.org")
    same("a new device is told of", mails.next()[1], "A new device signed in to Aiditor")
    workspace = ann.first_workspace()
    ann.json("POST", "/api/v1/me/api_keys",
             {"workspace_id": workspace, "name": "script", "scopes": ["read"]}, status=201)
    same("a new key is told of", mails.next()[1], "An Aiditor API key was made")
    nobody = Person(server)
    for address in ("unknown@x.org", "ann@x.org"):
        nobody.json("POST", "/api/v1/auth/request_reset", {"email": address}, status=204)
    to, _, text = mails.next()
    same("a forgotten password is asked for by whoever has the address", to, "ann@x.org")
    nobody.json("POST", "/api/v1/auth/reset", {"secret": secret_in(text), "password": OTHER},
                status=204)
    same("everybody is out then", ann.status("GET", "/api/v1/me"), 401)
    same("and told so", mails.next()[1], "Your Aiditor password was changed")
    nobody.sign_in("ann@x.org", OTHER)
    for address in ("gone@x.org", "bob@x.org"):
        nobody.json("POST", "/api/v1/auth/register", {"email": address, "password": PASSWORD},
                    status=202)
    to = [mails.next()[0], mails.next()[0]]
    same("an address that does not exist stops no other mail", sorted(to),
         ["ann@x.org", "bob@x.org"])
    troubles = [line["message"] for line in server.said if line.get("event") == "trouble"]
    same("and the operator's log says why, without the address",
         (len(troubles), "550" in troubles[0], "gone@" in troubles[0]), (1, True, False))


def main():
    tally = program.Tally("mail")
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as box:
        with Mails(pathlib.Path(box)) as mails, service_client.Server(
                pathlib.Path(name), {"AIDITOR_ACCOUNTS": "open"} | mails.settings) as server:
            journey(tally, server, mails)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
