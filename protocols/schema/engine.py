"""The catalogue as the eligibility engine takes it."""

from collections.abc import Mapping

from protocols.eligibility import (
    AreaOption,
    DeviceOption,
    IndicationOption,
    Options,
    RuleSet,
    SubstanceOption,
    question_from,
    rule_from,
    rule_set,
)
from protocols.eligibility.names import name_list_from
from protocols.schema.catalogue import Catalogue


def options_of(catalogue: Catalogue) -> Options:
    return Options(
        areas={
            area.code: AreaOption(
                name=area.name,
                parent=area.parent,
                region=area.region,
                selectable=area.selectable,
                reason=area.reason,
            )
            for area in catalogue.areas
        },
        indications={
            each.code: IndicationOption(
                name=each.name,
                field=each.field,
                selectable=each.selectable,
                reason=each.reason,
                sign_off=each.sign_off,
                areas=frozenset(each.areas),
            )
            for each in catalogue.indications
        },
        substances={
            each.code: SubstanceOption(name=each.name, allergens=frozenset(each.allergens), areas=frozenset(each.areas))
            for each in catalogue.substances
        },
        devices={each.code: DeviceOption(name=each.name, kind=each.kind) for each in catalogue.delivery_devices},
        techniques={each.code: each.name for each in catalogue.techniques},
    )


def rule_set_of(catalogue: Catalogue, policies: Mapping[str, object] | None = None) -> RuleSet:
    """Every rule and question of the catalogue under the clinic's `policies` ({policy code: choice})."""
    return rule_set(
        rules=(rule_from(rule.model_dump()) for rule in catalogue.rules),
        questions=(question_from(question.model_dump()) for question in catalogue.questions),
        options=options_of(catalogue),
        policies=policies,
        names=(name_list_from(names.model_dump()) for names in catalogue.name_lists),
    )
