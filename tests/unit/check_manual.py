"""The manual against the code: its table of outcomes is what `samordnad outcomes` prints, its table of policies is that
of daemon/rules/region.h, it speaks of each message, notice and kind of task, and it has one entry for each rule id,
which the code and a test name too. Run from anywhere; the last line is a total."""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MANUAL = ROOT / "proto/manual.md"
SAMORDNAD = os.environ.get("SAMORDNAD", str(ROOT / "build/samordnad"))
# The law as numbered rules, where it lies beside the code; and its ids, which hold also where it does not.
DOMAIN = ROOT.parent / "shared/domain.md"
RULES = """
A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11
B1 B1a B2 B3 B4 B5 B6 B7 B8 B9 B10 B11 B12 B13 B14
C1 C1a C2 C3 C4 C5 C6
D0 D1 D1a D2 D3 D4 D5 D6 D6a D6b D7 D8 D9 D10 D11
E1 E2 E3
F1 F2 F3 F4 F5 F6 F7 F8 F9
G1 G2 G3 G4 G5 G6 G7 G8 G9
""".split()
ROOMS = {
    "the code": ("daemon", "proto", "sql"),
    "a test": ("tests/unit", "tests/system"),
}

passed = failed = 0


def report(good, what):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print("FAILED:", what)


def between(text, name):
    """What stands between the markers of a table."""
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- end of {name} -->", text, re.S)
    return found[1] if found else ""


def rule_order(rule):
    return rule[0], int(re.sub(r"\D", "", rule)), rule


def check_outcomes(manual):
    printed = subprocess.run([SAMORDNAD, "outcomes"], stdout=subprocess.PIPE, text=True, check=True).stdout
    written = between(manual, "outcomes")
    report("| `utskrivning` |" in printed, "`samordnad outcomes` prints no table")
    for line in sorted(set(printed.splitlines()) ^ set(written.splitlines())):
        report(False, f"only {'printed' if line in printed else 'in the manual'}: {line}")
    report(printed == written, "the manual's table of outcomes is not what `samordnad outcomes` prints")


def check_rules(manual):
    report(re.findall(r"^\*\*(\w+)\*\* ", manual, re.M) == RULES, "the manual's entries are not the rules, in their order")
    if DOMAIN.exists():
        law = DOMAIN.read_text(encoding="utf-8")
        law = law[law.index("## 3. Rules"):law.index("## 4. ")]
        named = sorted(set(re.findall(r"\b[A-G](?:0|[1-9]\d?)[ab]?\b", law)), key=rule_order)
        report(named == RULES, f"domain.md has other rules: {set(named) ^ set(RULES)}")


def check_rooms():
    for room, folders in ROOMS.items():
        text = "\n".join(path.read_text(encoding="utf-8") for folder in folders
                         for path in sorted((ROOT / folder).rglob("*"))
                         if path.suffix in (".c", ".h", ".sql", ".json", ".yaml", ".py")
                         and path.resolve() != pathlib.Path(__file__).resolve())
        missing = [rule for rule in RULES if not re.search(rf"\b{rule}\b", text)]
        report(not missing, f"not named in {room}: {' '.join(missing)}")


def words_of(header, table):
    body = re.search(rf"#define {table}\(X\)(.*?)\n\n", (ROOT / header).read_text(encoding="utf-8"), re.S)[1]
    return re.findall(r'X\(\w+,\s*"([^"]+)"', body)


def check_words(manual):
    """Each message, notice and task is spoken of in the prose, besides the tables."""
    prose = re.sub(r"(?m)^\|.*$", "", manual)
    for header, tables in (("proto/vocabulary.h", ("MESSAGE_TYPES_FIRST", "MESSAGE_TYPES_SECOND")),
                           ("proto/notice.h", ("NOTICE_TYPES",)), ("daemon/rules/task.h", ("TASK_KINDS",))):
        words = [word for table in tables for word in words_of(header, table)]
        report(len(words) > 10, f"no words found in {header}")
        missing = [word for word in words if f"`{word}`" not in prose]
        report(not missing, f"of {header} not in the manual: {' '.join(missing)}")


def policies():
    """The rows of POLICIES as the manual shows them: name, values, default."""
    header = (ROOT / "daemon/rules/region.h").read_text(encoding="utf-8")
    table = re.search(r"#define POLICIES\(X\)(.*?)\n\n", header, re.S)[1].replace("\\\n", " ")
    number = {word: value for words in re.findall(r"^enum \w+ \{ (\w+(?:, \w+)*) \};", header, re.M)
              for value, word in enumerate(words.split(", "))}
    rows = []
    for name, what, standard, least, most in re.findall(r'X\(\w+, "(\w+)",\s*"([^"]+)",\s*(\w+),\s*(\d+),\s*(\d+),\s*\w+\)', table):
        standard = number.get(standard, standard)
        if "|" in what:
            words = what.split("|")
            rows.append((f"`{name}`", ", ".join(f"`{word}`" for word in words), f"`{words[int(standard)]}`"))
        else:
            rows.append((f"`{name}`", f"{least} to {most} {what}",
                         "none" if int(standard) < int(least) else str(standard)))
    return rows


def check_policies(manual):
    lines = [tuple(cell.strip() for cell in line.strip("|").split("|"))
             for line in between(manual, "policies").splitlines()[2:] if line]
    code = policies()
    report(len(code) > 20, "no policies found in region.h")
    report(all(len(line) == 4 and line[3] for line in lines), "a policy is asked of nobody")
    report([line[:3] for line in lines] == code,
           f"the manual's policies are not those of region.h: {set(code) ^ {line[:3] for line in lines}}")


text = MANUAL.read_text(encoding="utf-8")
check_outcomes(text)
check_rules(text)
check_words(text)
check_rooms()
check_policies(text)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
