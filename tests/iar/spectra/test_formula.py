import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iar.spectra.formula import formula_volts_per_nt
from iar.spectra.response import poles_zeros_volts_per_nt

HZ = np.geomspace(0.05, 50, 60)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("0.05", np.full(60, 0.05)),
        ("2 * f", 2 * HZ),
        ("-0.05*s/(s + 2*pi*0.3)", -0.05 * 1j * HZ / (1j * HZ + 0.3)),
        ("0.05*sqrt(f)*exp(-f/10)", 0.05 * np.sqrt(HZ) * np.exp(-HZ / 10)),
        ("abs(s)**2 + log(f)", (2 * np.pi * HZ) ** 2 + np.log(HZ)),
    ],
)
def test_a_formula_is_what_a_person_would_compute(formula, expected):
    np.testing.assert_allclose(formula_volts_per_nt(HZ, formula=formula), expected, rtol=1e-12)


@pytest.mark.parametrize(
    "text",
    ["", "f +", "__import__('os')", "f.real", "g", "f[0]", "sqrt(f, f)", "'f'", "True", "f if f else 1", "f @ f"],
)
def test_what_is_no_formula_is_refused_and_not_run(text):
    with pytest.raises(ValueError, match="formula"):
        formula_volts_per_nt(HZ, formula=text)


def test_a_tower_of_powers_ends_at_once():
    assert not np.isfinite(formula_volts_per_nt(HZ, formula="9**9**9**9")).any()


@given(text=st.text(max_size=40) | st.text("fs0123456789.+-*/() ", max_size=40))
def test_any_text_is_a_formula_or_refused(text):
    try:
        found = formula_volts_per_nt(HZ, formula=text)
    except ValueError as error:
        assert "formula" in str(error)  # noqa: PT017 - the claim
    else:
        assert found.shape == HZ.shape


def test_poles_and_zeros_are_the_formula_that_they_stand_for():
    """A high pass at 0.3 Hz and a low pass of two conjugate poles, with 50 mV/nT at 1 Hz."""
    pole = 2 * np.pi * 30 * np.exp(0.75j * np.pi)
    found = poles_zeros_volts_per_nt(
        HZ, zeros=[(0, 0)], poles=[(-2 * np.pi * 0.3, 0), (pole.real, pole.imag), (pole.real, -pole.imag)],
        volts_per_nt=0.05, at_hz=1.0,
    )  # fmt: skip
    shape = "s/(s + 2*pi*0.3)/(s**2 + 2*pi*30*sqrt(2)*s + (2*pi*30)**2)"
    formula = formula_volts_per_nt(HZ, formula=shape)
    (at_1_hz,) = np.abs(formula_volts_per_nt(np.array([1.0]), formula=shape))
    np.testing.assert_allclose(found, 0.05 * formula / at_1_hz, rtol=1e-9)
