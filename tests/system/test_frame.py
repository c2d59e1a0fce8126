"""The frame: verbs, settings, exit codes, signals, tokens; the parts of the daemon that know no patient."""

import json
import pathlib
import resource
import signal
import threading

import harness
import region
from harness import command
from region import H, KB, VC


# Exit codes beside 0 and 1 (sysexits.h).
USAGE, AWAY, CONFIG = 64, 75, 78


class Verbs(harness.Case):
    serve = False

    def test_migrate_twice(self):
        database = harness.cluster().empty_database()
        command("migrate", "--set", f"database={database.dsn}")
        applied = database.rows("select version, applied_at from samordnad.schema_version order by version")
        files = sorted((harness.ROOT / "sql" / "migrations").glob("*.sql"))
        self.assertEqual([int(row["version"]) for row in applied], [int(path.name[:4]) for path in files])
        again = command("migrate", "--set", f"database={database.dsn}")
        self.assertIn("nothing to migrate", again.stdout)
        self.assertEqual(applied, database.rows(
            "select version, applied_at from samordnad.schema_version order by version"))

    def test_migrate_side_by_side(self):
        """Two at once: one does it, the other waits and finds it done."""
        database = harness.cluster().empty_database()
        done = []
        threads = [threading.Thread(target=lambda: done.append(
            command("migrate", "--set", f"database={database.dsn}", check=False).returncode)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(done, [0, 0])

    def test_load_twice_changes_nothing(self):
        database = harness.cluster().database()
        harness.load_region(database, region.region())
        version = database.value("select register_version from samordnad.instance")
        said = harness.load_region(database, region.region())
        self.assertIn("nothing changed", said.lower())
        self.assertEqual(version, database.value("select register_version from samordnad.instance"))

    def test_load_changes_what_is_different(self):
        database = harness.cluster().database()
        harness.load_region(database, region.region())
        changed = region.region()
        changed["units"][1]["namn"] = "Vardcentralen Nya"
        said = harness.load_region(database, changed)
        self.assertNotIn("nothing changed", said.lower())
        self.assertEqual(database.value("select namn from samordnad.unit where hsa_id = :'unit'", unit=VC),
                         "Vardcentralen Nya")

    def test_load_refuses_whole_file(self):
        """One mistake and nothing is taken; it says where."""
        database = harness.cluster().database()
        bad = region.region()
        bad["units"][3]["slag"] = "sjukhus"
        path = harness.temporary_dir("bad") / "region.json"
        path.write_text(json.dumps(bad))
        done = command("load", path, "--set", f"database={database.dsn}", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("/units/3/slag", done.stderr)
        self.assertEqual(database.value("select count(*) from samordnad.unit"), "0")

    def test_load_refuses_what_is_no_json(self):
        database = harness.cluster().database()
        path = harness.temporary_dir("bad") / "region.json"
        for text in (b"", b"{", b"\xff\xfe", b"[" * 100000):
            path.write_bytes(text)
            done = command("load", path, "--set", f"database={database.dsn}", check=False)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def test_check_config(self):
        path = harness.temporary_dir("conf") / "samordnad.conf"
        for text, code, word in (
                ("listen = 127.0.0.1:0\n# a comment\n\nqueue_max = 5000\n", 0, ""),
                ("listen = nowhere\n", CONFIG, ":1:"),
                ("queue_max = 5000\nno_such_setting = 1\n", CONFIG, ":2:"),
                ("queue_max = 5000\nqueue_max = 5001\n", CONFIG, ":2:"),
                ("queue_max = 0\n", CONFIG, ":1:"),
                ("queue_max\n", CONFIG, ":1:")):
            with self.subTest(text):
                path.write_text(text)
                done = command("check-config", "--config", path, check=False)
                self.assertEqual(done.returncode, code, done.stderr)
                if word:
                    self.assertIn(word, done.stderr)
                    self.assertEqual(len(done.stderr.splitlines()), 1, "one line")

    def test_check_config_of_the_example(self):
        """What was to be edited and was not is named; a copy of it that was edited is good."""
        example = harness.ROOT / "systemd" / "samordnad.conf"
        done = command("check-config", "--config", example)
        self.assertEqual([line.split()[1] for line in done.stderr.splitlines()], ["instance", "base_url", "secrets_key:"], done.stderr)
        self.assertIn("still", done.stderr)
        done = command("check-config", "--config", example, "--set", "instance=urn:samordnad:vast",
                       "--set", "base_url=https://samordnad.vast.se", "--set", f"secrets_key={harness.secrets_key()}")
        self.assertEqual(done.stderr, "")

    def test_what_cannot_start_says_so_in_a_line(self):
        missing = harness.temporary_dir("conf") / "none.conf"
        unmigrated = harness.cluster().empty_database()
        for arguments, code in (
                (("serve", "--config", missing), CONFIG),
                (("serve", "--set", "no_such_setting=1"), CONFIG),
                (("serve", "--set", f"database={unmigrated.dsn}", "--set", "listen=127.0.0.1:0"), CONFIG),
                (("serve", "--set", f"secrets_key={missing}"), CONFIG),
                (("serve", "--set", f"database={unmigrated.dsn}", "--set", "listen=127.0.0.1:0", "--set",
                  f"secrets_key={harness.secrets_key()}"), 1),
                (("client", "list", "--set", f"database={unmigrated.dsn}"), 1),
                (("migrate", "--set", "database=host=/nonexistent dbname=x"), AWAY)):
            with self.subTest(arguments[:3]):
                done = command(*arguments, check=False)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertTrue(done.stderr)
                self.assertNotIn(":0:", done.stderr, "no line where there is none")

    def test_usage(self):
        for arguments in ((), ("no-such-verb",), ("serve", "--no-such-option"), ("client", "no-such-verb")):
            with self.subTest(arguments):
                done = command(*arguments, check=False) if arguments else harness.subprocess.run(
                    [harness.SAMORDNAD], stdout=harness.subprocess.PIPE, stderr=harness.subprocess.PIPE, text=True)
                self.assertEqual(done.returncode, USAGE, done.stderr)
                self.assertTrue(done.stderr)

    def test_maintain(self):
        command("maintain", "--set", f"database={self.database.dsn}")


class Serving(harness.Case):
    region = region.region()

    def test_probes(self):
        anyone = harness.Client(self.daemon.address)
        for target in ("/livez", "/readyz", "/readyz?door"):
            with self.subTest(target):
                self.assertEqual(anyone.get(target).status, 200)

    def test_sigterm_answers_who_waits(self):
        """A long poll under way is answered, then the daemon ends with 0."""
        daemon = self.start_daemon()
        kb = self.client("vantar", ["unit"], [KB], daemon=daemon)
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(kb.get(f"/v1/feed?unit={KB}&after=0&wait=60")))
        waiting.start()
        self.wait_until(lambda: harness.gauge(daemon, "feed_waiting") == 1, what="the long poll to be under way")
        self.assertEqual(daemon.stop(), 0)
        waiting.join()
        self.assertEqual([answer.status for answer in answers], [200])
        with self.assertRaises(OSError):
            daemon.address.connect()

    def test_sighup_takes_over_settings(self):
        daemon = self.start_daemon(log_level="warning")
        daemon.write_settings(log_level="debug", queue_max="7700")
        daemon.reload()
        self.wait_until(lambda: "event=settings_reread" in daemon.log(), what="the reload to be logged")
        daemon.write_settings(log_level="nonsense")
        daemon.reload()
        self.wait_until(lambda: "event=settings_refused" in daemon.log(), what="the failed reload to be logged")
        self.assertTrue(daemon.is_ready(), "a bad file changes nothing")
        daemon.write_settings(log_level="info")

    def test_second_daemon_stands_by_and_takes_over(self):
        first, second = self.daemon, self.start_daemon()
        self.assertTrue(first.is_ready("?door"))
        self.assertTrue(second.is_ready())
        self.assertFalse(second.is_ready("?door"))
        try:
            first.process.send_signal(signal.SIGSTOP)
            self.assertFalse(second.is_ready("?door"), "one that is only slow keeps the lock")
            first.process.send_signal(signal.SIGCONT)
            first.kill()
            self.wait_until(lambda: second.is_ready("?door"), what="the second to become the door")
        finally:
            first.start()
        self.assertTrue(first.is_ready())
        self.assertEqual(second.stop(), 0)
        self.wait_until(lambda: first.is_ready("?door"), what="the first to become the door again")


FROM_AFAR = {"X-Forwarded-For": "192.0.2.1"}  # without it, operations are open to the machine itself


def status_of(client):
    return client.get("/status", headers=FROM_AFAR).status


class Files(harness.Case):
    serve = False

    def test_it_may_open_as_many_as_it_can(self):
        """What a shell allows at first is less than connections_max."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        daemon = self.start_daemon()
        limits = pathlib.Path(f"/proc/{daemon.process.pid}/limits").read_text()
        self.assertRegex(limits, rf"(?m)^Max open files +{hard} +{hard} ")


class Tokens(harness.Case):
    region = region.region()

    def test_operations_are_open_on_loopback_alone(self):
        nobody = harness.Client(self.daemon.address)
        for target in ("/status", "/metrics"):
            self.assertEqual(nobody.get(target).status, 200)
            self.assertEqual(nobody.get(target, headers=FROM_AFAR).status, 401)

    def test_life_of_a_token(self):
        ops = harness.create_client(self.database, "drift", ["ops"])
        client = harness.Client(self.daemon.address, ops)
        client.wait_until_known()
        listed = command("client", "list", "--set", f"database={self.database.dsn}").stdout
        self.assertIn("drift", listed)
        self.assertNotIn(ops, listed)
        self.assertNotIn(ops, self.database.value("select string_agg(t::text, '') from samordnad.client_token t"))

        fresh = command("client", "rotate", "drift", "--set", f"database={self.database.dsn}").stdout.split()[-1]
        other = harness.Client(self.daemon.address, fresh)
        self.wait_until(lambda: status_of(other) == 200, what="the rotated token to be known")
        ends = self.database.value("select to_char(min(expires_at) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI\"Z\"') "
                                   "from samordnad.client_token")
        listed = command("client", "list", "--set", f"database={self.database.dsn}").stdout
        self.assertRegex(listed, rf"(?m)^drift  .*  2 tokens, one ends {ends}$")

        command("client", "revoke", "drift", "--set", f"database={self.database.dsn}")
        for one in (client, other):
            self.wait_until(lambda: status_of(one) == 401, what="the token to be refused")

    def test_roles(self):
        unit = self.client("enhet", ["unit"], [VC])
        hospital = self.client("sjukhus", ["hospital"], [H])
        ops = self.client("drift-2", ["ops"])
        nobody = harness.Client(self.daemon.address)
        wrong = harness.Client(self.daemon.address, "smd_" + "A" * 43)
        none = "/v1/episodes/00000000-0000-0000-0000-000000000000"
        for client, target, status in (
                (nobody, none, 401), (wrong, none, 401), (hospital, none, 404), (unit, none, 404), (ops, none, 403),
                (nobody, "/status", 401), (unit, "/status", 403),
                (unit, f"/v1/feed?unit={VC}&after=0", 200), (unit, f"/v1/feed?unit={KB}&after=0", 404),
                (unit, f"/v1/tasks?unit={VC}", 200), (unit, f"/v1/tasks?unit={KB}", 404)):
            with self.subTest(target=target, status=status):
                answer = client.get(target, headers=FROM_AFAR)
                self.assertEqual(answer.status, status, answer)
                if status == 401:
                    self.assertTrue(answer.headers["WWW-Authenticate"].startswith("Bearer"))

    def test_create_refuses(self):
        for arguments, word in (
                (("bad-role", "--roles", "hospitl"), "hospitl is no role; the roles are: hospital, unit, ops, admin"),
                (("not-bound", "--roles", "ops,admin", "--units", VC), "ops and admin take no --units"),
                (("bad-unit", "--roles", "unit", "--units", f"{VC},VC"), "VC is no HSA-id"),
                (("no-unit", "--roles", "unit", "--units", f"SE2321000016-NO,{VC},SE2321000016-NO2"),
                 "SE2321000016-NO, SE2321000016-NO2: not in the register")):
            with self.subTest(arguments):
                done = command("client", "create", *arguments, "--set", f"database={self.database.dsn}", check=False)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(word, done.stderr)

    def test_says_what_is_wrong_on_its_command_line(self):
        for arguments, word in (
                (("create", "x", "--roles", "unit", "--units", "foo"), "foo is no HSA-id"),
                (("create", "x", "--roles", "ops", "--days", "abc"), "--days is a whole number of days, 1 to 3650"),
                (("rotate", "x", "--overlap", "-3"), "--overlap is a whole number of hours, 0 to 8760"),
                (("create", "x", "--roles"), "--roles lacks its value"),
                (("create", "x", "--roles", "ops", "--roles", "ops"), "--roles is given twice"),
                (("create", "x", "--org", "1", "--roles", "ops"), "--org is the 10 digits"),
                (("create", "x", "--color", "red"), "--color is no option of it"),
                (("create", "x", "y"), "y: one NAME is enough"), (("create",), "say a NAME, of 1 to 63 characters"),
                (("invent",), "client invent is nothing that can be done")):
            with self.subTest(arguments):
                done = command("client", *arguments, check=False)
                self.assertEqual(done.returncode, 64)
                self.assertIn(word, done.stderr.splitlines()[0])

    def test_load_names_what_it_ends(self):
        """A list that is given is whole: who forgets a row sees which."""
        wide = {"policy": "heartbeat_hours", "value": 24, "scope": "all", "from_at": "2026-01-01T00:00:00Z"}
        loaded = lambda *policies: harness.load_region(self.database, {**region.region(), "policies": list(policies)})
        loaded(wide)
        said = loaded({"policy": "pay_amount", "value": 11500, "scope": "region", "region": "21",
                       "from_at": "2027-01-01T00:00:00+01:00"})
        self.assertIn("policies: 1 added, 0 changed, 1 ended, ", said)
        self.assertIn("  ended: heartbeat_hours = 24 of all from 2026-01-01T00:00:00Z\n", said)
        self.assertIn("  ended: pay_amount = 11500 of region 21 from 2026-12-31T23:00:00Z\n", loaded())

    def test_load_that_only_tells(self):
        """--dry-run: what it would do, and nothing is done; what is wrong is said as else."""
        wide = {"policy": "sip_window", "value": 10, "scope": "region", "region": "21"}
        file = {"units": [{**region.region()["units"][1], "endpoints": [{"url": "https://127.0.0.1/dry"}]}],
                "policies": [wide]}
        load = lambda file, *options, check=True: command(
            "load", "-", *options, "--set", f"database={self.database.dsn}", "--set", "push_allowed_networks=127.0.0.0/8",
            "--set", f"secrets_key={harness.secrets_key()}", text=json.dumps(file), check=check)
        stored = lambda: self.database.rows("select policy, value, to_at, null as url from samordnad.policy union all "
                                            "select status, null, null, url from samordnad.endpoint order by 1, 2, 3, 4")
        before, version = stored(), self.database.value("select register_version from samordnad.instance")
        told = load(file, "--dry-run").stdout
        self.assertEqual((stored(), self.database.value("select register_version from samordnad.instance")), (before, version))
        self.assertIn("policies: 1 added, 0 changed, ", told)
        self.assertIn("endpoints: 1 added, ", told)
        self.assertNotIn("whsec_", told)
        self.assertTrue(told.endswith("--dry-run: nothing of this was stored\n"), told)
        wrong = load({"policies": [{**wide, "value": 0}]}, "--dry-run", check=False)
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("/policies/0/value", wrong.stderr)
        done = load(file).stdout
        counts = lambda text: [line for line in text.splitlines() if "endpoint http" not in line and "--dry-run" not in line]
        self.assertEqual(counts(done), counts(told))
        self.assertNotEqual(stored(), before)
        self.assertEqual(load(file, "--dry", check=False).returncode, 64)

    def test_help(self):
        for words, what in ((("load",), "usage: samordnad load [--config FILE] [--set NAME=VALUE]… [--dry-run] FILE\n"), (("client",), "client create NAME")):
            done = command(*words, "--help", check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn(what, done.stdout)

    def test_name_of_a_revoked_client_is_free(self):
        def verb(*arguments, check=True):
            return command("client", *arguments, "--set", f"database={self.database.dsn}", check=check)

        first = verb("create", "aterkom", "--roles", "ops").stdout.split()[-1]
        taken = verb("create", "aterkom", "--roles", "ops", check=False)
        self.assertEqual(taken.returncode, 1)
        self.assertIn("rotate", taken.stderr, "how to go on")
        verb("revoke", "aterkom")
        again = verb("create", "aterkom", "--roles", "ops").stdout.split()[-1]
        client = harness.Client(self.daemon.address, again)
        self.wait_until(lambda: status_of(client) == 200, what="the new client to be known")
        self.assertEqual(status_of(harness.Client(self.daemon.address, first)), 401, "the old token stays dead")
        lines = [line for line in verb("list").stdout.splitlines() if line.startswith("aterkom ")]
        self.assertEqual([line.split("  ")[-1].split()[0] for line in lines], ["revoked", "1"], lines)
        self.assertTrue(lines[1].endswith("1 token"), lines)
        verb("revoke", "aterkom")
        self.assertEqual(verb("revoke", "aterkom", check=False).returncode, 1)


if __name__ == "__main__":
    harness.main()
