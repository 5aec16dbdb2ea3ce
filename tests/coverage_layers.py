"""`make coverage`: the share of lines and branches that the tests reached, for each layer that has a bar, and over all.

Reads the data of the last run with --cov. Ends with 1 when a layer is below its bar.
"""

import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from coverage import Coverage

MESSAGES = "(dispatch|due|handing_off|inbox|leases|ledger|message|messages|message_desk|preferences)"
# What a layer is called: the files that belong to it, and the share in percent that must be reached.
LAYERS = {
    "actions": (r"/actions(/|\.py$)", 95),
    "queries": (r"/queries(/|\.py$)", 95),
    "eligibility": (r"^protocols/eligibility/", 95),
    "engine and planning": (r"^scheduling/(engine|planning|planner)/", 95),
    "messages": (r"^scheduling/(messages/|senders|texts|duetimes|actions/" + MESSAGES + r"\.py)", 95),
    "all": (r"", 90),
}


def share(files: dict[str, Any], belongs: str) -> float:
    """Percent of statements and branches reached in the files whose path matches."""
    found = [file["summary"] for path, file in files.items() if re.search(belongs, path)]
    reached = sum(each["covered_lines"] + each["covered_branches"] for each in found)
    there = sum(each["num_statements"] + each["num_branches"] for each in found)
    return 100 * reached / there if there else 0.0


def main() -> int:
    data = Coverage()
    data.load()
    data.report(file=sys.stdout)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "coverage.json")
        data.json_report(outfile=str(report))
        files = json.loads(report.read_text())["files"]
    shares = {name: (share(files, belongs), bar) for name, (belongs, bar) in LAYERS.items()}
    for name, (reached, bar) in shares.items():
        print(f"{name:<22} {reached:5.1f} %  (at least {bar} %)")
    return 0 if all(reached >= bar for reached, bar in shares.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
