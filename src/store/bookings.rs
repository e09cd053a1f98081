//! Bookings: made once for each key, found by their reference, cancelled once. Travellers' names go to their own column and to no log.

use crate::store::database::{Database, StoreError, changed, from_json, from_ms, on, to_json, to_ms};
use crate::store::reference;
use agent::trip::{Booking, BookingState, IdempotencyKey, Item, Order, Traveller};
use jiff::Timestamp;

/// The bookings of a store; clones share it.
#[derive(Clone, Debug)]
pub struct Bookings {
    database: Database,
}

/// What became of a cancellation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// The booking is cancelled, now or already before.
    Done(Booking),
    /// No booking has that reference.
    NotFound,
}

impl Bookings {
    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }

    /// Keeps an order as a booking. The same key gives the same booking, however often and from however many tasks it is called.
    pub async fn book(&self, order: &Order, now: Timestamp) -> Result<Booking, StoreError> {
        let item = to_json(&order.item)?;
        let travellers = to_json(&order.travellers)?;
        let total = order.item.total();
        for _ in 0..REFERENCE_ATTEMPTS_MAX {
            let reference = reference::draw();
            changed!(&self.database, pool => sqlx::query(INSERT)
                .bind(&order.key.0)
                .bind(&reference)
                .bind(&item)
                .bind(&travellers)
                .bind(total.minor)
                .bind(total.currency.as_str())
                .bind(to_ms(now))
                .bind(&order.account)
                .execute(pool))?;
            // Nothing under the key means that another booking has the reference: draw another one.
            if let Some(booking) = self.of_key(&order.key).await? {
                return Ok(booking);
            }
        }
        Err(StoreError::Down("no free booking reference was drawn".to_owned()))
    }

    /// The booking made under a key.
    pub async fn of_key(&self, key: &IdempotencyKey) -> Result<Option<Booking>, StoreError> {
        self.one(BY_KEY, &key.0).await
    }

    /// The booking of a reference in capital letters.
    pub async fn of_reference(&self, reference: &str) -> Result<Option<Booking>, StoreError> {
        self.one(BY_REFERENCE, reference).await
    }

    /// The booking that a key made or cancelled; `None` when the key never arrived.
    pub async fn outcome(&self, key: &IdempotencyKey) -> Result<Option<Booking>, StoreError> {
        match self.of_key(key).await? {
            Some(booking) => Ok(Some(booking)),
            None => self.one(BY_CANCEL_KEY, &key.0).await,
        }
    }

    /// Cancels a booking. Repeating it changes nothing.
    pub async fn cancel(&self, key: &IdempotencyKey, reference: &str, now: Timestamp) -> Result<Cancelled, StoreError> {
        if self.of_reference(reference).await?.is_none() {
            return Ok(Cancelled::NotFound);
        }
        // The state first: a crash between the two leaves a repeat that finishes the work.
        changed!(&self.database, pool => sqlx::query(CANCEL).bind(reference).bind(to_ms(now)).execute(pool))?;
        changed!(&self.database, pool => sqlx::query(KEEP_CANCEL).bind(&key.0).bind(reference).bind(to_ms(now)).execute(pool))?;
        Ok(self.of_reference(reference).await?.map_or(Cancelled::NotFound, Cancelled::Done))
    }

    /// Forgets the travellers of a booking; the booking itself stays. Says whether there was one.
    pub async fn forget_travellers(&self, reference: &str) -> Result<bool, StoreError> {
        let rows = changed!(&self.database, pool => sqlx::query(FORGET).bind(reference).execute(pool))?;
        Ok(rows > 0)
    }

    async fn one(&self, sql: &'static str, value: &str) -> Result<Option<Booking>, StoreError> {
        let row: Option<Row> = on!(&self.database, pool => sqlx::query_as(sql).bind(value).fetch_optional(pool))?;
        row.map(read).transpose()
    }
}

/// Key, reference, item, travellers, state, instant, account.
pub(crate) type Row = (String, String, String, String, String, i64, Option<String>);

/// A booking as it was kept.
pub(crate) fn read((key, reference, item, travellers, state, made_at_ms, account): Row) -> Result<Booking, StoreError> {
    let item: Item = from_json(&item, WHAT)?;
    let travellers: Vec<Traveller> = from_json(&travellers, WHAT)?;
    let state = match state.as_str() {
        "confirmed" => BookingState::Confirmed,
        "cancelled" => BookingState::Cancelled,
        _ => return Err(StoreError::Corrupt("an unknown state of a booking".to_owned())),
    };
    let order = Order { key: IdempotencyKey(key), item, travellers, account };
    Ok(Booking { reference, order, state, made_at: from_ms(made_at_ms)? })
}

/// What an unreadable row held.
const WHAT: &str = "a booking";
const REFERENCE_ATTEMPTS_MAX: usize = 8;
const INSERT: &str = "INSERT INTO bookings (idempotency_key, reference, item_json, travellers_json, total_minor, currency, state, made_at_ms, account) \
     VALUES ($1, $2, $3, $4, $5, $6, 'confirmed', $7, $8) ON CONFLICT DO NOTHING";
const BY_KEY: &str = "SELECT idempotency_key, reference, item_json, travellers_json, state, made_at_ms, account FROM bookings WHERE idempotency_key = $1";
const BY_REFERENCE: &str = "SELECT idempotency_key, reference, item_json, travellers_json, state, made_at_ms, account FROM bookings WHERE reference = $1";
const BY_CANCEL_KEY: &str = "SELECT b.idempotency_key, b.reference, b.item_json, b.travellers_json, b.state, b.made_at_ms, b.account \
     FROM bookings b JOIN cancellations c ON c.reference = b.reference WHERE c.idempotency_key = $1";
const CANCEL: &str =
    "UPDATE bookings SET state = 'cancelled', cancelled_at_ms = $2 WHERE reference = $1 AND state = 'confirmed'";
const KEEP_CANCEL: &str =
    "INSERT INTO cancellations (idempotency_key, reference, at_ms) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
const FORGET: &str = "UPDATE bookings SET travellers_json = '[]' WHERE reference = $1";
