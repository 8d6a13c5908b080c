"""Books of contracts: the schema, and errors that name file, contract and field."""

import pytest

import qalgo
from qalgo.errors import ProblemError
from qalgo.option_pricing.problem import KINDS, EuropeanCall, PiecewiseLinear

MARKET = '[market]\nspot = 2.0\nrate = 0.05\nvolatility = 0.4\nmaturity = "40/365"\n'
CALL = '[[contract]]\nkind = "european-call"\nstrike = 1.896\n'


def read(tmp_path, text, **keywords):
    path = tmp_path / "book.toml"
    path.write_text(text)
    return qalgo.read_book(path, **keywords)


def test_a_book_of_every_kind(tmp_path):
    fields = {
        "strangle": "lower_strike = 1.8\nupper_strike = 2.2\n",
        "butterfly": "lower_strike = 1.8\nupper_strike = 2.2\n",
        "bull-spread": "lower_strike = 1.8\nupper_strike = 2.2\n",
        "bear-spread": "lower_strike = 1.8\nupper_strike = 2.2\n",
        "piecewise-linear": 'legs = [{ kind = "call", strike = 1.9, quantity = 2 }, { kind = "cash" }]\n',
    }
    text = MARKET + "".join(
        f'[[contract]]\nkind = "{kind}"\n{fields.get(kind, "strike = 1.896" + chr(10))}' for kind in KINDS
    )
    contracts = read(tmp_path, text)
    assert list(contracts) == list(KINDS)
    for kind, contract in contracts.items():
        assert contract.kind == kind
        assert contract.black_scholes() > 0
    assert contracts["european-call"] == EuropeanCall(
        spot=2.0, strike=1.896, rate=0.05, volatility=0.4, maturity=40 / 365
    )


def test_own_fields_win_over_given_market_over_the_file(tmp_path):
    text = MARKET + CALL + CALL + "spot = 7.0\n"
    first, second = read(tmp_path, text, market={"spot": 3.0, "volatility": 0.2}).values()
    assert (first.spot, first.volatility, first.rate) == (3.0, 0.2, 0.05)
    assert second.spot == 7.0


def test_names(tmp_path):
    text = MARKET + CALL + '[[contract]]\nkind = "european-put"\nstrike = 2\nname = "a put"\n' + CALL
    assert list(read(tmp_path, text)) == ["european-call-1", "a put", "european-call-2"]


def test_arrays_and_points(tmp_path):
    text = MARKET + CALL.replace("1.896", "[1.8, 1.9]")
    text += '[[contract]]\nkind = "piecewise-linear"\npoints = [[1.8, 0.0], [2.0, 0.2]]\nright_slope = 1\n'
    call, tent = read(tmp_path, text).values()
    assert len(call) == 2
    assert isinstance(tent, PiecewiseLinear)
    assert tent.payoff([3.0])[0] == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[market\n", "is not a TOML file"),
        (MARKET, r"no \[\[contract\]\] entries"),
        (MARKET + '[contract]\nkind = "european-call"\n', "no .*entries.*double brackets"),
        (MARKET + CALL + "[extra]\n", "unknown section extra"),
        ("[market]\nspott = 1\n" + CALL, r"\[market\]: unknown field spott; allowed: spot, rate"),
        ("market = 3\n" + CALL, r"\[market\] is not a table"),
        (MARKET + '[[contract]]\nkind = "asian"\n', r"contract 1 \(asian\): kind is 'asian'; allowed: european-call"),
        (MARKET + "[[contract]]\nstrike = 1\n", r"kind is None"),
        (MARKET + CALL + "barrier = 3\n", r"contract 1 \(european-call\): unknown field barrier; allowed: spot"),
        (CALL, r"missing spot, rate, volatility, maturity; .*\[market\]"),
        (MARKET + CALL + "volatility = -0.4\n", r"contract 1 \(european-call\): volatility is -0.4"),
        (MARKET + CALL + 'maturity = "soon"\n', r'maturity is \'soon\'; allowed: years, .*"40/365"'),
        (MARKET + CALL + 'name = "a/b"\n', "name of contract 1 is 'a/b'"),
        (MARKET + CALL + 'name = "x"\n' + CALL + 'name = "x"\n', "'x' is used twice"),
    ],
)
def test_mistakes_are_named(tmp_path, text, message):
    with pytest.raises(ProblemError, match=message) as caught:
        read(tmp_path, text)
    assert "book.toml" in str(caught.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ProblemError, match=r"cannot read .*none\.toml: No such file"):
        qalgo.read_book(tmp_path / "none.toml")
    (tmp_path / "book.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ProblemError, match="not UTF-8"):
        qalgo.read_book(tmp_path / "book.toml")
    with pytest.raises(ProblemError, match="market: unknown field strike"):
        read(tmp_path, MARKET + CALL, market={"strike": 3.0})


def test_the_schema_is_documented_and_its_example_works(tmp_path):
    lines = qalgo.read_book.__doc__.split("Schema::")[1].split("Spots and strikes")[0].splitlines()
    contracts = read(tmp_path, "\n".join(line.removeprefix(" " * 8) for line in lines))
    assert list(contracts) == ["near the money", "piecewise-linear"]
