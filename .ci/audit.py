"""Check installed Python packages and npm's lock files for known vulnerabilities.

Exits with 1 on a finding. If a service does not answer, or does not know a package, that is printed but is no failure:
it proves nothing about this code, and the author of a change cannot repair it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SERVICES = ("pypi", "osv")
"""Services in the order of requests. The next one is used only if the one before knows no package."""
HOME = Path(__file__).parent.parent
FOLDERS = (
    "web",
    "web/tools",
    "tests/official_client",
    "tests/axe",
    "tests/asyncapi",
    "bench/peer/seed",
    "bench/peer/bare",
)
"""Folders with packages from npm."""


def ask(service: str) -> list[dict[str, Any]]:
    """Return the report of `service` on each Python package; [] if the service cannot be reached."""
    options = ["--skip-editable", "--progress-spinner=off", "--timeout=10", "--format=json"]
    command = [sys.executable, "-m", "pip_audit", *options, f"--vulnerability-service={service}"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.stdout:
        packages: list[dict[str, Any]] = json.loads(answer.stdout)["dependencies"]
        return packages
    if any(sign in answer.stderr for sign in ("ConnectionError", "Timeout", "ServiceError")):
        return []
    sys.exit(answer.stderr)  # pip-audit itself is missing or broken: a fault of this project


def python_findings() -> Iterator[str]:
    """Query the services until one knows a package, and yield each vulnerable Python package."""
    for service in SERVICES:
        packages = ask(service)
        known = [package for package in packages if "vulns" in package]
        if known:
            found = [package for package in known if package["vulns"]]
            yield from (f"{p['name']} {p['version']}: {', '.join(v['id'] for v in p['vulns'])}" for p in found)
            if not found:
                print(f"{service}: no known vulnerability in {len(known)} of {len(packages)} packages")
            return
    print(f"NOT AUDITED: none of {', '.join(SERVICES)} can be reached from here")


def npm_findings() -> Iterator[str]:
    """Query npm's registry about the packages of each lock file, and yield each vulnerable one.

    Raises:
        SystemExit: a folder of `FOLDERS` is missing.
    """
    for folder in FOLDERS:
        if not (HOME / folder).is_dir():
            sys.exit(f"{folder}/ is missing: it was moved or removed, and FOLDERS of .ci/audit.py was not changed")
        report = ask_npm(HOME / folder)
        if "vulnerabilities" not in report:
            print(f"NOT AUDITED: npm's registry says nothing about {folder}/: {report['message']}")
            continue
        yield from (
            f"{folder}/: {name} {found['range']} ({found['severity']}): "
            + ", ".join(via["url"] if isinstance(via, dict) else f"through {via}" for via in found["via"])
            for name, found in report["vulnerabilities"].items()
        )
        if not report["vulnerabilities"]:
            print(f"npm: no known vulnerability in {report['metadata']['dependencies']['total']} packages of {folder}/")


def ask_npm(folder: Path) -> dict[str, Any]:
    """Return npm's report on a folder; it has "message" instead of "vulnerabilities" if there is no report.

    Raises:
        SystemExit: npm failed in an unknown way.
    """
    path = os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)])
    command = ["npm", "audit", "--package-lock-only", "--json", "--fetch-retries=0", "--fetch-timeout=10000"]
    try:
        answer = subprocess.run(
            command, cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return {"message": "there is no npm on this machine"}
    report: dict[str, Any] = json.loads(answer.stdout or "{}")
    if report.keys() & {"vulnerabilities", "message"}:
        return report
    sys.exit(f"npm audit in {folder}: {answer.stdout}{answer.stderr}")  # a fault of this project, too


def main() -> str | None:
    """Return the findings, a line each; None if there are none."""
    return "\n".join([*python_findings(), *npm_findings()]) or None


if __name__ == "__main__":
    sys.exit(main())
