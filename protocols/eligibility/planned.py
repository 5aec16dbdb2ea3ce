"""The kinds of condition about what is planned: areas, indication, mix, device, technique. PURE."""

from dataclasses import dataclass

from protocols.eligibility.case import ALLERGIES, HOLDS, Case, Match, Plain
from protocols.eligibility.terms import Options, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class AllergyToMix:
    """An ingredient, or a product put on the skin, holds a confirmed allergen (or a suspected one, with `suspected`).

    `question` is a multiple choice of allergen codes; its answer counts as confirmed, and so does what is named in
    words (D35). Small doses change nothing (C05).
    """

    question: str
    suspected: bool = False

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({ALLERGIES, self.question})

    def match(self, case: Case) -> Match | None:
        allergens = self._allergens(case)
        if not allergens:
            return None
        substances = case.options.substances
        names = [
            substances[code].name
            for code in sorted(case.plan.mix | case.plan.topicals)
            if code in substances and allergens & (substances[code].allergens | {code})
        ]
        return Match(names=tuple(names)) if names else None

    def _allergens(self, case: Case) -> frozenset[str]:
        if self.suspected:
            return case.patient.suspected
        declared = case.answer(self.question)
        ticked = declared if isinstance(declared, frozenset) else frozenset()
        return case.patient.allergies | ticked | case.named_allergens()


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned(Plain):
    """What is planned touches every list given here. An area counts for every area it lies in."""

    areas: tuple[str, ...] = ()
    indications: tuple[str, ...] = ()
    except_indications: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    substances: tuple[str, ...] = ()
    device_kinds: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    def match(self, case: Case) -> Match | None:
        return HOLDS if self.covers(case.plan, case.options) else None

    def covers(self, plan: Plan, options: Options) -> bool:
        """The same test without a patient; care texts and consent lines use it for their scope."""
        return (
            self._areas(plan, options)
            and self._indication(plan, options)
            and (not self.substances or not (plan.mix | plan.topicals).isdisjoint(self.substances))
            and (not self.device_kinds or self._device_kind(plan, options) in self.device_kinds)
            and (not self.techniques or plan.technique in self.techniques)
        )

    def _areas(self, plan: Plan, options: Options) -> bool:
        if self.areas and options.with_parents(plan.areas).isdisjoint(self.areas):
            return False
        if not self.regions:
            return True
        return any(options.areas[code].region in self.regions for code in plan.areas if code in options.areas)

    def _indication(self, plan: Plan, options: Options) -> bool:
        if plan.indication in self.except_indications or (self.indications and plan.indication not in self.indications):
            return False
        if not self.fields:
            return True
        option = options.indications.get(plan.indication or "")
        return option is not None and option.field in self.fields

    @staticmethod
    def _device_kind(plan: Plan, options: Options) -> str | None:
        option = options.devices.get(plan.device or "")
        return option.kind if option else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaNotSelectable(Plain):
    """An area of the plan, or one it lies in, may not be treated (F002)."""

    def match(self, case: Case) -> Match | None:
        areas = case.options.areas
        names = tuple(areas[code].name for code in sorted(case.areas) if code in areas and not areas[code].selectable)
        return Match(names=names) if names else None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicationNotSelectable(Plain):
    def match(self, case: Case) -> Match | None:
        option = case.options.indications.get(case.plan.indication or "")
        return Match(names=(option.name,)) if option and not option.selectable else None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicationNeedsSignOff(Plain):
    def match(self, case: Case) -> Match | None:
        option = case.options.indications.get(case.plan.indication or "")
        return Match(names=(option.name,)) if option and option.selectable and option.sign_off else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoesNotBelong(Plain):
    """The indication or an ingredient has areas of its own, and a planned area is none of them (D47)."""

    def match(self, case: Case) -> Match | None:
        options, plan = case.options, case.plan
        planned = [options.indications.get(plan.indication or ""), *map(options.substances.get, sorted(plan.mix))]
        treated = [code for code in sorted(plan.areas) if self._is_treated(options, code)]
        names = tuple(
            f"{each.name}: {options.areas[code].name}"
            for each in planned
            if each and each.areas
            for code in treated
            if code not in each.areas
        )
        return Match(names=names) if names else None

    @staticmethod
    def _is_treated(options: Options, code: str) -> bool:
        """An area that is known and may be treated at all; others have findings of their own."""
        within = options.with_parents(frozenset({code}))
        return code in options.areas and all(options.areas[each].selectable for each in within if each in options.areas)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotInCatalogue(Plain):
    """Something planned is not in the catalogue, so no rule can speak about it."""

    def match(self, case: Case) -> Match | None:
        plan, options = case.plan, case.options
        unknown = {code for code in plan.areas if code not in options.areas}
        unknown |= {code for code in plan.mix | plan.topicals if code not in options.substances}
        singles = (
            (plan.indication, options.indications),
            (plan.device, options.devices),
            (plan.technique, options.techniques),
        )
        unknown |= {code for code, known in singles if code is not None and code not in known}
        return Match(names=tuple(sorted(unknown))) if unknown else None
