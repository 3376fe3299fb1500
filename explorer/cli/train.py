"""`finescale train`: make one method's weights; the same as `python -m engine.training`."""

import typer

from explorer.cli.console import refuse


def train(context: typer.Context) -> None:
    """Train one method's weights on the ocean run (needs the extra [train]); resumes where it was interrupted."""
    try:
        import lightning  # noqa: F401
    except ModuleNotFoundError:
        refuse('Training needs Lightning: install it with `python -m pip install "finescale[train]"`.')
        raise typer.Exit(1) from None
    from engine.training.__main__ import main

    main(context.args)
