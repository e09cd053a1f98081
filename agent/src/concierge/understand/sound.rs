//! How alike two names sound and look. It knows no places and never decides.

/// The sound of a word in consonant classes: voiced and voiceless fall together, vowels count only at the start.
///
/// The classes are P (b p), F (f v ph), T (d t th), S (s z soft c), X (sh ch j soft g), K (c g k q), L, M, N, R, W, Y, H and A (a vowel that begins).
pub(crate) fn sound(word: &str) -> String {
    let letters: Vec<u8> = word.bytes().filter(u8::is_ascii_lowercase).collect();
    let at = |i: usize| letters.get(i).copied().unwrap_or(0);
    let mut out = String::with_capacity(letters.len());
    let mut i = silent_start(&letters);
    while i < letters.len() {
        let (class, step) = class(&at, i, i == 0);
        for c in class.chars() {
            if !out.ends_with(c) {
                out.push(c);
            }
        }
        i += step;
    }
    out
}

fn silent_start(letters: &[u8]) -> usize {
    let pair = letters.get(..2).unwrap_or(&[]);
    usize::from([b"kn", b"gn", b"pn", b"ps", b"wr"].iter().any(|p| p.as_slice() == pair))
}

fn class(at: &impl Fn(usize) -> u8, i: usize, first: bool) -> (&'static str, usize) {
    let next = at(i + 1);
    let soft = matches!(next, b'e' | b'i' | b'y');
    match at(i) {
        b'a' | b'e' | b'i' | b'o' | b'u' => (if first { "A" } else { "" }, 1),
        b'b' if next == 0 && i > 0 && at(i - 1) == b'm' => ("", 1),
        b'p' if next == b'h' => ("F", 2),
        b'b' | b'p' => ("P", 1),
        b'f' | b'v' => ("F", 1),
        b't' if next == b'c' && at(i + 2) == b'h' => ("X", 3),
        b't' if next == b'i' && matches!(at(i + 2), b'o' | b'a') => ("X", 2),
        b'd' if next == b'g' && matches!(at(i + 2), b'e' | b'i') => ("X", 2),
        b't' | b'd' => ("T", if next == b'h' { 2 } else { 1 }),
        b'c' if next == b'h' => ("X", 2),
        b'c' if soft => ("S", 1),
        b'g' if next == b'h' => (if first { "K" } else { "" }, 2),
        b'g' if next == b'n' && at(i + 2) == 0 => ("", 1),
        b'g' if soft => ("X", 1),
        b's' if next == b'h' => ("X", 2),
        b's' if next == b'c' && at(i + 2) == b'h' => ("X", 3),
        b's' if next == b'c' && matches!(at(i + 2), b'e' | b'i' | b'y') => ("S", 2),
        b's' | b'z' => ("S", 1),
        b'c' | b'g' | b'k' | b'q' => ("K", 1),
        b'j' => ("X", 1),
        b'x' if first => ("S", 1),
        b'x' => ("KS", 1),
        b'l' => ("L", 1),
        b'm' => ("M", 1),
        b'n' => ("N", 1),
        b'r' => ("R", 1),
        b'h' => (if first { "H" } else { "" }, 1),
        b'w' => (if first { "W" } else { "" }, 1),
        b'y' => (if first { "Y" } else { "" }, 1),
        _ => ("", 1),
    }
}

/// How alike two words are, 0.0 to 1.0: half letters, half sound; a longer word that sounds the same counts for more.
///
/// Answers zero for what cannot reach `least`, given the least number of letters that must change.
pub(crate) fn likeness_above(least: f32, changes: usize, a: &str, a_sound: &str, b: &str, b_sound: &str) -> f32 {
    let sounds = near(a_sound, b_sound);
    if mix(share(changes, a, b), sounds, a_sound) < least {
        return 0.0;
    }
    let mut score = mix(near(a, b), sounds, a_sound);
    if a.bytes().next() != b.bytes().next() && a_sound.bytes().next() != b_sound.bytes().next() {
        score -= 0.08;
    }
    score.max(0.0)
}

/// How alike two words are, whatever comes of it.
pub(crate) fn likeness(a: &str, a_sound: &str, b: &str, b_sound: &str) -> f32 {
    likeness_above(0.0, 0, a, a_sound, b, b_sound)
}

fn mix(letters: f32, sounds: f32, a_sound: &str) -> f32 {
    let even = 0.5 * letters + 0.5 * sounds;
    if sounds >= 1.0 && a_sound.len() >= 4 { even.max(0.55 + 0.45 * letters) } else { even }
}

/// One minus the part of a word that some changes are.
fn share(changes: usize, a: &str, b: &str) -> f32 {
    1.0 - changes as f32 / a.len().max(b.len()).max(1) as f32
}

/// How often each letter stands in a word.
pub(crate) type Bag = [u8; 32];

/// Counts the letters of a word.
pub(crate) fn bag(word: &str) -> Bag {
    let mut bag: Bag = [0; 32];
    for b in word.bytes() {
        let cell = &mut bag[usize::from(b & 31)];
        *cell = cell.saturating_add(1);
    }
    bag
}

/// The least number of changes between two words that their letters allow.
pub(crate) fn changes_min(a: &Bag, b: &Bag) -> usize {
    let (mut more, mut less) = (0_u32, 0_u32);
    for i in 0..32 {
        more += u32::from(a[i].saturating_sub(b[i]));
        less += u32::from(b[i].saturating_sub(a[i]));
    }
    more.max(less) as usize
}

/// One minus the share of letters that must be changed.
fn near(a: &str, b: &str) -> f32 {
    share(distance(a.as_bytes(), b.as_bytes()), a, b)
}

/// Changes from one word to another: a letter put in, left out, put for another, or two swapped. Letters beyond the bound are not compared.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let (a, b) = (&a[..a.len().min(LETTERS_MAX)], &b[..b.len().min(LETTERS_MAX)]);
    let mut before = [0_u8; LETTERS_MAX + 1];
    let mut last = [0_u8; LETTERS_MAX + 1];
    let mut row = [0_u8; LETTERS_MAX + 1];
    for (j, cell) in (0..).zip(last.iter_mut()) {
        *cell = j;
    }
    for i in 1..=a.len() {
        row[0] = last[0] + 1;
        for j in 1..=b.len() {
            let change = u8::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        std::mem::swap(&mut before, &mut last);
        std::mem::swap(&mut last, &mut row);
    }
    usize::from(last[b.len()])
}

/// Letters of a name that are compared.
const LETTERS_MAX: usize = 28;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sounds_alike_has_one_sound() {
        for (a, b) in [
            ("phoenix", "feenix"),
            ("albuquerque", "albuhkirky"),
            ("denver", "denfor"),
            ("sandiego", "sanddiego"),
            ("seattle", "seaattle"),
        ] {
            assert_eq!(sound(a), sound(b), "{a} {b}");
        }
        assert_ne!(sound("boston"), sound("austin"));
    }

    #[test]
    fn likeness_orders_the_plausible_first() {
        let like = |a: &str, b: &str| likeness(a, &sound(a), b, &sound(b));
        assert!(like("denvor", "denver") > 0.85);
        assert!(like("toronno", "toronto") > 0.75);
        assert!(like("bostan", "boston") > like("bostan", "austin"));
        assert!(like("wakanda", "canada") < 0.75);
        assert!((like("", "") - 1.0).abs() < f32::EPSILON);
    }
}
