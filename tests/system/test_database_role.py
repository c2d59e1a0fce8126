"""What roles in the database may not do. The daemon's: change the schema, change or delete history, let in others; that it may do all
that the daemon does, every other suite shows: their daemons connect as it. That for reports: anything but read its views, and of
them what its login is given. Any other: anything."""

import re
import subprocess
import unittest

import harness
import region
from harness import local, wire
from persons import check_no_person
from region import H, KB, KH, VC
from test_reports import MAY, OTHER_H, OTHER_KH, OTHER_KOMMUN, two_kommuner

DENIED = "42501"  # insufficient_privilege
FORBIDDEN = [
    "create table samordnad.mine (a int)",
    "create schema mine",
    "create or replace function samordnad.now() returns timestamptz language sql as 'select null::timestamptz'",
    "alter table samordnad.fact add column a int",
    "alter table samordnad.fact disable trigger all",
    "drop table samordnad.fact",
    "drop function samordnad.now()",
    "truncate samordnad.fact",
    "truncate samordnad.undelivered",
    "alter role samordnad superuser",
    "create role other",
    "set role postgres",
    "set session_replication_role to replica",
    "copy samordnad.fact to program 'cat'",
    "insert into samordnad.schema_version (version, min_daemon, name) values (9999, 9999, 'x')",
    *(f"delete from samordnad.{table}" for table in (
        "fact", "notice", "attempt", "replay", "schema_version", "episode", "participant", "task", "breach", "kontakt", "unit",
        "staff", "slot", "standing_decision", "client", "client_token", "endpoint", "endpoint_cursor", "instance",
        "identitet_ersatter", "client_unit", "patient_counter", "access_entry", "access_seal", "register_log",
        "gallring", "report_grant")),
    "select from samordnad.report_grant",
    "insert into samordnad.report_grant (role) values ('samordnad')",
    "select from samordnad_report.stay",
    "update samordnad.fact set body = body",
    "update samordnad.notice set seq = seq",
    "update samordnad.attempt set seq = seq",
    "update samordnad.replay set replay = default",
    "update samordnad.access_entry set person = person",
    "update samordnad.access_seal set seal = seal",
    "update samordnad.register_log set rows = rows",
    "update samordnad.schema_version set version = version",
    "update samordnad.gallring set episodes = episodes",
    "insert into samordnad.gallring (ordered_by, kind, org, before, episodes, facts, notices, file, bytes, sha256) "
    "select '', '', 0, now(), 0, 0, 0, '', 0, ''",
]


class RoleCase(harness.Case):
    def states(self, statements, user):
        """What each ends with, None: it would have been done; each is taken back."""
        script = "".join(f"begin;\n{sql};\n\\echo :SQLSTATE\nrollback;\n" for sql in statements)
        done = subprocess.run(["psql", "-X", "-q", "-o", "/dev/null", "-d", self.database.cluster.dsn(self.database.name, user)],
                              input=script, capture_output=True, text=True, timeout=120)
        states = done.stdout.split()
        self.assertEqual(len(states), len(statements), done.stderr)
        return [None if state == "00000" else state for state in states]

    def refused(self, sql, user):
        state, = self.states([sql], user)
        return state

    def check_denied(self, statements, user, states=(DENIED,)):
        for sql, state in zip(statements, self.states(statements, user)):
            with self.subTest(user=user, sql=sql):
                self.assertIn(state, states)


class Role(RoleCase):
    region = region.region()

    def test_the_daemon_connects_as_it(self):
        harness.wait_until(lambda: self.daemon.is_ready("?door"))
        users = self.database.rows("select distinct usename from pg_stat_activity where application_name like 'samordnad%'")
        self.assertEqual([row["usename"] for row in users], [harness.DAEMON_ROLE])

    def test_who_runs_as_the_owner_is_told(self):
        """In the log and in /status: what the daemon's role may not do the owner may."""
        self.assertNotIn("runs_as_owner", self.daemon.log())
        self.assertFalse(self.client("drift", ["ops"]).get("/status").json["database"]["owner"])
        owner = harness.Daemon(self.database.dsn, daemon_role=harness.DAEMON_ROLE)
        self.daemons.append(owner)
        self.wait_until(lambda: "runs_as_owner" in owner.log())
        self.assertTrue(self.client("drift", ["ops"], daemon=owner).get("/status").json["database"]["owner"])

    def test_forbidden(self):
        self.check_denied(FORBIDDEN, harness.DAEMON_ROLE)

    def test_the_table_names_every_table(self):
        """A new table is either only added to, or named here as one that may be deleted from."""
        deletable = {"absence", "betalningsansvar", "booking", "endpoint_event", "follow_up", "identitet", "policy", "undelivered"}
        tables = {row["name"] for row in self.database.rows(
            "select relname as name from pg_class where relkind = 'r' and relnamespace = 'samordnad'::regnamespace")}
        shut = {sql.rsplit(".", 1)[1] for sql in FORBIDDEN if sql.startswith("delete")}
        self.assertEqual(tables - {"test_clock"}, deletable | shut)
        for table in deletable:
            self.assertIsNone(self.refused(f"delete from samordnad.{table} where false", harness.DAEMON_ROLE), table)

    def test_migrate_takes_back_what_was_given(self):
        self.database.run(f"grant delete on samordnad.fact to {harness.DAEMON_ROLE}")
        self.assertIsNone(self.refused("delete from samordnad.fact", harness.DAEMON_ROLE))
        done = harness.command("migrate", "--set", f"database={self.database.dsn}", "--set", f"daemon_role={harness.DAEMON_ROLE}")
        self.assertIn("nothing to migrate", done.stdout)
        self.assertEqual(self.refused("delete from samordnad.fact", harness.DAEMON_ROLE), DENIED)

    def test_the_owner_is_not_the_daemon(self):
        """As a database of version 0018 is by the README of then: one role owned it and was the daemon's."""
        database = harness.cluster().empty_database()
        database.run(f"create role one_for_all login; alter database {database.name} owner to one_for_all")
        dsn = database.cluster.dsn(database.name, "one_for_all")
        done = harness.command("migrate", "--set", f"database={dsn}", "--set", "daemon_role=one_for_all", check=False)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("daemon_role: ", done.stderr)
        harness.command("migrate", "--set", f"database={dsn}")
        harness.command("maintain", "--set", f"database={dsn}")

    def test_no_such_role(self):
        done = harness.command("migrate", "--set", f"database={self.database.dsn}", "--set", "daemon_role=it's nobody", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("daemon_role: ", done.stderr)
        self.assertIn("it's nobody", done.stderr)



REPORT, KOMMUNS, OTHERS, NOBODYS, STRANGER = "rapport", "rapport_kommun", "rapport_annan", "rapport_ingen", "frammande"
REGIONS_ORG, KOMMUNS_ORG, OTHERS_ORG = 2321000016, 2120000142, 2120000159
# Of a person no more than is here: a new column is put down, with the thought of whom it points out.
COLUMNS = {
    "stay": "stay month hospital unit kommun psykiatrisk inskriven_on utskriven_on discharge ready_days withdrawals date_changes sip_held "
            "sip_followed_up readmission notice_in_time notice_minutes kallelse_in_time kvittens_minutes fvk_in_time "
            "fvk_lead_minutes fvk_changes hospital_late unit_late kommun_late system_late",
    "betalningsansvar": "stay month hospital kommun days contested_days amount",
}
FORBIDDEN_ALL = [
    "select samordnad.now()",
    "select samordnad.door_is_held()",
    "select nextval('samordnad.endpoint_endpoint_seq')",
    "select from samordnad.lacking",
    "create table samordnad.mine (a int)",
    "create table samordnad_report.mine (a int)",
    "create table public.mine (a int)",
    "create view samordnad_report.mine as select 1",
    "create or replace view samordnad_report.stay as select 1",
    "drop view samordnad_report.stay",
    "alter view samordnad_report.stay reset (security_barrier)",
    "create schema mine",
    "create role other",
    "set role samordnad",
    "set role postgres",
    "set session authorization postgres",
    "set session_replication_role to replica",
    "copy (select 1) to program 'cat'",
    "select pg_read_file('PG_VERSION')",
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'samordnad'",
]
UNWRITABLE = "55000"  # object_not_in_prerequisite_state: a view of several tables
WRITES = ["insert into samordnad_report.stay (stay) values ('x')", "delete from samordnad_report.stay",
          "update samordnad_report.betalningsansvar set days = 0"]


class Report(RoleCase):
    region = two_kommuner()
    start_at = "2026-05-04T08:00"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database.run(f"""create role {REPORT} login; create role {STRANGER} login;
            create role {KOMMUNS} login in role {REPORT}; create role {OTHERS} login in role {REPORT};
            create role {NOBODYS} login in role {REPORT};
            insert into samordnad.report_grant (role, org) values ('{REPORT}', null), ('{KOMMUNS}', {KOMMUNS_ORG}),
                ('{OTHERS}', {OTHERS_ORG});""")
        cls.migrate(REPORT)
        cls.ops = cls.client("drift", ["ops"])
        cls.hospitals = {unit: cls.client("sjukhus", ["hospital"], [unit]) for unit in (H, OTHER_H)}
        cls.stay("A", H, 0, [VC, KH, KB])
        cls.stay("B", OTHER_H, 1, [VC, OTHER_KH], folkbokforingskommun=OTHER_KOMMUN)
        cls.stay("C", H, 2, [VC, KH, KB], skyddade_personuppgifter="sekretessmarkering")
        cls.clock.advance("2026-05-06T12:00")
        for encounter, ward in (("A", H), ("B", OTHER_H), ("C", H)):
            cls.hospitals[ward].post_message("utskrivning", {"utskriven_at": wire(cls.clock.now()), "destination": "ordinart"},
                                             encounter=encounter, expect="applied")
        harness.wait_until(lambda: cls.database.value("select count(distinct episode) from samordnad.follow_up") == "3")
        cls.database.run(f"""insert into samordnad.betalningsansvar (episode, month, hospital, kommun, days, contested_days, amount, unprotected)
            select e.episode, 202605, u.unit, x.kommun, 3, 0, 33000, x.unprotected
            from (values ('A', '{H}', 180, true), ('B', '{OTHER_H}', 184, true), ('C', '{H}', 180, false), ('C', '{H}', 184, null))
                x (encounter, hsa, kommun, unprotected)
            join samordnad.episode e using (encounter) join samordnad.unit u on u.hsa_id = x.hsa""")

    @classmethod
    def migrate(cls, role, check=True):
        return harness.command("migrate", "--set", f"database={cls.database.dsn}", "--set", f"daemon_role={harness.DAEMON_ROLE}",
                               "--set", f"report_role={role}", check=check)

    @classmethod
    def stay(cls, encounter, ward, number, mottagare, **patient):
        data = region.inskrivningsmeddelande(wire(local("2026-05-04T06:00")), wire(local("2026-05-08T12:00")), number=number,
                                             mottagare=mottagare)
        data["patient"].update(patient)
        cls.hospitals[ward].post_message("inskrivningsmeddelande", data, encounter=encounter, expect="applied")

    def read(self, user, sql):
        """The rows that a login sees, as tuples of texts; nothing of them tells of a patient."""
        done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "|", "-v", "ON_ERROR_STOP=1", "-d",
                               self.database.cluster.dsn(self.database.name, user), "-c", sql],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        check_no_person(done.stdout + done.stderr, "the report")
        self.said = done.stderr
        return [tuple(line.split("|")) for line in done.stdout.splitlines()]

    def test_forbidden(self):
        tables = [row["name"] for row in self.database.rows(
            "select relname as name from pg_class where relkind in ('r', 'v') and relnamespace = 'samordnad'::regnamespace")]
        self.assertGreater(len(tables), 25)
        tried = FORBIDDEN_ALL + [f"select from samordnad.{table}" for table in tables] + [
            f"{verb} samordnad.{table}" for table in ("report_grant", "fact") for verb in ("delete from", "truncate")]
        for user in (REPORT, KOMMUNS, STRANGER):
            self.check_denied(tried, user)
            self.check_denied(WRITES, user, (DENIED, UNWRITABLE))
        self.read(REPORT, "grant select on samordnad_report.stay to public")  # a warning, and nothing was granted
        for view in COLUMNS:
            self.assertEqual(self.refused(f"select from samordnad_report.{view}", STRANGER), DENIED)
            self.assertIsNone(self.refused(f"select from samordnad_report.{view}", REPORT))
        self.assertEqual(self.read(REPORT, "select count(*) from pg_stats where schemaname like 'samordnad%'"), [("0",)])

    def test_columns(self):
        there = {}
        for row in self.database.rows("""select table_name, column_name from information_schema.columns
                where table_schema = 'samordnad_report' order by ordinal_position"""):
            there.setdefault(row["table_name"], []).append(row["column_name"])
        self.assertEqual(there, {view: columns.split() for view, columns in COLUMNS.items()})

    def test_each_sees_its_own(self):
        every = "select hospital, unit from samordnad_report.stay order by hospital, unit nulls first"
        self.assertEqual(self.read(REPORT, every), [(H, ""), (H, KB), (H, KH), (H, VC), (OTHER_H, ""), (OTHER_H, OTHER_KH),
                                                    (OTHER_H, VC)])
        self.assertEqual(self.read(KOMMUNS, every), [(H, ""), (H, KB), (H, KH)])
        self.assertEqual(self.read(OTHERS, every), [(OTHER_H, ""), (OTHER_H, OTHER_KH)])
        self.assertEqual(self.read(NOBODYS, every), [])
        days = "select hospital, kommun, days, amount from samordnad_report.betalningsansvar order by 1, 2"
        own, other = (H, region.KOMMUN, "3", "33000"), (OTHER_H, OTHER_KOMMUN, "3", "33000")
        self.assertEqual([self.read(user, days) for user in (REPORT, KOMMUNS, OTHERS, NOBODYS)], [[own, other], [own], [other], []])

    def test_no_way_round(self):
        """Neither as the role that it is a member of, nor by a condition that looks at every row."""
        self.assertEqual(self.read(NOBODYS, f"set role {REPORT}; select count(*) from samordnad_report.stay"), [("0",)])
        self.read(KOMMUNS, """create function pg_temp.look(text) returns boolean language plpgsql cost 0.0000001 as
            'begin raise notice ''saw %'', $1; return true; end';
            select count(*) from samordnad_report.stay where pg_temp.look(hospital || coalesce(unit, ''))""")
        self.assertIn(f"saw {H}{KH}", self.said)
        self.assertNotIn(OTHER_H, self.said)
        self.assertNotIn(VC, self.said)

    def test_a_plan_counts_nothing_that_is_hidden(self):
        """G6: who asks how a question is answered hears of no row that is not the asker's: neither of C, nor of others' stays."""
        how = """set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set enable_bitmapscan = off;
            explain (analyze, timing off, summary off, costs off) select stay from samordnad_report.stay
            where unit = '{}' and month = 202605"""
        for user, unit in ((REPORT, VC), (REPORT, KH), (KOMMUNS, OTHER_KH), (NOBODYS, VC)):
            with self.subTest(user=user, unit=unit):
                plan = [line.strip() for line, *_ in self.read(user, how.format(unit))]
                self.assertEqual([line for line in plan if "follow_up" in line or "Index" in line], [])
                counted = sum(int(a or b) for line in plan for a, b in re.findall(
                    r"actual rows=(\d+)|Removed by Filter: (\d+)", line))
                shown = int(self.read(user, "select count(*) from samordnad_report.stay")[0][0])
                self.assertEqual(counted, shown, plan)

    def test_a_stay_is_a_pseudonym(self):
        """The same in both views and each time, another for another login; no number or name that the service gives out."""
        stays = "select distinct stay from samordnad_report.stay where hospital = '{}'"
        mine, again, theirs = (self.read(user, stays.format(H)) for user in (REPORT, REPORT, KOMMUNS))
        self.assertEqual((len(mine), len(theirs), mine), (1, 1, again))
        self.assertNotEqual(mine, theirs)
        self.assertRegex(mine[0][0], "^[0-9a-f]{32}$")
        self.assertEqual(self.read(REPORT, f"select distinct stay from samordnad_report.betalningsansvar where hospital = '{H}'"), mine)
        self.assertNotIn(mine[0][0], [row["uuid"].replace("-", "") for row in self.database.rows("select uuid from samordnad.episode")])

    def test_the_numbers_are_those_of_the_report(self):
        """But for who has skyddade personuppgifter, who is in no view."""
        self.assertEqual(self.database.value("select count(*) from samordnad.follow_up where unit = 0 and not unprotected"), "1")
        for hospital, protected in ((OTHER_H, 0), (H, 1)):
            total = self.ops.get(f"/v1/reports/follow-up?{MAY}&hospital={hospital}").json["total"]
            row, = self.read(REPORT, f"""select count(*), count(notice_in_time), count(*) filter (where notice_in_time),
                count(*) filter (where readmission), min(inskriven_on), max(utskriven_on), min(month)
                from samordnad_report.stay where unit is null and hospital = '{hospital}'""")
            self.assertEqual(int(row[0]), total["stays"] - protected)
            self.assertEqual(row[3:], ("0", "2026-05-04", "2026-05-06", "202605"))
        self.assertEqual((int(row[1]), int(row[2])), (1, 1))

    def test_a_role_that_is_it_no_more(self):
        """Who was report_role before reads nothing when another is."""
        self.database.run("create role rapport_ny login")
        self.migrate("rapport_ny")
        try:
            self.check_denied(["select from samordnad_report.stay"], REPORT)
        finally:
            self.migrate(REPORT)

    def test_who_may_be_it(self):
        """Not the daemon's role nor one that may act as the owner: they would be shut out of their own."""
        for role, words in ((harness.DAEMON_ROLE, "is the daemon's role"), ("postgres", "may act as the owner"),
                            ("nobody's", "does not exist")):
            with self.subTest(role=role):
                done = self.migrate(role, check=False)
                self.assertEqual(done.returncode, 1)
                self.assertIn("report_role: ", done.stderr)
                self.assertIn(words, done.stderr)
        harness.wait_until(lambda: self.daemon.is_ready("?door"))

    def test_migrate_takes_back_what_was_given(self):
        self.database.run(f"grant usage on schema samordnad to {REPORT}; grant select on samordnad.fact to {REPORT}")
        self.assertIsNone(self.refused("select from samordnad.fact", REPORT))
        self.migrate(REPORT)
        self.check_denied(["select from samordnad.fact", "select samordnad.now()"], REPORT)
        self.assertIsNone(self.refused("select from samordnad_report.stay", REPORT))


class RegisterLog(RoleCase):
    """What changes the register leaves a row that its doer can neither avoid nor make up."""

    region = region.region()

    def as_daemon(self, sql):
        subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d",
                        self.database.cluster.dsn(self.database.name, harness.DAEMON_ROLE)], input=sql, check=True, text=True, timeout=60)

    def count(self):
        return self.database.value("select count(*) from samordnad.register_log")

    def test_a_temporary_table_takes_the_row(self):
        harness.create_client(self.database, "x1", ["ops"])
        before = self.count()
        self.as_daemon( """create temp table register_log (like samordnad.register_log including all);
            update samordnad.client set roles = '{admin}' where name = 'x1'""")
        self.assertEqual(self.database.value("select roles from samordnad.client where name = 'x1'"), "{admin}")
        self.assertNotEqual(self.count(), before)

    def test_a_row_that_is_forged(self):
        self.assertIsNotNone(self.refused("""insert into samordnad.register_log (at, role, person, what, how, rows, about)
            values ('2020-01-01', 'postgres', 'SE2321000016-X', 'client', 'UPDATE', 1, '{}')""", harness.DAEMON_ROLE))

    def test_truncate_and_report_grant(self):
        for sql in ("truncate samordnad.policy", "insert into samordnad.report_grant values ('samordnad', null)"):
            before = self.count()
            self.database.run(sql)
            self.assertNotEqual(self.count(), before, sql)


if __name__ == "__main__":
    unittest.main(verbosity=2)
