//! Consent: the only road from an offer to an order, `Quote -> Confirmed -> Order`. It never takes a yes to words that were not heard.

use crate::event::SayId;
use crate::tool::ToolCall;
use crate::trip::{IdempotencyKey, Item, Order, Traveller};

/// The words of a read-back and how much of them was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadBack {
    parts: Vec<Part>,
}

/// What is offered for a yes: read back, not yet agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    item: Item,
    travellers: Vec<Traveller>,
    read: ReadBack,
}

/// A quote that was heard and agreed to. Nothing else becomes an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed {
    item: Item,
    travellers: Vec<Traveller>,
}

/// A cancellation that is asked about: read back, not yet agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    reference: String,
    read: ReadBack,
}

/// Where idempotency keys are born: the same seed and the same acts give the same keys, so that a speculative clone agrees with its original.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    seed: u64,
    next: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    say: Option<SayId>,
    needs_bytes: usize,
    heard_bytes: usize,
}

impl ReadBack {
    /// A read-back in parts, each with the bytes of it that must be heard.
    pub fn new(needs_bytes: impl IntoIterator<Item = usize>) -> Self {
        let parts =
            needs_bytes.into_iter().map(|needs_bytes| Part { say: None, needs_bytes, heard_bytes: 0 }).collect();
        Self { parts }
    }

    /// The next part that has no saying yet is said as this one.
    pub fn spoken_as(&mut self, say: SayId) {
        if let Some(part) = self.parts.iter_mut().find(|part| part.say.is_none()) {
            part.say = Some(say);
        }
    }

    /// This much of a saying was heard.
    pub fn heard(&mut self, say: SayId, bytes: usize) {
        for part in self.parts.iter_mut().filter(|part| part.say == Some(say)) {
            part.heard_bytes = part.heard_bytes.max(bytes);
        }
    }

    /// No more than this of a saying was heard, whatever was thought.
    pub fn unheard(&mut self, say: SayId, bytes: usize) {
        for part in self.parts.iter_mut().filter(|part| part.say == Some(say)) {
            part.heard_bytes = part.heard_bytes.min(bytes);
        }
    }

    /// Everything that must be heard was heard.
    pub fn complete(&self) -> bool {
        !self.parts.is_empty()
            && self.parts.iter().all(|part| part.say.is_some() && part.heard_bytes >= part.needs_bytes)
    }
}

impl Quote {
    /// Offers an item to travellers by a read-back.
    pub fn new(item: Item, travellers: Vec<Traveller>, read: ReadBack) -> Self {
        Self { item, travellers, read }
    }

    /// What is offered.
    pub fn item(&self) -> &Item {
        &self.item
    }

    /// For whom.
    pub fn travellers(&self) -> &[Traveller] {
        &self.travellers
    }

    /// Its words and how much of them was heard.
    pub fn read_mut(&mut self) -> &mut ReadBack {
        &mut self.read
    }

    /// The whole read-back was heard.
    pub fn was_heard(&self) -> bool {
        self.read.complete()
    }

    /// The caller said yes. Gives the quote back when its price or any other part was not heard: read it back again.
    pub fn confirm(self) -> Result<Confirmed, Box<Self>> {
        if self.read.complete() {
            Ok(Confirmed { item: self.item, travellers: self.travellers })
        } else {
            Err(Box::new(self))
        }
    }
}

impl Confirmed {
    /// The order, with its key from birth. The only place where an order is made.
    pub fn order(self, keys: &mut Keys) -> Order {
        Order { key: keys.next(), item: self.item, travellers: self.travellers, account: None }
    }
}

impl Withdrawal {
    /// Asks about the cancellation of a booking by a read-back.
    pub fn new(reference: String, read: ReadBack) -> Self {
        Self { reference, read }
    }

    /// Its words and how much of them was heard.
    pub fn read_mut(&mut self) -> &mut ReadBack {
        &mut self.read
    }

    /// The booking.
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// The caller said yes. Gives the withdrawal back when the question was not heard.
    pub fn confirm(self, keys: &mut Keys) -> Result<ToolCall, Box<Self>> {
        if self.read.complete() {
            Ok(ToolCall::CancelBooking { key: keys.next(), reference: self.reference })
        } else {
            Err(Box::new(self))
        }
    }
}

impl Keys {
    /// Keys of one conversation; the seed must differ between conversations.
    pub fn new(seed: u64) -> Self {
        Self { seed, next: 1 }
    }

    fn next(&mut self) -> IdempotencyKey {
        let key = IdempotencyKey(format!("vf-{:016x}-{}", self.seed, self.next));
        self.next += 1;
        key
    }
}
