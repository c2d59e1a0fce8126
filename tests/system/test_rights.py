"""Who may see, do and say what (contract.md §4; domain.md A9, A11, B11, G6): every route and every type of message, by
every role and kind of unit, on what is its own, another unit's of its organisation, another organisation's, and not there.
The tables below say what must come out; a route or a type of the daemon's that they lack is a failure, and one too many.
No client is without a role (the register refuses it), so who has none is who has no token.
"""

import hashlib
import itertools
import json
import re
import signal

import harness
import region
from harness import command

# ---- The region: of each kind of unit one's own, another of the same organisation, and one of another organisation -----

REGION, KOMMUN, OTHER_REGION, OTHER_KOMMUN = "SE2321000131-", "SE2120000142-", "SE2321000016-", "SE2120000180-"
KINDS = {"slutenvard": "H", "primarvard": "V", "specialistoppenvard": "O", "kommunal_hsl": "K", "socialtjanst": "S",
         "ekonomi": "E"}
MUNICIPAL = ("kommunal_hsl", "socialtjanst", "ekonomi")
MOTTAGARE = ("primarvard", "specialistoppenvard", "kommunal_hsl", "socialtjanst")  # A4: an ekonomi is none
KOMMUNKOD = {"own": "1480", "sister": "1480", "foreign": "0180"}


def unit(kind, whose):
    own, foreign = (KOMMUN, OTHER_KOMMUN) if kind in MUNICIPAL else (REGION, OTHER_REGION)
    return {"own": f"{own}{KINDS[kind]}0001", "sister": f"{own}{KINDS[kind]}0002", "foreign": f"{foreign}{KINDS[kind]}0001",
            "unknown": f"{own}{KINDS[kind]}0009"}[whose]


def rights_region():
    units = []
    for kind in KINDS:
        for whose, kommun in KOMMUNKOD.items():
            hsa_id = unit(kind, whose)
            staff = [region.person(f"{hsa_id}P000{number}", f"Person {number}", profession) for number, profession in
                     ((1, "distriktsskoterska"), (2, "sjukskoterska"), (3, "sjukskoterska"), (4, "lakare"))]
            units.append({"hsa_id": hsa_id, "namn": f"Enheten {hsa_id}", "slag": kind,
                          "region": "01" if whose == "foreign" else "14", "staff": staff,
                          "verksamhetschef": f"{hsa_id}P0003", **({"kommun": kommun} if kind != "slutenvard" else {})})
    return {"units": units}


# ---- Routes -------------------------------------------------------------------------------------------------------------

# What an answer is. EMPTY: 200, and there is nothing in it. Who has no valid token has 401 wherever a role is asked for.
OK, EMPTY = 200, "empty"

# A route on what is one's own, a sister unit's (of one's organisation), another organisation's (foreign), or unknown; and
# what it answers to tokens of one unit of the kinds slutenvard (role hospital), primarvard and specialistoppenvard,
# kommunal_hsl and socialtjanst, ekonomi (role unit), of whole organisations (whole), and of the roles ops and admin.
# "-": of no particular thing.
COLUMNS = ("ward", "oppen", "kommun", "ekonomi", "whole", "ops", "admin")
ROUTES = (
    # What was said is looked into in MESSAGES.
    ("POST /v1/messages", "own",                     (OK, OK, OK, 403, OK, 403, 403)),  # it is a mottagare's message
    # A unit finds the stays and patients that it has to do with; to ops and admin there are none.
    ("POST /v1/episodes/search", "own",              (OK, OK, OK, EMPTY, OK, 403, 403)),
    ("POST /v1/episodes/search", "sister",           (404, 404, 404, 404, OK, 403, 403)),
    ("POST /v1/episodes/search", "foreign",          (404, 404, 404, 404, 404, 403, 403)),
    ("POST /v1/episodes/search", "unknown",          (404, 404, 404, 404, 404, 403, 403)),
    ("POST /v1/patients/search", "own",              (OK, OK, OK, EMPTY, OK, 403, 403)),
    ("POST /v1/patients/search", "sister",           (EMPTY, EMPTY, EMPTY, EMPTY, OK, 403, 403)),
    ("POST /v1/patients/search", "foreign",          (EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, 403, 403)),
    ("POST /v1/patients/search", "unknown",          (EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, 403, 403)),
    ("GET /v1/patients/{id}/contacts", "own",        (OK, OK, OK, 404, OK, 403, 403)),
    ("GET /v1/patients/{id}/contacts", "sister",     (404, 404, 404, 404, OK, 403, 403)),
    ("GET /v1/patients/{id}/contacts", "foreign",    (404, 404, 404, 404, 404, 403, 403)),
    ("GET /v1/patients/{id}/contacts", "unknown",    (404, 404, 404, 404, 404, 403, 403)),
    ("GET /v1/patients/{id}/access-log", "own",      (OK, OK, OK, 404, OK, 403, 403)),
    ("GET /v1/patients/{id}/access-log", "sister",   (404, 404, 404, 404, OK, 403, 403)),
    ("GET /v1/patients/{id}/access-log", "foreign",  (404, 404, 404, 404, 404, 403, 403)),
    ("GET /v1/patients/{id}/access-log", "unknown",  (404, 404, 404, 404, 404, 403, 403)),
    ("GET /v1/episodes/{id}", "own",                 (OK, OK, OK, 404, OK, 403, 403)),
    ("GET /v1/episodes/{id}", "sister",              (404, 404, 404, 404, OK, 403, 403)),
    ("GET /v1/episodes/{id}", "foreign",             (404, 404, 404, 404, 404, 403, 403)),
    ("GET /v1/episodes/{id}", "unknown",             (404, 404, 404, 404, 404, 403, 403)),
    ("GET /v1/tasks", "own",                         (OK, OK, OK, OK, OK, 403, 403)),
    ("GET /v1/tasks", "sister",                      (404, 404, 404, 404, OK, 403, 403)),
    ("GET /v1/tasks", "foreign",                     (404, 404, 404, 404, 404, 403, 403)),
    ("GET /v1/tasks", "unknown",                     (404, 404, 404, 404, 404, 403, 403)),
    ("GET /v1/feed", "own",                          (OK, OK, OK, OK, OK, 403, 403)),
    ("GET /v1/feed", "sister",                       (404, 404, 404, 404, OK, 403, 403)),
    ("GET /v1/feed", "foreign",                      (404, 404, 404, 404, 404, 403, 403)),
    ("GET /v1/feed", "unknown",                      (404, 404, 404, 404, 404, 403, 403)),
    # The register: who has the unit reads it, an admin reads and writes all. {tail} is each of the documents.
    ("GET /v1/units/{hsa}{tail}", "own",             (OK, OK, OK, OK, OK, 403, OK)),
    ("GET /v1/units/{hsa}{tail}", "sister",          (404, 404, 404, 404, OK, 403, OK)),
    ("GET /v1/units/{hsa}{tail}", "foreign",         (404, 404, 404, 404, 404, 403, OK)),
    ("GET /v1/units/{hsa}{tail}", "unknown",         (404, 404, 404, 404, 404, 403, 404)),
    ("PUT /v1/units/{hsa}{tail}", "own",             (403, 403, 403, 403, 403, 403, OK)),
    ("PUT /v1/units/{hsa}{tail}", "foreign",         (403, 403, 403, 403, 403, 403, OK)),
    # Endpoints are the admin's; how deliveries fare is for ops too.
    ("GET /v1/endpoints", "own",                     (403, 403, 403, 403, 403, 403, OK)),
    ("GET /v1/endpoints", "unknown",                 (403, 403, 403, 403, 403, 403, 404)),
    ("POST /v1/endpoints", "own",                    (403, 403, 403, 403, 403, 403, OK)),
    ("GET /v1/endpoints/{id}", "own",                (403, 403, 403, 403, 403, 403, OK)),
    ("GET /v1/endpoints/{id}", "unknown",            (403, 403, 403, 403, 403, 403, 404)),
    ("PATCH /v1/endpoints/{id}", "own",              (403, 403, 403, 403, 403, 403, OK)),
    ("PATCH /v1/endpoints/{id}", "unknown",          (403, 403, 403, 403, 403, 403, 404)),
    ("POST /v1/endpoints/{id}/rotate", "own",        (403, 403, 403, 403, 403, 403, OK)),
    ("POST /v1/endpoints/{id}/rotate", "unknown",    (403, 403, 403, 403, 403, 403, 404)),
    ("POST /v1/endpoints/{id}/test", "own",          (403, 403, 403, 403, 403, 403, OK)),
    ("POST /v1/endpoints/{id}/test", "unknown",      (403, 403, 403, 403, 403, 403, 404)),
    ("GET /v1/endpoints/{id}/deliveries", "own",     (403, 403, 403, 403, 403, OK, OK)),
    ("GET /v1/endpoints/{id}/deliveries", "unknown", (403, 403, 403, 403, 403, 404, 404)),
    ("POST /v1/deliveries/replay", "own",            (403, 403, 403, 403, 403, 403, OK)),
    ("POST /v1/endpoints/{id}/pause", "own",         (403, 403, 403, 403, 403, 403, OK)),
    ("POST /v1/endpoints/{id}/pause", "unknown",     (403, 403, 403, 403, 403, 403, 404)),
    ("POST /v1/endpoints/{id}/resume", "own",        (403, 403, 403, 403, 403, 403, OK)),
    ("POST /v1/endpoints/{id}/resume", "unknown",    (403, 403, 403, 403, 403, 403, 404)),
    ("DELETE /v1/endpoints/{id}", "own",             (403, 403, 403, 403, 403, 403, OK)),
    ("DELETE /v1/endpoints/{id}", "unknown",         (403, 403, 403, 403, 403, 403, 404)),
    # No report holds a patient (domain.md §4): ops and admin see all, others what they took part in.
    ("GET /v1/reports/follow-up", "own",             (OK, OK, OK, OK, OK, OK, OK)),
    ("GET /v1/reports/follow-up", "sister",          (404, 404, 404, 404, OK, OK, OK)),
    ("GET /v1/reports/follow-up", "foreign",         (404, 404, 404, 404, 404, OK, OK)),
    ("GET /v1/reports/follow-up", "unknown",         (404, 404, 404, 404, 404, 404, 404)),
    ("GET /v1/reports/follow-up", "-",               (403, 403, 403, 403, 403, OK, OK)),
    # By hospital, or by the kommun of which one has a municipal unit: open care has neither.
    ("GET /v1/reports/betalningsansvar", "own",      (OK, 404, OK, OK, OK, OK, OK)),
    ("GET /v1/reports/betalningsansvar", "foreign",  (404, 404, 404, 404, 404, OK, OK)),
    ("GET /v1/reports/betalningsansvar", "-",        (403, 403, 403, 403, 403, OK, OK)),
    # From afar; from the machine itself they are open: see Loopback.
    ("GET /status", "-",                             (403, 403, 403, 403, 403, OK, 403)),
    ("GET /metrics", "-",                            (403, 403, 403, 403, 403, OK, 403)),
    # Open to all: they hold neither patients nor units.
    ("GET /livez", "-",                              7 * (OK,)),
    ("GET /readyz", "-",                             7 * (OK,)),
    ("GET /openapi.yaml", "-",                       7 * (OK,)),
    ("GET /schemas/{name}", "own",                   7 * (OK,)),
    ("GET /schemas/{name}", "unknown",               7 * (404,)),
)
TAILS = ("", "/staff", "/slots", "/hours", "/policy", "/standing-decisions")
OPEN = ("/livez", "/readyz", "/openapi.yaml", "/schemas/{name}")

# ---- Messages -----------------------------------------------------------------------------------------------------------

# Who may say it (contract.md §1, `from`, and §4), and of what: a stay, the patient, or the unit itself.
WHO = {
    "ward": {"slutenvard"},  # a hospital's unit
    "vard": {"primarvard", "specialistoppenvard", "kommunal_hsl"},  # a fast vårdkontakt is health care's; social care has none
    "mottagare": set(MOTTAGARE),
    "units": {*MOTTAGARE, "ekonomi"},  # what concerns the sender itself
    "nobody": set(),  # samordnad alone writes it
}
MESSAGES = {
    "inskrivning": ("ward", "new stay"), "behovsbedomning": ("ward", "stay"), "inskrivningsmeddelande": ("ward", "new stay"),
    "ny_beraknad_utskrivning": ("ward", "stay"), "utskrivningsklar": ("ward", "stay"),
    "ej_langre_utskrivningsklar": ("ward", "stay"), "utskrivning": ("ward", "stay"),
    "utskrivningsinformation": ("ward", "stay"), "patientinformation": ("ward", "stay"), "vardform_andrad": ("ward", "stay"),
    "overflyttning": ("ward", "stay"), "permission": ("ward", "stay"), "avliden": ("ward", "stay"),
    "patient_uppdaterad": ("ward", "stay"),
    "makulering": ("ward units", "stay"), "mottagare_andrad": ("ward mottagare", "stay"), "sip_behov": ("ward mottagare", "stay"),
    "samtycke": ("ward mottagare", "stay"),
    "fast_kontakt": ("ward mottagare", "patient"), "sparr": ("ward mottagare", "patient"),
    "fast_vardkontakt": ("vard", "stay"), "begaran_fast_vardkontakt": ("vard", "patient"),
    "sip_kallelse": ("mottagare", "stay"), "kallelse_svar": ("mottagare", "stay"), "sip": ("mottagare", "stay"),
    "sip_uppfoljning": ("mottagare", "stay"), "vardplan_justerad": ("mottagare", "stay"), "ej_berord": ("mottagare", "stay"),
    "avvisning": ("mottagare", "stay"), "insatser_status": ("mottagare", "stay"),
    "kvittens": ("units", "stay"), "personal": ("units", "unit"),
    "sip_bokning": ("nobody", None), "tidigare_vardtillfalle": ("nobody", None), "enhet": ("nobody", None),
}

# A message that its kind of unit may say, by whose token, in whose name. What is said of a stay in the name of a unit that
# has no part in it: 404; but any ward of the hospital may speak of its stays. The body of a 403 names /source or /type.
#   token       source      of a stay   of a patient or the unit
SPEAKERS = (
    ("one unit",  "own",     OK,         OK),
    ("one unit",  "sister",  403,        403),  # not yours to send
    ("one unit",  "foreign", 403,        403),
    ("one unit",  "unknown", 403,        403),
    ("whole",     "own",     OK,         OK),
    ("whole",     "sister",  404,        OK),
    ("whole",     "foreign", 403,        403),
    ("whole",     "unknown", 403,        403),
    ("wrong role", "own",    403,        403),  # in the name of a ward speaks a hospital, in that of any other unit a unit
    ("ops",       "own",     403,        403),
    ("admin",     "own",     403,        403),
    ("expired",   "own",     401,        401),
    ("revoked",   "own",     401,        401),
    ("absent",    "own",     401,        401),
    ("rubbish",   "own",     401,        401),
)

FROM_AFAR = {"X-Forwarded-For": "192.0.2.1"}  # without it, operations are open to the machine itself
UNKNOWN_EPISODE, UNKNOWN_PATIENT = "0198c0de-0000-7000-8000-0000deadbeef", "00000000-0000-7000-bfff-fff000000000"
EXAMPLES = harness.ROOT / "proto" / "examples" / "ok"
MAY = "from=2026-05&to=2026-05"


def kinds_of(message):
    """The kinds of unit that may say it."""
    return set().union(*(WHO[who] for who in MESSAGES[message][0].split()))


def column_of(kind):
    return {"slutenvard": "ward", "ekonomi": "ekonomi"}.get(kind) or ("kommun" if kind in MUNICIPAL else "oppen")


def digest(token):
    return "\\x" + hashlib.sha256(token.encode()).hexdigest()


def identity(whose):
    return {"system": "reservnummer", "varde": f"R-{whose}"}


class Asked:
    """What the parts below ask with: the region's callers, a stay of each owner, and the requests of the tables' rows."""

    region = rights_region()
    start_at = "2026-05-29T08:00"  # after the contract's examples
    settings = {"client_rate_per_s": 0}  # no limit
    listen = "tcp"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tokens, cls.clients = {}, {}
        cls.notices = {}  # the ward's own id of the inskrivningsmeddelande of each stay
        cls.make_token("ops", None, "ops")
        cls.make_token("admin", None, "admin")
        for kind in KINDS:
            role, wrong = ("hospital", "unit") if kind == "slutenvard" else ("unit", "hospital")
            cls.make_token("one unit", kind, role, "--units", unit(kind, "own"))
            cls.make_token("wrong role", kind, wrong, "--units", unit(kind, "own"))
        for whose in ("sister", "foreign"):
            cls.make_token(whose, "slutenvard", "hospital", "--units", unit("slutenvard", whose))
        cls.make_token("whole", REGION, "hospital,unit", "--org", REGION[2:12])
        cls.make_token("whole", KOMMUN, "unit", "--org", KOMMUN[2:12])
        cls.make_token("revoked", None, "hospital,unit,ops,admin", "--org", REGION[2:12])
        cls.make_token("expired", None, "hospital,unit,ops,admin", "--org", REGION[2:12])
        cls.verb("revoke", "revoked-None")
        cls.database.run("update samordnad.client_token set expires_at = now() - interval '1 second' "
                         f"where token_hash = '{digest(cls.tokens['expired', None])}'")
        cls.tokens["absent", None], cls.tokens["rubbish", None] = None, "smd_" + "A" * 43
        for name in ("revoked", "expired"):
            harness.wait_until(lambda: cls.caller(name).get("/metrics", headers=FROM_AFAR).status == 401, what=name)
        cls.numbers = itertools.count(1)
        cls.stays = {whose: cls.admit(whose) for whose in ("own", "sister", "foreign")}
        cls.patients = {whose: cls.caller(token, "slutenvard").request(
            "POST", "/v1/patients/search", {"identitet": identity(whose)}).json["patients"][0]["id"]
            for whose, token in (("own", "one unit"), ("sister", "sister"), ("foreign", "foreign"))}
        cls.stays["unknown"], cls.patients["unknown"] = UNKNOWN_EPISODE, UNKNOWN_PATIENT
        cls.endpoint = cls.caller("admin").request("POST", "/v1/endpoints", {
            "unit": unit("primarvard", "own"), "url": "http://127.0.0.1:9/"}).json["endpoint"]

    @classmethod
    def verb(cls, *arguments):
        return command("client", *arguments, "--set", f"database={cls.database.dsn}").stdout

    @classmethod
    def make_token(cls, name, of, roles, *more):
        cls.tokens[name, of] = cls.verb("create", f"{name}-{of}", "--roles", roles, *more).split()[-1]

    @classmethod
    def caller(cls, name, kind=None):
        """The client of that token: of the kind's own unit, of its organisation, or of no kind at all."""
        of = (KOMMUN if kind in MUNICIPAL else REGION) if name == "whole" else kind
        of = of if (name, of) in cls.tokens else None
        if (name, of) not in cls.clients:
            client = harness.Client(cls.daemon.address, cls.tokens[name, of], now=cls.clock.now)
            cls.clients[name, of] = client
            cls.addClassCleanup(client.close)
            if name not in ("revoked", "expired", "absent", "rubbish"):
                client.wait_until_known()
        return cls.clients[name, of]

    @classmethod
    def admit(cls, whose, identitet=None, **more):
        """A stay of that ward with those units of open care and of the kommun; its id. encounter: the last one's name."""
        cls.encounter = f"E-{next(cls.numbers)}"
        data = region.inskrivningsmeddelande("2026-05-03T20:00:00+02:00", "2026-06-10T12:00:00+02:00",
                                             mottagare=[unit(kind, whose) for kind in MOTTAGARE], **more)
        data["patient"].update(identitet=identitet or identity(whose), listad_pa=unit("primarvard", whose))
        client = cls.caller({"own": "one unit"}.get(whose, whose), "slutenvard")
        episode = client.post_message(
            "inskrivningsmeddelande", data, encounter=cls.encounter, source=unit("slutenvard", whose),
            id=f"I-{cls.encounter}", time="2026-05-03T21:00:00+02:00", expect="applied").json["episode"]["id"]
        cls.notices[episode] = f"I-{cls.encounter}"
        return episode

    # ---- What is asked ----

    def ask(self, route, whose, kind):
        """The request of a row: method, target, body, content type."""
        method, path = route.split(" ")
        of, kommun = unit(kind, whose if whose != "-" else "own"), KOMMUNKOD.get(whose)
        by = "hospital" if kind == "slutenvard" else "unit"
        body, query = None, ""
        if path == "/v1/messages":
            return method, path, self.event("samtycke", kind, "own", self.stays[whose]), "application/cloudevents+json"
        if path == "/v1/episodes/search":
            body = {"unit": of}
        elif path == "/v1/patients/search":
            body = {"identitet": identity(whose)}
        elif path in ("/v1/tasks", "/v1/feed", "/v1/endpoints") and method == "GET":
            query = f"?unit={of}"
        elif path == "/v1/reports/follow-up":
            query = f"?{MAY}" + (f"&{by}={of}" if whose != "-" else "")
        elif path == "/v1/reports/betalningsansvar":
            mine = f"&hospital={of}" if kind == "slutenvard" else f"&kommun={kommun}"
            query = f"?{MAY}" + (mine if whose != "-" else "")
        elif path == "/v1/endpoints":
            body = {"unit": of, "url": f"http://127.0.0.1:9/{next(self.numbers)}"}
        elif path == "/v1/deliveries/replay":
            body = {"endpoint": self.endpoint, "failed_since": "2026-05-29T08:00:00Z"}
        elif method == "PUT":
            body = self.caller("admin").get(path.replace("{hsa}", of)).json  # as it is: putting it changes nothing
        elif method == "PATCH":
            body = {"url": "http://127.0.0.1:10/"}
        elif method == "POST" and path.startswith("/v1/endpoints/"):
            body = {}
        thing = {"/v1/patients": self.patients.get(whose), "/v1/episodes": self.stays.get(whose),
                 "/schemas": "problem.json" if whose == "own" else "none.json",
                 "/v1/endpoints": self.endpoint if whose == "own" else 999999}.get(path.split("/{")[0])
        target = re.sub(r"\{(id|name)\}", str(thing), path).replace("{hsa}", of) + query
        return method, target, body, "application/json"

    def event(self, message, kind, whose, episode=None, encounter=None):
        """The contract's own example of the message, in the name of that unit of the kind."""
        source = unit(kind, whose)
        forwards = message == "mottagare_andrad" and kind != "slutenvard"
        social = message == "fast_kontakt" and kind == "socialtjanst"  # B11: another kind than health care's
        more = "_vidarebefordra" if forwards else "_omsorgskontakt" if social else ""
        text = (EXAMPLES / f"{message}{more}.json").read_text()
        event = json.loads(re.sub(REGION + r"(P000\d)", unit(kind, "own" if whose == "unknown" else whose) + r"\1", text))
        event.update(source=source, id=f"m-{next(self.numbers)}")
        if "episode" in event["data"]:
            event["data"]["episode"] = {"encounter": encounter} if encounter else {"id": episode}
        if message == "kvittens":
            event["data"] = {"episode": event["data"]["episode"], "message_id": self.notices.get(episode, "none")}
        return event

    def send(self, client, request):
        method, target, body, content_type = request
        headers = {**FROM_AFAR, **({"Content-Type": content_type} if body is not None else {})}
        return client.request(method, target, json.dumps(body) if body is not None else None, headers)

    def got(self, route, answer):
        """As the tables say it."""
        if answer.status // 100 != 2:
            return answer.status
        if route.endswith("/search") and not any(answer.json.values()):
            return EMPTY
        return OK

    def same_refusals(self, refusals):
        """To one client of one route, what is not there and what is not its own cannot be told apart."""
        for (what, status), answers in refusals.items():
            shown = {(answer.body, tuple((name, value) for name, value in answer.headers.items() if name != "Date"))
                     for answer in answers}
            with self.subTest(what=what, status=status):
                self.assertEqual(len(shown), 1, shown)


class Routes:
    def callers(self, column):
        """The kinds of unit, each with its client, that a column is about; of ops and admin any."""
        if column in ("ops", "admin"):
            return [("primarvard", self.caller(column))]
        if column == "whole":  # of a region and of a kommun
            return [(kind, self.caller("whole", kind)) for kind in ("slutenvard", "kommunal_hsl")]
        return [(kind, self.caller("one unit", kind)) for kind in KINDS if column_of(kind) == column]

    def rows(self):
        """The table's, a row for each document of a unit."""
        for route, whose, expected in ROUTES:
            for tail in TAILS if route.endswith("{tail}") else ("",):
                yield route.replace("{tail}", tail), whose, expected

    def test_every_route_has_its_rows(self):
        """Every route of the daemon's own contract has its rows, and there is none of a route that it lacks."""
        text = self.caller("absent").get("/openapi.yaml").body.decode()
        routes, path = set(), None
        for line in text.split("\npaths:\n")[1].split("\nwebhooks:\n")[0].splitlines():
            if line.startswith("  /"):
                path = line.strip().removesuffix(":")
            elif found := re.fullmatch(r"    (get|post|put|patch|delete):", line):
                routes.add(f"{found[1].upper()} {path}")
        self.assertEqual({route for route, _, _ in self.rows()}, routes)

    def test_what_may_be_asked(self):
        refusals = {}
        for route, whose, expected in self.rows():
            for column, expect in zip(COLUMNS, expected, strict=True):
                for kind, client in self.callers(column):
                    with self.subTest(route=route, whose=whose, who=column, kind=kind):
                        request = self.ask(route, whose, kind)
                        answer = self.send(client, request)
                        self.assertEqual(self.got(route, answer), expect, answer)
                        if answer.status >= 400:
                            refusals.setdefault((f"{column} {kind} {route}", answer.status), []).append(answer)
                        if route.startswith("GET"):
                            self.assertEqual(self.send(client, ("HEAD", *request[1:])).status, answer.status)
                        if column in ("ops", "admin"):
                            self.no_patient(route, answer)
        self.same_refusals(refusals)

    def no_patient(self, route, answer):
        """ops and admin see none, whatever they ask."""
        for word in ("R-own", "R-sister", "R-foreign", "Testsson", "Provgatan", *self.patients.values()):
            self.assertNotIn(word, answer.body.decode(), route)

    def test_without_a_valid_token(self):
        refused = []
        for route in dict.fromkeys(route for route, _, _ in self.rows()):
            for state in ("absent", "rubbish", "expired", "revoked"):
                with self.subTest(route=route, token=state):
                    answer = self.send(self.caller(state), self.ask(route, "own", "primarvard"))
                    if route.split(" ")[1] in OPEN:
                        self.assertEqual(answer.status, 200)
                    else:
                        self.assertEqual((answer.status, answer.headers["WWW-Authenticate"]), (401, "Bearer"))
                        refused.append(answer)
        self.same_refusals({("any route", 401): refused})

    def test_with_the_wrong_role(self):
        """A unit's client without the role for its kind sees nothing of its stays, also of those of which it has spoken."""
        for kind in ("slutenvard", *MOTTAGARE):
            said = self.send(self.caller("one unit", kind), self.ask("POST /v1/messages", "own", kind))
            self.assertEqual(said.status, 200, said)
            for route, expect in (
                    ("POST /v1/messages", 403), ("POST /v1/episodes/search", 403), ("POST /v1/patients/search", EMPTY),
                    ("GET /v1/patients/{id}/contacts", 404), ("GET /v1/patients/{id}/access-log", 404),
                    ("GET /v1/episodes/{id}", 404), ("GET /v1/tasks", 403),
                    ("GET /v1/feed", 403), ("GET /v1/units/{hsa}", 403), ("GET /v1/reports/follow-up", 403)):
                with self.subTest(route=route, kind=kind):
                    answer = self.send(self.caller("wrong role", kind), self.ask(route, "own", kind))
                    self.assertEqual(self.got(route, answer), expect, answer)

    def test_a_ward_and_a_unit_in_one_token(self):
        """Kept to another ward and to a unit that takes part: what the unit may see, also once it has spoken (G5)."""
        self.make_token("both", None, "hospital,unit", "--units",
                        f"{unit('slutenvard', 'sister')},{unit('primarvard', 'own')}")
        episode = self.admit("own", identity("both"), samtycke={"informationsdelning": "nekat", "sip": "okant"})
        seen = lambda client: [client.get(f"/v1/episodes/{episode}").body, *(
            client.request("POST", "/v1/episodes/search", question).body
            for question in ({"patient": {"identitet": identity("both")}}, {"unit": unit("primarvard", "own")}))]
        client, both = self.caller("one unit", "primarvard"), self.caller("both")
        for _ in range(2):
            self.assertEqual(seen(both), seen(client))
            client.post_event(self.event("insatser_status", "primarvard", "own", episode))
        self.assertNotEqual(seen(client)[0], self.caller("one unit", "slutenvard").get(f"/v1/episodes/{episode}").body)


class Messages:
    def test_every_message_has_its_row(self):
        """Those that the daemon says it takes, and those that it only writes."""
        sent = re.findall(r"^\| `(\w+)` \| ", command("outcomes").stdout.split("\n\n")[0], re.M)
        self.assertEqual({message for message, (who, _) in MESSAGES.items() if who != "nobody"}, set(sent))
        lists = (harness.ROOT / "proto" / "vocabulary.h").read_text().split("#define UNIT_SLAG")[0]
        self.assertEqual(set(MESSAGES), set(re.findall(r'X\(\w+, "(\w+)"\)', lists)))

    def expected(self, message, kind, token, of_stay, of_other):
        who, of = MESSAGES[message]
        expect = of_other if of in ("patient", "unit") else of_stay
        if who == "nobody" and expect != 401 and token not in ("ops", "admin"):
            return 422
        if expect not in (OK, 404):
            return expect
        if kind not in kinds_of(message):
            return 403
        if kind == "slutenvard":
            return OK  # any ward of the hospital
        return 404 if of == "stay" and kind == "ekonomi" else expect

    def test_what_may_be_said(self):
        for message in MESSAGES:
            for kind in KINDS:
                for token, source, of_stay, of_other in SPEAKERS:
                    expect = self.expected(message, kind, token, of_stay, of_other)
                    with self.subTest(message=message, kind=kind, token=token, source=source):
                        self.say(message, kind, token, source, expect)

    def say(self, message, kind, token, source, expect):
        episode, encounter = self.stays["own"], None
        if MESSAGES[message][1] == "new stay":
            encounter = f"N-{next(self.numbers)}"
        elif expect is OK and MESSAGES[message][1] == "stay":
            episode = self.admit("own", identity(next(self.numbers)))
        example = message if MESSAGES[message][0] != "nobody" else "samtycke"
        event = self.event(example, kind, source, episode, encounter)
        event["type"] = f"samordnad.{message}.v1"
        answer = self.caller(token, kind).post_event(event)
        self.assertEqual(answer.status, expect, answer)
        if expect == 403 and "errors" in answer.json:
            self.assertIn(answer.json["errors"][0]["pointer"], ("/source", "/type"))


class NotThere:
    """Another's stay, one that is over for the unit, and one that is not there: no difference to see, whatever is done."""

    def refused(self, kind, episode, patient):
        """All that may be asked of a stay that is not one's own, to be compared."""
        client = self.caller("one unit", kind)
        answers = {}
        for method in ("GET", "HEAD"):
            answers[method] = client.request(method, f"/v1/episodes/{episode}")
        for tail in ("contacts", "access-log"):
            answers[tail] = client.get(f"/v1/patients/{patient}/{tail}")
        for message, (_, of) in MESSAGES.items():
            if of == "stay" and kind in kinds_of(message):
                answers[message] = client.post_event(self.event(message, kind, "own", episode))
        annuls = self.event("makulering", kind, "own", episode)
        annuls["data"]["message_id"] = self.notices.get(episode, "none")
        answers["makulering of the ward's word"] = client.post_event(annuls)
        # Binary mode: the headers tell of it, the body only names it.
        event = self.event("kvittens", kind, "own", episode)
        answers["binary"] = client.post_event(event, "binary")
        batch = client.post_event({**event, "id": "same"}, "batch")
        self.assertEqual((batch.status, batch.json["results"][0]["status"]), (200, 404))
        shown = {what: (answer.status, answer.body, [pair for pair in answer.headers.items() if pair[0] != "Date"])
                 for what, answer in answers.items()}
        self.assertEqual({status for status, _, _ in shown.values()}, {404}, shown)
        return {**shown, "batch": batch.body}

    def found(self, kind, whom, episode):
        """What the unit's lists have of the patient and the stay."""
        client, own = self.caller("one unit", kind), unit(kind, "own")
        return (client.request("POST", "/v1/episodes/search", {"patient": {"identitet": whom}}).json["episodes"]
                + client.request("POST", "/v1/patients/search", {"identitet": whom}).json["patients"]
                + [row for row in client.request("POST", "/v1/episodes/search", {"unit": own}).json["episodes"]
                   if row["id"] == episode]
                + [task for task in client.tasks(own) if task["episode"] == episode])

    def feeds_end(self, kind):
        return self.caller("one unit", kind).get(f"/v1/feed?unit={unit(kind, 'own')}&after={10**9}").json["last_seq"]

    def patient_of(self, whom):
        return self.caller("one unit", "slutenvard").request(
            "POST", "/v1/patients/search", {"identitet": whom}).json["patients"][0]["id"]

    def test_the_same_404(self):
        for kind in MOTTAGARE:
            client, own = self.caller("one unit", kind), unit(kind, "own")
            with self.subTest(kind):
                unknown = self.refused(kind, UNKNOWN_EPISODE, UNKNOWN_PATIENT)
                self.assertEqual(self.refused(kind, self.stays["foreign"], self.patients["foreign"]), unknown)
                self.assertEqual(self.refused(kind, self.stays["sister"], self.patients["sister"]), unknown)
                guessed = self.stays["own"][:-1] + ("0" if self.stays["own"][-1] != "0" else "1")
                self.assertEqual(self.refused(kind, guessed, UNKNOWN_PATIENT), unknown, "only its number was guessed")
                # A9, A11, A10: who left by its own word, or by the hospital's.
                for message, data in (("avvisning", {"orsak": "felsand"}), ("ej_berord", {}), (None, None)):
                    whom = identity(next(self.numbers))
                    episode = self.admit("own", whom)
                    patient = self.patient_of(whom)
                    self.assertTrue(self.found(kind, whom, episode))
                    if message:
                        client.post_message(message, data, episode=episode, source=own, expect="applied")
                    else:
                        self.caller("one unit", "slutenvard").post_message(
                            "mottagare_andrad", {"ta_bort": [own]}, encounter=self.encounter,
                            source=unit("slutenvard", "own"), expect="applied")
                    self.assertEqual(self.found(kind, whom, episode), [], message)
                    head = self.feeds_end(kind)
                    self.assertEqual(self.refused(kind, episode, patient), unknown, message)
                    self.caller("one unit", "slutenvard").post_message(
                        "ny_beraknad_utskrivning", {"beraknad_utskrivning_at": "2026-06-20T12:00:00+02:00"},
                        encounter=self.encounter, source=unit("slutenvard", "own"), expect="applied")
                    self.assertEqual(self.feeds_end(kind), head, "no more notices")

    def test_anothers_task(self):
        """In a stay of which one has a part, another unit's task and none are the same as well."""
        episode = self.admit("own", identity("tasks"))
        others = [task for task in self.caller("one unit", "kommunal_hsl").tasks(unit("kommunal_hsl", "own"))
                  if task["episode"] == episode]
        answers = [self.caller("one unit", "primarvard").post_message(
            "kvittens", {"task": task}, episode=episode, source=unit("primarvard", "own"))
            for task in (*(task["id"] for task in others), f"{episode}.99")]
        self.assertGreater(len(answers), 1)
        self.assertEqual({answer.status for answer in answers}, {422})
        self.same_refusals({("kvittens", 422): answers})

    def test_an_own_file_is_its_speakers(self):
        """What one unit says of a patient outside of every stay is no other's to see or to answer."""
        whom = identity("own-file")
        own = self.caller("one unit", "primarvard").post_message("begaran_fast_vardkontakt", {
            "patient": {"identitet": whom}, "at": "2026-05-29T08:00:00+02:00"}, source=unit("primarvard", "own"),
            expect="applied").json["episode"]["id"]
        self.assertEqual(self.caller("one unit", "primarvard").get(f"/v1/episodes/{own}").status, 200)
        for kind in ("specialistoppenvard", "kommunal_hsl", "socialtjanst"):
            self.assertEqual(self.refused(kind, own, UNKNOWN_PATIENT), self.refused(kind, UNKNOWN_EPISODE, UNKNOWN_PATIENT))


class Tokens:
    def status(self, token, client=None):
        return (client or harness.Client(self.daemon.address, token)).get("/v1/endpoints").status

    def test_form_and_store(self):
        """256 bits at random; of each only the SHA-256 is kept."""
        tokens = [token for (name, _), token in self.tokens.items() if name not in ("absent", "rubbish")]
        self.assertEqual(len(set(tokens)), len(tokens))
        for token in tokens:
            self.assertRegex(token, r"^smd_[A-Za-z0-9_-]{43}$")
        stored = {row["token_hash"] for row in self.database.rows("select token_hash from samordnad.client_token")}
        self.assertLessEqual({digest(token) for token in tokens}, stored)
        everything = "\n".join(self.database.lines(
            "select string_agg(format('select t::text from samordnad.%I t', relname), ' union all ') from pg_class "
            "where relnamespace = 'samordnad'::regnamespace and relkind in ('r', 'p') \\gset\n\\echo :string_agg"))
        rows = "\n".join(self.database.lines(everything))
        for token in tokens:
            self.assertNotIn(token[4:], rows)
            self.assertNotIn(token[4:], self.daemon.log())
            # Not a bit of it may differ, nor may there be more.
            for other in (token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1], token + "A", token[:-1], token[4:]):
                self.assertEqual(self.status(other), 401)

    def test_rotation_and_revocation(self):
        """It holds for the next request, also on a connection that was open before: the verb waits until the daemons know."""
        self.make_token("turned", None, "admin")
        first = self.caller("turned")
        self.assertEqual(first.get("/v1/endpoints").status, 200)
        second = self.verb("rotate", "turned-None").split()[-1]
        self.assertEqual(self.status(second), 200, "the new token")
        self.assertEqual(first.get("/v1/endpoints").status, 200, "beside it for 24 hours")
        third = self.verb("rotate", "turned-None", "--overlap", "0").split()[-1]
        kept = harness.Client(self.daemon.address, third)
        self.addCleanup(kept.close)
        self.assertEqual(kept.get("/v1/endpoints").status, 200, "the last token")
        self.assertEqual((self.status(second), first.get("/v1/endpoints").status), (401, 401), "no overlap")
        self.verb("revoke", "turned-None")
        self.assertEqual(self.status(third), 401, "the revocation")
        self.assertEqual(kept.get("/v1/endpoints").status, 401)
        self.assertEqual(kept.post_message("samtycke", {}, source=unit("primarvard", "own")).status, 401)

    def test_revocation_that_a_daemon_cannot_hear_of(self):
        """The verb waits for it, and says so."""
        self.make_token("unheard", None, "ops")
        self.caller("unheard")
        self.daemon.process.send_signal(signal.SIGSTOP)
        try:
            done = command("client", "revoke", "unheard-None", "--set", f"database={self.database.dsn}")
        finally:
            self.daemon.process.send_signal(signal.SIGCONT)
        self.assertIn("1 of the daemons have not read this yet", done.stderr)
        self.wait_until(lambda: self.status(self.tokens["unheard", None]) == 401)

    def test_expiry(self):
        """A token ends by itself: the daemon need not be told again."""
        self.make_token("short", None, "admin", "--days", "1")
        client = self.caller("short")
        self.database.run("update samordnad.client_token set expires_at = clock_timestamp() + interval '2 seconds' "
                          f"where token_hash = '{digest(self.tokens['short', None])}'")
        version = self.database.value("select register_version from samordnad.instance")
        self.wait_until(lambda: client.get("/v1/endpoints").status == 401, what="the token to end")
        self.assertEqual(self.database.value("select register_version from samordnad.instance"), version)


class Loopback:
    def test_open_to_the_machine_itself(self):
        """Whoever it is; a proxy's word that it comes from elsewhere closes them."""
        for target in ("/status", "/metrics"):
            for name, kind in (("absent", None), ("rubbish", None), ("admin", None), ("one unit", "primarvard")):
                client = self.caller(name, kind)
                with self.subTest(target=target, who=name):
                    self.assertEqual(client.get(target).status, 200)
                    closed = 401 if name in ("absent", "rubbish") else 403
                    for header in ("X-Forwarded-For", "x-forwarded-for", "Forwarded"):
                        for value in ("192.0.2.1", "127.0.0.1", "for=127.0.0.1", "-"):
                            self.assertEqual(client.get(target, headers={header: value}).status, closed, (header, value))
            self.assertEqual(self.caller("ops").get(target, headers=FROM_AFAR).status, 200)
        for target in ("/v1/endpoints", "/v1/tasks", "/v1/reports/follow-up"):
            self.assertEqual(self.caller("absent").get(target).status, 401, "nothing else is open")


class Recorded:
    def test_changes_by_an_admin(self):
        """Who changed what over HTTP stands in the log, and who had notices sent again in the database."""
        admin, own = self.caller("admin"), unit("primarvard", "own")
        begun = len(self.daemon.log())
        number = self.database.value("select client from samordnad.client where name = 'admin-None'")
        for tail in TAILS:
            document = admin.get(f"/v1/units/{own}{tail}").json
            self.assertEqual(admin.request("PUT", f"/v1/units/{own}{tail}", document).status, 200)
        made = admin.request("POST", "/v1/endpoints", {"unit": own, "url": "http://127.0.0.1:9/recorded"})
        endpoint = made.json["endpoint"]
        for method, tail, body in (("PATCH", "", {"url": "http://127.0.0.1:10/recorded"}), ("POST", "/rotate", {}),
                                   ("POST", "/pause", {}), ("POST", "/resume", {}), ("DELETE", "", None)):
            self.assertLess(admin.request(method, f"/v1/endpoints/{endpoint}{tail}", body).status, 300)
            if tail == "/resume":
                again = {"endpoint": endpoint, "failed_since": "2026-05-29T08:00:00Z"}
                admin.request("POST", "/v1/deliveries/replay", again, {"samordnad-person": f"{own}P0001"})
        lines = [line for line in self.daemon.log()[begun:].splitlines() if f" client={number} " in line]
        units = [re.search(r"event=register_put unit=(\S+) what=(\S+) ", line) for line in lines]
        self.assertEqual([found[2] for found in units if found],
                         ['""', "staff", "slots", "hours", "policies", "standing_decisions"])
        ends = [re.search(r"event=endpoint_put endpoint=(\d+) what=(\S+) ", line) for line in lines]
        self.assertEqual([found[2] for found in ends if found], ["create", "change", "rotate", "pause", "resume", "delete"])
        again = self.database.rows("select client, person, what from samordnad.replay where endpoint = :'e'", e=endpoint)
        self.assertEqual(again, [{"client": number, "person": f"{own}P0001", "what": "failed_since"}])


class Rights(Routes, Messages, NotThere, Tokens, Loopback, Recorded, Asked, harness.Case):
    """All of it on one daemon and one register."""


if __name__ == "__main__":
    harness.main()
