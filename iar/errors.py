"""Errors that some caller treats differently from a plain ValueError."""


class InputError(ValueError):
    """What the user gave cannot be used: the command line ends with this one line and exit status 2."""


class DamagedArchiveError(InputError):
    """Something in the archive cannot be read: one night's trouble where others are at work."""


class NightNotSealedError(InputError):
    """A night was asked for that the archive does not hold, or not up to that stage."""


class NoPageError(InputError):
    """A page was asked for that a version of the registry was recorded without."""
