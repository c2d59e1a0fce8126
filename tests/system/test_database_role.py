"""What the daemon's role in the database may not do: change the schema, change or delete history, let in others. That it may do all
that the daemon does, every other suite shows: their daemons connect as it."""

import subprocess
import unittest

import harness
import region

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
        "gallring")),
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


class Role(harness.Case):
    region = region.region()

    def refused(self, sql, user):
        done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=sqlstate", "-d",
                               self.database.cluster.dsn(self.database.name, user), "-c", f"begin; {sql}; rollback;"],
                              capture_output=True, text=True, timeout=60)
        return done.stderr.strip().rsplit(" ", 1)[-1] if done.returncode else None

    def test_the_daemon_connects_as_it(self):
        harness.wait_until(lambda: self.daemon.is_ready("?door"))
        users = self.database.rows("select distinct usename from pg_stat_activity where application_name like 'samordnad%'")
        self.assertEqual([row["usename"] for row in users], [harness.DAEMON_ROLE])

    def test_forbidden(self):
        for sql in FORBIDDEN:
            with self.subTest(sql=sql):
                self.assertEqual(self.refused(sql, harness.DAEMON_ROLE), DENIED)

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

    def test_no_such_role(self):
        done = harness.command("migrate", "--set", f"database={self.database.dsn}", "--set", "daemon_role=it's nobody", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("daemon_role: ", done.stderr)
        self.assertIn("it's nobody", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
