//! Everyday English words that are not places unless the words around say so. A list and nothing else.

use std::collections::BTreeSet;
use std::sync::OnceLock;

/// An everyday word: alone it is never taken for a misheard place.
pub(crate) fn everyday(word: &str) -> bool {
    static WORDS: OnceLock<BTreeSet<&'static str>> = OnceLock::new();
    WORDS.get_or_init(|| EVERYDAY.split_ascii_whitespace().collect()).contains(word)
}

/// Words that end a place: prepositions, auxiliary words and the words of dates and parties.
pub(crate) fn ends_place(word: &str) -> bool {
    ENDS.contains(&word) || word.starts_with(|c: char| c.is_ascii_digit())
}

const ENDS: [&str; 99] = [
    "to",
    "from",
    "on",
    "at",
    "in",
    "for",
    "and",
    "or",
    "with",
    "by",
    "via",
    "the",
    "a",
    "an",
    "is",
    "are",
    "i",
    "we",
    "you",
    "it",
    "my",
    "me",
    "leaving",
    "leave",
    "returning",
    "return",
    "departing",
    "depart",
    "arriving",
    "arrive",
    "back",
    "next",
    "this",
    "today",
    "tomorrow",
    "tonight",
    "please",
    "under",
    "around",
    "about",
    "before",
    "after",
    "between",
    "nonstop",
    "direct",
    "one",
    "roundtrip",
    "round",
    "way",
    "flight",
    "flights",
    "going",
    "coming",
    "of",
    "not",
    "no",
    "instead",
    "then",
    "that",
    "would",
    "could",
    "can",
    "want",
    "need",
    "so",
    "but",
    "if",
    "as",
    "just",
    "business",
    "first",
    "economy",
    "cheap",
    "cheapest",
    "morning",
    "afternoon",
    "evening",
    "night",
    "sometime",
    "around",
    "during",
    "through",
    "until",
    "till",
    "two",
    "too",
    "ideally",
    "preferably",
    "maybe",
    "early",
    "late",
    "mid",
    "thanks",
    "thank",
    "also",
    "because",
    "airport",
    "into",
    "out",
];

const EVERYDAY: &str = "
a able about above accept actually add adult adults afraid after afternoon again against age ago ahead air airfare airline airlines airplane airport all allow
almost alone along already also although always am amazing among amount an and angry animal another answer any anybody anyone anything anytime anyway anywhere apart
appointment april are area around arrange arrival arrive arriving art as ask at august aunt available average away awesome baby back bad bag baggage bags
bank bar baseball basketball bath be beach bear beautiful because become bed been before begin behind being believe below beside best better between big bill
bird birthday bit black blue board boat body book booked booking both bother bottle bottom box boy boyfriend break breakfast bring brother brown budget build building
bus business busy but buy by cab cabin cake calendar call called calling calm can cancel cannot car card care carry case cash cat catch cause cell center
central chance change changed charge cheap cheaper cheapest check checked child children choice choose church city class clean clear client close clothes club coach
coast coffee cold college come comes coming company compare computer concert condition conference confirm connection connections continue cook cool correct cost costs could
country couple course cousin cover credit cross cup customer cut dad daily dance dark date dates daughter day days dead deal dear december decide deep definitely degree
delay depart departing departure depend desk detail details dinner direct directly discount do doctor does dog doing dollar dollars done door double down dream dress drink drive
driver drop dry due during each earlier earliest early earth east easy eat economy eight eighteen eighty either eleven else email emergency end english enjoy enough enter
euro euros evening event ever every everybody everyone everything evening exact exactly except excellent excuse expect expensive explain extra eye eyes face fact fair fall family
famous fantastic far fare fares farm fast faster fastest father favorite february fee feel fees few field fifteen fifty figure fill final finally find fine finish fire first
fish fit five flexible flight flights floor fly flying follow following food foot for forever forget form forty forward found four fourteen free fresh friday friend friends from front
fruit full fun funeral funny further future game garden gate gave general get gets getting gift girl girlfriend give given glad glass go goes going gold golf gone gonna good goodbye
got grand grandma grandmother grandpa great green ground group guess guest guests guy guys had hair half hall hand happen happy hard has hat hate have having he head health
hear heard heart heavy hell hello help her here hey hi high hill him his hit hold holiday holidays home honest honestly honeymoon hope horse hospital hot hotel hotels hour hours house how
however huge human hundred hungry hurry hurt husband i ice idea if ill imagine immediately important in inch include included including indeed infant information inside instead
interested interview into is island issue it its january job join july jump june just keep kept key kick kid kids kill kind kitchen knee know known lady land landing language large last
late later latest laugh law lay layover layovers lead learn least leave leaves leaving left leg legs less let lets letter level lie life lift light like line list listen little live lives
living local location long longer look looking looks lose lost lot lots love low lower lowest luck luggage lunch machine mad made mail main make makes making mall man many map march mark
married marry match matter max maximum may maybe me meal mean means medium meet meeting member men menu message met middle might mile miles military milk million mind mine minute minutes miss mistake
mobile mom moment monday money month months moon more morning most mother mountain mouth move movie mr mrs much music must my myself name names near nearby nearest nearly necessary need needs neither never
new news next nice night nights nine nineteen ninety no nobody noise none nonstop noon nor normal north not note nothing november now nowhere number numbers nurse october of off offer offers office often oh oil
okay old on once one ones online only open option options or orange order other others our out outside over own page paid pain pair paper parents park part partner party pass passenger passengers
passport past pay people per perfect perhaps person pet phone photo pick picture piece pizza place places plan plane planes plans play please plenty plus point police pool poor popular possible pound pounds
prefer preferably present president pretty price prices private probably problem program pull purple push put quarter question quick quickest quickly quiet quite rain ran rate rather reach read reading ready real
really reason recommend red reference refund region relax remember rent repeat report request reservation reservations reserve rest restaurant return returning rich ride right ring river road room rooms round roundtrip row rule
run safe said sail sale same sat saturday save saw say saying says school sea seat seats second see seem seen sell send september serve service set seven seventeen seventy several shall shame share she ship shoes
shop shopping short shortest should show shower shut sick side sign simple since sing single sir sister sit six sixteen sixty size ski sky sleep slow slower slowly small smoke snow so soccer some somebody someone
something sometime sometimes somewhere son song soon soonest sorry sort sound south speak special speed spell spend split spoke sport spring staff stand star stars start starting state station stay staying step
still stop stops stopover store story straight street strong student stuff sugar suit suitcase summer sun sunday sunny super supposed sure surf surgery surprise swim table take taken takes taking talk tall tax taxi teach
team tell ten tennis terrible test than thank thanks that the their them then there these they thing things think third thirteen thirty this those though thought thousand three through thursday ticket tickets tight till
time times tired to today together told tomorrow tonight too took top total touch tour toward town track trade traffic train transfer travel traveler travelers traveling traveller travellers travelling tree trip
trips trouble truck true try trying tuesday turn twelve twenty twice two type uncle under understand university unless until up upgrade upon us use used useful usual usually vacation valid value very via view visa visit
visiting voice wait waiting wake walk wall want wants warm was wash watch water way ways we wear weather website wedding wednesday week weekend weeks weight welcome well went were west what whatever when where whether which while
white who whole whoever why wide wife will win wind window wine winter wish with within without woman women wonderful wont word words work working works world worry worse worst would write wrong yard yeah year years yellow yes
yesterday yet you young your yours yourself zero anywhere grab catch explore somewhere sure nope yep yup okay alright ok hmm mhm actual capital reschedule rebook modify discuss verify adjust switch explore celebrate attend meet surprise join settle pursue escape teach straightaway elsewhere family's person's overseas abroad downtown nowhere inexpensive affordable
";
