"""Errors that some caller treats differently from a plain ValueError, and errors of others in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # Pydantic is slow to import
    from pydantic import ValidationError


_NEWER = "bad version number"
"""What the HDF5 library says of what a later one wrote, and of damage."""


class InputError(ValueError):
    """What the user gave cannot be used: the command line ends with this one line and exit status 2."""


class DamagedArchiveError(InputError):
    """Something in the archive cannot be read: one night's trouble where others are at work."""


class NightNotSealedError(InputError):
    """A night was asked for that the archive does not hold, or not up to that stage."""


class NoPageError(InputError):
    """A page was asked for that a version of the registry was recorded without."""


def printable(text: str) -> str:
    r"""Text as one line: what names in files and of files may bring along shows as ``\n``, ``\x1b`` or ``\udcff``."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def first_fault(error: "ValidationError") -> str:
    """The first thing that Pydantic says is wrong, in one line: the field, if it is one's, and what is wrong there."""
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(map(str, fault["loc"]))
    return " ".join(": ".join([*filter(None, [field]), fault["msg"]]).split())


def first_line(error: BaseException) -> str:
    """First line of what an error says; its kind if it says nothing.

    >>> first_line(ValueError("no number")), first_line(ValueError())
    ('no number', 'ValueError')
    """
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def kind_and_line(error: BaseException) -> str:
    """Kind of an error, and the first line of what it says: of one that nobody here foresaw.

    >>> kind_and_line(ZeroDivisionError("division by zero"))
    'ZeroDivisionError: division by zero'
    """
    kind, line = type(error).__name__, first_line(error)
    return kind if line == kind else f"{kind}: {line}"


@contextmanager
def reading_whole(kind: str) -> Iterator[None]:
    """Turn what a library raises over a damaged file of that kind into a ValueError; what our own code says stays."""
    try:
        yield
    except ValueError:
        raise
    except Exception as error:  # noqa: BLE001 - the libraries raise whatever comes
        line = first_line(error)
        newer = ", or one of a newer version than is read here" if _NEWER in line else ""
        raise ValueError(f"no whole {kind} file{newer}: {line}") from None
