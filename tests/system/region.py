"""A small region for tests, in the shape that `samordnad load` takes, and the messages that its hospital sends.

H a hospital; VC a primary-care unit with Anna (fast vårdkontakt, distriktssköterska), her deputy Bo and the
verksamhetschef Cecilia; KH the kommun's health care, KB its social services. Persons as patients: test identities
only (births of 1890-1899, and 1912-12-12).
"""

H = "SE2321000016-H01"
VC = "SE2321000016-VC1"
KH = "SE2120000142-KH1"
KB = "SE2120000142-KB1"

ANNA = "SE2321000016-ANNA"
BO = "SE2321000016-BO"
CECILIA = "SE2321000016-CECILIA"

KOMMUN = "0180"
REGION = "01"

PERSONS = ("189001019802", "189602299803", "191212121212")

OFFICE_HOURS = {
    "week": {day: [["08:00", "17:00"]] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")},
    "closed_on_holidays": True,
}
DECIDED = {"from_at": "2026-01-01T00:00:00+01:00", "to_at": "2026-12-31T00:00:00+01:00"}
FROM_THE_BEGINNING = "2020-01-01T00:00:00+01:00"


def person(hsa_id, namn, profession, **more):
    return {"hsa_id": hsa_id, "namn": namn, "profession": profession, "legitimerad": True, "tjanstgoringsgrad": 100,
            "telefon": "08-000 00 00", "fvk": True, **more}


def slot(weekday, start, end, minutes=60, **more):
    return {"weekday": weekday, "from": start, "to": end, "length_minutes": minutes, "form": "video",
            "plats": "Videomote 1", **more}


def region(fvk_mode="auto", sip_mode="propose", decision=True, absences=(), deputy=BO, slots=None):
    """The statute's defaults, but for VC's two modes. absences: of Anna. slots: of VC."""
    if slots is None:
        slots = [slot("tuesday", "13:00", "15:00"), slot("thursday", "09:00", "11:00")]
    anna = person(ANNA, "Anna Ek", "distriktsskoterska", absences=list(absences))
    if deputy:
        anna["ersattare"] = deputy
    policies = [{"policy": name, "value": value, "from_at": FROM_THE_BEGINNING}
                for name, value in (("fvk_mode", fvk_mode), ("sip_mode", sip_mode))]
    return {"units": [
        {"hsa_id": H, "namn": "Avdelning 21", "sjukhus": "Sjukhuset", "slag": "slutenvard", "region": REGION},
        {"hsa_id": VC, "namn": "Vardcentralen", "slag": "primarvard", "region": REGION, "kommun": KOMMUN,
         "verksamhetschef": CECILIA, "hours": OFFICE_HOURS,
         "staff": [anna,
                   person(BO, "Bo Dal", "sjukskoterska", fvk=False),
                   person(CECILIA, "Cecilia Ask", "sjukskoterska", fvk=False)],
         "slots": slots,
         "standing_decisions": [{"beslutad_av": CECILIA, "kriterier": "Rangordningen B5", **DECIDED}]
         if decision else [],
         "policies": policies},
        {"hsa_id": KH, "namn": "Kommunens halso- och sjukvard", "slag": "kommunal_hsl", "region": REGION,
         "kommun": KOMMUN, "hours": OFFICE_HOURS},
        {"hsa_id": KB, "namn": "Kommunens socialtjanst", "slag": "socialtjanst", "region": REGION,
         "kommun": KOMMUN, "hours": OFFICE_HOURS},
    ]}


# The organisations of the contract's examples (proto/examples).
EXAMPLES_REGION, EXAMPLES_KOMMUN = "SE2321000131-", "SE2120000142-"


def of_the_examples():
    """The units and persons that the contract's examples name, beside those of region()."""
    more = {"region": "14", "kommun": "1480"}
    return {"units": region()["units"] + [
        {"hsa_id": EXAMPLES_REGION + "H0001", "namn": "Sjukhuset", "slag": "slutenvard", "region": "14"},
        {"hsa_id": EXAMPLES_REGION + "V0001", "namn": "Vardcentralen", "slag": "primarvard", **more,
         "verksamhetschef": EXAMPLES_REGION + "P0003",
         "staff": [person(f"{EXAMPLES_REGION}P000{number}", f"Person {number}", profession)
                   for number, profession in ((1, "distriktsskoterska"), (2, "sjukskoterska"), (4, "lakare"))]},
        {"hsa_id": EXAMPLES_KOMMUN + "K0001", "namn": "Kommunens halso- och sjukvard", "slag": "kommunal_hsl", **more},
        {"hsa_id": EXAMPLES_KOMMUN + "S0001", "namn": "Socialtjansten", "slag": "socialtjanst", **more,
         "staff": [person(f"{EXAMPLES_REGION}P0003", "Person 3", "underskoterska", legitimerad=False)]},
    ]}


def patient(number=0):
    return {
        "identitet": {"system": "personnummer", "varde": PERSONS[number]},
        "namn": f"Test Testsson {number}",
        "folkbokforingsadress": "Provgatan 1, 100 00 Provstad",
        "folkbokforingskommun": KOMMUN,
        "listad_pa": VC,
        "skyddade_personuppgifter": "nej",
    }


def inskrivningsmeddelande(inskriven_at, beraknad_at, number=0, mottagare=(VC, KH, KB), sip="lamnat", **more):
    return {
        "patient": patient(number),
        "inskriven_at": inskriven_at,
        "beraknad_utskrivning_at": beraknad_at,
        "avdelning": "Avdelning 21",
        "mottagare": [{"hsa_id": unit} for unit in mottagare],
        "behov": ["oppenvard", "kommunal_hsl", "socialtjanst"],
        "samtycke": {"informationsdelning": "lamnat", "sip": sip},
        "verksamhet": "somatisk",
        "vardform": "HSL",
        **more,
    }
