//! Reads unknown words by their letters: a decision tree learned from the lexicon, and the names of single letters. It never fails to say something.

use std::io::Read;
use std::sync::OnceLock;

/// Letters of a word that are read; the rest of a longer one is left out.
pub const WORD_LETTERS_MAX: usize = 40;

/// The phonemes of a word never seen before, from its letters `a` to `z`; other characters are skipped. Empty when it has no letter.
pub fn pronounce(word: &str) -> String {
    let letters: Vec<char> =
        word.chars().flat_map(char::to_lowercase).filter(char::is_ascii_lowercase).take(WORD_LETTERS_MAX).collect();
    if !letters.iter().any(|c| "aeiouy".contains(*c)) {
        return letters.iter().filter_map(|c| name(*c)).collect();
    }
    let tree = tree();
    let mut phonemes = String::new();
    let mut context = Context::default();
    for at in 0..letters.len() {
        let said = tree.read(&letters, at, &context);
        phonemes.push_str(said);
        context.hear(said);
    }
    one_stress(&phonemes)
}

/// The name of a letter of the alphabet.
pub fn name(letter: char) -> Option<&'static str> {
    let at = (letter.to_ascii_uppercase() as usize).checked_sub('A' as usize)?;
    NAMES.get(at).copied()
}

/// Keeps the first primary stress and makes later ones secondary; gives the first full vowel one when there is none.
fn one_stress(phonemes: &str) -> String {
    let mut seen = false;
    let stressed: String =
        phonemes.chars().map(|c| if c == 'ˈ' && std::mem::replace(&mut seen, true) { 'ˌ' } else { c }).collect();
    if seen {
        return stressed;
    }
    let full =
        stressed.find(|c: char| "AIOQWYaiuæɑɔɛɜʊʌ".contains(c)).or_else(|| stressed.find(|c: char| "əɪᵻᵊ".contains(c)));
    match full {
        Some(at) => {
            let head = stressed[..at].trim_end_matches('ˌ');
            format!("{head}ˈ{}", &stressed[at..])
        }
        None => stressed,
    }
}

/// What was said so far, as far as the tree asks for it.
#[derive(Default)]
struct Context {
    stressed: bool,
    last: Option<char>,
    before_last: Option<char>,
}

impl Context {
    fn hear(&mut self, said: &str) {
        self.stressed |= said.contains('ˈ');
        if let Some(last) = said.chars().next_back() {
            self.before_last = self.last;
            self.last = Some(last);
        }
    }
}

/// A node: what is said here, and the nodes for the next question's answers.
struct Node {
    key: u32,
    said: (u32, u8),
    first: u32,
    count: u16,
}

struct Tree {
    text: String,
    nodes: Vec<Node>,
    roots: std::ops::Range<usize>,
}

fn tree() -> &'static Tree {
    static TREE: OnceLock<Tree> = OnceLock::new();
    TREE.get_or_init(|| {
        let mut text = String::new();
        flate2::read::ZlibDecoder::new(&include_bytes!("data/letters_en_us.z")[..])
            .read_to_string(&mut text)
            .expect("the tree is packed at build time and tested");
        Tree::parse(text)
    })
}

impl Tree {
    /// Parses nested lines `key TAB said { children } NEWLINE`.
    fn parse(text: String) -> Self {
        let mut nodes = Vec::new();
        let (mut at, mut roots) = (0, Vec::new());
        while at < text.len() {
            roots.push(parse_node(&text, &mut at, &mut nodes));
        }
        let start = nodes.len();
        nodes.extend(roots);
        let end = nodes.len();
        Self { text, nodes, roots: start..end }
    }

    /// What the letter at `at` says, by as much of its surroundings as was ever seen.
    fn read(&self, letters: &[char], at: usize, context: &Context) -> &str {
        let near = |offset: isize| {
            at.checked_add_signed(offset).and_then(|i| letters.get(i)).map_or('_' as u32, |c| *c as u32)
        };
        let state = state_key(context);
        let before_last = context.before_last.map_or(0, |c| c as u32);
        let answers =
            [near(1), near(-1), near(2), state, near(-2), near(3), before_last, near(-3), near(4), near(-4), near(5)];
        let Some(mut node) = self.nodes[self.roots.clone()].iter().find(|node| node.key == letters[at] as u32) else {
            return "";
        };
        for answer in answers {
            let children = &self.nodes[node.first as usize..node.first as usize + usize::from(node.count)];
            let Some(child) = children.iter().find(|child| child.key == answer) else { break };
            node = child;
        }
        &self.text[node.said.0 as usize..node.said.0 as usize + usize::from(node.said.1)]
    }
}

fn state_key(context: &Context) -> u32 {
    let flag = u32::from(if context.stressed { '1' } else { '0' });
    context.last.map_or(flag, |last| flag << 21 | last as u32)
}

fn parse_node(text: &str, at: &mut usize, nodes: &mut Vec<Node>) -> Node {
    let tab = text[*at..].find('\t').map_or(text.len(), |found| *at + found);
    let key = key_of(&text[*at..tab]);
    let said_at = (tab + 1).min(text.len());
    let end = text[said_at..].find(['{', '\n']).map_or(text.len(), |found| said_at + found);
    let said = (u32::try_from(said_at).unwrap_or(0), u8::try_from(end - said_at).unwrap_or(0));
    *at = end;
    let mut children = Vec::new();
    if text[*at..].starts_with('{') {
        *at += 1;
        while *at < text.len() && !text[*at..].starts_with('}') {
            children.push(parse_node(text, at, nodes));
        }
        *at += 1;
    }
    *at += 1;
    let (first, count) = (nodes.len(), children.len());
    nodes.extend(children);
    Node { key, said, first: u32::try_from(first).unwrap_or(0), count: u16::try_from(count).unwrap_or(0) }
}

fn key_of(key: &str) -> u32 {
    let mut chars = key.chars();
    match (chars.next(), chars.next()) {
        (Some(flag), Some(last)) => (flag as u32) << 21 | last as u32,
        (Some(only), None) => only as u32,
        _ => 0,
    }
}

const NAMES: [&str; 26] = [
    "ˈA",
    "bˈi",
    "sˈi",
    "dˈi",
    "ˈi",
    "ˈɛf",
    "ʤˈi",
    "ˈAʧ",
    "ˈI",
    "ʤˈA",
    "kˈA",
    "ˈɛl",
    "ˈɛm",
    "ˈɛn",
    "ˈO",
    "pˈi",
    "kjˈu",
    "ˈɑɹ",
    "ˈɛs",
    "tˈi",
    "jˈu",
    "vˈi",
    "dˈʌbᵊlju",
    "ˈɛks",
    "wˈI",
    "zˈi",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_are_said_sanely() {
        for (word, expected) in [
            ("Anderson", "ˈændəɹsᵊn"),
            ("Wyndham", "wˈɪndəm"),
            ("Hertzel", "hˈɜɹtsᵊl"),
            ("Kowalski", "kˌWᵊlskˈi"),
            ("Thompson", "tˈɔmpsᵊn"),
        ] {
            let said = pronounce(word);
            assert!(said.matches('ˈ').count() == 1, "{word}: {said}");
            assert!(distance(&said, expected) <= 3, "{word}: {said}, expected about {expected}");
        }
        assert_eq!(pronounce("xyz!"), pronounce("xyz"));
        assert_eq!(pronounce("§§"), "");
        assert_eq!(pronounce("klm"), "kˈAˈɛlˈɛm");
        assert!(pronounce(&"ab".repeat(500)).len() < 400);
    }

    fn distance(a: &str, b: &str) -> usize {
        let b: Vec<char> = b.chars().collect();
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.chars().enumerate() {
            let mut last = std::mem::replace(&mut row[0], i + 1);
            for j in 0..b.len() {
                let cost = last + usize::from(x != b[j]);
                last = row[j + 1];
                row[j + 1] = cost.min(row[j] + 1).min(last + 1);
            }
        }
        row[b.len()]
    }
}
