//! The texts that travellers agree to, in words and by version, and what follows for their bookings. It knows nobody's record by itself.

use crate::account::consent::{Consent, Consents, Text, TooMany, Way};
use serde::{Deserialize, Serialize};

/// The language of the texts (BCP 47).
pub const LANGUAGE: &str = "en";
/// What a new account agrees to.
pub const TO_JOIN: [Text; 2] = [Text::Rewards, Text::Custody];

/// A text in one of its versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edition {
    /// The text.
    pub text: Text,
    /// Its version.
    pub version: u32,
}

/// What somebody says they agree to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreeing {
    /// The texts.
    pub agrees: Vec<Edition>,
    /// The language in which they read them.
    pub language: Option<String>,
}

/// A text as it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Which, in which version.
    pub edition: Edition,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// The words; an empty line parts two paragraphs.
    pub words: &'static str,
}

/// The texts that hold now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The terms of rewards.
    pub rewards: Page,
    /// Of the wallet that is kept for a traveller.
    pub custody: Page,
    /// Of naming a friend.
    pub referral: Page,
}

/// Why nothing was agreed to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAgreed {
    /// These texts, in these versions, have to be agreed to first.
    #[error("agree to {} first", listed(.0))]
    Missing(Vec<Edition>),
    /// The texts are not there in the language that was named, or none was.
    #[error("`language` must be one that the texts are there in, which is `{LANGUAGE}`")]
    Language,
    /// The record is full.
    #[error(transparent)]
    TooMany(#[from] TooMany),
}

/// How an account stands to a text of now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Agreed to.
    Agreed,
    /// An older version is agreed to.
    Older,
    /// It was agreed to, and that was taken back.
    TakenBack,
    /// It was never agreed to.
    Never,
}

impl Standing {
    /// One word for it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Agreed => "agreed",
            Self::Older => "older",
            Self::TakenBack => "taken_back",
            Self::Never => "never",
        }
    }
}

/// What decides which texts an account's rewards need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Situation {
    /// It has a wallet of the traveller's own: nothing new is kept for it.
    pub own: bool,
    /// It named a friend, who shares what it earns.
    pub brought: bool,
}

/// When a booking earns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Now.
    Now,
    /// Once a text is agreed to.
    Later,
    /// Never: it was made while the agreement to rewards was taken back.
    Never,
}

impl Terms {
    /// The texts of this version of the server. Whoever changes a word raises the text's version.
    #[must_use]
    pub const fn now() -> Self {
        Self {
            rewards: Page {
                edition: Edition { text: Text::Rewards, version: 1 },
                title: "What bookings earn",
                words: include_str!("terms/rewards.en.txt"),
            },
            custody: Page {
                edition: Edition { text: Text::Custody, version: 1 },
                title: "What we keep for you",
                words: include_str!("terms/custody.en.txt"),
            },
            referral: Page {
                edition: Edition { text: Text::Referral, version: 1 },
                title: "What is shared with your friend",
                words: include_str!("terms/referral.en.txt"),
            },
        }
    }

    /// All of them.
    #[must_use]
    pub const fn pages(&self) -> [&Page; 3] {
        [&self.rewards, &self.custody, &self.referral]
    }

    /// A text in its version of now.
    #[must_use]
    pub const fn edition(&self, text: Text) -> Edition {
        match text {
            Text::Rewards => self.rewards.edition,
            Text::Custody => self.custody.edition,
            Text::Referral => self.referral.edition,
        }
    }

    /// What is to be noted when somebody says they agree, beside what stands on the record; what stands there already is not noted again.
    ///
    /// # Errors
    /// What is `needed` is agreed to neither so nor on the record; another version than that of now is named; the language is not there; the
    /// record is full.
    pub fn take(
        &self,
        said: &Agreeing,
        record: &Consents,
        needed: &[Text],
        way: Way,
        now_ms: u64,
    ) -> Result<Vec<Consent>, NotAgreed> {
        let is_said = |edition: Edition| said.agrees.contains(&edition);
        let needed = needed.iter().map(|text| self.edition(*text));
        let mut missing: Vec<_> =
            needed.filter(|edition| !is_said(*edition) && !record.covers(edition.text, edition.version)).collect();
        for wrong in said.agrees.iter().filter(|edition| self.edition(edition.text) != **edition) {
            let present = self.edition(wrong.text);
            if !missing.contains(&present) {
                missing.push(present);
            }
        }
        if !missing.is_empty() {
            return Err(NotAgreed::Missing(missing));
        }
        if !said.agrees.is_empty() && said.language.as_deref() != Some(LANGUAGE) {
            return Err(NotAgreed::Language);
        }
        let (mut record, mut noted) = (record.clone(), Vec::new());
        for Edition { text, version } in &said.agrees {
            if record.covers(*text, *version) {
                continue;
            }
            let language = LANGUAGE.to_owned();
            let consent = Consent { text: *text, version: *version, language, way, at_ms: now_ms, withdrawn_ms: None };
            record.give(consent.clone())?;
            noted.push(consent);
        }
        Ok(noted)
    }

    /// How a record stands to a text.
    #[must_use]
    pub fn standing(&self, record: &Consents, text: Text) -> Standing {
        match () {
            () if record.covers(text, self.edition(text).version) => Standing::Agreed,
            () if record.covers(text, 0) => Standing::Older,
            () if record.of(text).next().is_some() => Standing::TakenBack,
            () => Standing::Never,
        }
    }

    /// The texts that new rewards of an account wait for.
    #[must_use]
    pub fn asks(&self, record: &Consents, situation: Situation) -> Vec<(Edition, Standing)> {
        let stands = needed(situation).map(|text| (self.edition(text), self.standing(record, text)));
        stands.filter(|(_, standing)| *standing != Standing::Agreed).collect()
    }

    /// When a booking that was made at `made_ms` earns. What was agreed to then counts, also if it was taken back later; what was taken back then
    /// earns never, also if it is agreed to again.
    #[must_use]
    pub fn due(&self, record: &Consents, situation: Situation, made_ms: u64) -> Due {
        if record.was_taken_back(Text::Rewards, made_ms) {
            return Due::Never;
        }
        let holds = |text| {
            let version = self.edition(text).version;
            record.covers(text, version) || record.covered(text, version, made_ms)
        };
        if needed(situation).all(holds) { Due::Now } else { Due::Later }
    }
}

/// The texts that rewards need.
fn needed(situation: Situation) -> impl Iterator<Item = Text> {
    let custody = (!situation.own).then_some(Text::Custody);
    let referral = situation.brought.then_some(Text::Referral);
    [Some(Text::Rewards), custody, referral].into_iter().flatten()
}

/// Texts as a sentence names them.
fn listed(editions: &[Edition]) -> String {
    let each = editions.iter().map(|Edition { text, version }| format!("`{}`, version {version}", text.label()));
    each.collect::<Vec<_>>().join(" and to ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::keccak256;

    const KEPT: Situation = Situation { own: false, brought: false };

    fn said(texts: &[(Text, u32)]) -> Agreeing {
        let agrees = texts.iter().map(|(text, version)| Edition { text: *text, version: *version }).collect();
        Agreeing { agrees, language: Some("en".to_owned()) }
    }

    fn noted(record: &mut Consents, texts: &[(Text, u32)], terms: &Terms, at_ms: u64) {
        for consent in terms.take(&said(texts), record, &[], Way::Clicked, at_ms).expect("taken") {
            record.give(consent).expect("there is room");
        }
    }

    /// The terms with a newer text of rewards.
    fn newer() -> Terms {
        let mut terms = Terms::now();
        terms.rewards.edition.version += 1;
        terms
    }

    #[test]
    fn who_changes_a_word_raises_the_version() {
        let known = Terms::now().pages().map(|page| {
            let digest = keccak256(page.words).to_string();
            format!("{} {} {}", page.edition.text.label(), page.edition.version, &digest[2..10])
        });
        assert_eq!(known, ["rewards 1 bc15b162", "custody 1 db1b4f89", "referral 1 d7c480ea"]);
    }

    #[test]
    fn an_account_agrees_to_both_texts_of_now_in_a_language_that_is_there() {
        let (terms, nothing) = (Terms::now(), Consents::default());
        let take = |said: &Agreeing| terms.take(said, &nothing, &TO_JOIN, Way::Clicked, 7);
        let (rewards, custody) = (terms.edition(Text::Rewards), terms.edition(Text::Custody));
        assert_eq!(take(&Agreeing::default()), Err(NotAgreed::Missing(vec![rewards, custody])));
        assert_eq!(take(&said(&[(Text::Rewards, 1)])), Err(NotAgreed::Missing(vec![custody])));
        // Neither an older nor a newer text is this one, and one that need not be there must still be of now.
        for version in [0, 2] {
            let wrong = said(&[(Text::Rewards, version), (Text::Custody, 1)]);
            assert_eq!(take(&wrong), Err(NotAgreed::Missing(vec![rewards])));
        }
        let besides = said(&[(Text::Rewards, 1), (Text::Custody, 1), (Text::Referral, 2)]);
        assert_eq!(take(&besides), Err(NotAgreed::Missing(vec![terms.edition(Text::Referral)])));
        let both = said(&[(Text::Rewards, 1), (Text::Custody, 1), (Text::Rewards, 1)]);
        assert_eq!(take(&Agreeing { language: Some("fr".to_owned()), ..both.clone() }), Err(NotAgreed::Language));
        assert_eq!(take(&Agreeing { language: None, ..both.clone() }), Err(NotAgreed::Language));
        let taken = take(&both).expect("taken");
        let told: Vec<_> =
            taken.iter().map(|consent| (consent.text, consent.version, consent.way, consent.at_ms)).collect();
        assert_eq!(told, [(Text::Rewards, 1, Way::Clicked, 7), (Text::Custody, 1, Way::Clicked, 7)]);
        let why = NotAgreed::Missing(vec![rewards, custody]).to_string();
        assert_eq!(why, "agree to `rewards`, version 1 and to `custody`, version 1 first");
    }

    #[test]
    fn what_stands_on_the_record_need_not_be_said_again_and_is_not_noted_twice() {
        let (terms, mut record) = (Terms::now(), Consents::default());
        noted(&mut record, &[(Text::Referral, 1)], &terms, 5);
        let silent = terms.take(&Agreeing::default(), &record, &[Text::Referral], Way::Clicked, 9);
        assert_eq!(silent, Ok(Vec::new()));
        let again = terms.take(&said(&[(Text::Referral, 1)]), &record, &[Text::Referral], Way::Clicked, 9);
        assert_eq!(again, Ok(Vec::new()));
        record.withdraw(Text::Referral, 8);
        let gone = terms.take(&Agreeing::default(), &record, &[Text::Referral], Way::Clicked, 9);
        assert_eq!(gone, Err(NotAgreed::Missing(vec![terms.edition(Text::Referral)])));
    }

    #[test]
    fn rewards_wait_for_the_texts_that_they_need() {
        let (terms, mut record) = (Terms::now(), Consents::default());
        let asks = |record: &Consents, terms: &Terms, situation| {
            let asks = terms.asks(record, situation).into_iter();
            asks.map(|(edition, standing)| (edition.text, standing.label())).collect::<Vec<_>>()
        };
        assert_eq!(asks(&record, &terms, KEPT), [(Text::Rewards, "never"), (Text::Custody, "never")]);
        let own = Situation { own: true, brought: true };
        assert_eq!(asks(&record, &terms, own), [(Text::Rewards, "never"), (Text::Referral, "never")]);
        noted(&mut record, &[(Text::Rewards, 1), (Text::Custody, 1)], &terms, 10);
        assert_eq!(asks(&record, &terms, KEPT), []);
        assert_eq!(asks(&record, &newer(), KEPT), [(Text::Rewards, "older")]);
        record.withdraw(Text::Rewards, 20);
        assert_eq!(asks(&record, &terms, KEPT), [(Text::Rewards, "taken_back")]);
    }

    #[test]
    fn a_booking_earns_by_what_was_agreed_to_when_it_was_made_or_is_now() {
        let (terms, mut record) = (Terms::now(), Consents::default());
        assert_eq!(terms.due(&record, KEPT, 5), Due::Later, "an account of before agrees later");
        noted(&mut record, &[(Text::Rewards, 1), (Text::Custody, 1)], &terms, 10);
        assert_eq!((terms.due(&record, KEPT, 5), terms.due(&record, KEPT, 15)), (Due::Now, Due::Now));
        assert_eq!(newer().due(&record, KEPT, 15), Due::Later);
        record.withdraw(Text::Rewards, 20);
        // What was made before is earned, whenever it is looked at.
        assert_eq!((terms.due(&record, KEPT, 19), terms.due(&record, KEPT, 20)), (Due::Now, Due::Never));
        noted(&mut record, &[(Text::Rewards, 1)], &terms, 30);
        assert_eq!((terms.due(&record, KEPT, 25), terms.due(&record, KEPT, 30)), (Due::Never, Due::Now));
        record.withdraw(Text::Custody, 40);
        assert_eq!(terms.due(&record, KEPT, 45), Due::Later, "nothing new is kept");
        assert_eq!(terms.due(&record, Situation { own: true, brought: false }, 45), Due::Now);
        assert_eq!(terms.due(&record, Situation { own: true, brought: true }, 45), Due::Later, "nothing is shared");
        noted(&mut record, &[(Text::Custody, 1), (Text::Referral, 1)], &terms, 50);
        assert_eq!(terms.due(&record, Situation { own: false, brought: true }, 45), Due::Now);
        // A newer text that is agreed to lets go what waited for it.
        noted(&mut record, &[(Text::Rewards, 2)], &newer(), 60);
        assert_eq!(newer().due(&record, KEPT, 55), Due::Now);
    }
}
