"""What endpoints keep secret lies in the database sealed under a key that does not: nothing of it is on PostgreSQL's disk, it
is pushed with all the same, keys can be changed, and where a key is wrong it is said, nothing is sent, and others go on.
"""

import base64
import secrets
import subprocess

import harness
import sealed
from harness import command
from receiver import Receiver
from test_endpoints import Certificates, EndpointsCase, new_secret

CONFIG = 78
SECRETS = {"secret": "secret", "secret_before": "secret", "header_lines": "headers", "client_key": "client_key"}


def key_file(*lines):
    path = harness.temporary_dir("keys") / "secrets_key"
    path.touch(0o600)
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def new_key():
    return base64.b64encode(secrets.token_bytes(32)).decode()


class SealedCase(EndpointsCase):
    def restart(self, key=None):
        self.daemon.stop()
        self.daemon.write_settings(secrets_key=key or harness.secrets_key())
        self.daemon.start()

    def maintain(self, key, check=True):
        return command("maintain", "--set", f"database={self.database.dsn}", "--set", f"secrets_key={key}", check=check)

    def opened(self, endpoint, keys=None, database=None):
        row, = (database or self.database).rows(f"select {', '.join(SECRETS)} from samordnad.endpoint where endpoint = {endpoint}")
        return {name: sealed.opened(endpoint, row[name], what, keys) for name, what in SECRETS.items()}

    def why_refused(self, endpoint):
        """What the first attempt since was refused for, once it is there; nothing has been sent."""
        return self.wait_until(lambda: [row["error"] for row in self.attempts(endpoint) if row["status"] is None])[-1]

    def failing(self, endpoint):
        return [row["error"] for row in self.delivery()["failing"] if row["endpoint"] == endpoint]

    def on_disk(self, database):
        """All that the server has written: tables, WAL, its log; and a dump, with what is compressed there in the open."""
        cluster = database.cluster
        database.run("checkpoint")
        dump = subprocess.run([harness.POSTGRES_BIN / "pg_dump", "-d", database.dsn], check=True, stdout=subprocess.PIPE).stdout
        oid = database.value("select oid from pg_database where datname = current_database()")
        files = [cluster.path / "log", *(cluster.data / "base" / oid).iterdir(), *(cluster.data / "pg_wal").glob("0*")]
        return dump + b"".join(path.read_bytes() for path in files)

    def check_absent(self, texts, whole):
        for text in texts:
            raw = text.encode()
            for form in (raw, raw.hex().encode(), base64.b64encode(raw)):
                self.assertFalse(form in whole, "it lies there in the open")


class Sealed(SealedCase):
    def test_nothing_lies_in_the_open(self):
        certificates = Certificates()
        hsa, path = self.unit()
        made = self.make(hsa, path, headers={"Authorization": "Bearer ett-losen", "X-B": "2: b"},
                         client_cert=certificates.text("client.pem"), client_key=certificates.text("client.key"))
        endpoint = made["endpoint"]
        fresh = self.do(endpoint, "rotate", {})["secret"]
        loaded_hsa, loaded_path = self.unit()
        given, given_next = new_secret(), new_secret()
        for secret in (given, given_next):
            harness.load_region(self.database, {"units": [{
                "hsa_id": loaded_hsa, "namn": "Enhet", "slag": "primarvard",
                "endpoints": [{"url": self.receiver.url(loaded_path), "secret": secret}]}]})
        loaded = int(self.database.value("select max(endpoint) from samordnad.endpoint"))
        key = certificates.text("client.key")
        self.assertEqual(self.opened(endpoint), {"secret": fresh, "secret_before": made["secret"], "client_key": key,
                                                 "header_lines": "Authorization: Bearer ett-losen\nX-B: 2: b"})
        self.assertEqual(self.opened(loaded), {"secret": given_next, "secret_before": given, "header_lines": None,
                                               "client_key": None})
        for number, unit, hook, secret in ((endpoint, hsa, path, fresh), (loaded, loaded_hsa, loaded_path, given_next)):
            self.receiver.secret(hook, secret)
            self.tell(unit, [1])
            self.wait_for_all(hook, 1, number)
            self.assertIsNone(self.receiver.received(hook)[0].signature)
        self.assertEqual(self.receiver.received(path)[0].headers["authorization"], "Bearer ett-losen")
        whole = self.on_disk(self.database)
        self.assertTrue(self.receiver.url(path).encode() in whole, "the search can fail")
        texts = [text for secret in (made["secret"], fresh, given, given_next) for text in (secret, secret.removeprefix("whsec_"))]
        self.check_absent([*texts, "ett-losen", key.splitlines()[5]], whole)
        for secret in (made["secret"], fresh, given, given_next):
            self.assertFalse(base64.b64decode(secret.removeprefix("whsec_")) in whole)

    def test_the_same_given_again_changes_nothing(self):
        hsa, path = self.unit()
        row = {"url": self.receiver.url(path), "secret": new_secret()}
        file = {"units": [{"hsa_id": hsa, "namn": "Enhet", "slag": "primarvard", "endpoints": [row]}]}
        harness.load_region(self.database, file)
        self.assertIn("nothing changed", harness.load_region(self.database, file))
        del row["secret"]
        self.assertIn("nothing changed", harness.load_region(self.database, file))

    def test_a_dump_that_is_restored(self):
        """With the key it goes on; the key is not in it."""
        hsa, path, endpoint = self.endpoint()
        dump = harness.cluster().empty_database()
        dump.run(subprocess.run([harness.POSTGRES_BIN / "pg_dump", "-d", self.database.dsn], check=True, stdout=subprocess.PIPE,
                                text=True).stdout)
        daemon = harness.Daemon(dump, **self.settings)
        self.daemons.append(daemon)
        dump.rows(f"select samordnad.test_tell('{hsa}', array[1]::bigint[], array[0]::integer[])")
        self.wait_for_all(path, 1)
        self.assertIsNone(self.receiver.received(path)[0].signature)

    def test_headers_and_keys_under_a_wrong_one(self):
        """Nothing is sent without its headers; given anew it is."""
        hsa, path = self.unit()
        endpoint = self.make(hsa, path, headers={"X-A": "1"})["endpoint"]
        lines = sealed.seal(endpoint, "X-A: 1", "headers", key_file(new_key()))
        self.database.run(f"update samordnad.endpoint set header_lines = '\\x{lines}' where endpoint = {endpoint}")
        self.tell(hsa, [1])
        self.assertEqual(self.why_refused(endpoint), "refused: the endpoint's headers or client key cannot be used: "
                                                     "it is under none of the keys of secrets_key")
        self.assertEqual(self.receiver.received(path), [])
        answer = self.admin.request("PATCH", f"/v1/endpoints/{endpoint}", {"headers": {"X-A": "2"}})
        self.assertEqual((answer.status, answer.json["headers"]), (200, ["X-A"]))
        self.wait_for_all(path, 1, endpoint)
        self.assertEqual(self.receiver.received(path)[0].headers["x-a"], "2")

    def test_moved_to_another_endpoint(self):
        (hsa, path, endpoint), (_, _, other) = self.endpoint(), self.endpoint()
        self.database.run(f"""update samordnad.endpoint set secret = (select secret from samordnad.endpoint where endpoint = {other})
            where endpoint = {endpoint}""")
        self.tell(hsa, [1])
        self.assertEqual(self.why_refused(endpoint), "refused: the endpoint's secret cannot be used: it was changed, or is "
                                                     "another endpoint's")
        self.assertEqual(self.receiver.received(path), [])
        fresh = self.do(endpoint, "rotate", {})["secret"]  # that the one before cannot be used hinders nothing
        self.receiver.secret(path, fresh)
        self.wait_for_all(path, 1, endpoint)
        self.assertIsNone(self.receiver.received(path)[0].signature)


class Keys(SealedCase):
    def test_another_key(self):
        """The older one still opens; maintain brings all under the new one; then the older one is not needed."""
        hsa, path, endpoint = self.endpoint()
        old, new = harness.secrets_key().read_text().strip(), new_key()
        both, alone = key_file(new, old), key_file(new)
        self.addCleanup(self.maintain, key_file(old, new))
        self.restart(both)
        self.addCleanup(self.restart)
        self.tell(hsa, [1])
        self.wait_for_all(path, 1)
        with self.assertRaises(KeyError):
            self.opened(endpoint, alone)
        count = self.database.value("select count(*) from samordnad.endpoint")
        self.assertIn(f"sealed under the first key of secrets_key: what {count} endpoints keep secret\n", self.maintain(both).stdout)
        self.assertNotIn("sealed", self.maintain(both).stdout)
        self.assertEqual(self.opened(endpoint, alone)["secret"], self.opened(endpoint, both)["secret"])
        self.tell(hsa, [2])  # the daemon that runs reads it anew
        self.wait_for_all(path, 2)
        self.restart(alone)
        self.tell(hsa, [3])
        self.wait_for_all(path, 3)
        self.assertEqual([r.signature for r in self.receiver.received(path)], [None] * 3)

    def test_a_wrong_key(self):
        """Who is sealed under another is not sent to, fails, and is told of once; the others go on."""
        hsa, path, endpoint = self.endpoint()
        wrong = key_file(new_key())
        self.restart(wrong)
        self.addCleanup(self.restart)
        other_hsa, other_path = self.unit()
        other = self.make(other_hsa, other_path)["endpoint"]
        self.tell_all([(hsa, None, None), (other_hsa, None, None)], [1, 2, 3])
        self.wait_for_all(other_path, 3)
        words = "refused: the endpoint's secret cannot be used: it is under none of the keys of secrets_key"
        self.assertEqual(self.why_refused(endpoint), words)
        self.assertEqual(self.wait_until(lambda: self.failing(endpoint)), [words])
        for _ in range(3):
            before = len(self.attempts(endpoint))

            def tried():
                self.hurry(endpoint)
                return len(self.attempts(endpoint)) > before
            self.wait_until(tried, harness.DEADLINE_S * 2)
        self.assertEqual(self.daemon.log().count(f"event=endpoint_failing endpoint={endpoint} "), 1)
        self.assertEqual((self.failing(other), self.receiver.received(path)), ([], []))
        said = self.maintain(wrong, check=False)
        self.assertEqual(said.returncode, 1)
        self.assertIn("no key of secrets_key opens what ", said.stderr)
        self.restart(key_file(wrong.read_text().strip(), harness.secrets_key().read_text().strip()))
        self.wait_for_all(path, 3, endpoint)
        self.assertEqual({r.signature for r in self.receiver.received(path)}, {None})
        self.assertIsNone(self.database.value(f"select failing_since from samordnad.endpoint_cursor where endpoint = {endpoint}")
                          if self.wait_until(lambda: not self.failing(endpoint)) else "fails still")
        self.maintain(key_file(harness.secrets_key().read_text().strip(), wrong.read_text().strip()))

    def test_a_secret_that_is_valid_no_more(self):
        """It is not kept, and whether a key opens it does not matter."""
        _, _, endpoint = self.endpoint()
        before = sealed.seal(endpoint, new_secret(), keys=key_file(new_key()))
        self.database.run(f"""update samordnad.endpoint set secret_before = '\\x{before}', secret_before_until = clock_timestamp()
            + interval '1 hour' where endpoint = {endpoint}""")
        said = self.maintain(harness.secrets_key(), check=False)
        self.assertEqual(said.returncode, 1)
        self.assertIn(f"the first is {endpoint}:", said.stderr)
        self.database.run(f"update samordnad.endpoint set secret_before_until = clock_timestamp() where endpoint = {endpoint}")
        self.maintain(harness.secrets_key())
        self.assertEqual(self.database.rows(f"""select secret_before, secret_before_until from samordnad.endpoint
            where endpoint = {endpoint}"""), [{"secret_before": None, "secret_before_until": None}])


class Plain(EndpointsCase):
    """What was stored in the open, of before migration 0022."""

    serve = False

    @classmethod
    def setUpClass(cls):
        harness.Case.setUpClass.__func__(cls)

    def migrate(self, database, *settings, check=True):
        return command("migrate", "--set", f"database={database.dsn}", *settings, check=check)

    def test_migrate_seals_it(self):
        database = harness.cluster().empty_database()
        for path in sorted((harness.ROOT / "sql" / "migrations").glob("*.sql")):
            if int(path.name[:4]) < 22:
                database.run(f"set search_path to samordnad, public; begin; {path.read_text()}; insert into samordnad.schema_version "
                             f"(version, min_daemon, name) values ({int(path.name[:4])}, 1, '{path.stem}'); commit;")
        database.run("""set search_path to samordnad, public;
            insert into unit (hsa_id, namn, slag) values ('SE2321000016-1', 'Enhet', 'primarvard');
            insert into endpoint (unit, url, secret) select unit, 'https://a.example/', 'whsec_' || repeat('A', 44) from unit;
            insert into endpoint (unit, url, secret, secret_before, secret_before_until, headers, ca, client_cert, client_key)
                select unit, 'https://b.example/', 'whsec_' || repeat('B', 44), 'whsec_' || repeat('C', 44), now() + '1 day',
                    array['Authorization: Bearer hemligt:nu', 'X-B: b'], 'en CA', 'ett certifikat', 'en nyckel' from unit;
            insert into endpoint (unit, url, secret, headers) select unit, 'https://c.example/', 'whsec_' || repeat('D', 44),
                    array['Authorization: Bearer hemligt:nu', 'X-B: b'] from unit;
            analyze endpoint;""")
        refused = self.migrate(database, check=False)
        self.assertEqual(refused.returncode, CONFIG)
        self.assertIn("secrets_key is not set", refused.stderr)
        key = ("--set", f"secrets_key={harness.secrets_key()}")
        other = harness.Connection(database.cluster.path, database.name)
        self.addCleanup(other.close)
        other.query("begin isolation level repeatable read; select 1")  # who may yet look at what was there before
        said = self.migrate(database, *key).stdout
        self.assertIn("what 3 endpoints keep secret", said)
        self.assertIn("of 3 of them it was plain", said)
        self.assertNotIn("sealed", self.migrate(database, *key).stdout)
        one, two, _ = database.rows("select *, headers::text as names from samordnad.endpoint order by endpoint")
        self.assertEqual(sealed.opened(1, one["secret"]), "whsec_" + "A" * 44)
        self.assertEqual({one[name] for name in ("secret_before", "header_lines", "client_key")}, {None})
        self.assertEqual({name: sealed.opened(2, two[name], what) for name, what in SECRETS.items()},
                         {"secret": "whsec_" + "B" * 44, "secret_before": "whsec_" + "C" * 44, "client_key": "en nyckel",
                          "header_lines": "Authorization: Bearer hemligt:nu\nX-B: b"})
        self.assertEqual((two["names"], two["ca"], two["client_cert"]), ("{Authorization,X-B}", "en CA", "ett certifikat"))
        told = database.value("""select string_agg(concat(most_common_vals::text, most_common_elems::text, histogram_bounds::text), ' ')
            from pg_stats where schemaname = 'samordnad' and tablename = 'endpoint'""")
        self.assertNotIn("hemligt", told or "", "it lies in the planner's statistics still")
        database.run("checkpoint")
        table = database.cluster.data / database.value("select pg_relation_filepath('samordnad.endpoint')")
        for text in (b"AAAAAAAA", b"BBBBBBBB", b"CCCCCCCC", b"hemligt", b"nyckel"):
            self.assertFalse(text in table.read_bytes(), "it lies there still")
        for column in SECRETS:
            with self.assertRaisesRegex(RuntimeError, "endpoint_sealed"):
                database.rows(f"update samordnad.endpoint set {column} = 'i klartext' where endpoint = 2")
        self.assertEqual(database.value("select convalidated from pg_constraint where conname = 'endpoint_sealed'"), "t")


if __name__ == "__main__":
    harness.main()
