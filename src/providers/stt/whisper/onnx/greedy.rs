//! Which token comes next: the most likely one that Whisper's rules of timestamps allow. It never computes a logit.

/// A timestamp token stands for this many seconds.
const TICK_S: f32 = 0.02;
/// The first timestamp is at most this late, in ticks: one second.
const FIRST_TICKS_MAX: usize = 50;
/// A phrase shorter than this many tokens may be said twice on purpose.
const LOOP_TOKENS_MIN: usize = 3;
/// A closing timestamp this near to the sound's end, in seconds, ends the text.
const END_S: f32 = 0.6;

/// Numbers of the special tokens; text comes before them, timestamps after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Special {
    /// Ends a text.
    pub(super) end: usize,
    /// Starts a transcript.
    pub(super) start: usize,
    /// Languages, of the multilingual model alone.
    pub(super) languages: usize,
    /// Asks for a transcript, of the multilingual model alone.
    pub(super) transcribe: usize,
    /// Nobody speaks.
    pub(super) no_speech: usize,
    /// The timestamp of the beginning.
    pub(super) zero: usize,
}

impl Special {
    /// The numbers of a model with so many tokens: the English one has 51,864, the multilingual one 51,865, later ones more languages.
    pub(super) fn of(vocabulary: usize) -> Self {
        let more = vocabulary.saturating_sub(51_864);
        let languages = if more == 0 { 99 } else { 98 + more };
        let start = 50_257 + usize::from(more > 0);
        let transcribe = start + languages + 2;
        let no_speech = transcribe + 3;
        Self {
            end: start - 1,
            start,
            languages: if more == 0 { 0 } else { languages },
            transcribe,
            no_speech,
            zero: no_speech + 2,
        }
    }
}

/// What was decoded so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Tokens {
    all: Vec<usize>,
    text: Vec<usize>,
    logprobs: Vec<f32>,
}

/// What follows a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// This token goes in next.
    Token(usize),
    /// The text is complete.
    End,
}

impl Tokens {
    /// The tokens of text.
    pub(super) fn text(&self) -> &[usize] {
        &self.text
    }

    /// The log probability of each of them.
    pub(super) fn logprobs(&self) -> &[f32] {
        &self.logprobs
    }

    /// Mean log probability of the tokens of text; 0.0 without any.
    pub(super) fn mean_logprob(&self) -> f32 {
        if self.text.is_empty() { 0.0 } else { self.logprobs.iter().sum::<f32>() / self.text.len() as f32 }
    }

    /// Takes the most likely token that is allowed; `sound_s` is the length of the sound in seconds.
    pub(super) fn take(&mut self, logits: &mut [f32], special: &Special, sound_s: f32) -> Next {
        self.forbid(logits, special);
        let (text, times) = logits.split_at_mut(special.zero);
        let top = top(logits_of(text)).max(top(logits_of(times)));
        let sum = |part: &[f32]| part.iter().map(|logit| (logit - top).exp()).sum::<f32>();
        let (likely_time, likely_text) = (sum(times), (self::top(logits_of(text)) - top).exp());
        let whole = (sum(text) + likely_time).ln() + top;
        // Whisper's rule: when all timestamps together are likelier than any word, it is a timestamp.
        let token = if likely_time > likely_text { special.zero + best(times) } else { best(logits) };
        let logit = logits[token];
        self.note(token, logit - whole, special, sound_s)
    }

    fn note(&mut self, token: usize, logprob: f32, special: &Special, sound_s: f32) -> Next {
        if token == special.end {
            return Next::End;
        }
        let closes = token >= special.zero && !self.all.is_empty();
        let at_end = (token.saturating_sub(special.zero)) as f32 * TICK_S >= sound_s - END_S;
        self.all.push(token);
        if token < special.end {
            self.text.push(token);
            self.logprobs.push(logprob);
        }
        if closes && at_end || self.loops() {
            return Next::End;
        }
        Next::Token(token)
    }

    /// Makes impossible what the rules do not allow next.
    fn forbid(&self, logits: &mut [f32], special: &Special) {
        let (end, zero) = (special.end, special.zero);
        logits[end + 1..zero].fill(f32::NEG_INFINITY);
        let is_time = |token: Option<&usize>| token.is_none_or(|token| *token >= zero);
        match self.all.len().checked_sub(1) {
            None => {
                logits[..=end].fill(f32::NEG_INFINITY);
                logits[zero + FIRST_TICKS_MAX + 1..].fill(f32::NEG_INFINITY);
            }
            Some(last) if is_time(self.all.get(last)) => {
                // Two timestamps side by side are followed by words, one that closed a phrase by its partner or the end.
                if is_time(last.checked_sub(1).and_then(|before| self.all.get(before))) {
                    logits[zero..].fill(f32::NEG_INFINITY);
                } else {
                    logits[..end].fill(f32::NEG_INFINITY);
                }
            }
            Some(_) => {}
        }
        if let Some(latest) = self.all.iter().rfind(|token| **token >= zero) {
            // Time does not run backwards, nor stand still while words are said.
            let from = *latest + usize::from(self.all.last().is_some_and(|last| *last < zero));
            let from = from.min(logits.len());
            logits[zero..from].fill(f32::NEG_INFINITY);
        }
    }

    /// Do the last tokens of text repeat those before them?
    fn loops(&self) -> bool {
        let text = &self.text;
        (LOOP_TOKENS_MIN..=text.len() / 2).any(|phrase| {
            let (before, last) = text.split_at(text.len() - phrase);
            before.ends_with(last)
        })
    }
}

fn logits_of(part: &[f32]) -> impl Iterator<Item = f32> + '_ {
    part.iter().copied()
}

fn top(logits: impl Iterator<Item = f32>) -> f32 {
    logits.fold(f32::NEG_INFINITY, f32::max)
}

fn best(logits: &[f32]) -> usize {
    logits.iter().enumerate().max_by(|one, other| one.1.total_cmp(other.1)).map_or(0, |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: usize = 51_864;

    fn step(tokens: &mut Tokens, likely: &[(usize, f32)]) -> Next {
        let mut logits = vec![-20.0; ENGLISH];
        likely.iter().for_each(|&(token, logit)| logits[token] = logit);
        tokens.take(&mut logits, &Special::of(ENGLISH), 3.0)
    }

    #[test]
    fn the_special_tokens_are_openais() {
        let english =
            Special { end: 50_256, start: 50_257, languages: 0, transcribe: 50_358, no_speech: 50_361, zero: 50_363 };
        assert_eq!(Special::of(51_864), english);
        let all =
            Special { end: 50_257, start: 50_258, languages: 99, transcribe: 50_359, no_speech: 50_362, zero: 50_364 };
        assert_eq!(Special::of(51_865), all);
    }

    #[test]
    fn a_text_begins_with_a_timestamp_and_ends_near_the_sounds_end() {
        let mut tokens = Tokens::default();
        assert_eq!(step(&mut tokens, &[(100, 9.0), (50_363, 1.0)]), Next::Token(50_363));
        assert_eq!(step(&mut tokens, &[(50_400, 9.0), (100, 1.0)]), Next::Token(100));
        assert_eq!(step(&mut tokens, &[(50_363 + 140, 9.0), (100, 1.0)]), Next::End);
        assert_eq!(tokens.text(), [100]);
        assert!(tokens.mean_logprob() < 0.0);
    }

    #[test]
    fn timestamps_win_together() {
        let mut tokens = Tokens::default();
        step(&mut tokens, &[(50_363, 5.0)]);
        step(&mut tokens, &[(100, 5.0)]);
        let times: Vec<(usize, f32)> = (0..4).map(|n| (50_363 + 20 + n, 4.0)).collect();
        let next = step(&mut tokens, &[&times[..], &[(200, 4.5)]].concat());
        assert!(matches!(next, Next::Token(token) if token >= 50_363), "{next:?}");
        // A phrase that was closed in the middle of the sound is followed by no word.
        assert_eq!(step(&mut tokens, &[(300, 9.0)]), Next::End);
    }

    #[test]
    fn a_loop_ends_the_text() {
        let mut tokens = Tokens::default();
        step(&mut tokens, &[(50_363, 5.0)]);
        let next = [1, 2, 3, 1, 2, 3].map(|word| step(&mut tokens, &[(word, 5.0)]));
        assert_eq!(next[5], Next::End);
        assert!(next[..5].iter().all(|next| matches!(next, Next::Token(_))));
    }
}
