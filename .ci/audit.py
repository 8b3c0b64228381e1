"""Look up what is installed among the known vulnerabilities.

Exits with 1 on a finding. A service that does not answer, or does not know a package, is said
plainly but fails nothing: it says nothing about this code, and would stop work that cannot help it.
"""

import json
import subprocess
import sys
from typing import Any

SERVICES = ("pypi", "osv")
"""In the order in which they are asked; the next one only where one answered for nothing."""


def ask(service: str) -> list[dict[str, Any]]:
    """Return what `service` says of each package; [] where it cannot be reached."""
    options = ["--skip-editable", "--progress-spinner=off", "--timeout=10", "--format=json"]
    command = [sys.executable, "-m", "pip_audit", *options, f"--vulnerability-service={service}"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.stdout:
        packages: list[dict[str, Any]] = json.loads(answer.stdout)["dependencies"]
        return packages
    if any(sign in answer.stderr for sign in ("ConnectionError", "Timeout", "ServiceError")):
        return []
    sys.exit(answer.stderr)  # pip-audit itself is missing or broken: that is ours to mend


def main() -> str | None:
    """Ask until a service knows something; return what must be mended, None where nothing."""
    for service in SERVICES:
        packages = ask(service)
        known = [package for package in packages if "vulns" in package]
        found = [package for package in known if package["vulns"]]
        if found:
            return "\n".join(f"{p['name']} {p['version']}: {', '.join(v['id'] for v in p['vulns'])}" for p in found)
        if known:
            print(f"{service}: no known vulnerability in {len(known)} of {len(packages)} packages")
            return None
    print(f"NOT AUDITED: none of {', '.join(SERVICES)} can be reached from here")
    return None


if __name__ == "__main__":
    sys.exit(main())
