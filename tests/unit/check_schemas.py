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
            for example in load(path).get("examples", ()):
                errors = [e.message for e in validator(path.stem).iter_errors(example)]
                report(not errors, f"the example in {path.name}: {errors}")
        except jsonschema.SchemaError as error:
            report(False, f"{path.name}: {error.message}")


def examples(folder):
    """(path, event) of each; a bad example holds its event beside what is expected."""
    paths = sorted((PROTO / "examples" / folder).glob("*.json"))
    return [(path, load(path) if folder == "ok" else load(path)["event"]) for path in paths]


def check_examples():
    for path, event in examples("ok"):
        errors = [e.message for e in validator(message_of(event, path)).iter_errors(event)]
        report(not errors, f"{path.name}: {errors}")
    for path, event in examples("bad"):
        valid = validator(message_of(event, path)).is_valid(event)
        report(valid == (load(path)["expect"]["by"] in ("rule", "door")), f"{path.name}: valid is {valid}")


def check_notices():
    """The types of the notices are those of proto/notice.h, in its order; examples, good and bad."""
    notice = validator("notice")
    types = [f"samordnad.{word}.v1" for word in words_of("notice.h", "NOTICE_TYPES")]
    listed = load(SCHEMAS / "notice.json")["properties"]["type"]["enum"]
    report(listed == types, f"the types of notice.json are not those of notice.h: "
                            f"{sorted(set(types) ^ set(listed)) or 'another order'}")
    good = [load(path) for path in sorted((PROTO / "examples/notice_ok").glob("*.json"))]
    report(len(good) >= 3, f"{len(good)} good examples of notices")
    for event in good:
        errors = [e.message for e in notice.iter_errors(event)]
        report(not errors, f"notice {event['id']}: {errors}")
    bad = sorted((PROTO / "examples/notice_bad").glob("*.json"))
    report(len(bad) >= 3, f"{len(bad)} bad examples of notices")
    for path in bad:
        case = load(path)
        pointers = {"/" + "/".join(map(str, e.absolute_path)) for e in notice.iter_errors(case["event"])}
        report(pointers == {case["expect"]["pointer"]}, f"{path.name}: complaints at {sorted(pointers)}")


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


def messages_sent():
    """Those that others send, in the order of MESSAGE_TYPES_SENT."""
    return (words_of("vocabulary.h", "MESSAGE_TYPES_FIRST") + words_of("vocabulary.h", "MESSAGE_TYPES_SENT")
            + words_of("vocabulary.h", "MESSAGE_TYPES_SECOND"))


def check_words():
    types = {folder: [message_of(event, path) for path, event in events]
             for folder, events in (("ok", examples("ok")), ("bad", examples("bad")))}
    for word in messages_sent():
        report((SCHEMAS / (word + ".json")).exists(), f"no schema of {word}")
        for folder, least in (("ok", 1), ("bad", 3)):
            count = types[folder].count(word)
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
        "VARDFORMER": common["vardform"]["enum"],
        "OPPEN_TVANGSVARD": common["oppen_tvangsvard"]["enum"],
        "HUVUDMAN": common["plan"]["properties"]["overgripande_ansvar"]["enum"],
        "KALLELSE_SVAREN": data("kallelse_svar")["svar"]["enum"],
        "SIP_UTFALL": data("sip")["utfall"]["enum"],
        "AVVISNING_ORSAKER": data("avvisning")["orsak"]["enum"],
        "INSATSER_STATUSAR": data("insatser_status")["status"]["enum"],
        "PERSONAL_ATGARDER": data("personal")["atgard"]["enum"],
        "SPARR_ATGARDER": data("sparr")["atgard"]["enum"],
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
    phases = re.search(r"^phase_word\(.*?\{(.*?)\};", (PROTO.parent / "daemon/rules/episode.c").read_text(), re.S | re.M)[1]
    report(re.findall(r'"(\w+)"', phases) == load(SCHEMAS / "episode.json")["properties"]["phase"]["enum"],
           "the phases of episode.json are not phase_word's")
    slag = data("fast_kontakt")["slag"]["enum"]
    report(slag == list(range(1, len(words_of("vocabulary.h", "KONTAKT_SLAG")))), f"slag {slag} differ from KONTAKT_SLAG")


def check_openapi():
    """No YAML reader is at hand: every schema that openapi.yaml names must exist, and every schema be named."""
    text = (PROTO / "openapi.yaml").read_text(encoding="utf-8")
    named = set(re.findall(r"schemas/([a-z_]+)\.json", text))
    there = {path.stem for path in SCHEMAS.glob("*.json")}
    report(named <= there, f"openapi.yaml names {named - there}")
    report(there <= named, f"openapi.yaml does not name {there - named}")
    report("\t" not in text, "openapi.yaml holds a tab")
    # The messages, in the vocabulary's order, each with the line that its schema has for a title and the rules it obeys.
    lines = re.findall(r'- \$ref: schemas/([a-z_]+)\.json\n +description: "(.*)"\n', text)
    report([word for word, _ in lines] == messages_sent(), "the messages of openapi.yaml are not MESSAGE_TYPES_SENT")
    for word, line in lines:
        report(line == load(SCHEMAS / (word + ".json"))["title"], f"openapi.yaml says of {word}: {line}")
        # Annulling stands above the rules (domain.md section 2).
        report(word == "makulering" or re.search(r"\([A-G][0-9]+[a-z]?(-[A-G][0-9]+)?(, [A-G][0-9]+[a-z]?)*\)$", line), f"{word}: {line} cites no rule")


check_schemas()
check_examples()
check_notices()
check_register()
check_words()
check_openapi()
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
