//! Turns written travel English into the words that are said, each with the bytes it came from. It never pronounces them.

pub mod codes;
pub mod marks;
pub mod measure;
pub mod money;
pub mod numerals;
pub mod when;
pub mod word;

use crate::providers::tts::normal::word::{Chunk, Place, SourceWord, Spoken, mark};

/// The words of `text` in order; every stretch of it that can be said belongs to exactly one of them.
pub fn normalise(text: &str) -> Vec<SourceWord> {
    let chunks = chunks(text);
    let mut words: Vec<SourceWord> = Vec::new();
    let mut at = 0;
    while at < chunks.len() {
        let place = Place { chunks: &chunks, at };
        if chunks[at].lead.contains(['(', '—', '–', '…', '[']) {
            pause_before(&mut words);
        }
        let (taken, read) = read(place);
        words.extend(read.into_iter().filter(|word| !word.spoken.is_empty()));
        at += taken.max(1);
        close_bracket(&mut words, &chunks, at);
    }
    words
}

/// What stands here, by the first reader that knows it.
fn read(place: Place<'_>) -> (usize, Vec<SourceWord>) {
    when::read(place)
        .or_else(|| money::read(place))
        .or_else(|| codes::read(place))
        .or_else(|| marks::read(place))
        .or_else(|| measure::read(place))
        .unwrap_or_else(|| (1, vec![plain(place.here())]))
}

/// An ordinary word, or several joined by hyphens or slashes.
fn plain(chunk: &Chunk<'_>) -> SourceWord {
    let text = chunk
        .text
        .replace(['’', '‘', 'ʼ'], "'")
        .replace("and/or", "and or")
        .replace('/', " or ")
        .replace('&', " and ")
        .replace('+', " plus ")
        .replace('@', " at ");
    let spoken: Vec<_> = text
        .split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '-'))
        .map(|part| part.trim_matches(['-', '\'']))
        .filter(|part| part.chars().any(char::is_alphanumeric))
        .map(|part| Spoken::Word(part.to_owned()))
        .collect();
    chunk.speak(spoken)
}

/// A bracket or dash that opens is heard as a short pause.
fn pause_before(words: &mut [SourceWord]) {
    if let Some(last) = words.last_mut() {
        last.mark = last.mark.or(Some(','));
    }
}

/// A bracket that closes is heard as a short pause when the text goes on.
fn close_bracket(words: &mut [SourceWord], chunks: &[Chunk<'_>], at: usize) {
    if at > 0 && at < chunks.len() && chunks[at - 1].trail.contains([')', ']']) {
        pause_before(words);
    }
}

/// The text cut at white space and long dashes, with the punctuation peeled off.
fn chunks(text: &str) -> Vec<Chunk<'_>> {
    let mut chunks = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let long_dash = c == '—' || c == '…' || (c == '–' && !between_digits(text, at));
        match (c.is_whitespace() || long_dash, start) {
            (true, Some(from)) => {
                let end = if long_dash { at + c.len_utf8() } else { at };
                push_chunk(text, from, end, &mut chunks);
                start = None;
            }
            (false, None) => start = Some(at),
            _ => {}
        }
        // A dash that stands alone belongs to what came before it, with the white space between.
        if let (true, None, Some(last)) = (long_dash, start, chunks.last_mut()) {
            last.trail = &text[last.to()..at + c.len_utf8()];
        }
    }
    chunks
}

fn between_digits(text: &str, at: usize) -> bool {
    let digit = |c: char| c.is_ascii_digit() || "$€£".contains(c);
    text[..at].ends_with(digit) && text[at..].chars().nth(1).is_some_and(digit)
}

fn push_chunk<'a>(text: &'a str, from: usize, end: usize, chunks: &mut Vec<Chunk<'a>>) {
    let raw = &text[from..end];
    let body = raw.trim_start_matches(opens);
    let lead = &raw[..raw.len() - body.len()];
    let core = body.trim_end_matches(closes);
    // "a.m." and "U.S." keep their inner stops and lose only the last.
    let trail = &body[core.len()..];
    if core.is_empty() {
        // Punctuation alone belongs to what came before it.
        if let (Some(last), Some(_)) = (chunks.last_mut(), mark(raw).or(raw.contains(['-', '–']).then_some(','))) {
            if last.trail.is_empty() {
                last.trail = if raw.contains(['-', '–']) { "," } else { raw };
            }
        }
        return;
    }
    chunks.push(Chunk { text: core, from: from + lead.len(), lead, trail });
}

fn opens(c: char) -> bool {
    matches!(
        c,
        '(' | '['
            | '{'
            | '"'
            | '“'
            | '„'
            | '«'
            | '‘'
            | '\''
            | '’'
            | '*'
            | '_'
            | '`'
            | '<'
            | '…'
            | '—'
            | '•'
            | '·'
            | '¿'
            | '¡'
            | '|'
    ) || c == '–'
}

fn closes(c: char) -> bool {
    matches!(
        c,
        '.' | ','
            | '!'
            | '?'
            | ';'
            | ':'
            | ')'
            | ']'
            | '}'
            | '"'
            | '”'
            | '“'
            | '»'
            | '’'
            | '\''
            | '*'
            | '_'
            | '`'
            | '>'
            | '…'
            | '—'
            | '–'
            | '|'
    )
}

#[cfg(test)]
mod tests;
