"""Names people write for medicines and allergens, and the classes of the catalogue they belong to (D35). PURE.

Free text is cut into pieces at commas and the like. In each piece the longest names are found as whole words, in any
case and with or without accents; doses and words such as "daily" say nothing. A name that is nearly one of the
catalogue's is asked about, and a piece that holds none is unknown. Nothing found here ever clears anything.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """What the names of one list say."""

    MEDICINE = "medicine"
    ALLERGEN = "allergen"
    PURPOSE = "purpose"  # what a medicine is taken for
    NEGATION = "negation"  # before a purpose it says that this is not the purpose
    KNOWN = "known"  # has no class: neither unknown nor of any weight
    NOISE = "noise"  # words around a name
    SUPPRESSANT = "suppressant"  # can hide a skin reaction; read for the allergy test alone (D50)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameList:
    """The names of one class; `code` is the class."""

    code: str
    role: Role
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A name found: as it was written, and what it may be: classes by role."""

    written: str
    codes: Mapping[Role, frozenset[str]]

    def of(self, role: Role) -> frozenset[str]:
        return self.codes.get(role, frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What one text says. `unknown`: pieces without any name; `nearly`: (as written, the name it nearly is)."""

    hits: tuple[Hit, ...] = ()
    purposes: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()
    nearly: tuple[tuple[str, str], ...] = ()


SEPARATORS = re.compile(r"[,;:\n\r/+&|•·()\[\]]+|\.\s|\s[-–—]\s|\b(?:and|und|et|och|og|oraz)\b", re.IGNORECASE)
TOKENS = re.compile(r"[^\W\d_]+|\d+")
NOT_DECOMPOSED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"})
SHORTEST_NEAR = 6  # letters of a name that is asked about when one letter is off (D35)
SHORTEST_JOINED = 6  # letters of a name that may be written apart or together: "cardio aspirin"
REACHES_BACK = 2  # words before a purpose in which a negation is looked for


def fold(text: str) -> str:
    """Without case and accents."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).translate(NOT_DECOMPOSED)


def tokens_of(text: str) -> list[str]:
    """Words and numbers as written: `B12` is two of them, so that `Eliquis5mg` holds its name."""
    return TOKENS.findall(unicodedata.normalize("NFKC", text))


class Register:
    """Every name of the catalogue, to be looked up in what people write."""

    def __init__(self, lists: Iterable[NameList] = ()) -> None:
        self._codes: dict[str, dict[Role, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._spelled: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        self._near: dict[str, set[str]] = defaultdict(set)
        self._shown: dict[str, str] = {}
        for each in lists:
            for name in each.names:
                self._add(each, name)
        self._longest = max((len(words) for spelled in self._spelled.values() for words in spelled), default=0) + 1

    def _add(self, names: NameList, name: str) -> None:
        words = tuple(fold(word) for word in tokens_of(name))
        key = "".join(words)
        if not key:
            return
        self._codes[key][names.role].add(names.code)
        self._spelled[key].add(words)
        if names.role in (Role.MEDICINE, Role.ALLERGEN) and key.isalpha() and len(key) >= SHORTEST_NEAR:
            self._shown[key] = name
            for variant in {key, *without_one(key)}:
                self._near[variant].add(key)

    def read(self, text: str, role: Role = Role.MEDICINE) -> Words:
        """What a text says about names of `role` and purposes; never raises."""
        hits: list[Hit] = []
        purposes: set[str] = set()
        unknown: list[str] = []
        nearly: list[tuple[str, str]] = []
        for piece in SEPARATORS.split(text):
            words = tokens_of(piece)
            found = list(self._hits(words))
            near = list(
                self._nearly(words, {place for place, count, _ in found for place in range(place, place + count)}, role)
            )
            hits += [hit for _, _, hit in found if hit.of(role)]
            purposes |= self._purposes(found)
            nearly += near
            if not near and says_something(words, found) and not any(speaks(hit, role) for _, _, hit in found):
                unknown.append(" ".join(piece.split()))
        return Words(
            hits=tuple(hits), purposes=frozenset(purposes), unknown=tuple(unknown), nearly=tuple(dict.fromkeys(nearly))
        )

    def _hits(self, words: list[str]) -> Iterator[tuple[int, int, Hit]]:
        """(place, how many words, the name), the longest name at each place."""
        folded = [fold(word) for word in words]
        place = 0
        while place < len(words):
            count = next((n for n in range(self._longest, 0, -1) if self._is_name(folded[place : place + n], n)), 0)
            if count:
                codes = self._codes["".join(folded[place : place + count])]
                kept = {role: frozenset(found) for role, found in codes.items()}
                yield place, count, Hit(written=" ".join(words[place : place + count]), codes=kept)
            place += count or 1

    def _is_name(self, words: list[str], count: int) -> bool:
        key = "".join(words)
        if len(words) != count or key not in self._codes:
            return False
        return tuple(words) in self._spelled[key] or len(key) >= SHORTEST_JOINED

    def _purposes(self, found: list[tuple[int, int, Hit]]) -> set[str]:
        """What the piece says a medicine is for; "no diabetes" is none."""
        negated = {place + count - 1 for place, count, hit in found if hit.of(Role.NEGATION)}
        return {
            code
            for place, _, hit in found
            for code in hit.of(Role.PURPOSE)
            if negated.isdisjoint(range(place - REACHES_BACK, place))
        }

    def _nearly(self, words: list[str], taken: set[int], role: Role) -> Iterator[tuple[str, str]]:
        for place, word in enumerate(words):
            key = fold(word)
            if place in taken or not key.isalpha():
                continue
            meant = [name for name in sorted(self._candidates(key)) if one_letter_off(key, name)]
            of_class = {frozenset(codes): name for name in reversed(meant) if (codes := self._codes[name].get(role))}
            yield from ((word, self._shown[name]) for name in of_class.values())

    def _candidates(self, key: str) -> set[str]:
        """Names that a letter more, less, other or swapped may turn into the word."""
        return {name for variant in (key, *without_one(key)) for name in self._near.get(variant, ())}


def speaks(hit: Hit, role: Role) -> bool:
    return bool(hit.of(role) or hit.of(Role.KNOWN) or hit.of(Role.PURPOSE))


def says_something(words: list[str], found: list[tuple[int, int, Hit]]) -> bool:
    """Whether there is a word that is no number and no noise."""
    noise = {place for place, count, hit in found if hit.of(Role.NOISE) for place in range(place, place + count)}
    return any(len(word) > 1 and word.isalpha() for place, word in enumerate(words) if place not in noise)


def without_one(word: str) -> Iterator[str]:
    """The word with each letter left out in turn."""
    return (word[:place] + word[place + 1 :] for place in range(len(word)))


def one_letter_off(word: str, name: str) -> bool:
    """One letter more, less, other, or two neighbours swapped."""
    if word == name:
        return False
    if len(word) != len(name):
        shorter, longer = sorted((word, name), key=len)
        return len(longer) - len(shorter) == 1 and shorter in without_one(longer)
    differ = [place for place, (mine, theirs) in enumerate(zip(word, name, strict=True)) if mine != theirs]
    if len(differ) == 1:
        return True
    swapped = len(differ) == 2 and differ[1] - differ[0] == 1
    return swapped and word[differ[0]] == name[differ[1]] and word[differ[1]] == name[differ[0]]


def name_list_from(data: Mapping[str, Any]) -> NameList:
    """A list from its data: a catalogue entry."""
    return NameList(code=data["code"], role=Role(data["role"]), names=tuple(data["names"]))
