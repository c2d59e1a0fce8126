"""make run: a day of a small region, played through the daemon's HTTP interface and told in plain words.

Starts a private PostgreSQL cluster, a receiver of webhooks and the daemon; plays; prints what to try; stays up until
Ctrl-C. Cleans up what it started. PORT: where to listen (default: 8612, or the next free one). DEMO_ONCE=1: ends
after the story. The legal clock is set to a Tuesday morning and steps through the day; the persons are the tax
agency's test identities. Exit code 0 if the day went as it should.
"""

import base64
import collections
import copy
import datetime
import json
import os
import pathlib
import secrets
import signal
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))

import harness  # noqa: E402
from harness import wire  # noqa: E402
from receiver import Receiver  # noqa: E402

PORT = 8612
PORTS = 20  # how many are tried when none was asked for

AVD21, AVD34 = "SE2300000001-AVD21", "SE2300000001-AVD34"
BJORKEN, LINDEN = "SE2300000001-BJORKEN", "SE2300000001-LINDEN"
EKBY_HSV, EKBY_SOC = "SE2100000011-HSV", "SE2100000011-SOC"
ALMBY_HSV, ALMBY_SOC = "SE2100000012-HSV", "SE2100000012-SOC"
WHO_LISTENS = (BJORKEN, LINDEN, EKBY_HSV, EKBY_SOC, ALMBY_HSV, ALMBY_SOC)

REASONS = {
    "patientens_onskan": "the patient asked for this person",
    "fast_lakarkontakt_vid_livshot": "is the patient's fast läkarkontakt, and the condition is life-threatening",
    "befintlig_fvk": "already is the patient's fast vårdkontakt here",
    "profession_passar_behovet": "the profession fits the need",
    "sjukskoterska": "is a (district) nurse",
    "samma_team_som_lakarkontakten": "same team as the fast läkarkontakt",
    "under_mjuk_kapacitet": "below the agreed capacity",
    "lagst_belastning": "has the fewest patients for the working time",
    "legitimerad_lakare": "is a licensed physician, which a life-threatening condition demands",
    "borta_men_ersattare_finns": "is away, but a deputy stands in",
}

CAUSES = {
    "hospital_late": "the hospital was late",
    "unit_late": "the unit was late",
    "kommun_late": "the kommun was late",
    "system": "the system was away",
}

# What the kommun may have to pay for the bed (betalningsansvar): how it stands, and what speaks for and against.
STANDINGS = {
    "starts": "the kommun pays for the bed from {from_at}, if the patient is still there",
    "contested": "the kommun would pay for the bed from {from_at}, but has reason to contest it",
    "not_yet": "nothing to pay yet: at the earliest from {from_at}, and only when what is missing has come",
    "not_applicable": "nothing to pay",
}
GROUNDS = {
    "no_klar": "no notice of utskrivningsklar is in force",
    "no_admission": "the kommun has had no inskrivningsmeddelande",
    "late_admission": "the inskrivningsmeddelande came later than the law says",
    "no_kallelse": "the kallelse to the SIP has not been sent",
    "late_kallelse": "the kallelse to the SIP came later than the law says",
    "from_kallelse": "counted from the day of the kallelse",
    "klar_counted_later": "the notice of utskrivningsklar counts from when the kommun could know of the patient",
    "sent_at_lag": "the notice of utskrivningsklar arrived long after it says that it was sent",
    "left_before": "the patient left before",
}


def say(text="", *, indent=0):
    print("  " * indent + text, flush=True)


def clock_text(instant):
    return harness.local(instant).astimezone(harness.STOCKHOLM).strftime("%a %d %b %H:%M")


class Day:
    """The region while it is played: its clients, the legal day, and what has been told."""

    def __init__(self, region, database, daemon, receiver):
        self.region, self.database, self.daemon, self.receiver = region, database, daemon, receiver
        self.clock = harness.Clock(database)
        self.names = {unit["hsa_id"]: unit["namn"] for unit in region["units"]}
        self.names.update((person["hsa_id"], person["namn"]) for unit in region["units"]
                          for person in unit.get("staff", []))
        self.date = first_tuesday()
        self.clients = {}

    def local(self, clock, days=0):
        """An instant of the day: "07:30"; days later, or earlier if negative."""
        return harness.local(f"{self.date + datetime.timedelta(days)}T{clock}")

    def at(self, clock):
        self.clock.advance(self.local(clock))
        say()
        say(f"{clock}")

    def add_client(self, key, roles, units):
        token = harness.create_client(self.database, key, roles, units)
        self.clients[key] = harness.Client(self.daemon.address, token, units[0] if units else None, self.clock.now)
        self.clients[key].wait_until_known()

    def send(self, key, message, data, **more):
        """Posts a message; returns the answer's JSON."""
        answer = self.clients[key].post_message(message, data, **more)
        if answer.status != 200:
            raise SystemExit(f"{message} was answered {answer!r}")
        return answer.json

    def wait_for_pushes(self):
        """Until every notice of the units that listen has arrived at the receiver."""
        heads = {unit: int(self.database.value(
            "select coalesce(max(seq), 0) from samordnad.notice join samordnad.unit using (unit) "
            "where hsa_id = :'unit'", unit=unit)) for unit in WHO_LISTENS}
        harness.wait_until(lambda: all(self.arrived(unit) == set(range(1, head + 1))
                                       for unit, head in heads.items()), 60, "every notice to be pushed")

    def arrived(self, unit):
        return {request.json["data"]["seq"] for request in self.receiver.received(f"/{unit}")}

    # ---- Telling ----

    def tell_fvk(self, view):
        for fvk in view["fast_vardkontakt"]:
            unit = self.names[fvk["unit"]]
            if fvk["staff"]:
                why = self.reasons(fvk)
                by = (f"by the standing decision of {self.names[fvk['standing_decision']['beslutad_av']]}"
                      if fvk["standing_decision"] else f"by {self.names.get(fvk['utsedd_av'], 'the unit')}")
                say(f"→ fast vårdkontakt at {unit}: {fvk['staff']['namn']}, {fvk['staff']['profession']}, {by}",
                    indent=1)
                for word in why:
                    say(f"because: {REASONS.get(word, word)}", indent=3)
                behind = [row["namn"] for row in fvk["ranking"] if row["staff"] != fvk["staff"]["hsa_id"]]
                if behind:
                    say(f"ranked behind: {', '.join(behind)}", indent=3)
            elif fvk["foreslagen"]:
                say(f"→ {unit} decides itself; proposed: "
                    + ", ".join(row["namn"] for row in fvk["ranking"]), indent=1)

    @staticmethod
    def reasons(fvk):
        """Why this person; a load that is everybody's distinguishes nobody."""
        chosen = next((row for row in fvk["ranking"] if row["staff"] == fvk["staff"]["hsa_id"]), None)
        if chosen is None:
            return []
        loads = {row["belastning"] for row in fvk["ranking"]}
        return [word for word in chosen["skal"] if word != "lagst_belastning" or len(loads) > 1]

    def tell_sip(self, view):
        mote = view["sip"]["mote"]
        if mote and view["sip"]["kallelse"]:
            where = f", {mote['plats']}" if mote["plats"] else ""
            say(f"→ SIP on {clock_text(mote['start_at'])} ({mote['form']}{where}), kallelse sent "
                f"{clock_text(view['sip']['kallelse']['at'])} for {self.names[view['sip']['kallelse']['skickad_av']]}",
                indent=1)
        elif view["sip"]["due_before"]:
            say(f"→ the kallelse to a SIP must be sent before {clock_text(view['sip']['due_before'])}", indent=1)

    def tell_clock(self, view):
        pay = view["betalningsansvar"]
        if pay["from"]:
            text = STANDINGS[pay["standing"]].format(from_at=clock_text(pay["from"]))
            say(f"→ betalningsansvar: {text}", indent=1)
            for ground in pay["grounds"]:
                say(f"noted: {GROUNDS.get(ground, ground)}", indent=3)

    def tell_open_tasks(self, view, units):
        for task in view["tasks"]:
            if task["status"] == "open" and task["unit"] in units:
                say(f"→ task to {self.names[task['unit']]}: {task['text']}, due {clock_text(task['due_at'])}", indent=1)


def first_tuesday():
    """The Tuesday after today: a weekday, with the week's slots ahead."""
    today = datetime.datetime.now(harness.STOCKHOLM).date()
    return today + datetime.timedelta((1 - today.weekday() - 1) % 7 + 1)


def read_region(receiver, day):
    """The region of region.json, its standing decisions moved to the year that is played, its endpoints to here."""
    region = json.loads((HERE / "region.json").read_text())
    for unit in region["units"]:
        for decision in unit.get("standing_decisions", []):
            decision["from_at"] = wire(harness.local(f"{day.year}-01-01T00:00"))
            decision["to_at"] = wire(harness.local(f"{day.year + 1}-01-01T00:00"))
        # What stands in the file is an example of an endpoint: here the receiver takes its place.
        unit.pop("endpoints", None)
        if unit["hsa_id"] in WHO_LISTENS:
            path, secret = f"/{unit['hsa_id']}", "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
            receiver.secret(path, secret)
            unit["endpoints"] = [{"url": receiver.url(path), "secret": secret}]
    return region


def patient(varde, namn, kommun, listad_pa, system="personnummer"):
    return {"identitet": {"system": system, "varde": varde}, "namn": namn,
            "folkbokforingsadress": "Provgatan 1, 800 00 Provstad", "folkbokforingskommun": kommun,
            "listad_pa": listad_pa, "skyddade_personuppgifter": "nej"}


def notice(person, inskriven_at, beraknad_at, mottagare, **more):
    return {"patient": person, "inskriven_at": wire(inskriven_at), "beraknad_utskrivning_at": wire(beraknad_at),
            "avdelning": "21", "mottagare": [{"hsa_id": unit} for unit in mottagare],
            "behov": ["oppenvard", "kommunal_hsl", "socialtjanst"],
            "samtycke": {"informationsdelning": "lamnat", "sip": "lamnat"}, "verksamhet": "somatisk",
            "vardform": "HSL", **more}


EKBY = (BJORKEN, EKBY_HSV, EKBY_SOC)
ALMBY = (LINDEN, ALMBY_HSV, ALMBY_SOC)


def play(day):
    """The day. Returns the episodes by encounter."""
    ids = {}

    def post(key, message, data, encounter, **more):
        answer = day.send(key, message, data, encounter=encounter, **more)
        ids[encounter] = answer["episode"]["id"]
        return answer

    def post_own(key, message, data, encounter):
        return day.send(key, message, data, episode=ids[encounter])

    def acknowledge(encounter):
        """Every unit acknowledges what it was asked to."""
        speakers = {BJORKEN: "bjorken", EKBY_HSV: "ekby", EKBY_SOC: "ekby", LINDEN: "linden"}
        for task in show(encounter)["tasks"]:
            if task["status"] == "open" and task["kind"].startswith("kvittera") and task["unit"] in speakers:
                day.send(speakers[task["unit"]], "kvittens", {"task": task["id"]}, episode=ids[encounter],
                         source=task["unit"])

    def show(encounter):
        ward = "sjukhuset" if encounter.startswith("A") else "ortopeden"
        return day.clients[ward].episode(ids[encounter])

    day.at("07:30")
    say("Ward 21 admits a patient; whether help will be needed is not judged yet. Nothing leaves the hospital.", indent=1)
    post("sjukhuset", "inskrivning", {
        "patient": patient("RES-2300-0001", "Okänd Prov", "2101", BJORKEN, "urn:oid:1.2.752.74.9.1"),
        "inskriven_at": wire(day.local("07:10")), "avdelning": "21"}, "A-1001")
    day.tell_open_tasks(show("A-1001"), [AVD21])

    day.at("08:00")
    say("Ward 21 sends an inskrivningsmeddelande: hip fracture, expected home on Thursday, patient of Björken.", indent=1)
    post("sjukhuset", "inskrivningsmeddelande", notice(
        patient("189001019802", "Agda Prov", "2101", BJORKEN), day.local("19:00", -1), day.local("10:00", 2), EKBY,
        behovsprofil=["omvardnad"]), "A-1002")
    day.tell_fvk(show("A-1002"))

    day.at("08:20")
    say("Ward 21, the same: a life-threatening condition. Only a licensed physician may be fast vårdkontakt.", indent=1)
    post("sjukhuset", "inskrivningsmeddelande", notice(
        patient("191212121212", "Tolvan Prov", "2101", BJORKEN), day.local("23:30", -1), day.local("12:00", 6), EKBY,
        livshotande=True, behovsprofil=["instabil"]), "A-1003")
    day.tell_fvk(show("A-1003"))

    day.at("08:45")
    say("Ward 34 sends one for a patient of Linden, where people decide themselves.", indent=1)
    post("ortopeden", "inskrivningsmeddelande", notice(
        patient("189602299803", "Skottina Prov", "2104", LINDEN), day.local("16:00", -1), day.local("15:00", 1), ALMBY),
        "B-2001")
    day.tell_fvk(show("B-2001"))
    day.tell_open_tasks(show("B-2001"), [LINDEN])

    day.at("09:00")
    say("The units around the hip fracture acknowledge it; Linden's verksamhetschef names Siv Norén.", indent=1)
    acknowledge("A-1002")
    post_own("linden", "fast_vardkontakt", {
        "atgard": "utse", "staff": "SE2300000001-L03", "utsedd_av": "SE2300000001-L01",
        "from_at": wire(day.local("09:00"))}, "B-2001")
    day.tell_fvk(show("B-2001"))

    day.at("09:30")
    say("A doctor judges that the patient admitted at 07:10 needs nothing afterwards: the watch closes.", indent=1)
    post("sjukhuset", "behovsbedomning", {"behov_finns": "nej", "bedomt_at": wire(day.local("09:30"))}, "A-1001")
    say(f"→ the stay is {show('A-1001')['phase']}; no unit outside ever heard of it", indent=1)

    day.at("10:00")
    say("The hip fracture is utskrivningsklar. Björken's slots are known and the patient has agreed to a SIP.", indent=1)
    post("sjukhuset", "utskrivningsklar", {"klar_at": wire(day.local("10:00"))}, "A-1002")
    for tell in (day.tell_sip, day.tell_clock):
        tell(show("A-1002"))

    day.at("10:20")
    say("Björken and Ekby's two units acknowledge that the patient is utskrivningsklar; Ekby's two also the kallelse,",
        indent=1)
    say("which Björken has sent.", indent=1)
    acknowledge("A-1002")

    day.at("10:40")
    say("Ward 34 reports a patient utskrivningsklar of whom no notice has come: it is parked, and the ward is told.",
        indent=1)
    answer = post("ortopeden", "utskrivningsklar", {"klar_at": wire(day.local("10:40"))}, "B-2002")
    say(f"→ answered: {answer['result']} ({answer['outcome']['detail']})", indent=1)

    day.at("11:15")
    say("The notice comes, 15 hours late, with samtycke still unknown. Now both reach the units, in order.", indent=1)
    unknown = {"informationsdelning": "lamnat", "sip": "okant"}
    post("ortopeden", "inskrivningsmeddelande", notice(
        patient("189001619809", "Samordna Prov", "2101", BJORKEN, "samordningsnummer"), day.local("20:15", -2),
        day.local("12:00", 1), EKBY, samtycke=unknown), "B-2002")
    late = show("B-2002")
    for breach in late["breaches"]:
        if breach["unit"] == BJORKEN:
            say(f"→ a breach is noted: the notice was due {clock_text(breach['due_at'])}, 24 hours after admission; "
                f"{CAUSES[breach['cause']]} (rule {breach['rule']})", indent=1)
    day.tell_fvk(late)
    day.tell_sip(late)
    day.tell_clock(late)
    day.tell_open_tasks(late, [AVD34])

    day.at("13:00")
    say("Linden's patient is utskrivningsklar after noon. Siv Norén must send the kallelse herself.", indent=1)
    post("ortopeden", "utskrivningsklar", {"klar_at": wire(day.local("13:00"))}, "B-2001")
    for tell in (day.tell_sip, day.tell_clock):
        tell(show("B-2001"))

    day.at("13:40")
    say("She does, for Thursday.", indent=1)
    post_own("linden", "sip_kallelse", {
        "atgard": "skicka", "skickad_av": "SE2300000001-L03", "at": wire(day.local("13:40")),
        "mote": {"start_at": wire(day.local("10:00", 2)), "end_at": wire(day.local("11:00", 2)), "form": "telefon",
                 "plats": "026-00 01 00"}, "kallade": list(ALMBY)}, "B-2001")
    day.tell_sip(show("B-2001"))

    day.at("14:30")
    say("Ward 34 has asked: the patient agrees to a SIP.", indent=1)
    post("ortopeden", "samtycke", {"omfattning": "sip", "status": "lamnat", "at": wire(day.local("14:30"))}, "B-2002")
    for tell in (day.tell_sip, day.tell_clock):
        tell(show("B-2002"))

    day.at("15:00")
    say("A short stay: notice, and home the same afternoon with a fast vårdkontakt in time.", indent=1)
    post("sjukhuset", "inskrivningsmeddelande", notice(
        patient("189812919810", "Nummer Prov", "2104", BJORKEN, "samordningsnummer"), day.local("06:00"),
        day.local("18:00"), (BJORKEN, ALMBY_HSV), behov=["oppenvard", "rehabilitering"],
        behovsprofil=["rehabilitering"]), "A-1004")
    day.tell_fvk(show("A-1004"))

    day.at("16:30")
    say("The hip fracture goes home two days early, with papers; so does the short stay.", indent=1)
    acknowledge("A-1004")
    for encounter in ("A-1002", "A-1004"):
        post("sjukhuset", "utskrivning", {"utskriven_at": wire(day.local("16:30")), "destination": "ordinart"},
             encounter)
        post("sjukhuset", "utskrivningsinformation", {"overford_at": wire(day.local("16:30"))}, encounter)
    post("sjukhuset", "patientinformation", {"overlamnad_at": wire(day.local("16:30"))}, "A-1002")
    home = show("A-1002")
    missed = [breach["rule"] for breach in home["breaches"]]
    say(f"→ the hip fracture is {home['phase']}, {home['betalningsansvar']['days']} days to pay, "
        + (f"breaches: {', '.join(missed)}" if missed else "no breach"), indent=1)
    return ids


def tell_pushes(day):
    """What reached whom, and whether each signature holds. Returns whether all do."""
    day.wait_for_pushes()
    say()
    say("Pushed to the units' webhooks, each signed (Standard Webhooks) and verified by the receiver:")
    good = True
    for unit in WHO_LISTENS:
        requests = day.receiver.received(f"/{unit}")
        kinds = collections.Counter(request.json["type"].removeprefix("samordnad.").removesuffix(".v1")
                                    for request in requests)
        verified = sum(request.signature is None for request in requests)
        good = good and verified == len(requests) > 0
        say(f"{day.names[unit]}: {len(requests)} notices, {verified} verified", indent=1)
        say(", ".join(f"{number} {kind}" if number > 1 else kind for kind, number in sorted(kinds.items())), indent=2)
    return good


def tell_what_to_try(day, ids):
    base = day.daemon.settings["base_url"]
    hospital, bjorken, ekby, ops = (day.clients[key].token for key in ("sjukhuset", "bjorken", "ekby", "drift"))
    event = day.clients["sjukhuset"].event("ny_beraknad_utskrivning", {
        "beraknad_utskrivning_at": wire(day.local("10:00", 5))}, encounter="A-1003", id="curl-1")
    say()
    say(f"samordnad listens on {base}. The legal clock goes on from {clock_text(day.clock.now())}. To try:")
    for what, line in (
            ("how it is going", f"curl -s -H 'Authorization: Bearer {ops}' {base}/status"),
            ("one patient's way, with why this person",
             f"curl -s -H 'Authorization: Bearer {hospital}' {base}/v1/episodes/{ids['A-1002']}"),
            ("Björken's worklist", f"curl -s -H 'Authorization: Bearer {bjorken}' '{base}/v1/tasks?unit={BJORKEN}'"),
            ("Björken's feed", f"curl -s -H 'Authorization: Bearer {bjorken}' '{base}/v1/feed?unit={BJORKEN}&after=0'"),
            ("what is open in Ekby kommun",
             f"curl -s -H 'Authorization: Bearer {ekby}' '{base}/v1/tasks?unit={EKBY_HSV}&status=open'"),
            ("post as the ward: a new expected discharge",
             f"curl -s -H 'Authorization: Bearer {hospital}' -H 'Content-Type: application/cloudevents+json' \\\n"
             f"      -d '{json.dumps(event)}' {base}/v1/messages"),
            ("metrics, readiness", f"curl -s -H 'Authorization: Bearer {ops}' {base}/metrics; curl -s {base}/readyz"),
            ("the contract", f"curl -s {base}/openapi.yaml"),
            ("an operator's commands (README, Operations) take this run's settings",
             f"{harness.SAMORDNAD} client list --config {day.daemon.config}")):
        say(f"# {what}", indent=1)
        say(line, indent=1)


def check_port():
    """Says so before anything is made if the port that was asked for, or every port, is taken."""
    asked = os.environ.get("PORT")
    if asked and not (asked.isdigit() and 0 < int(asked) < 65536):
        raise SystemExit("PORT must be a number from 1 to 65535: make run PORT=8700")
    if asked and not harness.port_is_free(int(asked)):
        raise SystemExit(f"Port {asked} is taken by another program. Choose another: make run PORT=8700")


def start_daemon(database):
    """On the port that was asked for, or on the first free one from 8612 on."""
    asked = os.environ.get("PORT")
    for port in [int(asked)] if asked else range(PORT, PORT + PORTS):
        if harness.port_is_free(port):
            daemon = harness.Daemon(database, f"127.0.0.1:{port}", start=False)
            daemon.start(wait=False)
            try:
                harness.wait_until(daemon.is_ready, what="the daemon to be ready")
                if port != int(asked or PORT):
                    say(f"Port {PORT} is taken (perhaps by another run); this one listens on {port}.")
                return daemon
            except AssertionError:
                # Another run may have taken the port between the look and the start.
                if harness.port_is_free(port):
                    raise
                daemon.kill()
        elif asked:
            raise SystemExit(f"Port {port} is taken by another program. Choose another: make run PORT=8700")
    raise SystemExit(f"The ports {PORT} to {PORT + PORTS - 1} are all taken. Choose one: make run PORT=8700")


def main():
    harness.install_signal_handlers()
    check_port()
    say("samordnad: a day of a small region. A private PostgreSQL cluster is made (no port, not the system's) …")
    cluster = harness.Cluster()
    database = cluster.database()
    receiver = Receiver().start()
    region = read_region(receiver, first_tuesday())
    say(harness.load_region(database, copy.deepcopy(region)).strip())
    daemon = start_daemon(database)
    day = Day(region, database, daemon, receiver)
    day.clock.set(day.local("07:00"))
    for key, roles, units in (
            ("sjukhuset", ["hospital"], [AVD21]), ("ortopeden", ["hospital"], [AVD34]),
            ("bjorken", ["unit"], [BJORKEN]), ("linden", ["unit"], [LINDEN]),
            ("ekby", ["unit"], [EKBY_HSV, EKBY_SOC]), ("drift", ["ops"], [])):
        day.add_client(key, roles, units)
    say(f"The day is {day.date:%A %d %B %Y}.")
    ids = play(day)
    good = tell_pushes(day)
    tell_what_to_try(day, ids)
    if not os.environ.get("DEMO_ONCE"):
        say()
        say(f"The daemon's log: {daemon.log_path}")
        say("Ctrl-C ends it all.")
        try:
            while daemon.process.poll() is None:
                time.sleep(0.5)
            raise SystemExit(f"the daemon ended with {daemon.process.returncode}:\n{daemon.log()[-2000:]}")
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            say("\nEnding.")
    code = daemon.stop()
    return 0 if good and code == 0 else 1


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has it ignored by what it starts behind
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
