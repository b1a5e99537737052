"""`carboy`: what is there before there is a project, and what looks after one. A command is imported when it is run."""

from importlib import import_module, metadata

import click

# name: (where it is, what it does). In the order of a project's life.
COMMANDS: dict[str, tuple[str, str]] = {
    "new": ("carboy.cli.new.command:new", "Make a project from the starter."),
    "add": ("carboy.cli.add.command:add", "Add a feature: a table, its rules, an API, pages, tests."),
    "remove": ("carboy.cli.add.command:remove", "Take away a feature that was added."),
    "upgrade": ("carboy.cli.upgrade:command", "Bring a project's files to another version of Carboy."),
    "doctor": ("carboy.cli.doctor:command", "Say what is wrong here, and what to do about it."),
}


class _Lazy(click.Group):
    """A group that imports the one command that is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, what) for name, (_, what) in COMMANDS.items()])


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(metadata.version("carboy"), message="%(prog)s %(version)s")
def main() -> None:
    """Begin a project, and look after it."""
