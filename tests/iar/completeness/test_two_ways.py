"""A fan laid over counts, through the whole chain, is the fan laid over the spectrum."""

from functools import partial

import numpy as np
import pytest

from iar.archive.store import Archive
from iar.completeness.recovery import recover
from iar.results.trials import inject_fan
from iar.settings import Station
from iar.simulation.injection import laid_over
from iar.simulation.ladder import ladder_level_db
from iar.stages.creation import create_archive
from iar.stages.fringes import measured
from iar.stages.night_view import NightView
from iar.stages.spectra import changed_density
from tests.iar.completeness.fans import noise, plain_fan
from tests.iar.completeness.test_recovery import judge_that_sees
from tests.nights import seal_density


@pytest.fixture(scope="module")
def view(processed, night):
    return NightView(Archive(str(processed)), night)


def test_counts_that_are_not_changed_have_the_density_that_was_sealed(view):
    same = changed_density(view, lambda counts, finer: (counts * int(finer)).astype(np.int32))
    sealed = measured(view).density
    np.testing.assert_allclose(same, sealed, rtol=2e-3)


def test_both_ways_give_the_same_spectrum_and_the_same_answer(view):
    seen, fan = measured(view), plain_fan(6.0)
    over_spectra = laid_over(seen.density, fan.ladder, seen.frequency_hz)
    over_counts = changed_density(view, partial(inject_fan, fan=fan))
    ratio_db = 20 * np.log10(over_counts / over_spectra)[:, seen.dark]
    assert abs(np.nanmean(ratio_db)) < 0.1
    # by frequency, since the noise of a segment leaks between bins: the fan is as deep either way
    gain_db = 20 * np.log10(over_counts / seen.density)[:, seen.dark]
    wanted_db = ladder_level_db(fan.ladder, seen.frequency_hz)[seen.dark].mean(axis=0)
    told_db = np.nanmedian(gain_db, axis=(0, 1))
    assert np.corrcoef(told_db, wanted_db)[0, 1] > 0.99
    assert np.ptp(told_db) == pytest.approx(np.ptp(wanted_db), rel=0.1)
    judge = judge_that_sees(fan)
    one, other = (recover(seen, fan, judge, boundary_hour=12, density=density) for density in (None, over_counts))
    assert (one.over_counts, other.over_counts) == (False, True)
    assert one.found == other.found


def test_an_archive_without_counts_has_none_to_change(tmp_path, night):
    store = create_archive(str(tmp_path / "archive"), Station())
    seal_density(store, night, noise().density)
    assert changed_density(NightView(store, night), lambda counts, _: counts) is None
