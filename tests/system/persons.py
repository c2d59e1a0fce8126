"""What must be in no log, metric, status, problem, thin push, setting or list of processes: a patient's identity, name or
address, as the tests' and the simulator's patients have them. Every suite looks for it in all that it starts and is told."""

import re

PERSONAL = re.compile(rb"Testsson|Provgatan|\b(?:189\d(?:0[1-9]|1[0-2])[0-3]\d-?\d{4}|(?:19)?121212[-+]?1212)\b")


def check_no_person(content, where):
    """content: bytes or str; where: what it is, for the message, which quotes nothing that a test did not make up."""
    data = content.encode() if isinstance(content, str) else content
    found = PERSONAL.search(data)
    if found:
        around = data[max(0, found.start() - 300):found.end() + 100].decode(errors="replace")
        raise AssertionError(f"{where} tells of a patient ({found[0].decode()}): {around}")
