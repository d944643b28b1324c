"""Names of months as programs write them: English, short and long, and the short ones of some locales.

French, German, Spanish, Italian, Portuguese and Dutch; glibc's ``%b`` and Java's ``MMM``, with or without a dot. No name stands for two
months.

Names: https://sourceware.org/git/?p=glibc.git (``localedata/locales``), https://cldr.unicode.org.
"""

from __future__ import annotations

import re
from typing import Final

#: names by month, in small letters
NAMES: Final = (
    ("jan", "january", "janv", "januar", "ene", "gen"),
    ("feb", "february", "févr", "fév", "fevr", "februar", "fev"),
    ("mar", "march", "mars", "mär", "märz", "mrt"),
    ("apr", "april", "avr", "avril", "abr"),
    ("may", "mai", "mag", "mei"),
    ("jun", "june", "juin", "juni", "giu"),
    ("jul", "july", "juil", "juli", "lug"),
    ("aug", "august", "août", "aout", "ago"),
    ("sep", "sept", "september", "set"),
    ("oct", "october", "okt", "oktober", "ott", "out"),
    ("nov", "november"),
    ("dec", "december", "déc", "dez", "dezember", "dic"),
)
MONTH_NAMES: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SHORT: Final = {name: MONTH_NAMES[at] for at, names in enumerate(NAMES) for name in names}
_WORD: Final = re.compile(r"[^\W\d_]{3,9}\.?")

#: one of them, in any case; the longer ones first
MONTH: Final = "(?i:" + "|".join(sorted(_SHORT, key=lambda name: (-len(name), name))) + r")\.?"


def in_english(text: str) -> str:
    """The text with each name of a month as English writes it in short."""
    return _WORD.sub(lambda found: _SHORT.get(found[0].lower().rstrip("."), found[0]), text)
