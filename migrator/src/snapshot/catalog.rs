//! The queries that read a schema from the catalog as statements that would make it.
//!
//! They need no privilege beyond reading the catalog, and run with an empty `search_path`, so that every name in what
//! the server prints is qualified. What differs between server versions for the same schema is evened out here or in
//! `normalise`; objects that belong to an extension are the extension's.

/// The kinds of objects, in the order in which they are read and shown. Each query returns: class, object id, name,
/// definition. `{schemas}` stands for a condition on `n.nspname`, `{ours}` for one that is true for our own tables.
pub(super) const QUERIES: [(&str, &str); 17] = [
    ("schema", SCHEMAS),
    ("extension", EXTENSIONS),
    ("type", TYPES),
    ("domain", DOMAINS),
    ("sequence", SEQUENCES),
    ("table", TABLES),
    ("sequence owner", SEQUENCE_OWNERS),
    ("function", FUNCTIONS),
    ("aggregate", AGGREGATES),
    ("view", VIEWS),
    ("index", INDEXES),
    ("constraint", CONSTRAINTS),
    ("statistics", STATISTICS),
    ("trigger", TRIGGERS),
    ("rule", RULES),
    ("row security", ROW_SECURITY),
    ("policy", POLICIES),
];

/// Comments, where they are wanted.
pub(super) const COMMENT: (&str, &str) = ("comment", COMMENTS);
/// Grants, where they are wanted.
pub(super) const GRANT: (&str, &str) = ("grant", GRANTS);

const SCHEMAS: &str = "SELECT 'pg_namespace'::regclass::oid, n.oid, format('%I', n.nspname), \
    format('CREATE SCHEMA %I', n.nspname) FROM pg_namespace n WHERE {schemas} AND n.nspname <> 'public' \
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_namespace'::regclass AND d.objid = n.oid \
    AND d.deptype = 'e')";

// The version of an extension is the server's matter, not the history's.
const EXTENSIONS: &str = "SELECT 'pg_extension'::regclass::oid, e.oid, format('%I', e.extname), \
    format('CREATE EXTENSION %I WITH SCHEMA %I', e.extname, n.nspname) \
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE {schemas} AND e.extname <> 'plpgsql'";

const TYPES: &str = "SELECT 'pg_type'::regclass::oid, t.oid, format('%I.%I', n.nspname, t.typname), \
    format('CREATE TYPE %I.%I AS ', n.nspname, t.typname) || CASE t.typtype \
    WHEN 'e' THEN 'ENUM (' || COALESCE((SELECT string_agg(E'\\n    ' || quote_literal(e.enumlabel), ',' \
        ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid), '') || E'\\n)' \
    WHEN 'c' THEN '(' || COALESCE((SELECT string_agg(format(E'\\n    %I %s%s', a.attname, \
        format_type(a.atttypid, a.atttypmod), {collation}), ',' ORDER BY a.attnum) FROM pg_attribute a \
        WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped), '') || E'\\n)' \
    ELSE 'RANGE (SUBTYPE = ' || (SELECT format_type(r.rngsubtype, NULL) || CASE WHEN r.rngsubdiff <> 0 \
        THEN ', SUBTYPE_DIFF = ' || r.rngsubdiff::regproc ELSE '' END FROM pg_range r WHERE r.rngtypid = t.oid) \
        || ')' END \
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid \
    WHERE {schemas} AND (t.typtype IN ('e', 'r') OR (t.typtype = 'c' AND c.relkind = 'c')) \
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid \
    AND d.deptype = 'e')";

const DOMAINS: &str = "SELECT 'pg_type'::regclass::oid, t.oid, format('%I.%I', n.nspname, t.typname), \
    format('CREATE DOMAIN %I.%I AS %s', n.nspname, t.typname, format_type(t.typbasetype, t.typtypmod)) \
    || CASE WHEN t.typcollation <> 0 AND t.typcollation <> b.typcollation THEN ' COLLATE ' || \
        t.typcollation::regcollation ELSE '' END \
    || COALESCE(' DEFAULT ' || t.typdefault, '') || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END \
    || COALESCE((SELECT string_agg(format(E'\\n    CONSTRAINT %I %s', c.conname, pg_get_constraintdef(c.oid)), '' \
        ORDER BY c.conname) FROM pg_constraint c WHERE c.contypid = t.oid AND c.contype = 'c'), '') \
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_type b ON b.oid = t.typbasetype \
    WHERE {schemas} AND t.typtype = 'd' \
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid \
    AND d.deptype = 'e')";

// Sequences of identity columns are part of their column.
const SEQUENCES: &str = "SELECT 'pg_class'::regclass::oid, c.oid, format('%I.%I', n.nspname, c.relname), \
    format('CREATE SEQUENCE %I.%I AS %s START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s%s', n.nspname, \
    c.relname, format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, \
    CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END) \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_sequence s ON s.seqrelid = c.oid \
    WHERE {schemas} AND NOT {ours} AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass \
    AND d.objid = c.oid AND d.deptype IN ('e', 'i'))";

const TABLES: &str = "SELECT 'pg_class'::regclass::oid, c.oid, format('%I.%I', n.nspname, c.relname), \
    format('CREATE %s%s %I.%I', CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END, \
    CASE c.relkind WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, n.nspname, c.relname) \
    || CASE WHEN c.relispartition THEN (SELECT format(' PARTITION OF %s %s', i.inhparent::regclass, \
        pg_get_expr(c.relpartbound, c.oid)) FROM pg_inherits i WHERE i.inhrelid = c.oid) ELSE ' (' || COALESCE(( \
        SELECT string_agg(format(E'\\n    %I %s%s', a.attname, format_type(a.atttypid, a.atttypmod), {collation}) \
        || CASE WHEN a.attgenerated = 's' THEN format(' GENERATED ALWAYS AS (%s) STORED', \
            pg_get_expr(f.adbin, f.adrelid)) \
        WHEN a.attgenerated = 'v' THEN format(' GENERATED ALWAYS AS (%s)', pg_get_expr(f.adbin, f.adrelid)) \
        ELSE COALESCE(' DEFAULT ' || pg_get_expr(f.adbin, f.adrelid), '') END \
        || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END \
        || CASE a.attidentity WHEN '' THEN '' ELSE format(' GENERATED %s AS IDENTITY (START WITH %s INCREMENT BY %s \
MINVALUE %s MAXVALUE %s CACHE %s%s)', CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, s.seqstart, \
            s.seqincrement, s.seqmin, s.seqmax, s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END) END, ',' \
        ORDER BY a.attnum) FROM pg_attribute a LEFT JOIN pg_attrdef f ON f.adrelid = a.attrelid \
        AND f.adnum = a.attnum LEFT JOIN pg_depend o ON a.attidentity <> '' \
        AND o.refclassid = 'pg_class'::regclass AND o.refobjid = a.attrelid AND o.refobjsubid = a.attnum \
        AND o.deptype = 'i' AND o.classid = 'pg_class'::regclass LEFT JOIN pg_sequence s ON s.seqrelid = o.objid \
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attislocal), '') || E'\\n)' END \
    || CASE WHEN c.relispartition THEN '' ELSE COALESCE((SELECT ' INHERITS (' || string_agg(i.inhparent::regclass::text, \
        ', ' ORDER BY i.inhseqno) || ')' FROM pg_inherits i WHERE i.inhrelid = c.oid), '') END \
    || COALESCE(' PARTITION BY ' || pg_get_partkeydef(c.oid), '') \
    || COALESCE((SELECT format(' SERVER %I', s.srvname) FROM pg_foreign_table f JOIN pg_foreign_server s \
        ON s.oid = f.ftserver WHERE f.ftrelid = c.oid), '') \
    || COALESCE(' WITH (' || (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(c.reloptions) o) || ')', '') \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE {schemas} AND NOT {ours} AND c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' \
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid \
    AND d.deptype = 'e')";

const SEQUENCE_OWNERS: &str = "SELECT 'pg_class'::regclass::oid, 0::oid, format('%I.%I', n.nspname, c.relname), \
    format('ALTER SEQUENCE %I.%I OWNED BY %s.%I', n.nspname, c.relname, a.attrelid::regclass, a.attname) \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_depend d \
    ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'a' AND d.refclassid = 'pg_class'::regclass \
    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid \
    WHERE {schemas} AND c.relkind = 'S' AND NOT {ours}";

const FUNCTIONS: &str = "SELECT 'pg_proc'::regclass::oid, p.oid, \
    format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), \
    pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace \
    WHERE {schemas} AND p.prokind <> 'a' AND NOT EXISTS (SELECT FROM pg_depend d \
    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))";

const AGGREGATES: &str = "SELECT 'pg_proc'::regclass::oid, p.oid, \
    format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), \
    format(E'CREATE AGGREGATE %I.%I(%s) (\\n    SFUNC = %s,\\n    STYPE = %s', n.nspname, p.proname, \
    CASE pg_get_function_arguments(p.oid) WHEN '' THEN '*' ELSE pg_get_function_arguments(p.oid) END, \
    g.aggtransfn, format_type(g.aggtranstype, NULL)) \
    || CASE WHEN g.aggfinalfn <> 0 THEN E',\\n    FINALFUNC = ' || g.aggfinalfn ELSE '' END \
    || CASE WHEN g.aggcombinefn <> 0 THEN E',\\n    COMBINEFUNC = ' || g.aggcombinefn ELSE '' END \
    || COALESCE(E',\\n    INITCOND = ' || quote_literal(g.agginitval), '') \
    || CASE p.proparallel WHEN 's' THEN E',\\n    PARALLEL = safe' WHEN 'r' THEN E',\\n    PARALLEL = restricted' \
        ELSE '' END || E'\\n)' \
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_aggregate g ON g.aggfnoid = p.oid \
    WHERE {schemas} AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass \
    AND d.objid = p.oid AND d.deptype = 'e')";

const VIEWS: &str = "SELECT 'pg_class'::regclass::oid, c.oid, format('%I.%I', n.nspname, c.relname), \
    format(E'CREATE %s %I.%I%s AS\\n%s%s', CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END, \
    n.nspname, c.relname, COALESCE(' WITH (' || (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(c.reloptions) o) \
    || ')', ''), rtrim(pg_get_viewdef(c.oid), ';'), \
    CASE WHEN c.relkind = 'm' AND NOT c.relispopulated THEN E'\\nWITH NO DATA' ELSE '' END) \
    || COALESCE((SELECT E'\\n/* reads ' || string_agg(DISTINCT concat_ws('.', d.refobjid::regclass, quote_ident(a.attname)), \
        ', ' ORDER BY concat_ws('.', d.refobjid::regclass, quote_ident(a.attname))) || ' */' \
        FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid \
        AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid LEFT JOIN pg_attribute a \
        ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND d.refobjsubid > 0 WHERE w.ev_class = c.oid), '') \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {schemas} AND c.relkind IN ('v', 'm') \
    AND c.relpersistence <> 't' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass \
    AND d.objid = c.oid AND d.deptype = 'e')";

// The indexes of constraints are made by them, and those of partitions by the index of their parent, which the server
// prints as if it had none.
const INDEXES: &str = "SELECT 'pg_class'::regclass::oid, c.oid, format('%I.%I', n.nspname, c.relname), \
    CASE c.relkind WHEN 'I' THEN replace(pg_get_indexdef(c.oid), ' ON ONLY ', ' ON ') ELSE pg_get_indexdef(c.oid) END \
    || CASE WHEN i.indisvalid THEN '' ELSE ' /* INVALID */' END \
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
    JOIN pg_class t ON t.oid = i.indrelid WHERE {schemas} AND t.relkind IN ('r', 'p', 'm') \
    AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = c.oid AND o.contype IN ('p', 'u', 'x')) \
    AND NOT c.relispartition AND t.relpersistence <> 't' AND NOT {ours_of_table} \
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = t.oid \
    AND d.deptype = 'e')";

// From PostgreSQL 18 on, NOT NULL is a constraint of its own; here it is a word of the column.
const CONSTRAINTS: &str = "SELECT 'pg_constraint'::regclass::oid, o.oid, \
    format('%I.%I.%I', n.nspname, c.relname, o.conname), \
    format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', n.nspname, c.relname, o.conname, pg_get_constraintdef(o.oid)) \
    FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE {schemas} AND o.contype IN ('c', 'f', 'p', 'u', 'x') AND o.conislocal AND o.conparentid = 0 \
    AND c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND NOT {ours} \
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid \
    AND d.deptype = 'e')";

const STATISTICS: &str = "SELECT 'pg_statistic_ext'::regclass::oid, s.oid, format('%I.%I', n.nspname, s.stxname), \
    pg_get_statisticsobjdef(s.oid) FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace \
    WHERE {schemas}";

const TRIGGERS: &str = "SELECT 'pg_trigger'::regclass::oid, t.oid, \
    format('%I.%I.%I', n.nspname, c.relname, t.tgname), pg_get_triggerdef(t.oid) \
    || CASE t.tgenabled WHEN 'O' THEN '' ELSE format(E';\\nALTER TABLE %I.%I %s TRIGGER %I', n.nspname, c.relname, \
        CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, t.tgname) END \
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE {schemas} AND NOT t.tgisinternal AND (to_jsonb(t) ->> 'tgparentid') = '0' AND c.relpersistence <> 't' \
    AND NOT {ours}";

const RULES: &str = "SELECT 'pg_rewrite'::regclass::oid, r.oid, format('%I.%I.%I', n.nspname, c.relname, r.rulename), \
    rtrim(pg_get_ruledef(r.oid), ';') FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class \
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {schemas} AND r.rulename <> '_RETURN' AND NOT {ours}";

const ROW_SECURITY: &str = "SELECT 'pg_class'::regclass::oid, 0::oid, format('%I.%I', n.nspname, c.relname), \
    concat_ws(E';\\n', CASE WHEN c.relrowsecurity THEN format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', n.nspname, \
        c.relname) END, CASE WHEN c.relforcerowsecurity THEN format('ALTER TABLE %I.%I FORCE ROW LEVEL SECURITY', \
        n.nspname, c.relname) END) \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {schemas} AND NOT {ours} \
    AND (c.relrowsecurity OR c.relforcerowsecurity)";

const POLICIES: &str = "SELECT 'pg_policy'::regclass::oid, p.oid, \
    format('%I.%I.%I', n.nspname, c.relname, p.polname), \
    format('CREATE POLICY %I ON %I.%I AS %s FOR %s TO %s', p.polname, n.nspname, c.relname, \
    CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, \
    CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' \
        ELSE 'ALL' END, \
    COALESCE((SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END, ', ' \
        ORDER BY pg_get_userbyid(r)) FROM unnest(p.polroles) r), 'PUBLIC')) \
    || COALESCE(E'\\n    USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '') \
    || COALESCE(E'\\n    WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '') \
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE {schemas} AND NOT {ours}";

const COMMENTS: &str = "SELECT 0::oid, 0::oid, i.type || ' ' || i.identity, \
    format('COMMENT ON %s %s IS %L', CASE WHEN i.type LIKE '% column' THEN 'COLUMN' \
        WHEN i.type LIKE '% constraint' THEN 'CONSTRAINT' ELSE upper(i.type) END, \
    CASE i.type WHEN 'domain constraint' THEN replace(i.identity, ' on ', ' ON DOMAIN ') ELSE i.identity END, \
    d.description) \
    FROM pg_description d CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) i \
    LEFT JOIN pg_namespace n ON n.nspname = i.schema \
    WHERE d.classoid IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass, 'pg_constraint'::regclass, \
    'pg_trigger'::regclass, 'pg_policy'::regclass) AND {schemas} AND i.identity NOT LIKE '%.migrator\\_%' \
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classoid AND e.objid = d.objoid AND e.deptype = 'e')";

const GRANTS: &str = "SELECT 0::oid, 0::oid, format('%I.%I to %s: %s', n.nspname, c.relname, \
    CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END, a.privilege_type), \
    format('GRANT %s ON %s%I.%I TO %s%s', a.privilege_type, CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END, \
    n.nspname, c.relname, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END, \
    CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(c.relacl) a \
    WHERE {schemas} AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND a.grantee <> c.relowner AND NOT {ours} \
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid \
    AND d.deptype = 'e')";

/// The collation of a column, where it is not its type's own.
pub(super) const COLLATION: &str = "CASE WHEN a.attcollation <> 0 AND a.attcollation <> \
    (SELECT y.typcollation FROM pg_type y WHERE y.oid = a.atttypid) THEN ' COLLATE ' || \
    a.attcollation::regcollation ELSE '' END";

/// Which object needs which other one to be made first: class and id of both. The row type of a table stands for the
/// table, and the index of a constraint for the constraint.
pub(super) const DEPENDENCIES: &str = "SELECT DISTINCT \
    CASE WHEN a.adrelid IS NOT NULL OR w.ev_class IS NOT NULL THEN 'pg_class'::regclass::oid ELSE d.classid END, \
    COALESCE(a.adrelid, CASE WHEN w.rulename = '_RETURN' THEN w.ev_class END, d.objid), \
    CASE WHEN y.typrelid <> 0 AND k.relkind <> 'c' THEN 'pg_class'::regclass::oid \
        WHEN u.oid IS NOT NULL THEN 'pg_constraint'::regclass::oid ELSE d.refclassid END, \
    CASE WHEN y.typrelid <> 0 AND k.relkind <> 'c' THEN y.typrelid WHEN y.typelem <> 0 THEN y.typelem \
        WHEN u.oid IS NOT NULL THEN u.oid ELSE d.refobjid END \
    FROM pg_depend d LEFT JOIN pg_attrdef a ON d.classid = 'pg_attrdef'::regclass AND a.oid = d.objid \
    LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid \
    LEFT JOIN pg_type y ON d.refclassid = 'pg_type'::regclass AND y.oid = d.refobjid \
    LEFT JOIN pg_class k ON k.oid = y.typrelid \
    LEFT JOIN pg_constraint u ON d.refclassid = 'pg_class'::regclass AND u.conindid = d.refobjid \
    AND u.contype IN ('p', 'u', 'x') \
    LEFT JOIN pg_class q ON d.classid = 'pg_class'::regclass AND q.oid = d.objid \
    WHERE d.deptype IN ('n', 'a', 'P', 'S') AND d.refobjid >= 16384 AND (q.relkind IS NULL OR q.relkind <> 'S')";
