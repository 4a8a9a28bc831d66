"""The file that a person asks for: looked at before any work."""

from pathlib import Path

from iar.errors import InputError


def check_out_file(path: Path, suffixes: tuple[str, ...]) -> None:
    """Raise an InputError unless the name ends in one of `suffixes`, in a folder that exists."""
    if path.suffix not in suffixes:
        raise InputError(f"{path}: expected a name that ends in {', '.join(suffixes)}")
    if not path.parent.is_dir():
        raise InputError(f"{path}: folder {path.parent} does not exist")
