#!/usr/bin/python3
"""Accounts over the real binary, on SQLite and on PostgreSQL: the set-up link makes an operator,
people register and sign in, two clips become a montage that nobody else sees, and what ends a
session ends it.

  tests/journeys/sign_up_test.py        AIDITOR_BIN names the folder of the program
"""
import base64
import hmac
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
import program  # noqa: E402  (tests/program.py)
import serve_test  # noqa: E402
import service_client  # noqa: E402
from service_client import until  # noqa: E402

PASSWORD, OTHER = "correct horse battery", "four other words here"


class Person:
    """Somebody with a browser: questions to a server, with the cookies that it gave."""

    json = service_client.Server.json
    pages = service_client.Server.pages
    first_workspace = service_client.Server.first_workspace

    def __init__(self, server, headers=None):
        self.server, self.cookies = server, {}
        self.headers = {"Sec-Fetch-Site": "same-origin"} if headers is None else headers

    def ask(self, method, path, body=None, headers=None, timeout=60):
        """As pages do, stays signed in: an access token lasts ten minutes."""
        answer = self._ask(method, path, body, headers, timeout)
        if answer[0] != 401 or path.startswith("/api/v1/auth/") or not self.cookies:
            return answer
        if self._ask("POST", "/api/v1/auth/refresh", {}, {}, timeout)[0] != 200:
            return answer
        return self._ask(method, path, body, headers, timeout)

    def _ask(self, method, path, body, headers, timeout):
        headers = self.headers | dict(headers or {})
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        code, answered, text = self.server.ask(method, path, body, headers, timeout)
        for line in answered.get_all("Set-Cookie") or []:
            name, value = line.split(";")[0].split("=", 1)
            self.cookies[name] = value
            if not value:
                del self.cookies[name]
        return code, answered, text

    def status(self, method, path, body=None, headers=None):
        return self.ask(method, path, body, headers)[0]

    def register(self, email, **more):
        self.json("POST", "/api/v1/auth/register",
                  {"email": email, "password": PASSWORD, **more}, status=202)
        return self.sign_in(email)

    def sign_in(self, email, password=PASSWORD, **more):
        return self.json("POST", "/api/v1/auth/sign_in",
                         {"email": email, "password": password, **more})


def one_time_code(secret, step=None):
    """RFC 6238, the other way round than the program has it."""
    step = int(time.time()) // 30 if step is None else step
    digest = hmac.new(base64.b32decode(secret + "=" * (-len(secret) % 8)),
                      step.to_bytes(8, "big"), "sha1").digest()
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at:at + 4], 'big') & 0x7fffffff) % 10**6:06d}"


def secret_of(link):
    return link.split("#", 1)[1]


class Journey:
    def __init__(self, tally, server, folder, engine):
        self.tally, self.server, self.folder, self.engine = tally, server, folder, engine
        self.begun = time.monotonic()

    def step(self, name, problem=None):
        now = time.monotonic()
        self.tally.add(f"{self.engine}: {name}", [problem] if problem else [], now - self.begun)
        self.begun = now

    def same(self, name, seen, wanted):
        self.step(name, None if seen == wanted else f"{seen} instead of {wanted}")

    def command(self, *arguments):
        environment = program.environment() | self.server.variables
        done = subprocess.run([program.AIDITOR, *arguments, "--data", self.server.data],
                              capture_output=True, text=True, env=environment, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"{arguments}: {done.returncode} {done.stderr}")
        return done.stdout

    def set_up(self):
        """The operator, by the second of two links."""
        told = until("set-up link", lambda: [line["link"] for line in self.server.said
                                             if line.get("event") == "set_up"])
        link = self.command("setup-link").strip()
        boss = Person(self.server)
        form = {"secret": secret_of(told[0]), "email": "boss@x.org", "password": PASSWORD}
        self.same("a new set-up link ends the one before it",
                  boss.status("POST", "/api/v1/auth/set_up", form), 410)
        form["secret"] = secret_of(link)
        boss.json("POST", "/api/v1/auth/set_up", form, status=201)
        boss.sign_in("boss@x.org")
        self.same("an operator without a second factor sees no admin page",
                  boss.status("GET", "/api/v1/admin/users"), 403)
        begun = boss.json("POST", "/api/v1/me/second_factor/begin", {"password": PASSWORD})
        step = int(time.time()) // 30
        made = boss.json("POST", "/api/v1/me/second_factor/confirm",
                         {"code": one_time_code(begun["secret"], step)})
        self.same("an operator with one does", boss.status("GET", "/api/v1/admin/users"), 200)
        again = Person(self.server)
        asked = again.sign_in("boss@x.org")
        self.same("a code is asked for",
                  (asked["second_factor_needed"], again.cookies), (True, {}))
        again.sign_in("boss@x.org", code=one_time_code(begun["secret"], step + 1))
        third = Person(self.server)
        third.sign_in("boss@x.org", code=made["recovery_codes"][0])
        self.same("codes and recovery codes let in",
                  [p.status("GET", "/api/v1/admin/users") for p in (again, third)], [200, 200])
        return boss

    def cookies(self, ann):
        nobody = Person(self.server)
        self.same("loopback alone is nobody", nobody.status("GET", "/api/v1/me"), 401)
        before = dict(ann.cookies)
        ann.json("POST", "/api/v1/auth/refresh", {})
        self.same("refreshing gives other tokens, and the old one still its ten seconds",
                  (ann.cookies != before, ann.status("GET", "/api/v1/me")), (True, 200))
        self.same("another site can make her browser do nothing",
                  [ann.status("POST", "/api/v1/auth/sign_out_everywhere",
                              headers={"Sec-Fetch-Site": site}) for site in
                   ("cross-site", "same-site")], [403, 403])
        program_ = Person(self.server, {})
        tokens = program_.sign_in("ann@x.org", tokens=True)
        program_.headers = {"Authorization": "Bearer " + tokens["access_token"]}
        self.same("a program has its token in a header",
                  (program_.cookies, program_.json("GET", "/api/v1/me")["email"]),
                  ({}, "ann@x.org"))
        return program_

    def montage(self, ann, bob):
        workspace = ann.first_workspace()
        base = f"/api/v1/workspaces/{workspace}"
        clips = [service_client.upload(ann, workspace, serve_test.SAMPLES / name)
                 for name in serve_test.CLIPS]
        until("clips", lambda: service_client.ready_clips(ann, workspace, clips))
        self.step("her clips are ready")
        serve_test.make_montage(self.step, ann, base, clips, self.folder)
        project = ann.json("GET", f"{base}/projects")["items"][0]["id"]
        montage = ann.json("GET", f"{base}/projects/{project}/montages")["items"][0]["id"]
        clip = f"{base}/clips/{clips[0]}"
        paths = [base, f"{base}/clips", clip, f"{clip}/source", f"{base}/projects/{project}",
                 f"{base}/montages/{montage}", f"{base}/montages/{montage}/files/landscape",
                 f"{base}/events", f"{base}/members"]
        self.same("she sees it all", {ann.status("GET", path) for path in paths}, {200})
        self.same("he sees nothing", {bob.status("GET", path) for path in paths}, {404})
        return workspace, clips

    def api_key(self, ann, workspace):
        made = ann.json("POST", "/api/v1/me/api_keys",
                        {"workspace_id": workspace, "name": "uploader",
                         "scopes": ["upload", "read"], "days": 1}, status=201)
        key = Person(self.server, {"Authorization": "Bearer " + made["secret"]})
        base = f"/api/v1/workspaces/{workspace}"
        service_client.upload(key, workspace, serve_test.SAMPLES / serve_test.CLIPS[0])
        self.same("a key does what its scopes allow and no more",
                  (key.status("GET", f"{base}/clips"), key.status("GET", "/api/v1/me"),
                   key.status("POST", f"{base}/projects", {"name": "x"})), (200, 403, 403))
        ann.json("DELETE", f"/api/v1/me/api_keys/{made['key']['id']}", status=204)
        until("the key's end", lambda: key.status("GET", f"{base}/clips") == 401, 10)
        self.step("and ends when it is revoked")

    def shared(self, ann, bob):
        team = ann.json("POST", "/api/v1/workspaces", {"name": "team"}, status=201)["id"]
        link = ann.json("POST", f"/api/v1/workspaces/{team}/invitations",
                        {"email": "bob@x.org", "role": "viewer"}, status=201)["link"]
        bob.json("POST", "/api/v1/invitations/accept", {"secret": secret_of(link)})
        self.same("somebody invited sees, and does not change",
                  (bob.status("GET", f"/api/v1/workspaces/{team}/clips"),
                   bob.status("POST", f"/api/v1/workspaces/{team}/projects", {"name": "x"})),
                  (200, 403))

    def endings(self, boss, ann, bob, program_):
        sessions = ann.json("GET", "/api/v1/me/sessions")["items"]
        other = [s["id"] for s in sessions if not s["current"]]
        self.same("her sessions are listed", (len(sessions), len(other)), (2, 1))
        ann.json("DELETE", f"/api/v1/me/sessions/{other[0]}", status=204)
        self.same("a revoked one has ended", program_.status("GET", "/api/v1/me"), 401)
        tablet = Person(self.server)
        tablet.sign_in("ann@x.org")
        ann.json("POST", "/api/v1/me/password",
                 {"old_password": PASSWORD, "new_password": OTHER}, status=204)
        self.same("a new password ends the others, and the old one is no good",
                  (tablet.status("GET", "/api/v1/me"), ann.status("GET", "/api/v1/me"),
                   tablet.status("POST", "/api/v1/auth/sign_in",
                                 {"email": "ann@x.org", "password": PASSWORD})), (401, 200, 401))
        person = next(u for u in boss.pages("/api/v1/admin/users") if u["email"] == "bob@x.org")
        boss.json("POST", f"/api/v1/admin/users/{person['id']}/suspend", status=204)
        self.same("whoever is suspended is out",
                  (bob.status("GET", "/api/v1/me"), bob.status(
                      "POST", "/api/v1/auth/sign_in",
                      {"email": "bob@x.org", "password": PASSWORD})), (401, 403))
        self.leaving(boss, ann)
        kept = dict(ann.cookies)
        ann.json("POST", "/api/v1/auth/sign_out", {}, status=204)
        thief = Person(self.server)
        thief.cookies = kept
        self.same("what was signed out stays out",
                  (thief.status("GET", "/api/v1/me"),
                   thief.status("POST", "/api/v1/auth/refresh", {})), (401, 401))

    def keys(self, ann):
        ring = self.server.data / "keys.json"
        self.command("keys", "rotate")
        self.server.process.send_signal(signal.SIGHUP)
        until("the new keys", lambda: any(line.get("event") == "keys_read"
                                          for line in self.server.said), 30)
        self.same("new keys, and everybody stays signed in",
                  (len(json.loads(ring.read_text())["signing"]), ann.status("GET", "/api/v1/me"),
                   ann.status("POST", "/api/v1/auth/refresh", {})), (2, 200, 200))
        self.server.kill()
        self.server.start()
        self.same("also across a restart", ann.status("GET", "/api/v1/me"), 200)

    def leaving(self, boss, ann):
        """What she may take along, and going for good."""
        own = ann.json("GET", "/api/v1/me/export")
        mine = own["workspaces"][0]["contents"]
        self.same("her export names her films",
                  (own["user"]["email"], len(mine["clips"]), len(mine["projects"][0]["montages"]),
                   ann.status("GET", mine["clips"][0]["source_url"])), ("ann@x.org", 2, 1, 200))
        team = next(w["id"] for w in own["workspaces"] if not w["personal"])
        ann.json("DELETE", f"/api/v1/workspaces/{team}", status=204)
        self.same("a workspace that was deleted is gone at once",
                  ann.status("GET", f"/api/v1/workspaces/{team}"), 404)
        self.same("a personal one stays", ann.status(
            "DELETE", f"/api/v1/workspaces/{own['workspaces'][0]['id']}"), 409)
        due = ann.json("POST", "/api/v1/me/deletion", {"password": OTHER})["due_at_us"]
        days = (due / 1e6 - time.time()) / 86400
        seen = ann.json("GET", "/api/v1/me")["deletion_due_at_us"]
        ann.json("DELETE", "/api/v1/me/deletion", status=204)
        self.same("her account would go in seven days, and she keeps it after all",
                  (round(days), seen == due, ann.json("GET", "/api/v1/me").get(
                      "deletion_due_at_us")), (7, True, None))
        self.same("the only operator stays",
                  boss.status("POST", "/api/v1/me/deletion", {"password": PASSWORD}), 409)

    def run(self):
        boss = self.set_up()
        ann, bob = Person(self.server), Person(self.server)
        ann.register("ann@x.org")
        bob.register("bob@x.org")
        self.step("two people registered")
        program_ = self.cookies(ann)
        workspace, _ = self.montage(ann, bob)
        self.api_key(ann, workspace)
        self.shared(ann, bob)
        self.keys(ann)
        self.endings(boss, ann, bob, program_)
        canaries = (PASSWORD, OTHER, *ann.cookies.values(), *boss.cookies.values())
        log = (self.folder / "serve.log").read_text()
        self.same("no password and no token is in the log",
                  [canary[:4] for canary in canaries if canary in log], [])
        self.same("it stops cleanly", self.server.stop(), 0)


def on(tally, engine, database):
    variables = {"AIDITOR_ACCOUNTS": "open"} | ({"AIDITOR_DATABASE": database} if database else {})
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with service_client.Server(folder, variables) as server:
            Journey(tally, server, folder, engine).run()


def invite_only(tally):
    """Nobody comes without an invite where that is the rule."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with service_client.Server(folder, {"AIDITOR_ACCOUNTS": "invite"}) as server:
            journey = Journey(tally, server, folder, "invite")
            boss = journey.set_up()
            form = {"email": "ann@x.org", "password": PASSWORD}
            ann = Person(server)
            refused = ann.status("POST", "/api/v1/auth/register", form)
            link = boss.json("POST", "/api/v1/admin/invites", status=201)["link"]
            ann.register("ann@x.org", invite=secret_of(link))
            form = {"email": "bob@x.org", "password": PASSWORD, "invite": secret_of(link)}
            journey.same("an invite lets one person in",
                         (refused, ann.status("GET", "/api/v1/me"),
                          ann.status("POST", "/api/v1/auth/register", form)), (403, 200, 403))


def main():
    tally = program.Tally("sign up")
    on(tally, "sqlite", "")
    invite_only(tally)
    postgres = HERE.parent / "services" / "postgres.sh"
    with tempfile.TemporaryDirectory(prefix="pg") as name:
        os.chmod(name, 0o755)  # the server runs as another user when this is root
        folder = pathlib.Path(name) / "d"
        subprocess.run([postgres, "start", folder, str(os.getpid())], check=True)
        try:
            on(tally, "postgres", f"postgresql://aiditor@/postgres?host={folder}")
        finally:
            subprocess.run([postgres, "stop", folder], check=True)
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
