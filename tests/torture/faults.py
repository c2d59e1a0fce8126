"""What is done to the daemons, the database, the clock and the receivers: one function for each kind, a row in FAULTS. Each
gets the torture and a generator of its own, does its harm while the load goes on, and undoes what does not mend by itself; what
must hold afterwards is the round's to see. Returns in a few words what it did.

The chosen points need no line in the daemon. Stopped (SIGSTOP), it is between two instructions for as long as one looks; what
the database and the receivers then have and the clients and the log of attempts have not, says between which. If that is the
point, it is killed there; if not, it goes on and is stopped again.
"""

import os
import pathlib
import signal
import time

import harness

POINT_TRIES = 400
SETTLED_S = 0.15  # what a stopped daemon had written is read by then


def stop_(daemons):
    for daemon in daemons:
        daemon.process.send_signal(signal.SIGSTOP)


def continue_(daemons):
    for daemon in daemons:
        daemon.process.send_signal(signal.SIGCONT)


def killed(daemons, rng):
    """Without a word; started again after a while."""
    for daemon in daemons:
        daemon.kill()
    time.sleep(rng.uniform(0, 1))
    for daemon in daemons:
        daemon.start(wait=False)


def at_point(torture, rng, daemons, there, what):
    """Stops the daemons until there() holds, and kills them then."""
    for tries in range(1, POINT_TRIES + 1):
        stop_(daemons)
        try:
            found = there()
        except BaseException:
            continue_(daemons)
            raise
        if found:
            torture.points[what] += 1
            killed(daemons, rng)
            return f"{what}: {len(found)}, at the {tries}. stop"
        continue_(daemons)
        time.sleep(rng.uniform(0.001, 0.05))
    raise AssertionError(f"no moment was found that is {what}")


# ---- The daemon ----------------------------------------------------------------------------------------------------


def kill_at_random(torture, rng):
    """kill -9, of the door or of all."""
    time.sleep(rng.uniform(0, 1.5))
    chosen = torture.daemons if rng.random() < 0.4 else [torture.door()]
    killed(chosen, rng)
    return f"{len(chosen)} killed"


def kill_between_commit_and_answer(torture, rng):
    """The database has the fact, the sender of it has no answer, at the first try."""
    door = torture.door()

    def there():
        keys = torture.ledger.at_their_first_try()
        if not keys or not torture.stored(keys):
            return None
        time.sleep(SETTLED_S)  # an answer that had left is there by now
        return torture.stored(set(keys) & set(torture.ledger.at_their_first_try()))
    return at_point(torture, rng, [door], there, "after commit, before answer")


def kill_between_lease_and_send(torture, rng):
    """An endpoint is leased, there is something for it in the log, and nothing of that has reached the receiver."""

    def there():
        rows = torture.database.rows("""select c.endpoint, c.next_seq from samordnad.endpoint_cursor c
            join samordnad.feed_head h using (unit) where c.lease_until > clock_timestamp() and h.seq >= c.next_seq""")
        if not rows:
            return None
        time.sleep(SETTLED_S)
        paths = {row["endpoint"]: row["path"] for row in torture.endpoints}
        return [paths[row["endpoint"]] for row in rows
                if not any(arrival[0] >= int(row["next_seq"]) for arrival in torture.ledger.arrivals[paths[row["endpoint"]]])]
    return at_point(torture, rng, torture.daemons, there, "after lease, before send")


def kill_between_send_and_record(torture, rng):
    """A receiver that gets a notice stops the daemons before it answers, and they are killed with its answer unread."""
    for _ in range(POINT_TRIES):
        trapped = torture.trap()
        time.sleep(SETTLED_S)
        again = torture.database.value(
            "select count(*) from samordnad.attempt where endpoint = :'endpoint'::bigint and seq = :'seq'::bigint", **trapped)
        if again == "0":
            torture.points["after send, before record"] += 1
            killed(torture.daemons, rng)
            return f"after send, before record: {trapped['seq']} of endpoint {trapped['endpoint']}"
        continue_(torture.daemons)
    raise AssertionError("no notice was found that was sent and not recorded")


def rolling_restart(torture, rng):
    """SIGTERM, one after the other; each says farewell with 0."""
    for daemon in torture.daemons:
        code = daemon.stop()
        if code != 0:
            raise AssertionError(f"the daemon ended with {code} at SIGTERM")
        time.sleep(rng.uniform(0, 0.5))
        daemon.start()
    return "each in turn"


def door_frozen(torture, rng):
    """The door stops where it is; its connections are cut, as those of a machine that is gone are; another takes over; it
    wakes, and is the door no more."""
    door = torture.door()
    other, = (daemon for daemon in torture.daemons if daemon is not door)
    time.sleep(rng.uniform(0, 1))
    stop_([door])
    try:
        holder = torture.database.value(torture.DOOR_PID)
        if holder is not None:
            torture.database.value(f"select pg_terminate_backend({holder})")
        harness.wait_until(lambda: other.is_ready("?door"), what="the other to take over")
        torture.progress("while the door is frozen")
    finally:
        continue_([door])
    return "woken after another took over"


# ---- The database --------------------------------------------------------------------------------------------------


def postgres_immediate(torture, rng):
    """Immediate shutdown; the next start recovers."""
    time.sleep(rng.uniform(0, 1))
    torture.cluster.stop("QUIT")
    time.sleep(rng.uniform(0, 2))
    torture.cluster.start()
    return "stopped and started"


def postgres_killed(torture, rng):
    """kill -9 of the postmaster; its children find out, and are waited for, since none may share the data with the next."""
    time.sleep(rng.uniform(0, 1))
    children = torture.cluster_children()
    torture.cluster.server.kill()
    harness.wait_until(lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in children),
                       what="the postmaster's children to end")
    torture.cluster.stop()
    time.sleep(rng.uniform(0, 2))
    torture.cluster.start()
    return f"the postmaster, {len(children)} children after it"


def connections_cut(torture, rng):
    """Some or all of the daemons' connections, again and again."""
    cut = 0
    for _ in range(rng.randint(2, 5)):
        cut += int(torture.database.value("""select count(pg_terminate_backend(pid)) from pg_stat_activity
            where usename = :'role' and random() < :'share'::float""", role=harness.DAEMON_ROLE, share=rng.choice((0.3, 1))))
        time.sleep(rng.uniform(0, 0.8))
    return f"{cut} cut"


def connections_stalled(torture, rng):
    """Some backends stand still, the door's among them or not."""
    pids = [int(row["pid"]) for row in torture.database.rows(
        "select pid from pg_stat_activity where usename = :'role' order by pid", role=harness.DAEMON_ROLE)]
    chosen = rng.sample(pids, min(len(pids), rng.randint(1, 4)))
    door = torture.database.value(torture.DOOR_PID)
    if door is not None and rng.random() < 0.6:
        chosen = list({*chosen, int(door)})
    stalled_s = rng.uniform(0.5, 6)
    try:
        for pid in chosen:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(stalled_s)
    finally:
        for pid in chosen:
            if pathlib.Path(f"/proc/{pid}").exists():
                os.kill(pid, signal.SIGCONT)
    return f"{len(chosen)} for {stalled_s:.1f} s"


def database_silent(torture, rng):
    """All of PostgreSQL stands still."""
    silent_s = rng.uniform(0.5, 8)
    torture.cluster.pause()
    try:
        time.sleep(silent_s)
    finally:
        torture.cluster.resume()
    return f"{silent_s:.1f} s"


def disk_full(torture, rng):
    """The file system of the tables has no room (that of the log has: its end is PostgreSQL's own death, which is another
    fault's); until a daemon says that it cannot write, and a while longer."""
    said = lambda: sum(daemon.log().count("event=database_cannot_write") for daemon in torture.daemons)
    before = said()
    torture.fill_disk()
    try:
        harness.wait_until(lambda: said() > before, what="a daemon to say that the database cannot write")
        time.sleep(rng.uniform(0, 2))
    finally:
        if not torture.resize_disk(torture.DISK_BYTES):
            raise AssertionError("the disk cannot be given room again")
    return "full, and free again"


# ---- The clock and the receivers ------------------------------------------------------------------------------------


def clock_stepped(torture, rng):
    """The legal clock goes forward by hours, and back by some."""
    clock, hour = torture.clock, 3600
    forward, back = rng.uniform(0.5, 30) * hour, rng.uniform(0.02, 3) * hour
    for step_s in (forward, -back):
        clock.set(clock.now() + step_s * harness.datetime.timedelta(seconds=1))
        torture.progress("after a step of the clock")
    return f"{forward / hour:.1f} h forward, {back / hour:.1f} h back"


def receivers_vanish(torture, rng):
    """One receiver refuses connections, or each of its paths breaks, hangs or fails in a way of its own."""
    receiver = rng.choice(torture.receivers)
    paths = [row["path"] for row in torture.endpoints if row["receiver"] is receiver]
    gone_s = rng.uniform(1, 4)
    if rng.random() < 0.4:
        receiver.stop()
        time.sleep(gone_s)
        receiver.start()
        return f"{len(paths)} refuse for {gone_s:.1f} s"
    ways = [(path, rng.choice((("close",), ("reset",), ("hang", 20), ("status", 500), ("status", 503), ("garbage",),
                               ("slow", 1), ("cut",)))) for path in paths]
    for path, way in ways:
        receiver.script(path, [way], repeat=True)
    time.sleep(gone_s)
    for path in paths:
        receiver.script(path, [])
    return f"{', '.join(way[0] for _, way in ways)} for {gone_s:.1f} s"


FAULTS = (
    kill_at_random, kill_between_commit_and_answer, kill_between_lease_and_send, kill_between_send_and_record,
    rolling_restart, door_frozen, postgres_immediate, postgres_killed, connections_cut, connections_stalled, database_silent,
    disk_full, clock_stepped, receivers_vanish,
)
