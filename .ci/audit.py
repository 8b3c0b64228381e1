"""Look up what is installed, and what npm would install, among the known vulnerabilities.

Exits with 1 on a finding. A service that does not answer, or does not know a package, is said
plainly but fails nothing: it says nothing about this code, and would stop work that cannot help it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SERVICES = ("pypi", "osv")
"""In the order in which they are asked; the next one only where one answered for nothing."""
HOME = Path(__file__).parent.parent
FOLDERS = ("web", "tests/official_client", "tests/axe", "tests/asyncapi", "bench/peer/seed", "bench/peer/bare")
"""Those with packages from npm."""


def ask(service: str) -> list[dict[str, Any]]:
    """Return what `service` says of each Python package; [] where it cannot be reached."""
    options = ["--skip-editable", "--progress-spinner=off", "--timeout=10", "--format=json"]
    command = [sys.executable, "-m", "pip_audit", *options, f"--vulnerability-service={service}"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.stdout:
        packages: list[dict[str, Any]] = json.loads(answer.stdout)["dependencies"]
        return packages
    if any(sign in answer.stderr for sign in ("ConnectionError", "Timeout", "ServiceError")):
        return []
    sys.exit(answer.stderr)  # pip-audit itself is missing or broken: that is ours to mend


def python_findings() -> Iterator[str]:
    """Ask until a service knows something, and yield each package that must be mended."""
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
    """Ask npm's registry about what each lock file names, and yield each package that must be mended."""
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
    """Return npm's report about a folder; a "message" instead of "vulnerabilities" where nothing can be said."""
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
    sys.exit(f"npm audit in {folder}: {answer.stdout}{answer.stderr}")  # ours to mend, as above


def main() -> str | None:
    """Return what must be mended, None where nothing."""
    return "\n".join([*python_findings(), *npm_findings()]) or None


if __name__ == "__main__":
    sys.exit(main())
