"""A round of each fault (tests/torture) and nothing is lost, applied twice, undelivered or out of order; and what is broken on
purpose in the ledger or in the database is found. Many rounds: `make torture`.
"""

import contextlib
import copy
import io
import sys
import unittest

import harness

sys.path.insert(0, str(harness.ROOT / "tests" / "torture"))
import faults  # noqa: E402
import ledger  # noqa: E402
import torture  # noqa: E402

SEED = 1
POINTS = {"after commit, before answer", "after lease, before send", "after send, before record"}


class Torture(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.install_signal_handlers()
        cls.out = io.StringIO()
        cls.torture = torture.Torture(SEED, cls.out)
        try:
            cls.torture.run(len(faults.FAULTS))
        except Exception as error:
            raise AssertionError(cls.told()) from error

    @classmethod
    def told(cls):
        return "\n".join([cls.out.getvalue(), *cls.torture.ledger.describe(), *(
            f"daemon {number}: {daemon.log()[-2000:]}" for number, daemon in enumerate(cls.torture.daemons))])

    def test_a_round_of_each(self):
        told = self.told()
        self.assertTrue(self.torture.ledger.is_clean(), told)
        self.assertEqual(self.torture.rounds, len(faults.FAULTS), told)
        self.assertEqual(set(self.torture.points), POINTS, told)
        self.assertEqual(set(self.torture.ledger.types), torture.MESSAGES, told)

    # ---- What is broken on purpose ----

    @contextlib.contextmanager
    def doctored(self):
        """A ledger of its own to break, and to compare then."""
        book = copy.copy(self.torture.ledger)
        book.found = {kind: [] for kind in ledger.KINDS}
        book.messages, book.acknowledged = dict(book.messages), list(book.acknowledged)
        book.arrivals = {path: list(arrivals) for path, arrivals in book.arrivals.items()}
        book.feeds = {unit: dict(feed) for unit, feed in book.feeds.items()}
        book.episodes, book.heads = {}, copy.copy(book.heads)
        yield book

    def found(self, book, kind, words):
        """Of that kind, in these words, and nothing of another kind."""
        book.compare_all(self.torture.database, self.torture.endpoints, self.torture.heads())
        self.assertTrue([line for line in book.found[kind] if words in line], book.found)
        self.assertEqual([other for other in ledger.KINDS if book.found[other] and other != kind], [], book.found)

    @contextlib.contextmanager
    def broken(self, harm, repair):
        self.torture.database.run(f"set search_path = samordnad, public; {harm}")
        try:
            yield
        finally:
            self.torture.database.run(f"set search_path = samordnad, public; {repair}")

    def test_acknowledged_and_not_there(self):
        with self.doctored() as book:
            event = {**next(iter(book.messages.values())).event, "id": "never-stored"}
            message = ledger.Message(event)
            message.result = "applied"
            book.messages[event["source"], event["id"]] = message
            book.acknowledged.append((event["source"], event["id"]))
            self.found(book, "lost", "never-stored")

    def test_another_content(self):
        with self.doctored() as book:
            key = book.acknowledged[7]
            book.messages[key] = copy.copy(book.messages[key])
            book.messages[key].event = {**book.messages[key].event, "data": {}}
            self.found(book, "lost", key[1])

    def test_two_facts(self):
        with self.doctored() as book, self.broken(
                """drop index fact_message; insert into fact select episode, sent_at, recorded_at, patient, 30000, source, type,
                   outcome, judged, message_id, hash, traceparent, body from fact where message_id is not null order by episode limit 1""",
                """delete from fact where nr = 30000;
                   create unique index fact_message on fact (source, message_id) where message_id is not null"""):
            self.found(book, "applied twice", "2 facts")

    def test_answered_twice(self):
        with self.doctored() as book:
            message = next(message for message in book.messages.values() if message.result == "applied")
            book.answered(message, {"id": "", "result": "applied", "episode": {"id": message.episode}})
            self.found(book, "applied twice", "and again")

    def test_refused_and_stored(self):
        with self.doctored() as book:
            key, message = next((key, message) for key, message in book.messages.items()
                                if message.result and not message.unknown)
            book.messages[key] = message = copy.copy(message)
            message.result, message.refused = None, 404
            self.found(book, "applied twice", "was refused with 404")

    def test_never_taken(self):
        with self.doctored() as book:
            path = self.torture.endpoints[0]["path"]
            last = max(seq for seq, *_ in book.arrivals[path])
            book.arrivals[path] = [arrival for arrival in book.arrivals[path] if arrival[0] != last]
            self.found(book, "undelivered", f"{path} never took {last}")

    def test_told_otherwise_than_the_feed(self):
        with self.doctored() as book:
            unit = self.torture.endpoints[0]["unit"]
            book.feeds[unit][3] = {**book.feeds[unit][3], "subject": "another"}
            self.found(book, "undelivered", "was told another 3")

    def test_overtaken(self):
        with self.doctored() as book:
            path, episodes = self.torture.endpoints[0]["path"], {}
            for seq, _, notice, _ in book.arrivals[path]:
                episodes.setdefault(notice.get("subject"), set()).add(seq)
            early = next(min(seqs) for episode, seqs in episodes.items() if episode and len(seqs) > 1)
            mine = [arrival for arrival in book.arrivals[path] if arrival[0] == early]
            book.arrivals[path] = [arrival for arrival in book.arrivals[path] if arrival[0] != early] + mine
            self.found(book, "out of order", f"before {early} of its episode")

    def test_gap(self):
        with self.doctored() as book:
            unit = self.torture.endpoints[0]["unit"]
            page = [{"data": {"seq": 1}}, {"data": {"seq": 3}}]
            book.feeds[unit] = {}
            book.pulled(unit, 0, page)
            self.assertEqual(len(book.found["out of order"]), 1)
        with self.doctored() as book, self.broken(
                """create table removed as select * from notice n where seq = 2 and exists (
                       select from endpoint e where e.unit = n.unit) order by unit limit 1;
                   delete from notice using removed where notice.unit = removed.unit and notice.seq = removed.seq""",
                "insert into notice select * from removed; drop table removed"):
            self.found(book, "out of order", "has a gap")



if __name__ == "__main__":
    harness.main()
