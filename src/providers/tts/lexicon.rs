//! The base lexicon of American English, packed inside the binary, and the travel lexicon laid over it. It never guesses.

use std::io::Read;
use std::sync::OnceLock;

/// The part a word plays in its sentence, as far as it changes the sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Nothing known: the commonest reading.
    Unknown,
    /// A noun.
    Noun,
    /// A verb in the present or infinitive.
    Verb,
    /// A verb in the past, or a participle.
    Past,
    /// An adjective.
    Adjective,
    /// The last word of its phrase.
    Final,
}

/// Words and their phonemes, sorted by the bytes of the word.
pub struct Lexicon {
    text: String,
    /// Byte in `text` where each line starts.
    lines: Vec<u32>,
}

/// The lexicon, unpacked on first use (about 4 MB).
pub fn base() -> &'static Lexicon {
    static BASE: OnceLock<Lexicon> = OnceLock::new();
    BASE.get_or_init(|| Lexicon::unpack(include_bytes!("data/lexicon_en_us.z")))
}

/// The phonemes of a name or word of travel, whatever its case.
pub fn travel(word: &str) -> Option<&'static str> {
    static TRAVEL: OnceLock<Vec<(&'static str, &'static str)>> = OnceLock::new();
    let entries = TRAVEL.get_or_init(|| {
        let mut entries: Vec<_> =
            include_str!("data/travel.txt").lines().filter_map(|line| line.split_once(' ')).collect();
        entries.sort_unstable();
        entries
    });
    let lower = word.to_lowercase();
    entries.binary_search_by(|(key, _)| (*key).cmp(&lower)).ok().map(|at| entries[at].1)
}

impl Lexicon {
    /// Unpacks zlib data of front-coded lines: one byte of shared length above '0', the rest of the word, a tab, the phonemes.
    fn unpack(packed: &[u8]) -> Self {
        let mut coded = Vec::new();
        flate2::read::ZlibDecoder::new(packed)
            .read_to_end(&mut coded)
            .expect("the lexicon is packed at build time and tested");
        let mut text = Vec::with_capacity(coded.len() * 2);
        let mut lines = Vec::new();
        let mut last_word = 0..0;
        for line in coded.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
            let shared = usize::from(line[0] - b'0').min(last_word.len());
            let start = text.len();
            lines.push(u32::try_from(start).expect("the lexicon is a few megabytes"));
            text.extend_from_within(last_word.start..last_word.start + shared);
            text.extend_from_slice(&line[1..]);
            let tab = text[start..].iter().position(|b| *b == b'\t').map_or(text.len(), |at| start + at);
            last_word = start..tab;
            text.push(b'\n');
        }
        Self { text: String::from_utf8(text).expect("the lexicon is UTF-8 and tested"), lines }
    }

    /// Words in the lexicon.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether it holds no word at all.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The phonemes of `word` in exactly this case, for the part it plays.
    pub fn exact(&self, word: &str, part: Part) -> Option<&str> {
        let at = self.lines.binary_search_by(|start| self.line(*start).0.as_bytes().cmp(word.as_bytes())).ok()?;
        Some(choose(self.line(self.lines[at]).1, part))
    }

    /// The phonemes of `word` in this case, or of its capitalised or small form when it has that form.
    pub fn find(&self, word: &str, part: Part) -> Option<&str> {
        self.exact(word, part).or_else(|| {
            let lower = word.to_lowercase();
            let capital = capitalised(&lower);
            if word == lower {
                self.exact(&capital, part)
            } else if word == capital || word.chars().all(|c| !c.is_lowercase()) {
                self.exact(&lower, part).or_else(|| self.exact(&capital, part))
            } else {
                None
            }
        })
    }

    fn line(&self, start: u32) -> (&str, &str) {
        let rest = &self.text[start as usize..];
        let end = rest.find('\n').unwrap_or(rest.len());
        rest[..end].split_once('\t').unwrap_or((&rest[..end], ""))
    }
}

/// The reading of an entry like `ɹˈid|Dɹˈɛd` for a part of speech.
fn choose(entry: &str, part: Part) -> &str {
    let mut readings = entry.split('|');
    let first = readings.next().unwrap_or("");
    let wanted: &[char] = match part {
        Part::Unknown => &[],
        Part::Noun => &['N'],
        Part::Verb => &['V'],
        Part::Past => &['D', 'P', 'V'],
        Part::Adjective => &['J'],
        Part::Final => &['E'],
    };
    let tagged: Vec<_> = readings.collect();
    wanted.iter().find_map(|tag| tagged.iter().find_map(|reading| reading.strip_prefix(*tag))).unwrap_or(first)
}

/// `word` with its first letter in upper case.
pub fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_sensible_case() {
        let base = base();
        assert!(base.len() > 180_000, "{}", base.len());
        for (word, part, phonemes) in [
            ("read", Part::Unknown, "ɹˈid"),
            ("read", Part::Past, "ɹˈɛd"),
            ("live", Part::Verb, "lˈɪv"),
            ("close", Part::Unknown, "klˈOs"),
            ("close", Part::Verb, "klˈOz"),
            ("Boston", Part::Unknown, "bˈɔstən"),
            ("boston", Part::Unknown, "bˈɔstən"),
            ("BOSTON", Part::Unknown, "bˈɔstən"),
            ("Flight", Part::Unknown, "flˈIt"),
        ] {
            assert_eq!(base.find(word, part), Some(phonemes), "{word}");
        }
        assert_eq!(base.find("qzxv", Part::Unknown), None);
    }

    #[test]
    fn travel_names_are_there_and_well_formed() {
        assert_eq!(travel("Lufthansa"), Some("lˈʊfthˌɑnsə"));
        assert_eq!(travel("O'Hare"), Some("ˌOhˈɛɹ"));
        for line in include_str!("data/travel.txt").lines() {
            let (word, phonemes) = line.split_once(' ').expect("a word and its phonemes");
            assert_eq!(travel(word), Some(phonemes), "{word} stands twice");
            assert!(
                phonemes.chars().all(|c| "abdefhijklmnoprstuvwzðŋɑɔəɛɜɡɪɹʃʊʌʒʤʧθᵊᵻæˈˌAIOQTWY ".contains(c)),
                "{line}"
            );
        }
    }
}
