"""The simulated region, in the shape that `samordnad load` takes: two hospitals with their wards, vårdcentraler of every
way of working, an öppen psykiatri, and kommuner with health care and social services. What differs between the units
(mode, staff, slots, how they answer) comes from the seed.
"""

import datetime
import zoneinfo

STOCKHOLM = zoneinfo.ZoneInfo("Europe/Stockholm")

REGION = "01"
REGION_ORG = "2321000016"
KOMMUNER = (("0180", "2120000142"), ("0184", "2120000167"), ("0186", "2120000175"))
WARDS = ("H1-MED", "H1-ORT", "H1-PSY", "H2-MED", "H2-GER")
PSYCHIATRIC_WARD = "H1-PSY"

# fvk_mode, sip_mode, is there a standing decision: each vårdcentral takes the next.
WAYS = (("auto", "auto", True), ("auto", "propose", True), ("propose", "propose", True), ("propose", "auto", False),
        ("manual", "manual", False), ("auto", "auto", False))
NURSES = ("distriktsskoterska", "sjukskoterska", "specialistsjukskoterska")
OTHERS = ("fysioterapeut", "arbetsterapeut", "kurator")

# How a unit answers: share of what it never answers, hours (median) until it does.
TEMPERS = {"prompt": (0.02, 1.5), "slow": (0.08, 9.0), "late": (0.2, 40.0), "silent": (1.0, 0.0)}


class Unit:
    """A unit as the simulator knows it; what `samordnad load` is told of it lies in `rows`."""

    def __init__(self, hsa_id, slag, kommun=None, temper="prompt", fvk_mode="propose", sip_mode="propose"):
        self.hsa_id, self.slag, self.kommun, self.temper = hsa_id, slag, kommun, temper
        self.fvk_mode, self.sip_mode = fvk_mode, sip_mode
        self.fvk = []      # HSA-ids of those who may be fast vårdkontakt
        self.left = set()  # who has left, or will on a day that was told
        self.persons = []  # all
        self.deputies = {}
        self.chef = None
        self.distrikt = None
        self.row = {}

    @property
    def is_oppenvard(self):
        return self.slag in ("primarvard", "specialistoppenvard")


class World:
    def __init__(self, rng, start, days):
        self.start, self.days = start, days
        self.wards, self.vardcentraler, self.kommunala = [], [], {}
        self.units = {}
        self._build(rng)

    def region(self):
        return {"units": [unit.row for unit in self.units.values()]}

    def of_organisation(self, org):
        return [unit for unit in self.units if unit[2:12] == org]

    # ---- Building ----

    def _add(self, unit, namn, **row):
        unit.row = {"hsa_id": unit.hsa_id, "namn": namn, "slag": unit.slag, "region": REGION, **row}
        if unit.kommun:
            unit.row["kommun"] = unit.kommun
        self.units[unit.hsa_id] = unit
        return unit

    def _build(self, rng):
        for name in WARDS:
            ward = self._add(Unit(f"SE{REGION_ORG}-{name.replace('-', '')}", "slutenvard"), f"Avdelning {name}")
            ward.psychiatric = name == PSYCHIATRIC_WARD
            self.wards.append(ward)
        tempers = ["prompt", "prompt", "slow", "late", "prompt", "slow", "silent"]
        for number in range(6):
            fvk_mode, sip_mode, decided = WAYS[number % len(WAYS)]
            kommun = KOMMUNER[number % len(KOMMUNER)][0]
            unit = Unit(f"SE{REGION_ORG}-VC{number}", "primarvard", kommun, tempers[number % len(tempers)], fvk_mode,
                        sip_mode)
            self.vardcentraler.append(unit)
            self._outpatient(rng, unit, f"Vardcentralen {number}", decided)
        self.psykiatri = Unit(f"SE{REGION_ORG}-PSYK", "specialistoppenvard", KOMMUNER[0][0], "slow", "propose", "manual")
        self._outpatient(rng, self.psykiatri, "Oppen psykiatri", False, professions=("mentalskotare", "kurator",
                                                                                    "psykolog", "lakare"))
        for number, (kommun, org) in enumerate(KOMMUNER):
            hsl = Unit(f"SE{org}-HSL", "kommunal_hsl", kommun, ("prompt", "slow", "late")[number])
            self._add(hsl, "Kommunens halso- och sjukvard", hours=self._hours(rng, True))
            self.kommunala[kommun] = [hsl]
            for distrikt in ("norr", "soder") if number == 0 else ("",):
                social = Unit(f"SE{org}-SOC{distrikt.upper()}", "socialtjanst", kommun,
                              ("slow", "prompt", "silent")[number])
                social.distrikt = distrikt or None
                row = {"distrikt": distrikt} if distrikt else {}
                self._add(social, "Kommunens socialtjanst", hours=self._hours(rng, False), **row)
                self.kommunala[kommun].append(social)

    def _hours(self, rng, every_day):
        """Office hours; some kommuner's health care is open day and night."""
        if every_day and rng.random() < 0.5:
            return None
        close = rng.choice(("16:00", "16:30", "17:00"))
        week = {day: [["08:00", close]] for day in ("monday", "tuesday", "wednesday", "thursday")}
        week["friday"] = [["08:00", "12:00"], ["13:00", "15:30"]]
        return {"week": week, "closed_on_holidays": True}

    def _outpatient(self, rng, unit, namn, decided, professions=NURSES):
        staff = []
        has_physician = "lakare" in professions or rng.random() < 0.6
        count = rng.randint(2, 4)
        chosen = [professions[i % len(professions)] for i in range(count)]
        chosen += ["lakare"] if has_physician and "lakare" not in chosen else []
        chosen += [rng.choice(OTHERS)] if rng.random() < 0.5 else []
        for number, profession in enumerate(chosen):
            hsa_id = f"{unit.hsa_id}P{number}"
            staff.append({"hsa_id": hsa_id, "namn": f"Provperson {number}", "profession": profession,
                          "legitimerad": profession not in ("mentalskotare", "kurator"), "team": f"team{number % 2}",
                          "tjanstgoringsgrad": rng.choice((50, 75, 100, 100)), "telefon": f"08-000 00 0{number}",
                          "fvk": True, "absences": self._absences(rng)})
            if rng.random() < 0.3:
                staff[-1]["kapacitet"] = rng.randint(2, 20)
        for number, person in enumerate(staff):
            if rng.random() < 0.6:
                deputy = staff[(number + 1) % len(staff)]["hsa_id"]
                person["ersattare"] = unit.deputies[person["hsa_id"]] = deputy
        unit.fvk = [person["hsa_id"] for person in staff]
        chef = {"hsa_id": f"{unit.hsa_id}CHEF", "namn": "Provchef", "profession": "sjukskoterska", "legitimerad": True,
                "tjanstgoringsgrad": 100, "telefon": "08-000 00 99", "fvk": False}
        unit.chef = chef["hsa_id"]
        unit.persons = unit.fvk + [unit.chef]
        slots = []
        for weekday in rng.sample(("monday", "tuesday", "wednesday", "thursday", "friday"), rng.randint(1, 3)):
            first = rng.randint(8, 14)
            slots.append({"weekday": weekday, "from": f"{first:02}:00", "to": f"{first + rng.randint(1, 2):02}:00",
                          "length_minutes": rng.choice((30, 45, 60)), "form": rng.choice(("video", "fysiskt", "telefon")),
                          "plats": "Rum 1"})
        policies = [{"policy": name, "value": value, "from_at": "2020-01-01T00:00:00+01:00"}
                    for name, value in (("fvk_mode", unit.fvk_mode), ("sip_mode", unit.sip_mode))]
        decisions = []
        if decided:
            ends = min(self.start + datetime.timedelta(days=360), self.start + datetime.timedelta(days=self.days + 60))
            decisions = [{"beslutad_av": unit.chef, "kriterier": "Rangordningen B5",
                          "from_at": self.start.isoformat(), "to_at": ends.isoformat()}]
        self._add(unit, namn, hours=self._hours(rng, False), verksamhetschef=unit.chef, staff=staff + [chef],
                  slots=slots, standing_decisions=decisions, policies=policies)

    def _absences(self, rng):
        """Weeks off, summer's long one among them; sometimes with a deputy of their own elsewhere in the register."""
        absences, day = [], rng.randint(5, 80)
        while day < self.days + 40:
            length = rng.choice((1, 2, 5, 7, 14, 28))
            begin = (self.start + datetime.timedelta(days=day)).astimezone(STOCKHOLM).replace(hour=0, minute=0)
            end = (begin + datetime.timedelta(days=length)).replace(hour=0)
            absences.append({"from_at": begin.isoformat(), "to_at": end.isoformat()})
            day += length + rng.randint(10, 110)
        return absences
