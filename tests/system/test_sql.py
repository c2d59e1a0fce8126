"""Every statement of sql/queries is prepared, and its generic plan looked at, on an empty and on a filled schema. A
prepared statement keeps the plan that it got while the tables were empty, so already there it must not read whole a
table that grows (architecture.md §5).
"""

import json

import harness

QUERIES = sorted((harness.ROOT / "sql" / "queries").glob("*.sql"))
# Cannot be prepared under a name, and reads nothing.
UTILITY = {"door_notify", "seal_rewrite", "seal_validate", "seal_analyze"}

# Tables that grow with every message, and how many rows the filled schema has in each.
GROWING = {name: 20000 for name in ("episode", "fact", "participant", "task", "breach", "notice", "identitet",
                                    "identitet_ersatter", "kontakt", "undelivered", "attempt", "follow_up",
                                    "betalningsansvar", "access_entry", "access_seal")}
# Grow with the register, or hold only what lies ahead.
SMALL = {"booking": 2000}

# What may read a growing table whole, and why.
WHOLE = {
    "access_export": "by hand; looks through the seals for where a time begins",
    "access_unsealed": "by hand, to say what no seal holds",
    "door_counters": "once, when a daemon becomes the door",
    "gallring_choose": "by hand, to remove what is past its time: what is over, and what notices name",
    "gallring_choose_notices": "as gallring_choose: each feed from its beginning",
    "gallring_choose_identiteter": "as gallring_choose",
    "maintain_attempts": "once a night, to forget what is old, piece by piece",
    "maintain_undelivered": "as maintain_attempts",
    "rederive": "by hand, to say how many are planned anew",
    "report_kontakter": "a report over all units is one over every fast kontakt; by units an index is used",
    "register_loads": "once, when a daemon becomes the door",
    "register_bookings": "once, when a daemon becomes the door",
}

# As the daemon's connections are set.
SESSION = "set search_path to samordnad, public; set plan_cache_mode to force_generic_plan;"
INDEXES = "set enable_seqscan to off; set enable_bitmapscan to off;"

FILL = """
select setseed(0.5);
do $$
declare
	t text;
	rows integer;
	columns text;
	list text;
begin
	for t, rows in select * from json_each_text('%s') loop
		select string_agg(quote_ident(column_name), ', ' order by ordinal_position),
			string_agg(case
				when column_name in ('nr', 'task_nr') and t <> 'access_entry' then '1'
				when column_name = 'patient' and t = 'access_entry' then 'null'
				when column_name = 'entries' then '1'
				when data_type = 'int8multirange' then 'int8multirange(int8range(g, g + 1))'
				when column_name = 'phase' then '1 + g %% 5'
				when column_name = 'slag' then '1 + g %% 2'
				when column_name in ('start_at', 'first_at', 'at', 'created_at', 'opened_at', 'sent_at')
					then format('timestamptz ''2026-01-01Z'' + g * interval ''1 hour''')
				when column_name in ('end_at', 'due_at', 'next_due', 'next_at')
					then format('timestamptz ''2026-01-01Z'' + (g + 1) * interval ''1 hour''')
				when column_name = 'status' and t = 'attempt' then '200'
				when column_name in ('status', 'state') and data_type <> 'bytea' then '(g %% 20 = 0)::integer'
				when column_name = 'unit' then '1 + g %% 500'
				when column_name = 'endpoint' then '1 + g %% 500'
				when column_name = 'staff' then '1 + g %% 2000'
				when data_type = 'smallint' then 'g %% 30'
				when data_type in ('integer', 'bigint') then 'g'
				when data_type = 'boolean' then 'g %% 10 <> 0'
				when data_type = 'uuid' then 'gen_random_uuid()'
				when data_type = 'bytea' then 'int8send(g)'
				when data_type = 'timestamp with time zone' then 'timestamptz ''2026-01-01Z'' + g * interval ''1 hour'''
				else quote_literal('x') || ' || g' end, ', ' order by ordinal_position)
			into columns, list
			from information_schema.columns where table_schema = 'samordnad' and table_name = t;
		execute format('insert into samordnad.%%I (%%s) overriding system value select %%s from generate_series(1, %%s) g',
			t, columns, list, rows);
	end loop;
end
$$;
analyze;
"""


def nodes(plan, under_limit=False):
    """Every node of a plan, with whether a Limit stands above it."""
    yield plan, under_limit
    for child in plan.get("Plans", []):
        yield from nodes(child, under_limit or plan["Node Type"] == "Limit")


def explained(database, session, statement, arguments=None, how=""):
    """The plan of a statement ("as select ...") in such a session. arguments: a query for them; else all are null."""
    database.rows("discard all")
    database.rows(f"{session} prepare statement {statement}")
    nulls = """select '(' || array_to_string(array_fill('null'::text, array[cardinality(parameter_types)]), ', ') || ')'
        from pg_prepared_statements where name = 'statement' and cardinality(parameter_types) > 0"""
    arguments = database.value(arguments or nulls) or ""
    return json.loads(database.value(f"explain (format json, costs off{how}) execute statement{arguments}"))[0]["Plan"]


def reads_whole(plan):
    """The growing tables that a plan reads from end to end."""
    found = set()
    for node, under_limit in nodes(plan):
        if node.get("Relation Name") not in GROWING:
            continue
        kind = node["Node Type"]
        if kind == "Seq Scan":
            found.add(node["Relation Name"])
        elif kind in ("Index Scan", "Index Only Scan") and "Index Cond" not in node and not under_limit:
            found.add(node["Relation Name"])
    return found


class Statements(harness.Case):
    serve = False

    def plan(self, path, session):
        """The generic plan of the statement in a file."""
        return explained(self.database, f"{SESSION} {session}", f"as {path.read_text()}")

    def check_all(self, session):
        self.assertGreater(len(QUERIES), 10)
        for path in (path for path in QUERIES if path.stem not in UTILITY):
            with self.subTest(path.stem):
                found = reads_whole(self.plan(path, session))
                if path.stem in WHOLE:
                    continue
                self.assertEqual(found, set(), "reads a growing table from end to end")

    def test_empty(self):
        self.check_all(INDEXES)

    def test_filled(self):
        database = self.database
        try:
            type(self).database = harness.cluster().database()
            self.database.run(FILL % json.dumps({**GROWING, **SMALL}))
            for session in (INDEXES, ""):
                self.check_all(session)
            self.check_follow_up()
        finally:
            type(self).database = database

    def check_follow_up(self):
        """The report, planned for what is asked as its connection does, reads by the index for that."""
        text = (harness.ROOT / "sql" / "queries" / "report_follow_up.sql").read_text().strip()
        for asked, index in (("1, 20000, 7, 0, 0, 0", "unit"), ("1, 20000, 0, 7, 0, 0", "hospital"),
                             ("1, 20000, 0, 0, 7, 0", "kommun"), ("7, 9, 0, 0, 0, 0", "month")):
            with self.subTest(index):
                plan = explained(self.database,
                                 "set search_path to samordnad, public; set plan_cache_mode to force_custom_plan;",
                                 f"(integer, integer, integer, integer, integer, smallint) as {text}", f"select '({asked})'")
                used = {node["Index Name"] for node, _ in nodes(plan) if "Index Name" in node}
                # Stays as a whole are those of unit 0, so that the units' index may serve for them.
                # By the patient's it is known which of them are readmissions.
                self.assertEqual(used | {"follow_up_unit"}, {f"follow_up_{index}", "follow_up_unit", "follow_up_patient"})
                self.assertIn(f"follow_up_{index}", used)
                self.assertEqual(reads_whole(plan), set())

    def test_searches_use_their_indexes(self):
        """The key (episode, unit) has a condition on both columns too, and would read every stay of every unit."""
        for name, index in (("search_units", "participant_unit"), ("search_patient", "episode_patient"),
                            ("patient_states", "episode_patient"), ("patient_states", "identitet_led")):
            plan = self.plan(harness.ROOT / "sql" / "queries" / f"{name}.sql", INDEXES)
            self.assertIn(index, {node.get("Index Name") for node, _ in nodes(plan)}, name)

    def test_what_waits_is_found_by_its_own_index(self):
        """While nothing was undelivered when it was planned all of its indexes look alike, and some would read all of an endpoint."""
        for name, indexes in (("push_page", {"episode", "superseded"}), ("push_lease", {"due", "superseded"}), ("push_due", {"due", "episode"}), ("push_lift", {"episode", "pkey"}),
                              ("push_promote", {"episode", "pkey"}), ("push_revive", {"superseded", "pkey"}),
                              ("push_waiting", {"waiting"}), ("push_status_oldest", {"oldest", "given_up"})):
            for session in (INDEXES, ""):
                plan = self.plan(harness.ROOT / "sql" / "queries" / f"{name}.sql", session)
                used = {node["Index Name"].removeprefix("undelivered_") for node, _ in nodes(plan)
                        if node.get("Index Name", "").startswith("undelivered")}
                with self.subTest(name, session=session):
                    self.assertEqual(used, indexes)

    def test_retries_are_looked_up(self):
        """With much history and nothing undelivered, a join would read the whole feeds of the units asked for."""
        database = self.database
        try:
            type(self).database = harness.cluster().database()
            self.database.run(FILL % json.dumps({"notice": 100000, "episode": 2000}))
            conditions = [node.get("Index Cond", "") for node, _ in nodes(self.plan(
                harness.ROOT / "sql" / "queries" / "push_due.sql", INDEXES)) if node.get("Relation Name") == "notice"]
        finally:
            type(self).database = database
        self.assertEqual([condition for condition in conditions if "seq" not in condition], [])
        self.assertEqual(len(conditions), 1)

    def test_a_page_of_the_delivered_reads_as_much(self):
        """However many attempts failed, and however much waits elsewhere."""
        text = (harness.ROOT / "sql" / "queries" / "endpoint_deliveries.sql").read_text().strip()
        database = harness.cluster().database()
        database.run("""set search_path to samordnad, public;
            insert into unit (hsa_id, namn, slag) values ('SE2321000016-1', 'Enhet', 'primarvard');
            insert into endpoint (unit, url, secret)
                select unit, 'https://a.example/', '\\x01' from unit;
            insert into notice (unit, seq, at, type, fact_nr, task_nr) select unit, g, now(), 0, 0, 0
                from unit, generate_series(1, 10000) g;
            insert into attempt (endpoint, seq, at, nr, duration_ms, status)
                select endpoint, g / 10, timestamptz '2026-01-01Z' + g * interval '1 s', 1, 1, case g % 100 when 0 then 200 else 500 end
                from endpoint, generate_series(1, 100000) g;
            insert into undelivered (endpoint, seq, episode, attempts, state, first_at)
                select endpoint + g % 2, g, 0, 1, 1, now() from endpoint, generate_series(9500, 30000) g;
            analyze;""")
        for session in (INDEXES, ""):
            plan = explained(database, f"{SESSION} {session}", f"as {text}",
                             "select format('(%s, 9000, 50, 3, 20)', endpoint) from endpoint", ", analyze, timing off")
            read = {"attempt": 0, "undelivered": 0, "notice": 0}
            for node, _ in nodes(plan):
                if node.get("Relation Name") in read:
                    read[node["Relation Name"]] += node["Actual Loops"] * (
                        node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
            with self.subTest(session=session, read=read):
                # For each of 50: the attempt that arrived, then all ten, to look at and to show.
                self.assertLessEqual(read["attempt"], 50 * (1 + 10 + 10))
                self.assertEqual((read["undelivered"], read["notice"]), (0, 50))

    def test_every_table_is_known(self):
        """A new table must be put down as growing or not."""
        names = {row["table_name"] for row in self.database.rows(
            "select table_name from information_schema.tables where table_schema = 'samordnad' and table_type = 'BASE TABLE'")}
        register = {"schema_version", "instance", "unit", "staff", "absence", "slot", "standing_decision", "policy",
                    "client", "client_unit", "client_token", "endpoint", "endpoint_cursor", "endpoint_event", "test_clock",
                    "patient_counter", "replay", "register_log", "gallring", "report_grant"}
        self.assertEqual(names - set(GROWING) - set(SMALL) - register, set())

    def test_a_whole_read_is_seen(self):
        """The check can fail."""
        plan = {"Node Type": "Limit", "Plans": [{"Node Type": "Seq Scan", "Relation Name": "fact"}]}
        self.assertEqual(reads_whole(plan), {"fact"})
        self.assertEqual(reads_whole({"Node Type": "Index Scan", "Relation Name": "task"}), {"task"})


if __name__ == "__main__":
    harness.main()
