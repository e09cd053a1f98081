#!/usr/bin/env python3
"""Makes places.tsv and countries.tsv from OpenTravelData; checks airlines.tsv. Usage: make.py FOLDER

FOLDER holds four files of OpenTravelData (CC BY 4.0, https://github.com/opentraveldata/opentraveldata, folder opentraveldata/):
  optd_por_public.csv         also inside the PyPI package `neobase`
  optd_countries.csv          optd_airlines.csv          optd_airline_por_rcld.csv (network of 2014 to 2019)
nicknames.tsv and airlines.tsv in this folder are written by hand and read here; nothing else is needed.
"""
import csv
import os
import re
import sys
import unicodedata
from collections import Counter, defaultdict

HERE = os.path.dirname(os.path.abspath(__file__))
REGION_COUNTRIES = {"US", "CA", "AU"}
# Airports that closed since the network was recorded, and where their flights went.
MOVED = {"TXL": "BER", "SXF": "BER", "TSE": "NQZ", "KIV": "RMO", "REP": "SAI", "PNH": "KTI", "NAY": "PKX"}
# An airport listed under several cities belongs first to this one ...
HOME = {"BWI": "BWI", "EWR": "NYC", "BDL": "HFD", "ICN": "SEL", "ESB": "ANK", "NRN": "NRN", "AZA": "PHX", "TLC": "TLC", "GNB": "GNB",
        "KTI": "PNH", "SAI": "REP", "NLU": "MEX", "TSF": "TSF", "WMI": "WAW"}
# ... and is a choice for these too.
ALSO = {"BWI": ["WAS"], "TSF": ["VCE"]}
# Airports in use that the source ranks nowhere yet.
NEW = {"NLU"}
NO_NAMES = {"the city", "airport", "city", "central", "international"}


def read(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="^", quoting=csv.QUOTE_NONE))


def hand(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]


def fold(text):
    text = unicodedata.normalize("NFKD", text.lower())
    text = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text.replace("'", "").replace("\u2019", "")).split())


def english(row):
    """Names people may use: English, not historic, in Latin letters."""
    found = []
    for part in row["alt_name_section"].split("="):
        cell = part.split("|")
        if len(cell) < 2 or cell[0] != "en" or (len(cell) > 2 and "h" in cell[2]):
            continue
        if 3 <= len(cell[1]) <= 40 and not re.search(r"[^\x20-\u024f\u2013\u2019\u1e00-\u1eff]", cell[1]):
            found.append(cell[1])
    return found


def distinct(names, taken):
    out, seen = [], {fold(name) for name in taken}
    for name in names:
        key = fold(name)
        if len(key) > 1 and key not in seen and key not in NO_NAMES:
            seen.add(key)
            out.append(name.strip())
    return out


def seats(folder):
    """Monthly seats offered out of each airport, closed airports counted at their successor."""
    total = Counter()
    for row in read(folder, "optd_airline_por_rcld.csv"):
        total[MOVED.get(row["apt_org"], row["apt_org"])] += float(row["seats_mtly_avg"])
    return total


def places(folder):
    rows = [row for row in read(folder, "optd_por_public.csv") if not row["date_until"] and len(row["iata_code"]) == 3]
    said = {(kind, code): (name, [n for n in also.split(";") if n]) for kind, code, name, also in hand("nicknames.tsv")}
    weight = seats(folder)
    city_rows = {row["iata_code"]: row for row in rows if "C" in row["location_type"]}
    airports, members = [], defaultdict(list)
    for row in rows:
        code = row["iata_code"]
        if "A" not in row["location_type"] or code in MOVED or not (row["page_rank"] or weight[code] or code in NEW) or not row["timezone"]:
            continue
        cities = row["city_code_list"].split(",")
        home = HOME.get(code, code if code in cities and code in city_rows else cities[0])
        if home not in city_rows:
            home = next((city for city in cities if city in city_rows), home)
        seats_month = int(weight[code]) or 1 + int(1000 * float(row["page_rank"] or 0))
        airports.append((row, home, seats_month))
        for city in [home] + ALSO.get(code, []):
            members[city].append((city != home, -seats_month, code))
    lines = []
    for code, list_ in members.items():
        row = city_rows.get(code) or next(a for a, home, _ in airports if home == code)
        fallback = row["city_name_list"].split("=")[0] if code not in city_rows else row["name"]
        name, also = said.pop(("C", code), ("", []))
        name = name or fallback
        alts = distinct(also + [row["name"], row["asciiname"]] + (english(row)[:8] if code in city_rows else []), [name])
        region = row["adm1_name_utf"] if row["country_code"] in REGION_COUNTRIES else ""
        lines.append((-sum(s for _, s, _ in list_), "C", code, name, row["country_code"], region, row["timezone"],
                      f'{float(row["latitude"]):.3f}', f'{float(row["longitude"]):.3f}',
                      ",".join(c for _, _, c in sorted(list_)), alts[:9]))
    for row, home, seats_month in airports:
        code = row["iata_code"]
        name, also = said.pop(("A", code), ("", []))
        alts = distinct(also + english(row)[:4], [row["name"], name])
        lines.append((seats_month, "A", code, row["name"], name, home, row["timezone"],
                      f'{float(row["latitude"]):.3f}', f'{float(row["longitude"]):.3f}', "", alts[:6]))
    lines.sort(key=lambda line: (line[1] != "C", -line[0], line[2]))
    if said:
        print("nicknames of unknown places:", sorted(said))
    write("places.tsv", [
        "# OpenTravelData (CC BY 4.0), changed: selected, renamed and joined with own names. See docs/data.md.",
        "# C code name country region tz lat lon airports seats names  |  A code name said city tz lat lon - seats names",
    ] + ["\t".join([kind, code, *map(str, rest), str(weight_), ";".join(alts)])
         for weight_, kind, code, *rest, alts in lines])
    return lines


def countries(folder):
    short = {"GB": "the United Kingdom", "US": "the United States", "AE": "the United Arab Emirates", "NL": "the Netherlands",
             "PH": "the Philippines", "BS": "the Bahamas", "MV": "the Maldives", "DO": "the Dominican Republic", "CZ": "Czechia",
             "MK": "North Macedonia", "SZ": "Eswatini", "CV": "Cape Verde", "CI": "Ivory Coast", "TR": "Turkey", "HK": "Hong Kong",
             "MO": "Macau", "CD": "the Democratic Republic of the Congo", "CG": "the Republic of the Congo", "GM": "the Gambia",
             "SC": "the Seychelles", "BN": "Brunei", "VA": "Vatican City", "TL": "East Timor", "RU": "Russia", "KY": "the Cayman Islands"}
    also = {"GB": "UK;U.K.;Great Britain;Britain;England;United Kingdom", "US": "USA;U.S.A.;US;U.S.;America;the States;United States",
            "AE": "UAE;Emirates;United Arab Emirates", "NL": "Holland;Netherlands", "PH": "Philippines", "BS": "Bahamas",
            "MV": "Maldives", "DO": "Dominican Republic", "CZ": "Czech Republic", "CI": "Cote d'Ivoire", "TR": "Türkiye",
            "KR": "Korea", "TL": "Timor-Leste", "CV": "Cabo Verde", "MM": "Burma", "VA": "Vatican", "KY": "Cayman Islands"}
    money = {"HR": "EUR", "LT": "EUR", "LV": "EUR", "EE": "EUR", "BG": "EUR"}
    lines = ["# code\tname\tcurrency\tcontinent\talso said"]
    for row in sorted(read(folder, "optd_countries.csv"), key=lambda row: row["iso_2char_code"]):
        code = row["iso_2char_code"]
        if len(code) == 2:
            lines.append("\t".join([code, short.get(code, row["name"]), money.get(code, row["ccy_code"] or "USD"),
                                    row["cont_code"], also.get(code, "")]))
    write("countries.tsv", lines)


def write(name, lines):
    with open(os.path.join(HERE, name), "w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(lines) + "\n")
    print(name, len(lines), "lines")


def check(folder, lines):
    """Every fact that other parts lean on; stops with a sentence when one does not hold."""
    by = {(line[1], line[2]): line for line in lines}
    cities, airports = ([line for line in lines if line[1] == kind] for kind in "CA")
    assert 3500 < len(airports) < 5500, len(airports)
    assert len(by) == len(lines), "a code stands twice"
    assert all(("C", line[5]) in by for line in airports), "an airport without its city"
    assert all(("A", code) in by for line in cities for code in line[9].split(",")), "a city without its airport"
    assert {"JFK", "LGA", "EWR"} <= set(by["C", "NYC"][9].split(","))
    assert {"LHR", "LGW", "STN", "LTN", "LCY"} <= set(by["C", "LON"][9].split(","))
    assert "TXL" not in by["C", "BER"][9] and "BER" in by["C", "BER"][9]
    known = {row["2char_code"] for row in read(folder, "optd_airlines.csv") if not row["validity_to"]}
    for cells in hand("airlines.tsv"):
        code, name, _, alliance, country, kind, _ = cells
        assert len(code) == 2 and name and len(country) == 2, cells
        assert alliance in ("", "oneworld", "star", "skyteam") and kind in ("full", "low_cost", "regional"), cells
        if code not in known:
            print("airline not current in the source, kept by hand:", code, name)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    check(sys.argv[1], places(sys.argv[1]))
    countries(sys.argv[1])
