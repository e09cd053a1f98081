//! What is asked apart from a conversation in which a booking stands at the last yes.

use crate::session::machine::tests::World;
use agent::tool::ToolCall;
use serde_json::json;

/// A conversation in which a quote was read and a yes would book.
fn before_the_last_yes() -> World {
    let mut world = World::in_writing();
    for text in ["Find me a flight from Boston to Denver tomorrow.", "Book the first one.", "My name is Ada Lovelace."]
    {
        world.types(text);
        world.passes(200);
    }
    let said = world.written();
    assert!(said.contains("Shall I book") || said.to_lowercase().contains("book it"), "{said}");
    world
}

#[test]
fn a_yes_apart_books_nothing_and_a_yes_in_the_conversation_books_once() {
    let mut world = before_the_last_yes();
    let part = json!({ "type": "input_text", "text": "Yes, book it." });
    let item = json!({ "type": "message", "role": "user", "content": [part] });
    world.send(&json!({ "type": "conversation.item.create", "item": item }));
    world.send(&json!({ "type": "response.create", "response": { "conversation": "none" } }));
    world.passes(200);
    let apart = world.written();
    assert!(apart.contains("only be done in the conversation"), "{apart}");
    assert_eq!(world.committed, [], "apart nothing is booked");
    world.send(&json!({ "type": "response.create" }));
    world.passes(200);
    assert!(matches!(world.committed.as_slice(), [ToolCall::Book(_)]), "{:?}", world.committed);
}

#[test]
fn what_is_looked_up_apart_is_told_once_and_changes_nothing() {
    let mut world = World::in_writing();
    let part = json!({ "type": "input_text", "text": "Find me a flight from Boston to Denver tomorrow." });
    let said = json!([{ "type": "message", "role": "user", "content": [part] }]);
    world.send(&json!({ "type": "response.create", "response": { "conversation": "none", "input": said } }));
    assert_eq!((world.take("response.created").len(), world.take("response.done").len()), (1, 1));
    assert!(world.written().contains("Denver"));
    assert!(world.take("voxfare.card").is_empty() && world.take("conversation.item.added").is_empty());
    // The conversation has no offers on the table: there is nothing to choose from.
    world.types("Book the first one.");
    world.passes(200);
    assert_eq!(world.committed, []);
    assert!(!world.written().contains("Ada"));
}
