"""Settings of a station and of the processing: frozen, strict, each field with its unit, bound and meaning.

Core functions never see these objects: ``stages`` unpacks them into plain numbers.
"""

from iar.settings.loading import load_processing, load_settings, load_station, stored_station, under_environment
from iar.settings.processing import (
    ClassicalSettings,
    DetectionSettings,
    FringeSettings,
    HarmonicSettings,
    PolarisationSettings,
    Processing,
    SchumannSettings,
    SpectraSettings,
)
from iar.settings.responses import (
    FlatResponse,
    FormulaResponse,
    PolesZerosResponse,
    ResonantResponse,
    Response,
    TableResponse,
)
from iar.settings.station import (
    CALIBRATION_FIELDS,
    STATIONS,
    Calibration,
    CoilChain,
    DarkHours,
    DarkSun,
    Station,
    check_calibrated,
)
from iar.settings.writing import settings_yaml

__all__ = [
    "CALIBRATION_FIELDS",
    "STATIONS",
    "Calibration",
    "ClassicalSettings",
    "CoilChain",
    "DarkHours",
    "DarkSun",
    "DetectionSettings",
    "FlatResponse",
    "FormulaResponse",
    "FringeSettings",
    "HarmonicSettings",
    "PolarisationSettings",
    "PolesZerosResponse",
    "Processing",
    "ResonantResponse",
    "Response",
    "SchumannSettings",
    "SpectraSettings",
    "Station",
    "TableResponse",
    "check_calibrated",
    "load_processing",
    "load_settings",
    "load_station",
    "settings_yaml",
    "stored_station",
    "under_environment",
]
