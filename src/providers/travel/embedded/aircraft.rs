//! Which aircraft flies a route, and how long it takes. Figures are rounded from makers' brochures; no single airframe is meant.

use crate::providers::travel::embedded::dice;

/// An aircraft model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Model {
    /// As people say it.
    pub(crate) name: &'static str,
    /// Usual seats.
    pub(crate) seats: u16,
    /// Farthest route it is used on, in km.
    pub(crate) range_km: u16,
    /// Cruise speed in km/h.
    pub(crate) cruise_kmh: u16,
    /// Its maker, for fleets of one make.
    maker: Maker,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Maker {
    Airbus,
    Boeing,
    Other,
}

/// What an airline likes to fly: for each model, how many seats away from the wish it may be to be chosen all the same.
#[derive(Clone, Debug)]
pub(crate) struct Fleet {
    distaste: [i64; 38],
}

impl Fleet {
    /// The fleet of an airline: of one make where it is known for that, and a little of its own taste.
    pub(crate) fn of(airline: &str) -> Self {
        let make = make_of(airline);
        let distaste = MODELS.each_ref().map(|model| {
            let other_make = make.is_some_and(|make| make != model.maker && model.maker != Maker::Other);
            dice::between(0, 9, &[dice::text(airline), dice::text(model.name)]) + if other_make { 40 } else { 0 }
        });
        Self { distaste }
    }

    /// The model for a route: in range and near the usual seats.
    pub(crate) fn choose(&self, seats: u16, km: u16) -> &'static Model {
        MODELS
            .iter()
            .zip(&self.distaste)
            .filter(|(model, _)| u32::from(model.range_km) * 100 >= u32::from(km) * 103)
            .min_by_key(|(model, distaste)| i64::from(model.seats.abs_diff(seats)) + *distaste)
            .map_or(&FARTHEST, |(model, _)| model)
    }
}

/// Minutes from gate to gate over a great circle, to the next five. Flights with the wind of the middle latitudes are a little shorter.
pub(crate) fn minutes(model: &Model, km: u16, eastward_degrees: f64) -> u16 {
    let (cruise, ground) = (u32::from(model.cruise_kmh), if model.cruise_kmh < 600 { 26 } else { 36 });
    let air = u32::from(km) * 60 / cruise;
    let wind_percent = match eastward_degrees {
        east if east > 25.0 => 96,
        west if west < -25.0 => 105,
        _ => 100,
    };
    let minutes = (air * wind_percent / 100 + ground).div_ceil(5) * 5;
    u16::try_from(minutes).unwrap_or(u16::MAX)
}

fn make_of(airline: &str) -> Option<Maker> {
    if AIRBUS_ONLY.contains(&airline) {
        Some(Maker::Airbus)
    } else if BOEING_ONLY.contains(&airline) {
        Some(Maker::Boeing)
    } else {
        None
    }
}

const fn model(name: &'static str, seats: u16, range_km: u16, cruise_kmh: u16, maker: Maker) -> Model {
    Model { name, seats, range_km, cruise_kmh, maker }
}

static FARTHEST: Model = model("Airbus A350-900", 170, 18_000, 850, Maker::Airbus);

static MODELS: [Model; 38] = [
    model("Cessna Caravan", 9, 900, 300, Maker::Other),
    model("Twin Otter", 18, 900, 300, Maker::Other),
    model("Saab 340", 34, 1_200, 460, Maker::Other),
    model("ATR 42", 48, 1_300, 480, Maker::Other),
    model("ATR 72", 70, 1_500, 480, Maker::Other),
    model("Dash 8 Q400", 77, 1_900, 560, Maker::Other),
    model("Embraer 145", 50, 2_700, 850, Maker::Other),
    model("Bombardier CRJ700", 68, 2_700, 850, Maker::Other),
    model("Bombardier CRJ900", 80, 2_900, 850, Maker::Other),
    model("Embraer 175", 76, 3_700, 850, Maker::Other),
    model("Embraer 190", 100, 4_300, 850, Maker::Other),
    model("Embraer 195-E2", 125, 4_800, 850, Maker::Other),
    model("Airbus A220", 133, 5_900, 850, Maker::Airbus),
    model("Airbus A319", 138, 6_500, 850, Maker::Airbus),
    model("Airbus A320", 168, 5_200, 850, Maker::Airbus),
    model("Airbus A320neo", 178, 5_400, 850, Maker::Airbus),
    model("Airbus A321", 198, 5_600, 850, Maker::Airbus),
    model("Airbus A321neo", 214, 7_200, 850, Maker::Airbus),
    model("Boeing 737-700", 143, 5_200, 850, Maker::Boeing),
    model("Boeing 737-800", 172, 4_900, 850, Maker::Boeing),
    model("Boeing 737 MAX 8", 178, 5_500, 850, Maker::Boeing),
    model("Boeing 737-900", 186, 4_900, 850, Maker::Boeing),
    model("Boeing 737 MAX 9", 194, 5_300, 850, Maker::Boeing),
    model("Boeing 767-300", 230, 10_800, 850, Maker::Boeing),
    model("Airbus A330-200", 248, 13_000, 850, Maker::Airbus),
    model("Airbus A330-300", 288, 11_500, 850, Maker::Airbus),
    model("Airbus A330-900neo", 290, 13_000, 850, Maker::Airbus),
    model("Airbus A350-900", 306, 14_800, 850, Maker::Airbus),
    model("Airbus A350-1000", 350, 15_800, 850, Maker::Airbus),
    model("Airbus A380", 500, 14_800, 850, Maker::Airbus),
    model("Boeing 787-8", 238, 13_400, 850, Maker::Boeing),
    model("Boeing 787-9", 285, 14_500, 850, Maker::Boeing),
    model("Boeing 787-10", 320, 11_700, 850, Maker::Boeing),
    model("Boeing 777-200", 305, 13_800, 850, Maker::Boeing),
    model("Boeing 777-300ER", 355, 14_200, 850, Maker::Boeing),
    model("Boeing 777-200LR", 260, 16_000, 850, Maker::Boeing),
    model("Boeing 747-8", 390, 14_300, 850, Maker::Boeing),
    model("Airbus A350-900", 170, 18_000, 850, Maker::Airbus),
];

const AIRBUS_ONLY: [&str; 27] = [
    "U2", "W6", "W4", "F9", "NK", "B6", "G4", "VY", "EW", "DE", "A3", "AY", "IB", "TP", "LX", "OS", "SN", "LH", "6E",
    "PC", "FD", "AK", "QZ", "9C", "HO", "Y4", "VB",
];
const BOEING_ONLY: [&str; 24] = [
    "WN", "FR", "AS", "UA", "LS", "BY", "X3", "TB", "OR", "DY", "QS", "G3", "WS", "SY", "CM", "FZ", "HV", "TO", "ET",
    "LY", "XQ", "SG", "IX", "MF",
];
