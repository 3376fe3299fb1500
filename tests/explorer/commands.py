"""The command line in this process."""

from typer.testing import CliRunner

from explorer.cli import app


def finescale(*arguments: object, code: int = 0):
    """Run the command line; its result, the exit code checked."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, (result.output, result.exception)
    return result


def refused(*arguments: object) -> str:
    """The one sentence with which the command line refuses."""
    result = finescale(*arguments, code=1)
    sentence = result.stderr.strip()
    assert "\n" not in sentence, sentence
    assert sentence.endswith(".")
    assert "Traceback" not in result.output
    return sentence
