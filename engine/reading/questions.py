"""What a file leaves open, asked one by one; answers are words to be compared, never anything to be executed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from engine.errors import InputError
from engine.reading.content import plain
from engine.reading.places import shown

LONGEST = 60  # characters of an answer


@dataclass(frozen=True)
class Question:
    """One thing to know. choices: answer -> its words; default: what is taken unless told otherwise, None: it has to be
    answered; free: any short text (`number`: any positive number) is an answer too."""

    name: str
    sentence: str
    choices: Mapping[str, str]
    default: str | None = None
    free: bool = False
    number: bool = False

    def answer(self, given: str | None) -> str | None:
        """The answer in force, None while there is none; raises InputError for one that is none."""
        if given is None or given == "":
            return self.default
        if given in self.choices:
            return given
        if self.number and _positive(given):
            return given
        if self.free and plain(given, LONGEST) == given:
            return given
        known = ", ".join(list(self.choices)[:12])
        more = " or a positive number" if self.number else ""
        raise InputError(f"{shown(plain(given))} is no answer to '{self.sentence}'; there are {known}{more}.")


@dataclass
class Asking:
    """The questions put so far, and the answers there are to them."""

    answers: Mapping[str, str]
    questions: dict[str, Question] = field(default_factory=dict)

    def ask(
        self, name: str, sentence: str, choices: Mapping[str, str], default: str | None = None, **more
    ) -> str | None:
        question = self.questions[name] = Question(name, sentence, choices, default, **more)
        return question.answer(self.answers.get(name))

    @property
    def open(self) -> list[Question]:
        """Those that have to be answered first."""
        return [one for one in self.questions.values() if one.answer(self.answers.get(one.name)) is None]

    def settled(self) -> dict[str, str]:
        """Answers that differ from the defaults, in order: what a link has to hold."""
        given = {name: one.answer(self.answers.get(name)) for name, one in self.questions.items()}
        return {name: said for name, said in given.items() if said is not None and said != self.questions[name].default}


def _positive(text: str) -> bool:
    try:
        return 0 < float(text) < float("inf")
    except ValueError:
        return False


def compose(place: str, answers: Mapping[str, str]) -> str:
    """A place and answers as one text: 'sst.nc;variable=sst;at.depth=0'.

    Args:
        place: as `Places.find` takes it.
        answers: question -> answer.

    Returns:
        The text, with signs of meaning escaped as in an address.
    """
    parts = [
        quote(place, safe="/:"),
        *(f"{quote(name, safe='')}={quote(said, safe='')}" for name, said in answers.items()),
    ]
    return ";".join(parts)


def parse(text: str) -> tuple[str, dict[str, str]]:
    """What `compose` made a text of.

    Args:
        text: 'file;question=answer;...'.

    Returns:
        (place, answers).

    Raises:
        InputError: a text that `compose` never makes.
    """
    place, *parts = text.split(";")
    answers: dict[str, str] = {}
    for part in parts:
        name, equals, said = part.partition("=")
        if not (name and equals) or unquote(name) in answers:
            raise InputError(f"The answers {shown(text)} are not understood; they read 'file;question=answer;...'.")
        answers[unquote(name)] = unquote(said)
    return unquote(place), answers
