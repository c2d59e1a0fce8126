"""Endpoints over HTTP: made, changed, given another secret, paused and deleted; what is refused and why; who may."""

import base64
import itertools
import secrets
import ssl
import subprocess

import harness
from receiver import Receiver, verify
from test_push import AVLIDEN, FAILING, KALLELSE, PHASE_AVLIDEN, RECOVERED, PushCase


def new_secret(count=32):
    return "whsec_" + base64.b64encode(secrets.token_bytes(count)).decode()


class EndpointsCase(PushCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.client("forvaltaren", ["admin"])

    def endpoint(self, *arguments, **more):
        hsa, path, number = super().endpoint(*arguments, **more)
        return hsa, path, int(number)

    def unit(self):
        """A unit without an endpoint, known to the daemon: its HSA-id and a path at the receiver."""
        number = next(self.numbers)
        hsa = f"SE2321000016-P{number}"
        harness.load_region(self.database, {"units": [{"hsa_id": hsa, "namn": "Enhet", "slag": "primarvard"}]})
        self.wait_until(lambda: self.admin.get(f"/v1/units/{hsa}").status == 200, what="the daemon to know the unit")
        return hsa, f"/hook/{number}"

    def make(self, hsa, path, **more):
        answer = self.admin.request("POST", "/v1/endpoints", {"unit": hsa, "url": self.receiver.url(path), **more})
        self.assertEqual(answer.status, 201, answer)
        self.receiver.secret(path, answer.json["secret"])
        return answer.json

    def do(self, endpoint, what, body=None):
        answer = self.admin.request("POST", f"/v1/endpoints/{endpoint}/{what}", body)
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def read(self, endpoint):
        answer = self.admin.get(f"/v1/endpoints/{endpoint}")
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def refused(self, method, target, body, pointer, words):
        answer = self.admin.request(method, target, body)
        self.assertEqual(answer.status, 422, answer)
        self.assertEqual([error["pointer"] for error in answer.json["errors"]], [pointer])
        self.assertIn(words, answer.json["errors"][0]["detail"])

    def wait_released(self, endpoint):
        """Until no worker has the endpoint any more."""
        free = ("select lease_until is null or lease_until < clock_timestamp() from samordnad.endpoint_cursor "
                "where endpoint = :'endpoint'::bigint")
        self.wait_until(lambda: self.database.value(free, endpoint=endpoint) == "t", what="the lease to end")

    def stored(self):
        return self.database.rows("select * from samordnad.endpoint order by endpoint")


class Endpoints(EndpointsCase):
    def test_made_told_and_read(self):
        hsa, path = self.unit()
        self.tell(hsa, [1, 2])
        made = self.make(hsa, path)
        self.assertEqual((made["unit"], made["url"], made["status"], made["next_seq"], made["undelivered"]),
                         (hsa, self.receiver.url(path), "active", 3, 0))
        self.tell(hsa, [1])
        self.wait_until(lambda: self.seqs(path) == [3], what="only what came after it was made")
        self.assertIsNone(self.receiver.received(path)[0].signature)
        there = self.wait_until(lambda: (row := self.read(made["endpoint"]))["last_success_at"] and row)
        self.assertEqual((there["next_seq"], there["undelivered"], there["given_up"]), (4, 0, 0))
        self.assertNotIn("secret", there)

    def test_back_by_load(self):
        """What a load left out and another lists again begins with what comes then."""
        hsa, path, endpoint = self.endpoint()
        unit = {"hsa_id": hsa, "namn": "Enhet", "slag": "primarvard"}
        self.tell(hsa, [1])
        self.wait_for_all(path, 1)
        harness.load_region(self.database, {"units": [{**unit, "endpoints": []}]})
        self.wait_released(endpoint)
        self.tell(hsa, [1, 2])
        harness.load_region(self.database, {"units": [{**unit, "endpoints": [{"url": self.receiver.url(path)}]}]})
        self.tell(hsa, [3])
        self.wait_until(lambda: 4 in self.seqs(path))
        self.assertEqual(self.seqs(path), [1, 4])

    def test_pages(self):
        hsa, path = self.unit()
        made = [self.make(hsa, f"{path}/{i}")["endpoint"] for i in range(5)]
        found, after = [], ""
        while after is not None:
            page = self.admin.get(f"/v1/endpoints?unit={hsa}&limit=2{after and f'&after={after}'}").json
            self.assertLessEqual(len(page["endpoints"]), 2)
            found += [row["endpoint"] for row in page["endpoints"]]
            after = page.get("next")
        self.assertEqual(found, made)
        everyone = self.admin.get("/v1/endpoints?limit=1000").json["endpoints"]
        self.assertLessEqual(set(made), {row["endpoint"] for row in everyone})
        self.assertEqual(self.admin.get("/v1/endpoints?unit=SE2321000016-NONE").status, 404)

    def test_what_waits_and_is_given_up_is_counted(self):
        hsa, path = self.unit()
        endpoint = self.make(hsa, path)["endpoint"]
        self.receiver.script(path, [("status", 500)], repeat=True)
        self.tell(hsa, [1, 1, 2])
        self.wait_until(lambda: self.read(endpoint)["undelivered"] == 3 and self.read(endpoint)["last_error"])
        self.assertEqual(self.read(endpoint)["last_error"], "HTTP status 500")
        self.database.run(f"update samordnad.undelivered set attempts = 9 where endpoint = {endpoint} and seq = 1")
        self.hurry(endpoint)
        self.wait_until(lambda: self.read(endpoint)["given_up"] == 1)

    def test_rotate(self):
        hsa, path = self.unit()
        made = self.make(hsa, path)
        fresh = self.do(made["endpoint"], "rotate", {})
        self.assertNotEqual(fresh["secret"], made["secret"])
        self.tell(hsa, [1])
        self.wait_for_all(path, 1)
        request = self.receiver.received(path)[0]
        for secret in (made["secret"], fresh["secret"]):
            self.assertIsNone(verify(secret, request.headers, request.body))
        self.assertTrue(request.headers["webhook-signature"].startswith("v1,"))
        day = harness.datetime.datetime.fromisoformat(fresh["secret_before_until"])
        left = day - harness.datetime.datetime.now(harness.UTC)
        self.assertTrue(harness.datetime.timedelta(hours=23) < left <= harness.datetime.timedelta(days=1), left)
        before = self.stored()
        answer = self.admin.request("POST", f"/v1/endpoints/{made['endpoint']}/rotate", {"valid_days": 7})
        self.assertEqual(answer.status, 409, "the first secret is promised for longer")
        self.assertIn(fresh["secret_before_until"][:19], answer.json["errors"][0]["detail"])
        self.assertEqual(self.stored(), before)
        own = new_secret(24)
        last = self.do(made["endpoint"], "rotate", {"valid_days": 0, "secret": own})
        self.assertEqual((last["secret"], last["secret_before_until"]), (own, None))

        def alone():
            self.tell(hsa, [1])
            return [r for r in self.receiver.received(path) if " " not in r.headers["webhook-signature"]]
        request = self.wait_until(alone)[-1]
        self.assertIsNone(verify(own, request.headers, request.body))

    def test_pause_resume_and_another_url(self):
        hsa, path = self.unit()
        endpoint = self.make(hsa, path)["endpoint"]
        self.assertEqual(self.do(endpoint, "pause")["status"], "paused")
        self.tell(hsa, [1, 2])
        other, other_path = self.unit()
        self.make(other, other_path)
        self.tell(other, [1])
        self.wait_for_all(other_path, 1)
        self.assertEqual(self.receiver.received(path), [])
        self.assertEqual(self.read(endpoint)["undelivered"], 2)
        new = f"{path}/new"
        self.receiver.secret(new, self.do(endpoint, "rotate", {"valid_days": 0})["secret"])
        answer = self.admin.request("PATCH", f"/v1/endpoints/{endpoint}", {"url": self.receiver.url(new)})
        self.assertEqual((answer.status, answer.json["url"]), (200, self.receiver.url(new)))
        self.assertEqual(self.do(endpoint, "resume")["status"], "active")
        self.wait_until(lambda: self.seqs(new) == [1, 2])
        self.assertEqual(self.receiver.received(path), [])

    def test_verbs_without_a_body(self):
        """Many clients send an empty object with every POST; anything else is a mistake of theirs, and they are told."""
        hsa, path = self.unit()
        endpoint = self.make(hsa, path)["endpoint"]
        for verb, status in (("pause", 200), ("resume", 200), ("test", 202)):
            for body in ({}, b" { }\r\n"):
                self.assertEqual(self.admin.request("POST", f"/v1/endpoints/{endpoint}/{verb}", body).status, status, verb)
            for body in ({"status": "paused"}, [], b"{", b"paused"):
                answer = self.admin.request("POST", f"/v1/endpoints/{endpoint}/{verb}", body)
                self.assertEqual((answer.status, answer.json["detail"]),
                                 (400, "This path takes no body, or an empty JSON object."), (verb, body))

    def test_deleted_and_made_again(self):
        hsa, path = self.unit()
        made = self.make(hsa, path)
        self.receiver.script(path, [("status", 500)])
        self.tell(hsa, [1])
        self.wait_until(lambda: self.undelivered(made["endpoint"]))
        answer = self.admin.request("DELETE", f"/v1/endpoints/{made['endpoint']}")
        self.assertEqual((answer.status, answer.body), (204, b""))
        for method, tail, body in (("GET", "", None), ("DELETE", "", None), ("PATCH", "", {}), ("POST", "/rotate", {}),
                                   ("POST", "/pause", None), ("POST", "/resume", None)):
            answer = self.admin.request(method, f"/v1/endpoints/{made['endpoint']}{tail}", body)
            self.assertEqual(answer.status, 404, (method, tail))
        self.assertEqual(self.admin.get(f"/v1/endpoints?unit={hsa}").json, {"endpoints": []})
        self.wait_released(made["endpoint"])
        self.tell(hsa, [2])
        self.database.run("update samordnad.endpoint_cursor set waiting_since = now() - interval '20 minutes' "
                          f"where endpoint = {made['endpoint']}")
        again = self.make(hsa, path)
        self.assertIsNone(self.database.value("select waiting_since from samordnad.endpoint_cursor "
                                              f"where endpoint = {made['endpoint']}"), "no alarm is over that was another's")
        self.assertNotEqual(again["secret"], made["secret"])
        self.tell(hsa, [1])
        self.wait_until(lambda: self.seqs(path) == [3], what="it to begin with what comes after it was made again")

    def test_refused(self):
        """422 with the place and the reason; nothing is changed."""
        hsa, path = self.unit()
        endpoint = self.make(hsa, path)["endpoint"]
        before = self.stored()
        good = {"unit": hsa, "url": self.receiver.url(path + "/more")}
        urls = {
            7: "must be a URL", "": "must begin with https://", "ftp://127.0.0.1/": "must begin with https://",
            "https://": "not a URL", "HTTPS://127.0.0.1/": "small letters", "https://127.0.0.1/å": "ASCII",
            "https://a:b@127.0.0.1/": "with a user", "https://a@127.0.0.1/": "with a user",
            "https://127.0.0.1/#top": "fragment", "https://127.0.0.1:99999/": "not a URL",
            "https://nobody.invalid/": "its name has no address", "https://10.1.2.3/": "10.1.2.3 is private",
            "https://169.254.169.254/latest": "link-local", "https://[::1]/": "loopback",
            "https://[::ffff:10.0.0.1]/": "private", "https://[64:ff9b::a00:1]/": "private",
            "https://[2002:a00:1::]/": "private", "https://[fd00::1]/": "private", "https://0/": "this network",
            "https://0x0a000001/": "private", "https://127.0.0.1/" + "x" * 2000: "must be a URL",
        }
        bodies = [({**good, "url": url}, "/url", words) for url, words in urls.items()] + [
            ({"unit": hsa}, "/url", "is missing"), ({"url": good["url"]}, "/unit", "is missing"),
            ({**good, "unit": "VC1"}, "/unit", "HSA-id"), ({**good, "unit": "SE2321000016-NONE"}, "/unit", "no unit"),
            ({**good, "url": self.receiver.url(path)}, "/url", "already"),
            ({**good, "secret": "hemligt"}, "/secret", "whsec_"), ({**good, "secret": None}, "/secret", "text"),
            ({**good, "secret": new_secret(23)}, "/secret", "24 to 64"),
            ({**good, "secret": new_secret(65)}, "/secret", "24 to 64"),
            ({**good, "status": "paused"}, "/status", "no member"), ([], "", "one JSON object"),
        ]
        for body, pointer, words in bodies:
            with self.subTest(body=str(body)[:80]):
                self.refused("POST", "/v1/endpoints", body, pointer, words)
        one = f"/v1/endpoints/{endpoint}"
        self.refused("PATCH", one, {"url": "https://10.0.0.1/"}, "/url", "private")
        self.refused("PATCH", one, {"unit": hsa}, "/unit", "no member")
        for days in (-1, 8, 1.5, "1", None, True):
            self.refused("POST", f"{one}/rotate", {"valid_days": days}, "/valid_days", "0 to 7")
        self.assertEqual(self.stored(), before)
        other = self.make(hsa, path + "/other")["endpoint"]
        self.refused("PATCH", f"/v1/endpoints/{other}", {"url": self.receiver.url(path)}, "/url", "another endpoint")
        answer = self.admin.request("POST", "/v1/endpoints", b"{", {"Content-Type": "application/json"})
        self.assertEqual(answer.status, 422)

    def test_who_may(self):
        hsa, path = self.unit()
        endpoint = self.make(hsa, path)["endpoint"]
        for client in (self.ops, self.client("enhet", ["unit"], [hsa])):
            for method, tail, body in (("GET", "", None), ("GET", f"/{endpoint}", None), ("POST", "", {}),
                                       ("PATCH", f"/{endpoint}", {}), ("DELETE", f"/{endpoint}", None),
                                       ("POST", f"/{endpoint}/rotate", {}), ("POST", f"/{endpoint}/pause", None)):
                self.assertEqual(client.request(method, f"/v1/endpoints{tail}", body).status, 403, (method, tail))
        for number in ("0", "x", "99999999", "99999999999999999999"):
            self.assertEqual(self.admin.get(f"/v1/endpoints/{number}").status, 404, number)

    def test_nothing_secret_is_logged(self):
        hsa, path = self.unit()
        made = self.make(hsa, path)
        fresh = self.do(made["endpoint"], "rotate", {})
        for secret in (made["secret"], fresh["secret"]):
            self.assertNotIn(secret, self.daemon.log())
        self.assertIn("event=endpoint_put", self.daemon.log())


class Deliveries(EndpointsCase):
    def log(self, endpoint, query="", client=None):
        answer = (client or self.admin).get(f"/v1/endpoints/{endpoint}/deliveries{query}")
        self.assertEqual(answer.status, 200, answer)
        return answer.json["deliveries"]

    def states(self, endpoint, query=""):
        return {row["seq"]: row["state"] for row in self.log(endpoint, query)}

    def test_each_attempt_is_shown(self):
        hsa, path, endpoint = self.endpoint()
        self.receiver.script(path, [("garbage",), ("huge", 1)])
        self.tell(hsa, [1])

        def delivered():
            self.hurry(endpoint)
            return self.states(endpoint) == {1: "delivered"}
        self.wait_until(delivered)
        row, = self.log(endpoint)
        request = self.receiver.received(path)[0]
        self.assertEqual((row["id"], row["type"], row["next_at"]),
                         (request.headers["webhook-id"], request.json["type"], None))
        first, second = row["attempts"]
        self.assertEqual((first["nr"], first["status"], second["nr"], second["status"], second["error"]),
                         (1, None, 2, 200, None))
        self.assertTrue(first["error"].startswith("broken:"), first)
        self.assertEqual((second["address"], second["next_at"]), (f"127.0.0.1:{self.receiver.port}", None))
        self.assertGreater(first["next_at"], first["at"])
        self.assertEqual(len(second["answer"]), 2048)

    def test_an_answer_is_text_of_others(self):
        """What is no UTF-8 is replaced; operations do not see it; a unit sees no log."""
        hsa, path, endpoint = self.endpoint()
        self.tell(hsa, [1])
        self.wait_until(lambda: self.states(endpoint) == {1: "delivered"})
        answers = {"": "", "6162": "ab", "c3a5": "å", "c3": "\ufffd", "ff41fe": "\ufffdA\ufffd", "00223c": '\ufffd"<',
                   "eda080": "\ufffd\ufffd\ufffd", "f09f9880": "\U0001f600", "f09f98": "\ufffd\ufffd\ufffd"}
        for bytes_, text in answers.items():
            self.database.run(f"update samordnad.attempt set answer = '\\x{bytes_}' where endpoint = {endpoint}")
            self.assertEqual(self.log(endpoint)[0]["attempts"][0]["answer"], text, bytes_)
        self.assertNotIn("answer", self.log(endpoint, client=self.ops)[0]["attempts"][0])
        unit = self.client("enhet", ["unit"], [hsa])
        self.assertEqual(unit.get(f"/v1/endpoints/{endpoint}/deliveries").status, 403)

    def test_states_and_pages(self):
        hsa, path, endpoint = self.endpoint()
        self.tell(hsa, range(1, 8))
        self.wait_until(lambda: self.states(endpoint) == {seq: "delivered" for seq in range(1, 8)})
        self.receiver.script(path, [("status", 500)] * 3)
        self.tell(hsa, [11, 12, 13])
        self.wait_until(lambda: len(self.undelivered(endpoint)) == 3)
        self.database.run(f"""update samordnad.episode set phase = {PHASE_AVLIDEN} where episode = 13;
            update samordnad.undelivered set state = seq - 8, next_at = null where endpoint = {endpoint} and seq > 8""")
        self.database.run(f"update samordnad.endpoint set status = 'paused' where endpoint = {endpoint}")
        self.wait_released(endpoint)
        self.tell(hsa, [14])
        whole = {**{seq: "delivered" for seq in range(1, 8)}, 8: "waiting", 9: "given_up", 10: "superseded", 11: "waiting"}
        self.assertEqual(self.states(endpoint), whole)
        for state in set(whole.values()):
            expected = {seq: word for seq, word in whole.items() if word == state}
            self.assertEqual(self.states(endpoint, f"?state={state}"), expected)
        found, after = [], ""
        while after is not None:
            page = self.ops.get(f"/v1/endpoints/{endpoint}/deliveries?limit=2{after and f'&after={after}'}").json
            found += [row["seq"] for row in page["deliveries"]]
            after = page.get("next")
        self.assertEqual(found, list(range(11, 0, -1)))
        self.assertEqual(self.admin.get(f"/v1/endpoints/{endpoint}/deliveries?state=lost").status, 400)
        self.assertEqual(self.admin.get("/v1/endpoints/999999/deliveries").status, 404)


class Replay(EndpointsCase):
    PERSON = "SE2321000016-DRIFT"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin.person = cls.PERSON

    def replay(self, endpoint, **what):
        answer = self.admin.request("POST", "/v1/deliveries/replay", {"endpoint": endpoint, **what})
        self.assertEqual(answer.status, 200, answer)
        return answer.json["count"]

    def ids(self, path):
        return [r.headers["webhook-id"] for r in self.arrived(path)]

    def test_one_that_has_arrived(self):
        hsa, path, endpoint = self.endpoint()
        self.tell(hsa, [1, 2, 1])
        self.wait_for_all(path, 3)
        self.wait_recorded(path, endpoint)
        self.assertEqual(self.replay(endpoint, seq=1), 1)
        self.wait_until(lambda: self.seqs(path)[3:] == [1])
        self.assertEqual(self.ids(path)[3], self.ids(path)[0], "under the same webhook-id")
        self.wait_until(lambda: not self.undelivered(endpoint))
        log = self.admin.get(f"/v1/endpoints/{endpoint}/deliveries").json
        self.assertEqual([len(row["attempts"]) for row in log["deliveries"]], [1, 1, 2])
        row, = log["replays"]
        self.assertEqual((row["person"], row["what"], row["seq"], row["count"]), (self.PERSON, "one", 1, 1))
        self.assertTrue(row["client"].startswith("forvaltaren"))

    def test_all_that_failed_in_order(self):
        """Given up and waiting ones; of an episode the later ones behind the earlier."""
        hsa, path, endpoint = self.endpoint()
        self.receiver.script(path, [("status", 500)] * 3)
        self.tell(hsa, [1, 2, 3, 1, 2])
        self.wait_until(lambda: len(self.undelivered(endpoint)) == 5)
        self.database.run(f"update samordnad.undelivered set attempts = 10, state = 1, next_at = null "
                          f"where endpoint = {endpoint} and seq in (1, 4)")
        self.receiver.script(path, [("status", 500)])
        since = self.database.value("select min(first_at) from samordnad.undelivered where endpoint = :'e'::bigint", e=endpoint)
        later = "2190-01-01T00:00:00Z"
        self.assertEqual(self.replay(endpoint, failed_since=later), 0)
        self.assertEqual(self.replay(endpoint, failed_since=since.replace(" ", "T").replace("+00", "+00:00")), 4)
        self.wait_for_all(path, 5, endpoint)
        self.check_order(path)
        self.wait_until(lambda: not self.undelivered(endpoint))
        self.assertEqual(len(self.arrived(path)), 5, "none twice")

    def test_all_that_are_missing(self):
        """An endpoint that was added later gets what came before it, in order, and not what it has."""
        hsa, path, _ = self.endpoint()
        self.tell(hsa, [1, 2, 1, 3])
        self.wait_for_all(path, 4)
        new = f"{path}/new"
        endpoint = self.make(hsa, new)["endpoint"]
        self.tell(hsa, [2])
        self.wait_until(lambda: self.seqs(new) == [5])
        self.wait_recorded(new, endpoint)
        self.assertEqual(self.replay(endpoint, missing_since="2000-01-01T00:00:00Z"), 4)
        self.wait_until(lambda: sorted(self.seqs(new)) == [1, 2, 3, 4, 5])
        self.assertLess(self.seqs(new).index(1), self.seqs(new).index(3), "episode 1 in its order")
        self.wait_until(lambda: not self.undelivered(endpoint))
        self.assertEqual(self.replay(endpoint, missing_since="2000-01-01T00:00:00Z"), 0)
        self.assertEqual(sorted(self.seqs(new)), [1, 2, 3, 4, 5])
        self.assertEqual(len(self.seqs(path)), 5, "the other endpoint is not concerned")

    def test_how_an_endpoint_fares_keeps_its_order(self):
        """Of one that failed and recovered before this one was added."""
        hsa, path, other = self.endpoint()
        new = f"{path}/new"
        self.database.run(f"""insert into samordnad.notice (unit, seq, at, type, fact_nr, task_nr, endpoint, since)
            select unit, seq, samordnad.now(), type, 0, 0, endpoint, now()
            from samordnad.endpoint, (values (1, {FAILING}), (2, {RECOVERED})) as x (seq, type) where endpoint = {other}""")
        endpoint = self.make(hsa, new)["endpoint"]
        for what in ("missing_since", "failed_since"):
            self.receiver.script(new, [("status", 500)])
            self.assertEqual(self.replay(endpoint, **{what: "2000-01-01T00:00:00Z"}), 2)
            self.wait_until(lambda: [row["attempts"] for row in self.undelivered(endpoint)] == ["1", "0"])
            self.database.run(f"""update samordnad.undelivered set attempts = 10, state = 1, next_at = null
                where endpoint = {endpoint}""")
        self.replay(endpoint, failed_since="2000-01-01T00:00:00Z")
        self.wait_until(lambda: self.seqs(new) == [1, 2])

    def test_superseded_is_never_sent(self):
        hsa, path, endpoint = self.endpoint()
        self.tell(hsa, [95, 96], (KALLELSE,))
        self.wait_for_all(path, 2)
        self.database.run(f"update samordnad.episode set phase = {PHASE_AVLIDEN} where episode = 95")
        self.tell(hsa, [95], (AVLIDEN,))
        self.wait_for_all(path, 3)
        self.wait_recorded(path, endpoint)
        self.database.run(f"delete from samordnad.attempt where endpoint = {endpoint}")
        self.refused("POST", "/v1/deliveries/replay", {"endpoint": endpoint, "seq": 1}, "/seq", "superseded")
        self.assertEqual(self.replay(endpoint, missing_since="2000-01-01T00:00:00Z"), 2)
        self.wait_until(lambda: sorted(self.seqs(path)[3:]) == [2, 3])
        self.database.run("update samordnad.episode set phase = 1 where episode = 95")
        self.assertEqual(self.replay(endpoint, seq=1), 1, "the death was withdrawn")
        self.wait_until(lambda: self.seqs(path)[5:] == [1])

    def test_what_waits_is_not_taken_twice(self):
        hsa, path, endpoint = self.endpoint()
        self.do(endpoint, "pause")
        self.tell(hsa, [1])
        self.assertEqual(self.replay(endpoint, seq=1), 0, "it is on its way")
        self.assertEqual(self.replay(endpoint, missing_since="2000-01-01T00:00:00Z"), 0)
        self.do(endpoint, "resume")
        self.wait_until(lambda: self.seqs(path) == [1])

    def test_refused(self):
        hsa, path, endpoint = self.endpoint()
        self.tell(hsa, [1, 2, 3])
        self.wait_for_all(path, 3)
        self.wait_recorded(path, endpoint)
        self.database.run(f"delete from samordnad.notice where seq = 1 and unit = "
                          f"(select unit from samordnad.unit where hsa_id = '{hsa}')")
        before = self.undelivered(endpoint)
        since = "2000-01-01T00:00:00Z"
        for body, pointer, words in (
                ({"endpoint": endpoint, "seq": 1}, "/seq", "not kept"),
                ({"endpoint": endpoint, "seq": 4}, "/seq", "no such notice"),
                ({"endpoint": endpoint, "seq": 0}, "/seq", "number of a notice"),
                ({"endpoint": endpoint, "seq": "2"}, "/seq", "number of a notice"),
                ({"endpoint": 999999, "seq": 2}, "/endpoint", "no such endpoint"),
                ({"endpoint": "1", "seq": 2}, "/endpoint", "number of an endpoint"),
                ({"seq": 2}, "/endpoint", "is missing"), ({"endpoint": endpoint}, "", "must have one"),
                ({"endpoint": endpoint, "seq": 2, "failed_since": since}, "", "only one"),
                ({"endpoint": endpoint, "missing_since": since}, "/missing_since", "not all notices"),
                ({"endpoint": endpoint, "failed_since": "igår"}, "/failed_since", "RFC 3339"),
                ({"endpoint": endpoint, "all": True}, "/all", "no member"), (7, "", "one JSON object")):
            with self.subTest(body=str(body)):
                self.refused("POST", "/v1/deliveries/replay", body, pointer, words)
        self.database.run(f"update samordnad.endpoint set created_at = '2000-01-01' where endpoint = {endpoint}")
        self.refused("POST", "/v1/deliveries/replay", {"endpoint": endpoint, "missing_since": since}, "/missing_since",
                     "not known any more")
        self.assertEqual(self.undelivered(endpoint), before)
        self.assertEqual(self.admin.get(f"/v1/endpoints/{endpoint}/deliveries").json["replays"], [])
        self.assertEqual(self.ops.request("POST", "/v1/deliveries/replay", {"endpoint": endpoint, "seq": 2}).status, 403)


class Retention(EndpointsCase):
    """Policy delivery_log_days, carried out by maintain. Age is given by SQL."""

    dead = itertools.count(20)  # episodes

    def setUp(self):
        self.policy(90)

    def policy(self, days):
        self.database.run(f"""delete from samordnad.policy where policy = 'delivery_log_days';
            insert into samordnad.policy (policy, scope, value, from_at)
            values ('delivery_log_days', 'all', '{days}', '2020-01-01Z')""")

    def maintain(self):
        return harness.command("maintain", "--set", f"database={self.database.dsn}", "--set",
                               f"secrets_key={harness.secrets_key()}").stdout

    def age(self, endpoint, days):
        self.database.run(f"""update samordnad.attempt set at = at - interval '{days} days' where endpoint = {endpoint};
            update samordnad.replay set at = at - interval '{days} days' where endpoint = {endpoint};
            update samordnad.undelivered set first_at = first_at - interval '{days} days',
                ended_at = ended_at - interval '{days} days' where endpoint = {endpoint}""")

    def log(self, endpoint):
        """What the delivery log has: each notice's state and number of attempts, and the number of replays."""
        page = self.admin.get(f"/v1/endpoints/{endpoint}/deliveries").json
        return {row["seq"]: (row["state"], len(row["attempts"])) for row in page["deliveries"]}, len(page["replays"])

    def fill(self):
        """A unit's endpoint with a notice of each state, each tried, and a replay."""
        hsa, path, endpoint = self.endpoint()
        dead = next(self.dead)
        self.receiver.script(path, [("status", 500)] * 3)
        self.tell(hsa, [81, dead, 83])
        self.wait_until(lambda: [row["attempts"] for row in self.undelivered(endpoint)] == ["1"] * 3)
        self.tell(hsa, [84])
        self.wait_for_state(endpoint, 4, "delivered")
        self.database.run(f"update samordnad.undelivered set attempts = 9 where endpoint = {endpoint} and seq = 1")
        self.receiver.script(path, [("status", 500)])
        self.hurry_one(endpoint, 1)
        self.wait_for_state(endpoint, 1, "given_up")
        self.database.run(f"update samordnad.episode set phase = {PHASE_AVLIDEN} where episode = {dead}")
        self.hurry_one(endpoint, 2)
        self.wait_for_state(endpoint, 2, "superseded")
        self.database.run(f"update samordnad.undelivered set next_at = now() + interval '1 year' where endpoint = {endpoint} "
                          "and state = 0")
        self.assertEqual(self.admin.request("POST", "/v1/deliveries/replay", {
            "endpoint": endpoint, "failed_since": "2190-01-01T00:00:00Z"}).json["count"], 0)
        whole = {1: ("given_up", 2), 2: ("superseded", 1), 3: ("waiting", 1), 4: ("delivered", 1)}, 1
        self.assertEqual(self.log(endpoint), whole)
        return hsa, endpoint, whole

    def wait_for_state(self, endpoint, seq, state):
        self.wait_until(lambda: self.log(endpoint)[0].get(seq, [None])[0] == state, what=f"{seq} to be {state}")

    def test_what_is_past_its_time_is_forgotten(self):
        hsa, endpoint, whole = self.fill()
        given_up = self.wait_until(lambda: self.delivery()["given_up"])
        self.age(endpoint, 80)
        self.maintain()
        self.assertEqual(self.log(endpoint), whole, "80 days are not 90")
        self.policy(70)
        self.assertIn("older than 70 days: given up 1, superseded 1, of deleted endpoints 0, attempts 4, replays 1\n",
                      self.maintain())
        self.assertEqual(self.log(endpoint), ({3: ("waiting", 1)}, 0))
        self.wait_until(lambda: self.delivery()["given_up"] == given_up - 1)
        self.assertEqual([e["data"]["seq"] for e in self.client("enhet", ["unit"], [hsa]).feed(hsa)], [1, 2, 3, 4])
        self.policy(90)
        self.maintain()
        self.database.run(f"update samordnad.endpoint set created_at = '2000-01-01' where endpoint = {endpoint}")
        since = harness.datetime.datetime.now(harness.UTC) - harness.datetime.timedelta(days=75)
        self.refused("POST", "/v1/deliveries/replay", {"endpoint": endpoint, "missing_since": since.isoformat()},
                     "/missing_since", "not known any more")

    def test_its_time_begins_when_it_ends(self):
        """What waited for long and was given up now is listed with every attempt, however old, until its own time is past."""
        _, endpoint, whole = self.fill()
        self.age(endpoint, 200)
        self.database.run(f"update samordnad.undelivered set ended_at = now() where endpoint = {endpoint} and state = 1")
        self.maintain()
        self.assertEqual(self.log(endpoint), ({1: whole[0][1], 3: whole[0][3]}, 0))

    def test_piece_by_piece_and_of_deleted_endpoints(self):
        """More than one transaction looks at; what waits at a deleted endpoint waits for nobody."""
        _, endpoint, whole = self.fill()
        self.database.run(f"""insert into samordnad.attempt (endpoint, seq, at, nr, duration_ms, status)
                select {endpoint}, 1000 + g / 3, now() - g * interval '1 ms', 1, 0, 200 from generate_series(1, 25000) g;
            insert into samordnad.undelivered (endpoint, seq, episode, attempts, state, first_at, ended_at)
                select {endpoint}, 10000 + g, 0, 10, 1, now(), now() from generate_series(1, 12000) g""")
        self.age(endpoint, 100)
        self.assertIn("given up 12001, superseded 1, of deleted endpoints 0, attempts 25004, replays 1\n", self.maintain())
        self.assertEqual(self.log(endpoint), ({3: whole[0][3]}, 0))
        self.database.run(f"update samordnad.endpoint set status = 'deleted' where endpoint = {endpoint}")
        self.assertIn("given up 0, superseded 0, of deleted endpoints 1, attempts 1, replays 0\n", self.maintain())
        self.assertEqual((self.undelivered(endpoint), self.attempts(endpoint)), ([], []))


class Certificates:
    """A certificate authority of the test, a receiver's certificate and a client's, made by the openssl command."""

    def __init__(self):
        self.path = harness.temporary_dir("tls")
        self._run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test CA",
                  "-keyout", "ca.key", "-out", "ca.pem")
        for name in ("receiver", "client"):
            (self.path / f"{name}.ext").write_text("subjectAltName = IP:127.0.0.1\n")
            self._run("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}.key",
                      "-out", f"{name}.csr")
            self._run("x509", "-req", "-days", "2", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                      "-CAcreateserial", "-extfile", f"{name}.ext", "-out", f"{name}.pem")
        self._run("rsa", "-aes128", "-passout", "pass:hemligt", "-in", "client.key", "-out", "locked.key")

    def _run(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.path, check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def text(self, name):
        return (self.path / name).read_text()

    def demand(self, receiver):
        """From here on the receiver speaks TLS, to clients with a certificate of this authority only."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path / "receiver.pem", self.path / "receiver.key")
        context.load_verify_locations(self.path / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        receiver._server.socket = context.wrap_socket(receiver._server.socket, server_side=True)


class EndpointsTls(EndpointsCase):
    @classmethod
    def setUpClass(cls):
        cls.certificates = Certificates()
        super().setUpClass()

    def change(self, endpoint, **what):
        answer = self.admin.request("PATCH", f"/v1/endpoints/{endpoint}", what)
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def test_a_certificate_of_any_words(self):
        """What a certificate says stands in the error; whatever it is, the attempt is recorded, and others have theirs."""
        made = self.certificates
        (made.path / "words.ext").write_text("basicConstraints = CA:FALSE\n")
        made._run("req", "-utf8", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + "\u20ac" * 64, "-keyout", "words.key",
                  "-out", "words.csr")
        made._run("x509", "-req", "-days", "2", "-in", "words.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                  "-extfile", "words.ext", "-out", "words.pem")
        receiver = Receiver().start()
        self.addCleanup(receiver.stop)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(made.path / "words.pem", made.path / "words.key")
        receiver._server.socket = context.wrap_socket(receiver._server.socket, server_side=True)
        hsa, path = self.unit()
        endpoint = self.admin.request("POST", "/v1/endpoints", {
            "unit": hsa, "url": receiver.url(path).replace("http:", "https:"), "ca": made.text("ca.pem")}).json["endpoint"]
        self.tell(hsa, [1])
        self.wait_until(lambda: [row["error"][:4] for row in self.attempts(endpoint)][:1] == ["tls:"])
        other, other_path, _ = self.endpoint()
        self.tell(other, [1])
        self.wait_for_all(other_path, 1)

    def test_a_receiver_that_demands_a_certificate(self):
        """Trusted by the endpoint's own CA alone, sent to with its certificate and headers; changed while it runs."""
        receiver = Receiver().start()
        self.addCleanup(receiver.stop)
        self.certificates.demand(receiver)
        hsa, path = self.unit()
        url = receiver.url(path).replace("http:", "https:")
        made = self.admin.request("POST", "/v1/endpoints", {"unit": hsa, "url": url}).json
        endpoint = made["endpoint"]
        self.assertEqual((made["headers"], made["has_ca"], made["has_client_cert"]), ([], False, False))
        self.tell(hsa, [1])
        failed = lambda count: self.wait_until(lambda: len(self.attempts(endpoint)) == count and self.attempts(endpoint))
        self.assertTrue(failed(1)[0]["error"].startswith("tls:"), "whom the system does not trust is not sent to")
        self.change(endpoint, ca=self.certificates.text("ca.pem"))

        def rejected():
            self.hurry(endpoint)
            return [row for row in self.attempts(endpoint) if row["error"] and "tls:" not in row["error"]
                    or "certificate required" in (row["error"] or "")]
        self.wait_until(rejected, what="the receiver to reject us without a certificate")
        self.assertEqual(receiver.received(), [])
        there = self.change(endpoint, client_cert=self.certificates.text("client.pem"),
                            client_key=self.certificates.text("client.key"),
                            headers={"Authorization": "Bearer ett-losen", "X-Enhet": "a: b"})
        self.assertEqual((there["headers"], there["has_ca"], there["has_client_cert"]),
                         (["Authorization", "X-Enhet"], True, True))

        def arrived():
            self.hurry(endpoint)
            return receiver.received(path)
        request = self.wait_until(arrived, harness.DEADLINE_S * 2)[0]
        self.assertEqual((request.headers["authorization"], request.headers["x-enhet"]), ("Bearer ett-losen", "a: b"))
        self.assertIsNone(verify(made["secret"], request.headers, request.body))
        gone = self.change(endpoint, client_cert=None, client_key=None, headers={}, ca=None)
        self.assertEqual((gone["headers"], gone["has_ca"], gone["has_client_cert"]), ([], False, False))
        self.assertEqual(self.change(endpoint), gone)
        whole = str(self.admin.get("/v1/endpoints?limit=1000").json) + str(there) + self.daemon.log()
        for secret in ("ett-losen", "PRIVATE KEY", "BEGIN CERTIFICATE"):
            self.assertNotIn(secret, whole)

    def test_given_when_made(self):
        hsa, path = self.unit()
        receiver = Receiver().start()
        self.addCleanup(receiver.stop)
        self.certificates.demand(receiver)
        answer = self.admin.request("POST", "/v1/endpoints", {
            "unit": hsa, "url": receiver.url(path).replace("http:", "https:"), "headers": {"X-A": "1"},
            **{name: self.certificates.text(file) for name, file in (
                ("ca", "ca.pem"), ("client_cert", "client.pem"), ("client_key", "client.key"))}})
        self.assertEqual(answer.status, 201, answer)
        self.tell(hsa, [1, 2, 3])
        self.wait_until(lambda: len(receiver.received(path)) == 3)
        self.assertEqual(receiver.received(path)[0].headers["x-a"], "1")

    def test_refused(self):
        hsa, path = self.unit()
        endpoint = self.make(hsa, path)["endpoint"]
        before = self.stored()
        text = self.certificates.text
        cert, key = text("client.pem"), text("client.key")
        broken = cert.replace("MII", "MXX", 1)
        for body, pointer, words in (
                ({"headers": []}, "/headers", "object"), ({"headers": {"": "x"}}, "/headers", "none of a header"),
                ({"headers": {"a b": "x"}}, "/headers", "none of a header"),
                ({"headers": {"x\r\ny": "x"}}, "/headers", "none of a header"),
                ({"headers": {"Content-Type": "x"}}, "/headers/Content-Type", "samordnad itself"),
                ({"headers": {"WEBHOOK-ID": "x"}}, "/headers/WEBHOOK-ID", "samordnad itself"),
                ({"headers": {"Host": "x"}}, "/headers/Host", "samordnad itself"),
                ({"headers": {"X-A": "x\r\nHost: y"}}, "/headers/X-A", "ASCII"),
                ({"headers": {"X-A": "å"}}, "/headers/X-A", "ASCII"), ({"headers": {"X-A": ""}}, "/headers/X-A", "ASCII"),
                ({"headers": {"X-A": 1}}, "/headers/X-A", "ASCII"), ({"headers": {"X-A": " a"}}, "/headers/X-A", "ASCII"),
                ({"headers": {"X-A": "1", "x-a": "2"}}, "/headers/x-a", "twice"),
                ({"headers": {f"X-{n}": "1" for n in range(21)}}, "/headers/X-20", "more than 20"),
                ({"ca": "hej"}, "/ca", "PEM"), ({"ca": 1}, "/ca", "PEM"), ({"ca": key}, "/ca", "PEM"),
                ({"ca": cert + broken}, "/ca", "PEM"), ({"client_cert": cert}, "/client_key", "is missing"),
                ({"client_key": key}, "/client_cert", "is missing"),
                ({"client_cert": broken, "client_key": key}, "/client_cert", "PEM"),
                ({"client_cert": cert, "client_key": cert}, "/client_key", "private key"),
                ({"client_cert": cert, "client_key": text("locked.key")}, "/client_key", "passphrase"),
                ({"client_cert": cert, "client_key": text("ca.key")}, "/client_key", "not the key")):
            with self.subTest(body=str(body)[:60]):
                self.refused("PATCH", f"/v1/endpoints/{endpoint}", body, pointer, words)
        self.assertEqual(self.stored(), before)


class EndpointsHttps(EndpointsCase):
    settings = {**PushCase.settings, "push_allow_http": "off"}

    def test_http_is_refused(self):
        hsa, path = self.unit()
        answer = self.admin.request("POST", "/v1/endpoints", {"unit": hsa, "url": self.receiver.url(path)})
        self.assertEqual(answer.status, 422)
        self.assertIn("http:// is not allowed", answer.json["errors"][0]["detail"])

    def test_load_refuses_the_same(self):
        hsa, path = self.unit()
        file = harness.temporary_dir("region") / "region.json"

        def load(url, *settings):
            file.write_text(harness.json.dumps({"units": [
                {"hsa_id": hsa, "namn": "Enhet", "slag": "primarvard", "endpoints": [{"url": url}]}]}))
            done = harness.command("load", file, "--set", f"database={self.database.dsn}", "--set",
                                   f"secrets_key={harness.secrets_key()}", *settings, check=False)
            return done.returncode, done.stderr
        for url, words in ((self.receiver.url(path), "http:// is not allowed"), ("https://a@x.se/", "with a user"),
                           ("https://x.se/#top", "fragment"), ("https://10.1.2.3/", "10.1.2.3 is private"),
                           ("https://0x0a000001/", "10.0.0.1 is private"), ("https://[fd00::1]/", "private"),
                           ("https://[::ffff:169.254.169.254]/", "link-local"), ("https://localhost/", "loopback")):
            code, said = load(url)
            self.assertEqual(code, 1, url)
            self.assertIn("/units/0/endpoints/0/url: ", said)
            self.assertIn(words, said)
        self.assertEqual(self.stored(), [])
        self.assertEqual(load("https://10.1.2.3/", "--set", "push_allowed_networks=10.0.0.0/8"), (0, ""))
        code, said = load("https://nobody.invalid/")
        self.assertEqual(code, 0, "names may not be known where it is loaded")
        self.assertIn("/units/0/endpoints/0/url: no address of nobody.invalid is known here", said)


if __name__ == "__main__":
    harness.main()
