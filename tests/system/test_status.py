"""How it stands: /status in one look, /livez, /readyz, /metrics; and the same while the database is away."""

import re
import shutil
import subprocess

import harness
import region
from harness import local, same_instant, wire
from region import H

# Prometheus text 0.0.4: a comment, or name{labels} value.
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{{({LABEL}(?:,{LABEL})*)?\}})? (\S+)")


def parse_metrics(text):
    """Samples by name and labels; raises on what Prometheus would not take."""
    assert text.endswith("\n"), "the last line must end"
    types, samples, last = {}, {}, None
    for line in text.splitlines():
        if line.startswith("# "):
            kind, name, rest = line[2:].split(" ", 2)
            assert kind in ("HELP", "TYPE"), line
            if kind == "TYPE":
                assert name not in types, f"{name} has two types"
                assert rest in ("counter", "gauge", "histogram"), line
                types[name] = rest
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        name, labels, value = match.groups()
        family = name if name in types else re.sub(r"_(bucket|sum|count)$", "", name)
        assert family in types, f"{name} has no type"
        assert last == family or not any(key[0] == family for key in samples), f"{family} is parted"
        assert (name, labels) not in samples, f"{line} comes twice"
        samples[name, labels] = float(value)
        last = family
    for family, kind in types.items():
        if kind == "histogram":
            check_histogram(family, samples)
    return samples


def check_histogram(family, samples):
    buckets = [(key, value) for key, value in samples.items() if key[0] == f"{family}_bucket"]
    values = [value for _, value in buckets]
    assert values == sorted(values), f"{family}: buckets add up"
    assert 'le="+Inf"' in buckets[-1][0][1], family
    assert values[-1] == samples[f"{family}_count", None], family


class Status(harness.Case):
    region = region.region()
    start_at = "2026-05-04T08:00"

    def setUp(self):
        self.nobody = harness.Client(self.daemon.address)
        self.addCleanup(self.nobody.close)

    def status(self):
        answer = self.nobody.get("/status")
        self.assertEqual(answer.status, 200)
        return answer.json

    def test_in_one_look(self):
        status = self.status()
        self.wait_until(lambda: self.status()["door"]["state"] == "open", what="the door to be open")
        status = self.status()
        self.assertTrue(status["taking_messages"])
        self.assertIsNone(status["why_not"])
        self.assertEqual(status["queue"]["waiting"], 0)
        self.assertTrue(status["database"]["answers"])
        self.assertIsNone(status["database"]["error"])
        self.assertRegex(status["database"]["server_version"], r"^15")
        self.assertEqual(status["database"]["schema_version"], status["daemon_schema"])
        self.assertEqual(status["delivery"]["failing"], [])
        self.assertIsNone(status["delivery"]["oldest_undelivered"])
        ahead = local(status["clock"]["legal_now"]) - self.clock.now()
        self.assertLess(abs(ahead.total_seconds()), 5, "the legal clock")

    def test_hospital_is_heard(self):
        hospital = self.client("sjukhuset", ["hospital"], [H])
        harness.wait_until(lambda: hospital.get(f"/v1/tasks?unit={H}").status == 200, what="the token to be known")
        before = self.clock.now() - harness.datetime.timedelta(seconds=2)
        hospital.post_message("inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire(self.clock.now()), wire("2026-05-09T12:00")), encounter="S1", expect="applied")

        def heard(client):
            row, = client.get("/status").json["hospitals"]
            self.assertEqual(row["unit"], H)
            return row["last_heard_at"]

        self.assertGreater(local(heard(self.nobody)), before)
        self.wait_until(lambda: self.status()["due"]["next_due"], what="the next instant owed to be shown")
        # A daemon that has just started knows it too.
        second = harness.Client(self.start_daemon().address)
        self.wait_until(lambda: heard(second), what="the other daemon to have read it")
        self.assertGreater(local(heard(second)), before)
        self.assertEqual(second.get("/status").json["door"]["state"], "standby")
        self.assertFalse(second.get("/status").json["taking_messages"])

    def test_what_is_parked_is_shown(self):
        hospital = self.client("sjukhuset-2", ["hospital"], [H])
        harness.wait_until(lambda: hospital.get(f"/v1/tasks?unit={H}").status == 200, what="the token to be known")
        hospital.post_message("utskrivningsklar", {"klar_at": wire(self.clock.now())}, encounter="S2", expect="parked")
        self.wait_until(lambda: self.status()["parked"]["count"] == 1, what="what waits to be shown")
        parked = self.status()["parked"]
        self.assertEqual(parked["overdue"], 0, "not at once")
        self.assertIsNotNone(parked["since"])
        self.clock.advance(self.clock.now() + harness.datetime.timedelta(minutes=61))
        self.wait_until(lambda: self.status()["parked"]["overdue"] == 1, what="ops to be told after an hour")
        self.assertEqual(self.status()["parked"], {**parked, "overdue": 1})
        self.assertEqual([harness.gauge(self.daemon, name) for name in ("parked", "parked_overdue", "instants_overdue")],
                         [1, 1, 0])

    def test_no_patient(self):
        body = self.nobody.get("/status").body + self.nobody.get("/metrics").body
        for word in (b"Testsson", b"Provgatan", region.PERSONS[0].encode()):
            self.assertNotIn(word, body)

    def test_metrics(self):
        answer = self.nobody.get("/metrics")
        self.assertEqual(answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        samples = parse_metrics(answer.body.decode())
        if shutil.which("promtool"):  # Prometheus's own word, where it is installed
            said = subprocess.run(["promtool", "check", "metrics"], input=answer.body, capture_output=True)
            self.assertEqual(said.returncode, 0, (said.stdout + said.stderr).decode())
        self.assertIn(("samordnad_messages_total", 'result="applied"'), samples)
        self.assertEqual(samples["samordnad_database_connected", None], 1)
        again = parse_metrics(self.nobody.get("/metrics").body.decode())
        key = ("samordnad_http_requests_total", 'status="2xx"')
        self.assertGreater(again[key], samples[key] - 1)

    def test_probes(self):
        for target in ("/livez", "/readyz", "/readyz?door"):
            self.wait_until(lambda: self.nobody.get(target).status == 200, what=target)
        self.assertEqual(self.nobody.get("/readyz?x").status, 400)


class Starting(harness.Case):
    """A database that has only not answered yet is not called away."""
    serve = False

    def test_first_seconds(self):
        daemon = harness.Daemon("host=/nonexistent dbname=x", start=False)
        daemon.start(wait=False)
        anyone = harness.Client(daemon.address)

        def answers():
            try:
                return anyone.get("/livez").status == 200
            except OSError:
                return False

        self.wait_until(answers, what="the daemon to listen")
        said = anyone.get("/readyz")
        self.assertEqual((said.status, said.json["detail"]), (503, "starting: the database has not answered yet"))
        self.assertEqual(anyone.get("/status").json["why_not"], "starting: the database has not answered yet")
        self.wait_until(lambda: anyone.get("/readyz").json["detail"] == "the database does not answer",
                        what="the time of starting to be over")
        daemon.kill()


class DatabaseAway(harness.Case):
    """A cluster of its own, since it is stopped."""
    settings = {"door_wait_ms": 300}
    region = region.region()

    @classmethod
    def setUpClass(cls):
        cls.own = harness.Cluster()
        kept, harness._cluster = harness._cluster, cls.own
        try:
            super().setUpClass()
        finally:
            harness._cluster = kept

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.own.stop()

    def test_away_and_back(self):
        nobody = harness.Client(self.daemon.address)
        hospital = self.client("sjukhuset", ["hospital"], [H])
        self.wait_until(lambda: hospital.get(f"/v1/tasks?unit={H}").status == 200, what="the token to be known")
        event = hospital.event("inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire(self.clock.now()), wire(self.clock.now() + harness.datetime.timedelta(days=3))), encounter="D1")
        self.assertEqual(hospital.post_event(event).json["result"], "applied")

        self.own.stop("QUIT")
        self.wait_until(lambda: nobody.get("/readyz").status == 503, what="/readyz to say no")
        self.assertEqual(nobody.get("/livez").status, 200, "the loop turns")
        status = nobody.get("/status").json
        self.assertFalse(status["taking_messages"])
        self.assertIsNotNone(status["why_not"])
        self.assertFalse(status["database"]["answers"])
        self.assertIsNotNone(status["database"]["error"])
        other = hospital.event("inskrivningsmeddelande", event["data"], encounter="D2")
        for answer in (hospital.post_event(other), hospital.post_event([other], "batch"),
                       hospital.get(f"/v1/tasks?unit={H}")):
            self.assertEqual(answer.status, 503)
            self.assertGreater(int(answer.headers["Retry-After"]), 0)

        self.own.start()
        self.wait_until(lambda: nobody.get("/readyz?door").status == 200, what="/readyz to say yes again")
        self.assertEqual(hospital.post_event(event).json["result"], "duplicate", "nothing acknowledged is lost")
        self.assertEqual(hospital.post_event(other).json["result"], "applied", "what got a 503 was not taken")


class SchedulerStandsStill(harness.Case):
    """Its connection ended and does not come back, while the door goes on."""

    region = region.region()
    start_at = "2026-06-08T08:00"

    def test_it_is_seen(self):
        hospital = self.client("sjukhuset", ["hospital"], [H])
        nobody = harness.Client(self.daemon.address)
        hospital.post_message("inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-06-08T00:00"), wire("2026-06-11T12:00")), encounter="S1", expect="applied")
        due = self.clock.next_due()
        self.clock.set(due - harness.datetime.timedelta(seconds=12))
        # What it saw last is that the instant lies ahead.
        self.wait_until(lambda: same_instant(nobody.get("/status").json["due"]["next_due"], due), what="a look")
        admin = harness.Database(harness.cluster(), "postgres")
        try:
            admin.run(f"update pg_database set datallowconn = false where datname = '{self.database.name}'")
            admin.run("select pg_terminate_backend(pid) from pg_stat_activity "
                      f"where datname = '{self.database.name}' and application_name like '%scheduler'")
            status = self.wait_until(lambda: (s := nobody.get("/status").json)["due"]["overdue"] > 0 and s,
                                     what="/status to show what is due and not fired")
            self.assertTrue(same_instant(status["due"]["overdue_since"], due))
            self.assertEqual(status["door"]["state"], "open")
            ready = self.wait_until(lambda: (a := nobody.get("/readyz?door")).status == 503 and a,
                                    what="/readyz to say that it stands still")
            self.assertIn(b"scheduler", ready.body)
        finally:
            admin.run(f"update pg_database set datallowconn = true where datname = '{self.database.name}'")
        self.wait_until(lambda: nobody.get("/readyz?door").status == 200)
        self.wait_until(lambda: self.clock.next_due() > due, what="the instant to be fired")


if __name__ == "__main__":
    harness.main()
