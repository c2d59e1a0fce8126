"""What systemd asks of the daemon: its units are sound and shut, it takes the socket that is held for it, says when it
is ready, and is fed only while the work moves. The test stands in for systemd."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

import harness

UNITS = harness.ROOT / "systemd"
EXPOSURE_MAX = 1.2
NOBODY = 65534


class Units(unittest.TestCase):
    def analyze(self, *arguments):
        return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60)

    def test_verify_is_silent(self):
        """Of the units as they are, but that the program is the one under test."""
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for unit in sorted(UNITS.glob("samordnad*.*")):
                if unit.suffix in (".service", ".socket", ".timer"):
                    paths.append(pathlib.Path(folder) / unit.name)
                    paths[-1].write_text(unit.read_text().replace("/usr/local/bin/samordnad", str(harness.SAMORDNAD)))
            self.assertGreaterEqual(len(paths), 4)
            said = self.analyze("verify", "--man=no", *map(str, paths))
        self.assertEqual((said.returncode, said.stdout, said.stderr), (0, "", ""))

    def test_services_are_shut(self):
        for unit in sorted(UNITS.glob("*.service")):
            with self.subTest(unit=unit.name):
                said = self.analyze("security", "--offline=yes", f"--threshold={EXPOSURE_MAX * 10:.0f}", str(unit))
                self.assertEqual(said.returncode, 0, said.stdout[-2000:] + said.stderr)


class Service(harness.Case):
    serve = False

    def setUp(self):
        folder = harness.temporary_dir("notify")
        self.told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.told.bind(str(folder / "socket"))
        self.told.settimeout(harness.DEADLINE_S)
        self.environment = {**os.environ, "NOTIFY_SOCKET": str(folder / "socket")}
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = harness.Address("127.0.0.1:%d" % self.listener.getsockname()[1])
        self.log = folder / "log"
        self.addCleanup(self.told.close)
        self.addCleanup(self.listener.close)

    @contextlib.contextmanager
    def service(self, **environment):
        """The daemon, with the listening socket as descriptor 3; ended by SIGTERM."""
        at = self.listener.fileno()
        with open(self.log, "ab") as log:
            process = subprocess.Popen(
                harness.bound(["bash", "-c", f'exec 3<&{at}; exec "$@"', "bash", harness.SAMORDNAD, "serve",
                               "--set", f"database={self.database.dsn}", "--set", "listen=fd:3",
                               "--set", f"secrets_key={harness.secrets_key()}"]),
                env={**self.environment, **environment}, pass_fds=[at], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(harness.DEADLINE_S), 0, self.log.read_text()[-3000:])
        finally:
            process.kill()
            process.wait()

    def next_told(self):
        return self.told.recv(4096).decode()

    def until_told(self, state):
        """Reads until then; returns what came before."""
        before = []
        while (said := self.next_told()) != state:
            before.append(said)
        return before

    def forget_told(self):
        self.told.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                self.told.recv(4096)
        self.told.settimeout(harness.DEADLINE_S)

    def test_ready_fed_and_stopping(self):
        with self.service(WATCHDOG_USEC="3000000"):
            self.assertEqual(self.next_told(), "READY=1")
            self.assertEqual(self.next_told(), "WATCHDOG=1")
            self.assertEqual(harness.Client(self.address).get("/livez").status, 200)
        self.assertLessEqual(set(self.until_told("STOPPING=1")), {"WATCHDOG=1"})

    def test_watchdog_of_another_process(self):
        with self.service(WATCHDOG_USEC="300000", WATCHDOG_PID="1"):
            self.assertEqual(self.next_told(), "READY=1")
            harness.wait_until(lambda: harness.Client(self.address).get("/readyz").status == 200)
        self.assertEqual(self.until_told("STOPPING=1"), [])

    def test_a_restart_drops_no_connection(self):
        with self.service():
            self.assertEqual(harness.Client(self.address).get("/livez").status, 200)
        with socket.create_connection(self.listener.getsockname(), harness.DEADLINE_S) as waits:
            waits.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            with self.service():
                self.assertTrue(waits.recv(4096).startswith(b"HTTP/1.1 200 "))

    def test_not_fed_while_the_work_stands_still(self):
        """Somebody holds what the scheduler looks at; then lets it go."""
        with self.service(WATCHDOG_USEC="2000000"):
            harness.wait_until(lambda: harness.Client(self.address).get("/readyz?door").status == 200)
            with self.database.session() as other:
                other.write("begin; lock table samordnad.episode in access exclusive mode;\n")
                harness.wait_until(lambda: "watchdog_not_fed" in self.log.read_text(), what="the watchdog to starve")
                self.forget_told()
                other.write("rollback;\n")
                self.until_told("WATCHDOG=1")

    def test_memory_is_nobody_elses(self):
        """No core file, and no reading of the process by its own user (under a sanitizer its leak check needs that)."""
        key = harness.temporary_dir("nobody") / "key"
        shutil.copy(harness.secrets_key(), key)
        os.chown(key, NOBODY, NOBODY)
        process = subprocess.Popen(
            harness.bound(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", harness.SAMORDNAD, "serve",
                           "--set", "database=host=/nowhere", "--set", "listen=127.0.0.1:0",
                           "--set", f"secrets_key={key}"]),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            proc = pathlib.Path(f"/proc/{process.pid}")
            harness.wait_until(lambda: (proc / "comm").read_text() == "samordnad\n")
            owner = NOBODY if "/san-" in str(harness.SAMORDNAD) else 0
            harness.wait_until(lambda: (proc / "maps").stat().st_uid == owner, what="/proc to be the owner's")
            harness.wait_until(lambda: re.search(r"^Max core file size +0 +0 ", (proc / "limits").read_text(), re.M))
        finally:
            process.kill()
            process.wait()


if __name__ == "__main__":
    unittest.main(verbosity=2)
