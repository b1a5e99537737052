"""Say whether the starter's models and its migrations tell the same story, on a database made for the question."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

STARTER = Path(__file__).parent.parent / "starter"


def main() -> int:
    """Migrate an empty database, then ask `flask db check`."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "DATABASE_URL": f"sqlite:///{folder}/check.sqlite",
            "FLASK_ENV": "testing",
            "FLASK_APP": "starter",
        }
        for command in ("upgrade", "check"):
            finished = subprocess.run(  # noqa: S603
                [sys.executable, "-m", "flask", "db", command], cwd=STARTER, env=environment, check=False
            )
            if finished.returncode:
                return finished.returncode
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
