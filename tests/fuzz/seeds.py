#!/usr/bin/python3
"""Writes the seeds of the fuzzing targets, a folder each: what the contract's examples and the vectors hold, in the form
that each target reads, and tests/fuzz/found: what once was wrong.

    tests/fuzz/seeds.py build/seeds
"""

import json
import pathlib
import random
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "system")]
sys.dont_write_bytecode = True

import region  # noqa: E402

HISTORIES = 60  # of the rules
EXAMPLES = ROOT / "proto" / "examples"
VECTORS = ROOT / "tests" / "vectors"


def structured_and_others():
    """Each example structured, alone in a batch, and in binary mode: its data, the rest as headers."""
    for path in sorted(EXAMPLES.glob("*/*.json")):
        if path.parent.name not in ("ok", "bad"):
            continue
        body = path.read_bytes()
        yield b"\0" + body
        yield b"\1[" + body + b"]"
        try:
            event = json.loads(body)
            headers = ";".join(f"ce-{name}:{value}" for name, value in event.items() if name != "data")
            yield b"\2" + headers.encode() + b"\n" + json.dumps(event.get("data")).encode()
        except (ValueError, AttributeError):
            continue


def http1():
    for row in json.loads((VECTORS / "http.json").read_text()):
        for step in (b"\0", b"\6"):
            yield step + row["bytes"].encode("latin-1")


def document():
    yield from (path.read_bytes() for path in sorted(EXAMPLES.glob("*/*.json")))
    yield from (b'{"b":[1,-0,1e400,0.5E-3,null,true,false],"a":"\\u00e5\\ud83d\\ude00\\n"}', b'{"a":1,"a":2}', b'"\\ud800"',
                b"[" * 40, b'"\xff"', b"01", b"9223372036854775808", b"")


def identity():
    rows = json.loads((VECTORS / "identities.json").read_text())
    for name, kind in rows.items():
        for row in kind if isinstance(kind, list) else ():
            system = "samordningsnummer" if name.startswith("samordning") else "personnummer"
            value = row["in"] if isinstance(row, dict) else row
            for word in (system, "urn:oid:1.2.752.129.2.1.3.1", "urn:oid:1.2.752.97.1.1"):
                yield f"{word}\n{value}".encode()
    yield b"x\nSE2321000131-V0001"
    yield b"x\n0180"


def config():
    yield b""
    for path in sorted((ROOT / "systemd").glob("*.conf")):
        yield path.read_bytes()
    for line in ("listen = unix:/run/s", "listen = [::1]:0", "listen = 0.0.0.0:80", "database = host=a,b password=x",
                 "push_allowed_networks = 10.0.0.0/8, fd00::/8", "log_level = debug", "push_allow_http = on",
                 "base_url = https://a/b/", "proxy_listen = fd:4", "instance = urn:x", "queue_max = 0", "a = b", "=", "# a",
                 "queue_max = 7\nqueue_max = 7"):
        yield line.encode() + b"\n"


def question():
    person = {"system": "personnummer", "varde": "189001019802"}
    for body in ({"patient": {"identitet": person}}, {"unit": "SE2321000131-V0001", "limit": 7},
                 {"state": ["okand", "inskriven"], "after": "00000000000000ff"}, {"state": []}, {"limit": 0, "a~/b": 1}, []):
        yield b"\0" + json.dumps(body).encode()
    for body in ({"identitet": person}, {"identitet": {"system": "urn:oid:1.2.752.97.1.1", "varde": "A1"}}, {}):
        yield b"\1" + json.dumps(body).encode()


def query():
    after = "0006531c6a7b8000" + "0190b8a0c0007000800000000000000a" + "0003"
    for line in (f"unit=SE2321000131-V0001&after={after}&limit=10", "after=1.SE2321000131-V0001", "a=%C3%A5+b&a=", "&&=",
                 "after=%2", "status=open&due_before=2026-05-12T13%3A00%3A00%2B02%3A00"):
        for more in ("", "\napplication/json;q=0.5, text/csv\napplication/cloudevents+json; charset=utf-8",
                     "\n*/*;q=0\napplication/cloudevents-batch+json; charset=\"utf-8\""):
            yield (line + more).encode()


def register():
    whole = region.region()
    yield b"\6" + json.dumps(whole).encode()
    yield b"\6" + (ROOT / "tests" / "demo" / "region.json").read_bytes()
    for unit in whole["units"]:
        yield b"\0" + json.dumps({key: value for key, value in unit.items() if key != "endpoints"}).encode()
        for place, member in enumerate(("staff", "slots", "hours", "policies", "standing_decisions"), 1):
            if member in unit:
                yield bytes([place]) + json.dumps({member: unit[member]}).encode()


def endpoint():
    secret = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    for verb, body in ((0, {"unit": "SE2321000131-V0001", "url": "https://vc.example/hook", "secret": secret,
                            "headers": {"Authorization": "Bearer x"}}),
                       (0, {"unit": "SE2321000131-V0001", "url": "http://[::1]:8/", "client_cert": "x", "client_key": "y"}),
                       (1, {"url": "https://192.0.2.1:444/a?b", "headers": None, "ca": None}),
                       (1, {"headers": {"Host": "a", "webhook-id": "b", "a b": "c", "X": " d", "x": "e"}}),
                       (1, {"ca": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"}),
                       (2, {"valid_days": 3, "secret": "whsec_x"}), (2, []), (3, {})):
        yield bytes([verb]) + json.dumps(body).encode()
    yield from (b"\6" + answer for answer in (b"", b"ok", b"a\0b", b"\xff\xe2\x82", "å€😀".encode(), b"\xed\xa0\x80"))


def rules():
    """Histories drawn from a fixed seed; the numbers of a shorter one begin a longer one."""
    drawn = random.Random(4)
    for length in range(HISTORIES):
        yield bytes(drawn.randrange(256) for _ in range(20 + 4 * length))


TARGETS = {"message": structured_and_others, **{made.__name__: made for made in (
    http1, document, identity, config, question, query, register, endpoint, rules)}}


def main():
    seeds = pathlib.Path(sys.argv[1])
    shutil.rmtree(seeds, ignore_errors=True)
    for target, made in TARGETS.items():
        folder = seeds / target
        folder.mkdir(parents=True)
        for number, seed in enumerate(made()):
            (folder / f"{number:04}").write_bytes(seed)
        for path in sorted((ROOT / "tests" / "fuzz" / "found" / target).glob("*")):
            shutil.copy(path, folder / path.name)


if __name__ == "__main__":
    main()
