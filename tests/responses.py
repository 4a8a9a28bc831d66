"""Files that say what a coil makes of a field: StationXML that ObsPy writes, RESP and SAC poles and zeros as text."""

from pathlib import Path

import numpy as np
from obspy import UTCDateTime
from obspy.core import inventory as parts
from obspy.core.inventory import response as stages


def coil(volts_per_nt: float, corner_hz: float, *, unit: str = "T", volts_per_count: float = 3e-6) -> stages.Response:
    """Coil with one pole, and a digitiser that turns volts into counts: as stages of SEED."""
    per_unit = {"T": 1e9, "nT": 1.0}[unit]
    analog = stages.PolesZerosResponseStage(
        1, volts_per_nt * per_unit, 1.0, unit, "V", "LAPLACE (RADIANS/SECOND)", 1.0,
        [0j], [complex(-2 * np.pi * corner_hz)], normalization_factor=abs((1j + corner_hz) / 1j),
    )  # fmt: skip
    digital = stages.CoefficientsTypeResponseStage(
        2, 1 / volts_per_count, 1.0, "V", "COUNTS", "DIGITAL", numerator=[1.0], denominator=[],
        decimation_input_sample_rate=100.0, decimation_factor=1, decimation_offset=0, decimation_delay=0.0,
        decimation_correction=0.0,
    )  # fmt: skip
    sensitivity = stages.InstrumentSensitivity(volts_per_nt * per_unit / volts_per_count, 1.0, unit, "COUNTS")
    return stages.Response(instrument_sensitivity=sensitivity, response_stages=[analog, digital])


def channel(
    code: str, response: stages.Response | None, start: str | None = None, end: str | None = None
) -> parts.Channel:
    """Channel of that code, with its response, in an epoch."""
    times = {"start_date": start and UTCDateTime(start), "end_date": end and UTCDateTime(end)}
    return parts.Channel(code, "", 55, -3, 0, 0, azimuth=0, dip=0, sample_rate=100, response=response, **times)


def station_xml(path: Path, *channels: parts.Channel) -> None:
    """Write StationXML of a station with these channels."""
    site = parts.Station("ESK", 55, -3, 0, channels=list(channels), site=parts.Site(""))
    parts.Inventory([parts.Network("GB", [site])], source="a test").write(str(path), "STATIONXML")


RESP = """\
B050F03     Station:     ESK
B050F16     Network:     GB
B052F03     Location:    ??
B052F04     Channel:     HHN
B052F22     Start date:  2012,245
B052F23     End date:    No Ending Time
B053F03     Transfer function type:                A [Laplace Transform (Rad/sec)]
B053F04     Stage sequence number:                 1
B053F05     Response in units lookup:              T - TESLA
B053F06     Response out units lookup:             V - VOLTS
B053F07     A0 normalization factor:               1.044031
B053F08     Normalization frequency:               1
B053F09     Number of zeroes:                      1
B053F14     Number of poles:                       1
B053F10-13     0  0.000000e+00  0.000000e+00  0.000000e+00  0.000000e+00
B053F15-18     0 -1.884956e+00  0.000000e+00  0.000000e+00  0.000000e+00
B058F03     Stage sequence number:                 1
B058F04     Gain:                                  5.000000e+07
B058F05     Frequency of gain:                     1.000000e+00 HZ
B058F06     Number of calibrations:                0
B054F03     Transfer function type:                D
B054F04     Stage sequence number:                 2
B054F05     Response in units lookup:              V - VOLTS
B054F06     Response out units lookup:             COUNTS - DIGITAL COUNTS
B054F07     Number of numerators:                  0
B054F10     Number of denominators:                0
B057F03     Stage sequence number:                 2
B057F04     Input sample rate:                     100
B057F05     Decimation factor:                     1
B057F06     Decimation offset:                     0
B057F07     Estimated delay (seconds):             0
B057F08     Correction applied (seconds):          0
B058F03     Stage sequence number:                 2
B058F04     Gain:                                  3.333333e+05
B058F05     Frequency of gain:                     1.000000e+00 HZ
B058F06     Number of calibrations:                0
B058F03     Stage sequence number:                 0
B058F04     Gain:                                  1.666667e+13
B058F05     Frequency of gain:                     1.000000e+00 HZ
B058F06     Number of calibrations:                0
"""


SAC = """\
* **********************************
* NETWORK   (KNETWK): GB
* STATION    (KSTNM): ESK
* LOCATION   (KHOLE):
* CHANNEL   (KCMPNM): HHN
* START             : 2012-09-01T00:00:00
* END               : {end}
* INPUT UNIT        : T
* OUTPUT UNIT       : {unit}
* **********************************
ZEROS 1
POLES 1
-1.884956E+00 0.000000E+00
CONSTANT {constant:.8e}
"""
