"""What the units do: each reads its feed when somebody is there, and answers as its temper is. REACTIONS is what a
notice leads to; a new kind of answer is a function and a row.
"""

import datetime
import random

from stays import DAY, HOUR, MINUTE, lognormal, wire
from world import STOCKHOLM, TEMPERS

KVITTENS = ("kvittera_inskrivningsmeddelande", "kvittera_utskrivningsklar", "kvittera_kallelse")


class Office:
    """One unit. `simulation` posts for it, reads for it, and calls it at the times that it asks for."""

    def __init__(self, simulation, unit):
        self.simulation, self.unit = simulation, unit
        self.after = 0
        self.done = set()  # (what, episode): said once
        self.count = 0
        self.never, self.median_hours = TEMPERS[unit.temper]

    def hours_of(self, day):
        """When somebody reads the feed on that local date."""
        if day.weekday() >= 5 and self.unit.slag != "kommunal_hsl":
            return ()
        return ((8, 7), (10, 40), (14, 20))

    def read(self, now):
        """Takes what has come and does what it leads to."""
        for notice in self.simulation.feed(self.unit.hsa_id, self.after):
            self.after = notice["data"]["seq"]
            word = notice["type"].removeprefix("samordnad.").removesuffix(".v1")
            if self.unit.temper == "silent" or "episode" not in notice["data"]:
                continue
            for words, reaction in REACTIONS:
                if word in words:
                    rng = random.Random(f"{self.simulation.seed} {self.unit.hsa_id} {self.after} {reaction.__name__}")
                    reaction(self, rng, notice["data"], now)

    def later(self, rng, now, action):
        self.simulation.at(now + lognormal(rng, self.median_hours, 0.9), action)

    def say(self, now, type, episode, data):
        self.count += 1
        return self.simulation.post(now, type, self.unit.hsa_id, {"episode": {"id": episode}, **data},
                                    f"{self.unit.hsa_id}-{self.count}")

    def say_outside(self, now, type, data):
        """What is not about a stay."""
        self.count += 1
        return self.simulation.post(now, type, self.unit.hsa_id, data, f"{self.unit.hsa_id}-{self.count}")

    def once(self, what, episode):
        if (what, episode) in self.done:
            return False
        self.done.add((what, episode))
        return True


def kvittens(office, rng, data, now):
    """G3."""
    if data.get("kind") not in KVITTENS or rng.random() < office.never:
        return
    episode, task = data["episode"]["id"], data["task"]
    office.later(rng, now, lambda at: office.say(at, "kvittens", episode, {"task": task}))


def name_fvk(office, rng, data, now):
    """B4: who is proposed is confirmed, or another named; in manual mode somebody is."""
    episode, unit = data["episode"]["id"], office.unit
    if not unit.is_oppenvard or rng.random() < office.never or not office.once("fvk", episode):
        return
    if data.get("kind") not in (None, "utse_fast_vardkontakt", "ersatt_fast_vardkontakt"):
        return

    def act(at):
        view = office.simulation.view(unit.hsa_id, episode)
        row = next((row for row in view.get("fast_vardkontakt", ()) if row["unit"] == unit.hsa_id), {})
        if row.get("staff") and rng.random() < 0.9:
            return
        proposed = row.get("foreslagen")
        person = proposed["hsa_id"] if proposed and rng.random() < 0.8 else rng.choice(unit.fvk)
        office.say(at, "fast_vardkontakt", episode, {
            "atgard": "utse", "staff": person, "utsedd_av": unit.chef, "from_at": wire(at)})
    office.later(rng, now, act)


def change_fvk(office, rng, data, now):
    """B10: the assignment ends, or another takes over."""
    episode, unit = data["episode"]["id"], office.unit
    if not unit.is_oppenvard or rng.random() > 0.06 or not office.once("change", episode):
        return

    def act(at):
        view = office.simulation.view(unit.hsa_id, episode)
        row = next((row for row in view.get("fast_vardkontakt", ()) if row["unit"] == unit.hsa_id), {})
        if not row.get("staff"):
            return
        if rng.random() < 0.4:
            office.say(at, "fast_vardkontakt", episode, {
                "atgard": "avsluta", "staff": row["staff"]["hsa_id"], "utsedd_av": unit.chef, "from_at": wire(at),
                "to_at": wire(at + rng.choice((MINUTE, 3 * DAY)))})
        else:
            office.say(at, "fast_vardkontakt", episode, {
                "atgard": "byt", "staff": rng.choice(unit.fvk), "utsedd_av": unit.chef,
                "from_at": wire(at + rng.choice((-MINUTE, 2 * DAY)))})
    office.later(rng, now + rng.uniform(0, 4) * DAY, act)


def summon(office, rng, data, now):
    """D1, D6: the fast vårdkontakt sends the kallelse by hand, with the time that is booked or another."""
    episode, unit = data["episode"]["id"], office.unit
    if not unit.is_oppenvard or data.get("kind") not in (None, "kalla_till_sip", "no_slot", "boka_om_sip"):
        return
    if (unit.sip_mode == "auto" and data.get("kind") not in ("no_slot", "boka_om_sip")) or rng.random() < office.never:
        return
    if not office.once(f"sip {data.get('kind') or data.get('nr')}", episode):
        return

    def act(at):
        view = office.simulation.view(unit.hsa_id, episode)
        row = next((row for row in view.get("fast_vardkontakt", ()) if row["unit"] == unit.hsa_id), {})
        person = (row.get("acting") or row.get("staff") or {"hsa_id": rng.choice(unit.fvk)})["hsa_id"]
        if rng.random() < 0.08:
            person = rng.choice(unit.persons)  # D4
        held = (view.get("sip") or {}).get("mote")
        mote = {name: held[name] for name in ("start_at", "end_at", "form", "plats") if held.get(name)} if held else None
        if mote is None or rng.random() < 0.2 or mote["start_at"] <= wire(at):
            start = (at.astimezone(STOCKHOLM) + datetime.timedelta(days=rng.randint(2, 12))).replace(
                hour=rng.randint(8, 15), minute=rng.choice((0, 30)), second=0, microsecond=0)
            mote = {"start_at": start.isoformat(), "end_at": (start + HOUR).isoformat(), "form": "video"}
        else:
            mote["form"] = "telefon" if not mote.get("plats") else mote["form"]
        called = [row["unit"] for row in view.get("mottagare", ()) if row["active"] and row["unit"] != unit.hsa_id]
        atgard = "omboka" if data.get("kind") == "boka_om_sip" else "skicka"
        message = {"atgard": atgard, "skickad_av": person, "at": wire(at), "mote": mote,
                   "kallade": called or [{"namn": "Test Narstaende", "roll": "narstaende"}]}
        deputies = [who for who, deputy in unit.deputies.items() if deputy == person]
        if deputies and row.get("staff") and row["staff"]["hsa_id"] in deputies:
            message["for"] = row["staff"]["hsa_id"]
        office.say(at, "sip_kallelse", episode, message)
        if rng.random() < 0.05:
            office.later(rng, at, lambda then: office.say(then, "sip_kallelse", episode, {
                "atgard": "avboka", "skickad_av": person, "at": wire(then), "kallade": []}))
    office.later(rng, now, act)


def judge_sip(office, rng, data, now):
    """D0: a unit's word on whether a SIP is due."""
    episode = data["episode"]["id"]
    if rng.random() > 0.05 or not office.once("judge", episode):
        return
    behov = rng.choice(("ny", "behovs_ej", "gallande_finns", "uppdateras"))
    office.later(rng, now, lambda at: office.say(at, "sip_behov", episode, {"behov": behov}))


def ask_samtycke(office, rng, data, now):
    """D1a."""
    episode = data["episode"]["id"]
    if data.get("kind") != "fraga_samtycke" or not office.unit.is_oppenvard or rng.random() < 0.4:
        return
    status = rng.choice(("lamnat", "lamnat", "lamnat", "nekat"))
    office.later(rng, now, lambda at: office.say(at, "samtycke", episode, {
        "omfattning": "sip", "status": status, "at": wire(at)}))


def refuse(office, rng, data, now):
    """A9, A11: not ours, or no help is needed from us."""
    episode, draw = data["episode"]["id"], rng.random()
    if draw < 0.015:
        answer = ("avvisning", {"orsak": rng.choice(("ej_folkbokford", "ej_listad", "felsand"))})
    elif draw < 0.035:
        answer = ("ej_berord", {"orsak": "inga insatser"})
    else:
        return
    office.later(rng, now, lambda at: office.say(at, answer[0], episode, answer[1]))


def forward(office, rng, data, now):
    """A10: to another unit of the same kommun."""
    episode, unit = data["episode"]["id"], office.unit
    others = [other.hsa_id for other in office.simulation.world.units.values()
              if other.slag == unit.slag and other.kommun == unit.kommun and other is not unit]
    if rng.random() > 0.03 or not others or unit.is_oppenvard:
        return
    to = rng.choice(others)
    office.later(rng, now, lambda at: office.say(at, "mottagare_andrad", episode, {"vidarebefordra": to}))


def answer_kallelse(office, rng, data, now):
    """D8."""
    episode = data["episode"]["id"]
    if rng.random() < 0.6:
        return
    svar = rng.choices(("ja", "nej", "annan_tid"), (80, 10, 10))[0]
    message = {"svar": svar, "forslag_at": wire(now + 5 * DAY)} if svar == "annan_tid" else {"svar": svar}
    office.later(rng, now, lambda at: office.say(at, "kallelse_svar", episode, message))


def hold_sip(office, rng, data, now):
    """D7: the kommun's health care or social services writes the plan down when the meeting was held, and follows it up."""
    episode, unit = data["episode"]["id"], office.unit
    if unit.is_oppenvard or rng.random() < 0.3 or not office.once("sip", episode):
        return

    def hold(at):
        mote = (office.simulation.view(unit.hsa_id, episode).get("sip") or {}).get("mote")
        if not mote or datetime.datetime.fromisoformat(mote["start_at"]) > at:
            return
        utfall = rng.choices(("genomford", "uteblev", "avbruten"), (85, 10, 5))[0]
        message = {"hallen_at": mote["start_at"], "utfall": utfall}
        if utfall == "genomford":
            message["plan"] = {"insatser": ["hemtjanst"], "region": ["hembesok"], "kommun": ["hemtjanst"], "andra": [],
                               "overgripande_ansvar": rng.choice(("region", "kommun"))}
            if rng.random() < 0.7:
                message["plan"].update({"mal": ["hemma"], "deltagare": ["patienten"], "samordningsansvarig": "Provperson",
                                        "patientens_del": "traning", "uppfoljning_at": wire(at + 20 * DAY)})
        office.say(at, "sip", episode, message)
        if utfall == "genomford" and rng.random() < 0.7:
            office.simulation.at(at + rng.uniform(10, 25) * DAY, lambda then: office.say(then, "sip_uppfoljning", episode, {
                "hallen_at": wire(then), "avslutad": True}))
    view = office.simulation.view(unit.hsa_id, episode)
    mote = (view.get("sip") or {}).get("mote")
    if mote:
        start = datetime.datetime.fromisoformat(mote["start_at"].replace("Z", "+00:00"))
        office.simulation.at(start + rng.uniform(1, 40) * HOUR, hold)


def tell_insatser(office, rng, data, now):
    """F3, F8: whether the kommun can take the patient home."""
    episode = data["episode"]["id"]
    if office.unit.is_oppenvard or rng.random() > 0.06:
        return
    status = rng.choice(("tillganglig", "ej_tillganglig", "oklart", "avbojd"))
    office.later(rng, now, lambda at: office.say(at, "insatser_status", episode, {"status": status}))


def adjust_vardplan(office, rng, data, now):
    """C6."""
    episode = data["episode"]["id"]
    if data.get("kind") == "justera_vardplan" and rng.random() > office.never:
        office.later(rng, now, lambda at: office.say(at, "vardplan_justerad", episode, {"at": wire(at)}))


# ---- What units say outside of any stay ----------------------------------------------------------------------------


def staff_away(office, rng, at):
    """B13: away for long, or for good; told beforehand or on the day."""
    unit = office.unit
    staff = rng.choice(unit.fvk)
    begins = (at.astimezone(STOCKHOLM) + rng.choice((0, 1, 7)) * DAY).replace(hour=0, minute=0, second=0, microsecond=0)
    message = {"staff": staff, "from_at": begins.isoformat()}
    if rng.random() < 0.15 and len(unit.fvk) > 2:
        unit.fvk.remove(staff)
        unit.left.add(staff)
        message["atgard"] = "slutar"
    else:
        message.update({"atgard": "franvaro", "to_at": (begins + rng.choice((2, 10, 35)) * DAY).isoformat()})
        if rng.random() < 0.5:
            message["ersattare"] = rng.choice([other for other in unit.fvk if other != staff])
    office.say_outside(at, "personal", message)


def ask_for_contact(office, rng, at):
    """B12: an FVK without any stay."""
    office.say_outside(at, "begaran_fast_vardkontakt", {"patient": office.simulation.someone(rng), "at": wire(at)})


def name_kontakt(office, rng, at):
    """B11: a fast läkarkontakt, where there is a physician."""
    physicians = [person["hsa_id"] for person in office.unit.row["staff"]
                  if person["profession"] == "lakare" and person["hsa_id"] not in office.unit.left]
    if physicians:
        office.say_outside(at, "fast_kontakt", {"slag": 2, "patient": office.simulation.someone(rng), "atgard": "utse",
                                                "staff": rng.choice(physicians), "from_at": wire(at)})


def set_sparr(office, rng, at):
    """G8."""
    office.say_outside(at, "sparr", {"patient": office.simulation.someone(rng), "at": wire(at),
                                     "atgard": rng.choice(("satt", "satt", "havd"))})


# Of each outpatient unit: what, and days between two of them (mean).
ROUTINE = ((staff_away, 70), (ask_for_contact, 40), (name_kontakt, 20), (set_sparr, 60))

ASKS = ("task.created", "task.due_soon", "task.escalated", "task.overdue")
REACTIONS = (
    (("episode.inskrivningsmeddelande", "episode.inskrivningsmeddelande_andrat", "episode.utskrivningsklar",
      "sip.kallelse", "sip.rebooked", "task.created"), kvittens),
    (("fast_vardkontakt.proposed", *ASKS), name_fvk),
    (("fast_vardkontakt.appointed",), change_fvk),
    (("sip.due", "sip.booked", *ASKS), summon),
    (("episode.inskrivningsmeddelande",), judge_sip),
    (("task.created",), ask_samtycke),
    (("episode.inskrivningsmeddelande",), refuse),
    (("episode.inskrivningsmeddelande",), forward),
    (("sip.kallelse", "sip.rebooked"), answer_kallelse),
    (("sip.kallelse",), hold_sip),
    (("episode.utskrivningsklar",), tell_insatser),
    (("task.created",), adjust_vardplan),
)
