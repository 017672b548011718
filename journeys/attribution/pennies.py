"""Money shared out to the penny: what everybody gets adds up to what there is. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor

# ISO 4217: of all other currencies, two.
DECIMALS = dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
DECIMALS |= dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)


def to_the_penny(shares: Sequence[float], total: Decimal, currency: str) -> list[Decimal]:
    """Shares in a total, each rounded to the currency's smallest unit (or the total's, where that is smaller), and
    what rounding leaves given to those that lost most by it, the earlier first: they sum to the total.

    shares: about what each gets, of either sign (a refund is a negative total); their sum is the total but for how
    floats round. Raises ValueError where it is not.
    """
    unit = unit_of(total, currency)
    exact = [Fraction(share) / Fraction(unit) for share in shares]
    found = [floor(share) for share in exact]
    left = round(Fraction(total) / Fraction(unit)) - sum(found)
    if not 0 <= left <= len(found):
        raise ValueError(f"shares of {sum(shares):.2f} are no shares of {total}")
    most_lost = sorted(range(len(found)), key=lambda at: (found[at] - exact[at], at))
    for at in most_lost[:left]:
        found[at] += 1
    return [one * unit for one in found]


def unit_of(total: Decimal, currency: str) -> Decimal:
    """The smallest amount that is told apart."""
    exponent = total.normalize().as_tuple().exponent
    own = -exponent if isinstance(exponent, int) else 0
    return Decimal(1).scaleb(-max(DECIMALS.get(currency, 2), own))
