"""The packages of web/ and the Node.js among them (the one of Debian 12 is too old for some).

  node.install(); node.run("tests/docs_page.ts", url)
"""
import os
import pathlib
import platform
import shutil
import subprocess
import sys

WEB = pathlib.Path(__file__).resolve().parents[2] / "web"
MODULES = WEB / "node_modules"
_ARCHITECTURE = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
NODE = MODULES / f"node-linux-{_ARCHITECTURE}" / "bin" / "node"


def install():
    """Brings web/node_modules to what web/package-lock.json says; at once when it is there."""
    lock, mark = WEB / "package-lock.json", MODULES / ".installed-from"
    if mark.exists() and mark.read_bytes() == lock.read_bytes() and NODE.exists():
        return
    if not shutil.which("npm"):
        sys.exit("npm is missing: run tools/setup test")
    done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=WEB,
                          capture_output=True, text=True)
    if done.returncode or not NODE.exists():
        sys.exit(f"npm ci failed in {WEB}:\n{done.stdout}{done.stderr}")
    mark.write_bytes(lock.read_bytes())


def command(script, *arguments):
    return [NODE, "--disable-warning=ExperimentalWarning", WEB / script, *arguments]


def run(script, *arguments, **options):
    """The exit status of a script below web/; what it prints is printed."""
    sys.stdout.flush()
    environment = os.environ | {"NO_COLOR": "1"}
    return subprocess.run(command(script, *arguments), cwd=WEB, env=environment,
                          **options).returncode
