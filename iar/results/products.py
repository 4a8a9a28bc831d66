"""Tables of what is not fringes: of a range of nights, as a file."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from iar.archive.reader import Reader
from iar.columns import Column, night_table
from iar.errors import InputError
from iar.harmonics.table import TABLE as HARMONIC_TABLE
from iar.pc1.table import TABLE as PC1_TABLE
from iar.polarisation.table import TABLE as POLARISATION_TABLE
from iar.results.export import about_nights, write_rows
from iar.schumann.table import TABLE as RESONANCE_TABLE
from iar.stages.harmonics import read_harmonics
from iar.stages.pc1 import read_pc1
from iar.stages.polarisation import read_polarisation
from iar.stages.schumann import read_resonances

FRINGES = "fringes"


@dataclass(frozen=True)
class Product:
    """A table beside that of fringes: the stage that it is of, its columns, its title, and how a night is read."""

    stage: str
    columns: tuple[Column[Any], ...]
    title: str
    read: Callable[[Reader, dt.date], Any]


PRODUCTS = {
    product.stage: product
    for product in (
        Product("polarisation", POLARISATION_TABLE, "Polarisation of ionospheric Alfvén resonances", read_polarisation),
        Product("harmonics", HARMONIC_TABLE, "Harmonics of ionospheric Alfvén resonances", read_harmonics),
        Product("pc1", PC1_TABLE, "Pc1 events", read_pc1),
        Product("schumann", RESONANCE_TABLE, "Schumann resonances", read_resonances),
    )
}
"""By the name of their stage."""


def choose_product(name: str) -> Product | None:
    """Product of that name, None for fringes; an InputError if there is no such one."""
    if name not in {FRINGES, *PRODUCTS}:
        raise InputError(f"product {name!r} is none of {', '.join((FRINGES, *PRODUCTS))}")
    return PRODUCTS.get(name)


def export_product(archive: Reader, nights: list[dt.date], path: Path, product: Product) -> tuple[int, list[str]]:
    """Write the table of `nights` to `path`, CSV, Parquet or CF NetCDF by its suffix.

    Returns
    -------
    Its rows, and what was wrong with nights that are left out, in words. Without a single row nothing is written.

    Raises
    ------
    InputError
        If the suffix is another, or no night can be read, or none has any.
    """
    about = about_nights(archive, nights, product.title)
    tables = {night: partial(_tables, product, archive, night) for night in nights}
    return write_rows(path, product.columns, about, tables, by_row=True)


def _tables(product: Product, archive: Reader, night: dt.date) -> list[pd.DataFrame]:
    return [night_table(product.columns, product.read(archive, night))]
