"""The templates hold against AWS's own schemas of its resources, by a tool that is not the CDK's."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# W3005: the CDK states a dependency that a reference already implies.
# W3010: zones come from the settings, so that synthesising asks no account.
ACCEPTED = ("W3005", "W3010")


def test_templates_of_prod_are_clean(tmp_path: Path) -> None:
    account = {"CDK_DEFAULT_ACCOUNT": "111122223333", "CDK_DEFAULT_REGION": "eu-central-1"}
    env = {**os.environ, **account, "ETL_STAGE": "prod", "CDK_OUTDIR": str(tmp_path)}
    subprocess.run([ROOT / "node_modules/.bin/node", "infra/app.ts"], cwd=ROOT, env=env, check=True, capture_output=True)
    templates = sorted(tmp_path.glob("*.template.json"))
    assert len(templates) == 7
    cfn_lint = Path(sys.executable).with_name("cfn-lint")
    options = ["--ignore-checks", *ACCEPTED, "--regions", "eu-central-1", "--"]
    found = subprocess.run([cfn_lint, *options, *map(str, templates)], capture_output=True, text=True)
    assert found.stdout + found.stderr == ""
    assert found.returncode == 0
