"""HTTP on the wire: raw bytes in, exact answers out; limits, deadlines and slow clients; the three content modes."""

import contextlib
import json
import shutil
import socket
import subprocess
import time

import harness
import region
from harness import wire
from region import H, KB, VC

MESSAGES = "POST /v1/messages HTTP/1.1\r\nHost: h\r\n"
GOOD = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"  # as the corpus has it


def read_answer(connection):
    """One answer from a socket: status, headers (lower case), body. The rest stays in connection.rest."""
    data = getattr(connection, "rest", b"")
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            raise EOFError(data)
        data += more
    head, _, data = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    status = int(first.split()[1])
    if status == 100:
        connection.rest = data
        return read_answer(connection)
    length = int(headers.get("content-length", 0))
    while len(data) < length:
        more = connection.recv(65536)
        if not more:
            raise EOFError(data)
        data += more
    connection.rest = data[length:]
    return status, headers, data[:length]


class Socket(socket.socket):
    rest = b""


class Wire(harness.Case):
    region = region.region()
    settings = {"request_deadline_ms": 1500, "idle_ms": 3000, "connections_max": 200}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.h = cls.client("sjukhuset", ["hospital"], [H])

    def connect(self):
        connection = Socket(socket.AF_UNIX)
        connection.settimeout(harness.DEADLINE_S)
        connection.connect(self.daemon.address.text.removeprefix("unix:"))
        self.addCleanup(connection.close)
        return connection

    def exchange(self, data):
        connection = self.connect()
        connection.sendall(data if isinstance(data, bytes) else data.encode())
        status, headers, body = read_answer(connection)
        if status >= 400:
            self.assertEqual(headers["content-type"].split(";")[0], "application/problem+json")
            harness.schemas().check("problem.json", json.loads(body), "a raw answer")
        return status, headers, body

    def message(self, encounter="V1", **more):
        return self.h.event("inskrivning", {
            "patient": region.patient(), "inskriven_at": wire("2026-01-05T08:00"), "avdelning": "21"},
            encounter=encounter, **more)

    def head(self, kind="application/cloudevents+json", **headers):
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        return f"{MESSAGES}Authorization: Bearer {self.h.token}\r\nContent-Type: {kind}\r\n{lines}"

    def test_what_is_refused(self):
        """Each breaks RFC 9112 or a limit; the answer is a problem, never the connection's silent end."""
        big = "x" * 70000
        for name, data, status in (
                ("no host", "GET /livez HTTP/1.1\r\n\r\n", 400),
                ("two hosts", "GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
                ("blank before colon", "GET /livez HTTP/1.1\r\nHost : a\r\n\r\n", 400),
                ("folded line", "GET /livez HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400),
                ("bare line feed", "GET /livez HTTP/1.1\nHost: a\n\n", 400),
                ("a NUL", "GET /livez HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 400),
                ("no method", " /livez HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
                ("version", "GET /livez HTTP/2.0\r\nHost: a\r\n\r\n", 505),
                ("head too large", f"GET /livez HTTP/1.1\r\nHost: a\r\nX: {big}\r\n\r\n", 431),
                ("target too long", f"GET /{big[:60000]} HTTP/1.1\r\nHost: a\r\n\r\n", 414),
                ("length and chunks", self.head(Content_Length=5, Transfer_Encoding="chunked") + "\r\n", 400),
                ("two lengths", self.head(Content_Length=5) + "Content-Length: 6\r\n\r\n", 400),
                ("signed length", self.head(Content_Length="+5") + "\r\n", 400),
                ("other coding", self.head(Transfer_Encoding="gzip, chunked") + "\r\n", 501),
                ("hexadecimal chunk", self.head(Transfer_Encoding="chunked") + "\r\n0x5\r\nhello\r\n0\r\n\r\n", 400),
                ("body too large", self.head(Content_Length=300000) + "\r\n", 413),
                ("batch too large",
                 self.head("application/cloudevents-batch+json", Content_Length=5000000) + "\r\n", 413),
                ("expectation", self.head(Content_Length=5, Expect="miracle") + "\r\n", 417),
                ("media type", self.head("text/plain", Content_Length=2) + "\r\n{}", 415),
                ("nobody", f"{MESSAGES}Content-Type: application/cloudevents+json\r\nContent-Length: 2\r\n\r\n{{}}", 401),
                ("method", "DELETE /v1/messages HTTP/1.1\r\nHost: a\r\n\r\n", 405),
                ("unknown method", "BREW /livez HTTP/1.1\r\nHost: a\r\n\r\n", 405),
                ("path", "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", 404)):
            with self.subTest(name):
                got, headers, body = self.exchange(data)
                self.assertEqual(got, status)
                if got == 431:
                    self.assertIn(b" 16384 bytes", body)
                if got == 413:
                    self.assertIn(b" 262144 bytes" if name == "body too large" else b" 4194304 bytes", body)
                if got == 405:
                    self.assertTrue(headers["allow"])
                if got == 415:
                    self.assertIn("application/cloudevents+json", headers["accept-post"])
        self.assertTrue(self.daemon.is_ready(), "and the daemon goes on")

    def answers(self, data):
        """The status and body of each answer to what a client sends before it ends its side."""
        connection = self.connect()
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answers = []
        with contextlib.suppress(EOFError, ConnectionResetError):
            while True:
                status, _, body = read_answer(connection)
                answers.append((status, body))
        connection.close()
        return answers

    def corpus(self):
        """tests/vectors/http.json: each row's status, and the bytes of its one request."""
        for row in json.loads((harness.ROOT / "tests" / "vectors" / "http.json").read_text()):
            data = row["bytes"].encode("latin-1")
            yield row["status"], data[:len(data) - row.get("rest", 0)]

    def test_corpus(self):
        """Alone, and with a good request before and after it: after what is refused nothing is read any more. status 0 is
        good, -1 not whole."""
        refused = 0
        for status, data in self.corpus():
            with self.subTest(data):
                alone = [got for got, _ in self.answers(data)]
                among = [got for got, _ in self.answers(GOOD + data + GOOD)]
                self.assertLessEqual(len(alone), 1)
                self.assertEqual(among[0], 200)
                if status > 0:
                    # A body that no route wants is not read: that route's answer ends the connection.
                    self.assertIn(alone, ([status], [404] if data.startswith(b"POST / ") else [status]))
                    self.assertEqual(among, [200, *alone])
                    refused += 1
                elif status == 0:
                    self.assertEqual(among[:2], [200, *alone])
                    self.assertIn(among[2:], ([200], []))
        self.assertGreaterEqual(refused, 150)

    def test_corpus_of_bodies(self):
        """Bodies, to a route that reads them: a good one is no JSON, and the next request is answered; after a bad one
        nothing is."""
        wanted = self.head().encode()
        for status, data in self.corpus():
            if status not in (0, 400) or not data.startswith(POST):
                continue
            with self.subTest(data):
                among = self.answers(GOOD + wanted + data.removeprefix(POST) + GOOD)
                self.assertEqual([got for got, _ in among], [200, 400, 200] if status == 0 else [200, 400])

    def test_keep_alive_and_pipelining(self):
        connection = self.connect()
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n" * 20)
        for _ in range(20):
            self.assertEqual(read_answer(connection)[0], 200)
        body = json.dumps(self.message("P1")).encode()
        one = f"{self.head(Content_Length=len(body))}\r\n".encode() + body
        connection.sendall(one + one + b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")
        results = [json.loads(read_answer(connection)[2]).get("result") for _ in range(2)]
        self.assertEqual(results, ["applied", "duplicate"])
        self.assertEqual(read_answer(connection)[0], 404)

    def test_byte_by_byte(self):
        """A slow sender is served as long as the whole request is in time."""
        body = json.dumps(self.message("S1")).encode()
        connection = self.connect()
        whole = f"{self.head(Content_Length=len(body))}\r\n".encode() + body
        for at in range(0, len(whole)):
            connection.sendall(whole[at:at + 1])
        self.assertEqual(read_answer(connection)[0], 200)

    def test_chunked_and_continue(self):
        body = json.dumps(self.message("C1")).encode()
        connection = self.connect()
        connection.sendall(f"{self.head(Transfer_Encoding='chunked', Expect='100-continue')}\r\n".encode())
        self.assertIn(b" 100 ", connection.recv(4096))
        for at in range(0, len(body), 100):
            piece = body[at:at + 100]
            connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        connection.sendall(b"0\r\n\r\n")
        status, _, answer = read_answer(connection)
        self.assertEqual((status, json.loads(answer)["result"]), (200, "applied"))

    def test_too_slow(self):
        """408 when a request is not whole in time, in the head and in the body; an idle connection just closes."""
        for data in ("GET /livez HTTP/1.1\r\nHo", self.head(Content_Length=100) + "\r\n{"):
            with self.subTest(data[:20]):
                begun = time.monotonic()
                status, headers, _ = self.exchange(data)
                self.assertEqual(status, 408)
                self.assertEqual(headers["connection"], "close")
                self.assertGreater(time.monotonic() - begun, 0.5)
        idle = self.connect()
        self.assertEqual(idle.recv(100), b"")

    def test_half_closed_client_gets_its_answer(self):
        connection = self.connect()
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        self.assertEqual(read_answer(connection)[0], 200)

    def test_client_that_goes_away_mid_request(self):
        body = json.dumps(self.message("G1")).encode()
        for cut in (10, 200, len(body)):
            connection = self.connect()
            connection.sendall(f"{self.head(Content_Length=len(body))}\r\n".encode() + body[:cut])
            connection.close()
        self.assertEqual(self.exchange("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")[0], 200)

    def test_head_request_has_no_body(self):
        connection = self.connect()
        connection.sendall(b"HEAD /livez HTTP/1.1\r\nHost: a\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        data = b""
        while data.count(b"HTTP/1.1 200") < 2 or not data.endswith(b"}"):
            data += connection.recv(4096)
        self.assertNotIn(b"}HTTP", data, "no body between the two")


class TooMany(harness.Case):
    settings = {"connections_max": 5}

    def test_connection_cap(self):
        """Over the cap the connection that has asked nothing for longest is closed, and no other."""
        kept = [self.daemon.address.connect() for _ in range(5)]
        for connection in kept:
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertIn(b"200", connection.recv(4096))
        kept.append(self.daemon.address.connect())
        self.assertEqual(kept.pop(0).recv(4096), b"")
        for connection in kept:
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertIn(b"200", connection.recv(4096))
            connection.close()
        self.wait_until(self.daemon.is_ready, what="room for a connection")


class TooManyOfOneAddress(harness.Case):
    listen = "tcp"
    settings = {"connections_per_address_max": 3}

    def connect(self, source):
        host, port = self.daemon.address.text.rsplit(":", 1)
        connection = socket.create_connection((host, int(port)), harness.DEADLINE_S, (source, 0))
        self.addCleanup(connection.close)
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        return connection, connection.recv(4096).split(b"\r\n")[0]

    def test_cap_of_an_address(self):
        """Others, and the proxy's own, are served; when one ends there is room again."""
        kept = [self.connect("127.0.0.2") for _ in range(3)]
        self.assertEqual({line for _, line in kept}, {b"HTTP/1.1 200 OK"})
        for _ in range(20):
            self.assertEqual(self.connect("127.0.0.2")[1], b"HTTP/1.1 503 Service Unavailable")
        self.assertEqual(self.connect("127.0.0.3")[1], b"HTTP/1.1 200 OK")
        self.assertEqual({self.connect("127.0.0.1")[1] for _ in range(9)}, {b"HTTP/1.1 200 OK"})
        kept[0][0].close()
        self.wait_until(lambda: self.connect("127.0.0.2")[1] == b"HTTP/1.1 200 OK", what="room for its connection")
        self.assertEqual(self.connect("127.0.0.2")[1], b"HTTP/1.1 503 Service Unavailable")

    def test_who_connects_and_goes_is_forgotten(self):
        for number in range(300):
            self.assertEqual(self.connect("127.0.1.1")[1], b"HTTP/1.1 200 OK", number)
            self.doCleanups()
            self.wait_until(lambda: harness.gauge(self.daemon, "http_connections") <= 1)


class TooManyRequests(harness.Case):
    settings = {"client_rate_per_s": 5}
    region = region.region()

    def test_client_rate(self):
        """What one client asks beyond its rate is answered 429 and changes nothing; another one is served."""
        eager, other = self.client("eager", ["hospital"], [H]), self.client("other", ["hospital"], [H])
        begun = time.monotonic()
        answers = [eager.get(f"/v1/units/{H}") for _ in range(60)]
        most = 5 + 5 * (time.monotonic() - begun) + 1
        served = [a for a in answers if a.status == 200]
        refused = [a for a in answers if a.status == 429]
        self.assertEqual((len(served) + len(refused), [a.status for a in answers[:4]]), (60, [200] * 4))  # one made it known
        self.assertLessEqual(len(served), most)
        for answer in refused:
            self.assertEqual(answer.headers["retry-after"], "1")
            self.assertEqual(answer.json["status"], 429)
        self.assertEqual(other.get(f"/v1/units/{H}").status, 200)

    def test_a_message_refused_is_not_stored(self):
        """It is counted once, by its head, though its body is looked at too."""
        eager, now = self.client("eager", ["hospital"], [H]), harness.wire(self.clock.now())
        data = region.inskrivningsmeddelande(now, now, mottagare=[region.VC])
        answers = {}
        for number in range(60):
            answer = eager.post_message("inskrivningsmeddelande", data, encounter=f"rate-{number}")
            answers.setdefault(answer.status, []).append(f"rate-{number}")
        self.assertEqual(answers[200][:4], [f"rate-{number}" for number in range(4)])
        stored = self.database.rows("select encounter from samordnad.episode where encounter like 'rate-%'")
        self.assertEqual(sorted(answers[200]), sorted(row["encounter"] for row in stored))
        self.assertIn(429, answers)


class Modes(harness.Case):
    region = region.region()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.h = cls.client("sjukhuset", ["hospital"], [H])

    def event(self, encounter, **more):
        return self.h.event("inskrivning", {
            "patient": region.patient(), "inskriven_at": wire(self.clock.now()), "avdelning": "Å1"},
            encounter=encounter, **more)

    def test_same_message_in_every_mode_is_one(self):
        event = self.event("M1", id="m1 1".replace(" ", "%20"))
        first = self.h.post_event(event, "binary")
        self.assertEqual((first.status, first.json["result"]), (200, "applied"), first)
        again = self.h.post_event(event, "structured")
        self.assertEqual(again.json["result"], "duplicate")
        self.assertEqual(again.json["first"]["result"], "applied")
        self.assertEqual(again.json["episode"], first.json["episode"])
        batch = self.h.post_event([event, self.event("M2"), event], "batch")
        self.assertEqual([result["result"] for result in batch.json["results"]], ["duplicate", "applied", "duplicate"])

    def test_same_id_other_content(self):
        event = self.event("M3")
        self.assertEqual(self.h.post_event(event).json["result"], "applied")
        other = {**event, "data": {**event["data"], "avdelning": "B2"}}
        self.assertEqual(self.h.post_event(other).status, 422)

    def test_batch_each_on_its_own(self):
        """A bad one is complained of where it stands; the others are taken, and taken once."""
        good, bad, foreign = self.event("M4"), self.event("M5"), self.event("M6", source=VC)
        del bad["data"]["inskriven_at"]
        answer = self.h.post_event([good, bad, foreign, self.event("M7")], "batch")
        self.assertEqual(answer.status, 200)
        first, second, third, fourth = answer.json["results"]
        self.assertEqual((first["result"], fourth["result"]), ("applied", "applied"))
        self.assertEqual((second["status"], second["errors"][0]["pointer"]), (422, "/data/inskriven_at"))
        self.assertEqual(third["status"], 403)
        self.assertEqual(self.h.post_event([], "batch").json, {"results": []})

    def test_batch_limits(self):
        answer = self.h.post_event([{}] * 1001, "batch")
        self.assertEqual((answer.status, answer.json["detail"][-6:]), (413, " 1000."))
        answer = self.h.post_event([{}] * 1000, "batch")
        self.assertEqual({result["status"] for result in answer.json["results"]}, {400})

    def test_bad_bodies(self):
        """Contract §1 and the issue's list of bad input: a problem, no trace of the identity, nothing changed."""
        event = self.event("BAD")
        text = json.dumps(event)
        count = self.database.value("select count(*) from samordnad.fact")
        for name, body, status in (
                ("empty", b"", 400),
                ("no JSON", b"{", 400),
                ("trailing", text.encode() + b"x", 400),
                ("an array", b"[]", 400),
                ("deep", b"[" * 100000, 400),
                ("deep inside", text.replace('"\\u00c51"', "[" * 3000 + "]" * 3000).encode(), 400),
                ("bad UTF-8", text.encode().replace(b"Testsson", b"Test\xff\xfe"), 400),
                ("a raw NUL", text.encode().replace(b"Testsson", b"Test\0"), 400),
                ("an escaped NUL", text.replace("Testsson", "Test\\u0000").encode(), (400, 422)),
                ("half a surrogate", text.replace("Testsson", "Test\\ud800").encode(), 400),
                ("a key twice", text.replace('"avdelning"', '"avdelning": "B", "avdelning"').encode(), 400),
                ("a number too large", text.replace('"\\u00c51"', "1e999").encode(), (400, 422)),
                ("no time of day", json.dumps({**event, "time": "2026-01-05"}).encode(), (400, 422)),
                ("a day that is not", json.dumps({**event, "time": "2026-02-30T10:00:00+01:00"}).encode(), (400, 422)),
                ("a check digit", text.replace("189001019802", "189001019803").encode(), 422),
                ("any bytes", bytes(range(256)) * 1000, 400)):
            with self.subTest(name):
                answer = self.h.request("POST", "/v1/messages", body, {"Content-Type": "application/cloudevents+json"})
                self.assertIn(answer.status, status if isinstance(status, tuple) else (status,), answer)
                self.assertNotIn(b"18900101980", answer.body, "no identity is echoed")
                self.assertNotIn(b"Test", answer.body)
        self.assertEqual(count, self.database.value("select count(*) from samordnad.fact"))
        self.assertNotIn("18900101980", self.daemon.log())
        self.assertNotIn("Testsson", self.daemon.log())


    def test_broken_json_says_where(self):
        text = json.dumps(self.event("WHERE")).encode()
        cut = text.index(b'"avdelning"')
        for body, place in ((text[:cut] + b"," + text[cut:], cut), (text[:cut] + b"\xff" + text[cut:], cut),
                            (text + b"x", len(text)), (text[:-1], len(text) - 1), (b"", None)):
            with self.subTest(place=place):
                answer = self.h.request("POST", "/v1/messages", body, {"Content-Type": "application/cloudevents+json"})
                self.assertEqual(answer.status, 400)
                if place is None:
                    self.assertNotIn("byte", answer.json["detail"])
                else:
                    self.assertTrue(answer.json["detail"].endswith(f", at byte {place}"), answer.json["detail"])


class KnownClients(harness.Case):
    """Clients that we did not write, unchanged."""
    listen = "tcp"
    region = region.region()

    def test_curl(self):
        token = harness.create_client(self.database, "kurl", ["hospital"], [H])
        client = harness.Client(self.daemon.address, token, H, self.clock.now)
        client.wait_until_known()
        event = client.event("inskrivning", {
            "patient": region.patient(), "inskriven_at": wire(self.clock.now()), "avdelning": "21"}, encounter="K1")
        base = f"http://{self.daemon.address.text}"
        for more in ([], ["-H", "Transfer-Encoding: chunked"], ["-H", "Expect: 100-continue"], ["--http1.0"],
                     ["--http2"]):
            with self.subTest(more):
                done = subprocess.run(
                    [shutil.which("curl"), "-sS", "-f", *more, "-H", f"Authorization: Bearer {token}",
                     "-H", "Content-Type: application/cloudevents+json", "--data-binary", json.dumps(event),
                     f"{base}/v1/messages"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(json.loads(done.stdout)["result"], ("applied", "duplicate"))

    def test_other_units_do_not_exist(self):
        token = harness.create_client(self.database, "kurl-2", ["unit"], [KB])
        client = harness.Client(self.daemon.address, token)
        client.wait_until_known()
        self.assertEqual(client.get("/v1/feed?unit=" + VC).status, 404)


class GivesWay(harness.Case):
    """When all places are taken: who gives way to who comes."""

    region = region.region()
    listen = "tcp"
    settings = {"connections_max": 8, "request_deadline_ms": 20000}

    def connect(self, buffer_bytes=None):
        host, port = self.daemon.address.text.split(":")
        connection = Socket(socket.AF_INET)
        if buffer_bytes:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        connection.settimeout(10)
        connection.connect((host, int(port)))
        self.addCleanup(connection.close)
        return connection

    def alive(self, connection):
        """That an answer came says that the connection was taken; then it idles."""
        connection.sendall(GOOD)
        return read_answer(connection)[0]

    def test_an_upload_that_was_let_in_outlasts_who_idles(self):
        h = self.client("sjukhuset", ["hospital"], [H])
        h.close()
        event = json.dumps(h.event("inskrivning", {"patient": region.patient(), "inskriven_at": wire("2026-01-05T08:00"),
                                                   "avdelning": "21"}, encounter="V1")).encode()
        honest = self.connect()
        honest.sendall((f"POST /v1/messages HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {h.token}\r\nExpect: 100-continue\r\n"
                        f"Content-Type: application/cloudevents+json\r\nContent-Length: {len(event)}\r\n\r\n").encode())
        self.assertTrue(honest.recv(100).startswith(b"HTTP/1.1 100 "))
        idle = [self.connect() for _ in range(7)]
        self.assertEqual([self.alive(connection) for connection in idle], [200] * 7)
        time.sleep(1.1)  # a request counts as slow after a second (HTTP_SLOW_MS)
        self.assertEqual(self.alive(self.connect()), 200)
        honest.sendall(event)
        self.assertEqual(read_answer(honest)[0], 200)

    def test_who_does_not_read_gives_way(self):
        """Without a token: an answer of 53 kB that is not taken would hold a place for 30 s, whoever else comes."""
        for _ in range(8):
            with contextlib.suppress(OSError):
                connection = self.connect(1024)
                connection.settimeout(0.5)
                connection.sendall(b"GET /openapi.yaml HTTP/1.1\r\nHost: a\r\n\r\n" * 100)

        def answered():
            with contextlib.suppress(OSError, EOFError):
                return self.alive(self.connect()) == 200
        self.wait_until(answered, timeout_s=20)


if __name__ == "__main__":
    harness.main()
