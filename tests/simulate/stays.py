"""What a hospital says of a stay, and what goes wrong with it. A stay is a list of messages, each with the instant at
which it is said; COMPLICATIONS change the list, DISTURBANCES change when a message arrives, how often, and whether.
A new kind of event is a function and a row here. Each draws from a generator of its own, so that a new row leaves what
the others do with a seed as it was.
"""

import copy
import datetime
import math
import random

from world import STOCKHOLM

MINUTE = datetime.timedelta(minutes=1)
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)

# Admissions: by weekday (Monday first) and by hour of the day.
WEEKDAY_WEIGHTS = (1.25, 1.1, 1.05, 1.05, 1.1, 0.7, 0.75)
HOUR_WEIGHTS = (2, 2, 1, 1, 1, 1, 2, 3, 5, 7, 9, 10, 10, 10, 10, 9, 8, 7, 7, 6, 6, 5, 4, 3)
# Ready notices are written on rounds; patients go home at noon and after, a few at night.
READY_HOURS = (0, 0, 0, 0, 0, 0, 0, 1, 5, 10, 12, 10, 8, 8, 6, 4, 3, 1, 1, 1, 0, 0, 0, 0)
HOME_HOURS = (1, 0, 0, 0, 0, 0, 0, 0, 2, 5, 9, 10, 8, 12, 12, 9, 6, 3, 2, 1, 1, 1, 1, 1)

BEHOV = (("oppenvard", "kommunal_hsl", "socialtjanst"), ("oppenvard", "socialtjanst"), ("kommunal_hsl",),
         ("oppenvard",), ("oppenvard", "kommunal_hsl", "rehabilitering"), ("socialtjanst", "hjalpmedel"))
PROFILER = ("rehabilitering", "omvardnad", "instabil", "psykosocial")


class Message:
    def __init__(self, said_at, type, source, data, id=None):
        self.said_at, self.type, self.source, self.data, self.id = said_at, type, source, data, id
        self.delay = datetime.timedelta(0)  # from said to posted
        self.again = []                     # delays after which it is posted once more


class Patient:
    def __init__(self, rng, world, number):
        self.number = number
        self.vc = rng.choice(world.vardcentraler)
        self.kommun = self.vc.kommun
        self.protected = rng.random() < 0.01
        self.stays = 0

    def data(self, rng):
        patient = {"identitet": {"system": "urn:samordnad:simulator", "varde": f"{self.number:08}"},
                   "namn": "Test Testsson", "folkbokforingsadress": "Provgatan 1, 100 00 Provstad",
                   "folkbokforingskommun": self.kommun, "listad_pa": self.vc.hsa_id,
                   "skyddade_personuppgifter": "skyddad_folkbokforing" if self.protected else "nej"}
        if rng.random() < 0.05:  # A3
            del patient[rng.choice(("namn", "folkbokforingsadress"))]
        return patient


def lognormal(rng, median_hours, sigma):
    return datetime.timedelta(hours=rng.lognormvariate(math.log(median_hours), sigma))


def hour_of(rng, day, weights):
    """An instant of the local date, its hour drawn by weight."""
    hour = rng.choices(range(24), weights)[0]
    date = day.astimezone(STOCKHOLM)
    local = datetime.datetime(date.year, date.month, date.day, hour, rng.randrange(60), rng.randrange(60),
                              tzinfo=STOCKHOLM)
    return local.astimezone(datetime.timezone.utc)


def wire(instant):
    return instant.astimezone(STOCKHOLM).isoformat()


class Stay:
    def __init__(self, key, world, patient, admitted, encounter):
        self.key, self.world, self.patient, self.encounter = key, world, patient, encounter
        self.rng = rng = random.Random(key)
        psychiatric = [ward for ward in world.wards if ward.psychiatric]
        somatic = [ward for ward in world.wards if not ward.psychiatric]
        self.ward = rng.choice(psychiatric if rng.random() < 0.12 else somatic)
        self.admitted = admitted
        self.notified = admitted + lognormal(rng, 9, 0.8)
        length = max(lognormal(rng, 5 * 24, 0.7), 12 * HOUR)
        self.ready = max(hour_of(rng, admitted + length, READY_HOURS), self.notified + 2 * HOUR)
        waits = lognormal(rng, 30, 0.9)
        self.home = max(hour_of(rng, self.ready + waits, HOME_HOURS), self.ready + HOUR)
        self.expected = hour_of(rng, self.ready + datetime.timedelta(days=rng.randint(-2, 3)), HOME_HOURS)
        self.expected = max(self.expected, self.notified + 3 * HOUR)
        self.behov = rng.choice(BEHOV)
        self.sip = rng.choices(("lamnat", "okant", "nekat", "kan_ej", "kravs_ej"), (80, 12, 4, 2, 2))[0]
        self.messages = []
        self._count = 0
        self.notice = self.say(self.notified, "inskrivningsmeddelande", self._notice())
        self.klar = self.say(self.ready, "utskrivningsklar", {"klar_at": wire(self.ready)})
        self.discharge = self.say(self.home, "utskrivning", {
            "utskriven_at": wire(self.home),
            "destination": rng.choice(("ordinart", "ordinart", "ordinart", "sarskilt_boende", "korttidsboende"))})
        for complication, share in COMPLICATIONS:
            self.rng = random.Random(f"{key} {complication.__name__}")
            if self.rng.random() < share:
                complication(self, self.rng)
        self.messages.sort(key=lambda message: message.said_at)
        for message in list(self.messages):
            for disturbance, share in DISTURBANCES:
                self.rng = random.Random(f"{key} {disturbance.__name__} {message.type} {message.said_at}")
                if self.rng.random() < share:
                    disturbance(self, self.rng, message)

    def say(self, at, type, data, source=None):
        self._count += 1
        message = Message(at, type, source or self.ward.hsa_id, data, f"{self.encounter}-{self._count}")
        self.messages.append(message)
        return message

    def drop(self, *messages):
        self.messages = [message for message in self.messages if message not in messages]

    def between(self, early, late):
        """An instant strictly between, or the later one if there is no room."""
        return early + max(late - early, MINUTE) * self.rng.uniform(0.05, 0.95)

    def _notice(self):
        rng, kommunala = self.rng, self.world.kommunala[self.patient.kommun]
        mottagare = []
        if "oppenvard" in self.behov or rng.random() < 0.7:
            mottagare.append({"hsa_id": self.patient.vc.hsa_id})
        if self.ward.psychiatric:
            mottagare.append({"hsa_id": self.world.psykiatri.hsa_id})
        for unit in kommunala[:2]:
            wanted = {"kommunal_hsl": "kommunal_hsl", "socialtjanst": "socialtjanst"}[unit.slag] in self.behov
            if not wanted and rng.random() < 0.8:
                continue
            if rng.random() < 0.3:  # A4: named by kommun and kind
                named = {"kommun": unit.kommun, "slag": unit.slag}
                mottagare.append({**named, "distrikt": unit.distrikt} if unit.distrikt else named)
            else:
                mottagare.append({"hsa_id": unit.hsa_id})
        if not mottagare:
            mottagare.append({"hsa_id": self.patient.vc.hsa_id})
        notice = {"patient": self.patient.data(rng), "inskriven_at": wire(self.admitted),
                  "beraknad_utskrivning_at": wire(self.expected), "avdelning": "Provavdelningen",
                  "mottagare": mottagare, "behov": list(self.behov),
                  "samtycke": {"informationsdelning": rng.choice(("lamnat", "lamnat", "okant")), "sip": self.sip},
                  "verksamhet": "psykiatrisk" if self.ward.psychiatric else "somatisk", "vardform": "HSL",
                  "livshotande": rng.random() < 0.06, "behovsprofil": rng.sample(PROFILER, rng.randint(0, 2))}
        wish = rng.random()
        if wish < 0.08:
            notice["onskemal"] = {"staff": rng.choice(self.patient.vc.fvk)}
        elif wish < 0.16:
            notice["onskemal"] = {"ej": rng.choice(self.patient.vc.fvk)}
        if rng.random() < 0.3:
            notice["behov_bedomt_at"] = wire(self.between(self.admitted, self.notified))
        return notice


# ---- Complications: what happens in a stay -------------------------------------------------------------------------


def watched(stay, rng):
    """A0: the admission is known before the need is judged."""
    stay.say(stay.admitted + rng.randint(5, 90) * MINUTE, "inskrivning",
             {"patient": stay.notice.data["patient"], "inskriven_at": wire(stay.admitted),
              "avdelning": "Provavdelningen"})
    judged = stay.between(stay.admitted, stay.notified)
    if rng.random() < 0.25:
        early = stay.between(stay.admitted, judged)
        stay.say(early, "behovsbedomning", {"behov_finns": "senare", "bedomt_at": wire(early)})
    stay.say(judged, "behovsbedomning", {"behov_finns": "ja", "bedomt_at": wire(judged)})


def not_needed(stay, rng):
    """A0: judged not to need anything; nothing leaves the hospital."""
    stay.drop(*stay.messages)
    stay.say(stay.admitted + 30 * MINUTE, "inskrivning",
             {"patient": stay.notice.data["patient"], "inskriven_at": wire(stay.admitted),
              "avdelning": "Provavdelningen"})
    judged = stay.admitted + rng.uniform(1, 23) * HOUR
    stay.say(judged, "behovsbedomning", {"behov_finns": "nej", "bedomt_at": wire(judged)})
    stay.say(stay.home, "utskrivning", {"utskriven_at": wire(stay.home), "destination": "ordinart"})


def new_dates(stay, rng):
    """A7."""
    at = stay.notified
    for _ in range(rng.randint(1, 3)):
        at = stay.between(at, stay.home)
        expected = hour_of(rng, at + datetime.timedelta(days=rng.randint(1, 6)), HOME_HOURS)
        stay.say(at, "ny_beraknad_utskrivning", {"beraknad_utskrivning_at": wire(expected), "orsak": "andrad"})


def new_version(stay, rng):
    """A6: the notice anew, with other needs, dates, wishes."""
    data = copy.deepcopy(stay.notice.data)
    change = rng.randrange(4)
    if change == 0:
        data["livshotande"] = not data["livshotande"]
    elif change == 1:
        data["onskemal"] = {"ej": rng.choice(stay.patient.vc.fvk)}
    elif change == 2:
        data["behov"] = list(rng.choice(BEHOV))
    else:
        data["mottagare"] = data["mottagare"][:1]
    stay.say(stay.between(stay.notified, stay.home), "inskrivningsmeddelande", data)


def withdrawn(stay, rng):
    """C3, C4: not ready after all, and ready again."""
    for _ in range(rng.choice((1, 1, 2))):
        first = stay.between(stay.notified, stay.ready)
        back = stay.between(first, stay.ready)
        stay.say(first, "utskrivningsklar", {"klar_at": wire(first)})
        stay.say(back, "ej_langre_utskrivningsklar", {"at": wire(back), "orsak": "feber"})


def never_ready(stay, _rng):
    """Home without a ready notice."""
    stay.drop(stay.klar)


def ready_late(stay, rng):
    """C5: handed over by a downtime routine before it was sent."""
    handed = stay.ready - rng.randint(20, 600) * MINUTE
    if handed <= stay.notified:
        return
    stay.klar.data.update({"klar_at": wire(handed), "reservrutin": {
        "lamnad_at": wire(handed + MINUTE), "av": stay.patient.vc.chef, "till": "enheten, per telefon"}})


def samtycke_answered(stay, rng):
    """D1a, D3."""
    at = stay.between(stay.notified, stay.home + DAY)
    status = rng.choice(("lamnat", "lamnat", "nekat", "kan_ej", "kravs_ej"))
    stay.say(at, "samtycke", {"omfattning": "sip", "status": status, "at": wire(at)})


def samtycke_withdrawn(stay, rng):
    """D3: withdrawn, and perhaps given anew."""
    at = stay.between(stay.notified, stay.home)
    stay.say(at, "samtycke", {"omfattning": "sip", "status": "aterkallat", "at": wire(at)})
    if rng.random() < 0.6:
        anew = stay.between(at, stay.home + 2 * DAY)
        stay.say(anew, "samtycke", {"omfattning": "sip", "status": "lamnat", "at": wire(anew)})


def sip_judged(stay, rng):
    """D0."""
    at = stay.between(stay.notified, stay.ready)
    stay.say(at, "sip_behov", {"behov": rng.choice(("ny", "uppdateras", "gallande_finns", "behovs_ej"))})


def annul(stay, at, message):
    stay.say(at, "makulering", {"message_id": message.id, "orsak": "fel"})


def ready_annulled(stay, rng):
    wrong = stay.say(stay.between(stay.notified, stay.ready), "utskrivningsklar", {})
    wrong.data["klar_at"] = wire(wrong.said_at)
    annul(stay, stay.between(wrong.said_at, stay.ready), wrong)


def discharge_annulled(stay, rng):
    wrong = stay.say(stay.between(stay.notified, stay.home), "utskrivning", {"destination": "ordinart"})
    wrong.data["utskriven_at"] = wire(wrong.said_at)
    annul(stay, stay.between(wrong.said_at, stay.home), wrong)


def wrong_patient(stay, rng):
    """The whole of it annulled."""
    annul(stay, stay.between(stay.notified, stay.ready), stay.notice)


def information(stay, rng):
    """E1: mostly on the day, some late."""
    at = stay.home + (rng.uniform(-1, 4) * HOUR if rng.random() < 0.85 else rng.uniform(5, 90) * HOUR)
    stay.say(at, "utskrivningsinformation", {"overford_at": wire(at)})


def patient_information(stay, rng):
    """E3."""
    at = stay.home + rng.uniform(-2, 30) * HOUR
    stay.say(at, "patientinformation", {"overlamnad_at": wire(at)})


def died(stay, rng):
    """G1: in hospital, or at home soon after; nothing more is said of the stay."""
    at = stay.between(stay.notified, stay.home + 6 * DAY)
    late = [message for message in stay.messages if message.said_at >= at]
    stay.drop(*late)
    stay.say(at, "avliden", {"at": wire(at)})


def death_annulled(stay, rng):
    """G1, undone: it was another patient."""
    at = stay.between(stay.notified, stay.ready)
    wrong = stay.say(at, "avliden", {"at": wire(at)})
    annul(stay, at + rng.uniform(0.2, 20) * HOUR, wrong)


def transferred(stay, rng):
    """G2: the same stay, another ward, which speaks from then on."""
    at = stay.between(stay.notified, stay.ready)
    ward = rng.choice([ward for ward in stay.world.wards if ward is not stay.ward])
    stay.say(at, "overflyttning", {"avdelning": "En annan avdelning", "enhet": ward.hsa_id, "at": wire(at)})
    for message in stay.messages:
        if message.said_at > at:
            message.source = ward.hsa_id


def on_leave(stay, rng):
    """G2: kvittens reminders pause."""
    at = stay.between(stay.notified, stay.home)
    leave = {"from_at": wire(at)}
    if rng.random() < 0.7:
        leave["to_at"] = wire(at + rng.uniform(5, 50) * HOUR)
    stay.say(at, "permission", leave)


def patient_changed(stay, rng):
    """A3, G4: what was missing; another address or kommun."""
    at = stay.between(stay.notified, stay.home)
    patient = {"identitet": stay.notice.data["patient"]["identitet"]}
    patient.update(rng.choice(({"namn": "Test Testsson"}, {"folkbokforingsadress": "Provgatan 2, 100 00 Provstad"},
                               {"namn": "Test Testsson", "folkbokforingsadress": "Provgatan 3, 100 00 Provstad"})))
    stay.say(at, "patient_uppdaterad", {"patient": patient})


def mottagare_changed(stay, rng):
    """A10: one more, or one less."""
    at = stay.between(stay.notified, stay.home)
    named = [row["hsa_id"] for row in stay.notice.data["mottagare"] if "hsa_id" in row]
    others = [unit.hsa_id for unit in (*stay.world.vardcentraler, *stay.world.kommunala[stay.patient.kommun])
              if unit.hsa_id not in named]
    if len(named) > 1 and rng.random() < 0.4:
        stay.say(at, "mottagare_andrad", {"ta_bort": [rng.choice(named)]})
    else:
        stay.say(at, "mottagare_andrad", {"lagg_till": [{"hsa_id": rng.choice(others)}]})


def withheld(stay, rng):
    """C1a: withheld from one of the mottagare for secrecy."""
    named = [row["hsa_id"] for row in stay.notice.data["mottagare"] if "hsa_id" in row]
    if named:
        stay.klar.data["undanhallen"] = [{"mottagare": rng.choice(named), "orsak": "sekretess", "beslutad_av": "lakare"}]


def compulsory(stay, rng):
    """C2, C6: compulsory care; the patient leaves to öppen tvångsvård, which ends some time after."""
    if not stay.ward.psychiatric:
        return
    lrv = rng.random() < 0.25
    stay.notice.data["vardform"] = "LRV" if lrv else "LPT"
    if rng.random() < 0.8:
        stay.klar.data["underrattelse_lpt_7a"] = not lrv or rng.random() < 0.3
    if rng.random() < 0.6:
        stay.klar.data["oppen_tvangsvard"] = "ORV" if lrv else "OPT"
        ends = stay.between(stay.ready, stay.home + 12 * DAY)
        stay.say(ends, "vardform_andrad", {"vardform": "HSL", "from_at": wire(ends), "oppen_tvangsvard": "ingen"})


COMPLICATIONS = (
    (watched, 0.4),
    (new_dates, 0.5),
    (new_version, 0.08),
    (withdrawn, 0.12),
    (never_ready, 0.05),
    (ready_late, 0.04),
    (samtycke_answered, 0.15),
    (samtycke_withdrawn, 0.05),
    (sip_judged, 0.08),
    (ready_annulled, 0.03),
    (discharge_annulled, 0.03),
    (wrong_patient, 0.015),
    (information, 0.93),
    (patient_information, 0.85),
    (not_needed, 0.06),
    (compulsory, 0.5),
    (transferred, 0.06),
    (on_leave, 0.04),
    (patient_changed, 0.06),
    (mottagare_changed, 0.06),
    (withheld, 0.02),
    (death_annulled, 0.01),
    (died, 0.04),
)

# ---- Disturbances: what happens to a message -----------------------------------------------------------------------


def late(_stay, rng, message):
    message.delay = lognormal(rng, 3, 1.5)


def doubled(_stay, rng, message):
    message.again.append(lognormal(rng, 1, 2))


def lost(stay, _rng, message):
    stay.drop(message)


def found(_stay, rng, message):
    """Lost, and sent days after."""
    message.delay = lognormal(rng, 60, 0.8)


DISTURBANCES = ((late, 0.06), (doubled, 0.06), (found, 0.01), (lost, 0.008))
