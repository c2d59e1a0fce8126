"""What a unit is told of its own endpoints: notices of no episode, written by the door into the same feed as all others,
each once, pushed to every endpoint of the unit and pulled.
"""

import base64
import datetime
import itertools
import re
import subprocess
import threading

import harness
import region
import sealed
from receiver import Receiver

SECRET = "whsec_" + base64.b64encode(b"a secret of the tests, 32 bytes!").decode()


class ToldCase(harness.Case):
    settings = {"push_lease_ms": 2000, "push_connect_timeout_ms": 1000, "push_timeout_ms": 2000, "drain_ms": 3000}
    region = region.region()

    @classmethod
    def setUpClass(cls):
        cls.receiver = Receiver(SECRET).start()
        cls.addClassCleanup(cls.receiver.stop)
        cls.numbers = itertools.count(1)
        super().setUpClass()
        cls.admin = cls.client("admin", ["admin"])
        cls.hospital = cls.client("sjukhuset", ["hospital"], [region.H])

    def unit(self):
        """A unit of its own: its HSA-id, and a client that pulls its feed."""
        hsa = f"SE2321000016-T{next(self.numbers)}"
        self.database.rows("insert into samordnad.unit (hsa_id, namn, slag) values (:'hsa', 'Enhet', 'primarvard')"
                           " returning unit", hsa=hsa)
        return hsa, self.client("enhet", ["unit"], [hsa])

    def endpoint(self, hsa, receiver=None):
        """Its path at the receiver, and its number."""
        path = f"/hook/{next(self.numbers)}"
        number, = sealed.put_endpoints(self.database, [(hsa, (receiver or self.receiver).url(path), SECRET)])
        return path, int(number)

    def ask_test(self, endpoint):
        return self.admin.request("POST", f"/v1/endpoints/{endpoint}/test").status

    def pushed(self, path, receiver=None):
        """What has arrived, each once, by seq."""
        events = {r.json["id"]: r.json for r in (receiver or self.receiver).received(path) if r.action[0] == "ok"}
        for event in events.values():
            harness.schemas().check_notice(event)
        return sorted(events.values(), key=lambda event: event["data"]["seq"])

    def wait_pushed(self, path, count, receiver=None):
        self.wait_until(lambda: len(self.pushed(path, receiver)) >= count, what=f"{count} notices at {path}")
        return self.pushed(path, receiver)

    def wait_told(self, client, hsa, count):
        self.wait_until(lambda: len(client.feed(hsa)) >= count, what=f"{count} notices in the feed of {hsa}")
        return client.feed(hsa)

    def waiting(self):
        return int(self.database.value("select count(*) from samordnad.endpoint_event"))

    def check_gapless(self, events):
        self.assertEqual([event["data"]["seq"] for event in events], list(range(1, len(events) + 1)))


def what(event):
    return event["type"].removeprefix("samordnad.endpoint.").removesuffix(".v1")


class Tests(ToldCase):
    def test_a_test_notice_reaches_every_endpoint_of_the_unit(self):
        hsa, client = self.unit()
        one, first = self.endpoint(hsa)
        other, _ = self.endpoint(hsa)
        self.assertEqual(self.ask_test(first), 202)
        events = self.wait_told(client, hsa, 1)
        self.assertEqual(self.wait_pushed(one, 1), events)
        self.assertEqual(self.wait_pushed(other, 1), events)
        self.assertEqual(what(events[0]), "test")
        self.assertNotIn("subject", events[0])
        epoch = events[0]["data"].pop("epoch")
        self.assertEqual(events[0]["data"], {"unit": hsa, "seq": 1, "endpoint": first})
        self.assertEqual(events[0]["id"], f"{epoch}:{hsa}:1")
        self.assertEqual(self.waiting(), 0)

    def test_they_stand_among_the_others_without_a_gap(self):
        """And a test is no message that keeps back an episode's."""
        client = self.client("vc", ["unit"], [region.VC])
        path, endpoint = self.endpoint(region.VC)
        before = len(client.feed(region.VC))
        for number in range(3):
            self.hospital.post_message("inskrivningsmeddelande", region.inskrivningsmeddelande(
                harness.wire(self.clock.now()), harness.wire(self.clock.now()), number=number, mottagare=[region.VC]),
                encounter=f"told-{number}", expect="applied")
            self.assertEqual(self.ask_test(endpoint), 202)
        tests = lambda: [e for e in client.feed(region.VC) if what(e) == "test"]
        self.wait_until(lambda: len(tests()) == 3, what="three test notices")
        events = client.feed(region.VC)
        self.check_gapless(events)
        self.assertEqual(self.wait_pushed(path, len(events) - before), events[before:])

    def test_a_notify_names_the_units_that_are_told(self):
        """So that what is pushed is looked for with them alone. Of too many it names none."""
        hsa, client = self.unit()
        _, endpoint = self.endpoint(hsa)
        with subprocess.Popen(["psql", "-X", "-q", "-A", "-t", "-d", self.database.dsn], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as psql:
            psql.stdin.write("listen samordnad_notice;\nselect 'listens';\n")
            psql.stdin.flush()
            self.assertEqual(psql.stdout.readline(), "listens\n")
            self.assertEqual(self.ask_test(endpoint), 202)
            self.wait_told(client, hsa, 1)
            self.hospital.post_message("inskrivningsmeddelande", region.inskrivningsmeddelande(
                harness.wire(self.clock.now()), harness.wire(self.clock.now()), number=2, mottagare=[region.VC, region.KH]),
                encounter="told-7", expect="applied")
            of_many = (harness.ROOT / "sql" / "queries" / "door_notify.sql").read_text().replace(
                "$1", "array(select generate_series(1000, 3000))")
            said = psql.communicate(f"select 'heard';\n{of_many};\n", timeout=10)[0]
        payloads = re.findall(r'"samordnad_notice"(?: with payload "([0-9,]+)")? received', said)
        self.assertEqual((len(payloads), payloads[2]), (3, ""))
        numbers = {row["hsa_id"]: row["unit"] for row in self.database.rows("select hsa_id, unit from samordnad.unit")}
        self.assertEqual(payloads[0], numbers[hsa])
        told = self.database.rows("""select distinct unit::text from samordnad.notice n join samordnad.episode e using (episode)
            where e.encounter = 'told-7' order by 1""")
        self.assertEqual(sorted(payloads[1].split(",")), [row["unit"] for row in told])
        self.assertTrue({numbers[region.VC], numbers[region.KH]} <= set(payloads[1].split(",")))

    def test_each_is_told_once(self):
        """Many at once, and the door changes hands meanwhile."""
        hsa, client = self.unit()
        path, endpoint = self.endpoint(hsa)
        second = self.start_daemon()
        count = 300
        self.database.run(f"""insert into samordnad.endpoint_event (unit, endpoint, what)
            select unit, endpoint, 'test' from samordnad.endpoint, generate_series(1, {count}) where endpoint = {endpoint}""")
        self.daemon.kill()
        self.wait_until(lambda: second.is_ready("?door"), what="the other daemon to be the door")
        self.daemon.start()
        self.addCleanup(second.stop)
        other = self.client("enhet", ["unit"], [hsa], daemon=second)
        self.check_gapless(self.wait_told(other, hsa, count))
        self.wait_until(lambda: self.waiting() == 0, what="nothing to wait")
        self.assertEqual(self.ask_test(endpoint), 202)
        self.check_gapless(self.wait_told(other, hsa, count + 1))
        self.wait_pushed(path, count + 1)
        self.assertEqual(len(other.feed(hsa)), count + 1)

    def test_it_wakes_who_waits(self):
        """A long poll, which ends at the notice."""
        hsa, client = self.unit()
        _, endpoint = self.endpoint(hsa)
        found = []
        waiter = threading.Thread(target=lambda: found.extend(client.feed(hsa, wait_s=20)))
        waiter.start()
        self.assertEqual(self.ask_test(endpoint), 202)
        waiter.join()
        self.assertEqual([what(event) for event in found], ["test"])

    def test_refused(self):
        hsa, client = self.unit()
        _, endpoint = self.endpoint(hsa)
        self.database.run(f"update samordnad.endpoint set status = 'deleted' where endpoint = {endpoint}")
        for id in (endpoint, endpoint + 1000, "x", "-1", "1e3", "9" * 19, "9" * 18, "0"):
            self.assertEqual(self.ask_test(id), 404, id)
        self.assertEqual(client.request("POST", f"/v1/endpoints/{endpoint}/test").status, 403)
        self.assertEqual(self.admin.get(f"/v1/endpoints/{endpoint}/test").status, 405)
        self.assertEqual(self.waiting(), 0)

    def test_a_paused_endpoint_is_told_of_too(self):
        hsa, client = self.unit()
        _, endpoint = self.endpoint(hsa)
        self.database.run(f"update samordnad.endpoint set status = 'paused' where endpoint = {endpoint}")
        self.assertEqual(self.ask_test(endpoint), 202)
        self.assertEqual(self.wait_told(client, hsa, 1)[0]["data"]["endpoint"], endpoint)


class Fares(ToldCase):
    """failing and recovered."""

    def hurry(self, endpoint):
        self.database.run(f"""update samordnad.undelivered set next_at = now() where next_at > now()
            and endpoint = {endpoint}""")

    def down_and_up(self, actions, recover):
        """A unit with one endpoint that is down, as actions say, and one that is well. What the feed holds of it."""
        hsa, client = self.unit()
        path, endpoint = self.endpoint(hsa)
        well, _ = self.endpoint(hsa)
        self.receiver.script(path, actions, repeat=True)
        for _ in range(3):
            self.assertEqual(self.ask_test(endpoint), 202)
        failing = [e for e in self.wait_pushed(well, 4) if what(e) == "failing"]
        self.assertEqual(len(failing), 1)
        self.assertEqual(self.pushed(path), [])
        recover()
        self.receiver.script(path, [])

        def arrived():
            self.hurry(endpoint)
            return len(self.pushed(path)) == 5
        self.wait_until(arrived, harness.DEADLINE_S * 2, what="all to arrive at the one that was down")
        events = self.wait_pushed(well, 5)
        self.assertEqual(self.pushed(path), events)
        self.assertEqual(client.feed(hsa), events)
        self.check_gapless(events)
        self.assertEqual([what(e) for e in events], ["test"] * 3 + ["failing", "recovered"])
        for event in events[3:]:
            self.assertEqual(event["data"]["endpoint"], endpoint)
        since = self.database.value(f"""select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            from samordnad.attempt where endpoint = {endpoint} order by at offset 2 limit 1""")
        self.assertTrue(harness.same_instant(events[3]["data"]["since"], since), "since the third failure in a row")
        self.assertEqual(events[4]["data"]["since"], events[3]["data"]["since"])
        self.assertNotIn("error", events[4]["data"])
        self.assertEqual(self.waiting(), 0)
        return events

    def test_once_each_and_in_order(self):
        events = self.down_and_up([("status", 503)], lambda: None)
        self.assertEqual(events[3]["data"]["error"], "HTTP status 503")

    def test_of_an_error_only_its_word(self):
        events = self.down_and_up([("reset",)], lambda: None)
        self.assertEqual(events[3]["data"]["error"], "broken")

    def test_not_again_by_who_takes_over(self):
        second = self.start_daemon()
        self.addCleanup(second.stop)

        def takeover():
            self.daemon.kill()
            self.wait_until(lambda: second.is_ready("?door"), what="the other daemon to be the door")
            self.daemon.start()
        self.down_and_up([("status", 500)], takeover)

    def test_in_order_at_the_one_that_was_down(self):
        hsa, _ = self.unit()
        path, endpoint = self.endpoint(hsa)
        self.receiver.script(path, [("status", 503)], repeat=True)
        for _ in range(3):
            self.ask_test(endpoint)
        failed = f"select seq from samordnad.undelivered where endpoint = {endpoint} and attempts > 0 order by seq"
        rows = lambda: [int(row["seq"]) for row in self.database.rows(failed)]
        self.wait_until(lambda: rows() == [1, 2, 3, 4], what="failing to have failed at the one that fails")
        self.receiver.script(path, [])
        arrived = lambda: [what(r.json) for r in self.receiver.received(path) if r.action[0] == "ok"]

        def tests_arrived():
            self.database.run(f"""update samordnad.undelivered set next_at = now()
                where next_at > now() and endpoint = {endpoint} and seq < 4""")
            return arrived() == ["test"] * 3
        self.wait_until(tests_arrived, what="the tests to arrive")
        self.wait_until(lambda: self.database.value(f"""select seq from samordnad.undelivered
            where endpoint = {endpoint} and episode = -{endpoint} and next_at is null""") == "5", what="recovered to wait")
        self.ask_test(endpoint)
        self.wait_until(lambda: arrived() == ["test"] * 4, what="a test to wait for nobody")
        self.hurry(endpoint)
        self.wait_until(lambda: len(arrived()) == 6)
        self.assertEqual(arrived()[4:], ["failing", "recovered"])

    def test_nothing_of_one_that_was_deleted(self):
        hsa, _ = self.unit()
        _, endpoint = self.endpoint(hsa)
        self.database.run(f"""update samordnad.endpoint set status = 'deleted' where endpoint = {endpoint};
            update samordnad.endpoint_cursor set failing_since = now() where endpoint = {endpoint}""")
        self.assertEqual(self.waiting(), 0)


class Heartbeat(ToldCase):
    """Policy heartbeat_hours."""

    def setUp(self):
        self.database.run("delete from samordnad.policy where policy = 'heartbeat_hours'")
        self.clock.set(datetime.datetime.now(harness.UTC))  # endpoints are made by the real clock

    def policy(self, hours, unit=None):
        self.database.rows("""insert into samordnad.policy (policy, scope, unit, value, from_at)
            select 'heartbeat_hours', :'scope', (select unit from samordnad.unit where hsa_id = :'hsa'), :'value',
                '2020-01-01Z' returning policy_row""",
            scope="unit" if unit else "all", hsa=unit or "", value=hours)

    def known(self, hsa, hours):
        """Until the daemon's register has it; the clock then brings a look at all feeds."""
        self.wait_until(lambda: [row["value"] for row in self.admin.get(f"/v1/units/{hsa}/policy").json["effective"]
                                 if row["policy"] == "heartbeat_hours"] == [hours], what="the policy to be known")

    def later(self, **delta):
        self.clock.set(self.clock.now() + datetime.timedelta(**delta))

    def test_one_in_each_silent_period(self):
        (silent, client), (other, witness), (none, unasked), (paused, _) = (self.unit() for _ in range(4))
        path, endpoint = self.endpoint(silent)
        second, _ = self.endpoint(silent)
        self.endpoint(other)
        self.endpoint(none)
        _, off = self.endpoint(paused)
        self.database.run(f"update samordnad.endpoint set status = 'paused' where endpoint = {off}")
        self.policy(5)
        self.policy(0, none)
        self.policy(1, other)
        self.known(other, 1)
        self.later(hours=1)
        self.wait_told(witness, other, 1)
        self.assertEqual(client.feed(silent), [], "not yet")
        self.later(hours=4)
        events = self.wait_told(client, silent, 1)
        self.assertEqual(self.wait_pushed(path, 1), events)
        self.assertEqual(self.wait_pushed(second, 1), events)
        self.assertEqual(what(events[0]), "heartbeat")
        self.assertEqual(set(events[0]["data"]), {"unit", "epoch", "seq"})
        self.wait_told(witness, other, 2)
        for hours in range(1, 5):
            self.later(hours=1)
            self.wait_told(witness, other, 2 + hours)
            self.assertEqual(len(client.feed(silent)), 1, "once a period")
        self.later(hours=1)
        self.wait_told(client, silent, 2)
        self.later(hours=3)
        self.wait_told(witness, other, 8)
        self.ask_test(endpoint)  # a word: the silence begins anew
        self.wait_told(client, silent, 3)
        self.later(hours=4)
        self.wait_told(witness, other, 9)
        self.assertEqual(len(client.feed(silent)), 3)
        self.later(hours=1)
        events = self.wait_told(client, silent, 4)
        self.check_gapless(events)
        self.assertEqual([what(e) for e in events], ["heartbeat", "heartbeat", "test", "heartbeat"])
        self.assertEqual(unasked.feed(none), [])
        self.assertEqual(self.database.value("""select count(*) from samordnad.notice n join samordnad.unit u using (unit)
            where u.hsa_id = :'hsa'""", hsa=paused), "0")

    def test_not_twice_over_restarts_and_daemons(self):
        (hsa, client), (other, witness) = self.unit(), self.unit()
        self.endpoint(hsa)
        self.endpoint(other)
        self.policy(10, hsa)
        self.policy(1, other)
        self.known(other, 1)
        second = self.start_daemon()
        self.addCleanup(second.stop)
        beats = 0
        for round in range(1, 4):
            self.later(hours=10 if round == 1 else 9)
            self.wait_told(client, hsa, round)
            beats += 1
            self.wait_told(witness, other, beats)
            self.daemon.kill()
            self.wait_until(lambda: second.is_ready("?door"), what="the other daemon to be the door")
            self.daemon.start()
            second.stop()
            self.wait_until(lambda: self.daemon.is_ready("?door"), what="the first daemon to be the door again")
            second.start()
            self.later(hours=1)
            beats += 1
            self.wait_told(witness, other, beats)
            self.assertEqual(len(client.feed(hsa)), round)

    def test_overtaken_by_a_notice_it_is_not_told(self):
        hsa, client = self.unit()
        _, endpoint = self.endpoint(hsa)
        self.ask_test(endpoint)
        self.wait_told(client, hsa, 1)
        self.database.run(f"""insert into samordnad.endpoint_event (unit, endpoint, what, after_seq)
            select unit, case what when 'test' then endpoint end, what, seq
            from samordnad.endpoint, (values (1, 'heartbeat', 0), (2, 'heartbeat', 1), (3, 'heartbeat', 1), (4, 'test', null))
                as v (nr, what, seq) where endpoint = {endpoint} order by nr""")
        self.wait_until(lambda: self.waiting() == 0)
        self.assertEqual([what(e) for e in client.feed(hsa)], ["test", "heartbeat", "test"])

    def test_a_gap_is_seen_and_filled(self):
        """The receiver answers 200 and then loses what it got; the heartbeat shows up to where the feed goes."""
        hsa, client = self.unit()
        path, endpoint = self.endpoint(hsa)
        for _ in range(4):
            self.ask_test(endpoint)
        kept = {event["data"]["seq"] for event in self.wait_pushed(path, 4)} - {2, 4}
        self.policy(2, hsa)
        self.known(hsa, 2)
        self.later(hours=2)
        self.wait_told(client, hsa, 5)
        beat = next(e for e in self.wait_pushed(path, 5) if what(e) == "heartbeat")
        kept.add(beat["data"]["seq"])
        missing = set(range(1, beat["data"]["seq"] + 1)) - kept
        self.assertEqual(missing, {2, 4})
        pulled = {e["data"]["seq"]: e for e in client.feed(hsa, after=min(missing) - 1)}
        self.assertEqual(kept | missing & set(pulled), set(range(1, 6)))
        self.assertEqual([what(pulled[seq]) for seq in sorted(missing)], ["test", "test"])


if __name__ == "__main__":
    harness.main()
