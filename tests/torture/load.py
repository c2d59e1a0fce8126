"""The load: wards that let patients come and go, units that read their feeds and answer, readers; each a thread with a client
of its own. Every message is tried under the same id until it is taken or refused, and the ledger is told of each answer.

What is said is drawn from the seed and the client's name; when, and after what, is not: that is the machine's. Plausible, not
right: a message that contradicts the state is a message too. REACTIONS and STAY are the tables; a new message is a row.
"""

import collections
import datetime
import http.client
import itertools
import json
import random
import threading
import time

import harness
from harness import wire

HOUR = datetime.timedelta(hours=1)
TIMEOUT_S = 8            # a client that has no answer by then tries again
CHECKED_EVERY = 20       # of the answers, one so many is compared with the schemas in proto/
KVITTENS = ("kvittera_inskrivningsmeddelande", "kvittera_utskrivningsklar", "kvittera_kallelse")
PATIENTS = 400


class Client:
    """Speaks HTTP with whichever daemon answers. One thread's."""

    exchanges = itertools.count()

    def __init__(self, load, name, token):
        self.load, self.name, self.token = load, name, token
        self.rng = random.Random(f"{load.seed} {name}")
        self.numbers = itertools.count(1)
        self.daemon = 0
        self.connection = None

    def elsewhere(self):
        """The next try is another daemon's."""
        if self.connection is not None:
            self.connection.close()
        self.connection = None
        self.daemon += 1
        time.sleep(self.rng.uniform(0.02, 0.2))  # a client's pause between its tries

    def exchange(self, method, target, body=None, kind="application/json", timeout_s=TIMEOUT_S):
        """The answer; None: nobody knows what became of it."""
        try:
            if self.connection is None:
                self.connection = self.load.addresses[self.daemon % len(self.load.addresses)].http(timeout_s)
            self.connection.request(method, target, None if body is None else json.dumps(body).encode(),
                                    {"Authorization": f"Bearer {self.token}", "Content-Type": kind})
            response = self.connection.getresponse()
            answer = harness.Answer(response.status, response.headers, response.read())
        except (OSError, http.client.HTTPException):
            self.elsewhere()
            return None
        if next(self.exchanges) % CHECKED_EVERY == 0:
            harness.schemas().check_answer(method, target, answer)
        if response.will_close or answer.status in (408, 429, 503):
            self.elsewhere()
        return answer

    def event(self, type, data):
        return {"specversion": "1.0", "id": f"{self.name}-{next(self.numbers)}", "source": self.name,
                "type": f"samordnad.{type}.v1", "time": wire(self.load.clock.now()), "datacontenttype": "application/json",
                "data": data}

    def post(self, events):
        """One event, or a list of them as a batch, until each is taken or refused."""
        ledger, waiting = self.load.ledger, list(events) if isinstance(events, list) else [events]
        batch = len(waiting) > 1
        while waiting and not self.load.given_up.is_set():
            messages = [ledger.sending(event) for event in waiting]
            answer = self.exchange("POST", "/v1/messages", waiting if batch else waiting[0],
                                   f"application/cloudevents{'-batch' if batch else ''}+json")
            if answer is None or answer.status in (408, 429, 503):
                for message in messages:
                    ledger.unanswered(message)
                continue
            if answer.status != 200:
                for message in messages:
                    ledger.refused(message, answer.status)
                return
            results = answer.json["results"] if batch else [answer.json]
            waiting = []
            for message, result in zip(messages, results, strict=True):
                if "result" in result:
                    ledger.answered(message, result)
                elif result["status"] in (429, 503):
                    ledger.unanswered(message)
                    waiting.append(message.event)
                else:
                    ledger.refused(message, result["status"])
            batch = len(waiting) > 1

    def say(self, type, data):
        """Posts it; one in twenty again after it was answered, as a sender does that lost the answer."""
        event = self.event(type, data)
        self.post(event)
        if self.rng.random() < 0.05:
            self.post(event)
        return event["id"]


# ---- What a ward says of a stay ------------------------------------------------------------------------------------


def patient_of(rng, world):
    vc = rng.choice(world.vardcentraler)
    return {"identitet": {"system": "urn:samordnad:torture", "varde": f"{rng.randint(1, PATIENTS):08}"}, "namn": "Test Testsson",
            "folkbokforingsadress": "Provgatan 1, 100 00 Provstad", "folkbokforingskommun": vc.kommun, "listad_pa": vc.hsa_id,
            "skyddade_personuppgifter": "nej"}, vc


def soon(rng, now):
    return wire(now + rng.uniform(2, 90) * HOUR)


# Said between the inskrivningsmeddelande and the discharge: share, type, data of (rng, now, world, vc).
STAY = (
    (0.4, "ny_beraknad_utskrivning", lambda rng, now, world, vc: {"beraknad_utskrivning_at": soon(rng, now), "orsak": "andrad"}),
    (0.2, "mottagare_andrad", lambda rng, now, world, vc: {"lagg_till": [{"hsa_id": rng.choice(world.vardcentraler).hsa_id}]}),
    (0.1, "mottagare_andrad", lambda rng, now, world, vc: {"ta_bort": [world.kommunala[vc.kommun][0].hsa_id]}),
    (0.15, "vardform_andrad", lambda rng, now, world, vc: {"vardform": rng.choice(("HSL", "LPT")), "from_at": wire(now)}),
    (0.1, "overflyttning", lambda rng, now, world, vc: {"avdelning": "En annan avdelning", "at": wire(now)}),
    (0.1, "permission", lambda rng, now, world, vc: {"from_at": wire(now), "to_at": wire(now + 20 * HOUR)}),
    (0.15, "sip_behov", lambda rng, now, world, vc: {"behov": rng.choice(("ny", "uppdateras", "gallande_finns", "behovs_ej"))}),
    (0.25, "samtycke", lambda rng, now, world, vc: {
        "omfattning": "sip", "status": rng.choice(("lamnat", "lamnat", "nekat", "aterkallat", "kan_ej")), "at": wire(now)}),
    (0.3, "utskrivningsklar", lambda rng, now, world, vc: {"klar_at": wire(now)}),
    (0.2, "ej_langre_utskrivningsklar", lambda rng, now, world, vc: {"at": wire(now), "orsak": "feber"}),
    (0.9, "utskrivningsklar", lambda rng, now, world, vc: {"klar_at": wire(now)}),
)
HOME = (
    (1, "utskrivning", lambda now: {"utskriven_at": wire(now), "destination": "ordinart"}),
    (0.8, "utskrivningsinformation", lambda now: {"overford_at": wire(now)}),
    (0.8, "patientinformation", lambda now: {"overlamnad_at": wire(now)}),
)


class Ward(Client):
    def run(self):
        for number in itertools.count(1):
            self.stay(number)
            if self.load.ending.is_set():
                return

    def stay(self, number):
        """The first has all that a stay may have, the second ends with a death; so all of it comes soon."""
        load, rng, now = self.load, self.rng, self.load.clock.now
        encounter = f"{self.name}-V{number}"
        happens = lambda share: number == 1 or rng.random() < share
        patient, vc = patient_of(rng, load.world)
        said = []

        def say(type, data):
            said.append(self.say(type, {"episode": {"encounter": encounter}, **data}))
            load.pace(rng)
            return not load.ending.is_set()

        if happens(0.3):
            say("inskrivning", {"patient": patient, "inskriven_at": wire(now()), "avdelning": "Provavdelningen"})
            say("behovsbedomning", {"behov_finns": rng.choice(("ja", "ja", "senare", "nej")), "bedomt_at": wire(now())})
        if rng.random() < 0.1:  # comes first, and waits
            say("ny_beraknad_utskrivning", {"beraknad_utskrivning_at": soon(rng, now())})
        notice = {"patient": patient, "inskriven_at": wire(now() - HOUR), "beraknad_utskrivning_at": soon(rng, now()),
                  "avdelning": "Provavdelningen", "behov": ["oppenvard", "kommunal_hsl", "socialtjanst"],
                  "mottagare": [{"hsa_id": unit.hsa_id} for unit in (vc, *load.world.kommunala[vc.kommun][:2])],
                  "samtycke": {"informationsdelning": "lamnat", "sip": rng.choice(("lamnat", "lamnat", "okant"))},
                  "verksamhet": "somatisk", "vardform": "HSL", "livshotande": rng.random() < 0.05}
        say("inskrivningsmeddelande", notice)
        for share, type, data in STAY:
            if happens(share) and not say(type, data(rng, now(), load.world, vc)):
                return
        if happens(0.1):
            say("patient_uppdaterad", {"patient": {"identitet": patient["identitet"],
                                                   "folkbokforingsadress": "Provgatan 2, 100 00 Provstad"}})
        if happens(0.1):
            say("makulering", {"message_id": rng.choice(said), "orsak": "fel"})
        end = {1: 0.5, 2: 0}.get(number, rng.random())
        if end < 0.08:
            say("avliden", {"at": wire(now())})
        elif end < 0.4:
            self.go_home(encounter)
        elif end < 0.8:
            for _share, type, data in HOME:
                if not say(type, data(now())):
                    return

    def go_home(self, encounter):
        """All of it at once, in a batch."""
        self.post([self.event(type, {"episode": {"encounter": encounter}, **data(self.load.clock.now())})
                   for share, type, data in HOME if self.rng.random() <= share])


# ---- What a unit answers -------------------------------------------------------------------------------------------


def identity(rng, world):
    return {"identitet": patient_of(rng, world)[0]["identitet"]}


def plan():
    return {"insatser": ["hemtjanst"], "region": ["hembesok"], "kommun": ["hemtjanst"], "andra": [],
            "overgripande_ansvar": "kommun"}


def kallelse(rng, now, world, unit):
    start = (now + datetime.timedelta(days=rng.randint(1, 9))).replace(
        hour=rng.randint(7, 14), minute=rng.choice((0, 30)), second=0, microsecond=0)
    return {"atgard": rng.choice(("skicka", "skicka", "omboka")), "skickad_av": rng.choice(unit.persons), "at": wire(now),
            "mote": {"start_at": wire(start), "end_at": wire(start + HOUR), "form": "video"},
            "kallade": [other.hsa_id for other in world.kommunala[unit.kommun][:2]]}


# What a notice leads to: share, whether of a stay, of öppenvård or the kommun or both, type, data of (rng, now, world, unit).
BOTH, VARD, KOMMUN = ("vard", "kommun"), ("vard",), ("kommun",)
REACTIONS = (
    (4, True, VARD, "fast_vardkontakt", lambda rng, now, world, unit: {
        "atgard": "utse", "staff": rng.choice(unit.fvk), "utsedd_av": unit.chef, "from_at": wire(now)}),
    (4, True, VARD, "sip_kallelse", kallelse),
    (4, True, BOTH, "kallelse_svar", lambda rng, now, world, unit: {"svar": rng.choice(("ja", "ja", "nej"))}),
    (2, True, BOTH, "sip", lambda rng, now, world, unit: {"hallen_at": wire(now), "utfall": "genomford", "plan": plan()}),
    (2, True, BOTH, "sip_uppfoljning", lambda rng, now, world, unit: {"hallen_at": wire(now), "avslutad": True}),
    (3, True, KOMMUN, "insatser_status", lambda rng, now, world, unit: {
        "status": rng.choice(("tillganglig", "ej_tillganglig", "oklart", "avbojd"))}),
    (1, True, BOTH, "vardplan_justerad", lambda rng, now, world, unit: {"at": wire(now)}),
    (1, True, BOTH, "sip_behov", lambda rng, now, world, unit: {"behov": rng.choice(("ny", "behovs_ej"))}),
    (1, True, BOTH, "samtycke", lambda rng, now, world, unit: {"omfattning": "sip", "status": "lamnat", "at": wire(now)}),
    (0.5, True, BOTH, "ej_berord", lambda rng, now, world, unit: {"orsak": "inga insatser"}),
    (0.5, True, BOTH, "avvisning", lambda rng, now, world, unit: {"orsak": "felsand"}),
    (0.5, True, KOMMUN, "mottagare_andrad", lambda rng, now, world, unit: {
        "vidarebefordra": world.kommunala[unit.kommun][-1].hsa_id}),
    (1, False, VARD, "fast_kontakt", lambda rng, now, world, unit: {
        "slag": 1, "patient": identity(rng, world), "staff": rng.choice(unit.fvk), "atgard": "utse", "from_at": wire(now)}),
    (1, False, VARD, "begaran_fast_vardkontakt", lambda rng, now, world, unit: {
        "patient": identity(rng, world), "at": wire(now)}),
    (0.5, False, VARD, "sparr", lambda rng, now, world, unit: {
        "patient": identity(rng, world), "atgard": rng.choice(("satt", "havd")), "at": wire(now)}),
    (0.2, False, VARD, "personal", lambda rng, now, world, unit: {
        "staff": rng.choice(unit.fvk), "atgard": "franvaro", "from_at": wire(now), "to_at": wire(now + 48 * HOUR)}),
)


class Office(Client):
    """A unit: reads its feed to its end, again and again, and answers one notice in some."""

    def __init__(self, load, unit, token):
        super().__init__(load, unit.hsa_id, token)
        self.unit, self.after, self.said = unit, 0, collections.deque(maxlen=20)
        kind = "vard" if unit.is_oppenvard else "kommun"
        self.reactions = [row for row in REACTIONS if kind in row[2]]
        self.first = self.rng.sample(self.reactions, len(self.reactions))  # each once, so that all come soon

    def run(self):
        while not self.load.ending.is_set():
            for notice in self.read(wait_s=1) or ():
                if self.load.ending.is_set():
                    return
                self.react(notice["data"])

    def read(self, wait_s=0):
        """The next page, which is noted; None: there was no answer."""
        answer = self.exchange("GET", f"/v1/feed?unit={self.unit.hsa_id}&after={self.after}&limit=100&wait={wait_s}")
        if answer is None or answer.status != 200:
            return None
        page = answer.json["events"]
        self.load.ledger.pulled(self.unit.hsa_id, self.after, page)
        self.after += len(page)
        return page

    def react(self, notice):
        rng, load = self.rng, self.load
        about = {"episode": {"id": notice["episode"]["id"]}} if "episode" in notice else None
        if about and notice.get("kind") in KVITTENS and rng.random() < 0.4:
            self.say("kvittens", {**about, "task": notice["task"]})
        elif about and self.said and rng.random() < 0.01:
            message, of = rng.choice(self.said)
            self.say("makulering", {**of, "message_id": message, "orsak": "fel"})
        elif about and (self.first or rng.random() < 0.2):
            _, of_a_stay, _, type, data = self.first.pop() if self.first else rng.choices(
                self.reactions, [row[0] for row in self.reactions])[0]
            data = data(rng, load.clock.now(), load.world, self.unit)
            message = self.say(type, {**about, **data} if of_a_stay else data)
            if of_a_stay:
                self.said.append((message, about))
        else:
            return
        load.pace(rng)


class Reader(Client):
    """Asks for what is shown, of what was acknowledged of late."""

    def run(self):
        while not self.load.ending.is_set():
            self.load.pace(self.rng)
            key = self.load.ledger.acknowledged[-1:]
            episode = self.load.ledger.messages[key[0]].episode if key else None
            target, body = self.rng.choice((
                (f"/v1/episodes/{episode}", None), (f"/v1/tasks?unit={self.name}", None), ("/v1/episodes/search", {
                    "patient": identity(self.rng, self.load.world)})))
            answer = self.exchange("POST" if body else "GET", target, body)
            if answer is not None and answer.status not in (200, 404, 408, 429, 503):
                self.load.ledger.unexpected.append(f"{answer.status} to {target}: {answer!r}")
            self.load.ledger.reads += 1


class Load:
    """All of them. tokens: by unit."""

    def __init__(self, seed, world, clock, ledger, addresses, tokens):
        self.seed, self.world, self.clock, self.ledger, self.addresses = seed, world, clock, ledger, addresses
        self.ending, self.given_up, self.compared = threading.Event(), threading.Event(), threading.Event()
        self.faults = []  # of the clients themselves
        self.offices = [Office(self, unit, tokens[unit.hsa_id]) for unit in world.units.values() if unit.slag != "slutenvard"]
        wards = [Ward(self, ward.hsa_id, tokens[ward.hsa_id]) for ward in world.wards]
        readers = [Reader(self, ward.hsa_id, tokens[ward.hsa_id]) for ward in world.wards[:2]]
        self.threads = [threading.Thread(target=self._run, args=(client,)) for client in (*wards, *self.offices, *readers)]

    def _run(self, client):
        try:
            client.run()
        except Exception as error:  # what a client says of an answer is a finding, not the end of the others
            self.faults.append(f"{client.name}: {type(error).__name__}: {error}"[:2000])

    def pace(self, rng):
        """Of people and systems, not a wait for anything. While a round is compared, at their leisure: else a busy machine never
        comes to the end of what is to be pushed."""
        self.ending.wait(rng.uniform(0, 0.6 if self.compared.is_set() else 0.06))

    def start(self):
        for thread in self.threads:
            thread.start()

    def end(self, patience_s):
        """Nothing new is said; what is under way is tried until it is answered. False: not in that time."""
        self.ending.set()
        deadline = time.monotonic() + patience_s
        for thread in self.threads:
            thread.join(max(0, deadline - time.monotonic()))
        self.given_up.set()
        still = any(thread.is_alive() for thread in self.threads)
        for thread in self.threads:
            thread.join(2 * TIMEOUT_S)
        return not still

    def read_to_the_end(self):
        """Every unit's feed, once nobody writes."""
        for office in self.offices:
            harness.wait_until(lambda: office.read() == [], what=f"the end of the feed of {office.name}", interval_s=0)
