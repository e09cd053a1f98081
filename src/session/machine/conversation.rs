//! The items of the conversation as the protocol shows them, in order. It sends nothing and understands nothing.

use crate::session::machine::item::{After, sound_part};
use serde_json::Value;

/// Most items kept; past it the oldest is forgotten.
const ITEMS_MAX: usize = 1024;
/// Most bytes of all items together; past it the oldest are forgotten.
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// Bytes of an item that count as one token.
const TOKEN_BYTES: usize = 4;

/// What makes room in a conversation that has grown long.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Truncation {
    /// The oldest items, one by one.
    #[default]
    Auto,
    /// Nothing.
    Disabled,
    /// Once there are more than `tokens_max`, the oldest, until this part of them is left.
    Retention {
        /// From 0 to 1.
        ratio: f64,
        /// Tokens of all items together.
        tokens_max: Option<u64>,
    },
}

/// Items in order.
#[derive(Debug, Default)]
pub(crate) struct Conversation {
    items: Vec<(String, Value, usize)>,
    bytes: usize,
    truncation: Truncation,
    forgotten: Vec<String>,
}

impl Conversation {
    /// From now on the oldest items make room like this.
    pub(crate) fn truncate_by(&mut self, truncation: Truncation) {
        self.truncation = truncation;
    }

    /// There is a place for an item there.
    pub(crate) fn may_go(&self, after: &After) -> bool {
        !matches!(after, After::Item(previous) if self.position(previous).is_none())
    }

    /// It holds as much as it may, and nothing is to make room. What is said makes room all the same: memory has its bound.
    pub(crate) fn is_full(&self) -> bool {
        self.truncation == Truncation::Disabled && (self.items.len() >= ITEMS_MAX || self.bytes >= BYTES_MAX)
    }

    /// Adds an item, at the end when its place is not there; answers the id of the one before it.
    pub(crate) fn insert(&mut self, after: &After, id: &str, item: Value) -> Option<String> {
        let at = match after {
            After::Last => None,
            After::Root => Some(0),
            After::Item(previous) => self.position(previous).map(|at| at + 1),
        };
        let at = at.unwrap_or(self.items.len());
        let previous = at.checked_sub(1).and_then(|at| self.items.get(at)).map(|(id, ..)| id.clone());
        let bytes = size(&item);
        self.bytes += bytes;
        self.items.insert(at, (id.to_owned(), item, bytes));
        self.make_room(id);
        previous
    }

    /// The items that made room since the last call, oldest first.
    pub(crate) fn forgotten(&mut self) -> Vec<String> {
        std::mem::take(&mut self.forgotten)
    }

    /// Forgets the oldest, but never the one that came last, wherever it was put.
    fn make_room(&mut self, newest: &str) {
        let left = match self.truncation {
            Truncation::Retention { ratio, tokens_max } => {
                let most = tokens_max.map_or(BYTES_MAX, |tokens| (tokens as usize).saturating_mul(TOKEN_BYTES));
                let most = most.min(BYTES_MAX);
                let is_long = self.bytes > most || self.items.len() > ITEMS_MAX;
                if is_long { (most as f64 * ratio) as usize } else { most }
            }
            Truncation::Auto | Truncation::Disabled => BYTES_MAX,
        };
        while self.items.len() > ITEMS_MAX || self.bytes > left && self.items.len() > 1 {
            let oldest = usize::from(self.items.first().is_some_and(|(id, ..)| id == newest));
            let (id, _, bytes) = self.items.remove(oldest);
            self.bytes -= bytes;
            self.forgotten.push(id);
        }
    }

    /// The item.
    pub(crate) fn get(&self, id: &str) -> Option<&Value> {
        self.position(id).and_then(|at| self.items.get(at)).map(|(_, item, _)| item)
    }

    /// The id of the last item.
    pub(crate) fn last(&self) -> Option<String> {
        self.items.last().map(|(id, ..)| id.clone())
    }

    /// The id of the item before this one.
    pub(crate) fn before(&self, id: &str) -> Option<String> {
        let at = self.position(id)?.checked_sub(1)?;
        self.items.get(at).map(|(id, ..)| id.clone())
    }

    /// The item as it is now; nothing when it is not here.
    pub(crate) fn change(&mut self, id: &str, item: Value) {
        if let Some((_, old, bytes)) = self.position(id).and_then(|at| self.items.get_mut(at)) {
            self.bytes -= *bytes;
            *bytes = size(&item);
            self.bytes += *bytes;
            *old = item;
        }
    }

    /// What was said in an item, from now on; nothing when the item is not here, or has no such part.
    pub(crate) fn say(&mut self, id: &str, words: &str) {
        let Some(mut item) = self.get(id).cloned() else { return };
        let place = format!("/content/{}", sound_part(&item));
        let Some(part) = item.pointer_mut(&place) else { return };
        let name = if part["type"].as_str().is_some_and(|kind| kind.ends_with("text")) { "text" } else { "transcript" };
        part[name] = words.into();
        self.change(id, item);
    }

    /// Forgets an item; false when it is not here.
    pub(crate) fn remove(&mut self, id: &str) -> bool {
        let Some(at) = self.position(id) else { return false };
        let (_, _, bytes) = self.items.remove(at);
        self.bytes -= bytes;
        true
    }

    /// Where an item stands; looked for from the newest on, for that is what is asked for.
    pub(crate) fn position(&self, id: &str) -> Option<usize> {
        self.items.iter().rposition(|(other, ..)| other == id)
    }
}

fn size(item: &Value) -> usize {
    item.to_string().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn order(conversation: &Conversation) -> Vec<&str> {
        conversation.items.iter().map(|(id, ..)| id.as_str()).collect()
    }

    #[test]
    fn items_go_where_they_are_put() {
        let mut conversation = Conversation::default();
        assert_eq!(conversation.insert(&After::Last, "a", json!({})), None);
        assert_eq!(conversation.insert(&After::Last, "c", json!({})), Some("a".to_owned()));
        assert_eq!(conversation.insert(&After::Item("a".to_owned()), "b", json!({})), Some("a".to_owned()));
        assert_eq!(conversation.insert(&After::Root, "0", json!({})), None);
        assert!(!conversation.may_go(&After::Item("x".to_owned())) && conversation.may_go(&After::Last));
        assert_eq!(order(&conversation), ["0", "a", "b", "c"]);
        assert_eq!(conversation.before("b"), Some("a".to_owned()));
        assert!(conversation.remove("a") && !conversation.remove("a"));
        assert_eq!(conversation.before("0"), None);
        assert_eq!(order(&conversation), ["0", "b", "c"]);
    }

    #[test]
    fn words_are_changed_where_they_stand() {
        let mut conversation = Conversation::default();
        let item = json!({ "content": [{ "type": "output_audio", "transcript": "Hello there." }] });
        conversation.insert(&After::Last, "a", item);
        conversation.say("a", "Hello");
        assert_eq!(conversation.get("a").and_then(|item| item.pointer("/content/0/transcript")), Some(&json!("Hello")));
        conversation.say("b", "nothing happens");
    }

    #[test]
    fn it_is_bounded_in_items_and_bytes() {
        let mut conversation = Conversation::default();
        for n in 0..ITEMS_MAX + 5 {
            conversation.insert(&After::Last, &n.to_string(), json!({ "n": n }));
        }
        assert_eq!((conversation.items.len(), conversation.get("4")), (ITEMS_MAX, None));
        for n in 0..10 {
            let text = "x".repeat(BYTES_MAX / 4);
            conversation.insert(&After::Last, &format!("b{n}"), text.into());
        }
        assert!(conversation.bytes <= BYTES_MAX && conversation.items.len() < 5);
        assert_eq!(conversation.bytes, conversation.items.iter().map(|(_, item, _)| size(item)).sum::<usize>());
    }

    /// A conversation of items of 100 tokens each, all of which were added under `truncation`.
    fn long(truncation: Truncation, items: usize) -> Conversation {
        let mut conversation = Conversation::default();
        conversation.truncate_by(truncation);
        for n in 0..items {
            conversation.insert(&After::Last, &n.to_string(), "x".repeat(100 * TOKEN_BYTES - 2).into());
        }
        conversation
    }

    #[test]
    fn once_it_is_long_a_part_of_it_is_kept() {
        let retention = Truncation::Retention { ratio: 0.5, tokens_max: Some(1000) };
        let mut conversation = long(retention, 10);
        assert!(conversation.forgotten().is_empty(), "ten times a hundred tokens are what it may hold");
        conversation.insert(&After::Last, "one more", "x".repeat(100 * TOKEN_BYTES - 2).into());
        assert_eq!(conversation.forgotten(), ["0", "1", "2", "3", "4", "5"]);
        assert_eq!(order(&conversation), ["6", "7", "8", "9", "one more"]);
        let nothing_kept = Truncation::Retention { ratio: 0.0, tokens_max: Some(100) };
        assert_eq!(order(&long(nothing_kept, 5)), ["4"], "the last one stays");
    }

    #[test]
    fn what_came_last_stays_wherever_it_was_put() {
        let mut conversation = long(Truncation::Retention { ratio: 0.5, tokens_max: Some(300) }, 3);
        conversation.insert(&After::Root, "first", "x".repeat(100 * TOKEN_BYTES - 2).into());
        assert_eq!(conversation.forgotten(), ["0", "1", "2"]);
        assert_eq!(order(&conversation), ["first"]);
    }

    #[test]
    fn where_nothing_may_be_forgotten_it_is_full_once() {
        assert!(!long(Truncation::Disabled, ITEMS_MAX - 1).is_full());
        assert!(long(Truncation::Disabled, ITEMS_MAX).is_full());
        assert!(!long(Truncation::Auto, ITEMS_MAX).is_full());
    }
}
