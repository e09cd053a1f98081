//! What a caller does with an utterance, given what it filled in. It changes no slot.

use crate::concierge::meaning::{Act, Asked, Context, Slots};
use crate::concierge::understand::line::Line;

/// The act of a line about travel; none when no words of travel are in it.
pub(crate) fn travel(line: &Line<'_>, context: &Context, slots: &Slots, pointed: bool) -> Option<Act> {
    bookings(line, context, slots)
        .or_else(|| booking(line, context, slots, pointed))
        .or_else(|| questions(line, context, slots))
        .or_else(|| choosing(line, context, slots, pointed))
        .or_else(|| searching(line, context, slots))
}

/// Acts on what is already booked.
fn bookings(line: &Line<'_>, context: &Context, slots: &Slots) -> Option<Act> {
    const THING: &str = "booking|bookings|reservation|reservations|flight|flights|ticket|tickets|trip|order|hotel|stay|room|seat|itinerary";
    let own = |verb: &str| {
        line.has(&format!("{verb} my|our|the|this|that|a|an {THING}"))
            || line.has(&format!("{verb} my|our|the _ {THING}"))
    };
    if line.has_any(&[
        "cancel my|our|the? _? booking|bookings|reservation|flight|trip|ticket|tickets|order|hotel|stay|room",
        "cancel|canceling|cancelling it|them|everything",
        "call off",
        "cancel please",
        "cancellation",
        "give up my|the booking|reservation",
    ]) || line.is_whole(&["cancel"])
        || line.has("cancel|cancelled|canceled") && slots.reference.is_some()
    {
        return Some(Act::CancelBooking);
    }
    if (own("change|modify|reschedule|move|amend|alter")
        || line.has_any(&["rebook", "change|modify it booking", "change my|the booked", "reschedule"]))
        && (context.destination.is_none() || line.has("booking|reservation|booked|ticket|reschedule|rebook"))
    {
        return Some(Act::ChangeBooking);
    }
    let mine = line.has_any(&[
        "my|our upcoming? bookings|reservations|trips|reservation|itinerary|itineraries",
        "what|which have|did|do i|we have? booked|book",
        "what bookings|trips|flights do i have",
        "have|did i already? booked|book",
        "do i have any|a bookings|booking|reservations|reservation|trips",
        "look|looking up my? booking|reservation",
        "find|check|show|see|status|pull my? of? up? my booking|reservation|trip|flight",
        "my booking|reservation|trip",
        "already booked",
    ]);
    (mine || slots.reference.is_some() && context.asked == Asked::Nothing).then_some(Act::MyBookings)
}

/// Booking what was offered.
fn booking(line: &Line<'_>, context: &Context, slots: &Slots, pointed: bool) -> Option<Act> {
    if !line.has_any(&["book|booked|reserve|purchase|buy|confirm", "lock it in", "pay for"]) {
        return None;
    }
    let this = line.has_any(&[
        "book|reserve|purchase|buy|confirm it|that|this|them|those|now|please",
        "book|reserve|buy me on|that|the",
        "lock it in",
        "get it booked",
    ]);
    let new_thing = line.has_any(&[
        "book|reserve|buy|purchase me? a|an|another|some|two|three|us",
        "book flight|flights|hotel|tickets",
    ]) || slots.destination.is_some() && !pointed;
    if new_thing {
        return None;
    }
    (pointed || this || !context.choices.is_empty() || line.len() <= 3 || context.asked == Asked::Confirm)
        .then_some(Act::Book)
}

/// Questions about the world and about the offers.
fn questions(line: &Line<'_>, context: &Context, slots: &Slots) -> Option<Act> {
    let open = !context.choices.is_empty();
    if let Some(act) = rewards(line) {
        return Some(act);
    }
    if line.has_any(&[
        "weather|temperature|temperatures|forecast|climate|humid",
        "is|will it be? cold|hot|warm|rain|raining|snow|snowing|sunny|rainy",
        "rain|snow|raining|snowing|umbrella|sunny",
        "how hot|cold|warm",
        "what should i pack|wear",
    ]) {
        return Some(Act::AskWeather);
    }
    if line.has_any(&[
        "what time is it",
        "what is the time",
        "local|current time",
        "time difference|zone",
        "time is it",
        "the? time in|there",
    ]) && !line.has("what time does|will")
    {
        return Some(Act::AskTime);
    }
    if line.has_any(&[
        "what|which|how|any many|the? airport|airports",
        "airports|airport in|near|does|are|serve|serves|around|around|there|close|code",
        "nearest|closest|main airport",
        "far is the? airport",
        "airport|airports is|are|to|from the|downtown|city|closest|nearest",
    ]) && !line.has("flight|fly|flights|book")
        && !line.has("from|to the? airport")
    {
        return Some(Act::AskAirport);
    }
    if line.has_any(&["baggage|luggage|bag|bags|suitcase|suitcases", "carry on|ons", "checked bag|luggage", "carryon"])
    {
        let this = line.has_any(&["included|include|come|comes|it|that|this|one"]);
        return Some(if open && this && !line.has("airline|airlines|on|with") {
            Act::Details
        } else {
            Act::AskBaggage
        });
    }
    if line.has_any(&[
        "compare",
        "the|a|any difference|differences",
        "versus|vs",
        "which one? is|are|would|do|should",
        "which of those|these|them|the",
        "what would|do you recommend|suggest|pick",
        "better|best of",
        "pros and cons",
        "which one",
        "do you recommend",
    ]) && open
    {
        return Some(Act::Compare);
    }
    if line.has_any(&MORE) && slots.choice.is_none() {
        return Some(Act::More);
    }
    details(line, open).then_some(Act::Details)
}

/// Questions about what was earned by booking.
fn rewards(line: &Line<'_>) -> Option<Act> {
    if line.has_any(&[
        "referral|invitation|invite code|codes|link",
        "referral|referrals",
        "code for|to my? friends|share|refer",
    ]) {
        return Some(Act::AskReferral);
    }
    if line.has_any(&["my|our|which|what staking? tier|level", "staking|stake|staked", "tier am i"]) {
        return Some(Act::AskTier);
    }
    let tokens = "token|tokens|reward|rewards|points|trvl";
    if line.has_any(&[
        "what|much|many|anything did|have|do|would i|we earn|earned|get for|from|on|by|with",
        "what|much|many did|have i|we earn|earned",
        "did|do|will i|we earn|get any|some? token|tokens|reward|rewards|points",
        "why did i get|earn",
    ]) || line.has_any(&["earn|earned"]) && line.has(tokens)
    {
        return Some(Act::AskEarned);
    }
    line.has_any(&[
        "my|our|have|token|tokens|rewards|wallet|account balance",
        "what is the balance",
        "how many|much tokens|rewards|points|trvl",
        "my|our tokens|rewards|points|wallet",
    ])
    .then_some(Act::AskBalance)
}

const MORE: [&str; 8] = [
    "more|other|another|additional|different|further options|option|flights|offers|choices|results|hotels|ones|flight|times",
    "anything|something|nothing else",
    "what else",
    "any others|other|more",
    "show|give|tell|read me? more|others|another",
    "next page|ones|options|three|few",
    "other than those|that|these",
    "are there|is others|another one?",
];

fn details(line: &Line<'_>, open: bool) -> bool {
    line.has_any(&[
        "refundable|refund|refunds|nonrefundable",
        "what|which kind? of|type? of? plane|aircraft|jet",
        "how long is|does|will|would|are",
        "what time does|will|do|would|is it|that|the|this|they",
        "when does|will|do|would it|that|the|this|they",
        "tell me more",
        "tell me about it|that|this|them|the",
        "more details|information|info|about",
        "details|terms",
        "fare|change|cancellation rules|fee|fees|policy|conditions",
        "how many stops|layovers|seats|hours|connections",
        "where|how is|does|long|stop the? layover|stopover|stop|connection|it",
        "meal|meals|wifi|legroom|entertainment|food|breakfast|pool|parking",
        "can i change|cancel it|that",
    ]) || open
        && line.has_any(&[
            "how much|expensive",
            "what is the price|duration|cost|fare|total",
            "is it|that|this|there|the direct|nonstop|a|any|second|first|layover",
            "what|which airline",
            "who operates|flies",
            "what does it|that cost|include",
            "does it|that|the include|have|come|stop|leave",
            "when does|is it",
        ])
}

/// Taking one of the offers.
fn choosing(line: &Line<'_>, context: &Context, slots: &Slots, pointed: bool) -> Option<Act> {
    let open = !context.choices.is_empty();
    let takes = line.has_any(&[
        "take|choose|pick|select it|that|this|the|one|them|my",
        "go|going with",
        "i will|would|ill take|have|go|choose|pick|like|prefer",
        "give|get me that|the|this",
        "that one please?",
        "i want|like|prefer|need that|this|the|it one?",
        "lets go|do|take|with with|that|the|it",
    ]);
    if pointed
        && (open || context.asked == Asked::Choice || takes || slots.choice.is_some())
        && !refines_instead(line, slots)
    {
        return Some(Act::Choose);
    }
    (open && takes && !refines_instead(line, slots) && !filled(slots)).then_some(Act::Choose)
}

/// New days or places beside it: the search changes after all.
fn refines_instead(line: &Line<'_>, slots: &Slots) -> bool {
    slots.destination.is_some() && slots.choice.is_none() || line.has("instead") && slots.choice.is_none()
}

/// Looking for flights or a hotel, changing that, or answering what was asked.
fn searching(line: &Line<'_>, context: &Context, slots: &Slots) -> Option<Act> {
    let any = filled(slots);
    if line.has_any(&[
        "hotel|hotels|motel|hostel|accommodation|accommodations|lodging|inn|resort|airbnb",
        "place|somewhere to stay",
        "a|the|book|double|single|king? room|rooms|suite",
    ]) {
        return Some(
            if context.destination.is_some()
                && any
                && line.has("instead|make|change|what about")
                && slots.destination.is_none()
            {
                Act::Refine
            } else {
                Act::SearchHotels
            },
        );
    }
    let plan = context.destination.is_some() || context.depart.is_some();
    let changes = line.has_any(&[
        "instead|rather|switch|change|adjust",
        "make it|that|them|this",
        "what|how about",
        "actually|cheaper|earlier|later|faster|sooner",
        "can we|you|i do",
        "try",
        "is there anything|something|a|one",
    ]) || slots.sort.is_some();
    let whole_route = slots.origin.is_some() && slots.destination.is_some();
    let verb = line.has_any(&FLYING) || slots.destination.is_some() && line.has_any(&GOING);
    if answers(context.asked, slots)
        && !whole_route
        && !line.has_any(&["find|search|show|book|looking", "flight|flights from|to"])
    {
        return Some(Act::Inform);
    }
    if plan && any && (changes || slots.destination.is_none() && slots.origin.is_none()) && !(whole_route && verb) {
        return Some(Act::Refine);
    }
    if plan && (changes && verb) && !whole_route {
        return Some(Act::Refine);
    }
    // With offers on the table, "flights" beside words that nobody understood is no wish to begin anew.
    let garbled = !any && !context.choices.is_empty() && line.unread() > 1 && !line.has_any(&ANEW);
    if (verb && !garbled) || whole_route {
        return Some(Act::Search);
    }
    if any {
        return Some(if plan && context.asked == Asked::Nothing { Act::Refine } else { Act::Inform });
    }
    None
}

const FLYING: [&str; 4] = [
    "flight|flights|fly|flying|airfare|airfares|ticket|tickets|plane|fare|fares",
    "travel|traveling|travelling|trip|vacation|holiday|getaway|journey|roundtrip",
    "round trip",
    "one way",
];

const ANEW: [&str; 2] = [
    "find|search|searching|look|looking|show|see|get|give|book|need|want|would|start|begin|plan|help",
    "new|another|other|different|else|more|again|anywhere|somewhere",
];

const GOING: [&str; 3] = [
    "go|going|get|getting|be|head|heading|visit|visiting|need|want|take|leave|leaving|depart|departing|return|returning|book",
    "to|from",
    "find|search|look|show",
];

/// The slots answer the question.
pub(crate) fn answers(asked: Asked, slots: &Slots) -> bool {
    match asked {
        Asked::Origin => slots.origin.is_some(),
        Asked::Destination => slots.destination.is_some(),
        Asked::Depart => slots.depart.is_some(),
        Asked::Return => slots.back.is_some() || slots.nights.is_some() || slots.one_way.is_some(),
        Asked::OneWay => slots.one_way.is_some() || slots.back.is_some() || slots.nights.is_some(),
        Asked::Party => slots.party.is_some(),
        Asked::Choice => slots.choice.is_some(),
        Asked::Name => !slots.names.is_empty(),
        Asked::PlaceDoubt => slots.origin.is_some() || slots.destination.is_some(),
        Asked::Reference => slots.reference.is_some(),
        Asked::Nothing | Asked::Confirm | Asked::ConfirmCancel | Asked::YesNo => false,
    }
}

/// Something was filled in.
pub(crate) fn filled(slots: &Slots) -> bool {
    *slots != Slots::default()
}

/// A question of facts ("what is the capital of France").
pub(crate) fn asks(line: &Line<'_>) -> bool {
    line.at(0, "who|what|when|where|why|which|how is|are|was|were|did|does|do|many|much|old|tall|won").is_some()
}

/// Whether words that nothing understood are about something else than travel.
pub(crate) fn elsewhere(line: &Line<'_>) -> bool {
    line.len() >= 3
        && line.has_any(&[
            "who|what|whats|when|where|why|how|which is|are|was|were|do|does|did|will|can|would|has|many|much|old|tall",
            "tell|sing|play|write|read|give me? a|an|some|the|us|joke|story|song",
            "order|cook|call|text|email|remind|set|turn|open|translate|calculate|solve",
            "joke|pizza|president|stock|stocks|recipe|movie|music|song|poem|football|soccer|game|news|politics|math|homework|taxi|uber|restaurant|restaurants",
        ])
}
