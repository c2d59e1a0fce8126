"""Goes through all stored history and looks whether the law was kept. Written from domain.md; `history` says what the facts
of an episode mean, `almanac` when. Between two facts what is known stands still: for each such span the rules below say
what is owed in it, and the rows of task, breach and notice must show that it was given, and nothing else.

DUTIES and BREACHES hold the rules, one function a rule; CHECKS what is looked at besides. Each check counts what it
checked: one that checked nothing is itself a finding.
"""

import collections

import almanac
from almanac import HOUR, MINUTE, SECOND, show
from history import KOMMUNALA, Fold, History, known_at, runs_of
from report import print_report

DRIFT = 30 * SECOND  # what real time adds to an instant of the stepped clock
OVER_DAYS = 30       # section 2: avslutad at the latest then
NEVER = 1 << 62
MANY = 50            # stays, among which each check must have found something to check


class Duty:
    """A task that is owed in a span. ref None: whatever fact it is said to be about."""

    def __init__(self, rule, kind, unit, done, due=None, ref=None, reminders=(), until=NEVER):
        self.rule, self.kind, self.unit, self.done, self.due, self.ref = rule, kind, unit, done, due, ref
        self.reminders = [(at, words) for at, words in reminders if at is not None]
        self.until = until  # it ends by itself then


class Span:
    """What was known from one instant up to another."""

    def __init__(self, known, begin, end):
        self.known, self.begin, self.end = known, begin, end


# ---- What is owed, by rule -----------------------------------------------------------------------------------------

SOON = ("task.due_soon", "task.escalated", "task.overdue")
ESCALATED = ("task.escalated", "task.overdue")
OVERDUE = ("task.overdue",)
CLOSED = ("task.done", "task.cancelled")

# B5: which professions answer a need.
ANSWERS = {"rehabilitering": ("fysioterapeut", "arbetsterapeut"),
           "omvardnad": ("distriktsskoterska", "specialistsjukskoterska"), "instabil": ("lakare",),
           "psykosocial": ("kurator", "psykolog", "mentalskotare")}


def a0_judgement(checker, known, span):
    begun = known.inskrivning
    if begun is None:
        return
    at = almanac.parse(begun.data["inskriven_at"])
    done = known.notice is not None or known.discharge is not None or (
        known.judgement is not None and known.judgement.data["behov_finns"] != "senare")
    yield Duty("A0", "behovsbedomning", known.hospital, done, at + 24 * HOUR,
               reminders=[(at + 12 * HOUR, SOON), (at + 20 * HOUR, SOON)])


def a1_notice(checker, known, span):
    if known.inskrivning is None or known.judgement is None or known.judgement.data["behov_finns"] != "ja":
        return
    if known.notice is None and known.discharge is not None:
        return
    due = known.a1_due()
    yield Duty("A1", "inskrivningsmeddelande", known.hospital, known.notice is not None, due,
               known.judgement_nr, [(due, OVERDUE)])


def a3_complete(checker, known, span):
    if known.notice is not None:
        yield Duty("A3", "komplettera_uppgifter", known.hospital, not known.missing, ref=known.first_notice.nr)


def a8_acknowledge(checker, known, span):
    if known.notice is None:
        return
    for row in known.mottagare():
        hours = checker.history.units[row.unit].hours
        reminder = almanac.add_open(hours, row.received_at, 4 * HOUR)
        due = almanac.next_working_day(row.received_at, 600)
        if reminder is not None and due <= reminder:
            due = almanac.next_working_day(reminder, 600)
        done = any(nr in row.acknowledged for nr in {row.added_nr, *known.versions})
        yield Duty("A8", "kvittera_inskrivningsmeddelande", row.unit, done, due, row.added_nr,
                   [(known.after_permission(reminder), SOON), (known.after_permission(due), ESCALATED)])


def at_once(known, from_at):
    """G3: utskrivningsklar and kallelse ignore hours."""
    due = almanac.at_time(almanac.date_of(from_at) + almanac.ONE_DAY, 600)
    return due, [(known.after_permission(from_at + 4 * HOUR), SOON), (known.after_permission(due), ESCALATED)]


def g3_ready(checker, known, span):
    if known.notice is None or known.klar is None or known.discharge is not None:
        return
    for row in known.mottagare():
        if row.withheld == known.klar.nr:
            continue  # C1a
        due, reminders = at_once(known, known.delivered_at(row.unit))
        yield Duty("G3", "kvittera_utskrivningsklar", row.unit, known.ready_acknowledged(row) is not None, due, known.klar_nr,
                   reminders)


def g3_kallelse(checker, known, span):
    if known.notice is None or known.kallelse is None or not known.sip_is_due() or known.kallelse[2] < known.held_before():
        return
    if known.meeting is None and known.given_back:
        return
    until = known.meeting.start if known.meeting else NEVER
    for row in known.mottagare():
        reached = row.summoned and row.unit in known.rounds[-1].summons
        if not reached or row.unit == known.kallelse[1] or until <= span.begin:
            continue
        at, nr = row.summoned[-1]
        if known.earlier is not None and nr == known.earlier.nr:
            continue  # G2: asked for in the stay before
        due, reminders = at_once(known, at)
        yield Duty("G3", "kvittera_kallelse", row.unit, nr in row.acknowledged, due, nr, reminders, until)


def b1_contact(checker, known, span):
    if known.notice is None:
        return
    home = known.discharged_at()
    for row in known.mottagare():
        if not checker.history.is_oppenvard(row.unit):
            continue
        contact = known.contacts.get(row.unit)
        expected = known.expected[0] if known.expected else NEVER
        named = contact is not None and contact.staff is not None and (
            contact.covered_from <= span.begin + DRIFT or (home is None and contact.covered_from <= expected))
        times = [row.received_at + 24 * HOUR, expected - 24 * HOUR, known.klar_recorded if known.klar else None]
        reminders = [(at, SOON) for at in times if at is not None and (home is None or at < home)]
        yield Duty("B9", "utse_fast_vardkontakt", row.unit, named or known.at_discharge(row.unit), ref=row.added_nr,
                   reminders=reminders)


def d1_kallelse(checker, known, span):
    for clock in checker.clocks(known):
        if clock.sender is None:
            continue
        due = clock.due
        yield Duty("D1", "kalla_till_sip", clock.sender, clock.fulfilled_at is not None, due, clock.ref,
                   [(due - 24 * HOUR, ESCALATED), (due - 4 * HOUR, SOON), (due, OVERDUE)])


def d1a_ask(checker, known, span):
    if known.notice is None or known.klar is None:
        return
    running = [clock for clock in checker.clocks(known) if clock.fulfilled_at is None]
    if known.samtycke == "okant" and running:
        for unit in {known.hospital, running[0].sender} - {None}:
            yield Duty("D1a", "fraga_samtycke", unit, False, ref=known.klar_nr)


def e1_information(checker, known, span):
    if known.notice is None or known.discharge is None:
        return
    due = almanac.e1_due(known.discharged_at())
    yield Duty("E1", "utskrivningsinformation", known.hospital, known.information is not None, due, known.discharge_nr,
               [(due, OVERDUE)])
    yield Duty("E3", "patientinformation", known.hospital, known.patient_information is not None, due,
               known.discharge_nr, [(due, OVERDUE)])


def c6_vardplan(checker, known, span):
    """C6: every unit adjusts the vårdplan, primary care where there is no psychiatry."""
    if known.notice is None or known.klar is None or known.oppen == "ingen":
        return
    slag = {row.unit: checker.history.units[row.unit].slag for row in known.mottagare()}
    for row in known.mottagare():
        if row.withheld == known.klar.nr or slag[row.unit] == "primarvard" and "specialistoppenvard" in slag.values():
            continue
        due = almanac.d1_due(known.delivered_at(row.unit))
        yield Duty("C6", "justera_vardplan", row.unit, row.adjusted, due, known.klar_nr, [(due, OVERDUE)])


DUTIES = (a0_judgement, a1_notice, a3_complete, a8_acknowledge, g3_ready, g3_kallelse, b1_contact, d1_kallelse, d1a_ask,
          c6_vardplan, e1_information)

# ---- Breaches, by rule: (rule, unit, about which fact, due_at, done_at, cause) ---------------------------------------


def a5_cause(first, received_at, due):
    """A5, B1a: sent in time and late with us is ours."""
    lagged = first.said_at <= due and first.recorded_at - first.said_at > 15 * MINUTE
    return "system" if lagged and received_at == first.recorded_at else "hospital_late"


def breach_a5(checker, known, now):
    asked = known.judgement is not None and known.judgement.data["behov_finns"] == "ja"
    ward = known.inskrivning.source if known.inskrivning is not None else known.hospital
    if known.notice is None:
        if asked and known.inskrivning is not None:
            due = known.a1_due()
            until = known.discharged_at() if known.discharge is not None else now
            if min(until, now) > due:
                yield "A5", ward, known.judgement_nr, due, None, "hospital_late"
        return
    due, first = known.a1_due(), known.first_notice
    if asked and first.recorded_at > due:
        yield "A5", ward, known.judgement_nr, due, first.recorded_at, a5_cause(first, first.recorded_at, due)
    for row in known.mottagare():
        if row.first_received_at > due and not row.forwarded:
            yield "A5", row.unit, row.added_nr, due, row.first_received_at, a5_cause(first, row.first_received_at, due)


def had_time(checker, unit, from_at, home):
    """B1a: two of its open hours."""
    return from_at < home and almanac.open_between(checker.history.units[unit].hours, from_at, home) >= 2 * HOUR


def breach_b1(checker, known, now):
    home = known.discharged_at()
    if known.notice is None or home is None or home > now:
        return
    for row in known.mottagare():
        if checker.history.is_oppenvard(row.unit) and not known.at_discharge(row.unit):
            contact = known.contacts.get(row.unit)
            done = contact.covered_from if contact is not None and contact.staff is not None else None
            timely = had_time(checker, row.unit, row.received_at, home)
            yield "B1", row.unit, known.discharge_nr, home, done, "unit_late" if timely else "hospital_late"


def breach_d1(checker, known, now):
    for clock in checker.clocks(known):
        if (clock.fulfilled_at if clock.fulfilled_at is not None else now) >= clock.breach_from:
            yield ("D1", clock.sender or known.hospital, clock.ref, clock.due, clock.fulfilled_at,
                   "unit_late" if clock.sender else "hospital_late")


def breach_e1(checker, known, now):
    home = known.discharged_at()
    if known.notice is None or home is None or home > now:
        return
    due = almanac.e1_due(home)
    if (known.information if known.information is not None else now) >= due:
        yield "E1", known.hospital, known.discharge_nr, due, known.information, "hospital_late"


def breach_e2(checker, known, now):
    home = known.discharged_at()
    if known.notice is None or known.klar is None or home is None or home > now:
        return
    for row in known.mottagare():
        at = known.ready_acknowledged(row)
        if row.withheld == known.klar.nr:
            continue  # C1a: it was never asked
        if at is None or at > home:
            late = "kommun_late" if checker.history.units[row.unit].slag in KOMMUNALA else "unit_late"
            timely = had_time(checker, row.unit, known.delivered_at(row.unit), home)
            yield "E2", row.unit, known.klar_nr, home, at, late if timely else "hospital_late"


BREACHES = (breach_a5, breach_b1, breach_d1, breach_e1, breach_e2)
# D7, B10: owed also when the stay is over.
LASTING = ("folj_upp_sip", "omprova_fast_vardkontakt")
# Stopped afterwards, the breach stays (C3, D3, C4).
STAYS = ("D1", "E2")


class Clock:
    """D1 for the units that share a day: who is to send, until when, when the last of them was summoned."""

    def __init__(self, opened, ref, sender):
        self.due, self.breach_from = almanac.d1_due(opened), almanac.d1_breach_from(opened)
        self.ref, self.sender, self.times = ref, sender, []

    @property
    def fulfilled_at(self):
        return None if None in self.times else max(self.times)


class Checker:
    def __init__(self, dsn, region, ledger, views, grain_s):
        self.history = History(dsn, region)
        self.ledger, self.views = ledger, views
        self.slack = int(grain_s * SECOND) + DRIFT
        self.counted, self.found, self.to_show = collections.Counter(), [], {}
        self.end = 1 + max([notice.at for notice in self.history.notices] + [
            fact.recorded_at for episode in self.history.episodes.values() for fact in episode.facts], default=0)
        for check, _ in CHECKS:
            self.counted[check] = 0

    def violation(self, rule, episode, text):
        self.found.append(f"{rule} {episode.uuid if episode is not None else '-'} {text}")
        if episode is not None:
            self.to_show[episode.episode] = episode

    def unit(self, unit):
        return self.history.units[unit].hsa_id if unit in self.history.units else f"{unit}"

    # ---- D1 ----

    def sender(self, known):
        """D9, B8: who has a fast vårdkontakt; primary care before others, first where the patient is known; whose
        profession fits. Not who may not know that the patient is ready (C1a).
        """
        best, best_rank = None, ()
        for row in known.mottagare():
            withheld = known.klar is not None and row.withheld == known.klar.nr
            if self.history.is_oppenvard(row.unit) and not withheld:
                contact = known.contacts.get(row.unit)
                staff = contact.staff if contact is not None else None
                primary = self.history.units[row.unit].slag == "primarvard"
                rank = (staff is not None, primary and self.is_known_at(known, row.unit), primary,
                        self.fits(known, staff))
                if best is None or rank > best_rank:
                    best, best_rank = row.unit, rank
        return best

    def is_known_at(self, known, unit):
        """B8: an established regular contact."""
        listed = known.notice.data["patient"].get("listad_pa") if known.notice is not None else None
        return listed == self.unit(unit) or any(
            row.patient == known.patient and row.unit == unit and row.slag in (1, 2) and row.episode != known.episode
            and row.from_at <= known.at and (row.to_at is None or row.to_at > known.at)
            for row in self.history.kontakter)

    def fits(self, known, staff):
        """B5, B8: the profession answers the need."""
        needs = known.notice.data.get("behovsprofil", ()) if known.notice is not None else ()
        return staff in self.history.staff and any(
            self.history.staff[staff].profession in ANSWERS[need] for need in needs)

    def clocks(self, known):
        if known.klar is None or not known.sip_is_due() or not known.sip_called_for():
            return []
        sender, clocks = self.sender(known), {}
        concerned = [row for row in known.mottagare() if self.history.is_oppenvard(row.unit)
                     or self.history.units[row.unit].slag in KOMMUNALA]
        others = [row for row in concerned if row.unit != sender]
        for row in others or concerned:
            if row.withheld == known.klar.nr:
                continue  # C1a: not delivered
            opened, ref = known.delivered_at(row.unit), known.klar_nr
            if opened == row.received_at and row.received_at > known.klar_recorded:
                ref = row.added_nr
            run = (known.runs[-1].since, known.runs[-1].nr) if known.runs else None
            for since in (run, known.wanted):
                if known.opens(since) and since[0] > opened:
                    opened, ref = since
            at = known.rounds[-1].summons.get(row.unit)
            clocks.setdefault(ref, Clock(opened, ref, sender)).times.append(at)
        return list(clocks.values())

    # ---- Spans of an episode ----

    def spans(self, episode):
        facts, spans = episode.facts, []
        for number, fact in enumerate(facts):
            last = number + 1 == len(facts)
            if not last and facts[number + 1].recorded_at == fact.recorded_at:
                continue
            known = known_at(self.history, episode, number + 1)
            end = self.end if last else facts[number + 1].recorded_at
            home = known.discharged_at() if known.notice is not None else None
            if home is not None:
                end = min(end, almanac.add_days(home, OVER_DAYS))
            if end > fact.recorded_at:
                spans.append(Span(known, fact.recorded_at, end))
        return spans

    def duties(self, span):
        if span.known.dead is not None:
            return []  # G1
        return [duty for rule in DUTIES for duty in rule(self, span.known, span)]

    def task_of(self, episode, duty, at):
        """The task that answers to the duty: by kind, unit and ref; open at that instant before others."""
        found = [task for task in episode.tasks if task.kind == duty.kind and task.unit == duty.unit
                 and (duty.ref is None or task.ref == duty.ref)]
        return max(found, key=lambda task: (task.created_at <= at + self.slack, task.closed_at is None), default=None)

    # ---- Checks ----

    def check_tasks(self, episode, spans):
        """Every duty of every span has its task, open all the while; and is closed where it is fulfilled."""
        owed = {}
        for span in spans:
            for duty in self.duties(span):
                end = min(span.end, duty.until)
                task = self.task_of(episode, duty, span.begin)
                if duty.done:
                    if task is not None and task.status == "open" and span is spans[-1]:
                        self.violation(duty.rule, episode, f"{duty.kind} of {self.unit(duty.unit)} is fulfilled since "
                                       f"{show(span.begin)} and its task {task.nr} is open")
                    continue
                self.counted["task"] += 1
                if task is None or task.created_at > span.begin + self.slack:
                    self.violation(duty.rule, episode, f"{duty.kind} is owed by {self.unit(duty.unit)} from "
                                   f"{show(span.begin)} (about {duty.ref}), and no task says so")
                    continue
                if task.closed_at is not None and task.closed_at < end - self.slack:
                    self.violation(duty.rule, episode, f"{duty.kind} is owed by {self.unit(duty.unit)} until {show(end)}, "
                                   f"and its task {task.nr} was closed {show(task.closed_at)}")
                owed[task.nr] = (duty, task)
                self.check_reminders(episode, span, duty, task, end)
        for duty, task in owed.values():
            if duty.due is not None:
                self.counted["task's deadline"] += 1
                if task.due_at != duty.due:
                    self.violation(duty.rule, episode, f"{duty.kind} of {self.unit(duty.unit)} is due {show(duty.due)}, and "
                                   f"its task {task.nr} says {show(task.due_at)}")

    def check_reminders(self, episode, span, duty, task, end):
        """A reminder that falls in the span was given then."""
        for at, words in duty.reminders:
            if not span.begin < at < end - SECOND:
                continue
            if any(notice.task_nr == task.nr and notice.type in CLOSED and at - SECOND <= notice.at <= at + self.slack
                   for notice in episode.notices):
                continue  # fulfilled by what samordnad decided in the same look
            self.counted["reminder"] += 1
            given = [notice for notice in episode.notices if notice.task_nr == task.nr and notice.unit == duty.unit
                     and notice.type in words and at - SECOND <= notice.at <= at + self.slack]
            if not given:
                self.violation(duty.rule, episode, f"{duty.kind} of {self.unit(duty.unit)} (task {task.nr}, due "
                               f"{show(duty.due)}) was to be reminded of at {show(at)} ({words[0]}), and was not")

    def check_unfounded(self, episode, spans):
        """No task without a duty that asked for it when it was made."""
        kinds = {"behovsbedomning", "inskrivningsmeddelande", "komplettera_uppgifter", "kvittera_inskrivningsmeddelande",
                 "kvittera_utskrivningsklar", "kvittera_kallelse", "utse_fast_vardkontakt", "kalla_till_sip",
                 "utskrivningsinformation", "patientinformation"}
        for task in episode.tasks:
            if task.kind not in kinds:
                continue
            self.counted["task's ground"] += 1
            span = next((span for span in spans if span.begin <= task.created_at < span.end), None)
            if span is None or not any(
                    duty.kind == task.kind and duty.unit == task.unit and not duty.done and duty.ref in (None, task.ref)
                    for duty in self.duties(span)):
                self.violation("G3", episode, f"task {task.nr} ({task.kind} of {self.unit(task.unit)}, about {task.ref}) "
                               f"was made {show(task.created_at)} without a ground")

    def check_told(self, episode, spans):
        """Each task was told to its unit when it was made."""
        for task in episode.tasks:
            self.counted["task told"] += 1
            if not any(notice.unit == task.unit and notice.task_nr == task.nr and notice.at == task.created_at
                       for notice in episode.notices):
                self.violation("G3", episode, f"task {task.nr} ({task.kind}) was made {show(task.created_at)} and "
                               f"{self.unit(task.unit)} was not told")

    def check_messages(self, episode, spans):
        """C1, C3, A7, A8: what is new reaches all mottagare at once."""
        before = alive = expected = None
        for span in spans:
            known, news, old = span.known, [], set()
            was = before or known_at(self.history, episode, 0)
            if was.discharge is None:
                expected = (was.expected or (None,))[0]  # who is home is expected nowhere
            elif known.notice is not None and was.notice is None:
                expected = (known.expected or (None,))[0]  # the notice itself says it
            if known.notice is not None and known.dead is not None:
                if was.dead is None:
                    for row in known.mottagare():
                        self.told("G1", episode, span, row.unit, ("episode.avliden",))
            elif known.notice is not None:
                was = alive or was  # G1: of who was dead nothing else was told
                if known.klar is not None and (was.klar is None or was.klar_nr != known.klar_nr):
                    news.append(("C1", ("episode.utskrivningsklar",), known.klar))
                if known.klar is None and was.klar is not None and was.notice is not None:
                    news.append(("C3", ("episode.ej_langre_utskrivningsklar",), None))
                if known.expected and was.notice is not None and known.discharge is None \
                        and expected != known.expected[0]:
                    news.append(("A7", ("episode.ny_beraknad_utskrivning",), known.expected[1]))
                if known.discharge is not None and (was.discharge is None or was.discharge is not known.discharge):
                    news.append(("E2", ("episode.utskrivning",), known.discharge))
                old = {row.unit for row in was.mottagare()} if was.notice is not None else set()
                for row in known.mottagare():
                    if row.unit not in old:
                        self.told("A8", episode, span, row.unit, ("episode.inskrivningsmeddelande",
                                                                  "episode.inskrivningsmeddelande_andrat"))
            for rule, words, fact in news:
                for row in known.mottagare():
                    if rule == "A7" and row.unit not in old:
                        continue  # the notice itself says it
                    if rule == "C1" and row.withheld == fact.nr:
                        continue  # C1a
                    if fact is None or fact.source != row.unit:
                        self.told(rule, episode, span, row.unit, words)
            before = known
            alive = known if known.dead is None else alive

    def told(self, rule, episode, span, unit, words):
        self.counted["message told"] += 1
        if not any(notice.unit == unit and notice.type in words and notice.at == span.begin for notice in episode.notices):
            self.violation(rule, episode, f"{self.unit(unit)} was not told at {show(span.begin)}: {words[0]}")

    def check_breaches(self, episode, spans):
        """A breach that the end of the history shows is stored, with cause; a stored one was there when it was stamped."""
        if not spans:
            return
        last = spans[-1]
        final = {row[:3]: row[3:] for row in self.breaches_of(last.known, last.end)}
        stored = {(breach.rule, breach.unit, breach.ref): breach for breach in episode.breaches}
        broke_d1 = {breach.ref: breach for breach in episode.breaches if breach.rule == "D1" and breach.withdrawn_at is None}
        for (rule, unit, ref), (due, done, cause) in final.items():
            self.counted[f"breach {rule}"] += 1
            breach = stored.get((rule, unit, ref))
            if rule == "D1" and ref in broke_d1:  # whoever was to send it then; who is to send it now came after
                breach = broke_d1[ref]
                cause = cause if breach.unit == unit else breach.cause
            if breach is None or breach.withdrawn_at is not None:
                self.violation(rule, episode, f"{self.unit(unit)} broke it (due {show(due)}, done {show(done)}, about {ref}), "
                               "and no breach is stored")
            elif (breach.cause, breach.done_at, breach.due_at) != (cause, done, due):
                self.violation(rule, episode, f"the breach of {self.unit(unit)} about {ref} is {cause}, due {show(due)}, done "
                               f"{show(done)}; it says {breach.cause}, due {show(breach.due_at)}, done {show(breach.done_at)}")
        runs = {ref for rule, _, ref in final if rule == "D1"}
        active = {row.unit for row in last.known.mottagare()} | {last.known.hospital}
        for key, breach in stored.items():
            self.counted["breach's ground"] += 1
            if not any(span.begin <= breach.stamped_at < span.end + self.slack
                       and key in {row[:3] for row in self.breaches_of(span.known, breach.stamped_at)} for span in spans):
                self.violation(breach.rule, episode, f"a breach of {self.unit(breach.unit)} about {breach.ref} was stamped "
                               f"{show(breach.stamped_at)}, and there was none")
            shown = key in final or (breach.rule == "D1" and breach.ref in runs)
            if breach.withdrawn_at is None and not shown and breach.unit in active and last.known.dead is None \
                    and not self.was_broken(episode, breach):
                self.violation(breach.rule, episode, f"the breach of {self.unit(breach.unit)} about {breach.ref} (due "
                               f"{show(breach.due_at)}) stands, though messages showed that it was none")

    def was_broken(self, episode, breach):
        """C3, D3: stopped only afterwards. By all that had been said at some instant from its day on it was one."""
        if breach.rule not in STAYS:
            return False
        then = breach.due_at
        if breach.rule == "D1":  # alarm first; a breach after the days off that follow
            then = almanac.d1_breach_from(breach.due_at - 4 * 24 * HOUR + 12 * HOUR)
        for at in {then} | {fact.said_at for fact in episode.facts if fact.said_at > then}:
            known = Fold(self.history, episode, [fact for fact in episode.facts if fact.said_at <= at]).known
            known.runs = runs_of(self.history, episode, sum(
                fact.recorded_at <= breach.stamped_at for fact in episode.facts))
            if (breach.rule, breach.unit, breach.ref) in {row[:3] for row in self.breaches_of(known, at)}:
                return True
        return False

    def breaches_of(self, known, now):
        for rule in BREACHES if known.dead is None else ():
            yield from rule(self, known, now)

    def check_closed(self, episode, spans):
        """Section 2: nothing is open in an episode that is over."""
        home = spans[-1].known.discharged_at() if spans and spans[-1].known.notice is not None else None
        over = home is not None and almanac.add_days(home, OVER_DAYS) < self.end - self.slack
        closed = ("avslutad", "makulerad", "avliden")
        if not over and episode.phase not in closed:
            return
        self.counted["over"] += 1
        if episode.phase not in closed:
            self.violation("E2", episode, f"home since {show(home)}, and still {episode.phase}")
        for task in episode.tasks:
            if task.status == "open" and task.kind not in LASTING:
                self.violation("E2", episode, f"{episode.phase}, and task {task.nr} ({task.kind}) is open")
        if episode.booking is not None and episode.booking.start_at > self.end and episode.phase != "avslutad":
            self.violation("D6a", episode, f"{episode.phase}, and a time is booked {show(episode.booking.start_at)}")

    def check_appointments(self, episode, spans):
        """B3, B4, B5: who may be fast vårdkontakt, and who may say so."""
        for number, fact in enumerate(episode.facts):
            if fact.type != "fast_vardkontakt" or fact.data["atgard"] in ("avsluta",):
                continue
            known = known_at(self.history, episode, number)
            unit = self.history.unit_of.get(fact.data.get("unit")) or fact.source
            staff = self.history.staff_of[fact.data["staff"]]
            if known.notice is None or not self.history.is_oppenvard(unit):
                continue
            notice = known.notice.data
            applied = fact.outcome not in ("fvk_maste_vara_lakare", "avliden")
            named = fact.data["atgard"] in ("utse", "byt", "bekrafta", "foresla")
            if notice.get("livshotande") and named:
                self.counted["B3"] += 1
                # A version that was said after the unit's word, and came before it, does not bind it.
                binds = fact.source == 0 or known.notice.said_at <= fact.said_at
                if applied and binds and not self.history.is_physician(staff):
                    self.violation("B3", episode, f"{fact.data['staff']} ({fact.data['atgard']}, message {fact.nr}) is no "
                                   f"licensed physician, and life is threatened")
            veto = notice.get("onskemal", {}).get("ej")
            if fact.source == 0 and veto:
                self.counted["B5 veto"] += 1
                if veto == fact.data["staff"]:
                    self.violation("B5", episode, f"{veto} was {fact.data['atgard']} by samordnad against the veto")
            if fact.source == 0:
                self.check_own_appointment(episode, known, fact, unit, staff)

    def check_own_appointment(self, episode, known, fact, unit, staff):
        """B4: only by a standing decision; B5: somebody is there at discharge."""
        at, history = fact.recorded_at, self.history
        if fact.data["atgard"] == "utse":
            self.counted["B4"] += 1
            decision = history.standing_decision(fact.data.get("standing_decision"))
            if decision is None or decision.unit != unit or not decision.from_at <= at < decision.to_at:
                self.violation("B4", episode, f"appointed {show(at)} at {self.unit(unit)} without a standing decision")
            mode = history.policy("fvk_mode", unit, at, "propose")
            near = known.expected is not None and at >= known.expected[0] - 24 * HOUR - SECOND
            if mode == "manual" or (mode == "propose" and not near):
                self.violation("B4", episode, f"{self.unit(unit)} works in {mode}, and {fact.data['staff']} was appointed "
                               f"{show(at)}")
        if fact.data["atgard"] in ("utse", "foresla"):
            self.counted["B5 absence"] += 1
            then = max(at, known.expected[0]) if known.expected else at
            # By what was known before, or, decided because of a word of that instant, by that word too.
            if history.acting(staff, then, at) is None and history.acting(staff, then, at + 1) is None:
                self.violation("B5", episode, f"{fact.data['staff']} was {fact.data['atgard']} {show(at)}, and nobody is there at "
                               f"{show(then)}")

    def check_bookings(self):
        """D6: nobody and no slot twice at once: in what is booked, and in what samordnad ever booked."""
        meetings = []  # (from, to, staff, slot, start, end, episode, ours)
        for episode in self.stays():
            spans = self.spans(episode)
            for span in spans:
                meeting = span.known.meeting
                if meeting is not None and not span.known.held and span.known.notice is not None:
                    meetings.append((span.begin, span.end, meeting, episode))
        for key in ("staff", "slot"):
            rows = collections.defaultdict(list)
            for row in self.history.bookings:
                if getattr(row, key):
                    rows[getattr(row, key)].append(row)
            for number, taken in rows.items():
                taken.sort(key=lambda row: row.start_at)
                for one, other in zip(taken, taken[1:]):
                    self.counted["booking"] += 1
                    if other.start_at < one.end_at:
                        self.violation("D6", self.history.episodes[other.episode], f"{key} {number} is booked twice at "
                                       f"{show(other.start_at)}")
            told = collections.defaultdict(list)
            for meeting in meetings:
                if meeting[2].slot:
                    told[getattr(meeting[2], key)].append(meeting)
            for number, rows in told.items():
                rows.sort(key=lambda row: row[2].start)
                for place, (begin, end, one, episode) in enumerate(rows):
                    for begin2, end2, other, episode2 in rows[place + 1:]:
                        if other.start >= one.end:
                            break
                        self.counted["meeting"] += 1
                        if episode is not episode2 and begin < end2 and begin2 < end:
                            self.violation("D6", episode, f"{key} {number} was promised at {show(one.start)} and, in "
                                           f"{episode2.uuid}, at {show(other.start)}")

    def check_feeds(self):
        """Every feed is gapless from 1, and its instants never go back."""
        last = {}
        for notice in self.history.notices:
            self.counted["notice"] += 1
            seq, at = last.get(notice.unit, (0, 0))
            if notice.seq != seq + 1:
                self.violation("G3", None, f"the feed of {self.unit(notice.unit)} goes from {seq} to {notice.seq}")
            if notice.at < at:
                self.violation("G3", None, f"the feed of {self.unit(notice.unit)} goes back in time at {notice.seq}")
            last[notice.unit] = (notice.seq, notice.at)

    def check_ledger(self):
        """What was acknowledged is stored exactly once and was applied once; what was refused is not stored."""
        stored = collections.Counter()
        for episode in self.history.episodes.values():
            for fact in episode.facts:
                if fact.message_id is not None:
                    stored[(self.unit(fact.source), fact.message_id)] += 1
        taken, fresh = set(), collections.Counter()
        for row in self.ledger:
            key = (row["source"], row["id"])
            self.counted["message of the ledger"] += 1
            if row["status"] == 200:
                taken.add(key)
                fresh[key] += row["result"] != "duplicate"
        for key in taken:
            if stored[key] != 1:
                self.violation("A6", None, f"message {key[1]} of {key[0]} was acknowledged and is stored {stored[key]} times")
            if fresh[key] != 1:
                self.violation("A6", None, f"message {key[1]} of {key[0]} was new {fresh[key]} times")
        for key in stored.keys() - taken:
            self.violation("A6", None, f"message {key[1]} of {key[0]} is stored and was not acknowledged")

    def check_views(self):
        """The clocks that are shown, at the end: D1, E1, F1."""
        for episode in self.stays():
            view = self.views.get(episode.uuid)
            if view is None:
                continue
            known, clocks = known_at(self.history, episode, len(episode.facts)), view["clocks"]
            if known.klar is not None and known.notice is not None and known.dead is None:
                self.check_f1(episode, known, clocks.get("betalningsansvar_from"))
            if known.discharge is not None and known.notice is not None and known.dead is None:
                self.same("E1", episode, almanac.e1_due(known.discharged_at()), clocks.get("utskrivningsinformation_due"))

    def check_f1(self, episode, known, shown):
        """F1, from when the payer's last unit had the ready notice (F2, F9), and not before D(kallelse) (F8)."""
        payer = int(known.notice.data["patient"]["folkbokforingskommun"])
        payers = [row for row in known.participants.values() if row.role == "mottagare"
                  and self.history.units[row.unit].slag in KOMMUNALA and self.history.units[row.unit].kommun == payer]
        rows = [row for row in payers if not row.forwarded
                and (row.active or row.ended_at is not None and row.ended_at > known.klar_recorded)]
        if not rows:
            return
        last = max(known.delivered_at(row.unit) for row in rows)
        start = almanac.f1_from(max(known.klar.said_at, last) if last > known.klar_recorded else known.klar.said_at)
        # What was asked for at the start, as was known then.
        run = known.run_at(start)
        summons = known.round_of(run).summons if run is not None else {}
        until = known.asked_until(run) if run is not None else None
        summoned = [summons[row.unit] for row in payers if row.unit in summons and (until is None or summons[row.unit] <= until)]
        if until is not None and not summoned:
            summoned = [until]  # F8: held, or given up, without one: no day before it
        if summoned:
            start = max(start, almanac.midnight(almanac.date_of(min(summoned))))
        if not self.is_blocked(episode, start):
            self.same("F1", episode, start, shown)

    def is_blocked(self, episode, at):
        """F3, F8: when it starts after a block is not reckoned here."""
        said = {}
        for fact in sorted(episode.facts, key=lambda fact: (fact.said_at, fact.nr)):
            if fact.type == "insatser_status" and (almanac.parse(fact.data.get("from_at")) or fact.said_at) <= at:
                said[fact.source] = fact.data["status"]
        return any(status == "avbojd" or (status in ("ej_tillganglig", "oklart") and self.history.is_oppenvard(unit))
                   for unit, status in said.items())

    def same(self, rule, episode, expected, shown):
        self.counted[f"view {rule}"] += 1
        if almanac.parse(shown) != expected:
            self.violation(rule, episode, f"{show(expected)} is shown as {shown}")

    def story(self, episode):
        """The stored history of an episode, for who looks into a finding; the test persons have no secrets."""
        lines = [f"---- {episode.uuid} {episode.encounter} {episode.phase}"]
        rows = [(fact.recorded_at, f"fact {fact.nr} {fact.type} of {self.unit(fact.source)}, said {show(fact.sent_at)}: "
                 f"{fact.outcome or 'applied'} {fact.body[:300] if 'patient' not in fact.data else fact.body[:900]}")
                for fact in episode.facts]
        rows += [(task.created_at, f"task {task.nr} {task.kind} of {self.unit(task.unit)} about {task.ref}, due "
                  f"{show(task.due_at)}: {task.status} {show(task.closed_at)}") for task in episode.tasks]
        rows += [(breach.stamped_at, f"breach {breach.rule} of {self.unit(breach.unit)} about {breach.ref}, {breach.cause}, "
                  f"due {show(breach.due_at)}, done {show(breach.done_at)}, withdrawn {show(breach.withdrawn_at)}")
                 for breach in episode.breaches]
        rows += [(notice.at, f"    told {self.unit(notice.unit)} {notice.type} {notice.detail or ''} (fact {notice.fact_nr}, "
                  f"task {notice.task_nr})") for notice in episode.notices]
        return lines + [f"{show(at)} {text}" for at, text in sorted(rows, key=lambda row: row[0])]

    def stays(self):
        return [episode for episode in self.history.episodes.values() if episode.org != 0]

    def run(self):
        for episode in self.stays():
            spans = self.spans(episode)
            for _, check in CHECKS:
                check(self, episode, spans)
        self.check_bookings()
        self.check_feeds()
        self.check_ledger()
        self.check_views()
        for what, count in self.counted.items() if len(self.stays()) >= MANY else ():
            if count == 0:
                self.violation("-", None, f"nothing was checked: {what}")
        return self.found


# What is checked in each episode, and the kind of count that must not stay at nothing.
CHECKS = (
    ("task", Checker.check_tasks),
    ("task's ground", Checker.check_unfounded),
    ("task told", Checker.check_told),
    ("message told", Checker.check_messages),
    ("breach's ground", Checker.check_breaches),
    ("over", Checker.check_closed),
    ("B3", Checker.check_appointments),
)


def check(dsn, region, ledger, views, grain_s, out, stories=False):
    checker = Checker(dsn, region, ledger, views, grain_s)
    found = checker.run()
    print("checked: " + ", ".join(f"{what} {count}" for what, count in sorted(checker.counted.items())), file=out)
    for line in found:
        print(line, file=out)
    for episode in checker.to_show.values() if stories else ():
        print("\n".join(checker.story(episode)), file=out)
    print_report(checker.history, out)
    return found
