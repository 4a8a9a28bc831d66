"""How far the crests of single harmonics lie from the crest of all of them laid over each other.

A resonator's fringes get broader with their number: their steep side, by which they are followed, stays on an even
ladder, and the crest moves away from it. Each harmonic's own profile says where its crest is, not very well; that
neighbours move alike, and on most nights hardly at all, makes it better. How much is a matter of the night.
"""

import numpy as np
import numpy.typing as npt

from iar.fringes.crest import find_crest

Values = npt.NDArray[np.float64]

DRIFTS = (0.003, 0.03, 0.08)
"""Standard deviations of what a crest lies from the common one, in spacings: none, some, and as in wide resonators."""
DRIFTS_BEFORE = (0.7, 0.2, 0.1)
"""How likely each is before anything was measured: most crests that were published look alike."""
ALIKE = 4.0
"""Harmonics over which a drift is much the same."""
COMMON = 1.0
"""Standard deviation of what all harmonics have in common: that the common profile knows better, so it counts not."""
LEAST_SHARE = 1e-3
"""Share of the information that a harmonic has to have for its crest to be sought."""


def drift_crests(
    profile: Values,
    information: Values,
    coefficients: npt.NDArray[np.complex128],
    *,
    variance: float,
) -> tuple[Values, Values]:
    """Distance of each crest from the common one and its covariance, in spacings: (harmonic,), (harmonic, harmonic).

    Parameters
    ----------
    profile, information
        Of each harmonic, from `iar.fringes.crest.lay_over_each`, shape (harmonic, 64).
    coefficients
        Of all of them laid over each other, from `iar.fringes.crest.fit_shape`.
    variance
        Of a pixel of weight and depth 1.
    """
    harmonics = len(profile)
    share = information.sum(axis=1) / max(float(information.sum()), 1e-9)
    seen = np.flatnonzero(share > LEAST_SHARE)
    number = np.arange(harmonics)
    alike = np.exp(-(((number[:, None] - number) / ALIKE) ** 2) / 2)
    if len(seen) <= 1:
        return np.zeros(harmonics), DRIFTS[0] ** 2 * alike
    found = [find_crest(profile[n], information[n], coefficients, variance=variance) for n in seen]
    place, sigma = np.array(found).T
    free = np.eye(harmonics) - share  # less the mean over what the common profile is made of
    mean, covariance, evidence = [], [], []
    for drift in DRIFTS:
        before = drift**2 * alike
        wanted = before[np.ix_(seen, seen)] + COMMON**2 + np.diag(sigma**2)
        gain = np.linalg.solve(wanted, before[seen]).T
        evidence.append(-place @ np.linalg.solve(wanted, place) / 2 - np.linalg.slogdet(wanted)[1] / 2)
        mean.append(free @ gain @ place)
        covariance.append(free @ (before - gain @ before[seen]) @ free.T)
    likely = np.array(DRIFTS_BEFORE) * np.exp(np.array(evidence) - max(evidence))
    likely /= likely.sum()
    middle = likely @ np.array(mean)
    apart = np.array(mean) - middle
    spread = np.einsum("m,mij->ij", likely, np.array(covariance)) + np.einsum("m,mi,mj->ij", likely, apart, apart)
    return middle, spread
