"""The examples against the schemas: every good one passes, every bad one that a schema can see fails; and the words
of the schemas are those of proto/vocabulary.h and proto/notice.h. Run from anywhere; the last line is a total."""

import json
import pathlib
import re
import sys

import jsonschema

PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"
SCHEMAS = PROTO / "schemas"

passed = failed = 0


def report(good, what):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print("FAILED:", what)


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def validator(name):
    path = SCHEMAS / (name + ".json")
    schema = load(path)
    resolver = jsonschema.RefResolver(path.as_uri(), schema)
    return jsonschema.Draft202012Validator(schema, resolver=resolver)


def message_of(event, path):
    """The message whose schema an event is held against: its type's, or, if the type is what is wrong, its file's."""
    match = re.fullmatch(r"samordnad\.([a-z_]+)\.v1", event.get("type") or "")
    if match and (SCHEMAS / (match[1] + ".json")).exists():
        return match[1]
    return "utskrivning" if path.stem.startswith("event_") else path.stem


def check_schemas():
    for path in sorted(SCHEMAS.glob("*.json")):
        try:
            jsonschema.Draft202012Validator.check_schema(load(path))
            report(True, path.name)
        except jsonschema.SchemaError as error:
            report(False, f"{path.name}: {error.message}")


def check_examples():
    for path in sorted((PROTO / "examples/ok").glob("*.json")):
        event = load(path)
        errors = [e.message for e in validator(message_of(event, path)).iter_errors(event)]
        report(not errors, f"{path.name}: {errors}")
    for path in sorted((PROTO / "examples/bad").glob("*.json")):
        case = load(path)
        valid = validator(message_of(case["event"], path)).is_valid(case["event"])
        report(valid == (case["expect"]["by"] in ("rule", "door")), f"{path.name}: valid is {valid}")


def check_register():
    """The demo's region and that of the system tests are what `samordnad load` takes; what it refuses, the schema does."""
    tests = PROTO.parent / "tests"
    sys.path.insert(0, str(tests / "system"))
    import region

    register = validator("register")
    for name, units in (("region.json", load(tests / "demo/region.json")), ("region.py", region.region())):
        errors = [f"/{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in register.iter_errors(units)]
        report(not errors, f"{name}: {errors}")
    unit = {"hsa_id": "SE2321000016-VC1", "namn": "V", "slag": "primarvard"}
    for bad in ({"slag": "sjukhus"}, {"kommun": 180}, {"hours": {}}, {"chef": "x"}, {"endpoints": [{"url": "ftp://x"}]},
                {"slots": [{"weekday": "monday", "from": "8:00", "to": "10:00"}]}, {"staff": [{"namn": "A"}]}):
        report(not register.is_valid({"units": [{**unit, **bad}]}), f"register: {bad} is valid")


def words_of(header, table):
    body = re.search(r"#define %s\(X\)(.*?)\n\n" % table, (PROTO / header).read_text(), re.S)[1]
    return re.findall(r'X\(\w+, "([^"]+)"', body)


def check_words():
    sent = words_of("vocabulary.h", "MESSAGE_TYPES_SENT")
    for word in sent:
        report((SCHEMAS / (word + ".json")).exists(), f"no schema of {word}")
        for folder, least in (("ok", 1), ("bad", 2)):
            count = len(list((PROTO / "examples" / folder).glob(word + "*.json")))
            report(count >= least, f"{count} {folder} examples of {word}")
    # Where the schemas list words, the lists are the vocabulary's, in its order.
    common = load(SCHEMAS / "common.json")["$defs"]
    register = load(SCHEMAS / "register.json")["$defs"]
    data = lambda name: load(SCHEMAS / (name + ".json"))["properties"]["data"]["properties"]
    lists = {
        "BEHOV": common["behov"]["enum"],
        "SAMTYCKE_STATUS": common["samtycke_status"]["enum"],
        "SKYDD": common["patient"]["properties"]["skyddade_personuppgifter"]["enum"],
        "MOTESFORMER": common["mote"]["properties"]["form"]["enum"],
        "BEHOV_FINNS": data("behovsbedomning")["behov_finns"]["enum"],
        "BEHOVSPROFILER": data("inskrivningsmeddelande")["behovsprofil"]["items"]["enum"],
        "VERKSAMHETER": data("inskrivningsmeddelande")["verksamhet"]["enum"],
        "VARDFORMER": data("inskrivningsmeddelande")["vardform"]["enum"],
        "DESTINATIONER": data("utskrivning")["destination"]["enum"],
        "FVK_ATGARDER": data("fast_vardkontakt")["atgard"]["enum"],
        "SIP_BEHOV_ARTER": data("sip_behov")["behov"]["enum"],
        "KALLELSE_ATGARDER": data("sip_kallelse")["atgard"]["enum"],
        "UNIT_SLAG": register["unit"]["properties"]["slag"]["enum"],
        "PROFESSIONS": register["person"]["properties"]["profession"]["enum"],
        "SAMTYCKE_OMFATTNING": data("samtycke")["omfattning"]["enum"],
    }
    for table, words in lists.items():
        report(words_of("vocabulary.h", table) == words, f"{table} differs from the schema")
    pattern = load(SCHEMAS / "notice.json")["properties"]["type"]["pattern"]
    for word in words_of("notice.h", "NOTICE_TYPES"):
        report(re.search(pattern, f"samordnad.{word}.v1"), f"notice type {word}")


def check_openapi():
    """No YAML reader is at hand: every schema that openapi.yaml names must exist, and every schema be named."""
    text = (PROTO / "openapi.yaml").read_text(encoding="utf-8")
    named = set(re.findall(r"schemas/([a-z_]+)\.json", text))
    there = {path.stem for path in SCHEMAS.glob("*.json")}
    report(named <= there, f"openapi.yaml names {named - there}")
    report(there <= named, f"openapi.yaml does not name {there - named}")
    report("\t" not in text, "openapi.yaml holds a tab")


check_schemas()
check_examples()
check_register()
check_words()
check_openapi()
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
