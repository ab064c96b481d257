"""`make sbom` lists what ships, so that others can look for vulnerabilities."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PINNED = re.compile(r"^([\w.-]+)==([\w.]+)", re.MULTILINE)


def test_the_sbom_lists_what_ships_with_its_hashes(tmp_path: Path) -> None:
    """Exactly the function's pinned requirements, each with version and hashes."""
    file, stamp = tmp_path / "made" / "sbom.json", tmp_path / "stamp"
    variables = (f"SBOM={file}", f"BIN={Path(sys.executable).parent}", f"STAMP={stamp}")
    # The stamp counts as old, so that make does not rebuild these tests' own environment.
    call = ["make", f"--old-file={stamp}", "sbom", *variables]
    subprocess.run(call, cwd=ROOT, check=True, capture_output=True)
    bom = json.loads(file.read_text())
    pins = PINNED.findall((ROOT / "lambdas" / "requirements.txt").read_text())
    assert bom["bomFormat"] == "CycloneDX"
    assert bom["metadata"]["component"]["name"] == "invitation-notifier"
    assert sorted((c["name"], c["version"]) for c in bom["components"]) == sorted(pins)
    for component in bom["components"]:
        (reference,) = component["externalReferences"]
        assert all(len(entry["content"]) == 64 for entry in reference["hashes"])
        assert component["purl"] == f"pkg:pypi/{component['name']}@{component['version']}".lower()
