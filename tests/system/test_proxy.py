"""TLS ends in front: a real haproxy and a real nginx, of the shipped examples, before a real daemon. Who has no certificate
gets nowhere; a client that is bound to one is let in with no other; what the caller says of himself in the proxy's headers
counts nowhere, whichever way it comes."""

import contextlib
import grp
import http.client
import json
import os
import re
import shutil
import socket
import ssl
import stat
import subprocess
import threading
import time

import harness
import region

EXAMPLES = harness.ROOT / "systemd"
HEADER = "samordnad-certificate"
CERTIFICATE = "SE2321000016-SYSTEM1"  # of the hospital's system: as a SITHS function certificate holds it
ANOTHER = "SE2321000016-SYSTEM2"
MESSAGE_MAX = 262144
BATCH_MAX = 4194304
POLL_S = 60        # the longest that the contract knows
HEAD_LIMIT_S = 10  # for a request's head, at both proxies


def openssl(*arguments, text=None):
    done = subprocess.run(["openssl", *map(str, arguments)], input=text, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"openssl {arguments[0]}: {done.stderr}")


class Certificates:
    """Two authorities, and what they have issued: NAME.pem holds the certificate and then its key."""

    # name: the authority, the subject, for how many days (-1: until yesterday)
    ISSUED = {
        "server": ("ca", "/CN=samordnad.example", 1),
        "right": ("ca", f"/C=SE/O=Region/CN=journal.example/serialNumber={CERTIFICATE}", 1),
        "another": ("ca", f"/C=SE/O=Region/CN=annat.example/serialNumber={ANOTHER}", 1),
        "expired": ("ca", f"/C=SE/O=Region/CN=journal.example/serialNumber={CERTIFICATE}", -1),
        "foreign": ("other", f"/C=SE/O=Region/CN=journal.example/serialNumber={CERTIFICATE}", 1),
        "sly": ("ca", f"/O=x\\+serialNumber={CERTIFICATE}/CN=x,serialNumber={CERTIFICATE}/serialNumber={ANOTHER}", 1),
        "nameless": ("ca", f"/C=SE/O=Region/CN=serialNumber={CERTIFICATE}", 1),
    }

    def __init__(self):
        self.path = harness.temporary_dir("tls")
        for name in ("ca", "other"):
            self._key(name)
            openssl("req", "-x509", "-new", "-key", self.file(name, "key"), "-subj", f"/CN={name}", "-days", 1,
                    "-out", self.file(name, "crt"))
        (self.path / "extensions").write_text("subjectAltName = IP:127.0.0.1\n")
        for name, (authority, subject, days) in self.ISSUED.items():
            self._key(name)
            openssl("req", "-new", "-key", self.file(name, "key"), "-subj", subject, "-out", self.file(name, "csr"))
            openssl("x509", "-req", "-in", self.file(name, "csr"), "-CA", self.file(authority, "crt"), "-CAkey",
                    self.file(authority, "key"), "-CAcreateserial", "-days", days, "-extfile", self.path / "extensions",
                    "-out", self.file(name, "crt"))
            self.file(name, "pem").write_text(self.file(name, "crt").read_text() + self.file(name, "key").read_text())

    def file(self, name, kind):
        return self.path / f"{name}.{kind}"

    def _key(self, name):
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.file(name, "key"))
        self.file(name, "key").chmod(0o644)  # of a test: the proxy's user reads it

    def context(self, name):
        """As who calls: with the certificate of that name, or with none."""
        context = ssl.create_default_context(cafile=self.file("ca", "crt"))
        if name is not None:
            context.load_cert_chain(self.file(name, "pem"))
        return context


class TlsAddress(harness.Address):
    """Where the proxy listens, called with a certificate."""

    def __init__(self, port, context):
        super().__init__(f"127.0.0.1:{port}")
        self._context = context

    def connect(self, timeout_s=None):
        return self._context.wrap_socket(super().connect(timeout_s), server_hostname="127.0.0.1")

    def http(self, timeout_s=None):
        host, port = self.text.split(":")
        return http.client.HTTPSConnection(host, int(port), context=self._context,
                                           timeout=harness.DEADLINE_S if timeout_s is None else timeout_s)


class Proxy:
    """A proxy of a shipped example, in which only addresses and paths, in the lines marked `# place`, are others."""

    def __init__(self, example, user, places, check, run):
        """places: address or path of the example → what stands there here, {port} for the port; check, run: the commands."""
        self.path = harness.temporary_dir("proxy")
        self.config = self.path / example
        self.log = self.path / "log"
        self.user, self.port, self.process = user, None, None
        self._example, self._places, self._check, self._run = EXAMPLES / example, places, check, run
        if os.geteuid() == 0:
            shutil.chown(self.path, user)

    def write(self, port):
        text = self._example.read_text()
        for line in re.findall(r"^.*# place$", text, re.M):
            here = line
            for there, instead in self._places.items():
                here = here.replace(there, str(instead).format(port=port))
            if here == line:
                raise AssertionError(f"the test has no place for: {line}")
            text = text.replace(line, here)
        if os.geteuid() != 0:  # only root may become another
            text = re.sub(r"^\s*(user|group) .*\n", "", text, flags=re.M)
        self.config.write_text(text)

    def checked(self):
        """What the program says of the file, and its exit code."""
        done = subprocess.run([*self._check, str(self.config)], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def start(self):
        """On a free port; on the next one if another was quicker."""
        for _ in range(5):
            self.port = harness.free_port()
            self.write(self.port)
            with open(self.log, "ab") as log:
                self.process = subprocess.Popen(harness.bound([*self._run, self.config], self.user), cwd="/",
                                                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
            if harness.wait_until(lambda: self.process.poll() is not None or self._listens(), what="the proxy to listen"):
                if self.process.poll() is None:
                    return
        raise AssertionError(f"{self._run[0]} does not run:\n{self.log.read_text()[-3000:]}")

    def _listens(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


class Case(harness.Case):
    """A daemon with a plain port and a socket for the proxy."""

    region = region.region()
    listen = "tcp"

    @classmethod
    def setUpClass(cls):
        cls.socket = harness.temporary_dir("s") / "proxy"
        cls.settings = {"proxy_listen": f"unix:{cls.socket}"}
        super().setUpClass()
        cls.plain = harness.Client(cls.daemon.address)
        cls.addClassCleanup(cls.plain.close)

    @classmethod
    def token(cls, name, roles, units=(), certificate=None):
        """Of a new client, that the daemon knows by now."""
        token = harness.create_client(cls.database, name, roles, units)
        if certificate is not None:
            cls.bind(name, certificate)
        with contextlib.closing(harness.Client(cls.daemon.address, token)) as client:
            client.wait_until_known() if certificate is None else harness.wait_until(
                lambda: "bound" in client.get("/v1/tasks").json["detail"], what="the token to be known, and bound")
        return token

    @classmethod
    def bind(cls, name, certificate):
        return harness.command("client", "bind", name, "--certificate", certificate, "--set",
                               f"database={cls.database.dsn}").stdout

    def assert_unbound(self, answer):
        """401, which says why and names no one."""
        self.assertEqual(answer.status, 401)
        self.assertIn("client certificate", answer.json["detail"])
        self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")
        for name in (CERTIFICATE, ANOTHER, "journalen"):
            self.assertNotIn(name, answer.body.decode())


class Socket(Case):
    """The daemon alone: what it believes at the proxy's socket, and nowhere else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.at_proxy = harness.Address(f"unix:{cls.socket}")
        cls.bound = cls.token("journalen", ["hospital"], [region.H], CERTIFICATE)
        cls.target = f"/v1/tasks?unit={region.H}"

    def ask(self, target, token=None, *headers, address=None):
        """By hand: a header may come twice."""
        with contextlib.closing((address or self.at_proxy).http()) as connection:
            connection.putrequest("GET", target)
            for value in headers:
                connection.putheader(HEADER, value)
            if token is not None:
                connection.putheader("Authorization", f"Bearer {token}")
            connection.endheaders()
            response = connection.getresponse()
            answer = harness.Answer(response.status, response.headers, response.read())
        harness.schemas().check_answer("GET", target, answer)
        return answer

    def test_the_sockets_mode(self):
        self.assertEqual(stat.S_IMODE(self.socket.stat().st_mode), 0o660)

    def test_bound(self):
        self.assertEqual(self.ask(self.target, self.bound, CERTIFICATE).status, 200)
        self.assert_unbound(self.ask(self.target, self.bound, ANOTHER))
        self.assert_unbound(self.ask(self.target, self.bound))
        self.assert_unbound(self.ask(self.target, self.bound, address=self.daemon.address))

    def test_header_that_is_none(self):
        for values in ([CERTIFICATE, CERTIFICATE], [""], [CERTIFICATE.lower()], [f"{CERTIFICATE}, {ANOTHER}"], ["-"]):
            with self.subTest(values=values):
                self.assertEqual(self.ask(self.target, self.bound, *values).status, 400)

    def test_header_at_the_plain_port(self):
        """Refused whoever sends it, and whatever it says."""
        for target in ("/livez", "/status", "/metrics", self.target):
            for value in (CERTIFICATE, ANOTHER, ""):
                with self.subTest(target=target, value=value):
                    answer = self.ask(target, self.bound, value, address=self.daemon.address)
                    self.assertEqual(answer.status, 400)
                    self.assertIn(HEADER, answer.json["detail"])

    def test_nobody_is_local(self):
        """Also without X-Forwarded-For, which a proxy may have been left without; at the plain port loopback is."""
        for target in ("/status", "/metrics"):
            self.assertEqual(self.ask(target).status, 401)
            self.assertEqual(self.ask(target, address=self.daemon.address).status, 200)
        self.assertEqual(self.plain.get("/status", headers={"X-Forwarded-For": "127.0.0.1"}).status, 401)

    def test_not_exposed(self):
        self.assertIs(self.plain.get("/status").json["exposed"], False)
        self.assertNotIn("exposed", self.daemon.log())

    def test_units(self):
        """systemd hands over the sockets in the order of its file, and the examples speak at the proxy's."""
        streams = re.findall(r"^ListenStream=(.*)$", (EXAMPLES / "samordnad.socket").read_text(), re.M)
        self.assertEqual(streams, ["127.0.0.1:8612", "/run/samordnad/proxy"])
        self.assertIn(" --set listen=fd:3 --set proxy_listen=fd:4 ", (EXAMPLES / "samordnad.service").read_text())
        for example in ("haproxy.cfg", "nginx.conf"):
            self.assertIn(streams[1], (EXAMPLES / example).read_text())

    def test_verbs(self):
        settings = ("--set", f"database={self.database.dsn}")
        token = harness.command("client", "create", "ny", "--roles", "hospital", "--units", region.H, "--certificate",
                                ANOTHER, *settings).stdout.split()[-1]
        harness.wait_until(lambda: self.ask(self.target, token, ANOTHER).status == 200)
        self.assert_unbound(self.ask(self.target, token, CERTIFICATE))
        self.assertIn(f"certificate {ANOTHER}", self.listed("ny"))
        self.assertIn("bound to none", self.bind("ny", "none"))
        harness.wait_until(lambda: self.ask(self.target, token).status == 200)
        self.assertIn("any certificate", self.listed("ny"))
        for wrong, said in ((["bind", "ny"], "--certificate"), (["bind", "ny", "--certificate", "x"], "HSA-id"),
                            (["bind", "nobody", "--certificate", ANOTHER], "no client")):
            done = harness.command("client", *wrong, *settings, check=False)
            self.assertIn(said, done.stderr)
            self.assertNotEqual(done.returncode, 0)

    def listed(self, name):
        lines = harness.command("client", "list", "--set", f"database={self.database.dsn}").stdout.splitlines()
        return next(line for line in lines if line.startswith(f"{name} "))


class Exposed(Case):
    """Who listens beyond this machine is told so: at the start, by check-config, in /status."""

    listen = "0.0.0.0:0"

    @classmethod
    def start_daemon(cls, **more):
        """Asked at the proxy's socket: nobody knows which port it has."""
        daemon = harness.Daemon(cls.database, cls.listen, start=False, **cls.settings)
        daemon.address = harness.Address(f"unix:{cls.socket}")
        cls.daemons.append(daemon)
        daemon.start()
        return daemon

    def test_it_says_so(self):
        token = harness.create_client(self.database, "drift", ["ops"])
        client = harness.Client(self.daemon.address, token)
        self.addCleanup(client.close)
        client.wait_until_known()
        self.assertIs(client.get("/status").json["exposed"], True)
        self.assertRegex(self.daemon.log(), r"<4>.*event=exposed listen=0\.0\.0\.0:0 ")

    def test_check_config(self):
        for listen, said in (("0.0.0.0:8612", True), ("192.0.2.1:8612", True), ("[::]:8612", True), ("127.0.0.1:8612", False),
                             ("[::1]:8612", False), ("unix:/run/samordnad/http", False)):
            with self.subTest(listen=listen):
                done = harness.command("check-config", "--set", f"listen={listen}")
                self.assertEqual("beyond this machine" in done.stderr, said, done.stderr)


class Behind:
    """What holds behind either proxy."""

    units = (region.H, region.VC)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.certificates = Certificates()
        cls.proxy = cls.make_proxy()
        if os.geteuid() == 0:  # as SocketGroup= would: its file's mode lets in the proxy
            shutil.chown(cls.socket, group=grp.getgrnam(cls.proxy.user).gr_name)
        cls.addClassCleanup(cls.proxy.stop)
        cls.proxy.start()
        cls.bound = cls.token("journalen", ["hospital", "unit"], cls.units, CERTIFICATE)
        cls.free = cls.token("fri", ["hospital", "unit"], cls.units)
        cls.ops = cls.token("drift", ["ops"])
        cls.feed = f"/v1/feed?unit={region.VC}"
        cls.tasks = f"/v1/tasks?unit={region.VC}"

    def address(self, certificate):
        return TlsAddress(self.proxy.port, self.certificates.context(certificate))

    def caller(self, certificate, token=None):
        client = harness.Client(self.address(certificate), token, region.H)
        self.addCleanup(client.close)
        return client

    def raw(self, certificate="right"):
        connection = self.address(certificate).connect()
        self.addCleanup(connection.close)
        return connection

    def head(self, target, token, *more, method="POST"):
        lines = [f"{method} {target} HTTP/1.1", "Host: samordnad", f"Authorization: Bearer {token}", "Connection: close", *more]
        return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n"

    @staticmethod
    def read_all(connection):
        parts = []
        with contextlib.suppress(ssl.SSLEOFError):
            while part := connection.recv(65536):
                parts.append(part)
        return b"".join(parts)

    def event(self, **more):
        return harness.Client(self.address(None), source=region.H).event(
            "avliden", {"at": "2026-01-01T10:00:00+01:00"}, encounter="V-1", **more)

    def padded(self, size, **more):
        """A message of so many bytes: what is unknown in it is kept, and does nothing."""
        bare = json.dumps(self.event(**more))
        return bare[:-1] + f', "fill": "{"x" * (size - len(bare) - len(", fill: ") - 4)}"}}'

    # ---- The example

    def test_example_is_valid(self):
        code, said = self.proxy.checked()
        self.assertEqual((code, [line for line in said.lower().splitlines() if "warn" in line or "alert" in line]), (0, []), said)

    # ---- TLS, and who gets as far as the daemon

    def test_tls_versions(self):
        for version, works in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)):
            with self.subTest(version=version.name):
                context = self.certificates.context("right")
                context.set_ciphers("ALL:@SECLEVEL=0")  # else it is not the proxy that refuses
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = version
                if works:
                    with TlsAddress(self.proxy.port, context).connect() as connection:
                        self.assertEqual(connection.version(), version.name.replace("_", "."))
                else:
                    with self.assertRaisesRegex(ssl.SSLError, "ALERT_PROTOCOL_VERSION"):
                        TlsAddress(self.proxy.port, context).connect()

    def test_ciphers(self):
        """Of TLS 1.2: none without forward secrecy, none without authenticated encryption."""
        for ciphers in ("kRSA", "AES128-SHA256", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA"):
            with self.subTest(ciphers=ciphers):
                context = self.certificates.context("right")
                context.maximum_version = ssl.TLSVersion.TLSv1_2
                context.set_ciphers(ciphers)
                with self.assertRaisesRegex(ssl.SSLError, "HANDSHAKE_FAILURE"):
                    TlsAddress(self.proxy.port, context).connect()

    def test_without_a_certificate_that_is_good(self):
        """None, another authority's, one that has expired: nothing of theirs reaches the daemon."""
        for certificate in (None, "foreign", "expired"):
            for target in ("/livez", self.feed):
                with self.subTest(certificate=certificate, target=target):
                    self.assert_shut_out(certificate, self.head(target, self.bound, method="GET"))

    # ---- Token and certificate

    def test_right_certificate_and_token(self):
        answer = self.caller("right", self.bound).get(self.feed)
        self.assertEqual(answer.status, 200, answer)

    def test_token_with_anothers_certificate(self):
        for certificate in ("another", "sly"):
            with self.subTest(certificate=certificate):
                before = harness.gauge(self.daemon, "certificates_refused_total")
                self.assert_unbound(self.caller(certificate, self.bound).get(self.feed))
                self.assertEqual(harness.gauge(self.daemon, "certificates_refused_total"), before + 1)
        self.assertRegex(self.daemon.log(), f"<4>event=certificate_refused client=\\S+ came_with={ANOTHER}")

    def test_certificate_without_hsa_id(self):
        answer = self.caller("nameless", self.bound).get(self.feed)
        self.assertEqual(answer.status, 400)
        self.assertIn("serialNumber", answer.json["detail"])

    def test_certificate_without_token(self):
        answer = self.caller("right").get(self.feed)
        self.assertEqual((answer.status, answer.json["detail"]), (401, "A valid bearer token is needed."))

    def test_token_that_is_not_bound(self):
        for certificate in ("right", "another"):
            self.assertEqual(self.caller(certificate, self.free).get(self.feed).status, 200)

    # ---- What the caller says in the proxy's name

    def test_forged_certificate(self):
        """Whatever the caller's own header says, it is the certificate's that counts."""
        for name in (HEADER, HEADER.title(), HEADER.upper()):
            with self.subTest(name=name):
                self.assert_unbound(self.caller("another", self.bound).get(self.feed, headers={name: CERTIFICATE}))
                self.assertEqual(self.caller("right", self.bound).get(self.feed, headers={name: ANOTHER}).status, 200)
        twice = self.raw("another")
        twice.sendall(self.head(self.feed, self.bound, *[f"{HEADER}: {CERTIFICATE}"] * 2, method="GET"))
        self.assertTrue(self.read_all(twice).startswith(b"HTTP/1.1 401 "))

    def test_forged_sender(self):
        """Nobody is local behind the proxy, however he says that he is."""
        for headers in ({}, {"X-Forwarded-For": "127.0.0.1"}, {"X-Forwarded-For": ""}, {"Forwarded": "for=127.0.0.1"},
                        {"Connection": "close, X-Forwarded-For"}):
            for target in ("/status", "/metrics"):
                with self.subTest(headers=headers, target=target):
                    self.assertEqual(self.caller("right").get(target, headers=headers).status, 401)
        self.assertEqual(self.caller("right", self.ops).get("/status").status, 200)

    # ---- That it passes

    def test_largest_message(self):
        caller = self.caller("right", self.bound)
        kind = {"Content-Type": "application/cloudevents+json"}
        whole = self.padded(MESSAGE_MAX)
        self.assertEqual(len(whole), MESSAGE_MAX)
        answer = caller.request("POST", "/v1/messages", whole, kind)
        self.assertEqual((answer.status, answer.json.get("result")), (200, "parked"), answer)
        self.assertEqual(caller.request("POST", "/v1/messages", self.padded(MESSAGE_MAX + 1), kind).status, 413)

    def test_largest_batch(self):
        count = BATCH_MAX // 131072
        events = [self.padded(131072 - 1) for _ in range(count - 1)]
        events.append(self.padded(BATCH_MAX - 2 - sum(len(event) + 1 for event in events)))
        whole = f"[{','.join(events)}]"
        self.assertEqual(len(whole), BATCH_MAX)
        answer = self.caller("right", self.bound).request(
            "POST", "/v1/messages", whole, {"Content-Type": "application/cloudevents-batch+json"})
        self.assertEqual([result.get("result") for result in answer.json["results"]], ["parked"] * count)

    def test_chunked(self):
        body = json.dumps(self.event()).encode()
        connection = self.raw()
        connection.sendall(self.head("/v1/messages", self.bound, "Content-Type: application/cloudevents+json",
                                     "Transfer-Encoding: chunked"))
        for part in (body[:100], body[100:]):
            connection.sendall(b"%x\r\n%s\r\n" % (len(part), part))
        connection.sendall(b"0\r\n\r\n")
        answer = self.read_all(connection)
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer)
        self.assertIn(b'"parked"', answer)

    def test_expect_continue(self):
        body = json.dumps(self.event()).encode()
        connection = self.raw()
        connection.sendall(self.head("/v1/messages", self.bound, "Content-Type: application/cloudevents+json",
                                     f"Content-Length: {len(body)}", "Expect: 100-continue"))
        told = b""
        while b"\r\n\r\n" not in told:
            told += connection.recv(4096)
        self.assertTrue(told.startswith(b"HTTP/1.1 100 "), told)
        connection.sendall(body)
        answer = self.read_all(connection)
        self.assertIn(b"HTTP/1.1 200 ", answer)
        self.assertIn(b'"parked"', answer)

    REFUSED = [
        ("GET", "/nowhere", None, {}, 404),
        ("DELETE", "/v1/feed", None, {}, 405),
        ("GET", "/v1/feed", None, {}, 400),
        ("GET", "/v1/endpoints", None, {}, 403),
        ("POST", "/v1/messages", "{}", {"Content-Type": "text/plain"}, 415),
        ("POST", "/v1/messages", "{}", {"Content-Type": "application/cloudevents+json"}, 400),
        ("POST", "/v1/messages", "x" * (MESSAGE_MAX + 1), {"Content-Type": "application/cloudevents+json"}, 413),
        ("GET", "/v1/feed?" + "x" * 8192, None, {}, 414),
    ]
    OF_THE_HOP = {"date", "connection", "keep-alive"}

    def both(self, request, token):
        """The answers to one request, straight from the daemon and through the proxy."""
        method, target, body, headers = request
        answers = []
        for address in (self.daemon.address, self.address("right")):
            with contextlib.closing(harness.Client(address, token)) as client:
                answers.append(client.request(method, target, body, headers))
        return answers

    def assert_alike(self, answers, status):
        straight, through = answers
        self.assertEqual((straight.status, through.status), (status, status), through)
        self.assertEqual(through.body, straight.body)
        for name, value in straight.headers.items():
            if name.lower() not in self.OF_THE_HOP:
                self.assertEqual(through.headers[name], value, name)

    def test_refusals_arrive_unchanged(self):
        for *request, status in self.REFUSED:
            with self.subTest(request=[str(part)[:40] for part in request]):
                self.assert_alike(self.both(request, self.free), status)
        self.assert_alike(self.both(("GET", self.feed, None, {}), "smd_unknown"), 401)

    def test_503_arrives_unchanged(self):
        """Of a daemon that has as many connections as it takes, and none that could give way: one waits for a notice."""
        request = ("GET", "/livez", None, {})
        with contextlib.closing(self.daemon.address.connect()) as waiting:
            waiting.sendall(f"GET {self.feed}&wait=60 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.free}"
                            "\r\n\r\n".encode())
            harness.wait_until(lambda: harness.gauge(self.daemon, "feed_waiting") == 1, what="the long poll to be under way")
            self.daemon.write_settings(connections_max=1)
            self.daemon.reload()
            try:
                harness.wait_until(lambda: self.both(request, None)[0].status == 503, what="the daemon to be full")
                self.assert_alike(self.both(request, None), 503)
            finally:
                self.daemon.write_settings(connections_max=2000)
                self.daemon.reload()
        harness.wait_until(lambda: self.both(request, None)[0].status == 200, what="the daemon to take connections again")

    def test_http2_that_was_not_agreed_on(self):
        """What the daemon reads is what the caller wrote: who begins with HTTP/2's preface gets no HTTP/2."""
        connection = self.raw("right")
        connection.settimeout(10)
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))
        self.assertRegex(self.read_all(connection), rb"\A(HTTP/1\.[01] 4\d\d |<html>|\Z)")

    def test_reservlista(self):
        """A unit's own machine fetches its list through the proxy, with its certificate."""
        out = harness.temporary_dir("list")
        (out / "token").write_text(self.free)
        def made(certificate, ca):
            more = [*(["--certificate", self.certificates.file(certificate, "pem")] if certificate else []),
                    *(["--ca", self.certificates.file("ca", "crt")] if ca else [])]
            return harness.command("reservlista", "--unit", region.VC, "--token-file", out / "token", "--out", out, *more, "--set",
                                   f"base_url=https://127.0.0.1:{self.proxy.port}", check=False)
        done = made("right", True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue((out / f"reservlista-{region.VC}.txt").exists())
        for certificate, ca in ((None, True), ("right", False)):
            done = made(certificate, ca)
            self.assertIn(done.returncode, (1, 75))
            self.assertIn("the list before stays", done.stderr)
            self.assertNotIn("(0)", done.stderr)

    def test_what_takes_its_time(self):
        """The longest poll comes to its own end, and who dawdles over a head is cut off: both at once, as both take long."""
        slow, began, cut_s = self.raw(), time.monotonic(), []

        def dawdle():
            with contextlib.suppress(OSError):
                slow.settimeout(2 * POLL_S)
                slow.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n")
                while slow.recv(4096):
                    pass
            cut_s.append(time.monotonic() - began)

        thread = threading.Thread(target=dawdle)
        thread.start()
        last = self.database.value("select coalesce(max(seq), 0) from samordnad.notice join samordnad.unit using (unit) "
                                   "where hsa_id = :'hsa'", hsa=region.VC)
        answer = self.caller("right", self.bound).get(f"{self.feed}&after={last}&wait={POLL_S}", timeout_s=2 * POLL_S)
        took_s = time.monotonic() - began
        thread.join(2 * POLL_S)
        self.assertEqual((answer.status, answer.json["events"]), (200, []))
        self.assertGreaterEqual(took_s, POLL_S)
        self.assertGreaterEqual(cut_s[0], HEAD_LIMIT_S - 1)
        self.assertLess(cut_s[0], took_s)


class Haproxy(Behind, Case):
    @classmethod
    def make_proxy(cls):
        file = cls.certificates.file
        return Proxy("haproxy.cfg", "haproxy", {
            "/dev/log": "stderr format raw",
            ":443": "127.0.0.1:{port}",
            "/etc/haproxy/samordnad.pem": file("server", "pem"),
            "/etc/haproxy/siths-function.pem": file("ca", "crt"),
            "/run/samordnad/proxy": cls.socket,
        }, ["haproxy", "-c", "-f"], ["haproxy", "-db", "-f"])

    def assert_shut_out(self, certificate, request):
        """The handshake fails (of TLS 1.3 the caller hears it when it reads)."""
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            connection = self.raw(certificate)
            connection.sendall(request)
            if not connection.recv(4096):
                raise ConnectionError("closed")


class Nginx(Behind, Case):
    @classmethod
    def make_proxy(cls):
        file = cls.certificates.file
        path = harness.temporary_dir("nginx")
        if os.geteuid() == 0:
            shutil.chown(path, "www-data")
        temporary = [f"{kind}_temp_path {path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")]
        return Proxy("nginx.conf", "www-data", {
            "/run/nginx.pid": path / "pid",
            "/var/log/nginx/error.log": "stderr",
            "/var/log/nginx/access.log;": f"{path}/access; {' '.join(temporary)}",
            "listen 443": "listen 127.0.0.1:{port}",
            "/etc/nginx/samordnad.pem": file("server", "crt"),
            "/etc/nginx/samordnad.key": file("server", "key"),
            "/etc/nginx/siths-function.pem": file("ca", "crt"),
            "/run/samordnad/proxy": cls.socket,
        }, ["nginx", "-e", "stderr", "-t", "-c"],
            ["nginx", "-e", "stderr", "-g", "daemon off; master_process off;", "-c"])

    def assert_shut_out(self, certificate, request):
        """nginx lets the handshake end, and answers itself."""
        connection = self.raw(certificate)
        connection.sendall(request)
        answer = self.read_all(connection)
        self.assertRegex(answer, rb"^HTTP/1.1 400 Bad Request\r\n(?s:.*)(No required SSL certificate|SSL certificate error)")


if __name__ == "__main__":
    harness.main()
