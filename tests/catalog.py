"""All that a database knows of itself but its rows and the order of its columns, to compare two ways of making it."""

from typing import Any

import psycopg

# Names are of the schema `public`; what belongs to an extension is said by the extension alone.
OURS = "NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = {it}.oid AND d.deptype = 'e')"
PARTS = {
    "relations": """
        SELECT c.relname, c.relkind, c.relowner::regrole, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity,
            c.relacl, c.reloptions, obj_description(c.oid, 'pg_class')
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND """
    + OURS.format(it="c"),
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
            a.attcollation::regcollation, a.attstorage, a.attcompression, a.attacl, pg_get_expr(d.adbin, d.adrelid),
            col_description(c.oid, a.attnum)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind <> 'i' AND a.attnum > 0 AND NOT a.attisdropped""",
    "constraints": """
        SELECT c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid), c.condeferrable, c.condeferred,
            c.convalidated
        FROM pg_constraint c WHERE c.connamespace = 'public'::regnamespace AND """
    + OURS.format(it="c"),
    "indexes": """
        SELECT pg_get_indexdef(i.indexrelid), i.indisunique, i.indisprimary, i.indisvalid, i.indimmediate
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace""",
    "statistics": "SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext",
    "triggers": """
        SELECT pg_get_triggerdef(t.oid), t.tgenabled, obj_description(t.oid, 'pg_trigger')
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal""",
    "functions": """
        SELECT pg_get_functiondef(p.oid), p.proowner::regrole, p.proacl, obj_description(p.oid, 'pg_proc')
        FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prokind <> 'a' AND """
    + OURS.format(it="p"),
    "policies": "SELECT * FROM pg_policies",
    "rules": "SELECT * FROM pg_rules WHERE schemaname = 'public'",
    "sequences": """
        SELECT s.seqrelid::regclass, s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
            s.seqcycle, pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid), d.deptype
        FROM pg_sequence s LEFT JOIN pg_depend d ON d.objid = s.seqrelid AND d.deptype IN ('a', 'i')""",
    "types": """
        SELECT t.typname, t.typtype, t.typowner::regrole, t.typacl FROM pg_type t
        WHERE t.typnamespace = 'public'::regnamespace AND """
    + OURS.format(it="t"),
    "extensions": "SELECT extname, extversion, extnamespace::regnamespace, extowner::regrole FROM pg_extension",
    "schemas": "SELECT nspname, nspowner::regrole, nspacl FROM pg_namespace WHERE nspname !~ '^pg_'",
    "default rights": "SELECT defaclrole::regrole, defaclnamespace, defaclobjtype, defaclacl FROM pg_default_acl",
}


def described(database: "psycopg.Connection[Any]") -> dict[str, list[str]]:
    """Kind of thing -> each of them in words, sorted. Rights in any order are the same rights."""
    return {kind: sorted(map(worded, database.execute(query))) for kind, query in PARTS.items()}


def worded(row: tuple[Any, ...]) -> str:
    return " | ".join(str(sorted(each) if isinstance(each, list) else each) for each in row)
