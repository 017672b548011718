"""Ask whether a known vulnerability is in what Throughline runs on (pip-audit). Fails on one; where its service cannot
be reached, or does not know a package, it says so, and fails nothing.
"""

import json
import subprocess
import sys


def main() -> int:
    asked = [sys.executable, "-m", "pip_audit", "-r", "requirements.txt", "--disable-pip", "--no-deps", "-f", "json",
             "--progress-spinner", "off", "--timeout", "15"]  # fmt: skip
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    try:
        told = json.loads(done.stdout)["dependencies"]
    except ValueError:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1][:200]
        print(f"pip-audit: its service could not be asked, so nothing is known: {said}")
        return 0
    unknown = [one["name"] for one in told if "skip_reason" in one]
    found = [(one["name"], one["version"], bad["id"]) for one in told for bad in one.get("vulns", ())]
    print(f"pip-audit: {len(told) - len(unknown)} packages asked about, {len(found)} vulnerabilities known", end="")
    print(f"; {len(unknown)} that its service does not know" if unknown else "")
    for name, version, name_of_it in found:
        print(f"  {name} {version}: {name_of_it}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
