"""`python run.py`, for those whose hands know it: the same as `flask dev --yes`."""

import os

from flask.cli import cli

if __name__ == "__main__":
    os.environ.setdefault("FLASK_APP", "starter")
    cli.main(["dev", "--yes"])
