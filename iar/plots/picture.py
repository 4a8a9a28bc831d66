"""What a picture of a night is drawn from, whichever way it is looked at."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iar.detection.classical import ClassicalSteps
from iar.fringes.spacing import Spacing
from iar.fringes.verdict import Verdict

OVERLAYS = ("spots", "lines", "fringes")
"""What can be drawn over the density, from the lowest to the one on top."""

Hours = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class NightPicture:
    """What a night's pictures show.

    `times` datetime64, start of each slot, UTC (slot,); `frequency_hz` (frequency,); `density` pT/sqrt(Hz), NaN where
    there is none (channel, slot, frequency); `effort` 0 to 1, `clipped` and `constant` bool (channel, slot); `dark`
    bool and `sun_deg`, the sun's elevation (slot,), NaN where nobody knows the place; `standing_hz` the standing lines
    of each channel; `verdict` is None where there is none; `classical` the steps of the published detector, None where
    nobody asked for them. `limit` says which fans would have been found, empty where nobody measured it. Where
    `dated` is false the times are those after 1970 began: no date is known.
    """

    night: dt.date
    station: str
    channels: tuple[str, ...]
    times: npt.NDArray[np.datetime64]
    frequency_hz: npt.NDArray[np.float64]
    density: npt.NDArray[np.float32]
    effort: npt.NDArray[np.float32]
    clipped: Mask
    constant: Mask
    dark: Mask
    sun_deg: npt.NDArray[np.float64]
    standing_hz: Mapping[str, Sequence[float]]
    spacing: Spacing
    verdict: Verdict | None
    classical: ClassicalSteps | None = None
    limit: str = ""
    dated: bool = True

    @property
    def hours(self) -> Hours:
        """Edges of the slots, hours after 0 h UTC of the night's date, shape (slot + 1,)."""
        start = (self.times - np.datetime64(self.night)) / np.timedelta64(1, "h")
        return np.append(start, 2 * start[-1] - start[-2])

    @property
    def band_hz(self) -> tuple[float, float]:
        """Lower edge of the first bin and upper edge of the last."""
        half_bin = (self.frequency_hz[1] - self.frequency_hz[0]) / 2
        return float(self.frequency_hz[0] - half_bin), float(self.frequency_hz[-1] + half_bin)

    @property
    def there(self) -> Mask:
        """Slots with a density: bool (channel, slot)."""
        return np.asarray(np.isfinite(self.density).any(axis=2))

    @property
    def seen(self) -> Mask:
        """Slots with a density in any channel: bool (slot,)."""
        return np.asarray(self.there.any(axis=0))

    @property
    def title(self) -> str:
        """Station and night."""
        return f"{self.station}, night of {self.night}" if self.dated else self.station

    @property
    def verdict_title(self) -> str:
        """Station, night and verdict."""
        return self.title if self.verdict is None else f"{self.title}: {self.verdict.name.replace('_', ' ')}"

    @property
    def reason(self) -> str:
        """Reason of the verdict, and what it is worth."""
        return "; ".join(part for part in ("" if self.verdict is None else self.verdict.reason, self.limit) if part)

    @property
    def under_sun(self) -> bool:
        """Whether it is known where the sun stood."""
        return bool(np.isfinite(self.sun_deg).all())


def runs(mask: Mask, edges: Hours) -> list[tuple[float, float]]:
    """Start and end of each stretch of slots where `mask` is true.

    >>> runs(np.array([True, True, False, True]), np.arange(12.0, 17.0))
    [(12.0, 14.0), (15.0, 16.0)]
    """
    change = np.flatnonzero(np.diff(mask, prepend=False, append=False))
    return [(float(edges[first]), float(edges[last])) for first, last in change.reshape(-1, 2)]
