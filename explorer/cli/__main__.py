"""`python -m explorer.cli`: the command line where its console script is not installed."""

from explorer.cli import app

app(prog_name="finescale")
