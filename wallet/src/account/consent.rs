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
        let given = self.given.get(&text).into_iter().flatten();
        given.filter(|consent| consent.withdrawn_ms.is_none()).any(|consent| consent.version >= version)
    }

    /// Everything that was ever agreed to, text by text, oldest first.
    pub fn record(&self) -> impl Iterator<Item = &Consent> {
        self.given.values().flatten()
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
    fn there_is_a_bound() {
        let mut all = Consents::default();
        for version in 0..TEXTS_MAX {
            all.give(consent(version as u32, 0)).expect("there is room");
        }
        assert_eq!(all.give(consent(999, 0)), Err(TooMany));
    }
}
