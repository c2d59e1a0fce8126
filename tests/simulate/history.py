"""The stored history as the checker reads it: rows of the database by SQL, enums by their names in the headers, and what
the facts of an episode say when they are taken together (`Known`). Written from domain.md; shares nothing with the
daemon's fold nor with the simulator.

Order: what a sender said last counts (`time`, never later than it was recorded), then order of arrival.
"""

import collections
import csv
import io
import json
import pathlib
import re
import subprocess

import almanac

ROOT = pathlib.Path(__file__).resolve().parents[2]
OPPENVARD = ("primarvard", "specialistoppenvard")
KOMMUNALA = ("kommunal_hsl", "socialtjanst")
ACTING_STEPS = 5
FOREVER = 1 << 62


def enum_words(header, name):
    """The words of a list of the headers, in the order of their numbers: lists may name lists."""
    text = (ROOT / header).read_text().replace("\\\n", " ")
    body = re.search(rf"^#define {name}\(X\)(.*)$", text, re.M).group(1)
    words = []
    for found in re.finditer(r'\bX\(\w+,\s*(?:\w+,\s*)?"([^"]*)"|\b([A-Z_]{3,})\(X\)', body):
        words += [found.group(1)] if found.group(2) is None else enum_words(header, found.group(2))
    return words


def enum_values(header, name):
    """The names of a C enum that is written out, in order."""
    text = (ROOT / header).read_text()
    return [value.strip() for value in re.search(rf"enum {name} \{{([^}}]*)\}}", text).group(1).split(",")]


MESSAGES = enum_words("proto/vocabulary.h", "MESSAGE_TYPES")
NOTICES = enum_words("proto/notice.h", "NOTICE_TYPES")
TASKS = enum_words("daemon/rules/task.h", "TASK_KINDS")
RULES = enum_words("daemon/rules/plan.h", "BREACH_RULES")
CAUSES = enum_words("daemon/rules/plan.h", "BREACH_CAUSES")
STATUSES = [value.removeprefix("TASK_").lower() for value in enum_values("daemon/rules/task.h", "task_status")]
PHASES = [value.removeprefix("PHASE_").lower() for value in enum_values("daemon/rules/episode.h", "phase")]
ROLES = [value.removeprefix("ROLE_").lower() for value in enum_values("daemon/rules/episode.h", "participant_role")]
OUTCOMES = enum_words("daemon/rules/episode.h", "OUTCOMES")


class Row:
    """A row of the database; instants are microseconds."""

    def __init__(self, values):
        self.__dict__.update(values)

    def __repr__(self):
        return repr(self.__dict__)


def query(dsn, columns, source):
    """Rows of `source`. A column's suffix says what it is: _at an instant, :t a text; else a number, true or false."""
    texts = [column for column in columns if column.endswith(":t")]
    names = [column.removesuffix(":t") for column in columns]
    select = ", ".join(f"(extract(epoch from {name}) * 1000000)::bigint as {name}" if name.endswith("_at") or name == "at"
                       else name for name in names)
    done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "--csv", "-P", r"null=\N", "-d", dsn, "-c",
                           f"set search_path = samordnad, public; select {select} {source}"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    csv.field_size_limit(10_000_000)
    rows = csv.reader(io.StringIO(done.stdout))
    next(rows)
    read = [(name, (lambda value: value) if f"{name}:t" in texts else _number) for name in names]
    return [Row({name: None if value == r"\N" else how(value) for (name, how), value in zip(read, row)}) for row in rows]


def _number(value):
    return value == "t" if value in ("t", "f") else int(value)


class History:
    """All that is stored. `region`: the document that the register was loaded from."""

    def __init__(self, dsn, region):
        self.units = {row.unit: row for row in query(dsn, ["unit", "hsa_id:t", "org", "slag:t", "kommun", "region",
                                                           "distrikt:t", "verksamhetschef", "hours:t"], "from unit")}
        for unit in self.units.values():
            unit.hours = json.loads(unit.hours) if unit.hours else None
        self.unit_of = {unit.hsa_id: unit.unit for unit in self.units.values()}
        self.staff = {row.staff: row for row in query(
            dsn, ["staff", "unit", "hsa_id:t", "profession:t", "legitimerad", "ersattare", "fvk"],
            "from staff")}
        self.staff_of = {person.hsa_id: person.staff for person in self.staff.values()}
        self.absences, self.words = collections.defaultdict(list), collections.defaultdict(list)
        for person in (person for unit in region["units"] for person in unit.get("staff", ())):
            for row in person.get("absences", ()):
                self._away(self.absences[self.staff_of[person["hsa_id"]]], row)
        self.decisions = query(dsn, ["standing_decision", "unit", "beslutad_av", "from_at", "to_at", "revoked_at"],
                               "from standing_decision")
        self.policies = query(dsn, ["policy:t", "scope:t", "unit", "value:t", "from_at", "to_at"], "from policy")
        self.episodes = {row.episode: row for row in query(
            dsn, ["episode", "uuid:t", "org", "patient", "opened_at", "next_due is not null as owed", "phase",
                  "encounter:t"], "from episode")}
        for episode in self.episodes.values():
            episode.phase = PHASES[episode.phase]
            episode.facts, episode.tasks, episode.breaches, episode.notices = [], [], [], []
            episode.participants, episode.booking, episode.wanted = [], None, {}
        for fact in query(dsn, ["episode", "nr", "source", "type", "sent_at", "recorded_at", "outcome", "message_id:t",
                                "body:t"], "from fact order by episode, nr"):
            fact.type, fact.outcome = MESSAGES[fact.type], OUTCOMES[fact.outcome]
            fact.data = json.loads(fact.body)
            fact.said_at = min(fact.sent_at, fact.recorded_at)
            fact.org = self.units[fact.source].org if fact.source else 0
            self.episodes[fact.episode].facts.append(fact)
        for task in query(dsn, ["episode", "nr", "kind", "unit", "ref", "staff", "status", "created_at", "due_at",
                                "closed_at"], "from task order by episode, nr"):
            task.kind, task.status = TASKS[task.kind], STATUSES[task.status]
            self.episodes[task.episode].tasks.append(task)
        for breach in query(dsn, ["episode", "rule", "cause", "unit", "ref", "due_at", "done_at", "stamped_at",
                                  "withdrawn_at"], "from breach"):
            breach.rule, breach.cause = RULES[breach.rule], CAUSES[breach.cause]
            self.episodes[breach.episode].breaches.append(breach)
        self.notices = query(dsn, ["unit", "seq", "at", "episode", "type", "fact_nr", "task_nr", "task_kind", "due_at",
                                   "detail:t"], "from notice order by unit, seq")
        for notice in self.notices:
            notice.type = NOTICES[notice.type]
            notice.kind = None if notice.task_kind is None else TASKS[notice.task_kind]
            if notice.episode in self.episodes:
                self.episodes[notice.episode].notices.append(notice)
        self._note_words()
        for row in query(dsn, ["episode", "unit", "role", "active"], "from participant"):
            row.role = ROLES[row.role]
            self.episodes[row.episode].participants.append(row)
        self.bookings = query(dsn, ["episode", "staff", "slot", "start_at", "end_at"], "from booking")
        for row in self.bookings:
            self.episodes[row.episode].booking = row
        self.kontakter = query(dsn, ["patient", "slag", "unit", "staff", "from_at", "to_at", "episode"], "from kontakt")

    def _away(self, absences, row):
        """One absence more, as a document or a message says it; it takes the place of those that it meets."""
        begin, end = almanac.parse(row["from_at"]), almanac.parse(row.get("to_at")) or FOREVER
        absences[:] = [other for other in absences if other.to_at <= begin or other.from_at >= end]
        absences.append(Row({"from_at": begin, "to_at": end, "ersattare": self.staff_of.get(row.get("ersattare"))}))

    def _note_words(self):
        """B13: what units told of their staff, in the order recorded."""
        for fact in (fact for episode in self.episodes.values() for fact in episode.facts):
            if fact.type == "personal":
                self.words[self.staff_of[fact.data["staff"]]].append(fact)
        for words in self.words.values():
            words.sort(key=lambda fact: fact.recorded_at)

    def _register(self, staff, known_at):
        """The person's absences and last day, as the register had them before `known_at`; None: at the end."""
        absences, leaves = list(self.absences[staff]), None
        for fact in self.words[staff]:
            if known_at is not None and fact.recorded_at >= known_at:
                break
            at = almanac.parse(fact.data["from_at"])
            if fact.data["atgard"] == "franvaro":
                self._away(absences, fact.data)
            elif fact.data["atgard"] == "slutar":
                leaves = at
            else:
                leaves = None
                absences = [Row({**row.__dict__, "to_at": at}) if row.from_at < at < row.to_at else row for row in absences]
        return absences, leaves

    # ---- The register ----

    def is_oppenvard(self, unit):
        return unit in self.units and self.units[unit].slag in OPPENVARD

    def policy(self, word, unit, at, standard):
        """The unit's own value, else that for all: the simulator sets no other scopes."""
        for scope, whose in (("unit", unit), ("all", None)):
            rows = [row for row in self.policies if row.policy == word and row.scope == scope and row.unit == whose
                    and row.from_at <= at and (row.to_at is None or at < row.to_at)]
            if rows:
                return max(rows, key=lambda row: row.from_at).value
        return standard

    def standing_decision(self, number):
        return next((row for row in self.decisions if row.standing_decision == number), None)

    def is_physician(self, staff):
        person = self.staff.get(staff)
        return person is not None and person.profession == "lakare" and person.legitimerad

    def acting(self, staff, at, known_at=None):
        """The person, or while away the deputy, and theirs, as the register was before known_at; None: nobody stands in."""
        for _ in range(ACTING_STEPS):
            if staff is None:
                return None
            absences, leaves = self._register(staff, known_at)
            if leaves is not None and leaves <= at:
                return None
            away = next((row for row in absences if row.from_at <= at < row.to_at), None)
            if away is None:
                return staff
            staff = away.ersattare or self.staff[staff].ersattare
        return None

    def is_deputy(self, sender, staff, at, known_at):
        """D4: registered as that person's deputy, for always or for an absence."""
        person = self.staff.get(staff)
        return person is not None and sender != staff and (
            person.ersattare == sender or self.acting(staff, at, known_at) == sender)


def place(fact):
    """Section 2: in the order of what was said; a SIP that is told later, where it was held."""
    return min(fact.said_at, almanac.parse(fact.data["hallen_at"])) if fact.type == "sip" else fact.said_at


def needs_call(behov):
    """D0: for a SIP."""
    return "kommunal_hsl" in behov or {"oppenvard", "socialtjanst"} <= set(behov)


class Round:
    """D2, D3: what a SIP that was held, or refused, ends: to the next all are summoned anew."""

    def __init__(self, begins=None, refused=False):
        self.begins, self.refused = begins, refused
        self.summons = {}        # unit: when it was first reached by a kallelse, or sent one

    def name(self):
        """A meeting is known by its day."""
        return self.begins if self.refused or self.begins is None else almanac.date_of(self.begins)


class Participant:
    def __init__(self, unit, role, fact):
        self.unit, self.role, self.active = unit, role, True
        self.added_nr, self.received_at = fact.nr, fact.recorded_at
        self.first_received_at = fact.recorded_at if role == "mottagare" else None
        self.ended_at = None
        self.left = False        # A9-A11: by a word of its own, forwarded, or taken off; a new version does not name it again
        self.added = False       # by a message of its own, which a new version does not undo
        self.forwarded = False   # A10: by another mottagare
        self.handed_on = False   # A10: to another of its own
        self.adjusted = False    # C6: the vårdplan
        self.withheld = None     # C1a: the ready notice that was withheld from it
        self.summoned = []       # (instant, fact's nr), the first first
        self.acknowledged = {}   # fact's nr: when
        self.judged = None       # D0: (said_at, word)
        self.wished = None       # D1: (when the first to say so without a break was recorded, its nr)

    def wants(self):
        return self.judged[1] in ("ny", "uppdateras")

    def weight(self):
        return 1 if self.role == "hospital" else 3 if self.wants() else 2

    def speaks_for_a_huvudman(self):
        """D0: a ward before the transfer, and who handed on to its own, spoke for one that still takes part."""
        return self.active or self.role == "hospital" or self.handed_on


class Contact:
    """B1, B10: a unit's fast vårdkontakt."""

    def __init__(self):
        self.staff = None
        self.from_at = self.to_at = self.covered_from = None
        self.former = None       # who it is until from_at
        self.deputy = None


class Known:
    """What the facts say together."""

    def __init__(self):
        self.inskrivning = self.notice = self.first_notice = self.klar = self.discharge = None
        self.klar_recorded = self.handed_over = None
        self.judgement, self.judged_later = None, False
        self.judgement_nr = self.discharge_nr = self.klar_nr = None  # of those that said the same, which came first
        self.expected, self.behov, self.missing = None, (), set()
        self.participants, self.contacts = {}, {}
        self.samtycke, self.refused = "okant", None
        self.wanted = None       # D0, D3, C6: (since when a SIP is, by what was said, that fact's nr)
        self.runs = []           # the same, as was known
        self.rounds = [Round()]
        self.information = self.patient_information = None
        self.kallelse, self.own_kallelse = None, False
        self.meeting = None      # (start, end), its unit and person, slot
        self.held = False
        self.dead = self.permission = self.ward = self.sip = self.sip_before = None
        self.vardform, self.oppen = None, "ingen"
        self.care_ended = None   # C6: when öppen tvångsvård ended
        self.care_said = self.care_known = None  # the first word of it, and the one that came first
        self.earlier = None      # G2, G7: the fact that links it to the stay before
        self.vardform_said = False
        self.given_back = False  # the booked time, after the kallelse
        self.annulled, self.versions = set(), set()
        self.episode = self.patient = self.at = None  # whose facts, and when the last was recorded

    # ---- What follows from it ----

    @property
    def hospital(self):
        fact = self.notice or self.inskrivning
        return self.ward or (fact.source if fact else None)

    def mottagare(self):
        return [row for row in self.participants.values() if row.active and row.role == "mottagare"]

    def a1_due(self):
        """A1, A2."""
        said = self.notice or self.inskrivning
        begun = almanac.parse(said.data["inskriven_at"])
        judged = None
        if self.notice is not None and self.notice.data.get("behov_bedomt_at"):
            judged = almanac.parse(self.notice.data["behov_bedomt_at"])
        elif self.judgement and self.judgement.data["behov_finns"] == "ja" and self.judged_later:
            judged = almanac.parse(self.judgement.data["bedomt_at"])
        return max(begun, judged or begun) + 24 * almanac.HOUR

    def discharged_at(self):
        return almanac.parse(self.discharge.data["utskriven_at"]) if self.discharge else None

    def ready_acknowledged(self, row):
        """When the unit first acknowledged the ready notice in force, or the first that said the same; None: it has not."""
        return min((row.acknowledged[nr] for nr in (self.klar.nr, self.klar_nr) if nr in row.acknowledged), default=None)

    def delivered_at(self, unit):
        """C5: when the ready notice was made available to the unit, or handed over before that to all who were there."""
        received_at = self.participants[unit].received_at
        at = max(self.klar_recorded, received_at)
        return min(at, self.handed_over) if self.handed_over is not None and received_at <= self.klar_recorded else at

    def sip_is_due(self):
        """D0, D3."""
        if self.notice is None or self.samtycke in ("nekat", "aterkallat") or self.dead is not None:
            return False
        return self.oppen == "ingen" and (self.sip_called_for() or self._is_summoned_to())  # C6: else the vårdplan stands in

    def sip_called_for(self):
        """D0: whatever bars it."""
        return (self.sip is None or self._wanted_since()) and self._words_or_needs()

    def _words_or_needs(self):
        words = [(row.judged, row) for row in self.participants.values() if row.judged and row.speaks_for_a_huvudman()]
        units = [word for word, row in words if row.role == "mottagare"]
        if any(word in ("ny", "uppdateras") for _, word in units):
            return True
        if units:
            return False
        if words:
            return max(word for word, _ in words)[1] in ("ny", "uppdateras")
        return needs_call(self.behov)

    def sip_is_wanted(self):
        """D0, D3, C6: by words or needs, nothing bars it; it may have been held."""
        return self.oppen == "ingen" and self.samtycke not in ("nekat", "aterkallat") and self._words_or_needs()

    def takes_effect(self, fact):
        """C6: an end that is told beforehand."""
        return max(fact.said_at, self.care_ended) if self.care_ended is not None else fact.said_at

    def opens(self, since):
        """C5: what calls for it opens D1 unless it is the ready notice itself."""
        return since is not None and not (since[1] in (self.klar.nr, self.klar_nr) and since[0] <= self.klar_recorded)

    def run_at(self, t):
        """F2: what was asked for then."""
        return next((run for run in self.runs if run.begins < t and (run.ends is None or run.ends >= t)), None)

    def round_of(self, run):
        return next((round for round in reversed(self.rounds) if round.name() == run.round), self.rounds[0])

    def asked_until(self, run):
        """F2: when that was held, refused, or not wanted any more; None: it still is."""
        of = self.rounds.index(self.round_of(run))
        ends = [run.ends] if run.ends is not None else []
        ends += [self.rounds[of + 1].begins] if of + 1 < len(self.rounds) else []
        return min(ends, default=None)

    def first_wish(self):
        """Of the words for another SIP than the one held, the first to come: (when recorded, its nr)."""
        return min((row.wished for row in self.participants.values() if row.judged and row.speaks_for_a_huvudman()
                    and row.wants() and row.judged[0] > self.held_before()), default=None)

    def held_before(self):
        """D1: one who is due to be summoned anew is not by what was held."""
        return place(self.sip) if self.sip is not None else almanac.parse("1900-01-01T00:00:00Z")

    def sip_at(self):
        return almanac.parse(self.sip.data["hallen_at"])

    def _wanted_since(self):
        """D0: a unit has said since the last SIP that another is due."""
        rows = [row for row in self.participants.values() if row.judged and row.judged[0] > self.held_before()
                and row.speaks_for_a_huvudman()]
        return bool(rows) and max(rows, key=lambda row: (row.weight(), row.judged[0])).wants()

    def _is_summoned_to(self):
        """D0: by a unit, though nothing called for it; until a later word that none is needed, or a later SIP."""
        words = [row.judged[0] for row in self.participants.values() if row.judged and row.speaks_for_a_huvudman()]
        return (self.kallelse is not None and self.own_kallelse
                and self.kallelse[2] > max([self.held_before(), *words]))

    def after_permission(self, at):
        """G2: a reminder to acknowledge that falls into a permission comes at its end, at discharge at the latest; None: not yet."""
        if self.permission is None or at < almanac.parse(self.permission["from_at"]):
            return at
        ends = [end for end in (almanac.parse(self.permission.get("to_at")), self.discharged_at()) if end is not None]
        return max(at, min(ends)) if ends else None

    def at_discharge(self, unit):
        """B1: strictly before discharge, and still there."""
        contact, home = self.contacts.get(unit), self.discharged_at()
        return (contact is not None and home is not None and contact.covered_from is not None
                and contact.covered_from < home and (contact.to_at is None or contact.to_at >= home))


# Section 2: what counts before the inskrivningsmeddelande: the watch (A0), and what such a one says too.
# G1: what is said of who is dead, and counts; the rest counts when the death is annulled.
COUNTS_AFTER_DEATH = {"makulering", "patient_uppdaterad", "utskrivning", "avliden", "inskrivning", "inskrivningsmeddelande"}
COUNTS_BEFORE = {"inskrivning", "behovsbedomning", "inskrivningsmeddelande", "utskrivning", "makulering", "overflyttning",
                 "avliden", "patient_uppdaterad", "samtycke", "ny_beraknad_utskrivning", "mottagare_andrad", "vardform_andrad"}


class Fold:
    """Takes facts, in their order, into a Known. HANDLERS: a row for each message that says something."""

    def __init__(self, history, episode, facts):
        self.history, self.episode, self.known = history, episode, Known()
        self.known.episode, self.known.patient = episode.episode, episode.patient
        self.known.at = max((fact.recorded_at for fact in facts), default=None)
        self.facts = sorted(facts, key=lambda fact: (place(fact), fact.nr))
        self.known.annulled = self._annulled()
        self.facts = self._from_the_naming_on()
        for fact in self.facts:
            handler = HANDLERS.get(fact.type)
            void = self.known.dead is not None and fact.type not in COUNTS_AFTER_DEATH
            if fact.nr not in self.known.annulled and handler is not None and not void:
                handler(self, fact, fact.data)
                self._sip_wanted(fact)

    def _annulled(self):
        """A makulering counts unless one that counts names it; of two that name each other, the last said."""
        means, gone, seen = {}, set(), set()
        for fact in self.facts:
            if fact.type == "makulering":
                meant = self._named(fact, lambda other: other.org == fact.org) if fact.source else None
                means[fact.nr] = fact.data["nr"] if fact.source == 0 else meant and meant.nr

        def settle(nr):
            if nr in seen:
                return
            seen.add(nr)
            for other, meant in means.items():
                if meant == nr:
                    settle(other)
            if nr not in gone and means[nr] is not None:
                gone.add(means[nr])

        for nr in means:
            settle(nr)
        return gone

    def _from_the_naming_on(self):
        """Section 2: what waits for an inskrivningsmeddelande meets what the first that stands says, but for what such a one says too."""
        named = next((i for i, fact in enumerate(self.facts)
                      if fact.type == "inskrivningsmeddelande" and fact.nr not in self.known.annulled), 0)
        before, rest = self.facts[:named], self.facts[named + 1:]
        waits = [fact for fact in before if fact.source and fact.type not in COUNTS_BEFORE]
        return [fact for fact in before if fact not in waits] + self.facts[named:named + 1] + waits + rest

    def _named(self, fact, allowed):
        """The message whose id the fact names: of its own unit first, the last of several."""
        found = [other for other in self.facts if other is not fact and other.message_id is not None
                 and other.message_id == fact.data["message_id"] and allowed(other)]
        return max(found, key=lambda other: (other.source == fact.source, other.nr), default=None)

    def _name(self, unit, role, fact):
        """A10: each has its own time of receipt; who is out and in again begins anew."""
        row = self.known.participants.get(unit)
        if row is None:
            row = self.known.participants[unit] = Participant(unit, role, fact)
            return
        row.left = False
        goes_on = row.active or (row.ended_at is not None and fact.recorded_at <= row.ended_at)
        if not row.active:
            row.role = role
        row.active, row.ended_at = True, None
        if not goes_on:
            row.summoned = []
            self.known.rounds[-1].summons.pop(unit, None)
        if role == "mottagare":
            row.first_received_at = min(fact.recorded_at, row.first_received_at or fact.recorded_at)
        if not goes_on or fact.recorded_at < row.received_at:
            row.added_nr, row.received_at = fact.nr, fact.recorded_at

    def _participant(self, unit, fact):
        """For what a unit says before, or without, being named."""
        row = self.known.participants.get(unit)
        if row is None:
            row = self.known.participants[unit] = Participant(unit, "hospital", fact)
            row.active, row.received_at, row.ended_at = False, None, None
        return row

    # ---- Messages ----

    def inskrivning(self, fact, _data):
        self.known.inskrivning = fact
        self._name(fact.source, "hospital", fact)

    def behovsbedomning(self, fact, data):
        known = self.known
        if data["behov_finns"] == "ja" and known.judgement and known.judgement.data["behov_finns"] != "ja":
            known.judged_later = True
        again = known.judgement is not None and known.judgement.data["behov_finns"] == data["behov_finns"]
        known.judgement_nr = min(known.judgement_nr, fact.nr) if again else fact.nr
        if not again or data["behov_finns"] != "ja":  # A2: the first yes
            known.judgement = fact

    def inskrivningsmeddelande(self, fact, data):
        known, history = self.known, self.history
        self._name(fact.source, "hospital", fact)
        for row in known.participants.values():
            if row.active and row.role == "mottagare" and not row.added:
                row.active, row.ended_at = False, fact.recorded_at
        for named in data["mottagare"]:
            unit = history.unit_of.get(named.get("hsa_id"))
            if unit is not None and not (unit in known.participants and known.participants[unit].left):
                self._name(unit, "mottagare", fact)
        if known.first_notice is None or fact.recorded_at < known.first_notice.recorded_at:
            known.first_notice = fact
        said = data["samtycke"]["sip"]
        # A word of its own stands until a version says another than the version before.
        news = known.notice is None or said != known.notice.data["samtycke"]["sip"]
        if news and said != known.samtycke:
            self._samtycke(said, fact)
        patient = data["patient"]
        known.missing = {name for name in ("identitet", "namn", "folkbokforingsadress") if not patient.get(name)}
        if patient.get("skyddade_personuppgifter", "nej") != "nej":
            known.missing.discard("folkbokforingsadress")
        if data.get("beraknad_utskrivning_at"):
            known.expected = (almanac.parse(data["beraknad_utskrivning_at"]), fact)
        elif known.expected is None:
            known.missing.add("beraknad_utskrivning_at")
        known.behov = data["behov"]
        if not known.vardform_said:
            known.vardform = data["vardform"]
        known.notice = fact
        known.versions.add(fact.nr)

    def ny_beraknad_utskrivning(self, fact, data):
        at = almanac.parse(data["beraknad_utskrivning_at"])
        if self.known.expected is None or self.known.expected[0] != at:
            self.known.expected = (at, fact)
        self.known.missing.discard("beraknad_utskrivning_at")

    def utskrivningsklar(self, fact, data):
        """C1, C2, C4, C5."""
        known = self.known
        if data.get("oppen_tvangsvard"):  # C6: also by a notice that does not count
            self._care(known.vardform, data["oppen_tvangsvard"], fact.recorded_at, fact)
        if data.get("underrattelse_lpt_7a") and (known.vardform == "LRV" or data.get("oppen_tvangsvard") == "ORV"):
            return
        if data.get("behov") and not (known.notice and fact.said_at < known.notice.said_at):
            known.behov = data["behov"]
        handed = almanac.parse(data.get("reservrutin", {}).get("lamnad_at"))
        if known.klar is None:
            known.klar, known.klar_recorded, known.handed_over = fact, fact.recorded_at, handed
            known.klar_nr = fact.nr
            for row in data.get("undanhallen", ()):
                self._participant(self.history.unit_of[row["mottagare"]], fact).withheld = fact.nr
            return
        known.klar_recorded, known.klar_nr = min(known.klar_recorded, fact.recorded_at), min(known.klar_nr, fact.nr)
        if handed is not None and (known.handed_over is None or handed < known.handed_over):
            known.handed_over = handed

    def _care(self, vardform, oppen, from_at, fact):
        """C6: öppen tvångsvård begins, or ends, and then D1 opens."""
        known = self.known
        ends = known.oppen != "ingen" and oppen == "ingen"
        begins = known.oppen == "ingen" and oppen != "ingen"
        known.vardform, known.oppen, known.vardform_said = vardform, oppen, True
        if ends:
            known.care_ended = from_at
        if begins:
            known.care_said = known.care_known = fact
            self._bar(fact)
        elif oppen != "ingen" and fact.nr < known.care_known.nr:
            known.care_known = fact

    def vardform_andrad(self, fact, data):
        self._care(data["vardform"], data.get("oppen_tvangsvard", "ingen"), almanac.parse(data["from_at"]), fact)

    def vardplan_justerad(self, fact, _data):
        self._participant(fact.source, fact).adjusted = True

    def ej_langre_utskrivningsklar(self, _fact, _data):
        self.known.klar = self.known.klar_recorded = self.known.handed_over = None

    def utskrivning(self, fact, data):
        begun = self.known.notice or self.known.inskrivning
        if begun is None or almanac.parse(data["utskriven_at"]) >= almanac.parse(begun.data["inskriven_at"]):
            self.known.discharge, self.known.discharge_nr = fact, min(self.known.discharge_nr or fact.nr, fact.nr)

    def utskrivningsinformation(self, fact, data):
        at = almanac.parse(data["overford_at"])
        if self.known.information is None or at < self.known.information:
            self.known.information = at

    def patientinformation(self, fact, data):
        at = almanac.parse(data["overlamnad_at"])
        if self.known.patient_information is None or at < self.known.patient_information:
            self.known.patient_information = at

    def samtycke(self, fact, data):
        if data["omfattning"] == "sip":
            self._samtycke(data["status"], fact)

    def _samtycke(self, status, fact):
        """D3."""
        known = self.known
        refusals = ("nekat", "aterkallat")
        if status in refusals and known.samtycke not in refusals:
            known.refused = fact
            self._bar(fact)
        known.samtycke = status

    def _bar(self, fact):
        """D3, C6: what was summoned to is off, and D1 anew afterwards; a meeting that was before that is not cancelled."""
        known = self.known
        over = known.meeting is not None and known.meeting.start <= fact.said_at
        summoned = known.kallelse is not None and known.kallelse[2] >= known.held_before()
        if summoned and not over:
            known.kallelse = None
            for row in known.participants.values():
                row.summoned = []
        if known.rounds[-1].summons:
            known.rounds.append(Round(fact.said_at, refused=True))
        if summoned or not over:
            known.meeting = None

    def sip_behov(self, fact, data):
        row = self._participant(fact.source, fact)
        again = row.judged and row.wants() and row.judged[0] > self.known.held_before()
        row.wished = (min(row.wished[0], fact.recorded_at), row.wished[1]) if again else (fact.recorded_at, fact.nr)
        row.judged = (fact.said_at, data["behov"])

    def _sip_wanted(self, fact):
        """D0, D3, C6: since when it is wanted, as said."""
        known = self.known
        if not known.sip_is_wanted():
            known.wanted = None
        elif known.wanted is None:
            known.wanted = (max(place(fact), known.takes_effect(fact)), fact.nr)

    def _summoned(self, unit, at):
        rounds = self.known.rounds
        of = next(round for round in reversed(rounds) if round is rounds[0] or at >= round.begins)
        of.summons[unit] = min(at, of.summons.get(unit, at))

    def fast_vardkontakt(self, fact, data):
        """B1, B3, B10."""
        known, history = self.known, self.history
        unit = history.unit_of[data["unit"]] if data.get("unit") else fact.source
        staff = history.staff_of[data["staff"]]
        contact = known.contacts.setdefault(unit, Contact())
        if data["atgard"] == "foresla" or data.get("jamte"):
            return
        if data["atgard"] == "avsluta":
            if contact.staff == staff:
                contact.to_at = almanac.parse(data.get("to_at")) or almanac.parse(data["from_at"])
                if contact.to_at <= fact.recorded_at:
                    contact.staff = None
            return
        if history.is_oppenvard(unit) and known.notice is not None and known.notice.data.get("livshotande") \
                and not history.is_physician(staff) and fact.source != 0:
            return  # B3; whom samordnad named before that was known stands until the unit replaces them
        if fact.source == 0 and contact.staff != history.staff_of.get(data.get("ersatter")):
            return  # what samordnad decides is for a unit that has nobody, or in somebody's place (B13)
        from_at, home = almanac.parse(data["from_at"]), known.discharged_at()
        ended = contact.staff is None or (contact.to_at is not None and contact.to_at < from_at)
        covers = (home is not None and contact.covered_from is not None and contact.covered_from < home
                  and contact.to_at is not None and contact.to_at >= home)
        if (ended and not covers) or contact.covered_from is None or from_at < contact.covered_from:
            contact.covered_from = from_at
        if contact.staff != staff:
            contact.former = contact.staff if from_at > fact.said_at else None
        contact.staff, contact.from_at, contact.to_at = staff, from_at, almanac.parse(data.get("to_at"))
        contact.deputy = history.staff_of.get(data.get("ersattare"))

    def _may_summon(self, fact, data):
        """D4."""
        history, known = self.history, self.known
        if fact.source == 0:
            return True
        if not history.is_oppenvard(fact.source):
            return False
        if data["atgard"] == "avboka" and (known.kallelse is None or known.kallelse[1] == fact.source):
            return True
        contact = known.contacts.get(fact.source)
        if contact is None or contact.staff is None:
            return False
        sender = history.staff_of.get(data["skickad_av"])
        if sender == contact.staff or (sender == contact.former and fact.said_at < contact.from_at):
            return True
        if data.get("for") and history.staff_of.get(data["for"]) != contact.staff:
            return False
        return sender == contact.deputy or history.is_deputy(
            sender, contact.staff, almanac.parse(data["at"]), fact.recorded_at)

    def sip_kallelse(self, fact, data):
        known, history = self.known, self.history
        if not self._may_summon(fact, data):
            return
        if data["atgard"] == "avboka":
            if known.kallelse is not None and known.kallelse[2] >= known.held_before():
                known.kallelse = known.meeting = None
            return
        at = almanac.parse(data["at"])
        if known.samtycke in ("nekat", "aterkallat"):
            if fact.nr < known.refused.nr or at < known.refused.said_at:  # D3: the no was not known yet
                self._summoned_before(known.refused.said_at, fact, data, at)
            return
        if known.oppen != "ingen":  # C6: the same
            if fact.nr < known.care_known.nr or at < known.care_known.said_at:
                self._summoned_before(known.care_said.said_at, fact, data, at)
            return
        earlier = len(known.rounds) > 1 and at < known.rounds[-1].begins  # to what was held, or refused, since
        for who in data["kallade"]:
            unit = history.unit_of.get(who) if isinstance(who, str) else None
            if unit in known.participants:
                if not earlier:
                    known.participants[unit].summoned.append((at, fact.nr))
                self._summoned(unit, at)
        self._summoned(fact.source or (known.meeting.unit if known.meeting else known.kallelse[1]), at)
        if earlier:
            return
        joined = (data["atgard"] == "skicka" and fact.source != 0 and known.kallelse is not None and known.kallelse[2] >= known.held_before()
                  and known.kallelse[1] != fact.source and known.meeting is not None and not known.held
                  and known.meeting.start > fact.said_at)
        if joined:
            return  # D9
        own_before = known.kallelse is not None and known.own_kallelse
        own_before = own_before and known.kallelse[2] > known.held_before()
        known.own_kallelse = own_before or (fact.source != 0 and not known.sip_called_for())
        unit = fact.source or (known.meeting.unit if known.meeting else known.kallelse[1])
        known.kallelse, known.given_back = (fact, unit, at), False
        mote = data.get("mote")
        if mote:
            start, end = almanac.parse(mote["start_at"]), almanac.parse(mote["end_at"])
            if known.meeting is None or (known.meeting.start, known.meeting.end) != (start, end):
                known.meeting = Row({"start": start, "end": end, "unit": unit, "slot": 0, "fact": fact,
                                     "staff": history.staff_of.get(data.get("for") or data["skickad_av"])})
                known.held = False
        if data["atgard"] == "omboka":
            if known.held and fact.source:  # a person takes the time, whoever was given it meanwhile
                known.meeting = Row({**known.meeting.__dict__, "slot": 0})
            known.held = False

    def _summoned_before(self, begins, fact, data, at):
        known = self.known
        begun = known.rounds.pop() if known.rounds[-1].refused and known.rounds[-1].begins == begins else None
        for who in data["kallade"]:
            unit = self.history.unit_of.get(who) if isinstance(who, str) else None
            if unit in known.participants:
                self._summoned(unit, at)
        by = fact.source or (known.meeting.unit if known.meeting else None)
        if by is not None:
            self._summoned(by, at)
        known.rounds.append(begun or Round(begins, refused=True))

    def sip_bokning(self, fact, data):
        """D6, D6a: what samordnad booked, held, took up again, gave back."""
        known, history = self.known, self.history
        if known.samtycke in ("nekat", "aterkallat"):
            return
        mote = data.get("mote") or {}
        start, end = almanac.parse(mote.get("start_at")), almanac.parse(mote.get("end_at"))
        if data["atgard"] == "boka":
            known.meeting = Row({"start": start, "end": end, "unit": history.unit_of.get(data.get("unit")), "fact": fact,
                                 "staff": history.staff_of.get(data.get("staff")), "slot": data.get("slot", 0)})
            known.held = False
        elif known.meeting is not None and known.meeting.start == start:
            if data["atgard"] in ("avboka", "overlamna"):  # overlamna: to the stay that follows (G2)
                known.meeting, known.given_back = None, True
            else:
                known.held = data["atgard"] == "vanta"

    def tidigare_vardtillfalle(self, fact, data):
        """G2, G7: the stay before, and what was summoned to there and lies ahead."""
        known, history = self.known, self.history
        if known.notice is None:
            return  # it was annulled
        known.earlier = fact
        if not data.get("kallade_at") or known.kallelse is not None or known.samtycke in ("nekat", "aterkallat"):
            return
        at = almanac.parse(data["kallade_at"])
        known.kallelse, known.given_back = (fact, history.unit_of.get(data.get("unit")), at), False
        known.own_kallelse = not known.sip_called_for()
        for who in data["kallade"]:
            row = self._participant(history.unit_of[who], fact)
            row.summoned.append((at, fact.nr))
            self._summoned(row.unit, at)
        self._summoned(known.kallelse[1], at)
        mote = data.get("mote")
        if mote:
            known.meeting = Row({"start": almanac.parse(mote["start_at"]), "end": almanac.parse(mote["end_at"]),
                                 "unit": known.kallelse[1], "slot": data.get("slot", 0), "fact": fact,
                                 "staff": history.staff_of.get(data.get("staff"))})

    def kvittens(self, fact, data):
        """G3."""
        if data.get("task"):
            number = int(data["task"].rpartition(".")[2])
            task = next((task for task in self.episode.tasks if task.nr == number), None)
            meant = task.ref if task is not None and task.unit == fact.source else None
        else:
            other = self._named(fact, lambda other: other.source != fact.source)
            meant = other.nr if other is not None else None
        if meant is not None and meant not in self.known.annulled:
            self._participant(fact.source, fact).acknowledged.setdefault(meant, fact.said_at)

    def _mottagare(self, unit):
        row = self.known.participants.get(unit)
        return row if row is not None and row.active and row.role == "mottagare" else None

    def _leave(self, row, fact):
        row.active, row.ended_at, row.left, row.added = False, fact.recorded_at, True, False

    def _add(self, unit, fact, by):
        was = self._mottagare(unit) is not None
        self._name(unit, "mottagare", fact)
        row = self.known.participants[unit]
        row.added = row.added or fact.source != 0
        if not was:
            row.forwarded = by is not None

    def _has_ground(self, data):
        """A4: to the unit where the patient is listed, to summon: once there is a ready notice and a SIP is due."""
        notice = self.known.notice
        if notice is None:
            return False
        listed = [notice.data["patient"].get("listad_pa")] == list(data.get("lagg_till", ()))
        to_summon = listed and "kommunal_hsl" not in self.known.behov
        sent_on = any(row.left for row in self.known.participants.values())  # A9
        return not to_summon or sent_on or (self.known.klar is not None and self.known.sip_is_due() and self.known.sip_called_for())

    def mottagare_andrad(self, fact, data):
        """A4, A10. What was judged by the register stands; what samordnad added to a notice since annulled has no ground."""
        source = self.known.participants.get(fact.source)
        out = source is not None and source.role == "mottagare" and not source.active
        if fact.outcome == "utanfor_huvudman" or out or (fact.source == 0 and not self._has_ground(data)):
            return
        sender, unit_of = self._mottagare(fact.source), self.history.unit_of
        for named in data.get("ta_bort", ()):
            row = self._mottagare(unit_of.get(named if isinstance(named, str) else named.get("hsa_id")))
            if row is not None:
                self._leave(row, fact)
        for named in data.get("lagg_till", ()):
            unit = unit_of.get(named if isinstance(named, str) else named.get("hsa_id"))
            if unit is not None:
                self._add(unit, fact, sender)
        to = unit_of.get(data.get("vidarebefordra"))
        if to is not None and sender is not None:
            self._add(to, fact, sender)
            if to != fact.source:
                self._leave(sender, fact)
                sender.handed_on = True

    def avvisning(self, fact, _data):
        """A9, A11."""
        row = self._mottagare(fact.source)
        if row is not None:
            self._leave(row, fact)

    ej_berord = avvisning

    def overflyttning(self, fact, data):
        ward = self.history.unit_of.get(data.get("enhet")) or fact.source
        for row in self.known.participants.values():
            if row.active and row.role == "hospital" and row.unit != ward:
                row.active, row.ended_at = False, fact.recorded_at
        self.known.ward = ward
        self._name(ward, "hospital", fact)

    def permission(self, _fact, data):
        self.known.permission = data

    def avliden(self, fact, _data):
        """G1."""
        if self.known.dead is None:
            self.known.dead, self.known.meeting = fact, None

    def patient_uppdaterad(self, _fact, data):
        self.known.missing -= {name for name, value in data["patient"].items() if value}

    def kallelse_svar(self, fact, data):
        """D8: an answer acknowledges the kallelse."""
        row = self.known.participants.get(fact.source)
        if row is not None and row.summoned:
            row.acknowledged.setdefault(row.summoned[-1][1], fact.said_at)

    def sip(self, fact, data):
        """D7: one that did not come off leaves what was held before."""
        known = self.known
        day = almanac.date_of(almanac.parse(data["hallen_at"]))
        if data["utfall"] == "genomford":
            if known.sip is None or day != almanac.date_of(known.sip_at()):
                known.sip_before = known.sip
                known.rounds.append(Round(place(fact)))
            known.sip = fact
        elif known.sip is not None and day == almanac.date_of(known.sip_at()):
            known.sip, known.sip_before = known.sip_before, None
            meanwhile = known.rounds.pop().summons
            known.rounds[-1].summons = {**meanwhile, **known.rounds[-1].summons}


HANDLERS = {type: getattr(Fold, type) for type in MESSAGES if hasattr(Fold, type)}


class Run:
    """D0, D1, F2: a SIP was wanted, and which, as was known: from the word that made it due; known from begins until ends."""

    def __init__(self, since, nr, begins, round):
        self.since, self.nr, self.begins, self.ends, self.round = since, nr, begins, None, round


def known_then(history, episode, facts, annulled):
    """What was known of it when each was recorded, without what is annulled since: read once."""
    cache = episode.wanted.setdefault(annulled, [])
    kept = [fact for fact in facts if fact.nr not in annulled and fact.type != "makulering"]
    for count in range(len(cache) + 1, len(kept) + 1):
        known, fact = Fold(history, episode, kept[:count]).known, kept[count - 1]
        called = known.sip_called_for()
        round = known.rounds[-1 if called or len(known.rounds) == 1 else -2].name()
        effect = max(fact.recorded_at, known.care_ended or fact.recorded_at)
        cache.append((fact, known.sip_is_wanted(), called, round, effect, known.first_wish(), known.rounds[-1].refused))
    return cache[:len(kept)]


def runs_of(history, episode, count):
    """D0, D1: when a SIP was wanted, by what had been recorded by then."""
    runs, facts = [], episode.facts[:count]
    annulled = frozenset(Fold(history, episode, facts).known.annulled)
    for fact, wanted, called, round, effect, wish, refused in known_then(history, episode, facts, annulled):
        runs_now = bool(runs) and runs[-1].ends is None
        if wanted == runs_now and (not wanted or runs[-1].round == round or not called):
            continue
        if runs_now:
            runs[-1].ends = max(fact.recorded_at, runs[-1].begins)
        if not wanted:
            continue
        since, until, before = (effect, fact.nr), fact.recorded_at, list(runs)
        if fact.type == "sip" and runs_now and called and wish is not None:
            since = wish  # D7, told late: what was said meanwhile is of the next
        if runs_now and refused:  # D3, told late: it was due since it was given anew
            since = (runs[-1].since, runs[-1].nr)
        while before and before[-1].ends == until:  # D7: not held after all
            if before[-1].round == round:
                since = (before[-1].since, before[-1].nr)
                break
            until = before.pop().begins
        runs.append(Run(*since, effect, round))
    return runs


def known_at(history, episode, count):
    """What the first `count` facts, in the order recorded, say."""
    known = Fold(history, episode, episode.facts[:count]).known
    known.runs = runs_of(history, episode, count)
    return known
