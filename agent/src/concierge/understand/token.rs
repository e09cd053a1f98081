//! Cuts heard or typed text into plain lower-case words with their place in the text. It never drops a word that may matter.

/// What stands between a word and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Gap {
    /// Nothing: the two were written as one ("2pm").
    Joined,
    /// A hyphen.
    Hyphen,
    /// White space.
    Space,
    /// A comma, colon, dash or bracket.
    Comma,
    /// The end of a sentence.
    Stop,
}

/// One word.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// Lower-case letters and digits without accents; numbers keep `.`, `:`, `/` and `-` inside.
    pub(crate) word: String,
    /// First byte in the text.
    pub(crate) start: usize,
    /// Byte after the last in the text.
    pub(crate) end: usize,
    /// What stands before it.
    pub(crate) gap: Gap,
    /// It was written with a capital first letter.
    pub(crate) capital: bool,
    /// It is at least two letters, all capitals.
    pub(crate) shouted: bool,
    /// It was written letter by letter ("L.A.X.", "S-M-I-T-H").
    pub(crate) spelled: bool,
}

/// Words beyond this many are not looked at.
pub(crate) const TOKENS_MAX: usize = 160;

/// Cuts text into words; never fails, keeps at most [`TOKENS_MAX`].
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    for chunk in chunks(text) {
        if out.len() >= TOKENS_MAX {
            break;
        }
        push_chunk(text, &chunk, &mut out);
    }
    out.truncate(TOKENS_MAX);
    join_spelled(out)
}

struct Chunk {
    start: usize,
    end: usize,
    gap: Gap,
    /// A word that is said but not written ("dollars" for "$").
    implied: Option<&'static str>,
}

fn chunks(text: &str) -> Vec<Chunk> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let at = |i: usize| chars.get(i).map(|&(_, c)| c);
    let byte = |i: usize| chars.get(i).map_or(text.len(), |&(b, _)| b);
    let mut out: Vec<Chunk> = Vec::new();
    let mut gap = Gap::Space;
    let mut sign: Option<(usize, &'static str)> = None;
    let mut i = 0;
    while let Some(c) = at(i) {
        if c.is_alphanumeric() {
            let mut end = i + 1;
            while at(end)
                .is_some_and(|c| inside(c, at(end - 1), at(end + 1), text.get(byte(i)..byte(end)).unwrap_or("")))
            {
                end += 1;
            }
            out.push(Chunk { start: byte(i), end: byte(end), gap, implied: None });
            gap = Gap::Joined;
            if let Some((from, word)) = sign.take() {
                out.push(Chunk { start: from, end: byte(end), gap: Gap::Joined, implied: Some(word) });
            }
            i = end;
            continue;
        }
        if let Some((_, word)) = CURRENCY_SIGNS.iter().find(|(s, _)| *s == c) {
            if at(i + 1).is_some_and(|n| n.is_ascii_digit()) {
                sign = Some((byte(i), word));
            } else if out.last().is_some() {
                out.push(Chunk { start: byte(i), end: byte(i + 1), gap: Gap::Joined, implied: Some(word) });
            }
        } else if c == '&' {
            out.push(Chunk { start: byte(i), end: byte(i + 1), gap: Gap::Space, implied: Some("and") });
            gap = Gap::Space;
        } else {
            gap = gap.max(gap_of(c, at(i + 1)));
        }
        i += 1;
    }
    out
}

fn gap_of(c: char, next: Option<char>) -> Gap {
    match c {
        '-' | '\u{2010}' | '\u{2011}' if next.is_some_and(char::is_alphanumeric) => Gap::Hyphen,
        '.' if next.is_some_and(char::is_alphanumeric) => Gap::Joined,
        '.' | '!' | '?' | '\n' | '…' => Gap::Stop,
        ',' | ';' | ':' | '(' | ')' | '-' | '–' | '—' | '"' => Gap::Comma,
        _ => Gap::Space,
    }
}

fn inside(c: char, before: Option<char>, after: Option<char>, so_far: &str) -> bool {
    let digits_around = before.is_some_and(|b| b.is_ascii_digit()) && after.is_some_and(|a| a.is_ascii_digit());
    match c {
        '\'' | '\u{2019}' => after.is_some_and(char::is_alphabetic),
        '.' | ':' | ',' | '/' => digits_around,
        '-' => digits_around && (so_far.len() == 4 || so_far.contains('-')),
        _ => c.is_alphanumeric(),
    }
}

fn push_chunk(text: &str, chunk: &Chunk, out: &mut Vec<Token>) {
    let raw = text.get(chunk.start..chunk.end).unwrap_or("");
    let mut gap = chunk.gap;
    if gap == Gap::Stop && out.last().is_some_and(|t| ABBREVIATIONS.contains(&t.word.as_str())) {
        gap = Gap::Space;
    }
    let capital = raw.chars().next().is_some_and(char::is_uppercase);
    let shouted = raw.chars().count() >= 2 && raw.chars().all(|c| c.is_uppercase() || c.is_ascii_digit());
    let mut first = true;
    for word in words_of(raw, chunk.implied) {
        let gap = if std::mem::take(&mut first) { gap } else { Gap::Joined };
        out.push(Token { word, start: chunk.start, end: chunk.end, gap, capital, shouted, spelled: false });
    }
}

/// The plain words of one written word: contractions, times and amounts come apart.
fn words_of(raw: &str, implied: Option<&'static str>) -> Vec<String> {
    if let Some(word) = implied {
        return vec![word.to_owned()];
    }
    let mut plain = String::with_capacity(raw.len());
    for c in raw.chars() {
        match c {
            '\'' | '\u{2019}' => plain.push('\''),
            _ => fold(c, &mut plain),
        }
    }
    if plain.starts_with(|c: char| c.is_ascii_digit()) {
        return number_words(&plain);
    }
    if let Some((head, tail)) = plain.split_once('\'') {
        return contraction(head, tail);
    }
    match CONTRACTED.iter().find(|(short, _)| *short == plain) {
        Some((_, long)) => long.split(' ').map(str::to_owned).collect(),
        None => vec![plain],
    }
}

fn number_words(plain: &str) -> Vec<String> {
    let digits_end = plain.find(|c: char| c.is_alphabetic() || c == '\'').unwrap_or(plain.len());
    let (digits, tail) = plain.split_at(digits_end);
    let digits = if thousands(digits) { digits.replace(',', "") } else { digits.to_owned() };
    match tail {
        "" => digits.split(',').map(str::to_owned).collect(),
        "st" | "nd" | "rd" | "th" => vec![format!("{digits}{tail}")],
        "am" | "pm" | "a" | "p" | "usd" | "eur" | "gbp" | "star" | "stars" | "nights" | "days" | "h" => {
            let unit = match tail {
                "a" => "am",
                "p" => "pm",
                _ => tail,
            };
            vec![digits, unit.to_owned()]
        }
        "k" => vec![format!("{digits}000")],
        _ => vec![plain.replace('\'', "")],
    }
}

fn thousands(digits: &str) -> bool {
    let mut groups = digits.split(',');
    groups.next().is_some_and(|first| (1..=3).contains(&first.len()))
        && groups.all(|g| g.len() == 3 || g.len() == 6 && g.contains('.'))
}

fn contraction(head: &str, tail: &str) -> Vec<String> {
    let second = match tail {
        "ll" => "will",
        "d" => "would",
        "m" => "am",
        "re" => "are",
        "ve" => "have",
        "s" if IS_HEADS.contains(&head) => "is",
        _ => return vec![format!("{head}{}", tail.replace('\'', ""))],
    };
    vec![head.to_owned(), second.to_owned()]
}

/// Joins letters written with dots or hyphens between them into one spelled word.
fn join_spelled(tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        let linked = matches!(token.gap, Gap::Joined | Gap::Hyphen) && single(&token.word);
        match out.last_mut() {
            Some(last) if linked && (last.spelled || single(&last.word)) && last.end <= token.start => {
                last.word.push_str(&token.word);
                last.end = token.end;
                last.spelled = true;
                last.shouted = last.capital;
            }
            _ => out.push(token),
        }
    }
    out
}

fn single(word: &str) -> bool {
    word.len() == 1
}

const ABBREVIATIONS: [&str; 10] = ["st", "mt", "ft", "dr", "mr", "mrs", "ms", "am", "pm", "jr"];

const IS_HEADS: [&str; 10] = ["what", "that", "it", "there", "here", "how", "where", "who", "when", "name"];

const CONTRACTED: [(&str, &str); 22] = [
    ("im", "i am"),
    ("ill", "i will"),
    ("id", "i would"),
    ("ive", "i have"),
    ("whats", "what is"),
    ("thats", "that is"),
    ("hows", "how is"),
    ("wheres", "where is"),
    ("whos", "who is"),
    ("its", "it is"),
    ("youre", "you are"),
    ("weve", "we have"),
    ("youll", "you will"),
    ("theyre", "they are"),
    ("gonna", "going to"),
    ("wanna", "want to"),
    ("gotta", "got to"),
    ("lemme", "let me"),
    ("gimme", "give me"),
    ("cannot", "cant"),
    ("airplane", "plane"),
    ("aeroplane", "plane"),
];

/// Currency signs and the word each is read as.
const CURRENCY_SIGNS: [(char, &str); 5] =
    [('$', "dollars"), ('€', "euros"), ('£', "pounds"), ('¥', "yen"), ('₹', "rupees")];

/// Appends the plain lower-case letters of one character.
pub(crate) fn fold(c: char, out: &mut String) {
    match c {
        'à'..='å' | 'À'..='Å' | 'ă' | 'ą' | 'ā' => out.push('a'),
        'æ' | 'Æ' => out.push_str("ae"),
        'ç' | 'Ç' | 'ć' | 'č' | 'Č' => out.push('c'),
        'è'..='ë' | 'È'..='Ë' | 'ę' | 'ě' | 'ē' => out.push('e'),
        'ğ' => out.push('g'),
        'ì'..='ï' | 'Ì'..='Ï' | 'ı' | 'İ' | 'ī' => out.push('i'),
        'ł' | 'Ł' => out.push('l'),
        'ñ' | 'Ñ' | 'ń' | 'ň' => out.push('n'),
        'ò'..='ö' | 'Ò'..='Ö' | 'ø' | 'Ø' | 'ő' | 'ō' => out.push('o'),
        'œ' | 'Œ' => out.push_str("oe"),
        'ř' => out.push('r'),
        'ś' | 'š' | 'Š' | 'ş' | 'ș' | 'Ş' => out.push('s'),
        'ß' => out.push_str("ss"),
        'ț' | 'ţ' => out.push('t'),
        'ù'..='ü' | 'Ù'..='Ü' | 'ű' | 'ū' | 'ů' => out.push('u'),
        'ý' | 'ÿ' | 'Ý' => out.push('y'),
        'ź' | 'ž' | 'ż' | 'Ž' => out.push('z'),
        _ => out.extend(c.to_lowercase()),
    }
}
