//! The pure core of rewards: bookings in, rewards out.
