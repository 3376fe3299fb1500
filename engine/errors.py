"""What the engine says when it cannot go on: one plain sentence, fit to be shown on the page."""


class InputError(ValueError):
    """Something the user gave cannot be used; the message is one sentence that says what and how to mend it."""


class DataMissing(InputError):
    """A data file is neither in the cache nor in the mirror; `files` names what has to be fetched."""

    def __init__(self, message: str, files: tuple = ()):
        super().__init__(message)
        self.files = files
