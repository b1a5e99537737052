"""`python insert_default_data.py`, for those whose hands know it: the same as `flask seed`."""

import os

from flask.cli import cli

if __name__ == "__main__":
    os.environ.setdefault("FLASK_APP", "starter")
    cli.main(["seed"])
