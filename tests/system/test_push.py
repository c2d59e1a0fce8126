"""Push and feed: every notice arrives at least once, in order within its episode, signed and recorded, whatever the
receivers and the daemons do. Notices are put into the log by SQL, so that nothing here hangs on the rules.
"""

import base64
import collections
import contextlib
import datetime
import itertools
import secrets
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time

import harness
import sealed
from receiver import Receiver, verify

SECRET = "whsec_" + base64.b64encode(b"a secret of the tests, 32 bytes!").decode()
EPISODES = 100

PREPARE = f"""
set search_path to samordnad, public;
alter table endpoint_cursor disable trigger endpoint_fares; -- else the door, too, would write into these feeds
insert into episode (episode, uuid, org, encounter, phase, opened_at, last_nr)
	select i, gen_random_uuid(), 2321000016, 'test-' || i, 1, now(), 1 from generate_series(1, {EPISODES}) i;
create function test_tell(hsa text, episodes bigint[], types integer[]) returns void language sql as $$
	insert into samordnad.notice (unit, seq, at, type, episode, fact_nr, task_nr)
	select u.unit, coalesce(h.seq, 0) + nr, samordnad.now(), types[1 + nr % cardinality(types)], episode, 0, 0
	from samordnad.unit u left join samordnad.feed_head h using (unit), unnest(episodes) with ordinality as e (episode, nr)
	where u.hsa_id = hsa;
	notify samordnad_notice;
$$;
-- A retry comes when a test hurries it, however slow the machine is, but to the endpoints of test_prompt.
create table test_prompt (endpoint bigint);
grant select on test_prompt to public;
create function test_put_off() returns trigger language plpgsql as $$
begin
	if new.attempts > 0 and new.next_at > clock_timestamp()
			and not exists (select from samordnad.test_prompt p where p.endpoint = new.endpoint) then
		new.next_at := new.next_at + interval '1 day';
	end if;
	return new;
end $$;
create trigger test_put_off before insert or update of attempts on undelivered
	for each row execute function test_put_off();
"""
NORMAL, URGENT = 0, 4  # enum notice_type: inskrivningsmeddelande, utskrivningsklar
KALLELSE, AVLIDEN, ATERKALLAD = 27, 31, 32  # sip.kallelse, episode.avliden, episode.avliden_aterkallad
FAILING, RECOVERED = 49, 50  # endpoint.failing, endpoint.recovered
PHASE_AVLIDEN = 7  # enum phase

# Steps of the schedule are minutes and hours. This brings what waits for its time forward.
HURRY = "update samordnad.undelivered set next_at = now() where next_at > now() and endpoint = :'endpoint'::bigint"


class PushCase(harness.Case):
    settings = {"push_lease_ms": 2000, "push_connect_timeout_ms": 3000, "push_timeout_ms": 5000, "drain_ms": 6000}

    @classmethod
    def setUpClass(cls):
        cls.receiver = Receiver(SECRET).start()
        cls.numbers = itertools.count(1)
        cls.addClassCleanup(cls.receiver.stop)
        super().setUpClass()
        cls.database.run(PREPARE)
        cls.ops = cls.client("drift", ["ops"])

    def endpoint(self, url=None, receiver=None):
        """A unit with an endpoint of its own: its HSA-id, the path at the receiver, the endpoint's number."""
        number = next(self.numbers)
        hsa, path = f"SE2321000016-P{number}", f"/hook/{number}"
        url = url or (receiver or self.receiver).url(path)
        self.database.rows("insert into samordnad.unit (hsa_id, namn, slag) values (:'hsa', 'Enhet', 'primarvard')", hsa=hsa)
        endpoint, = sealed.put_endpoints(self.database, [(hsa, url, SECRET)])
        return hsa, path, endpoint

    def tell(self, hsa, episodes, types=(NORMAL,)):
        self.database.rows(f"select samordnad.test_tell('{hsa}', array{list(episodes)}::bigint[], "
                           f"array{list(types)}::integer[])")

    def tell_all(self, endpoints, episodes):
        """Each of the units, all at once."""
        self.database.run("".join(f"select samordnad.test_tell('{hsa}', array{list(episodes)}::bigint[], array[{NORMAL}]::integer[]);\n"
                                  for hsa, _, _ in endpoints))

    def arrived(self, path):
        """What the receiver has taken (answered ok), in order."""
        return [r for r in self.receiver.received(path) if r.action[0] in ("ok", "delay", "held")]

    def seqs(self, path):
        return [r.json["data"]["seq"] for r in self.arrived(path)]

    def attempts(self, endpoint):
        return self.database.rows(
            """select seq, nr, status, error, address, answer, extract(epoch from next_at - at) as wait_s
               from samordnad.attempt where endpoint = :'endpoint'::bigint order by at, seq""", endpoint=endpoint)

    def undelivered(self, endpoint):
        return self.database.rows("""select seq, attempts, state from samordnad.undelivered
            where endpoint = :'endpoint'::bigint order by seq""", endpoint=endpoint)

    def hurry(self, endpoint):
        self.database.rows(HURRY, endpoint=endpoint)

    def hurry_one(self, endpoint, seq):
        """Once its attempt has been written: what is due already is under way."""
        self.wait_until(lambda: self.database.value(
            """with u as (update samordnad.undelivered set next_at = now() where next_at > now() and state = 0
                    and endpoint = :'endpoint'::bigint and seq = :'seq'::bigint returning 1)
               select count(*) from u""", endpoint=endpoint, seq=seq) == "1")

    def wait_for_all(self, path, count, endpoint=None):
        """Waits until every seq 1..count has arrived at least once; hurries retries of the endpoint if given."""
        def all_there():
            if endpoint is not None:
                self.hurry(endpoint)
            return set(self.seqs(path)) == set(range(1, count + 1))
        self.wait_until(all_there, harness.DEADLINE_S * 2, f"{count} notices at {path}")

    def wait_recorded(self, path, endpoint):
        self.wait_until(lambda: len(self.attempts(endpoint)) == len(self.receiver.received(path)),
                        what="every attempt to be recorded")

    def check_order(self, path):
        """The first arrivals of an episode's notices are in the order of seq."""
        last, seen = {}, set()
        for request in self.arrived(path):
            event = request.json
            seq, episode = event["data"]["seq"], event["subject"]
            if seq in seen:
                continue
            seen.add(seq)
            self.assertGreater(seq, last.get(episode, 0), "a later notice overtook an earlier one of its episode")
            last[episode] = seq

    def kept_back(self, hsa, path, endpoint, episodes):
        """Each of the episodes' notices fails once, then a death keeps it back."""
        self.receiver.script(path, [("status", 500)])
        self.tell(hsa, episodes)
        self.wait_until(lambda: len(self.undelivered(endpoint)) == len(episodes))
        self.database.run(f"update samordnad.episode set phase = {PHASE_AVLIDEN} where episode in ({str(episodes)[1:-1]})")

        def superseded():
            self.hurry(endpoint)
            return [row["state"] for row in self.undelivered(endpoint)] == ["2"] * len(episodes)
        self.wait_until(superseded, harness.DEADLINE_S * 2)

    def withdraw(self, hsa, episode):
        self.database.run(f"""begin; update samordnad.episode set phase = 1 where episode = {episode};
            select samordnad.test_tell('{hsa}', array[{episode}]::bigint[], array[{ATERKALLAD}]::integer[]); commit;""")

    def delivery(self):
        answer = self.ops.get("/status")
        self.assertEqual(answer.status, 200)
        return answer.json["delivery"]


class Push(PushCase):
    def test_signed_recorded_and_as_in_the_feed(self):
        hsa, path, endpoint = self.endpoint()
        self.tell(hsa, [1, 2, 1, 3, 1], (NORMAL, URGENT))
        self.wait_for_all(path, 5)
        requests = self.receiver.received(path)
        self.assertEqual([r.signature for r in requests], [None] * 5)
        self.assertTrue(all(r.headers["content-type"].startswith("application/cloudevents+json") for r in requests))
        pushed = {r.headers["webhook-id"]: r.json for r in requests}
        for event in pushed.values():
            harness.schemas().check_notice(event)
        pulled = self.client("enhet", ["unit"], [hsa]).feed(hsa)
        self.assertEqual(pushed, {event["id"]: event for event in pulled})
        self.check_order(path)
        self.wait_recorded(path, endpoint)
        self.assertEqual({(row["nr"], row["status"], row["error"]) for row in self.attempts(endpoint)},
                         {("1", "200", None)})
        self.assertEqual(self.undelivered(endpoint), [])

    def test_another_secret_does_not_fit(self):
        """The receiver's check can fail."""
        hsa, path, _ = self.endpoint()
        self.receiver.secret(path, "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())
        self.tell(hsa, [1])
        self.wait_for_all(path, 1)
        self.assertEqual(self.receiver.received(path)[0].signature, "no signature fits")

    def header_signatures(self, hsa, path, count):
        """Tells until a push has so many signatures (a changed endpoint is known at the next renewal); that push."""
        def there():
            self.tell(hsa, [1])
            fits = [r for r in self.receiver.received(path) if len(r.headers["webhook-signature"].split(" ")) == count]
            return fits and fits[-1]
        return self.wait_until(there, what=f"a push with {count} signatures")

    def test_a_secret_is_replaced(self):
        hsa, path, endpoint = self.endpoint()
        new = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        self.header_signatures(hsa, path, 1)
        self.database.run(f"""update samordnad.endpoint set secret = '\\x{sealed.seal(endpoint, new)}', secret_before = secret,
            secret_before_until = clock_timestamp() + interval '1 hour' where endpoint = {endpoint}""")
        request = self.header_signatures(hsa, path, 2)
        first, second = request.headers["webhook-signature"].split(" ")
        for secret, signature in ((new, first), (SECRET, second)):
            self.assertIsNone(verify(secret, {**request.headers, "webhook-signature": signature}, request.body))
        self.database.run(f"update samordnad.endpoint set secret_before_until = clock_timestamp() where endpoint = {endpoint}")
        mark = len(self.receiver.received(path))
        self.receiver.secret(path, new)
        self.wait_until(lambda: self.header_signatures(hsa, path, 1) in self.receiver.received(path)[mark:])
        self.assertIsNone(self.receiver.received(path)[-1].signature)

    def test_load_replaces_a_secret(self):
        """The one before stays valid for a day."""
        hsa, path, endpoint = self.endpoint()
        new = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        row = {"url": self.receiver.url(path), "secret": new}
        loaded = {"units": [{"hsa_id": hsa, "namn": "Enhet", "slag": "primarvard", "endpoints": [row]}]}
        harness.load_region(self.database, loaded)
        harness.load_region(self.database, loaded)
        there, = self.database.rows(
            """select secret, secret_before, extract(epoch from secret_before_until - clock_timestamp()) between 86000
                   and 86400 as a_day from samordnad.endpoint where endpoint = :'endpoint'::bigint""", endpoint=endpoint)
        self.assertEqual([sealed.opened(endpoint, there[name]) for name in ("secret", "secret_before")], [new, SECRET])
        self.assertEqual(there["a_day"], "t")
        row["secret"] = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        with self.assertRaisesRegex(AssertionError, "/units/0/endpoints/0/secret: the secret before the present one is valid"):
            harness.load_region(self.database, loaded)
        self.header_signatures(hsa, path, 2)

    def test_order_and_retries(self):
        hsa, path, endpoint = self.endpoint()
        self.receiver.script(path, [("ok",), ("ok",), ("status", 500), ("ok",), ("status", 302)], repeat=True)
        for _ in range(10):
            self.tell(hsa, [1, 2, 3, 1, 2, 3, 4, 1, 1, 5])
        self.wait_for_all(path, 100, endpoint)
        self.check_order(path)
        self.wait_until(lambda: not self.undelivered(endpoint), what="no rows to be left")
        self.wait_recorded(path, endpoint)
        first = [row for row in self.attempts(endpoint) if row["nr"] == "1" and row["status"] == "500"]
        self.assertTrue(first)
        for row in first:
            self.assertTrue(4 <= float(row["wait_s"]) < 6 + 5, row)  # 5 s and 20 %, and the attempt itself

    def test_a_failed_episode_does_not_hold_up_others(self):
        hsa, path, endpoint = self.endpoint()
        self.receiver.script(path, [("status", 500)])
        self.tell(hsa, [7])
        self.wait_until(lambda: self.undelivered(endpoint), what="the failed notice to have a row")
        self.tell(hsa, [7, 8, 7, 9])
        self.wait_until(lambda: self.seqs(path) == [3, 5], what="the other episodes to go on")
        self.wait_for_all(path, 5, endpoint)
        self.assertEqual(self.seqs(path), [3, 5, 1, 2, 4])

    def test_urgent_lifts_the_earlier_of_its_episode(self):
        """An urgent notice waits behind a normal one, but not for that one's hours."""
        hsa, path, endpoint = self.endpoint()
        wait_s = lambda seq: float(self.database.value(
            """select extract(epoch from next_at - clock_timestamp()) from samordnad.undelivered
               where endpoint = :'endpoint'::bigint and seq = :'seq'::bigint""", endpoint=endpoint, seq=seq))
        self.receiver.script(path, [("status", 500)] * 2)
        self.tell(hsa, [60, 61])
        self.wait_until(lambda: len(self.undelivered(endpoint)) == 2)
        self.database.run(f"""update samordnad.undelivered set attempts = 8, next_at = now() + interval '20 hours'
            where endpoint = {endpoint}""")
        self.tell(hsa, [60], (NORMAL,))
        self.wait_until(lambda: len(self.undelivered(endpoint)) == 3)
        self.assertGreater(wait_s(1), 3600, "a normal one lifts nothing")
        self.receiver.script(path, [("status", 500)])
        self.tell(hsa, [60], (URGENT,))
        self.wait_until(lambda: len(self.undelivered(endpoint)) == 4 and wait_s(1) < 3600, what="the first to be lifted")
        self.assertLess(wait_s(1), 6.1, "the urgent schedule's first step")
        self.assertGreater(wait_s(2), 3600, "another episode's")
        self.hurry_one(endpoint, 1)
        again = self.wait_until(lambda: [row for row in self.attempts(endpoint) if row["nr"] == "9"])
        self.assertTrue(24 <= float(again[0]["wait_s"]) < 60, "lifted, it stays on the urgent schedule: 30 s and 20 %")
        self.hurry_one(endpoint, 1)
        self.wait_until(lambda: self.seqs(path) == [1, 3, 4], what="them in order, the other episode's still waiting")
        self.wait_for_all(path, 4, endpoint)

    def test_down_then_up(self):
        down = Receiver(SECRET).start()
        hsa, path, endpoint = self.endpoint(receiver=down)
        down.stop()
        self.tell(hsa, [1, 2, 3, 4, 1])
        mine = lambda: [row for row in self.delivery()["failing"] if row["unit"] == hsa]
        failing = self.wait_until(mine, what="/status to show that the endpoint fails")
        self.assertIn("connect", failing[0]["error"])
        self.assertEqual(self.delivery()["oldest_undelivered"]["unit"], hsa)
        down.start()
        self.addCleanup(down.stop)

        def arrived():
            self.hurry(endpoint)
            return {r.json["data"]["seq"] for r in down.received(path)} == {1, 2, 3, 4, 5}
        self.wait_until(arrived, harness.DEADLINE_S * 2, "the notices after the receiver came back")
        self.wait_until(lambda: not mine(), what="/status to show that it has recovered")
        self.wait_until(lambda: not self.undelivered(endpoint))

    def test_gone_pauses(self):
        hsa, path, endpoint = self.endpoint()
        self.receiver.script(path, [("gone",)])
        self.tell(hsa, [1])
        status = "select status from samordnad.endpoint where endpoint = :'endpoint'::bigint"
        self.wait_until(lambda: self.database.value(status, endpoint=endpoint) == "paused", what="a pause after 410")
        self.assertEqual(self.database.value("select failing_since is not null from samordnad.endpoint_cursor where "
                                             f"endpoint = {endpoint}"), "t", "operations see it")
        self.tell(hsa, [2, 1])
        self.hurry(endpoint)
        other, other_path, _ = self.endpoint()  # by the time that this one has its notice the other would have had its
        self.tell(other, [1])
        self.wait_for_all(other_path, 1)
        self.assertEqual(len(self.receiver.received(path)), 1)
        self.database.run(f"update samordnad.endpoint set status = 'active' where endpoint = {endpoint}")
        self.wait_for_all(path, 3, endpoint)
        self.check_order(path)

    def test_given_up_is_listed_and_blocks_no_more(self):
        hsa, path, endpoint = self.endpoint()
        self.receiver.script(path, [("status", 500)] * 2)
        self.tell(hsa, [1, 1])
        self.wait_until(lambda: len(self.undelivered(endpoint)) == 2)
        before = self.delivery()["given_up"]
        self.database.run(f"update samordnad.undelivered set attempts = 9 where endpoint = {endpoint} and seq = 1")
        self.hurry(endpoint)
        self.wait_until(lambda: self.seqs(path) == [2], what="the next of the episode to go on")
        self.wait_until(lambda: self.undelivered(endpoint) == [{"seq": "1", "attempts": "10", "state": "1"}])
        self.wait_until(lambda: self.delivery()["given_up"] == before + 1, what="/status to count it")
        self.assertEqual(harness.gauge(self.daemon, "notices_given_up"), before + 1)

    def test_alarm_of_what_waits_too_long(self):
        """Long before it is given up: one line at the change, shown in /status unless the endpoint is shown as failing."""
        hsa, path, endpoint = self.endpoint()
        mine = lambda: [row for row in self.delivery()["waiting"] if row["unit"] == hsa]
        lines = lambda event: [line for line in self.daemon.log().splitlines()
                               if f"event={event} " in line and f"endpoint={endpoint} " in line]
        self.receiver.script(path, [("status", 500)])
        self.tell(hsa, [70])
        self.wait_until(lambda: self.undelivered(endpoint))
        self.database.run(f"""update samordnad.undelivered set first_at = now() - interval '16 minutes',
            next_at = now() + interval '1 hour' where endpoint = {endpoint}""")
        since = self.wait_until(mine, what="/status to show it")[0]["since"]
        waited = datetime.datetime.now(datetime.timezone.utc) - harness.local(since)
        self.assertTrue(16 <= waited.total_seconds() / 60 < 20, waited)
        self.assertGreaterEqual(harness.gauge(self.daemon, "endpoints_waiting"), 1)
        self.tell(hsa, [71])
        self.wait_until(lambda: self.seqs(path) == [2])
        self.receiver.script(path, [("status", 500)] * 10)
        self.tell(hsa, range(62, 72))
        self.wait_until(lambda: [row for row in self.delivery()["failing"] if row["unit"] == hsa])
        self.assertGreaterEqual(harness.gauge(self.daemon, "endpoints_failing"), 1)
        self.wait_until(lambda: not mine(), what="an endpoint that fails to be shown once")
        self.wait_for_all(path, 12, endpoint)
        self.wait_until(lambda: lines("notice_undelivered_over"), what="the line when it is over")
        self.assertEqual((len(lines("notice_undelivered")), len(lines("notice_undelivered_over"))), (1, 1))
        self.assertEqual(mine(), [])

    def test_alarm_of_what_waited_in_the_log(self):
        """It waits since it was told: that it fails once it is tried is no end of the alarm."""
        hsa, path, endpoint = self.endpoint()
        self.database.run(f"update samordnad.endpoint set status = 'paused' where endpoint = {endpoint}")
        self.tell(hsa, [74])
        self.database.run(f"""update samordnad.notice set at = at - interval '20 minutes' where unit =
            (select unit from samordnad.unit where hsa_id = '{hsa}')""")
        self.receiver.script(path, [("hang", 60)])
        self.database.run(f"update samordnad.endpoint set status = 'active' where endpoint = {endpoint}")
        self.wait_until(lambda: self.undelivered(endpoint))
        self.assertEqual(self.database.value(f"""select clock_timestamp() - first_at between interval '20 minutes'
            and interval '21 minutes' from samordnad.undelivered where endpoint = {endpoint}"""), "t")
        mine = lambda: [row for row in self.delivery()["waiting"] if row["unit"] == hsa]
        self.wait_until(mine, what="/status to show it")
        self.hurry(endpoint)
        self.wait_until(lambda: self.seqs(path) == [1])

    def test_alarm_outlives_a_replay(self):
        """What was sent again waits anew; an older one that waits behind it in the feed does so as before."""
        hsa, path, endpoint = self.endpoint()
        other, other_path, other_endpoint = self.endpoint()
        shown = lambda unit: [row for row in self.delivery()["waiting"] if row["unit"] == unit]
        late = lambda number: self.database.run(f"""update samordnad.undelivered set next_at = now() + interval '1 hour',
            first_at = now() - interval '16 minutes' where endpoint = {number}""")
        for unit, hook in ((hsa, path), (other, other_path)):
            self.receiver.script(hook, [("status", 500)] * 2)
            self.tell(unit, [76, 77])
        self.wait_until(lambda: len(self.undelivered(endpoint)) == len(self.undelivered(other_endpoint)) == 2)
        late(endpoint)
        since = self.wait_until(lambda: shown(hsa), what="/status to show it")
        self.database.run(f"update samordnad.undelivered set first_at = now() where endpoint = {endpoint} and seq = 1")
        late(other_endpoint)
        self.wait_until(lambda: shown(other), what="all to be looked at once more")
        self.assertEqual(shown(hsa), since)
        self.assertFalse([line for line in self.daemon.log().splitlines()
                          if "event=notice_undelivered_over " in line and f"endpoint={endpoint} " in line])
        self.database.run(f"update samordnad.endpoint set status = 'deleted' where endpoint in ({endpoint}, {other_endpoint})")

    def test_superseded_by_a_death(self):
        """G1, story 8: what failed before the death was told is never sent after it; the rest of the world goes on."""
        hsa, path, endpoint = self.endpoint()
        self.receiver.script(path, [("status", 500)])
        self.tell(hsa, [90], (KALLELSE,))
        self.wait_until(lambda: [row["seq"] for row in self.undelivered(endpoint)] == ["1"])
        self.tell(hsa, [91], (KALLELSE,))
        self.wait_until(lambda: self.seqs(path) == [2])
        self.database.run(f"update samordnad.episode set phase = {PHASE_AVLIDEN} where episode = 90")
        self.tell(hsa, [90], (AVLIDEN,))
        self.wait_until(lambda: self.seqs(path) == [2, 3], what="the death to be told, without waiting")
        self.hurry(endpoint)
        self.wait_until(lambda: [row["state"] for row in self.undelivered(endpoint)] == ["2"], what="it to be listed")
        self.tell(hsa, [92])
        self.wait_until(lambda: self.seqs(path) == [2, 3, 4])
        self.assertEqual(len(self.receiver.received(path)), 4, "one attempt each, none after the death")

    def test_what_a_death_kept_back_is_told_when_it_is_withdrawn(self):
        """G1: what failed before it and what had waited behind that, in order; what has a death of its own stays unsent."""
        hsa, path, endpoint = self.endpoint()
        self.receiver.script(path, [("status", 500)] * 2)
        self.tell(hsa, [87, 88])
        self.wait_until(lambda: [row["attempts"] for row in self.undelivered(endpoint)] == ["1", "1"])
        self.tell(hsa, [87], (KALLELSE,))
        self.wait_until(lambda: len(self.undelivered(endpoint)) == 3)
        self.database.run(f"update samordnad.episode set phase = {PHASE_AVLIDEN} where episode in (87, 88)")
        self.tell(hsa, [87, 88], (AVLIDEN,))

        def superseded():
            self.hurry(endpoint)
            return [row["state"] for row in self.undelivered(endpoint)] == ["2"] * 3
        self.wait_until(superseded)
        self.wait_until(lambda: self.seqs(path) == [4, 5], what="each death to be told")
        self.database.run("update samordnad.episode set phase = 1 where episode = 87")
        self.tell(hsa, [87], (ATERKALLAD,))
        self.wait_until(lambda: len(self.seqs(path)) == 5)
        self.assertEqual(self.seqs(path)[2:], [1, 3, 6], "the word that withdraws it too waits for what comes before it")
        self.wait_until(lambda: self.undelivered(endpoint) == [{"seq": "2", "attempts": "1", "state": "2"}])

    def test_what_was_kept_back_is_told_without_a_new_notice(self):
        """G1: the unit that withdraws the death gets no notice of its own word, and nobody has its endpoint then."""
        hsa, path, endpoint = self.endpoint()
        self.kept_back(hsa, path, endpoint, [86])
        self.database.run(f"update samordnad.endpoint set status = 'paused' where endpoint = {endpoint}")
        self.wait_until(lambda: self.database.value(
            f"select lease_until is null from samordnad.endpoint_cursor where endpoint = {endpoint}") == "t")
        self.database.run(f"""update samordnad.endpoint set status = 'active' where endpoint = {endpoint};
            update samordnad.episode set phase = 1 where episode = 86;""")
        self.wait_until(lambda: self.seqs(path) == [1])

    def test_what_was_kept_back_comes_at_once(self):
        """G1: as soon as the one before it of its episode has arrived, not at one a second."""
        hsa, path, endpoint = self.endpoint()
        self.kept_back(hsa, path, endpoint, [83] * 60)
        self.withdraw(hsa, 83)
        self.wait_until(lambda: self.seqs(path))
        began = time.monotonic()
        self.wait_until(lambda: len(self.seqs(path)) == 61, harness.DEADLINE_S * 2)
        self.assertLess(time.monotonic() - began, 50, "a second each would be sixty")
        self.assertEqual(self.seqs(path), list(range(1, 62)))

    def test_a_death_that_was_withdrawn_supersedes_nothing(self):
        """G1: both are told to an endpoint that had been paused meanwhile: in the order of the feed."""
        hsa, path, endpoint = self.endpoint()
        self.database.run(f"update samordnad.endpoint set status = 'paused' where endpoint = {endpoint}")
        self.tell(hsa, [93] * 3)
        self.tell(hsa, [93], (AVLIDEN,))
        self.tell(hsa, [93], (ATERKALLAD,))
        self.tell(hsa, [93])
        self.database.run(f"update samordnad.endpoint set status = 'active' where endpoint = {endpoint}")
        self.wait_for_all(path, 6)
        self.assertEqual(self.seqs(path), [1, 2, 3, 4, 5, 6])

    def test_a_death_that_failed_waits_for_nothing_long(self):
        """What it supersedes waits for ten hours; the death itself, which failed once, does not."""
        hsa, path, endpoint = self.endpoint()
        self.receiver.script(path, [("status", 500)])
        self.tell(hsa, [94])
        self.wait_until(lambda: [row["seq"] for row in self.undelivered(endpoint)] == ["1"])
        self.database.run(f"insert into samordnad.test_prompt values ({endpoint})")
        self.database.run("update samordnad.undelivered set attempts = 6, next_at = now() + interval '10 hours' "
                          f"where endpoint = {endpoint}")
        self.database.run(f"update samordnad.episode set phase = {PHASE_AVLIDEN} where episode = 94")
        self.receiver.script(path, [("status", 500)])
        self.tell(hsa, [94], (AVLIDEN,))
        self.wait_until(lambda: self.seqs(path) == [2], harness.DEADLINE_S * 2, "the death has arrived, and nothing else")
        self.wait_until(lambda: [row["state"] for row in self.undelivered(endpoint)] == ["2"], what="superseded, as listed")

    def test_retry_after(self):
        hsa, _, endpoint = self.endpoint()
        path = f"/hook/{hsa.rpartition('P')[2]}"
        self.receiver.script(path, [("status", 503, {"Retry-After": asked}) for asked in (8, 3600, 1)])
        self.tell(hsa, [1, 2, 3])
        self.wait_until(lambda: len(self.attempts(endpoint)) == 3)
        waits = sorted(float(row["wait_s"]) for row in self.attempts(endpoint))
        for wait, asked in zip(waits, (5, 8, 10)):  # between one and two times the step of 5 s
            self.assertTrue(asked <= wait < asked + 60, waits)

    def test_bad_answers_are_failed_attempts(self):
        """Each ends within its time, is recorded, and the notice arrives later."""
        elsewhere = self.receiver.url("/elsewhere")
        kinds = {
            ("redirect", elsewhere): lambda row: row["status"] == "302",
            ("reset",): lambda row: row["error"].startswith("broken:"),
            ("close",): lambda row: row["error"].startswith("broken:"),
            ("garbage",): lambda row: row["error"].startswith("broken:"),
            ("heads", 64): lambda row: row["error"].startswith("broken:"),
            ("hang", 30): lambda row: row["error"].startswith("timeout:"),
            ("slow", 0.5): lambda row: row["error"].startswith("timeout:"),
            ("cut",): lambda row: row["error"].startswith("broken:"),
            ("informational",): lambda row: row["error"].startswith("broken:"),
            ("lies", 1000): lambda row: row["error"].startswith("broken:"),
            ("chunks", 0.5): lambda row: row["error"].startswith("timeout:"),
            ("status", 404): lambda row: row["status"] == "404",
        }
        # A receiver of its own for each: on a connection that was used before, one that ends without an answer is
        # not yet a failure, since the receiver may have closed it before it saw the request.
        cases = []
        for kind, fits in kinds.items():
            receiver = Receiver(SECRET).start()
            self.addCleanup(receiver.stop)
            cases.append((kind, fits, receiver, *self.endpoint(receiver=receiver)))
        for kind, _, receiver, hsa, path, _ in cases:
            receiver.script(path, [kind])
            self.tell(hsa, [1])
        for kind, fits, receiver, hsa, path, endpoint in cases:
            with self.subTest(kind[0]):
                def recorded():
                    self.hurry(endpoint)
                    return len(self.attempts(endpoint)) == 2
                self.wait_until(recorded)
                self.assertEqual([r.action[0] for r in receiver.received(path)], [kind[0], "ok"])
                rows = self.attempts(endpoint)
                self.assertEqual([row["nr"] for row in rows], ["1", "2"])
                self.assertTrue(fits(rows[0]), rows[0])
                self.assertEqual(rows[1]["status"], "200")
        self.assertEqual(self.receiver.received("/elsewhere"), [])

    def test_an_endless_answer_counts_and_is_cut(self):
        for action in (("huge", 64), ("chunks",), ("gzip", 64)):
            with self.subTest(action[0]):
                hsa, path, endpoint = self.endpoint()
                self.receiver.script(path, [action])
                self.tell(hsa, [1])
                row = self.wait_until(lambda: self.attempts(endpoint))[0]
                self.assertEqual((row["status"], row["error"]), ("200", None))
                self.assertEqual(len(row["answer"]), len(r"\x") + 2 * 2048)
                self.wait_recorded(path, endpoint)
                self.assertEqual(self.undelivered(endpoint), [])

    def test_an_answer_ahead_of_its_request(self):
        """What follows an answer is not taken for the next one's."""
        receiver = Receiver(SECRET).start()
        self.addCleanup(receiver.stop)
        hsa, path, endpoint = self.endpoint(receiver=receiver)
        receiver.script(path, [("ahead",), ("status", 500)] * 5)
        self.tell(hsa, range(1, 11))
        first = lambda: [row["status"] for row in self.attempts(endpoint) if row["nr"] == "1"]
        self.wait_until(lambda: len(first()) == 10)
        self.assertEqual(sorted(first()), ["200"] * 5 + ["500"] * 5)
        self.database.run(f"update samordnad.endpoint set status = 'deleted' where endpoint = {endpoint}")

    def test_long_poll(self):
        hsa, _, _ = self.endpoint()
        unit = self.client("enhet", ["unit"], [hsa])
        began = time.monotonic()
        self.assertEqual(unit.get(f"/v1/feed?unit={hsa}&wait=1").json["events"], [])
        self.assertGreater(time.monotonic() - began, 0.5, "it waited; the loop's clock is not the test's")
        waiting = unit.address.connect()
        waiting.sendall(f"GET /v1/feed?unit={hsa}&wait=60 HTTP/1.1\r\nHost: x\r\n"
                        f"Authorization: Bearer {unit.token}\r\nConnection: close\r\n\r\n".encode())
        gone = unit.address.connect()
        gone.sendall(f"GET /v1/feed?unit={hsa}&wait=60 HTTP/1.1\r\nHost: x\r\n"
                     f"Authorization: Bearer {unit.token}\r\n\r\n".encode())
        gone.close()
        self.tell(hsa, [1])
        began = time.monotonic()
        answer = b"".join(iter(lambda: waiting.recv(65536), b""))
        self.assertLess(time.monotonic() - began, 10)
        self.assertIn(b'"next_after":1', answer)
        waiting.close()

    def test_feed_below_what_is_kept(self):
        hsa, path, _ = self.endpoint()
        self.tell(hsa, [1, 2, 3, 4])
        self.wait_for_all(path, 4)
        self.database.run(f"delete from samordnad.notice where seq < 3 and unit = "
                          f"(select unit from samordnad.unit where hsa_id = '{hsa}')")
        unit = self.client("enhet", ["unit"], [hsa])
        answer = unit.get(f"/v1/feed?unit={hsa}&after=1")
        self.assertEqual((answer.status, answer.json["first_seq"]), (410, 3))
        self.assertEqual([event["data"]["seq"] for event in unit.feed(hsa, after=2)], [3, 4])


class PushRefused(PushCase):
    """Where deliveries may not go."""

    settings = {**PushCase.settings, "push_allowed_networks": "10.0.0.0/8"}

    def test_loopback_is_refused(self):
        hsa, path, endpoint = self.endpoint()
        self.tell(hsa, [1])
        rows = self.wait_until(lambda: self.attempts(endpoint))
        self.assertTrue(rows[0]["error"].startswith("refused:"), rows[0])
        mapped = self.endpoint(url=f"http://[::ffff:127.0.0.1]:{self.receiver.port}/mapped")
        self.tell(mapped[0], [1])
        rows = self.wait_until(lambda: self.attempts(mapped[2]))
        self.assertTrue(rows[0]["error"].startswith("refused:"), rows[0])
        self.assertEqual(self.receiver.received(), [])


class PushHttps(PushCase):
    settings = {**PushCase.settings, "push_allow_http": "off"}

    def test_http_is_refused(self):
        hsa, path, endpoint = self.endpoint()
        self.tell(hsa, [1])
        rows = self.wait_until(lambda: self.attempts(endpoint))
        self.assertTrue(rows[0]["error"].startswith("refused:"), rows[0])
        self.assertEqual(self.receiver.received(), [])
        mine = lambda: [row for row in self.delivery()["failing"] if row["unit"] == hsa]
        failing = self.wait_until(mine, what="/status to show it after the first attempt: settings do not pass over")
        self.assertEqual(failing[0]["error"], rows[0]["error"])
        self.assertEqual(len(self.attempts(endpoint)), 1)


class PushMisbehaved(PushCase):
    """Receivers that are none, and few slots: each attempt ends in its time and is recorded, nobody else waits for it."""

    settings = {**PushCase.settings, "push_in_flight_max": 4}

    def listener(self, serve):
        """A port whose connections serve(connection) gets, each in a thread; None: nobody ever accepts one."""
        listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.addCleanup(listening.close)

        def accept():
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return  # the test is over
                threading.Thread(target=attend, args=(connection,), daemon=True).start()

        def attend(connection):
            with contextlib.suppress(OSError), connection:
                serve(connection)
        if serve is not None:
            threading.Thread(target=accept, daemon=True).start()
        return listening.getsockname()[1]

    def certificate(self, name):
        """A TLS server's context with a certificate for that name, signed by itself."""
        directory = harness.temporary_dir("tls")
        key, cert = f"{directory}/key.pem", f"{directory}/cert.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-subj", f"/CN={name}", "-days", "2", "-keyout", key, "-out", cert], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        return context

    def test_each_is_recorded_and_ends(self):
        context = self.certificate("elsewhere.example")

        def tls(connection):
            with context.wrap_socket(connection, server_side=True) as secured:
                secured.recv(1)

        def breaks_off(connection):
            connection.recv(100)
            connection.sendall(b"\x16\x03\x03\x00\x7a\x02\x00")  # the beginning of a ServerHello

        def says_nothing(connection):
            while connection.recv(65536):
                pass

        def goes_at_once(connection):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        closed = socket.create_server(("127.0.0.1", 0))
        closed_port = closed.getsockname()[1]
        closed.close()
        silent = self.listener(says_nothing)
        bad = [
            ("http://nobody.invalid/", ("name:", "timeout:")),  # timeout: where the resolver itself is silent
            (f"http://127.0.0.1:{closed_port}/", ("connect:",)),
            (f"https://127.0.0.1:{self.listener(tls)}/", ("tls:",)),
            (f"https://127.0.0.1:{self.listener(breaks_off)}/", ("tls:",)),
            (f"https://127.0.0.1:{self.receiver.port}/", ("tls:",)),  # it speaks no TLS
            (f"https://127.0.0.1:{silent}/", ("timeout:",)),
            (f"http://127.0.0.1:{silent}/", ("timeout:",)),
            (f"http://127.0.0.1:{self.listener(None)}/", ("timeout:",)),  # connected, and never accepted
            (f"http://127.0.0.1:{self.listener(goes_at_once)}/", ("broken:", "connect:")),  # gone before it is known to be there
            (f"http://127.0.0.1:{self.receiver.port}:1/", ("url:", "refused:")),
        ]
        endpoints = [self.endpoint(url=url) for url, _ in bad]
        good, path, _ = self.endpoint()
        for hsa, _, _ in endpoints:
            self.tell(hsa, range(1, 11))
        for _ in range(10):
            self.tell(good, range(1, 11))
        self.wait_for_all(path, 100)
        for (url, errors), (_, _, endpoint) in zip(bad, endpoints):
            with self.subTest(url):
                rows = self.wait_until(lambda: self.attempts(endpoint), what="a recorded attempt")
                self.assertTrue(rows[0]["error"].startswith(errors), rows[0])
                self.assertIsNone(rows[0]["status"])
        longest = self.database.value("select max(duration_ms) from samordnad.attempt")
        self.assertLess(int(longest), 5000 + 10000, "push_timeout_ms, and a slow machine")


class PushSlots(PushCase):
    """What one endpoint is given, and who has the slots. An attempt that hangs does so for as long as a test."""

    settings = {**PushCase.settings, "push_timeout_ms": 60000, "push_in_flight_max": 4}

    def lines(self, event, endpoint):
        return [line for line in self.daemon.log().splitlines()
                if f"event={event} " in line and f"endpoint={endpoint} " in line]

    def test_breaker(self):
        """It opens though every third attempt goes well, then probes, loses nothing, and closes at the first success."""
        receiver = Receiver(SECRET).start()
        self.addCleanup(receiver.stop)
        hsa, path, endpoint = self.endpoint(receiver=receiver)
        for number in range(1, 11):
            receiver.script(path, [("ok",) if number % 3 == 0 else ("status", 500)])
            self.assertEqual(self.lines("endpoint_failing", endpoint), [])
            self.tell(hsa, [number])
            self.wait_until(lambda: len(self.attempts(endpoint)) == number)
        self.wait_until(lambda: self.lines("endpoint_failing", endpoint), what="the alarm at 7 of 10")
        receiver.script(path, [("hang", 60)], repeat=True)
        self.tell(hsa, range(11, 21))
        self.wait_until(lambda: len(receiver.received(path)) == 11, what="a probe")
        other, other_path, _ = self.endpoint()
        self.tell(other, range(1, 11))
        self.wait_for_all(other_path, 10)
        self.assertEqual(len(receiver.received(path)), 11, "one probe at a time")
        receiver.stop()
        receiver.script(path, [])
        receiver.start()
        def arrived():
            self.hurry(endpoint)
            return {r.json["data"]["seq"] for r in receiver.received(path) if r.action == ("ok",)} == set(range(1, 21))
        self.wait_until(arrived, harness.DEADLINE_S * 2, "all of them")
        self.wait_until(lambda: self.lines("endpoint_recovered", endpoint), what="the alarm to be over")
        self.assertEqual([len(self.lines(event, endpoint)) for event in ("endpoint_failing", "endpoint_recovered")], [1, 1])

    def test_half_of_all_fails(self):
        """Three by three, so below 70 %: no alarm at each three, though nothing goes out when they have ended."""
        hsa, path, endpoint = self.endpoint()
        self.receiver.script(path, [("ok",)] * 3 + [("status", 500)] * 3, repeat=True)
        for number in range(1, 16):
            self.tell(hsa, [number])
            self.wait_until(lambda: any(row["seq"] == str(number) for row in self.attempts(endpoint)))
        self.assertEqual(self.lines("endpoint_failing", endpoint), [])

    def test_ten_in_a_row_fail(self):
        """However many had arrived: it fails, long before they are most of what was tried."""
        hsa, path, endpoint = self.endpoint()
        self.tell(hsa, range(1, 31))
        self.wait_for_all(path, 30)
        self.wait_recorded(path, endpoint)
        self.receiver.script(path, [("status", 500)] * 10)
        for number in range(1, 11):
            self.assertEqual(self.lines("endpoint_failing", endpoint), [])
            self.tell(hsa, [30 + number])
            self.wait_until(lambda: any(row["seq"] == str(30 + number) for row in self.attempts(endpoint)))
        self.wait_until(lambda: self.lines("endpoint_failing", endpoint))

    def test_retries_leave_half_of_the_slots(self):
        """Also retries to endpoints that go well: first attempts find a slot. A third retry goes when one is silent."""
        receiver = Receiver(SECRET).start()
        self.addCleanup(receiver.stop)
        again = [self.endpoint(receiver=receiver) for _ in range(5)]
        for hsa, path, _ in again:
            self.tell(hsa, [30])
            receiver.wait_for(lambda: receiver.received(path))
        self.wait_until(lambda: all(self.attempts(endpoint) for _, _, endpoint in again))
        for _, path, _ in again:
            receiver.script(path, [("hang", 60)], repeat=True)
        self.database.run(f"""insert into samordnad.undelivered (endpoint, seq, episode, attempts, state, first_at, next_at)
            select endpoint, 1, 30, 1, 0, now(), now() from unnest(array[{','.join(e for _, _, e in again)}]) as e (endpoint)""")
        hanging = lambda: [r for r in receiver.received() if r.action[0] == "hang"]
        self.wait_until(lambda: len(hanging()) == 2, what="retries in half of the slots")
        hsa, path, _ = self.endpoint()
        for _ in range(5):
            self.tell(hsa, range(40, 50))
        self.wait_for_all(path, 50)
        self.wait_until(lambda: len(hanging()) > 2, what="another retry, though none has ended")

    def test_one_that_hangs_leaves_the_other_episodes(self):
        """Of an endpoint that goes well one notice hangs, and has been silent for some time: an urgent one goes out."""
        hsa, path, number = self.endpoint()
        self.tell(hsa, [1])
        self.wait_for_all(path, 1)
        self.receiver.script(path, [("hang", 60)])
        self.tell(hsa, [2])
        self.wait_until(lambda: len(self.receiver.received(path)) == 2)
        time.sleep(1.5)
        self.tell(hsa, [3], (URGENT,))
        self.wait_until(lambda: 3 in self.seqs(path), what="the urgent one, while the other hangs")
        self.assertEqual([row["seq"] for row in self.attempts(number)].count("2"), 0, "it hangs still")
        self.database.run(f"update samordnad.endpoint set status = 'deleted' where endpoint = {number}")

    def test_silent_ones_hold_no_slot(self):
        """More endpoints than slots hang at their first attempt, for as long as the test: the others go on."""
        hanging = [self.endpoint() for _ in range(8)]
        for hsa, path, _ in hanging:
            self.receiver.script(path, [("hang", 60)], repeat=True)
            self.tell(hsa, range(1, 11))
        self.wait_until(lambda: all(self.receiver.received(path) for _, path, _ in hanging))
        hsa, path, _ = self.endpoint()
        self.tell(hsa, range(1, 11))
        self.wait_for_all(path, 10)
        for hsa, path, number in hanging:
            self.assertLessEqual(len(self.receiver.received(path)), 4, "nothing more while nothing is heard")
            self.database.run(f"update samordnad.endpoint set status = 'deleted' where endpoint = {number}")


class PushUnwritable(PushCase):
    """What the database refuses to have recorded: it alone is not recorded, all else is."""

    def refuse(self, table, check):
        self.database.run(f"alter table samordnad.{table} add constraint test_refuses check ({check})")
        self.addCleanup(self.database.run, f"alter table samordnad.{table} drop constraint if exists test_refuses")

    def lines(self, event, endpoint):
        return [line for line in self.daemon.log().splitlines()
                if f"event={event} " in line and f"endpoint={endpoint} " in line]

    def among_others(self, *bad):
        """Endpoints that are told at once, the bad ones among them; the others' are all recorded."""
        others = [self.endpoint() for _ in range(20)]
        for hsa, _, _ in others[:10] + [*bad] + others[10:]:
            self.tell(hsa, [1, 2, 3])
        for _, path, endpoint in others:
            self.wait_for_all(path, 3)
            self.wait_until(lambda: len(self.attempts(endpoint)) == 3, what="the others' to be recorded")

    def test_an_attempt(self):
        """What was said of it is left out; if it is refused even so, it is left out itself."""
        bare, gone = self.endpoint(), self.endpoint()
        self.refuse("attempt", f"(endpoint <> {bare[2]} or address is null) and endpoint <> {gone[2]}")
        self.among_others(bare, gone)
        self.wait_until(lambda: len(self.attempts(bare[2])) == 3)
        self.assertEqual({(row["status"], row["address"]) for row in self.attempts(bare[2])}, {("200", None)})
        self.wait_until(lambda: len(self.lines("attempt_not_recorded", gone[2])) == 3)
        self.assertEqual(self.attempts(gone[2]), [])
        for _, path, endpoint in (bare, gone):
            self.wait_until(lambda: self.database.value(
                f"select next_seq from samordnad.endpoint_cursor where endpoint = {endpoint}") == "4")
            self.assertEqual(len(self.receiver.received(path)), 3, "what has arrived is known as such")

    def test_an_endpoint(self):
        """It fails, and is told nothing more until what became of its notices can be recorded."""
        delivered = lambda: harness.gauge(self.daemon, 'pushes_total{outcome="delivered"}')
        before = delivered()
        hsa, path, endpoint = bad = self.endpoint()
        # Others of it may be under way when that is refused, and arrive afterwards.
        self.receiver.script(path, [("status", 500), ("delay", 1), ("delay", 1)])
        self.refuse("undelivered", f"endpoint <> {endpoint}")
        self.among_others(bad)
        self.wait_until(lambda: delivered() == before + 60 + len(self.receiver.received(path)) - 1)
        mine = lambda: [row for row in self.delivery()["failing"] if row["unit"] == hsa]
        failing = self.wait_until(mine, what="/status to show it")
        self.assertIn("23514", failing[0]["error"])
        self.assertEqual(self.lines("endpoint_recovered", endpoint), [])
        came = len(self.receiver.received(path))
        self.tell(hsa, [4])
        self.among_others()
        self.assertEqual((len(self.receiver.received(path)), len(self.lines("endpoint_not_recorded", endpoint))), (came, 1))
        self.database.run("alter table samordnad.undelivered drop constraint test_refuses")
        self.wait_until(lambda: self.undelivered(endpoint), harness.DEADLINE_S * 2, "it to be recorded")
        self.wait_for_all(path, 4, endpoint)
        self.wait_until(lambda: not mine(), what="/status to show that it has recovered")

    def test_a_failed_turn_forgets_no_error(self):
        """A lock that is not to be had in time fails the turn; the next one tells the error and the success."""
        hsa, path, endpoint = self.endpoint()
        self.tell(hsa, [1])
        self.wait_for_all(path, 1)
        self.wait_recorded(path, endpoint)
        self.database.run(f"""create function samordnad.test_fails() returns trigger language plpgsql as $$
            begin raise lock_not_available; end $$;
            create trigger test_fails before insert on samordnad.attempt for each row
                when (new.endpoint = {endpoint}) execute function samordnad.test_fails();""")
        self.receiver.script(path, [("status", 503)])
        self.tell(hsa, [2])
        self.wait_until(lambda: "event=push_turn_failed" in self.daemon.log())
        self.database.run("drop trigger test_fails on samordnad.attempt; drop function samordnad.test_fails()")
        self.wait_until(lambda: len(self.attempts(endpoint)) >= 2)
        self.assertEqual(self.database.value(
            f"select last_error from samordnad.endpoint_cursor where endpoint = {endpoint}"), "HTTP status 503")


class PushRoom(PushCase):
    """Those that hang do so for as long as a test."""

    settings = {**PushCase.settings, "push_timeout_ms": 300000}

    def test_a_hanging_receiver_delays_nobody(self):
        hanging = [self.endpoint() for _ in range(20)]
        hsa, path, _ = self.endpoint()
        for unit, hook, _ in hanging:
            self.receiver.script(hook, [("hang", 600)], repeat=True)
            self.tell(unit, range(1, 31))
        self.wait_until(lambda: all(self.receiver.received(hook) for _, hook, _ in hanging))
        for _ in range(10):
            self.tell(hsa, range(1, 11))
        self.wait_for_all(path, 100)
        for _, _, number in hanging:
            self.assertEqual(self.attempts(number), [], "it hangs still")
            self.database.run(f"update samordnad.endpoint set status = 'deleted' where endpoint = {number}")

    def test_those_that_hang_leave_room(self):
        """As many as their notices would fill all of the memory for notices, had they a whole lane each."""
        silent = socket.create_server(("127.0.0.1", 0), backlog=1024)  # connected, and never accepted
        self.addCleanup(silent.close)
        units = [f"SE2321000016-X{number}" for number in range(520)]
        self.database.run(f"insert into samordnad.unit (hsa_id, namn, slag) select unnest(array{units}), 'Enhet', 'primarvard'")
        sealed.put_endpoints(self.database, [(hsa, f"http://127.0.0.1:{silent.getsockname()[1]}/", SECRET) for hsa in units])
        self.database.run(f"select samordnad.test_tell(hsa, array(select generate_series(1, 70)), array[0]) from unnest(array{units}) hsa")
        self.wait_until(lambda: self.database.value("""select count(*) from samordnad.endpoint_cursor c
            where lease_until > clock_timestamp() and unit in (select unit from samordnad.unit where hsa_id like '%-X%')""")
            == "520")
        hsa, path, _ = self.endpoint()
        self.tell(hsa, range(1, 11))
        self.wait_for_all(path, 10)


class PushRate(PushCase):
    settings = {**PushCase.settings, "push_rate_per_s": 5}

    def test_rate_of_an_endpoint(self):
        hsa, path, endpoint = self.endpoint()
        self.tell(hsa, range(1, 21))
        self.wait_for_all(path, 20)
        times = [r.time for r in self.receiver.received(path)]
        self.assertGreater(max(times) - min(times), 2, "five at once, then five in a second")
        self.assertEqual(self.undelivered(endpoint), [], "held back, not failed")


class PushLease(PushCase):
    """What others do to an endpoint while its lease is a daemon's, which renews it seldom."""

    settings = {**PushCase.settings, "push_lease_ms": 600000}

    def test_nothing_new_after_a_pause(self):
        """Nor after a deletion: the worker hears of it at once. What is under way may end."""
        for status in ("paused", "deleted"):
            with self.subTest(status):
                hsa, path, endpoint = self.endpoint()
                other, other_path, _ = self.endpoint()
                self.receiver.script(path, [("ok",), ("delay", 0.5)])
                for unit, hook in ((hsa, path), (other, other_path)):
                    self.tell(unit, [1])
                    self.wait_until(lambda: self.arrived(hook))
                self.tell(hsa, [2])
                self.wait_until(lambda: len(self.receiver.received(path)) == 2)
                self.database.run(f"update samordnad.endpoint set status = '{status}' where endpoint = {endpoint}")
                self.tell(hsa, [3])
                self.tell(other, [1])  # by the time that this one has its notice the other would have had its
                self.wait_until(lambda: len(self.arrived(other_path)) == 2)
                self.wait_until(lambda: len(self.attempts(endpoint)) == 2)
                self.assertEqual([row["status"] for row in self.attempts(endpoint)], ["200", "200"])
                self.assertEqual(len(self.receiver.received(path)), 2)

    def test_failures_count_beyond_idleness(self):
        """An endpoint that is idle is given back; one whose failures still count for the breaker is kept."""
        hsa, path, endpoint = self.endpoint()
        idle_hsa, idle_path, idle = self.endpoint()
        failing = lambda: self.database.value(
            "select failing_since is not null from samordnad.endpoint_cursor where endpoint = :'e'::bigint", e=endpoint)
        for number in range(1, 11):
            if number == 10:
                self.tell(idle_hsa, [1])
                self.wait_for_all(idle_path, 1)
                self.wait_until(lambda: self.database.value(
                    "select lease_until is null from samordnad.endpoint_cursor where endpoint = :'e'::bigint", e=idle) == "t",
                    what="the other one, idle for less long, to be given back")
            self.assertEqual(failing(), "f")
            self.receiver.script(path, [("ok",) if number % 3 == 0 else ("status", 500)])
            self.tell(hsa, [number])
            self.wait_until(lambda: len(self.attempts(endpoint)) == number)
        self.wait_until(lambda: failing() == "t", what="the breaker to open at 7 of 10")

    def test_a_lost_lease_pauses_nothing(self):
        """An endpoint says 410 to a daemon whose lease is lost by the time that this is written."""
        hsa, path, endpoint = self.endpoint()
        self.tell(hsa, [1])
        self.wait_for_all(path, 1)
        self.wait_recorded(path, endpoint)
        self.receiver.script(path, [("gone",)])
        with self.database.session() as psql:
            psql.write(f"begin; select from samordnad.endpoint_cursor where endpoint = {endpoint} for update;\n")
            self.wait_until(lambda: self.database.value("select count(*) from pg_stat_activity where state = 'idle in transaction' "
                "and query like 'select from samordnad.endpoint_cursor%'") == "1", what="the row to be held")
            self.tell(hsa, [1])
            self.wait_until(lambda: self.database.value(
                "select count(*) from pg_stat_activity where query like '-- Moves cursors%' and wait_event_type = 'Lock'") == "1")
            psql.write(f"""update samordnad.endpoint_cursor set lease_token = lease_token + 1 where endpoint = {endpoint};
                commit;\n""")
            self.wait_until(lambda: len(self.attempts(endpoint)) == 2)
        self.assertEqual(self.database.value(f"select status from samordnad.endpoint where endpoint = {endpoint}"), "active")


class PushAnew(PushCase):
    """What happens to an endpoint while notices to it, or a turn, are under way."""

    settings = {**PushCase.settings, "push_timeout_ms": 300000, "push_lease_ms": 90000}

    def under_way(self, count, held=2):
        """One notice has arrived; the next so many are told, and two of them are under way until they are released."""
        hsa, path, endpoint = self.endpoint()
        self.tell(hsa, [50])
        self.wait_for_all(path, 1)
        self.wait_recorded(path, endpoint)
        self.receiver.script(path, [("held",)] * held)
        self.tell(hsa, range(1, count + 1))
        self.wait_until(lambda: len(self.receiver.received(path)) == 3)
        return hsa, path, endpoint

    def next_seq(self, endpoint):
        return int(self.database.value(f"select next_seq from samordnad.endpoint_cursor where endpoint = {endpoint}"))

    def do(self, method, target, body=None):
        answer = self.client(f"admin-{next(self.numbers)}", ["admin"]).request(method, target, body)
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def test_a_pause_sends_nothing_twice(self):
        """What is under way when it comes is recorded; what is not sent yet goes after the resumption."""
        hsa, path, endpoint = self.under_way(4)
        self.do("POST", f"/v1/endpoints/{endpoint}/pause")
        other, other_path, _ = self.endpoint()  # once this one has its notice the pause is known
        self.tell(other, [1])
        self.wait_for_all(other_path, 1)
        self.receiver.release(path)
        self.wait_until(lambda: len(self.attempts(endpoint)) == 3)
        self.wait_until(lambda: self.next_seq(endpoint) == 4, what="what was under way to be recorded")
        self.assertEqual(sorted(self.seqs(path)), [1, 2, 3], "of different stays, in any order")
        self.do("POST", f"/v1/endpoints/{endpoint}/resume")
        self.wait_for_all(path, 5)
        self.assertEqual(sorted(self.seqs(path)), [1, 2, 3, 4, 5])

    def test_a_resumption_sends_nothing_twice(self):
        """Of an endpoint that is active, or that was paused but now: it stays with who has it."""
        for verbs in (["resume"], ["pause", "resume"]):
            hsa, path, endpoint = self.under_way(4)
            for verb in verbs:
                self.do("POST", f"/v1/endpoints/{endpoint}/{verb}")
            self.receiver.release(path)
            self.wait_for_all(path, 5)
            self.assertEqual(sorted(self.seqs(path)), [1, 2, 3, 4, 5])

    def test_a_replay_of_nothing_sends_nothing_twice(self):
        """Nobody's lease ends for it."""
        hsa, path, endpoint = self.under_way(2)
        replayed = self.do("POST", "/v1/deliveries/replay", {"endpoint": int(endpoint), "failed_since": "2020-01-01T00:00:00Z"})
        self.assertEqual(replayed["count"], 0)
        self.receiver.release(path)
        self.wait_until(lambda: self.next_seq(endpoint) == 4)
        self.assertEqual(sorted(self.seqs(path)), [1, 2, 3])

    def test_nothing_is_passed_over_at_a_new_lease(self):
        """Its lease is ended, as by a replay, and a notice told at once: what was not sent yet comes too."""
        hsa, path, endpoint = self.under_way(10, held=10)
        self.database.run(f"""begin; update samordnad.endpoint_cursor set lease_token = lease_token + 1, lease_until = null
                where endpoint = {endpoint};
            select samordnad.test_tell('{hsa}', array[20]::bigint[], array[{NORMAL}]::integer[]); commit;""")
        other, other_path, _ = self.endpoint()  # once this one has its notice the end of the lease is known
        self.tell(other, [1])
        self.wait_for_all(other_path, 1)
        self.receiver.release(path)
        self.wait_for_all(path, 12)

    def test_withdrawn_while_a_turn_is_under_way(self):
        """G1: between two statements of it, too, the word that withdraws a death finds what comes before it."""
        hsa, path, endpoint = one = self.endpoint()
        slow_hsa, _, slow = other = self.endpoint()
        self.kept_back(*one, [84])
        self.kept_back(*other, [85])
        # The other endpoint's revival takes long, as on a busy database.
        self.database.run(f"""create function samordnad.test_slow() returns trigger language plpgsql as $$
            begin perform pg_sleep(1.5); return new; end $$;
            create trigger test_slow before update on samordnad.undelivered for each row
                when (new.endpoint = {slow} and old.state = 2) execute function samordnad.test_slow();""")
        self.withdraw(slow_hsa, 85)
        self.wait_until(lambda: self.database.value(
            "select count(*) from pg_stat_activity where wait_event = 'PgSleep'") == "1")
        self.withdraw(hsa, 84)
        self.wait_until(lambda: len(self.seqs(path)) == 2)
        self.assertEqual(self.seqs(path), [1, 2])


class PushTakeover(PushCase):
    """Two daemons share the endpoints; one is killed."""

    # Longer than the tests stop a daemon for, so that it has not lost what it holds by that alone.
    settings = {**PushCase.settings, "push_lease_ms": 8000, "push_timeout_ms": 20000}

    def shared(self, count):
        """So many endpoints for each of two daemons, with traffic: the first's, the second's, and the second daemon."""
        ours, theirs = [self.endpoint() for _ in range(count)], [self.endpoint() for _ in range(count)]
        for hsa, path, _ in ours + theirs:
            self.receiver.script(path, [("delay", 0.5)], repeat=True)
        self.tell_all(ours, list(range(1, 11)) * 4)
        self.wait_until(lambda: self.leased(ours) == count)
        second = self.start_daemon()
        self.daemon.process.send_signal(signal.SIGSTOP)
        self.tell_all(theirs, list(range(1, 11)) * 4)
        self.wait_until(lambda: self.leased(theirs) == count)
        self.daemon.process.send_signal(signal.SIGCONT)
        return ours, theirs, second

    def leased(self, endpoints):
        return int(self.database.value(
            "select count(*) from samordnad.endpoint_cursor where lease_until > clock_timestamp() and endpoint = any("
            ":'endpoints'::bigint[])", endpoints="{" + ",".join(e for _, _, e in endpoints) + "}"))

    def test_kill_in_the_middle(self):
        """Every notice at least once, in order, none twice but those that were in flight at the kill."""
        ours, theirs, second = self.shared(20)
        self.tell_all(ours + theirs, list(range(1, 11)) * 2)
        self.wait_until(lambda: any(len(self.receiver.received(path)) > 20 for _, path, _ in ours))
        self.daemon.kill()
        self.assertTrue(any(len(self.seqs(path)) < 60 for _, path, _ in ours), "killed too late")
        self.tell_all(ours + theirs, list(range(1, 11)) * 2)
        for _, path, _ in ours + theirs:
            self.wait_for_all(path, 80)
            self.check_order(path)
        self.assertEqual(second.stop(), 0)
        held = "select count(*) from samordnad.endpoint_cursor where lease_until > clock_timestamp()"
        self.assertEqual(self.database.value(held), "0", "a drained daemon gives its leases back")
        for _, path, endpoint in ours + theirs:
            recorded = collections.Counter(int(row["seq"]) for row in self.attempts(endpoint))
            self.assertEqual(recorded, {seq: 1 for seq in range(1, 81)}, "of each one attempt was recorded")
            # So what came twice was in flight at the kill: its first attempt is the one that nobody recorded.
            often = collections.Counter(r.json["data"]["seq"] for r in self.receiver.received(path))
            twice = [seq for seq, times in often.items() if times > 1]
            self.assertLessEqual(max(often.values()), 2)
            self.assertLessEqual(len(twice), 64, "no more than a lane holds")
            if endpoint in [e for _, _, e in theirs]:
                self.assertEqual(twice, [], "the other daemon's endpoints feel nothing of it")

    def test_a_daemon_that_awakes_changes_nothing(self):
        """Its leases are another's by then: what it says of them is refused by their token."""
        ours, _, second = self.shared(3)
        for hsa, _, _ in ours:
            self.tell(hsa, list(range(1, 11)) * 10)
        self.wait_until(lambda: all(len(self.receiver.received(path)) > 20 for _, path, _ in ours))
        self.daemon.process.send_signal(signal.SIGSTOP)
        tokens = lambda: [int(self.database.value(
            "select lease_token from samordnad.endpoint_cursor where endpoint = :'e'::bigint", e=e)) for _, _, e in ours]
        before = tokens()
        self.wait_until(lambda: all(now > was for now, was in zip(tokens(), before)), harness.DEADLINE_S * 2, "the other daemon to take them over")
        self.daemon.process.send_signal(signal.SIGCONT)
        for _, path, endpoint in ours:
            self.wait_for_all(path, 140)
            self.check_order(path)
            often = collections.Counter(r.json["data"]["seq"] for r in self.receiver.received(path))
            self.assertLessEqual(max(often.values()), 2)
            self.wait_until(lambda: not self.undelivered(endpoint))
            lost = lambda: [line for line in self.daemon.log().splitlines()
                            if "event=endpoint_lease_ended " in line and f"endpoint={endpoint} " in line]
            self.wait_until(lost, what="it to notice")
        self.assertEqual(second.stop(), 0)

    def test_stop_gives_back_at_once(self):
        daemon = self.start_daemon(push_lease_ms=600000)
        hsa, path, endpoint = self.endpoint()
        self.receiver.script(path, [("delay", 0.2)], repeat=True)
        self.tell(hsa, range(1, 31))
        self.wait_until(lambda: self.arrived(path))
        self.assertEqual(daemon.stop(), 0)
        self.start_daemon()
        self.wait_for_all(path, 30, endpoint)
        self.check_order(path)
        self.assertEqual(len(self.seqs(path)), 30, "a daemon that drains sends nothing twice")


if __name__ == "__main__":
    harness.main()
