"""Hours of the induction magnetometers of ISEE, Nagoya, and of its PWING stations: CDF, H, D and Z in volts at 64 Hz.

They are named ``isee_induction_<site>_<YYYYMMDDHH>_v<nn>.cdf``; the samples are in ``db_dt``, the sensitivity of the
coils, V/nT over frequency, in ``frequency``, ``sensitivity`` and ``phase_difference`` beside them (SPEDAS,
erg_load_gmag_isee_induction). H points to magnetic north.
"""

import re
from collections.abc import Sequence
from functools import partial

from iar.records.record import Expectation, RecordFile, Source
from iar.records.series import check_volts, series_records
from iar.records.tables.recognition import parse_table
from iar.settings.table import CdfTable, DependTimes

_NAME = re.compile(r"isee_induction_[a-z0-9]+_\d{10}_v\d+\.cdf")
_TABLE = CdfTable(channels=("db_dt[0]", "db_dt[1]"), start=DependTimes())


def recognise(source: Source, expected: Expectation) -> Sequence[RecordFile]:
    """Records of H and D; none for a file of another name.

    Raises
    ------
    InputError
        If cdflib is not installed.
    ValueError
        If it is damaged, something is not in it, or the station's unit is not V.
    """
    if not _NAME.fullmatch(source.name.rsplit("/", 1)[-1]):
        return ()
    check_volts(expected)
    parse = partial(parse_table, table=_TABLE, start_ns=None, rate_hz=expected.rate_hz)
    return series_records(source, parse, expected)
