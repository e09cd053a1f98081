//! What the distributor takes on now: it gives out only so much in a day, only what it holds, and nothing while it is paused. A claim beyond that would
//! fail there at the cost of its fees, so it is begun when there is room for it.

use crate::money::Wei;
use crate::settle::{ASK_AGAIN_MS, Act, Asked, Call, Output, Settlement};

/// Room that was found, less what was begun since.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    at_ms: u64,
    wei: Wei,
}

impl Settlement {
    /// The room there is, as far as it was found lately; otherwise it is asked for.
    pub(super) fn room(&mut self, now_ms: u64) -> Option<Wei> {
        if let Some(room) = self.room.filter(|room| now_ms.saturating_sub(room.at_ms) < ASK_AGAIN_MS) {
            return Some(room.wei);
        }
        if self.ask(now_ms, "", Asked::Room) {
            self.out.push_back(Output::FindRoom);
        }
        None
    }

    /// Something is begun that takes room.
    pub(super) fn take_room(&mut self, wei: Wei) {
        if let Some(room) = &mut self.room {
            room.wei = room.wei.minus(wei).unwrap_or(Wei::ZERO);
        }
    }

    /// The room was found at the newest block: what is on its way there takes some of it.
    pub(super) fn room_found(&mut self, now_ms: u64, wei: Wei) {
        self.asked.remove(&(Asked::Room, String::new()));
        self.room = Some(Room { at_ms: now_ms, wei });
        let in_the_air = self.state.lane.flights().filter(|(_, flight)| flight.mined.is_none());
        let taken: Vec<Wei> = in_the_air
            .filter_map(|(_, flight)| match self.call(&flight.id) {
                Call::Claim(terms, _) => Some(terms.commission),
                Call::Act(Act::Publish { total, .. }) => Some(total),
                Call::Act(_) | Call::Release(_) | Call::Cancel(_) | Call::Void => None,
            })
            .collect();
        taken.into_iter().for_each(|wei| self.take_room(wei));
    }
}
