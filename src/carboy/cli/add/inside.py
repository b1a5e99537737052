"""What only the application itself knows: asked in a process of its own, in the project's folder.

The command that writes a feature cannot import it: what Python has imported once, it does not see change.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from carboy.cli.add.refusals import Refusal

if TYPE_CHECKING:
    from flask import Flask

    from carboy.cli.project import Project

PATIENCE_SECONDS = 120


def ask(project: "Project", question: str) -> Any:
    """Have the project's application answer a question: the name of a function below."""
    environment = {**os.environ, "FLASK_APP": project.package, "FLASK_SKIP_DOTENV": "1"}
    try:
        answered = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "carboy.cli.add.inside", question],
            cwd=project.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise Refusal(
            f"The application has not started within {PATIENCE_SECONDS} s, so nothing was changed. Run `flask routes`"
            " to see what it waits for, and mend that."
        ) from None
    if answered.returncode:
        raise Refusal(
            "The application does not start, so nothing was changed. Mend what stands below; `make setup`"
            f" brings packages that are missing.\n{answered.stderr[-3000:].strip()}"
        )
    return json.loads(answered.stdout.splitlines()[-1])


def survey(app: "Flask") -> Mapping[str, Any]:
    """Return the names that are taken: of tables, of addresses, of blueprints."""
    from carboy.data import Base

    rules = (rule.rule.removeprefix("/api/v1") for rule in app.url_map.iter_rules())
    return {
        "tables": sorted(Base.metadata.tables),
        "addresses": sorted({rule.split("/")[1] for rule in rules}),
        "blueprints": sorted(app.blueprints),
    }


def write(app: "Flask") -> str:
    """Write the schema files and the document of the API, as `flask schemas export` and `flask openapi write` do."""
    from carboy.web.endpoints import specifications_of
    from carboy.web.openapi import exported
    from carboy.web.openapi.document import printed, titled

    folder = specifications_of(app)
    exported.export(folder / "schemas", exported.files_of(app))
    folder.joinpath("openapi-v1.json").write_text(printed(titled(app, "v1")), "utf-8")
    return "written"


def write_anew(app: "Flask") -> list[str]:
    """Write the same, without what is listed no more, and return the revisions that the database says it has."""
    from carboy.data.flask import data_of
    from carboy.data.migrate import current_revisions

    write(app)
    return sorted(current_revisions(data_of(app).database))


_QUESTIONS: Mapping[str, "Callable[[Flask], Any]"] = {"survey": survey, "write": write, "write_anew": write_anew}


def main(question: str) -> None:
    """Answer a question about the application that FLASK_APP names, as JSON on the last line."""
    from flask.cli import ScriptInfo

    app = ScriptInfo().load_app()
    with app.app_context():
        answer = _QUESTIONS[question](app)
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
