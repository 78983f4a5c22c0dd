//! When a silent attempt is asked about again (payments sheet, E.4). Pure.
use chrono::{DateTime, Duration, Utc};
use entity::{payments::payment, value::PaymentStatus};

/// After its end an attempt is asked about once more before it is closed here.
pub const EXPIRE_AFTER: Duration = Duration::seconds(90);
/// From then on it is closed even where the gateway still calls it open.
pub const GIVE_UP_AFTER: Duration = Duration::minutes(15);
/// Money under suspicion is asked about so often once its time is over.
pub const DOUBT_PAUSE: Duration = Duration::hours(1);
/// Money that is this late is still looked for.
const LATE: Duration = Duration::hours(24);
/// A gateway that has said so often that it has never heard of a charge never will: nothing was charged (sheet A.9).
pub const UNHEARD_TIMES: i32 = 3;
/// It is asked again after so long.
pub const UNHEARD_PAUSE: Duration = Duration::seconds(45);

/// When to ask next after `now`; `None`: not of our own accord.
pub fn next_inquiry(payment: &payment::Model, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let (made, end) = (payment.created_at, payment.expires_at);
    let seconds = |list: &[i64]| list.iter().map(|s| made + Duration::seconds(*s)).collect::<Vec<_>>();
    let mut times = match payment.status {
        PaymentStatus::Created | PaymentStatus::Unknown => seconds(&[15, 75, 375, 2_175, 9_375, 95_775]),
        PaymentStatus::Pending | PaymentStatus::Authorized | PaymentStatus::Review => {
            let mut times = seconds(&[60, 240, 840, 2_640]);
            times.push(hourly(made + Duration::seconds(2_640), now));
            times.retain(|at| *at < end);
            times.push(end + GIVE_UP_AFTER);
            times
        }
        PaymentStatus::Expired | PaymentStatus::Cancelled => vec![end + LATE],
        _ => Vec::new(),
    };
    times.sort();
    times.into_iter().find(|at| *at > now)
}

/// The first full hour counted from `start` after `now`.
fn hourly(start: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let hours = (now - start).num_hours().max(0) + 1;
    start + Duration::hours(hours)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use entity::value::{PaymentId, PaymentPurpose};

    fn attempt(status: PaymentStatus) -> payment::Model {
        let made = DateTime::<Utc>::default();
        payment::Model {
            id: PaymentId::generate(),
            reference: "INV-1".into(),
            customer_id: "cus_1".into(),
            invoice_id: None,
            purpose: PaymentPurpose::TopUp,
            account_id: None,
            gateway: "midtrans".into(),
            method: "qris".into(),
            option: None,
            entry_hash: None,
            status,
            amount_minor: 1,
            received_minor: 0,
            applied_minor: 0,
            refunded_minor: 0,
            fee_minor: 0,
            currency: "IDR".into(),
            external_id: None,
            instructions: serde_json::json!({}),
            is_late: false,
            failure_code: None,
            expires_at: made + Duration::hours(24),
            settled_at: None,
            paid_out_at: None,
            inquire_at: None,
            inquiries: 0,
            unheard: 0,
            created_at: made,
            updated_at: made,
        }
    }

    fn minutes(status: PaymentStatus, count: usize) -> Vec<i64> {
        let attempt = attempt(status);
        let mut now = attempt.created_at;
        let mut asked = Vec::new();
        while asked.len() < count {
            let Some(next) = next_inquiry(&attempt, now) else { break };
            assert!(next > now);
            asked.push((next - attempt.created_at).num_minutes());
            now = next;
        }
        asked
    }

    #[test]
    fn a_waiting_attempt_is_asked_about_ever_more_rarely_and_once_after_its_end() {
        let asked = minutes(PaymentStatus::Pending, 40);
        assert_eq!(asked[..6], [1, 4, 14, 44, 104, 164]);
        assert_eq!(*asked.last().unwrap(), 24 * 60 + 15);
    }

    #[test]
    fn an_unknown_charge_is_asked_about_within_seconds() {
        assert_eq!(minutes(PaymentStatus::Unknown, 9), [0, 1, 6, 36, 156, 1_596]);
    }

    #[test]
    fn late_money_is_looked_for_once_a_day_later_and_settled_money_never() {
        assert_eq!(minutes(PaymentStatus::Expired, 9), [48 * 60]);
        assert!(minutes(PaymentStatus::Succeeded, 9).is_empty());
    }
}
