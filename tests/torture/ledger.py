"""The ledger: what each client was answered, what each feed showed, what each receiver got; and its comparison with what the
database holds. Written from the contract alone: nothing here is the daemon's, or asks it.

    lost           answered 2xx, and no fact with that source and id, or one with other content
    applied twice  two facts of one source and id, or a fact that nobody sent; a second answer that is not `duplicate` or tells
                   of another first; one refused at its only try and stored all the same; a task told as created twice
    undelivered    a notice in the feed of a unit that its endpoint's receiver never took, or took with another content
                   than the feed shows; not what a death superseded (G1), which is listed as such
    out of order   a notice that reached a receiver before it had taken an earlier one of its episode; a feed with a gap
"""

import collections
import json
import threading

KINDS = ("lost", "applied twice", "undelivered", "out of order")
SUPERSEDED = 2  # undelivered.state
TOLD_MAX = 20   # of what is found, so many lines of each kind

# How receivers answer when they take what they got (tests/system/receiver.py).
TAKEN = ("ok", "delay")


class Message:
    """One message of a client, over all its tries."""

    def __init__(self, event):
        self.event = event
        self.tries = 0
        self.unknown = 0      # tries of which nobody knows what became: no answer, or 503
        self.in_flight = False
        self.result = None    # of the first 2xx
        self.episode = None
        self.refused = None   # the status


class Ledger:
    """Written by the clients' and the receivers' threads; compared by one."""

    def __init__(self):
        self.lock = threading.Lock()
        self.messages = {}       # (source, id) → Message
        self.acknowledged = []   # keys, in order
        self.feeds = collections.defaultdict(dict)     # unit → seq → the notice as pulled
        self.arrivals = collections.defaultdict(list)  # path → (seq, webhook-id, the notice, was it taken)
        self.found = {kind: [] for kind in KINDS}
        self.unexpected = []     # answers that the contract does not foresee
        self.types = collections.Counter()     # of what was acknowledged
        self.refusals = collections.Counter()  # by status
        self.reads = 0
        self.compared = 0        # of acknowledged
        self.heads = collections.Counter()  # path → up to which seq it was compared
        self.episodes = {}       # unit → seq → its episode's uuid, of those that have one

    # ---- What is noted ----

    def sending(self, event):
        with self.lock:
            message = self.messages.setdefault((event["source"], event["id"]), Message(event))
            message.tries += 1
            message.in_flight = True
            return message

    def unanswered(self, message):
        with self.lock:
            message.in_flight = False
            message.unknown += 1

    def refused(self, message, status):
        with self.lock:
            message.in_flight = False
            message.refused = status
            self.refusals[status] += 1
            if status >= 500 or status in (400, 401, 405, 413, 415, 431):
                self.unexpected.append(f"{status} to {message.event['type']} {message.event['id']}")

    def answered(self, message, result):
        """A 2xx."""
        key = (message.event["source"], message.event["id"])
        with self.lock:
            message.in_flight = False
            episode = result.get("episode", {}).get("id")
            first = result["first"]["result"] if result["result"] == "duplicate" else result["result"]
            if message.result is None:
                message.result, message.episode = first, episode
                self.acknowledged.append(key)
                self.types[message.event["type"].split(".")[1]] += 1
                if result["result"] == "duplicate" and not message.unknown:
                    self._say("applied twice", f"{key} is a duplicate at its only try")
            elif result["result"] != "duplicate" or (first, episode) != (message.result, message.episode):
                self._say("applied twice", f"{key} was {message.result} in {message.episode}, and again {result}")

    def pulled(self, unit, after, notices):
        """A page of a feed, as it was shown to the unit."""
        with self.lock:
            self.reads += 1
            for place, notice in enumerate(notices, after + 1):
                seq = notice["data"]["seq"]
                if seq != place:
                    self._say("out of order", f"the feed of {unit} shows {seq} where {place} is next")
                if self.feeds[unit].setdefault(seq, notice) != notice:
                    self._say("out of order", f"the feed of {unit} shows another {seq} than before")

    def arrived(self, request):
        notice = request.json
        with self.lock:
            if request.signature is not None:
                self.unexpected.append(f"{request.path}: {request.signature}")
            self.arrivals[request.path].append(
                (notice["data"]["seq"], request.headers["webhook-id"], notice, request.action[0] in TAKEN))

    def at_their_first_try(self):
        """The keys of what is sent for the first time and not answered yet."""
        with self.lock:
            return [key for key, message in self.messages.items()
                    if message.in_flight and message.tries == 1 and message.result is None]

    def taken(self, path):
        """The seqs that the receiver took."""
        with self.lock:
            return {seq for seq, _, _, taken in self.arrivals[path] if taken}

    # ---- What is found ----

    def _say(self, kind, text):
        self.found[kind].append(text)

    def is_clean(self):
        return not any(self.found.values()) and not self.unexpected

    def line(self, rounds):
        counts = ", ".join(f"{kind} {len(self.found[kind])}" for kind in KINDS)
        return f"acknowledged {len(self.acknowledged)}, {counts}, rounds {rounds}"

    def describe(self):
        for kind, lines in (*self.found.items(), ("not foreseen", self.unexpected)):
            for line in lines[:TOLD_MAX]:
                yield f"{kind}: {line}"

    def compare(self, database, endpoints, heads):
        """What was acknowledged since the last time, and every feed up to heads (unit → seq), which must have been
        delivered. endpoints: rows of number, path, unit.
        """
        with self.lock:
            keys, self.compared = self.acknowledged[self.compared:], len(self.acknowledged)
        self._compare_messages(database, keys)
        self._compare_doubles(database)
        self._compare_feeds(database, heads)
        superseded = {(row["endpoint"], int(row["seq"])) for row in database.rows(
            f"select endpoint, seq from samordnad.undelivered where state = {SUPERSEDED}")}
        for endpoint in endpoints:
            self._compare_receiver(endpoint["path"], endpoint["unit"], heads[endpoint["unit"]],
                                   {seq for number, seq in superseded if number == endpoint["endpoint"]})

    def compare_all(self, database, endpoints, heads):
        """At the end: everything once more, from the first."""
        self.compared = 0
        self.heads.clear()
        self.compare(database, endpoints, heads)
        stored = {(row["hsa_id"], row["message_id"]) for row in database.rows(
            "select u.hsa_id, f.message_id from samordnad.fact f join samordnad.unit u on u.unit = f.source "
            "where f.message_id is not null")}
        for key in stored - self.messages.keys():
            self._say("applied twice", f"{key} was sent by nobody")
        for key, message in self.messages.items():
            if message.refused and not message.unknown and message.result is None and key in stored:
                self._say("applied twice", f"{key} was refused with {message.refused} and is stored")

    def _compare_messages(self, database, keys):
        rows = database.rows("""select u.hsa_id, f.message_id, f.body from json_to_recordset(:'keys') as k (source text, id text)
            join samordnad.unit u on u.hsa_id = k.source join samordnad.fact f on f.source = u.unit and f.message_id = k.id""",
                             keys=json.dumps([{"source": source, "id": id} for source, id in keys]))
        stored = {(row["hsa_id"], row["message_id"]): row["body"] for row in rows}
        for key in keys:
            if key not in stored:
                self._say("lost", f"{key} was answered {self.messages[key].result}, and there is no fact")
            elif json.loads(stored[key]) != self.messages[key].event["data"]:
                self._say("lost", f"{key} is stored with another content")

    def _compare_doubles(self, database):
        for row in database.rows("""select source, message_id, count(*) from samordnad.fact where message_id is not null
                group by 1, 2 having count(*) > 1"""):
            self._say("applied twice", f"{row['count']} facts: {row}")
        for row in database.rows("""select episode, unit, kind, ref, count(*) from samordnad.task where status = 0
                group by 1, 2, 3, 4 having count(*) > 1"""):
            self._say("applied twice", f"one duty, {row['count']} open tasks: {row}")
        with self.lock:
            created = collections.Counter((unit, notice["data"]["task"]) for unit, feed in self.feeds.items()
                                          for notice in feed.values() if notice["type"] == "samordnad.task.created.v1"
                                          and notice["data"].get("detail") != "reopened")
        for (unit, task), count in created.items():
            if count > 1:
                self._say("applied twice", f"{unit} was told {count} times that task {task} was created")

    def _compare_feeds(self, database, heads):
        rows = database.rows("""select u.hsa_id, count(*), min(n.seq), max(n.seq) from samordnad.notice n
            join samordnad.unit u using (unit) group by 1""")
        for row in rows:
            if row["min"] != "1" or row["count"] != row["max"]:
                self._say("out of order", f"the feed of {row['hsa_id']} has a gap: {row}")
        kept = {row["hsa_id"]: int(row["max"]) for row in rows}
        for unit, head in heads.items():
            if kept.get(unit, 0) < head:
                self._say("out of order", f"the feed of {unit} went back from {head} to {kept.get(unit, 0)}")
            known = self.episodes.setdefault(unit, {})
            for row in database.rows("""select n.seq, e.uuid from samordnad.notice n join samordnad.unit u using (unit)
                    join samordnad.episode e using (episode) where u.hsa_id = :'unit' and n.seq > :'after'::bigint""",
                                     unit=unit, after=max(known, default=0)):
                known[int(row["seq"])] = row["uuid"]

    def _compare_receiver(self, path, unit, head, superseded):
        first, first_taken, content = {}, {}, {}
        with self.lock:
            arrivals, feed = list(self.arrivals[path]), dict(self.feeds[unit])
        for place, (seq, webhook_id, notice, taken) in enumerate(arrivals):
            first.setdefault(seq, place)
            if content.setdefault(seq, (webhook_id, notice)) != (webhook_id, notice) or notice["id"] != webhook_id:
                self._say("undelivered", f"{path}: {seq} came with another content or id than before")
            if taken:
                first_taken.setdefault(seq, place)
        episodes = collections.defaultdict(list)
        for seq, episode in sorted(self.episodes[unit].items()):
            episodes[episode].append(seq)
        for seq in range(self.heads[path] + 1, head + 1):
            if seq not in first_taken and seq not in superseded:
                self._say("undelivered", f"{path} never took {seq} of {unit}")
            elif seq in feed and seq in content and content[seq][1] != feed[seq]:
                self._say("undelivered", f"{path} was told another {seq} than the feed of {unit} shows")
            if seq not in first or seq not in self.episodes[unit]:
                continue
            for earlier in episodes[self.episodes[unit][seq]]:
                if earlier >= seq:
                    break
                if first_taken.get(earlier, len(arrivals)) > first[seq] and earlier not in superseded:
                    self._say("out of order", f"{path}: {seq} came before {earlier} of its episode was taken")
        self.heads[path] = max(self.heads[path], head)
