//! Which part of a text some heard words are, as a voice elsewhere reports them. It knows no sound.

use std::ops::Range;

/// Where the words that were heard end in `text`, in bytes: its beginning as far as `heard` says the same, whatever the case and the marks.
/// Words that are not its beginning are looked for further on, and count with what stands before them; words that it does not hold at all
/// count as so many words.
pub(crate) fn until(text: &str, heard: &str) -> usize {
    let (text, heard): (Vec<_>, Vec<_>) = (words(text).collect(), words(heard).collect());
    if heard.is_empty() {
        return 0;
    }
    let same = |from: usize| text[from..].iter().zip(&heard).take_while(|((_, a), (_, b))| a == b).count();
    let from = (0..text.len()).find(|from| same(*from) == heard.len());
    let count = match (same(0), from) {
        (alike, None) if alike > 0 => alike,
        (_, Some(from)) => from + heard.len(),
        (_, None) => heard.len(),
    };
    text.get(count.min(text.len()).wrapping_sub(1)).map_or(0, |(range, _)| range.end)
}

/// Each word with its place, its marks left out.
fn words(text: &str) -> impl Iterator<Item = (Range<usize>, String)> {
    text.split_whitespace().filter_map(move |word| {
        let plain: String = word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let from = word.as_ptr().addr() - text.as_ptr().addr();
        (!plain.is_empty()).then_some((from..from + word.len(), plain))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heard_words_are_found_in_what_was_said() {
        let text = "Life is a complex set of \u{201c}choices\u{201d}, dear. Life is good.";
        let table = [
            ("", ""),
            ("...", ""),
            ("Life is a complex set of", "Life is a complex set of"),
            ("life  is a", "Life is a"),
            ("Life is a complex set of choices", "Life is a complex set of \u{201c}choices\u{201d},"),
            // The voice made something else of the last word.
            ("Life is a complicated", "Life is a"),
            // One sentence alone was reported.
            ("Life is good.", text),
            // Another text altogether: as many words.
            ("La vie est", "Life is a"),
            ("one two three four five six seven eight nine ten eleven twelve thirteen", text),
        ];
        for (heard, want) in table {
            assert_eq!(&text[..until(text, heard)], want, "{heard:?}");
        }
        assert_eq!(until("", "Hello"), 0);
    }
}
