"""What is made of a pasted reference."""

from __future__ import annotations

from dataclasses import dataclass

from rag_assistant.checking.names import Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """An identifier in a reference.

    ``value`` is as it was written, ``key`` as it is compared; ``fault`` is a sentence that says
    what is wrong with it.
    """

    scheme: str
    value: str
    key: str
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to take a reference apart.

    ``body`` begins with the title. Where it is ``exact`` it is the title and nothing else; else
    what follows the title stands in it too.
    """

    authors: tuple[Name, ...] = ()
    body: str = ""
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A reference as it was pasted, and what it seems to say.

    ``readings`` are the ways in which it can be taken apart, the likeliest first; there is always
    one. ``rest`` is all its text without identifiers; ``years`` are all that it names.
    """

    text: str
    readings: tuple[Reading, ...]
    title: str = ""
    container: str = ""
    publisher: str = ""
    date: str = ""
    years: tuple[int, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    rest: str = ""

    @property
    def authors(self) -> tuple[Name, ...]:
        """Whom it names, as it is likeliest read."""
        return self.readings[0].authors
