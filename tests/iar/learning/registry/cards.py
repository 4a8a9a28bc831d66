"""Cards of networks that scored this or that."""

from iar.detection.bundle import Card
from iar.detection.unet import UnetConfig

TINY = UnetConfig(base_filters=1, depth=2)
NOTHING = {"recipe": {}, "folds": [], "curves": {}, "pages": {}}
"""What a bundle is recorded with, where only the bundle matters."""


def card_of(f1, false_nights=0.0, nights=10, spacing_error_hz=None):
    network = {"f1": f1, "false_nights": false_nights, "spacing_error_median_hz": spacing_error_hz}
    return Card(
        name="tiny", trained_on="nothing", unet=TINY, spline_pieces=3, threshold=0.5, training={}, fold_scores=(),
        evaluation={"nights": nights, "seed": 20_000_000, "tolerance_px": 1, "network": network}, software={},
    )  # fmt: skip
