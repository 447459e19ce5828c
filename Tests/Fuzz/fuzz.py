"""Schemathesis (https://schemathesis.io) against a demonstration clinic, as several people, and a look through its log.

Usage: fuzz.py [--long]
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Everybody's in a demonstration.
PASSWORD = "nobody here exists"
# Who asks, and how many examples of each operation are made up for them: in short, and with --long.
PEOPLE = {"paula": (2, 120), "nina": (1, 60), "wilma": (1, 60), "ulla": (1, 30), None: (1, 30)}
# Streams do not end; the others end the very sign-in that asks.
LEFT_OUT = ["--exclude-path-regex", r"/live$", "--exclude-path", "/sign-out", "--exclude-path", "/sign-in/demonstration",
            "--exclude-path-regex", r"^/people/\{account\}/"]


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def sign_in(address, person):
    """The headers that make a request that of a person."""
    opener = urllib.request.build_opener(NoRedirect)
    try:
        opener.open(address + "/sign-in/demonstration", urllib.parse.urlencode({"account": person}).encode())
        raise SystemExit("the demonstration signs nobody in")
    except urllib.error.HTTPError as answer:
        cookie = answer.headers["Set-Cookie"].split(";")[0]
    page = urllib.request.urlopen(urllib.request.Request(address + "/account", headers={"Cookie": cookie})).read().decode()
    return {"Cookie": cookie, "X-CSRF": re.search(r'name="csrf" value="([0-9a-f]+)"', page)[1]}


def known(address, headers):
    """Names of things there are, by the parameter or field they stand in."""
    def read(path):
        return urllib.request.urlopen(urllib.request.Request(address + path, headers=headers)).read().decode()

    patients = re.findall(r'href="/patients/(demo-\d+)"', read("/patients"))[:4]
    sessions = {found for patient in patients for found in re.findall(rf"/patients/{patient}/sessions/([^/?\"]+)", read(f"/patients/{patient}"))}
    facts = {found for patient in patients for found in re.findall(r'id="fact-([^"]+)"', read(f"/patients/{patient}"))}
    lots = re.findall(r'href="/stock/lots/([^"]+)"', read("/stock"))
    return {"patient": patients, "session": sorted(sessions)[:8], "fact": sorted(facts)[:40], "lot": lots, "account": ["omar", "tilda"], "signature": [PASSWORD]}


def main():
    is_long = "--long" in sys.argv
    with tempfile.TemporaryFile("w+") as log:
        server = subprocess.Popen([ROOT / ".build/debug/euthymia", "demo", "--port", "0", "--no-rate-limit"], stdout=subprocess.PIPE, stderr=log, text=True)
        said = []
        try:
            for line in server.stdout:
                said.append(line)
                if found := re.search(r"is at (http://\S+)\. ", line):
                    break
            else:
                raise SystemExit("the demonstration clinic did not start")
            address, failed = found[1], []
            names = known(address, sign_in(address, "paula"))
            for person, examples in PEOPLE.items():
                headers = sign_in(address, person) if person else {}
                arguments = [option for name, value in headers.items() for option in ("--header", f"{name}: {value}")]
                result = subprocess.run(
                    [ROOT / ".build/fuzz/bin/st", "run", address + "/openapi.json", "--checks", "not_a_server_error,status_code_conformance",
                     "--phases", "coverage,fuzzing" if is_long else "fuzzing", "--max-examples", str(examples[is_long]), "--seed", "1", "--warnings", "off",
                     "--suppress-health-check", "all", "--continue-on-failure", *LEFT_OUT, *arguments],
                    env=os.environ | {"SCHEMATHESIS_HOOKS": str(ROOT / "Tests/Fuzz/hooks.py"), "EUTHYMIA_KNOWN": json.dumps(names), "PYTHONPATH": str(ROOT / "Tests/Fuzz")},
                    cwd=ROOT / ".build/fuzz", capture_output=True, text=True)
                print(f"{person or 'nobody'}: {'passed' if result.returncode == 0 else 'FAILED'}. " + " ".join(re.findall(r"\d+ generated[^\n]*", result.stdout)))
                if result.returncode:
                    failed.append(person)
                    print(result.stdout[-6000:], result.stderr[-2000:])
        finally:
            server.terminate()
            said.append(server.stdout.read())
            server.wait(timeout=30)
        log.seek(0)
        logged = "".join(said) + log.read()
    told = sorted({marker for marker in names["patient"] + names["session"] + names["fact"] if marker in logged})
    print(f"log: {len(logged.splitlines())} lines, {len(told)} that tell of a patient")
    return 1 if failed or told or "a page failed" in logged else 0


if __name__ == "__main__":
    sys.exit(main())
