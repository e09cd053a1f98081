//! Which of the offers a line points at. When two would fit it picks none, so that the caller is asked.

use crate::concierge::meaning::{Asked, ChoiceHint, Context, Slots};
use crate::concierge::understand::clock::{Half, hour};
use crate::concierge::understand::line::Line;
use crate::concierge::understand::number;
use crate::concierge::understand::sound::{likeness, sound};
use std::ops::Range;

/// Fills in the offer that is pointed at and takes the words; answers whether one was pointed at, found or not.
pub(crate) fn fill(line: &mut Line<'_>, context: &Context, slots: &mut Slots) -> bool {
    let offers = &context.choices;
    if let Some((range, n)) = position(line, context) {
        line.take(range);
        slots.choice = Some(n);
        return true;
    }
    if offers.is_empty() {
        return false;
    }
    if let Some((range, n)) = extreme(line, offers) {
        line.take(range);
        slots.choice = n;
        return true;
    }
    if let Some((range, n)) = timed(line, offers) {
        line.take(range);
        slots.choice = n;
        return true;
    }
    if let Some((range, n)) = priced(line, offers) {
        line.take(range);
        slots.choice = n;
        return true;
    }
    if let Some((range, n)) = named(line, offers) {
        line.take(range);
        slots.choice = n;
        return true;
    }
    false
}

/// "The second one", "number two", "option 3", "the last one", "the first".
fn position(line: &Line<'_>, context: &Context) -> Option<(Range<usize>, usize)> {
    const THINGS: &str = "one|option|flight|choice|offer|hotel|result|1";
    let count = context.choices.len();
    for i in 0..line.len() {
        if let Some(at) = line.at(i, "number|option|choice|flight|hotel number?")
            && let Some((n, end)) = counted(line, at).filter(|(n, _)| (1..=20).contains(n))
            && !line.is(
                end,
                &["adults", "people", "passengers", "am", "pm", "stops", "stop", "of", "way", "nights", "dollars"],
            )
        {
            return usize::try_from(n - 1).ok().map(|n| (i..end, n));
        }
        let at = line.at(i, "the|that|this").unwrap_or(i);
        if let Some((n, end)) = number::ordinal(line, at)
            .filter(|(n, end)| (1..=20).contains(n) && !line.is(*end, &["two", "three", "few", "couple"]))
        {
            let end_thing = line.at(end, THINGS);
            let open = count > 0
                && (end >= line.len() || line.is(end, &["please", "is", "sounds", "works", "looks"]))
                && !line.is(i.wrapping_sub(1), &["on"]);
            if end_thing.is_some() || open || context.asked == Asked::Choice && !line.is(end, &["class", "thing", "of"])
            {
                return usize::try_from(n - 1).ok().map(|n| (i..end_thing.unwrap_or(end), n));
            }
        }
        if count > 0
            && let Some(end) = line.at(i, "the? very? last one|option|flight|choice")
        {
            return Some((i..end, count - 1));
        }
        if count == 2
            && let Some(end) = line.at(i, "the other one|flight|option?")
        {
            return Some((i..end, 1));
        }
        if count == 2
            && let Some(end) = line.at(i, "the former|latter")
        {
            return Some((i..end, usize::from(line.word(end - 1) == "latter")));
        }
    }
    if context.asked == Asked::Choice && line.len() <= 2 {
        let (n, end) = number::cardinal(line, 0).filter(|(n, _)| (1..=20).contains(n))?;
        return (end == line.len() || line.word(end) == "please")
            .then(|| (0..end, usize::try_from(n - 1).unwrap_or(0)));
    }
    None
}

fn counted(line: &Line<'_>, at: usize) -> Option<(u64, usize)> {
    match line.word(at) {
        "a" => Some((1, at + 1)),
        "b" => Some((2, at + 1)),
        "c" => Some((3, at + 1)),
        "to" | "too" => Some((2, at + 1)).filter(|_| at + 1 >= line.len()),
        "for" => Some((4, at + 1)).filter(|_| at + 1 >= line.len()),
        _ => number::cardinal(line, at),
    }
}

/// "The cheapest", "the faster one", "the earliest", "the nonstop".
fn extreme(line: &Line<'_>, offers: &[ChoiceHint]) -> Option<(Range<usize>, Option<usize>)> {
    let one = "one|flight|option|hotel?";
    let find = |words: &str| {
        let definite = line.find(&format!("the|that {words} {one}"));
        let superlative =
            words.split('|').filter(|w| w.ends_with("st") || *w == "nonstop").collect::<Vec<_>>().join("|");
        definite
            .or_else(|| line.find(&format!("{words} one|option please?")))
            .or_else(|| line.is_whole(&[&format!("{superlative} please?")]).then(|| 0..line.len()))
    };
    let minutes =
        |t: Option<jiff::civil::DateTime>| t.map_or(i64::MAX, |t| i64::from(t.hour()) * 60 + i64::from(t.minute()));
    if let Some(range) = find("cheapest|cheaper") {
        return Some((range, only_least(offers, |o| o.total.minor)));
    }
    if let Some(range) = line.find("the? least expensive one?") {
        return Some((range, only_least(offers, |o| o.total.minor)));
    }
    if let Some(range) = line.find("the most expensive one?").or_else(|| find("priciest|dearest")) {
        return Some((range, only_least(offers, |o| -o.total.minor)));
    }
    if let Some(range) = find("fastest|quickest|shortest|faster|quicker|shorter") {
        return Some((range, only_least(offers, |o| o.minutes)));
    }
    if let Some(range) = find("earliest|earlier|soonest") {
        return Some((range, only_least(offers, |o| minutes(o.departs))));
    }
    if let Some(range) = find("latest|later") {
        return Some((range, only_least(offers, |o| minutes(o.departs).saturating_neg())));
    }
    if let Some(range) = find("nonstop|direct") {
        return Some((range, only(offers, |o| o.stops == 0)));
    }
    None
}

/// The one offer with the least value; none when two share it.
fn only_least(offers: &[ChoiceHint], value: impl Fn(&ChoiceHint) -> i64) -> Option<usize> {
    let least = offers.iter().map(&value).min()?;
    only(offers, |o| value(o) == least)
}

/// The one offer of a kind; none when there are more.
fn only(offers: &[ChoiceHint], fits: impl Fn(&ChoiceHint) -> bool) -> Option<usize> {
    let mut found = offers.iter().enumerate().filter(|(_, o)| fits(o)).map(|(n, _)| n);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// "The one at 9:45", "the nine forty five", "the morning one", "the 7 am flight", "the one that arrives at ten".
fn timed(line: &Line<'_>, offers: &[ChoiceHint]) -> Option<(Range<usize>, Option<usize>)> {
    for i in 0..line.len() {
        let day_part =
            [("morning", 4, 12), ("afternoon", 12, 18), ("evening|night", 17, 24)].into_iter().find_map(|(p, a, b)| {
                Some((
                    line.at(i, &format!("the|that {p} one|flight|option?"))
                        .or_else(|| line.at(i, &format!("{p} one|flight")))?,
                    a,
                    b,
                ))
            });
        if let Some((end, a, b)) = day_part {
            let hit = only(offers, |o| o.departs.is_some_and(|d| (a..b).contains(&d.hour())));
            // "The afternoon" alone may be a wish as well as an offer.
            if hit.is_none() && !line.is(end - 1, &["one", "flight", "option"]) {
                continue;
            }
            return Some((i..end, hit));
        }
        let led = line.at(i, "the|that one|flight at|leaving|departing|that? at|leaves|departs? around|at?");
        let arriving = line
            .at(i, "the|that one|flight arriving|that? arrives|landing|lands|gets? in? at|around?")
            .filter(|_| line.has("arriving|arrives|landing|lands|gets"));
        let bare = line.at(i, "the|that at?");
        let Some(at) = [led, arriving, bare].into_iter().flatten().filter(|&at| hour(line, at).is_some()).max() else {
            continue;
        };
        let said = hour(line, at)?;
        let thing = line.at(said.end, "one|flight|option");
        if bare == Some(at) && thing.is_none() && !said.sure {
            continue;
        }
        let hit = nearest(offers, |half| said.at(half), arriving == Some(at), said.half);
        return Some((i..thing.unwrap_or(said.end), hit));
    }
    None
}

/// The one offer within a few minutes of a time, in either half of the day when none was said.
fn nearest(
    offers: &[ChoiceHint],
    at: impl Fn(Option<Half>) -> jiff::civil::Time,
    arriving: bool,
    half: Option<Half>,
) -> Option<usize> {
    let halves = half.map_or_else(|| vec![None, Some(Half::Am), Some(Half::Pm)], |h| vec![Some(h)]);
    let minutes = |t: jiff::civil::Time| i64::from(t.hour()) * 60 + i64::from(t.minute());
    let off = |o: &ChoiceHint| {
        let time = if arriving { o.arrives } else { o.departs };
        time.map_or(i64::MAX, |t| {
            halves.iter().map(|h| (minutes(t.time()) - minutes(at(*h))).abs()).min().unwrap_or(i64::MAX)
        })
    };
    let best = only_least(offers, off)?;
    offers.get(best).filter(|o| off(o) <= NEAR_MINUTES).map(|_| best)
}

/// People round the times they heard.
const NEAR_MINUTES: i64 = 30;

/// "The 240 dollar one".
fn priced(line: &Line<'_>, offers: &[ChoiceHint]) -> Option<(Range<usize>, Option<usize>)> {
    let range = line.find("the|that|for # dollar|dollars|euro|euros|pound|pounds one|flight|option?")?;
    let (units, _) = number::cardinal(line, range.start + 1)?;
    let units = i64::try_from(units).ok()?;
    let near = |o: &ChoiceHint| (o.total.minor / 100 - units).abs() <= 5 || o.total.minor == units;
    let hit = only(offers, near);
    (hit.is_some() || line.word(range.start) != "for").then_some((range, hit))
}

/// "The United one", "go with Delta", "the Grand Plaza".
fn named(line: &Line<'_>, offers: &[ChoiceHint]) -> Option<(Range<usize>, Option<usize>)> {
    const LEADS: [&str; 9] = [
        "the|that",
        "go|going|fly|stay with|at the?",
        "take|book|choose|pick|prefer|want|reserve|like the?",
        "with the?",
        "on the?",
        "fly",
        "is",
        "at|me the?",
        "do the?",
    ];
    let whole = line.len() <= 4;
    for i in 0..line.len() {
        let starts = LEADS.iter().filter_map(|p| line.at(i, p)).filter(|&at| at > i).max();
        let Some(at) = starts.or_else(|| (whole && i == 0).then_some(0)) else { continue };
        let hits: Vec<(usize, usize)> = offers
            .iter()
            .enumerate()
            .filter_map(|(n, o)| Some((n, o.names.iter().filter_map(|name| called(line, at, name)).max()?)))
            .collect();
        let Some(longest) = hits.iter().map(|(_, end)| *end).max() else { continue };
        let hits: Vec<usize> = hits.iter().filter(|(_, end)| *end == longest).map(|(n, _)| *n).collect();
        let end = line.at(longest, "airlines|airways? one|flight|option|hotel?").unwrap_or(longest);
        if hits.len() > 1 {
            // The airline itself stays to be read, so that it narrows the offers.
            return Some((i..at, None));
        }
        return Some((i..end, hits.first().copied()));
    }
    None
}

/// A name, or the first telling words of it, stands at a position.
fn called(line: &Line<'_>, at: usize, name: &str) -> Option<usize> {
    let plain = crate::places::normalize(name);
    let words: Vec<&str> = plain
        .split(' ')
        .filter(|w| !["the", "airlines", "airways", "air", "lines", "hotel", "demo", "hotels"].contains(w))
        .collect();
    let whole: String = words.concat();
    let whole = if whole.is_empty() { plain.replace(' ', "") } else { whole };
    for k in (1..=words.len().clamp(1, 4) + 1).rev() {
        if at + k > line.len() {
            continue;
        }
        let said: String = (at..at + k).map(|i| line.word(i)).collect();
        if said == whole || said.len() >= 5 && likeness(&said, &sound(&said), &whole, &sound(&whole)) >= 0.86 {
            return Some(at + k);
        }
    }
    let first = words.first()?;
    (first.len() >= 4 && line.word(at) == *first && words.len() > 1).then_some(at + 1)
}
