//! Who agreed to which text, and when: without it no wallet is kept and no reward is shared. It never takes an old text for the new one.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most texts that one account agrees to.
pub const TEXTS_MAX: usize = 64;

/// What was agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Text {
    /// The terms of rewards.
    Rewards,
    /// That we keep a wallet for the traveller.
    Custody,
    /// That a friend's bookings are told to whoever brought them, as amounts.
    Referral,
}

impl Text {
    /// One word for it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Rewards => "rewards",
            Self::Custody => "custody",
            Self::Referral => "referral",
        }
    }

    /// The text of a word.
    #[must_use]
    pub fn of_label(label: &str) -> Option<Self> {
        [Self::Rewards, Self::Custody, Self::Referral].into_iter().find(|text| text.label() == label)
    }
}

/// How it was agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Said aloud after the text was read.
    Spoken,
    /// Ticked on the page.
    Clicked,
    /// Signed with the wallet.
    Signed,
}

impl Way {
    /// One word for it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Spoken => "spoken",
            Self::Clicked => "clicked",
            Self::Signed => "signed",
        }
    }

    /// The way of a word.
    #[must_use]
    pub fn of_label(label: &str) -> Option<Self> {
        [Self::Spoken, Self::Clicked, Self::Signed].into_iter().find(|way| way.label() == label)
    }
}

/// One agreement, or its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// To what.
    pub text: Text,
    /// The version of the text: a higher one is a newer one.
    pub version: u32,
    /// In which language it was read (BCP 47).
    pub language: String,
    /// How.
    pub way: Way,
    /// When, in ms since 1970.
    pub at_ms: u64,
    /// It was taken back then.
    pub withdrawn_ms: Option<u64>,
}

impl Consent {
    /// Whether it held at a moment.
    fn held(&self, at_ms: u64) -> bool {
        self.at_ms <= at_ms && self.withdrawn_ms.is_none_or(|end_ms| at_ms < end_ms)
    }
}

/// What one account agreed to. Nothing is deleted by agreeing anew: the newest counts, and those before are the record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consents {
    given: BTreeMap<Text, Vec<Consent>>,
}

/// There are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an account has at most {TEXTS_MAX} agreements to one text: ask support to archive the old ones")]
pub struct TooMany;

impl Consents {
    /// Notes an agreement; the same one twice is one.
    ///
    /// # Errors
    /// There are [`TEXTS_MAX`] already.
    pub fn give(&mut self, consent: Consent) -> Result<(), TooMany> {
        let list = self.given.entry(consent.text).or_default();
        if list.contains(&consent) {
            return Ok(());
        }
        if list.len() >= TEXTS_MAX {
            return Err(TooMany);
        }
        list.push(consent);
        Ok(())
    }

    /// Takes back every agreement to a text. Says whether there was one.
    pub fn withdraw(&mut self, text: Text, now_ms: u64) -> bool {
        let open = self.given.get_mut(&text).into_iter().flatten().filter(|consent| consent.withdrawn_ms.is_none());
        open.map(|consent| consent.withdrawn_ms = Some(now_ms)).count() > 0
    }

    /// Whether a text of this version, or a newer one, is agreed to.
    #[must_use]
    pub fn covers(&self, text: Text, version: u32) -> bool {
        self.of(text).any(|consent| consent.withdrawn_ms.is_none() && consent.version >= version)
    }

    /// The same, as it was at a moment.
    #[must_use]
    pub fn covered(&self, text: Text, version: u32, at_ms: u64) -> bool {
        self.of(text).any(|consent| consent.version >= version && consent.held(at_ms))
    }

    /// Whether a text was agreed to before a moment, and at that moment was no more.
    #[must_use]
    pub fn was_taken_back(&self, text: Text, at_ms: u64) -> bool {
        let mut before = self.of(text).filter(|consent| consent.at_ms <= at_ms).peekable();
        before.peek().is_some() && before.all(|consent| !consent.held(at_ms))
    }

    /// What is agreed to here after the other account's last word on it, and not there: what one and the same person takes along.
    pub fn beyond<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a Consent> {
        self.record().filter(|consent| consent.withdrawn_ms.is_none()).filter(|consent| {
            let last = other.of(consent.text).map(|known| known.withdrawn_ms.unwrap_or(known.at_ms)).max();
            last.is_none_or(|last_ms| last_ms < consent.at_ms) && !other.covers(consent.text, consent.version)
        })
    }

    /// What was ever agreed to of one text, oldest first.
    pub fn of(&self, text: Text) -> impl Iterator<Item = &Consent> {
        self.given.get(&text).into_iter().flatten()
    }

    /// Everything that was ever agreed to, text by text, oldest first.
    pub fn record(&self) -> impl Iterator<Item = &Consent> {
        self.given.values().flatten()
    }
}

/// A record as it was stored.
impl FromIterator<Consent> for Consents {
    fn from_iter<I: IntoIterator<Item = Consent>>(stored: I) -> Self {
        let mut all = Self::default();
        for consent in stored {
            all.given.entry(consent.text).or_default().push(consent);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consent(version: u32, at_ms: u64) -> Consent {
        let (text, way) = (Text::Rewards, Way::Spoken);
        Consent { text, version, language: "en-GB".to_owned(), way, at_ms, withdrawn_ms: None }
    }

    #[test]
    fn an_old_text_is_not_the_new_one_and_what_is_taken_back_is_kept_as_a_record() {
        let mut all = Consents::default();
        assert!(!all.covers(Text::Rewards, 1) && !all.withdraw(Text::Rewards, 1));
        all.give(consent(1, 10)).expect("there is room");
        all.give(consent(1, 10)).expect("there is room");
        assert!(all.covers(Text::Rewards, 1) && !all.covers(Text::Rewards, 2) && !all.covers(Text::Custody, 1));
        assert!(all.withdraw(Text::Rewards, 20) && !all.withdraw(Text::Rewards, 21));
        assert!(!all.covers(Text::Rewards, 1));
        all.give(consent(2, 30)).expect("there is room");
        assert!(all.covers(Text::Rewards, 1) && all.covers(Text::Rewards, 2));
        let times: Vec<_> = all.record().map(|consent| (consent.at_ms, consent.withdrawn_ms)).collect();
        assert_eq!(times, [(10, Some(20)), (30, None)]);
        let stored = serde_json::to_string(&all).expect("text");
        assert_eq!(serde_json::from_str::<Consents>(&stored).expect("read"), all);
    }

    #[test]
    fn the_record_says_what_held_at_a_moment() {
        let mut all = Consents::default();
        all.give(consent(1, 10)).expect("there is room");
        all.withdraw(Text::Rewards, 20);
        all.give(consent(2, 30)).expect("there is room");
        let held = |at_ms| (all.covered(Text::Rewards, 1, at_ms), all.was_taken_back(Text::Rewards, at_ms));
        let moments = [9, 10, 19, 20, 29, 30].map(held);
        let (before, agreed, gone) = ((false, false), (true, false), (false, true));
        assert_eq!(moments, [before, agreed, agreed, gone, gone, agreed]);
        assert!(!all.covered(Text::Rewards, 2, 15) && all.covered(Text::Rewards, 2, 35));
        assert_eq!(all.record().cloned().collect::<Consents>(), all);
    }

    #[test]
    fn what_one_account_of_a_person_agreed_to_last_is_taken_along_to_the_other() {
        let record = |list: &[(u32, u64, Option<u64>)]| -> Consents {
            let of = |(version, at_ms, withdrawn_ms): &_| Consent {
                withdrawn_ms: *withdrawn_ms,
                ..consent(*version, *at_ms)
            };
            list.iter().map(of).collect()
        };
        let taken = |from: &Consents, to: &Consents| from.beyond(to).map(|consent| consent.at_ms).collect::<Vec<_>>();
        let new = record(&[(2, 50, None)]);
        assert_eq!(taken(&new, &Consents::default()), [50]);
        assert_eq!(taken(&new, &record(&[(1, 10, None)])), [50], "an older text");
        assert_eq!(taken(&new, &record(&[(2, 10, None)])), [0; 0], "it is there");
        assert_eq!(taken(&new, &record(&[(2, 10, Some(20))])), [50], "agreed to again");
        assert_eq!(taken(&new, &record(&[(2, 10, Some(60))])), [0; 0], "taken back since");
        assert_eq!(taken(&record(&[(2, 50, Some(55))]), &Consents::default()), [0; 0], "taken back itself");
    }

    #[test]
    fn words_lead_back_to_what_they_are_of() {
        for text in [Text::Rewards, Text::Custody, Text::Referral] {
            assert_eq!(Text::of_label(text.label()), Some(text));
            assert_eq!(serde_json::to_value(text).expect("text"), text.label());
        }
        for way in [Way::Spoken, Way::Clicked, Way::Signed] {
            assert_eq!(Way::of_label(way.label()), Some(way));
            assert_eq!(serde_json::to_value(way).expect("text"), way.label());
        }
        assert_eq!((Text::of_label("else"), Way::of_label("else")), (None, None));
    }

    #[test]
    fn there_is_a_bound() {
        let mut all = Consents::default();
        for version in 0..TEXTS_MAX {
            all.give(consent(version as u32, 0)).expect("there is room");
        }
        assert_eq!(all.give(consent(999, 0)), Err(TooMany));
    }
}
