//! Words of a text, and how two rows of them differ. It knows no sound.

/// The words of a text, in lower case, without marks.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace('\u{2019}', "'")
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Substitutions, insertions and deletions that make one row of words the other.
pub(crate) fn word_errors(truth: &[String], heard: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=heard.len()).collect();
    for (at, word) in truth.iter().enumerate() {
        let mut before = row[0];
        row[0] = at + 1;
        for (n, other) in heard.iter().enumerate() {
            let here = (before + usize::from(word != other)).min(row[n] + 1).min(row[n + 1] + 1);
            before = std::mem::replace(&mut row[n + 1], here);
        }
    }
    row[heard.len()]
}
