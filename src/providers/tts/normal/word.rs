//! The words of the normaliser: chunks of source text and what is said for them. It decides nothing.

/// One thing to be pronounced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spoken {
    /// A word, in the case it was written in.
    Word(String),
    /// A letter said by its name.
    Letter(char),
    /// A short break inside a code, so that it can be written down.
    Breath,
}

/// A stretch of the source and what is said for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceWord {
    /// First byte in the source.
    pub from: usize,
    /// One past the last byte, without the punctuation that follows.
    pub to: usize,
    /// What is said; never empty.
    pub spoken: Vec<Spoken>,
    /// The punctuation heard after it: one of `, ; : . ! ? — …`.
    pub mark: Option<char>,
}

/// A run of text between white space, with the punctuation around it peeled off.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'a> {
    /// The text itself.
    pub text: &'a str,
    /// First byte of `text` in the source.
    pub from: usize,
    /// Punctuation peeled from the front.
    pub lead: &'a str,
    /// Punctuation peeled from the end.
    pub trail: &'a str,
}

impl Chunk<'_> {
    /// One past the last byte of the text in the source.
    pub fn to(&self) -> usize {
        self.from + self.text.len()
    }

    /// This chunk said as `said`, word by word.
    pub fn say(&self, said: &str) -> SourceWord {
        self.speak(words(said))
    }

    /// This chunk said as `spoken`.
    pub fn speak(&self, spoken: Vec<Spoken>) -> SourceWord {
        SourceWord { from: self.from, to: self.to(), spoken, mark: mark(self.trail) }
    }

    /// This chunk and the ones up to `last`, said as `said`: one stretch of the source.
    pub fn say_through(&self, last: &Self, said: &str) -> SourceWord {
        SourceWord { from: self.from, to: last.to(), spoken: words(said), mark: mark(last.trail) }
    }
}

/// A place in the chunks: what stands here, before and after.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// All chunks of the text.
    pub chunks: &'a [Chunk<'a>],
    /// The chunk looked at.
    pub at: usize,
}

impl<'a> Place<'a> {
    /// The chunk here.
    pub fn here(&self) -> &'a Chunk<'a> {
        &self.chunks[self.at]
    }

    /// The chunk `steps` further when nothing but white space parts them from here.
    pub fn joined(&self, steps: usize) -> Option<&'a Chunk<'a>> {
        let between = self.chunks.get(self.at..self.at + steps)?;
        let chunk = self.chunks.get(self.at + steps)?;
        (between.iter().all(|c| c.trail.is_empty()) && chunk.lead.is_empty()).then_some(chunk)
    }

    /// The chunk after here, whatever punctuation parts them.
    pub fn next(&self) -> Option<&'a Chunk<'a>> {
        self.chunks.get(self.at + 1)
    }

    /// The text of the chunk `steps` before here, in lower case; empty when there is none.
    pub fn before(&self, steps: usize) -> String {
        self.at
            .checked_sub(steps)
            .and_then(|at| self.chunks.get(at))
            .map_or_else(String::new, |c| c.text.to_lowercase())
    }
}

/// What a reader made of the chunks from a place on: how many it took, and the words.
pub type Reading = Option<(usize, Vec<SourceWord>)>;

/// The words of `said`, parted at white space; a single `,` is a breath and `_X` the letter X by its name.
pub fn words(said: &str) -> Vec<Spoken> {
    said.split_whitespace().map(word).collect()
}

fn word(said: &str) -> Spoken {
    let mut chars = said.chars();
    match (chars.next(), chars.next(), chars.next()) {
        (Some(','), None, _) => Spoken::Breath,
        (Some('_'), Some(letter), None) => Spoken::Letter(letter),
        _ => Spoken::Word(said.to_owned()),
    }
}

/// The punctuation that is heard in a run of it.
pub fn mark(trail: &str) -> Option<char> {
    ['?', '!', '.', '…', ';', ':', '—', ','].into_iter().find(|&m| trail.contains(m))
}
