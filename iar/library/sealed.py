"""One array of an archive over some of its nights, read when xarray asks for values."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from iar.archive.layout import ArraySpec
from iar.archive.reader import Reader

_CODED = ("_FillValue", "scale_factor")
"""Attributes that say how numbers are kept: of the file, not of who reads it."""


@dataclass(frozen=True)
class Sealed:
    """Where an array of a stage lies: `path` in the archive `store`, with its `spec`, of `nights` that sealed it."""

    store: Reader
    nights: Sequence[dt.date]
    stage: str
    path: str
    spec: ArraySpec

    def read(self, night: dt.date) -> npt.NDArray[Any]:
        """One night of it; what is scaled as float32, NaN where there is nothing."""
        (values,) = self.store.read_sealed(night, self.stage, self.path)
        scale = self.spec.attrs.get("scale_factor")
        if scale is None:
            return values
        return np.where(values == self.spec.fill, np.nan, values / np.float32(1 / scale)).astype(np.float32)


class _Late(BackendArray):
    """Values of a `Sealed` array, shape (night, ...): each night is read by itself, and none that is not asked for."""

    def __init__(self, sealed: Sealed, shape: tuple[int, ...]) -> None:
        self._sealed, self.shape = sealed, (len(sealed.nights), *shape)
        self.dtype = np.dtype("float32" if "scale_factor" in sealed.spec.attrs else sealed.spec.dtype)

    def __deepcopy__(self, _memo: dict[int, Any]) -> "_Late":
        """Itself: nothing in it changes, and xarray copies what it aligns."""
        return self

    def __getitem__(self, key: indexing.ExplicitIndexer) -> npt.NDArray[Any]:
        """Values of an indexer of xarray's."""
        support = indexing.IndexingSupport.OUTER
        return np.asarray(indexing.explicit_indexing_adapter(key, self.shape, support, self._read))

    def _read(self, key: tuple[Any, ...]) -> npt.NDArray[Any]:
        nights = np.arange(len(self._sealed.nights))[key[0]]
        if np.ndim(nights) == 0:
            return self._part(int(nights), key[1:])
        parts = [self._part(int(night), key[1:]) for night in nights]
        return np.stack(parts) if parts else np.empty((0, *self.shape[1:]), self.dtype)[(slice(None), *key[1:])]

    def _part(self, night: int, key: tuple[Any, ...]) -> npt.NDArray[Any]:
        """Part of a night, each dimension indexed by itself; from the last, so that the others keep their places."""
        values = self._sealed.read(self._sealed.nights[night])
        for axis in reversed(range(len(key))):
            values = values[(*[slice(None)] * axis, key[axis])]
        return values


def sealed_variable(sealed: Sealed, sizes: dict[str, int]) -> xr.Variable:
    """Variable of an array over its nights, not yet read; `sizes` of its dimensions."""
    attrs, dims = dict(sealed.spec.attrs), sealed.spec.dims
    coded: dict[str, Any] = {name: attrs.pop(name) for name in _CODED if name in attrs} | {"dtype": sealed.spec.dtype}
    late = indexing.LazilyIndexedArray(_Late(sealed, tuple(sizes[dim] for dim in dims)))
    return xr.Variable(("night", *dims), late, attrs, coded)
