"""What is done to weights once a training has ended: blended with those it began with, and calibrated.

A network that learns on in another world forgets part of the first. Between both sets of weights, on a straight line,
lie networks that are better in both than the mean of their scores (Wortsman et al. 2022, arXiv:2109.01903). Their
probabilities are no longer what they say; a scale and an offset before the sigmoid mend that (Platt scaling; Guo et al.
2017, arXiv:1706.04599).
"""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from iar.detection.unet import KerasModel

Weights = list[npt.NDArray[np.float32]]
_LEAST = 1e-6
"""Probabilities are held this far from 0 and 1: their logits have to be numbers."""


def blended(begun: Weights, learnt: Weights, share: float) -> Weights:
    """Weights on the line between two sets: those it began with at a `share` of 0, those learnt at 1."""
    return [np.asarray((1 - share) * first + share * last) for first, last in zip(begun, learnt, strict=True)]


def fit_calibration(probability: npt.NDArray[np.float32], truth: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Scale and offset of the logit for which `probability` is most likely to have given `truth`.

    Parameters
    ----------
    probability, truth
        Of pixels that nothing was learnt from, same shape; NaN where there are no samples.
    """
    there = np.isfinite(probability)
    likely = np.clip(probability[there].astype(np.float64), _LEAST, 1 - _LEAST)
    logit, side = np.log(likely / (1 - likely)), np.where(truth[there], 1.0, -1.0)

    def surprise(fit: npt.NDArray[np.float64]) -> float:
        """Mean of minus the logarithm of the probability of what is true."""
        return float(np.mean(np.logaddexp(0, -side * (fit[0] * logit + fit[1]))))

    found = minimize(surprise, np.array([1.0, 0.0]), method="Nelder-Mead")
    return float(found.x[0]), float(found.x[1])


def calibrate(model: KerasModel, scale: float, offset: float) -> None:
    """Scale and shift what goes into the last sigmoid, in place."""
    *before, kernel, bias = model.get_weights()
    model.set_weights([*before, kernel * scale, bias * scale + offset])
