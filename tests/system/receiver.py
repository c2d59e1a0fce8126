"""A webhook receiver that misbehaves on demand: for the system tests, the benchmark and `make run`. Loopback only.

    receiver = Receiver({"/hook": "whsec_..."}).start()   # secrets by path, or one for all: then signatures are checked
    receiver.url("/hook")                                 # "http://127.0.0.1:<port>/hook"
    receiver.script("/hook", [("status", 500)] * 3)       # what the next requests get; then ok again
    receiver.script("/hook", [("hang", 30)], repeat=True) # every request, until scripted anew
    receiver.received("/hook")                            # [Request], oldest first
    receiver.release("/hook")                             # what is held there is answered, now and from here on
    receiver.wait_for(lambda: len(receiver.received("/hook")) == 2, timeout=10)

An action is a tuple or list of a word and its arguments:
    ok [status]             answers 200 (or 2xx)
    status N [headers]      answers N, an empty body, with more headers if given
    gone                    answers 410
    redirect URL [status]   answers 302 (or 3xx) with that Location
    hang [seconds]          reads the request and says nothing for so long (default 3600), then closes
    slow [seconds] [n]      answers byte by byte, that many seconds (default 1) between any two, n times (default 3600)
    reset                   breaks the connection with a TCP reset after reading the request
    close                   closes without an answer
    garbage                 answers with what is not HTTP
    huge [MiB]              answers 200 with a body of so many MiB (default 64)
    heads [KiB]             answers 200 with so many KiB of headers (default 1024)
    cut                     answers 200 and half of a body, then breaks the connection with a TCP reset
    informational           answers 103 over and over, until the client goes
    lies N                  answers 200 with a content-length of N, a body of 10 bytes, and closes
    ahead                   answers 200, and has the next request's 200 follow at once
    chunks [seconds]        answers 200 with chunks without end, that many seconds (default 0) between any two
    gzip [MiB]              answers 200 with so many MiB of zeros (default 64), gzipped
    delay seconds           waits, then answers 200
    held                    waits until the path is released, then answers 200

On its own: `receiver.py [--port N] [--secret PATH=whsec_... | --secret whsec_...] [--quiet]` prints its port as its first line, then
one line a request. Control by HTTP on the same port:
    GET  /_received?path=/hook[&after=N]      the requests as JSON
    POST /_script {"path", "actions", "repeat"}
    POST /_secret {"path", "secret"}          path "": for all
    POST /_clear  {"path"}                    forgets requests and script; path "": of all
Requests are kept in memory. What it records may be shown: it holds no identities, since pushes are thin.
"""

import argparse
import base64
import functools
import gzip
import hashlib
import hmac
import http.server
import json
import socket
import socketserver
import struct
import sys
import threading
import time
import urllib.parse

from persons import check_no_person


@functools.cache
def zeros(mebibytes):
    """So many MiB of zeros, gzipped a MiB at a time, each a member: at once, for the one who asks has a deadline."""
    return gzip.compress(bytes(1 << 20), 1) * mebibytes


TOLERANCE_S = 300  # how old or new a webhook-timestamp may be, by Standard Webhooks


def secret_bytes(secret):
    """The key of "whsec_<base64>"."""
    return base64.b64decode(secret.removeprefix("whsec_"), validate=True)


def verify(secret, headers, body, now=None):
    """None if a request carries a good Standard Webhooks 1.0 signature, else what is wrong with it."""
    identity, timestamp, signatures = (headers.get(f"webhook-{name}") for name in ("id", "timestamp", "signature"))
    if not identity or not timestamp or not signatures:
        return "a header is missing"
    if not timestamp.isdigit() or abs(int(timestamp) - (time.time() if now is None else now)) > TOLERANCE_S:
        return "the timestamp is malformed or too far away"
    made = hmac.new(secret_bytes(secret), f"{identity}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    for signature in signatures.split(" "):
        version, _, text = signature.partition(",")
        if version == "v1" and hmac.compare_digest(text, base64.b64encode(made).decode()):
            return None
    return "no signature fits"


class Request:
    """One request as it came. time: time.time() when its head was read; signature: what is wrong with it, or None."""

    def __init__(self, path, headers, body, when, signature, action):
        self.path, self.headers, self.body, self.time = path, headers, body, when
        self.signature, self.action = signature, action

    @property
    def json(self):
        return json.loads(self.body)

    def as_dict(self):
        return {"path": self.path, "headers": self.headers, "body": self.body.decode("utf-8", "replace"),
                "time": self.time, "signature": self.signature, "action": list(self.action)}


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024

    def __init__(self, *arguments):
        self.connections = set()
        super().__init__(*arguments)

    def process_request(self, request, client_address):
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self.connections.discard(request)
        super().shutdown_request(request)

    def break_connections(self):
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended by itself

    def handle_error(self, request, client_address):
        pass  # a client that goes away is what the tests are about


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, format, *arguments):
        pass

    def do_GET(self):
        self._handle()

    do_POST = do_PUT = do_HEAD = do_GET

    def _handle(self):
        receiver = self.server.receiver
        when = time.time()
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = urllib.parse.urlsplit(self.path)
        if path.path.startswith("/_"):
            self._control(receiver, path, body)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        action = receiver._record(path.path, headers, body, when)
        getattr(self, f"_do_{action[0]}")(*action[1:])

    def _answer(self, status, body=b"", headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, str(value))
        if status != 204:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def _sleep(self, seconds):
        """Sleeps, or ends the thread's work if the receiver is stopped."""
        if self.server.receiver._stopped.wait(seconds):
            raise ConnectionAbortedError

    def _do_ok(self, status=200):
        self._answer(status)

    def _do_status(self, status, headers=None):
        self._answer(status, headers=headers)

    def _do_gone(self):
        self._answer(410)

    def _do_redirect(self, url, status=302):
        self._answer(status, headers={"location": url})

    def _do_hang(self, seconds=3600):
        self._sleep(seconds)
        self.close_connection = True

    def _do_delay(self, seconds):
        self._sleep(seconds)
        self._answer(200)

    def _do_held(self):
        receiver = self.server.receiver
        with receiver._changed:
            receiver._changed.wait_for(lambda: self.path in receiver._released or receiver._stopped.is_set())
        if receiver._stopped.is_set():
            raise ConnectionAbortedError
        self._answer(200)

    def _do_slow(self, seconds=1, count=3600):
        head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n"
        for i in range(count):
            self.wfile.write(head[i:i + 1] or b".")
            self.wfile.flush()
            self._sleep(seconds)
        self.close_connection = True

    def _do_reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def _do_close(self):
        self.close_connection = True

    def _do_garbage(self):
        self.wfile.write(b"\x00\xff\x7fthis is not HTTP\r\n\r\n" * 10)
        self.wfile.flush()
        self.close_connection = True

    def _do_huge(self, mebibytes=64):
        self.send_response(200)
        self.send_header("content-length", str(mebibytes << 20))
        self.end_headers()
        for _ in range(mebibytes * 16):
            self.wfile.write(b"x" * 65536)

    def _do_heads(self, kibibytes=1024):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for i in range(kibibytes):
            self.wfile.write(f"x-{i}: ".encode() + b"y" * 1000 + b"\r\n")
        self.wfile.write(b"content-length: 0\r\n\r\n")

    def _do_cut(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n" + b"x" * 50)
        self.wfile.flush()
        self._do_reset()

    def _do_informational(self):
        while True:
            self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" * 100)

    def _do_lies(self, declared):
        self.wfile.write(f"HTTP/1.1 200 OK\r\ncontent-length: {declared}\r\n\r\n".encode() + b"x" * 10)
        self.wfile.flush()
        self.close_connection = True

    def _do_ahead(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n" * 2)
        self.wfile.flush()

    def _do_chunks(self, seconds=0):
        self.wfile.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            self.wfile.write(b"5\r\nhello\r\n")
            self.wfile.flush()
            self._sleep(seconds)

    def _do_gzip(self, mebibytes=64):
        self._answer(200, zeros(mebibytes), {"content-encoding": "gzip"})

    def _control(self, receiver, path, body):
        query = dict(urllib.parse.parse_qsl(path.query))
        given = json.loads(body) if body else {}
        answer = {}
        if path.path == "/_received":
            requests = receiver.received(query.get("path"))[int(query.get("after", 0)):]
            answer = {"requests": [request.as_dict() for request in requests]}
        elif path.path == "/_script":
            receiver.script(given["path"], given.get("actions", []), given.get("repeat", False))
        elif path.path == "/_secret":
            receiver.secret(given.get("path", ""), given["secret"])
        elif path.path == "/_clear":
            receiver.clear(given.get("path") or None)
        else:
            self._answer(404)
            return
        self._answer(200, json.dumps(answer).encode(), {"content-type": "application/json"})


class Receiver:
    """secrets: one secret for all paths, or a dict of them by path. on_request: called with each Request."""

    def __init__(self, secrets=None, port=0, on_request=None):
        self._secrets = {"": secrets} if isinstance(secrets, str) else dict(secrets or {})
        self._port = port
        self._on_request = on_request
        self._requests = []
        self._scripts = {}
        self._released = set()
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._server = None

    def start(self):
        """Listens; returns itself. After stop() it can be started again, and has the same port."""
        self._stopped.clear()
        self._server = _Server(("127.0.0.1", self._port), _Handler)
        self._server.receiver = self
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self):
        """Refuses connections from here on, and breaks those that are open."""
        if self._server is not None:
            self._stopped.set()
            with self._changed:
                self._changed.notify_all()
            self._server.shutdown()
            self._server.server_close()
            self._server.break_connections()
            self._server = None
            for request in self.received():
                check_no_person(request.body, f"a push to {request.path}")

    @property
    def port(self):
        return self._port

    def url(self, path="/"):
        return f"http://127.0.0.1:{self._port}{path}"

    def secret(self, path, secret):
        """From here on signatures to that path ("": to all others) are checked with it."""
        with self._changed:
            self._secrets[path] = secret

    def script(self, path, actions, repeat=False):
        """What the next requests to the path get, one action each; then, or with [], ok. repeat: over and over."""
        actions = [tuple(action) if not isinstance(action, str) else (action,) for action in actions]
        for action in actions:
            if not hasattr(_Handler, f"_do_{action[0]}"):
                raise ValueError(f"no such action: {action[0]}")
        with self._changed:
            self._scripts[path] = (actions, repeat)

    def release(self, path):
        """What is held at the path is answered, and what comes to be held there too."""
        with self._changed:
            self._released.add(path)
            self._changed.notify_all()

    def received(self, path=None):
        """The requests to a path, or all, in the order in which they were read."""
        with self._changed:
            return [request for request in self._requests if path is None or request.path == path]

    def clear(self, path=None):
        """Forgets the requests and the script of a path, or of all."""
        with self._changed:
            self._requests = [] if path is None else [r for r in self._requests if r.path != path]
            self._scripts = {} if path is None else {p: s for p, s in self._scripts.items() if p != path}

    def wait_for(self, predicate, timeout=30):
        """Waits until predicate() is true and returns what it returned; looks again at each request."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                value = predicate()
                if value:
                    return value
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError("waited in vain for a request")
                self._changed.wait(min(left, 0.1))

    def _record(self, path, headers, body, when):
        with self._changed:
            actions, repeat = self._scripts.get(path, ([], False))
            action = actions[0] if actions else ("ok",)
            if actions:
                self._scripts[path] = (actions[1:] + (actions[:1] if repeat else []), repeat)
            secret = self._secrets.get(path, self._secrets.get(""))
            wrong = verify(secret, headers, body) if secret else None
            request = Request(path, headers, body, when, wrong, action)
            self._requests.append(request)
            self._changed.notify_all()
        if self._on_request is not None:
            self._on_request(request)
        return action


def describe(request):
    """One line for the terminal: what came, and whether its signature was checked."""
    try:
        event = request.json
        text = f"{event['type']} {event['id']}"
    except (ValueError, KeyError, TypeError):
        text = f"{len(request.body)} bytes"
    return f"{request.path}: {text}; signature {request.signature or 'good'}; {request.action[0]}"


def main():
    parser = argparse.ArgumentParser(description="A webhook receiver that misbehaves on demand.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--secret", action="append", default=[], help="whsec_… for all paths, or /path=whsec_…")
    parser.add_argument("--quiet", action="store_true", help="no line for each request")
    arguments = parser.parse_args()
    secrets = {}
    for text in arguments.secret:
        path, equals, secret = text.partition("=whsec_")
        secrets[path if equals else ""] = "whsec_" + secret if equals else text
    printing = None if arguments.quiet else lambda request: print(describe(request), flush=True)
    receiver = Receiver(secrets, arguments.port, printing).start()
    print(receiver.port, flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
