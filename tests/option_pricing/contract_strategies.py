"""Random contracts for property tests, and an independent reference: quadrature of payoff times scipy's density."""

import math
from itertools import pairwise

from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import lognorm

from qalgo.option_pricing.problem import (
    BearSpread,
    BullSpread,
    Butterfly,
    DigitalCall,
    DigitalPut,
    EuropeanCall,
    EuropeanPut,
    PiecewiseLinear,
    Straddle,
    Strangle,
)

PAPER = {"spot": 2.0, "rate": 0.05, "volatility": 0.4, "maturity": 40 / 365}
CALL = EuropeanCall(strike=1.896, **PAPER)


@st.composite
def markets(draw):
    return {
        "spot": draw(st.floats(0.5, 200.0)),
        "rate": draw(st.floats(-0.05, 0.15)),
        "volatility": draw(st.floats(0.05, 0.8)),
        "maturity": draw(st.floats(0.02, 3.0)),
        "dividend_yield": draw(st.floats(0.0, 0.08)),
    }


@st.composite
def contracts(draw):
    market = draw(markets())
    spot = market["spot"]
    low, middle, high = (spot * draw(st.floats(*ends)) for ends in ((0.6, 0.9), (0.92, 1.08), (1.1, 1.5)))
    value = st.floats(-1.0, 1.0)
    points = [(low, spot * draw(value)), (middle, spot * draw(value)), (high, spot * draw(value))]
    slopes = {"left_slope": draw(value), "right_slope": draw(value)}
    return draw(
        st.sampled_from(
            [
                EuropeanCall(strike=middle, **market),
                EuropeanPut(strike=low, **market),
                DigitalCall(strike=high, payout=3.0, **market),
                DigitalPut(strike=middle, **market),
                Straddle(strike=middle, **market),
                Strangle(lower_strike=low, upper_strike=high, **market),
                Butterfly(lower_strike=low, middle_strike=middle, upper_strike=high, **market),
                BullSpread(lower_strike=low, upper_strike=middle, **market),
                BearSpread(lower_strike=middle, upper_strike=high, **market),
                PiecewiseLinear(points=points, **slopes, **market),
            ]
        )
    )


def risk_neutral_law(contract):
    """The law of the price at maturity, from scipy."""
    deviation = contract.volatility * math.sqrt(contract.maturity)
    drift = (contract.rate - contract.dividend_yield) * contract.maturity
    return lognorm(s=deviation, scale=contract.spot * math.exp(drift - 0.5 * deviation**2))


def integrated(contract, low=None, high=None):
    """Discounted E[payoff; low <= S <= high] by adaptive quadrature, cut at the payoff's kinks."""
    law = risk_neutral_law(contract)
    low = law.ppf(1e-18) if low is None else max(low, law.ppf(1e-18))
    high = law.isf(1e-18) if high is None else high
    cuts = sorted({low, high, *(k for k in (*contract.pieces().kinks, law.median()) if low < k < high)})
    # One-sided values at a jump: Gauss-Kronrod never evaluates the end points.
    parts = [
        quad(lambda s: float(contract.payoff(s)) * law.pdf(s), a, b, epsabs=0, epsrel=1e-11, limit=400)[0]
        for a, b in pairwise(cuts)
    ]
    return math.exp(-contract.rate * contract.maturity) * math.fsum(parts)
