//! The items of the conversation as the protocol shows them, in order. It sends nothing and understands nothing.

use crate::session::machine::item::After;
use serde_json::Value;

/// Most items kept; past it the oldest is forgotten.
const ITEMS_MAX: usize = 1024;
/// Most bytes of all items together; past it the oldest are forgotten.
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// Items in order.
#[derive(Debug, Default)]
pub(crate) struct Conversation {
    items: Vec<(String, Value, usize)>,
    bytes: usize,
}

impl Conversation {
    /// Adds an item; answers the id of the one before it.
    ///
    /// # Errors
    /// There is no item to put it behind; nothing is added.
    pub(crate) fn insert(&mut self, after: &After, id: &str, item: Value) -> Result<Option<String>, ()> {
        let at = match after {
            After::Last => self.items.len(),
            After::Root => 0,
            After::Item(previous) => self.position(previous).ok_or(())? + 1,
        };
        let previous = at.checked_sub(1).and_then(|at| self.items.get(at)).map(|(id, ..)| id.clone());
        let bytes = size(&item);
        self.bytes += bytes;
        self.items.insert(at, (id.to_owned(), item, bytes));
        while self.items.len() > ITEMS_MAX || self.bytes > BYTES_MAX && self.items.len() > 1 {
            let (_, _, bytes) = self.items.remove(0);
            self.bytes -= bytes;
        }
        Ok(previous)
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
        let Some(part) = item.pointer_mut("/content/0") else { return };
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

    /// From the newest on, for that is what is asked for.
    fn position(&self, id: &str) -> Option<usize> {
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
        assert_eq!(conversation.insert(&After::Last, "a", json!({})), Ok(None));
        assert_eq!(conversation.insert(&After::Last, "c", json!({})), Ok(Some("a".to_owned())));
        assert_eq!(conversation.insert(&After::Item("a".to_owned()), "b", json!({})), Ok(Some("a".to_owned())));
        assert_eq!(conversation.insert(&After::Root, "0", json!({})), Ok(None));
        assert_eq!(conversation.insert(&After::Item("x".to_owned()), "y", json!({})), Err(()));
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
        conversation.insert(&After::Last, "a", item).expect("it goes to the end");
        conversation.say("a", "Hello");
        assert_eq!(conversation.get("a").and_then(|item| item.pointer("/content/0/transcript")), Some(&json!("Hello")));
        conversation.say("b", "nothing happens");
    }

    #[test]
    fn it_is_bounded_in_items_and_bytes() {
        let mut conversation = Conversation::default();
        for n in 0..ITEMS_MAX + 5 {
            conversation.insert(&After::Last, &n.to_string(), json!({ "n": n })).expect("to the end");
        }
        assert_eq!((conversation.items.len(), conversation.get("4")), (ITEMS_MAX, None));
        for n in 0..10 {
            let text = "x".repeat(BYTES_MAX / 4);
            conversation.insert(&After::Last, &format!("b{n}"), text.into()).expect("to the end");
        }
        assert!(conversation.bytes <= BYTES_MAX && conversation.items.len() < 5);
        assert_eq!(conversation.bytes, conversation.items.iter().map(|(_, item, _)| size(item)).sum::<usize>());
    }
}
