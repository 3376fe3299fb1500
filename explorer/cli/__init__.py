"""The command line `finescale`: one file per verb; heavy modules are imported inside them, so that help is quick."""

from typing import Annotated

import typer

from explorer.cli import check, data, doctor, evaluate, results, serve, simulate, train
from explorer.cli.console import Verbs

app = typer.Typer(
    cls=Verbs,
    help="Finescale: what super-resolution of a geophysical field adds, and what it invents.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(serve.serve)
app.add_typer(data.app, name="data")
app.add_typer(simulate.app, name="simulate")
app.command()(evaluate.evaluate)
app.command()(results.results)
app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []})(
    train.train
)
app.command()(check.check)
app.command()(doctor.doctor)


def _version(wanted: bool) -> None:
    if wanted:
        from engine import __version__

        typer.echo(f"finescale {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    pass
