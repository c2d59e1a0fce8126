"""Our reader of HTTP/1.1 beside two others', on generated requests and on the corpus: it may refuse more, but what it takes
each of them takes too, with the same method, target, fields and body and the same end, so that no proxy in front can be
led to see another request than we do.

The others are development tools that Debian keeps: h11, the strictest there is in Python, and llhttp, node's, by way of
aiohttp. (http-parser, which Debian's httptools has, is given up by its makers; picohttpparser knows no framing and is not
packaged; those of web servers come with the server.) `PARSERS_REQUESTS=1000000 PARSERS_SEED=7` asks for more, and for others.
"""

import json
import os
import random
import re
import struct
import subprocess
import unittest

import aiohttp.http_exceptions
import aiohttp.http_parser
import h11

import harness

REQUESTS = int(os.environ.get("PARSERS_REQUESTS") or 30_000)
SEED = int(os.environ.get("PARSERS_SEED") or 1)
AT_ONCE = 5_000  # of one process of our reader
WHOLE = 1 << 17  # bytes at a time: all at once
HEAD_MAX = 1 << 17  # the others' limits are ours to set: what is compared is how they read

# What ours takes and another does not, each with its reason; the bytes are of one request as ours reads it.
DELIBERATE = (
    ("h11", "refuses it: no request line", rb"\r\n",
     "RFC 9112 2.2: one empty line before a request is skipped, for old clients send one behind a body"),
    ("llhttp", "refuses it", rb"(\r\n)?(?!(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE) )",
     "RFC 9110 9.1: a method that we do not know is framed as any other and answered 405; llhttp knows those of its list"),
    ("llhttp", "refuses it: Duplicate 'Content-Type'", rb"(?is).*\r\nContent-Type:.*\r\nContent-Type:",
     "aiohttp's own: a field that frames nothing may stand twice for our reader; the route refuses it"),
    ("llhttp", "takes it for the connection's last", rb"(?is).*\r\nProxy-Connection:",
     "RFC 9112 C.2.2: Proxy-Connection means nothing; llhttp obeys it"),
)


class Refused(Exception):
    pass


# ---- The readers --------------------------------------------------------------------------------------------------


class Read:
    """A request as one reader read it. goes_on: another may follow on the connection."""

    def __init__(self, method, path, query, body, fields, goes_on):
        self.method, self.path, self.query, self.body, self.fields = method, path, query, body, fields
        self.goes_on = goes_on

    def shown(self):
        # A coding's name in any case; llhttp leaves the white space behind a value to who asks.
        fields = [(name.lower(), value.rstrip(b" \t")) for name, value in self.fields]
        fields = [(name, value.lower() if name == b"transfer-encoding" else value) for name, value in fields]
        return self.method, self.path, self.query, fields, self.body


def target_parts(target):
    """Path and query of a target as another hands it on; scheme and authority are as little use to us as Host."""
    path, _, query = re.sub(rb"(?i)^https?://[^/?]*", b"", target).partition(b"?")
    return path or b"/", query


def read_ours(program, inputs):
    """What the reader in proto/ reads of each (bytes, how many arrive at a time): requests with their ends, and the
    status of a refusal."""
    records = b"".join(struct.pack("=II", len(data), step) + data for data, step in inputs)
    done = subprocess.run([program], input=records, stdout=subprocess.PIPE, check=True)
    requests = []
    for line in done.stdout.decode("ascii").splitlines():
        kind, *words = line.split(" ")
        if kind == "end":
            yield requests, int(words[0])
            requests = []
        else:
            method, path, query, body, *fields = map(bytes.fromhex, words[2:])
            fields = list(zip(fields[::2], fields[1::2]))
            requests.append((int(words[0]), Read(method, path, query, body, fields, words[1] == "1")))


def read_h11(data):
    """Takes data for one request, no less and no more."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_MAX)
    events = []
    try:
        for piece in (data[:-1], data[-1:]):
            if any(isinstance(event, h11.EndOfMessage) for event in events):
                raise Refused("it ends sooner")
            connection.receive_data(piece)
            while (event := connection.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
                events.append(event)
    except h11.RemoteProtocolError as error:
        raise Refused(str(error)) from error
    if not events or not isinstance(events[-1], h11.EndOfMessage):
        raise Refused("it ends later")
    request = events[0]
    body = b"".join(bytes(event.data) for event in events if isinstance(event, h11.Data))
    return Read(request.method, *target_parts(request.target), body, list(request.headers),
                connection.their_state is not h11.MUST_CLOSE)


class _Unpaused:
    _reading_paused = False


def read_llhttp(data):
    """Takes data for one request, no less and no more."""
    parser = aiohttp.http_parser.HttpRequestParserC(
        _Unpaused, None, HEAD_MAX, max_line_size=HEAD_MAX, max_headers=HEAD_MAX, max_field_size=HEAD_MAX,
        auto_decompress=False)
    found = []
    try:
        for piece in (data[:-1], data[-1:]):
            if found and found[0][1].is_eof():
                raise Refused("it ends sooner")
            found += parser.feed_data(piece)[0]
            if found and found[0][1].exception():
                raise Refused(str(found[0][1].exception()))
    except aiohttp.http_exceptions.HttpProcessingError as error:
        raise Refused(error.message) from error
    if len(found) != 1 or not found[0][1].is_eof():
        raise Refused("it ends later")
    request, body = found[0]
    return Read(request.method.encode(), *target_parts(request.path.encode("utf-8", "surrogateescape")),
                body.read_nowait(), request.raw_headers, not request.should_close)


OTHERS = {"h11": read_h11, "llhttp": read_llhttp}


def difference(name, data, ours):
    """What another reads otherwise of the bytes that ours took for one request; None: nothing."""
    try:
        other = OTHERS[name](data)
    except Refused as error:
        return f"{name} refuses it: {error}"
    if other.shown() != ours.shown():
        return f"{name} reads {other.shown()}, ours {ours.shown()}"
    if ours.goes_on and not other.goes_on:
        return f"{name} takes it for the connection's last"
    return None


# ---- Requests -----------------------------------------------------------------------------------------------------

# Of what is odd: controls, white space and marks of the grammar, bytes that Unicode or Latin-1 takes for white space.
ODD_PIECES = [bytes([each]) for each in b"\0\1\x08\t\n\v\f\r \"#%'()*+,-./0:;<=>?@A[\\]^_`a{|}~\x7f\x80\x85\xa0\xff"]
ODD_PIECES += [b"\r\n", b"\r\n ", b"\r\n\t", b"\n\n", b"\r\r\n", b"\r\n\r\n", b"0\r\n\r\n", b"HTTP/1.1"]
ODD_ENDS = [b"\n", b"\r", b"\r\r\n", b"\n\r", b"\r\n\r\n", b"\r\n ", b"\r\n\t", b" \r\n", b"", b"\0\r\n", b"\x85"]

METHODS = [b"GET", b"POST", b"PUT", b"PATCH", b"DELETE", b"HEAD", b"OPTIONS"]
ODD_METHODS = [b"get", b"BREW", b"CONNECT", b"TRACE", b"PRI", b"QUERY", b"M-SEARCH", b"G\tT", b"GE T", b"", b"G(T", b"GET\0",
               b"P\xc3\x96ST", b"\"GET\"", b"A" * 33]
TARGETS = [b"/", b"/v1/tasks?unit=SE1-2&after=", b"/a%2Fb", b"/?", b"//a", b"/a;b:c@d", b"http://a/x?y"]
ODD_TARGETS = [b"*", b"a", b"a:80", b"?", b"http://a", b"HTTPS://[::1]:1?q", b"http://", b"http:///", b"http://u@h/",
               b"ftp://a/", b"http://a:b/", b"http://h:99999/", b"://a/", b"/%", b"/%0", b"/%zz", b"/%00", b"/#a", b"/a b",
               b"/\t", b"/\\", b"/<", b"/\"", b"/|", b"/^", b"/[", b"/{", b"/\x7f", b"/\xc3\xa5", b"/\xff", b"/\0", b"",
               b"/..", b"/a?b?c"]
VERSIONS = [b"HTTP/1.1"] * 9 + [b"HTTP/1.0"]
ODD_VERSIONS = [b"HTTP/1.2", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1", b"http/1.1", b"HTTP/1.1 ", b"HTTP/1.1\t", b"HTTP/01.1",
                b"HTTP/1.10", b"HTTP/ 1.1", b"HTTPS/1.1", b"RTSP/1.0", b"ICE/1.0", b"HTTP/1,1", b"HTTP/+.1", b"HTTP/1.x", b""]
ODD_BLANKS = [b"  ", b"\t", b"\v", b"", b"\r", b" \t", b"\r\n"]

NAMES = [b"X", b"accept", b"Authorization", b"!#$%&'*+-.^_`|~", b"Content-Type", b"Cookie"]
ODD_NAMES = [b"X ", b"X\t", b" X", b"\tX", b"", b"X y", b"X\0", b"X\xff", b"X(", b"X:", b"X\r", b"\xef\xbc\xa5"]
BLANKS = [b" ", b"", b"\t", b"  \t"]
ODD_BLANKS_BEFORE_VALUE = [b"\v", b"\xa0", b"\0", b"\r\n "]
VALUES = [b"", b"a", b"a b\tc", b":::", b"Bearer x", b"\xc3\xa5\xff", b"\"a\\\"b\""]
ODD_VALUES = [b"a\0", b"\x01", b"a\x7fb", b"\v", b"\fa", b"a\rb", b"a\nb", b"a\r\n b", b"\r\n", b"\x85a"]
HOSTS = [b"Host: a", b"host:a:80", b"HOST: [::1]:1 ", b"Host: a.b-c_d~e", b"Host: \ta:"]
ODD_HOSTS = [b"Host: ", b"Host: a b", b"Host: a,b", b"Host: a/b", b"Host: a@b", b"Host: a\0", b"Host : a", b"X: y", b"Host: [",
             b"Host: a\r\nHost: a", b"Host: a\r\nhost: b", b"Host: a:b", b"Host: \xff", b"Host:\r\n a"]
CONNECTIONS = [
    b"Connection: close", b"Connection: keep-alive", b"Connection: x, close ,y", b"connection: CLOSE", b"Connection: ,",
    b"Connection: keep-alive, close", b"Connection: a\r\nConnection: b,\tclose", b"Connection: closed",
    b"Connection: close;q=1", b"Connection: \"close\"", b"Proxy-Connection: close",
    b"Connection: keep-alive\r\nKeep-Alive: 1", b"Upgrade: h2c",
    b"Connection: upgrade\r\nUpgrade: websocket", b"Connection: upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: a",
    b"Expect: 100-continue", b"Expect: 100-Continue", b"Expect: tea"]

LENGTH_NAMES = [b"Content-Length:", b"content-length: ", b"Content-Length: \t"]
ODD_LENGTH_NAMES = [b"Content-Length : ", b"Content_Length: ", b"Content-Length\v: ", b"Content-Length\0: ",
                    b" Content-Length: ", b"\vContent-Length: ", b"Content-Length\xa0: ", "Content-Lengt\u210e: ".encode()]
ENCODING_NAMES = [b"Transfer-Encoding:", b"transfer-encoding: ", b"Transfer-Encoding: \t"]
ODD_ENCODING_NAMES = [b"Transfer-Encoding : ", b"Transfer_Encoding: ", b"Transfer-Encoding\v: ", b"Transfer-Encoding\0: ",
                      b" Transfer-Encoding: ", b"\tTransfer-Encoding:", b"X: y\nTransfer-Encoding: ",
                      b"X: y\rTransfer-Encoding: "]
ENCODINGS = [b"chunked", b"Chunked", b"CHUNKED", b"chunked "]
ODD_ENCODINGS = [
    b"chunked,", b",chunked", b"chunked, chunked", b"chunked,chunked", b"gzip, chunked", b"chunked, identity", b"identity", b"",
    b"xchunked", b"chunkedx", b"chunked;q=1", b"\"chunked\"", b"'chunked'", b"chunked\t", b"chunked\v", b"\vchunked",
    b"chunked\0", b"\xa0chunked", "chun\u212aed".encode(), b"chunked chunked", b"identity, chunked",
    b"chunked, gzip", b"deflate",
    b"chunked\r\nTransfer-Encoding: chunked", b"chunked\r\nTransfer-Encoding: identity", b"gzip\r\nTransfer-Encoding: chunked",
    b"\r\n chunked", b"chunk\r\n ed", b"chunked\r\n , identity"]

SIZES = [b"%x", b"%X", b"0%x", b"%08x"]
ODD_SIZES = [b"0x%x", b"0X%x", b"+%x", b"-%x", b" %x", b"%x ", b"%x\t", b"%x;a=b", b"%x;a", b"%x;", b"%x ;a=\"\r\n\"", b"%x;\n",
             b"%x\n", b"%x\r", b"%x\0", b"%x\v", b"00000000%x", b"1%016x", b"ffffffff%08x", b"1%08x", b"%x,", b"%xg", b"%x_",
             b"\"%x\"", b"\xef\xbc\x91%x", b"%x;\xff", b"\r\n%x", b"%x\r\n", b"%x.0"]
ODD_CHUNK_ENDS = [b"\n", b"", b"\r", b"\n\r", b"x\r\n", b" \r\n", b"\r\n\r\n"]
LAST_CHUNKS = [b"0", b"00", b"00000000"]
ODD_LAST_CHUNKS = [b"0;a", b"0x0", b"-0", b"", b"0 ", b"+0", b"000000000", b"0\n", b"g"]
TRAILERS = [b"X: y", b"Digest: a b", b"B:", b"X:\ty ", b"X: \xff"]
ODD_TRAILERS = [b"X : y", b" X: y", b": y", b"X", b"", b"X: \0", b"X: a\rb", b"X\t: y", b"X y: z", b"GET / HTTP/1.1", b"X: a\n",
                b"Content-Length: 5", b"Transfer-Encoding: chunked", b"transfer-encoding: x", b"Host: b"]
PAYLOADS = [b"", b"a", b"hej", b"{}", b"\r\n", b"0\r\n\r\n", b"\0\xff\r", b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"]
LAST = b"GET /last HTTP/1.1\r\nHost: a\r\n\r\n"


def odd_lengths(length):
    n = b"%d" % length
    return [b"+" + n, b"-" + n, n + b"," + n, n + b", " + n, n + b",", b"," + n, b"0" * 20 + n, b"0x" + n,
            n + b".0", n + b";", b"", n + b"\t", n + b"\0", n + b"\v", b"\v" + n, n + b"\xa0", n + b"\r",
            n + b" 0", n + b"_0", n + b"e0", b"\"" + n + b"\"", n + b"\r\n " + n, n + b"\r\n 1", "\uff11".encode(),
            b"\xb2", b"%d" % 10**19,
            *(b"%d" % each for each in (length + 1, length + 7, abs(length - 1), 2**32 + length, 2**64 + length)),
            *(n + b"\r\nContent-Length: " + each for each in (n, b"0" + n, b"%d" % (length + 1), b"0", b""))]


class Generator:
    """Requests from a grammar, mostly good, each part of them odd now and then; then some bytes of some are changed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def happens(self, probability):
        return self.random.random() < probability

    def usually(self, plain, odd, probability=0.03):
        """One of the odd with this probability, else one of the plain."""
        return self.random.choice(odd if self.happens(probability) else plain)

    def line(self, text):
        return text + self.usually([b"\r\n"], ODD_ENDS, 0.008)

    def field(self):
        if self.happens(0.2):
            return self.random.choice(CONNECTIONS)
        return self.usually(NAMES, ODD_NAMES) + b":" + self.usually(BLANKS, ODD_BLANKS_BEFORE_VALUE, 0.01) + \
            self.usually(VALUES, ODD_VALUES)

    def length_field(self, length):
        n = b"%d" % length
        return self.usually(LENGTH_NAMES, ODD_LENGTH_NAMES) + \
            self.usually([n, n, n, b"0" + n, b"00000000" + n, n + b" "], odd_lengths(length), 0.15)

    def encoding_field(self):
        return self.usually(ENCODING_NAMES, ODD_ENCODING_NAMES) + self.usually(ENCODINGS, ODD_ENCODINGS, 0.15)

    def payload(self):
        return self.random.choice([*PAYLOADS, b"x" * self.random.randrange(300),
                                   self.random.randbytes(self.random.randrange(40))])

    def chunk(self, data):
        length = max(0, len(data) + self.usually([0], [1, 2, -1, 5], 0.02))
        return self.line(self.usually(SIZES, ODD_SIZES, 0.05) % length) + data + self.usually([b"\r\n"], ODD_CHUNK_ENDS, 0.02)

    def chunks(self):
        text = b"".join(self.chunk(data) for data in (self.payload() for _ in range(self.random.randrange(4))) if data)
        text += self.line(self.usually(LAST_CHUNKS, ODD_LAST_CHUNKS, 0.05))
        while self.happens(0.3):
            text += self.line(self.usually(TRAILERS, ODD_TRAILERS, 0.15))
        return self.line(text)

    def request(self):
        first = self.usually([b""], [b"\r\n", b"\r\n\r\n", b"\n", b" ", b"\r", b"\0"], 0.02) + \
            self.usually(METHODS, ODD_METHODS) + self.usually([b" "], ODD_BLANKS, 0.005) + \
            self.usually(TARGETS, ODD_TARGETS) + self.usually([b" "], ODD_BLANKS, 0.005) + self.usually(VERSIONS, ODD_VERSIONS)
        fields = [self.usually(HOSTS, ODD_HOSTS)] + [self.field() for _ in range(self.random.randrange(4))]
        payload, framing = b"", self.random.choice(["none", "length", "length", "chunks", "chunks"])
        if framing == "length":
            payload = self.payload()
            fields.append(self.length_field(len(payload)))
        elif framing == "chunks":
            payload = self.chunks()
            fields.append(self.encoding_field())
        if self.happens(0.02):
            fields.append(self.random.choice([self.length_field(len(payload)), self.encoding_field()]))
        self.random.shuffle(fields)
        return self.line(first) + self.line(b"".join(map(self.line, fields))) + payload

    def changed(self, data):
        """Some bytes of it gone, put in, put in place of others, put twice, or put elsewhere."""
        at, other = (self.random.randrange(len(data) + 1) for _ in range(2))
        to = min(len(data), at + self.random.choice([1, 1, 1, 2, 5, 30]))
        odd = self.random.choice(ODD_PIECES)
        return self.random.choice([data[:at] + data[to:], data[:at] + odd + data[at:], data[:at] + odd + data[to:],
                                   data[:to] + data[at:], data[:other] + data[at:to] + data[other:]])

    def connection(self):
        """What comes over a connection, one or two requests and a good one behind, and how many bytes at a time."""
        data = b"".join(self.request() for _ in range(self.random.choice([1, 1, 2])))
        while self.happens(0.25):
            data = self.changed(data)
        return data + LAST, self.random.choice([1, 2, 7, 50, WHOLE])


# ---- The comparison -----------------------------------------------------------------------------------------------


class Parsers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program = harness.temporary_dir("parsers") / "read_http1"
        proto = harness.ROOT / "proto"
        subprocess.run(
            [os.environ.get("CC") or "gcc", "-std=c11", "-D_GNU_SOURCE", "-O1", "-g", "-Wall", "-Wextra", "-Werror",
             "-fsanitize=address,undefined", "-fno-sanitize-recover=all", f"-I{proto}", "-o", cls.program,
             harness.ROOT / "tests" / "fuzz" / "read_http1.c", proto / "http1.c", proto / "date.c"], check=True)

    def setUp(self):
        self.taken = {"length": 0, "chunks": 0, "trailer": 0, "none": 0, "another behind it": 0}
        self.refused, self.deliberate = {}, set()

    def compare(self, inputs, what):
        for (data, step), (requests, status) in zip(inputs, read_ours(self.program, inputs), strict=True):
            begin = 0
            for end, ours in requests:
                self.count(data[begin:end], ours, begin)
                for name in OTHERS:
                    self.compare_one(name, data[begin:end], ours, f"{what}: {data!r}, {step} bytes at a time")
                begin = end
            self.refused[status] = self.refused.get(status, 0) + 1

    def compare_one(self, name, data, ours, what):
        found = difference(name, data, ours)
        if found is None:
            return
        for known in DELIBERATE:
            if known[0] == name and known[1] in found and re.match(known[2], data):
                self.deliberate.add(known)
                return
        self.fail(f"{what}\nof {data!r} {found}")

    def count(self, data, ours, begin):
        names = {name.lower() for name, _ in ours.fields}
        framing = "chunks" if b"transfer-encoding" in names else "length" if b"content-length" in names else "none"
        self.taken[framing] += 1
        self.taken["trailer"] += framing == "chunks" and not data.endswith(b"0\r\n\r\n")
        self.taken["another behind it"] += begin > 0

    def test_corpus(self):
        """tests/vectors/http.json, alone and with a good request behind each."""
        rows = json.loads((harness.ROOT / "tests" / "vectors" / "http.json").read_text())
        inputs = []
        for row in rows:
            data = row["bytes"].encode("latin-1")
            inputs += [(data, 1), (data, WHOLE), (data[:len(data) - row.get("rest", 0)] + LAST, WHOLE)]
        self.compare(inputs, "corpus")
        self.assertGreater(min(self.taken.values()), 0, self.taken)

    def test_generated(self):
        generator = Generator(SEED)
        for first in range(0, REQUESTS, AT_ONCE):
            inputs = [generator.connection() for _ in range(min(AT_ONCE, REQUESTS - first))]
            self.compare(inputs, f"seed {SEED}")
        print(f"seed {SEED}: taken {self.taken}, connections that ended with {self.refused}", flush=True)
        # What is never taken, or never refused, is not compared.
        self.assertGreater(min(self.taken.values()), REQUESTS // 50, self.taken)
        self.assertLessEqual({400, 413, 417, 501, 505}, set(self.refused))
        self.assertEqual(self.deliberate, set(DELIBERATE), "what is listed must still be so")


if __name__ == "__main__":
    harness.main()
