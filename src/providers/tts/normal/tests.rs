//! What is said for what is written: one large table, and the bytes each word came from.

use super::word::{SourceWord, Spoken};
use super::*;
use proptest::prelude::*;

fn said(text: &str) -> String {
    let mut out = Vec::new();
    for word in normalise(text) {
        for spoken in &word.spoken {
            out.push(match spoken {
                Spoken::Word(word) => word.clone(),
                Spoken::Letter(letter) => letter.to_string(),
                Spoken::Breath => ",".to_owned(),
            });
        }
    }
    out.join(" ")
}

#[test]
fn travel_talk_is_said_as_people_say_it() {
    for (written, expected) in TABLE {
        assert_eq!(said(written), *expected, "for {written:?}");
    }
}

#[test]
fn every_word_knows_its_bytes() {
    let text = "It's $1,204.50 on Nov 27, 2026 — UA 1523 at 9:45 am (nonstop).";
    let pieces: Vec<_> = normalise(text).iter().map(|w| &text[w.from..w.to]).collect();
    assert_eq!(pieces, ["It's", "$1,204.50", "on", "Nov", "27", "2026", "UA", "1523", "at", "9:45", "am", "nonstop"]);
}

#[test]
fn punctuation_is_heard_after_its_word() {
    let marks: Vec<_> = normalise("Well, is it (really) 9 a.m. now? Yes — go!").iter().map(|w| w.mark).collect();
    assert_eq!(marks, [Some(','), None, Some(','), Some(','), None, None, Some('?'), Some('—'), Some('!')]);
}

fn in_order(words: &[SourceWord], text: &str) -> bool {
    words.iter().all(|w| w.from < w.to && text.get(w.from..w.to).is_some() && !w.spoken.is_empty())
        && words.windows(2).all(|pair| pair[0].to <= pair[1].from)
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,120}") {
        let words = normalise(&text);
        prop_assert!(in_order(&words, &text));
    }

    #[test]
    fn number_soup_is_read_in_order(text in "[0-9A-Za-z$€%.,:/' +()–-]{0,60}") {
        let words = normalise(&text);
        prop_assert!(in_order(&words, &text));
        for chunk in text.split_whitespace().filter(|c| c.chars().any(|c| c.is_ascii_alphanumeric())) {
            let from = chunk.as_ptr() as usize - text.as_ptr() as usize;
            prop_assert!(words.iter().any(|w| w.from < from + chunk.len() && w.to > from), "{chunk:?} unsaid in {text:?}");
        }
    }
}

const TABLE: &[(&str, &str)] = &[
    // Money.
    ("$312", "three hundred twelve dollars"),
    ("It costs $1,204.50.", "It costs one thousand two hundred four dollars and fifty cents"),
    ("USD 1,204.50", "one thousand two hundred four dollars and fifty cents"),
    ("1,204.50 USD", "one thousand two hundred four dollars and fifty cents"),
    ("$0.99", "ninety-nine cents"),
    ("$1", "one dollar"),
    ("$1.01", "one dollar and one cent"),
    ("€45", "forty-five euros"),
    ("45€", "forty-five euros"),
    ("£120.20", "one hundred twenty pounds and twenty pence"),
    ("$3.2 million", "three point two million dollars"),
    ("$2k", "two thousand dollars"),
    ("$99/night", "ninety-nine dollars per night"),
    ("$300-$400", "three hundred to four hundred dollars"),
    ("$300–400", "three hundred to four hundred dollars"),
    ("EUR 89", "eighty-nine euros"),
    ("-$20", "minus twenty dollars"),
    ("25 USDC", "twenty-five U S D C"),
    // Times.
    ("9:45 am", "nine forty-five A M"),
    ("9:45am", "nine forty-five A M"),
    ("9:45 a.m.", "nine forty-five A M"),
    ("7:30", "seven thirty"),
    ("17:05", "seventeen oh five"),
    ("7:00", "seven o'clock"),
    ("7:00 pm", "seven P M"),
    ("12:00 PM", "twelve P M"),
    ("9 am", "nine A M"),
    ("9am", "nine A M"),
    ("00:15", "zero fifteen"),
    ("17:00", "seventeen hundred"),
    ("from 7:30-9:00 pm", "from seven thirty to nine P M"),
    ("2h 25m", "two hours twenty-five minutes"),
    ("1h25m", "one hour twenty-five minutes"),
    ("7 hrs 10 min", "seven hours ten minutes"),
    ("45min", "forty-five minutes"),
    // Dates.
    ("2026-11-27", "November twenty-seventh , twenty twenty-six"),
    ("2026-11-27T09:45", "November twenty-seventh , twenty twenty-six at nine forty-five"),
    ("Nov 27", "November twenty-seventh"),
    ("Nov. 27th", "November twenty-seventh"),
    ("November 27, 2026", "November twenty-seventh twenty twenty-six"),
    ("27 November 2026", "the twenty-seventh of November twenty twenty-six"),
    ("Fri, Nov 27", "Friday November twenty-seventh"),
    ("Dec 3-9", "December third to ninth"),
    ("11/27/2026", "November twenty-seventh , twenty twenty-six"),
    ("on 11/27", "on November twenty-seventh"),
    ("24/7", "twenty-four seven"),
    ("May I help?", "May I help"),
    ("March 2027", "March twenty twenty-seven"),
    ("in 2026", "in twenty twenty-six"),
    ("the 1990s", "the nineteen nineties"),
    // Flights, airports, codes.
    ("UA 1523", "U A fifteen twenty-three"),
    ("UA1523", "U A fifteen twenty-three"),
    ("LH 400", "L H four hundred"),
    ("BA117", "B A one seventeen"),
    ("B6 405", "B six four oh five"),
    ("flight 1523", "flight fifteen twenty-three"),
    ("JFK to LHR", "J F K to L H R"),
    ("from SFO", "from S F O"),
    ("gate B22", "gate B twenty-two"),
    ("seat 14C", "seat fourteen C"),
    ("Terminal 5", "Terminal five"),
    ("room 1204", "room twelve oh four"),
    ("booking reference K7QX2M", "booking reference K seven Q , X two M"),
    ("reference ABCDEF", "reference A B C , D E F"),
    ("code VX-4821", "code V X , four eight two , one"),
    ("an A320", "an A three twenty"),
    ("a 737-800", "a seven thirty-seven eight hundred"),
    ("+1 (212) 555-0187", "one , two one two , five five five , zero one eight seven"),
    ("1-800-555-0199", "one , eight hundred , five five five , zero one nine nine"),
    ("the U.S. and the UK", "the U S and the U K"),
    ("PLEASE NOTE THE NEW GATE", "PLEASE NOTE THE NEW GATE"),
    ("OK, go", "OK go"),
    // Numbers and measures.
    ("15%", "fifteen percent"),
    ("12.5 %", "twelve point five percent"),
    ("72°F", "seventy-two degrees Fahrenheit"),
    ("21 °C", "twenty-one degrees Celsius"),
    ("23 kg", "twenty-three kilograms"),
    ("50lb", "fifty pounds"),
    ("1 km", "one kilometer"),
    ("2-3 days", "two to three days"),
    ("10–15 min", "ten to fifteen minutes"),
    ("1-stop", "one stop"),
    ("a 24-hour desk", "a twenty-four hour desk"),
    ("the 2nd leg", "the second leg"),
    ("1/2", "one half"),
    ("4.5/5", "four point five out of five"),
    ("3,000 points", "three thousand points"),
    ("#1", "number one"),
    ("half-price", "half-price"),
    // Abbreviations, symbols, addresses.
    ("Dr. Smith", "Doctor Smith"),
    ("St. Louis", "Saint Louis"),
    ("Main St.", "Main Street"),
    ("J. K. Rowling", "J K Rowling"),
    ("bed & breakfast", "bed and breakfast"),
    ("BOS → LAX", "B O S to L A X"),
    ("voxfare.com", "voxfare dot com"),
    ("help@voxfare.com", "help at voxfare dot com"),
    ("https://voxfare.com/trips", "voxfare dot com slash trips"),
    ("pick-up and/or drop-off", "pick-up and or drop-off"),
    ("approx. 3 hours", "approximately three hours"),
];
