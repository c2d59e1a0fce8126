"""What the system tests stand on: a private PostgreSQL cluster, the daemon, a client that checks every exchange
against the schemas in proto/, and a clock that steps from one legal instant to the next.

Owns every process and folder that it starts, and ends them when the test process ends, however it ends. Knows
nothing of the rules: what must hold stands in the tests. Needs /usr/bin/python3 of Debian with python3-jsonschema.

    class Some(harness.Case):                       # a fresh database and a running daemon for each class
        region = {"units": [...]}                   # as `samordnad load` takes it; or None
        def test_it(self):
            hospital = self.client("sjukhuset", roles=["hospital"], units=["SE2321000016-H01"])
            answer = hospital.post_message("utskrivning", {...}, source="SE2321000016-H01")
            self.wait_until(lambda: ...)

Processes are bound to the life of the thread that starts them (PR_SET_PDEATHSIG): start them from the main thread.
"""

import atexit
import base64
import contextlib
import datetime
import functools
import http.client
import itertools
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse
import uuid
import zoneinfo

import jsonschema

from persons import check_no_person

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "proto" / "schemas"
SAMORDNAD = pathlib.Path(os.environ.get("SAMORDNAD") or ROOT / "build" / "samordnad").resolve()
POSTGRES_BIN = pathlib.Path("/usr/lib/postgresql/15/bin")
POSTGRES_USER = "postgres"
DAEMON_ROLE = "samordnad"  # of its own: the schema is another's
STOCKHOLM = zoneinfo.ZoneInfo("Europe/Stockholm")
UTC = datetime.timezone.utc

# A sanitized daemon on a busy machine is several times slower; a condition that holds sooner costs nothing.
DEADLINE_S = 60 if "/san-" in str(SAMORDNAD) else 30

# ---- Ending what was started --------------------------------------------------------------------------------------

_cleanups = []


def _at_exit(function):
    _cleanups.append(function)


def _clean():
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # pressed twice, it must not stop this
    while _cleanups:
        try:
            _cleanups.pop()()
        except Exception as error:  # the others must still be ended
            print(f"cleaning up: {error}", file=sys.stderr)


def _on_signal(number, _frame):
    sys.exit(128 + number)


def install_signal_handlers():
    """Makes SIGTERM and SIGHUP end the process by way of the cleanups (SIGINT does so already)."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _on_signal)


atexit.register(_clean)


def bound(arguments, user=None, dies_by="KILL"):
    """The command with which a process dies with this one, and runs as another user if this is root."""
    command = ["setpriv", "--pdeathsig", dies_by]
    if user and os.geteuid() == 0:
        command += ["--reuid", user, "--regid", user, "--clear-groups"]
    return command + [str(argument) for argument in arguments]


def temporary_dir(name):
    """A folder with a short path (sockets lie in it) that the user of PostgreSQL can reach; gone at exit."""
    path = pathlib.Path(tempfile.mkdtemp(prefix=f"sam-{name}-", dir=os.environ.get("SAMORDNAD_TMP", "/tmp")))
    path.chmod(0o711)
    _at_exit(lambda: shutil.rmtree(path, ignore_errors=True))
    return path


@functools.cache
def secrets_key():
    """The file of the key under which this process's databases keep what is secret (setting secrets_key)."""
    path = temporary_dir("key") / "secrets_key"
    path.touch(0o600)
    path.write_text(base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
    return path


def wait_until(condition, timeout_s=None, what=None, interval_s=0.02):
    """Calls condition until what it returns is true, and returns that. Never returns without it."""
    deadline = time.monotonic() + (DEADLINE_S if timeout_s is None else timeout_s)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain: {what or getattr(condition, '__doc__', None) or condition}")
        time.sleep(interval_s)


# ---- PostgreSQL ---------------------------------------------------------------------------------------------------


class Cluster:
    """A PostgreSQL cluster of one's own: on a unix socket, on no port; gone at exit. fsync=True: durable commits.
    server: its process, None while it is stopped.
    """

    def __init__(self, fsync=False, settings=None):
        self.path = temporary_dir("pg")
        self.data = self.path / "data"
        self._numbers = itertools.count(1)
        self._templates = {}
        self.server = None
        self._log = None
        self.path.chmod(0o700)  # whoever reaches the socket is trusted
        if os.geteuid() == 0:
            shutil.chown(self.path, POSTGRES_USER, POSTGRES_USER)
        self._settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.path),
            "max_connections": "100",
            "shared_buffers": "64MB",
            "timezone": "UTC",
            "fsync": "on" if fsync else "off",
            "full_page_writes": "on" if fsync else "off",
            "autovacuum_naptime": "10s",
            "log_min_messages": "warning",
            "log_error_verbosity": "terse",  # as the README demands: else errors quote rows
            **(settings or {}),
        }
        made = subprocess.run(
            bound([POSTGRES_BIN / "initdb", "-D", self.data, "-U", POSTGRES_USER, "-A", "trust", "-E", "UTF8",
                   "--locale=C.UTF-8", "--no-sync", "--no-instructions"], POSTGRES_USER),
            cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if made.returncode != 0:
            raise RuntimeError(f"initdb failed:\n{made.stdout}")
        _at_exit(self.stop)
        self.start()
        Database(self, "postgres").run(f"create role {DAEMON_ROLE} login")

    def start(self):
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        self._log = open(self.path / "log", "ab")
        self.server = subprocess.Popen(
            bound([POSTGRES_BIN / "postgres", "-D", self.data, *options], POSTGRES_USER, "QUIT"),
            cwd="/", stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, start_new_session=True)
        wait_until(self._is_ready, what="PostgreSQL to accept connections", interval_s=0.05)

    def _is_ready(self):
        if self.server.poll() is not None:
            raise RuntimeError(f"PostgreSQL ended at once:\n{(self.path / 'log').read_text()[-2000:]}")
        return subprocess.run([POSTGRES_BIN / "pg_isready", "-q", "-h", str(self.path)]).returncode == 0

    def stop(self, how="INT"):
        """INT: connections are closed. QUIT: like a crash, the next start recovers."""
        if self.server is None:
            return
        self.resume()
        self.server.send_signal(getattr(signal, f"SIG{how}"))
        try:
            self.server.wait(30)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
        self.server = None
        self._log.close()
        check_no_person((self.path / "log").read_bytes(), "PostgreSQL's log")

    def pause(self):
        """Stops the postmaster and every backend where they are: a database that is silent. resume() wakes them."""
        self._signal_all(signal.SIGSTOP)

    def resume(self):
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number):
        postmaster = self.server.pid
        for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                if int(status.read_text().rsplit(")", 1)[1].split()[1]) == postmaster:
                    os.kill(int(status.parent.name), number)
            except (OSError, IndexError):
                continue  # it ended meanwhile
        os.kill(postmaster, number)

    def dsn(self, database, user=POSTGRES_USER):
        return f"host={self.path} user={user} dbname={database}"

    def database(self, clock=True):
        """A fresh migrated database, a copy of one that is migrated once. clock: with the tests' clock."""
        if clock not in self._templates:
            name = f"template_{'clock' if clock else 'plain'}"
            self._create(name)
            command("migrate", "--set", f"database={self.dsn(name)}", "--set", f"daemon_role={DAEMON_ROLE}")
            if clock:
                Database(self, name).run_file(ROOT / "tests" / "system" / "clock.sql")
            self._templates[clock] = name
        name = f"t{next(self._numbers)}"
        self._create(name, self._templates[clock])
        return Database(self, name)

    def empty_database(self):
        name = f"t{next(self._numbers)}"
        self._create(name)
        return Database(self, name)

    def copy(self, database):
        """As a dump of it, restored under another name; nobody is connected to it."""
        name = f"t{next(self._numbers)}"
        self._create(name, database.name)
        return Database(self, name)

    def _create(self, name, template="template0"):
        Database(self, "postgres").run(f"create database {name} template {template}")


class Connection:
    """A connection for one query at a time: PostgreSQL's simple query protocol on its unix socket."""

    def __init__(self, directory, database):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(f"{directory}/.s.PGSQL.5432")
        self._file = self._socket.makefile("rb")
        start = struct.pack("!i", 196608) + b"".join(
            word.encode() + b"\0" for word in ("user", POSTGRES_USER, "database", database)) + b"\0"
        self._socket.sendall(struct.pack("!i", len(start) + 4) + start)
        self._answer()

    def close(self):
        self._file.close()
        self._socket.close()

    def query(self, sql):
        """The rows, each a dict of texts."""
        text = sql.encode() + b"\0"
        self._socket.sendall(b"Q" + struct.pack("!i", len(text) + 4) + text)
        return self._answer()

    def _answer(self):
        names, rows, error = [], [], None
        while True:
            head = self._file.read(5)
            if not head:
                raise ConnectionError(f"PostgreSQL closed the connection: {error}")
            kind, length = struct.unpack("!ci", head)
            body = self._file.read(length - 4)
            if kind == b"T":
                names = self._names(body)
            elif kind == b"D":
                rows.append(dict(zip(names, self._values(body))))
            elif kind == b"E":
                error = body.replace(b"\0", b" ").decode(errors="replace")
            elif kind == b"Z":
                if error:
                    raise RuntimeError(f"PostgreSQL: {error}")
                return rows

    @staticmethod
    def _names(body):
        (count,), at, names = struct.unpack_from("!h", body), 2, []
        for _ in range(count):
            end = body.index(b"\0", at)
            names.append(body[at:end].decode())
            at = end + 19
        return names

    @staticmethod
    def _values(body):
        (count,), at, values = struct.unpack_from("!h", body), 2, []
        for _ in range(count):
            (length,), at = struct.unpack_from("!i", body, at), at + 4
            values.append(None if length < 0 else body[at:at + length].decode())
            at += max(length, 0)
        return values


class Database:
    """A database, written by psql and read over a connection that is kept: most tests wait for what a query shows, and
    a process for each look would cost more than all that is looked at. Not for several threads.
    """

    def __init__(self, cluster, name):
        self.cluster, self.name, self.dsn = cluster, name, cluster.dsn(name)
        self.daemon_dsn = cluster.dsn(name, DAEMON_ROLE)
        self._connection = None
        self._server = None  # that it is a connection to

    def _psql(self, arguments, text=None):
        done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.dsn, *arguments],
                              input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"psql: {done.stderr.strip()}")
        return done.stdout

    def run(self, sql):
        """Runs statements, each on its own (not in one transaction)."""
        self._psql(["-f", "-"], sql)

    def run_file(self, path):
        self._psql(["-1", "-f", str(path)])

    def lines(self, sql):
        """What a script of several statements prints, as bare lines."""
        return self._psql(["-A", "-t", "-f", "-"], sql).splitlines()

    @contextlib.contextmanager
    def session(self):
        """A psql that stays: what is written to it is done at once."""
        with subprocess.Popen(["psql", "-X", "-q", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.dsn], stdin=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, text=True, bufsize=1) as psql:
            yield psql.stdin
            psql.stdin.close()

    def rows(self, sql, **values):
        """The rows of one query, each a dict of strings (None: null). :'name' in it stands for a quoted value."""
        sql = re.sub(r":'(\w+)'", lambda name: "'{}'".format(str(values[name[1]]).replace("'", "''")), sql)
        if self._server is not self.cluster.server:
            self._connection, self._server = Connection(self.cluster.path, self.name), self.cluster.server
        return self._connection.query(sql)

    def value(self, sql, **values):
        """The only value of the only row, or None if there is no row."""
        rows = self.rows(sql, **values)
        return next(iter(rows[0].values())) if rows else None


def command(*arguments, check=True, text=None):
    """Runs a verb of samordnad to its end. check: anything but exit code 0 is an error."""
    done = subprocess.run([str(SAMORDNAD), *map(str, arguments)], input=text, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=DEADLINE_S * 2)
    if check and done.returncode != 0:
        raise AssertionError(f"samordnad {arguments[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


# ---- Time ---------------------------------------------------------------------------------------------------------


def local(text):
    """"2026-05-04T09:00" in Swedish local time, the first of a doubled hour; with an offset or Z: that instant."""
    if isinstance(text, datetime.datetime):
        return text
    instant = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return instant if instant.tzinfo else instant.replace(tzinfo=STOCKHOLM)


def wire(instant):
    """An instant as it goes over the wire: RFC 3339 with the offset of Stockholm."""
    return local(instant).astimezone(STOCKHOLM).isoformat()


def same_instant(one, other):
    return local(one) == local(other)


class Clock:
    """The legal clock of a test's database. It goes on from where it is set."""

    def __init__(self, database):
        self._database = database
        self._ahead = datetime.timedelta(0)

    def now(self):
        return datetime.datetime.now(UTC) + self._ahead

    def set(self, instant):
        """Sets the clock without looking at what falls due on the way: as after an outage."""
        instant = local(instant)
        self._database.rows("select samordnad.test_clock_set(:'instant')", instant=instant.isoformat())
        self._ahead = instant - datetime.datetime.now(UTC)

    def next_due(self):
        text = self._database.value("select to_char(min(next_due) at time zone 'UTC', "
                                    "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') from samordnad.episode")
        return local(text) if text else None

    def step(self):
        """Goes to the next instant at which something is due and waits until it has been looked at; returns it."""
        due = self.next_due()
        if due is None:
            raise AssertionError("nothing is due")
        self.advance(due)
        return due

    def advance(self, instant, grain_s=0):
        """Goes to the instant by way of everything that falls due up to it, and waits until that is done; returns how
        many steps that took. What falls due within grain_s is looked at together.
        """
        instant = local(instant)
        steps = self._database.value("call samordnad.test_clock_advance(:'instant', :'grain', :'patience', 0)",
                                     instant=instant.isoformat(), grain=f"{grain_s} s", patience=f"{DEADLINE_S} s")
        self._ahead = max(self._ahead, instant - datetime.datetime.now(UTC))
        return int(steps)


# ---- HTTP ---------------------------------------------------------------------------------------------------------


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(self._path)
        except OSError:
            self.close()
            raise


class Address:
    """Where a daemon listens: "127.0.0.1:8612" or "unix:/path", as in the setting `listen`."""

    def __init__(self, text):
        self.text = text

    def connect(self, timeout_s=None):
        """A plain connected socket."""
        timeout_s = DEADLINE_S if timeout_s is None else timeout_s
        if self.text.startswith("unix:"):
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(timeout_s)
            connection.connect(self.text[5:])
            return connection
        host, port = self.text.rsplit(":", 1)
        return socket.create_connection((host.strip("[]"), int(port)), timeout_s)

    def http(self, timeout_s=None):
        timeout_s = DEADLINE_S if timeout_s is None else timeout_s
        if self.text.startswith("unix:"):
            return _UnixConnection(self.text[5:], timeout_s)
        host, port = self.text.rsplit(":", 1)
        return http.client.HTTPConnection(host.strip("[]"), int(port), timeout=timeout_s)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        media_type = headers.get("Content-Type", "").split(";")[0].strip()
        self.json = json.loads(body) if media_type.endswith("json") and body else None

    def __repr__(self):
        return f"{self.status} {self.body[:1000].decode(errors='replace')}"


class Schemas:
    """The schemas of proto/, found by file name, and which of them speaks of which exchange."""

    # method, path, status → schema of the answer's body. Every JSON answer must have its row; errors are problems.
    ANSWERS = [
        ("POST", r"/v1/messages", 200, "results.json"),
        ("POST", r"/v1/episodes/search", 200, "episodes.json"),
        ("POST", r"/v1/patients/search", 200, "patients.json"),
        ("GET", r"/v1/patients/[^/]+/contacts", 200, "contacts.json"),
        ("GET", r"/v1/patients/[^/]+/access-log", 200, "access_log.json"),
        ("GET", r"/v1/episodes/[^/]+", 200, "episode.json"),
        ("GET", r"/v1/tasks", 200, "tasks.json"),
        ("GET", r"/v1/feed", 200, "feed.json"),
        ("GET", r"/v1/units/[^/]+", 200, "unit.json"),
        ("GET", r"/v1/units/[^/]+/staff", 200, "unit_staff.json"),
        ("GET", r"/v1/units/[^/]+/slots", 200, "unit_slots.json"),
        ("GET", r"/v1/units/[^/]+/hours", 200, "unit_hours.json"),
        ("GET", r"/v1/units/[^/]+/policy", 200, "unit_policy.json"),
        ("GET", r"/v1/units/[^/]+/standing-decisions", 200, "unit_standing_decisions.json"),
        ("PUT", r"/v1/units/.+", 200, "register_change.json"),
        ("GET", r"/v1/endpoints", 200, "endpoints.json"),
        ("POST", r"/v1/endpoints", 201, "endpoint.json"),
        ("GET|PATCH", r"/v1/endpoints/[0-9]+", 200, "endpoint.json"),
        ("POST", r"/v1/endpoints/[0-9]+/(rotate|pause|resume)", 200, "endpoint.json"),
        ("GET", r"/v1/endpoints/[0-9]+/deliveries", 200, "deliveries.json"),
        ("POST", r"/v1/deliveries/replay", 200, "replayed.json"),
        ("GET", r"/v1/reports/follow-up", 200, "report_follow_up.json"),
        ("GET", r"/v1/reports/betalningsansvar", 200, "report_betalningsansvar.json"),
        ("GET", r"/status", 200, "status.json"),
        ("GET", r"/livez|/readyz", 200, None),  # one word
        ("GET", r"/schemas/[^/]+", 200, None),  # a schema itself
    ]

    def __init__(self):
        self._documents = {path.name: json.loads(path.read_text()) for path in SCHEMAS.glob("*.json")}
        # Schemas name each other by $id or by file name; both are found here and nothing is fetched.
        self._store = {}
        for name, document in self._documents.items():
            self._store[document.get("$id", name)] = document
            self._store[name] = document
        self._of_thread = threading.local()  # a RefResolver's stack of scopes is one thread's
        self._statuses = self._read_statuses()

    # Of HTTP itself, whatever the operation: openapi.yaml need not list them.
    ANYWHERE = {405, 408, 413, 414, 417, 431, 501, 503, 505}

    @staticmethod
    def _read_statuses():
        """What openapi.yaml lists: (method, path as a pattern) → statuses. No YAML reader is at hand."""
        statuses, path, method = {}, None, None
        for line in (SCHEMAS.parent / "openapi.yaml").read_text().splitlines():
            if line.startswith("  /"):
                path = re.sub(r"\\{[a-z]+\\}", "[^/]+", re.escape(line.strip().removesuffix(":")))
            elif found := re.fullmatch(r"    (get|post|put|patch|delete):", line):
                method = found[1].upper()
            elif path and (found := re.fullmatch(r'        "(\d{3})":', line)):
                statuses.setdefault((method, path), set()).add(int(found[1]))
            elif line == "webhooks:":
                break
        return statuses

    def _check_status(self, method, path, what, status):
        for (listed, pattern), statuses in self._statuses.items():
            if listed == ("GET" if method == "HEAD" else method) and re.fullmatch(pattern, path):
                if status not in statuses | self.ANYWHERE:
                    raise AssertionError(f"{what} is not in openapi.yaml")
                return

    def has(self, name):
        return name in self._documents

    def check(self, name, value, what):
        """Raises an AssertionError that says where the value breaks the schema."""
        validators = vars(self._of_thread).setdefault("validators", {})
        if name not in validators:
            document = self._documents[name]
            jsonschema.Draft202012Validator.check_schema(document)
            resolver = jsonschema.RefResolver(document.get("$id", name), document, store=self._store,
                                              handlers={scheme: self._refuse for scheme in ("http", "https", "file")})
            validators[name] = jsonschema.Draft202012Validator(
                document, resolver=resolver, format_checker=jsonschema.draft202012_format_checker)
        problems = sorted(validators[name].iter_errors(value), key=lambda error: list(error.absolute_path))
        if problems:
            lines = "\n".join(f"  /{'/'.join(map(str, problem.absolute_path))}: {problem.message[:300]}"
                              for problem in problems[:8])
            raise AssertionError(f"{what} breaks {name}:\n{lines}")

    @staticmethod
    def _refuse(uri):
        raise AssertionError(f"a schema names {uri}, which is not in proto/schemas")

    def check_answer(self, method, target, answer):
        path = urllib.parse.urlsplit(target).path
        what = f"the answer {answer.status} to {method} {path}"
        media_type = answer.headers.get("Content-Type", "").split(";")[0].strip()
        self._check_status(method, path, what, answer.status)
        if answer.status >= 400:
            if media_type != "application/problem+json":
                raise AssertionError(f"{what} is {media_type or 'without a media type'}, not a problem")
            if method != "HEAD":
                self.check("problem.json", answer.json, what)
                if answer.json["status"] != answer.status:
                    raise AssertionError(f"{what} says status {answer.json['status']}")
        elif media_type.endswith("json") and method != "HEAD":
            names = [name for row_method, pattern, status, name in self.ANSWERS
                     if re.fullmatch(row_method, method) and answer.status == status and re.fullmatch(pattern, path)]
            if not names:
                raise AssertionError(f"{what} is JSON that no schema speaks of: add a row to ANSWERS")
            if names[0] is not None:
                self.check(names[0], answer.json, what)

    # method and path → schema of a question that was answered.
    QUESTIONS = {r"POST /v1/episodes/search": "episodes_search.json", r"POST /v1/patients/search": "patients_search.json",
                 r"POST /v1/endpoints": "endpoint_create.json", r"PATCH /v1/endpoints/[0-9]+": "endpoint_change.json",
                 r"POST /v1/endpoints/[0-9]+/rotate": "endpoint_rotate.json",
                 r"POST /v1/deliveries/replay": "replay.json"}

    def check_request(self, method, target, headers, body, answer):
        """A message that was taken, a question that was answered, must be one that the contract allows."""
        path = urllib.parse.urlsplit(target).path
        for pattern, name in self.QUESTIONS.items():
            if re.fullmatch(pattern, f"{method} {path}") and answer.status < 300:
                self.check(name, json.loads(body), f"a question to {path} that was answered")
        if method != "POST" or path != "/v1/messages" or answer.status != 200:
            return
        kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
        kind = kind.split(";")[0].strip().lower()
        if kind == "application/cloudevents-batch+json":
            events = [event for event, result in zip(json.loads(body), answer.json["results"])
                      if "result" in result]
        elif kind == "application/cloudevents+json":
            events = [json.loads(body)]
        else:
            event = {name.lower()[3:]: urllib.parse.unquote(value)
                     for name, value in headers.items() if name.lower().startswith("ce-")}
            events = [{**event, "data": json.loads(body)}]
        for event in events:
            message = event["type"].removeprefix("samordnad.").removesuffix(".v1")
            self.check(f"{message}.json", event, f"a {message} that was taken")

    def check_notice(self, event):
        """A notice, pushed or pulled."""
        self.check("notice.json", event, "a notice")


_schemas = None


def schemas():
    global _schemas
    if _schemas is None:
        _schemas = Schemas()
    return _schemas


class Client:
    """Speaks HTTP with a daemon and checks every exchange. One connection, kept open; not for several threads."""

    def __init__(self, address, token=None, source=None, now=None, person=None):
        self.address = address if isinstance(address, Address) else Address(address)
        self.token, self.source, self.person = token, source, person
        self._now = now or (lambda: datetime.datetime.now(UTC))
        self._connection = None

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def request(self, method, target, body=None, headers=None, timeout_s=None):
        """One exchange. body: bytes, text, or anything that becomes JSON."""
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body, ensure_ascii=False)
            headers.setdefault("Content-Type", "application/json")
        if isinstance(body, str):
            body = body.encode()
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if self.person is not None:
            headers.setdefault("samordnad-person", self.person)
        answer = self._exchange(method, target, body, headers, timeout_s)
        schemas().check_answer(method, target, answer)
        schemas().check_request(method, target, headers, body, answer)
        return answer

    def _exchange(self, method, target, body, headers, timeout_s):
        fresh = self._connection is None
        try:
            if fresh:
                self._connection = self.address.http(timeout_s)
            elif self._connection.sock is not None:
                self._connection.sock.settimeout(DEADLINE_S if timeout_s is None else timeout_s)
            self._connection.request(method, target, body, headers)
            response = self._connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # A kept connection may be closed at any time between two requests; whether the request was taken is
            # not known, so only one that is safe to repeat is: the door knows a message by its id.
            self.close()
            if fresh:
                raise
            return self._exchange(method, target, body, headers, timeout_s)
        except Exception:
            self.close()
            raise
        if response.will_close:
            self.close()
        if answer.status >= 400 or target.startswith(("/status", "/metrics")):
            check_no_person(answer.body, f"the answer {answer.status} to {method} {target}")
        return answer

    def get(self, target, **more):
        return self.request("GET", target, **more)

    def wait_until_known(self):
        """Until the daemon has read the register with this token in it. As from afar: else /status asks for none."""
        wait_until(lambda: self.get("/status", headers={"X-Forwarded-For": "192.0.2.1"}).status not in (401, 503),
                   what="the token to be known")

    def event(self, message, data, encounter=None, episode=None, source=None, id=None, time=None, **attributes):
        """A message as a CloudEvent. encounter or episode fills data.episode; time: text, instant; absent: now."""
        data = dict(data)
        if encounter is not None:
            data["episode"] = {"encounter": encounter}
        elif episode is not None:
            data["episode"] = {"id": episode}
        source = source or self.source
        return {
            "specversion": "1.0",
            "id": id or f"{uuid.uuid4()}",
            "source": source,
            "type": f"samordnad.{message}.v1",
            "time": wire(time if time is not None else self._now()),
            "datacontenttype": "application/json",
            **attributes,
            "data": data,
        }

    def post_event(self, event, mode="structured"):
        """Posts one event, or in mode "batch" one event or a list of them."""
        if mode == "structured":
            return self.request("POST", "/v1/messages", json.dumps(event, ensure_ascii=False),
                                {"Content-Type": "application/cloudevents+json"})
        if mode == "batch":
            events = event if isinstance(event, list) else [event]
            return self.request("POST", "/v1/messages", json.dumps(events, ensure_ascii=False),
                                {"Content-Type": "application/cloudevents-batch+json"})
        headers = {f"ce-{name}": urllib.parse.quote(str(value), safe="!#$&'()*+,/:;=?@[]~ -._")
                   for name, value in event.items() if name not in ("data", "datacontenttype")}
        headers["Content-Type"] = "application/json"
        return self.request("POST", "/v1/messages", json.dumps(event["data"], ensure_ascii=False), headers)

    def post_message(self, message, data, mode="structured", expect=None, **attributes):
        """Posts a message. expect: the `result` that the answer must have ("applied"); else any answer is good."""
        answer = self.post_event(self.event(message, data, **attributes), mode)
        if expect is not None:
            result = answer.json.get("result") if answer.status == 200 and mode != "batch" else None
            if result != expect:
                raise AssertionError(f"{message}: {expect} was to be the answer, not {answer!r}")
        return answer

    def episode(self, id):
        answer = self.get(f"/v1/episodes/{id}")
        if answer.status != 200:
            raise AssertionError(f"episode {id}: {answer!r}")
        return answer.json

    def feed(self, unit, after=0, limit=100, wait_s=None):
        """The notices of a unit's feed after a seq, all pages of it; each is checked against its schema."""
        notices = []
        while True:
            query = {"unit": unit, "after": after, "limit": limit}
            if wait_s is not None and not notices:
                query["wait"] = wait_s
            answer = self.get(f"/v1/feed?{urllib.parse.urlencode(query)}")
            if answer.status != 200:
                raise AssertionError(f"feed of {unit}: {answer!r}")
            page = answer.json["events"]
            for event in page:
                schemas().check_notice(event)
            notices += page
            if len(page) < limit:
                return notices
            after = answer.json["next_after"]

    def tasks(self, unit, **query):
        """The unit's worklist, all pages of it."""
        tasks, after = [], None
        while True:
            more = {"after": after} if after is not None else {}
            answer = self.get(f"/v1/tasks?{urllib.parse.urlencode({'unit': unit, **query, **more})}")
            if answer.status != 200:
                raise AssertionError(f"tasks of {unit}: {answer!r}")
            tasks += answer.json["tasks"]
            after = answer.json.get("next")
            if after is None:
                return tasks


# ---- The daemon ---------------------------------------------------------------------------------------------------


def free_port():
    """A port of loopback that is free now. Another may take it before it is used: prefer a unix socket."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def port_is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


class Daemon:
    """`samordnad serve` on a database of its own choice. listen: None for a unix socket, "tcp" for a free port."""

    SETTINGS = {
        "push_allow_http": "on",
        "push_allowed_networks": "127.0.0.0/8",
    }
    ALARMS = ("AddressSanitizer", "LeakSanitizer", "runtime error:", "event=abort")

    def __init__(self, database, listen=None, start=True, **settings):
        self.path = temporary_dir("d")
        if listen is None:
            listen = f"unix:{self.path}/http"
        elif listen == "tcp":
            listen = f"127.0.0.1:{free_port()}"
        self.address = Address(listen)
        self.settings = {"database": getattr(database, "daemon_dsn", database), "listen": listen, "secrets_key": secrets_key(),
                         **self.SETTINGS, **settings}
        if not listen.startswith("unix:"):
            self.settings.setdefault("base_url", f"http://{listen}")
        self.config = self.path / "samordnad.conf"
        self.log_path = self.path / "log"
        self.process = None
        self._log = None
        self.write_settings()
        _at_exit(self.kill)
        if start:
            self.start()

    def write_settings(self, **changes):
        self.settings.update(changes)
        self.config.write_text("".join(f"{name} = {value}\n" for name, value in self.settings.items()))

    def start(self, wait=True):
        self._log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            bound([SAMORDNAD, "serve", "--config", self.config]), stdin=subprocess.DEVNULL, stdout=self._log,
            stderr=self._log, start_new_session=True)
        if wait:
            wait_until(self.is_ready, what="the daemon to be ready")

    def is_ready(self, query=""):
        """/readyz answers 200; query "?door": and it is the door."""
        if self.process.poll() is not None:
            raise AssertionError(f"the daemon ended with {self.process.returncode}:\n{self.log()[-4000:]}")
        with contextlib.closing(self.address.http(5)) as connection:
            try:
                connection.request("GET", f"/readyz{query}")
                return connection.getresponse().status == 200
            except (OSError, http.client.HTTPException):
                return False

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def stop(self):
        """SIGTERM; returns the exit code. What a sanitizer or a failed `require` wrote is an error."""
        if self.process is None:
            return None
        self.check_process()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the daemon did not end at SIGTERM:\n{self.log()[-4000:]}") from None
        self.process = None
        self._log.close()
        self.check_log()
        return code

    def kill(self):
        """SIGKILL, at whatever instruction it is."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        self.process = None
        self._log.close()
        check_no_person(self.log(), "the daemon's log")

    def check_process(self):
        """What anyone on the machine can read of it while it runs."""
        for name in ("cmdline", "environ"):
            with contextlib.suppress(OSError):
                check_no_person(pathlib.Path(f"/proc/{self.process.pid}/{name}").read_bytes(), f"the process's {name}")

    def check_log(self):
        text = self.log()
        check_no_person(text, "the daemon's log")
        for alarm in self.ALARMS:
            at = text.find(alarm)
            if at >= 0:
                raise AssertionError(f"the daemon's log:\n{text[max(0, at - 500):at + 4000]}")


def gauge(daemon, name):
    """A number of a daemon's /metrics, asked over a connection of its own."""
    connection = daemon.address.http()
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return int(re.search(rf"^samordnad_{re.escape(name)} (\d+)", text, re.M).group(1))


def create_client(database, name, roles, units=(), days=None):
    """`samordnad client create`: returns the token. It also makes the first admin."""
    arguments = ["client", "create", name, "--set", f"database={database.dsn}", "--roles", ",".join(roles)]
    if units:
        arguments += ["--units", ",".join(units)]
    if days is not None:
        arguments += ["--days", str(days)]
    words = command(*arguments).stdout.split()
    if not words:
        raise AssertionError("client create printed no token")
    return words[-1]


def load_region(database, region):
    """`samordnad load`: region is a dict in the shape of the file, or a path. Returns what it printed."""
    settings = ("--set", f"database={database.dsn}", "--set", "push_allow_http=on",
                "--set", "push_allowed_networks=127.0.0.0/8", "--set", f"secrets_key={secrets_key()}")
    if isinstance(region, (str, os.PathLike)):
        return command("load", region, *settings).stdout
    path = temporary_dir("region") / "region.json"
    path.write_text(json.dumps(region, ensure_ascii=False))
    return command("load", path, *settings).stdout


# ---- unittest -----------------------------------------------------------------------------------------------------

_cluster = None


def cluster():
    """The cluster that the tests of this process share."""
    global _cluster
    if _cluster is None:
        _cluster = Cluster()
    return _cluster


class Case(unittest.TestCase):
    """A class of tests with a fresh database; with a running daemon unless serve is False."""

    region = None    # what to load first
    settings = {}    # of the daemon
    serve = True
    listen = None
    start_at = None  # where the legal clock stands at first
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        install_signal_handlers()
        cls.database = cluster().database()
        cls.clock = Clock(cls.database)
        if cls.start_at is not None:
            cls.clock.set(cls.start_at)
        if cls.region is not None:
            load_region(cls.database, cls.region)
        cls.daemons = []
        if cls.serve:
            cls.daemon = cls.start_daemon()

    @classmethod
    def tearDownClass(cls):
        for daemon in cls.daemons:
            if daemon.process is not None:
                code = daemon.stop()
                if code != 0:
                    raise AssertionError(f"the daemon ended with {code}:\n{daemon.log()[-4000:]}")

    @classmethod
    def start_daemon(cls, **more):
        daemon = Daemon(cls.database, more.pop("listen", cls.listen), **{**cls.settings, **more})
        cls.daemons.append(daemon)
        return daemon

    @classmethod
    def client(cls, name, roles, units=(), daemon=None, **more):
        """A new client of the daemon, with a token; its first unit is the source of its messages."""
        token = create_client(cls.database, f"{name}-{secrets.token_hex(3)}", roles, units)
        client = Client((daemon or cls.daemon).address, token, units[0] if units else None, cls.clock.now, **more)
        cls.addClassCleanup(client.close)
        client.wait_until_known()
        return client

    def wait_until(self, condition, timeout_s=None, what=None):
        return wait_until(condition, timeout_s, what)

    def run(self, result=None):
        """The end of each daemon's log stands with a failure."""
        before = _faults(result)
        super().run(result)
        if _faults(result) > before:
            for number, daemon in enumerate(getattr(self, "daemons", [])):
                print(f"---- daemon {number}'s log ends ----\n{daemon.log()[-3000:]}", file=sys.stderr)
        return result


def _faults(result):
    return len(result.failures) + len(result.errors) if result is not None else 0


def main():
    install_signal_handlers()
    unittest.main(verbosity=2)
