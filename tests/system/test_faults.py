"""What must survive: kill -9 at any instruction, a database that goes away, falls silent or restarts, a second daemon
that takes over. Nothing acknowledged is lost, nothing is applied twice.
"""

import collections
import random
import threading
import time

import harness
import region
from harness import wire
from region import H, KB, VC


class Faults(harness.Case):
    """A cluster of its own, which it may stop, with durable commits."""
    serve = False

    @classmethod
    def setUpClass(cls):
        harness.install_signal_handlers()
        cls.cluster = harness.Cluster(fsync=True)
        cls.addClassCleanup(cls.cluster.stop)

    @classmethod
    def tearDownClass(cls):
        pass  # each test ends its own daemons

    def setUp(self):
        self.database = self.cluster.database()
        self.clock = harness.Clock(self.database)
        harness.load_region(self.database, region.region(sip_mode="auto"))
        self.token = harness.create_client(self.database, "sjukhuset", ["hospital"], [H])
        self.unit_token = harness.create_client(self.database, "enheter", ["unit"], [VC, KB])
        self.daemons = []

    def tearDown(self):
        for daemon in self.daemons:
            if daemon.process is not None:
                self.assertEqual(daemon.stop(), 0)
            daemon.check_log()

    def start(self, **settings):
        daemon = harness.Daemon(self.database, **settings)
        self.daemons.append(daemon)
        return daemon

    def hospital(self, daemon):
        client = harness.Client(daemon.address, self.token, H, self.clock.now)
        self.addCleanup(client.close)
        return client

    def message(self, client, number):
        return client.event("inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire(self.clock.now()), wire(self.clock.now()), number % 3), encounter=f"V{number}", id=f"id-{number}")

    def check_database(self, numbers):
        """The messages are there once each, and every feed is gapless."""
        kept = collections.Counter(row["message_id"] for row in self.database.rows(
            "select message_id from samordnad.fact where message_id is not null"))
        self.assertEqual(kept, {f"id-{number}": 1 for number in numbers})
        for row in self.database.rows(
                "select h.unit, h.seq as head, count(n.seq) as notices, min(n.seq) as first, max(n.seq) as last "
                "from samordnad.feed_head h left join samordnad.notice n using (unit) group by 1, 2"):
            self.assertEqual((row["notices"], row["first"], row["last"]), (row["head"], "1", row["head"]), row)

    def test_kill_in_the_middle(self):
        """Killed again and again while messages pour in; each is posted until it is acknowledged."""
        daemon = self.start()
        waiting = list(range(200))
        acknowledged = {}
        lock = threading.Lock()
        stop = time.monotonic() + harness.DEADLINE_S * 2

        def pour():
            client = self.hospital(daemon)
            while time.monotonic() < stop:
                with lock:
                    if not waiting:
                        return
                    number = waiting.pop(0)
                try:
                    answer = client.post_event(self.message(client, number) if number not in events
                                               else events[number])
                except OSError:
                    answer = None
                if answer is not None and answer.status == 200:
                    acknowledged[number] = answer.json["episode"]["id"]
                else:
                    client.close()
                    with lock:
                        waiting.append(number)
                    if answer is None:
                        time.sleep(0.01)  # nobody listens: not a wait for a condition, only not to spin

        maker = self.hospital(daemon)
        events = {number: self.message(maker, number) for number in waiting}
        threads = [threading.Thread(target=pour) for _ in range(8)]
        for thread in threads:
            thread.start()
        chance = random.Random(7)
        for _ in range(4):
            reached = len(acknowledged) + 10 + chance.randrange(20)
            self.wait_until(lambda: len(acknowledged) >= min(reached, 190), what="messages to be taken")
            daemon.kill()
            daemon.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(acknowledged), 200)
        self.check_database(range(200))
        again = self.hospital(daemon)
        for number in (0, 57, 199):
            answer = again.post_event(events[number])
            self.assertEqual((answer.json["result"], answer.json["episode"]["id"]),
                             ("duplicate", acknowledged[number]))

    def test_database_goes_away_and_comes_back(self):
        daemon = self.start()
        client = self.hospital(daemon)
        self.assertEqual(client.post_event(self.message(client, 0)).json["result"], "applied")
        lost = self.message(client, 1)
        self.cluster.stop("QUIT")
        try:
            answer = client.post_event(lost)
            self.assertEqual(answer.status, 503, answer)
            self.assertTrue(answer.headers["Retry-After"])
            self.wait_until(lambda: not daemon.is_ready(), what="/readyz to say so")
            self.assertEqual(harness.Client(daemon.address).get("/livez").status, 200)
        finally:
            self.cluster.start()
        self.wait_until(lambda: daemon.is_ready("?door"), what="the daemon to be the door again")
        self.assertIn(client.post_event(lost).json["result"], ("applied", "duplicate"))
        self.check_database([0, 1])

    def test_started_while_the_database_is_away(self):
        """Who may call is not known: a good token is not refused, it is asked to come again."""
        daemon = harness.Daemon(self.database, start=False)
        self.daemons.append(daemon)
        client = self.hospital(daemon)
        message = self.message(client, 0)
        self.cluster.stop("QUIT")
        try:
            daemon.start(wait=False)
            listens = lambda: (daemon.path / "http").exists() and client.get("/livez").status == 200
            self.wait_until(listens, what="the daemon to listen")
            for answer in (client.post_event(message), client.get(f"/v1/tasks?unit={H}")):
                self.assertEqual(answer.status, 503, answer)
                self.assertTrue(answer.headers["Retry-After"])
        finally:
            self.cluster.start()
        self.wait_until(lambda: daemon.is_ready("?door"), what="the daemon to be the door")
        self.assertEqual(client.post_event(message).json["result"], "applied")
        self.check_database([0])

    def test_silent_database(self):
        """One that neither answers nor breaks the connection: requests are answered in time all the same."""
        daemon = self.start(door_wait_ms=1000)
        client = self.hospital(daemon)
        client.post_event(self.message(client, 0))
        lost = self.message(client, 1)
        self.cluster.pause()
        try:
            begun = time.monotonic()
            answer = self.hospital(daemon).post_event(lost)
            self.assertEqual(answer.status, 503, answer)
            self.assertLess(time.monotonic() - begun, 25)
            self.assertEqual(harness.Client(daemon.address).get("/livez").status, 200)
        finally:
            self.cluster.resume()
        self.wait_until(lambda: daemon.is_ready("?door"), what="the daemon to be the door again")
        self.assertIn(client.post_event(lost).json["result"], ("applied", "duplicate"))
        self.check_database([0, 1])

    def test_what_waits_has_a_budget(self):
        """Bodies that wait for a database that does not answer; the one too many is told at once."""
        daemon = self.start(bodies_total_bytes_max=1 << 20, batch_body_bytes_max=1 << 20)
        client = self.hospital(daemon)
        client.post_event(self.message(client, 0))
        events = [self.message(client, number) for number in range(1, 7)]
        for event in events:
            event["data"]["okant"] = "x" * 240000
        answers = []

        def post(event):
            answers.append(self.hospital(daemon).post_event(event))
        threads = [threading.Thread(target=post, args=(event,)) for event in events]
        self.cluster.pause()
        try:
            # One by one: what is being received has a budget of its own. The first is taken, four fit.
            for number, thread in enumerate(threads):
                thread.start()
                self.wait_until(lambda: harness.gauge(daemon, "queue_facts") >= number or len(answers) > number - 4,
                                what=f"message {number} to wait or to be refused")
            self.wait_until(lambda: len(answers) >= 2, what="those beyond the budget to be refused")
            for answer in answers[:2]:
                self.assertEqual(answer.status, 503)
                self.assertIn(b"too many wait", answer.body)
        finally:
            self.cluster.resume()
            for thread in threads:
                thread.join()
        self.wait_until(lambda: daemon.is_ready("?door"), what="the daemon to be the door again")
        for event in events:
            self.assertIn(self.hospital(daemon).post_event(event).json["result"], ("applied", "duplicate"))
        self.check_database(range(7))

    def test_takeover_while_messages_wait(self):
        """Held at the second daemon until the door falls free, then answered."""
        first, second = self.start(), self.start()
        client = self.hospital(first)
        client.post_event(self.message(client, 0))
        answers = []
        events = [self.message(client, number) for number in range(1, 9)]

        def post(event):
            answers.append(self.hospital(second).post_event(event))

        threads = [threading.Thread(target=post, args=(event,)) for event in events]
        for thread in threads:
            thread.start()
        self.wait_until(lambda: harness.gauge(second, "http_connections") > 8, what="the messages to wait")
        first.kill()
        for thread in threads:
            thread.join()
        for answer in answers:
            self.assertEqual((answer.status, answer.json.get("result")), (200, "applied"), answer)
        self.check_database(range(9))

    def test_standby_answers_503_when_the_door_stays_taken(self):
        self.start()
        second = self.start(door_wait_ms=200)
        client = self.hospital(second)
        answer = client.post_event(self.message(client, 0))
        self.assertEqual(answer.status, 503)
        self.assertIn("this daemon cannot write now; send it again, or to another daemon", answer.json["detail"])
        self.assertTrue(answer.headers["Retry-After"])
        self.check_database([])

    def test_due_instants_fire_after_an_outage(self):
        """What fell due while no daemon ran is done at the start, at the legal time of then."""
        daemon = self.start()
        client = self.hospital(daemon)
        self.clock.set("2026-03-02T08:00")
        answer = client.post_message("inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-03-02T07:00"), wire("2026-03-04T12:00")), encounter="V0", id="id-0", expect="applied")
        self.assertEqual(daemon.stop(), 0)
        self.clock.set("2026-03-02T15:00")
        daemon.start()
        self.wait_until(lambda: self.clock.next_due() is None or self.clock.next_due() > self.clock.now(),
                        what="what fell due to be done")
        units = harness.Client(daemon.address, self.unit_token, now=self.clock.now)
        kinds = [notice["type"] for notice in units.feed(KB)]
        self.assertIn("samordnad.task.due_soon.v1", kinds, "G3: no kvittens after four open hours")
        self.assertEqual(client.episode(answer.json["episode"]["id"])["phase"], "inskriven")


if __name__ == "__main__":
    harness.main()
