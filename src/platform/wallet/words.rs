//! What a reward was earned for and what became of it, in words. It knows no store and no chain.

use crate::session::event::Earning;
use crate::store::Earned;
use wallet::money::Wei;
use wallet::settle::Stage;

/// A reward as it is told, with the traveller's part of it and the share that this is, in hundredths of a percent.
pub(super) fn earning(earned: &Earned, (part, share_bps): (Wei, u16)) -> Earning {
    let Earned { booking, reference, reward, .. } = earned;
    let whole = money(reward.commission_minor, &reward.currency);
    let percent = percent(share_bps);
    let base = format!("{percent} of the {whole} commission on booking {reference}");
    let why = match reward.stage {
        Stage::Nothing => format!("Booking {reference} earns no commission."),
        Stage::Earned | Stage::Issued => format!("{base}; the payment is being prepared."),
        Stage::Claimed => format!("{base}; it is paid once it can no longer be taken back."),
        Stage::Paid => format!("{base}; it is paid and waits for confirmation."),
        Stage::Settled => format!("{base}."),
        Stage::Reversing | Stage::Reversed => format!("Booking {reference} was cancelled: nothing is earned."),
        Stage::Owing => format!("Booking {reference} was cancelled after its reward was paid: it is owed back."),
    };
    Earning {
        booking: booking.clone(),
        reference: reference.clone(),
        stage: reward.stage,
        wei: part,
        commission_minor: reward.commission_minor,
        currency: reward.currency.clone(),
        share_bps,
        why,
    }
}

/// Hundredths of a percent as people write them.
fn percent(bps: u16) -> String {
    match (bps / 100, bps % 100) {
        (whole, 0) => format!("{whole}%"),
        (whole, part) => format!("{whole}.{part:02}%"),
    }
}

/// Minor units as people write them: with as many decimals as the currency has (ISO 4217).
pub(super) fn money(minor: u64, currency: &str) -> String {
    let decimals = agent::language::en::decimals(currency) as usize;
    let digits = format!("{minor:0>width$}", width = decimals + 1);
    let (whole, part) = digits.split_at(digits.len() - decimals);
    let point = if part.is_empty() { "" } else { "." };
    format!("{whole}{point}{part} {currency}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_people_write_them() {
        assert_eq!(money(552, "USD"), "5.52 USD");
        assert_eq!(money(5, "USD"), "0.05 USD");
        assert_eq!(money(552, "JPY"), "552 JPY");
        assert_eq!(money(5, "KWD"), "0.005 KWD");
        assert_eq!((percent(7000), percent(125)), ("70%".to_owned(), "1.25%".to_owned()));
    }
}
