//! What happens next to a contract, and when. Pure.
use chrono::{DateTime, Utc};
use entity::{
    subscriptions::subscription,
    value::{Period, SubscriptionStatus},
};

/// What happens next by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextEvent {
    /// `renewal`, `trial_end`, `end`, `suspension`, `removal` or `refund`.
    pub what: &'static str,
    /// When.
    pub at: DateTime<Utc>,
}

/// What happens next to a contract: it is renewed, or it ends. Nothing while it is pending, suspended, ended or paid
/// only once.
pub fn next_event(subscription: &subscription::Model) -> Option<NextEvent> {
    let at = subscription.next_renewal_at?;
    match subscription.status {
        SubscriptionStatus::Active if subscription.auto_renew => Some(NextEvent { what: "renewal", at }),
        SubscriptionStatus::Trialing if subscription.auto_renew => Some(NextEvent { what: "trial_end", at }),
        // What threatens it hangs on its invoice, see `outlook`.
        SubscriptionStatus::PastDue if subscription.auto_renew => None,
        SubscriptionStatus::Trialing
        | SubscriptionStatus::Active
        | SubscriptionStatus::PastDue
        | SubscriptionStatus::Cancelled => Some(NextEvent { what: "end", at }),
        SubscriptionStatus::Suspended if !subscription.auto_renew => Some(NextEvent { what: "end", at }),
        _ => None,
    }
}

/// The newest period that has begun and is paid; given as instants by `start_at` and `end_at`.
pub fn current_period(subscription: &subscription::Model) -> Option<Period> {
    Some(Period { start: subscription.period_start?, end: subscription.period_end? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::value::{CustomerId, Cycle, PlanId, ProductId, SubscriptionId};

    fn contract(status: SubscriptionStatus, auto_renew: bool) -> subscription::Model {
        let at: DateTime<Utc> = "2026-11-21T03:00:00Z".parse().unwrap();
        subscription::Model {
            id: SubscriptionId::generate(),
            customer_id: CustomerId::generate(),
            product_id: ProductId::generate(),
            plan_id: PlanId::generate(),
            order_id: None,
            status,
            cycle: Cycle::Monthly,
            price_minor: 50_000,
            tax_included: false,
            currency: "IDR".to_owned(),
            anchor_day: 21,
            discount: None,
            next_terms: None,
            options: entity::value::AgreedOptions::default(),
            config: serde_json::json!({}),
            period_start: None,
            period_end: None,
            next_renewal_at: Some(at),
            next_invoice_at: None,
            next_step_at: None,
            auto_renew,
            exclusive_key: None,
            elsewhere: None,
            cancel_reason: None,
            end_reason: None,
            activated_at: Some(at),
            suspended_at: None,
            terminated_at: None,
            created_at: at,
            updated_at: at,
        }
    }

    #[test]
    fn a_contract_says_what_happens_next() {
        use SubscriptionStatus::{Active, Cancelled, Pending, Suspended, Terminated, Trialing};
        let cases = [
            (Pending, true, None),
            (Trialing, true, Some("trial_end")),
            (Trialing, false, Some("end")),
            (Active, true, Some("renewal")),
            (Active, false, Some("end")),
            (Cancelled, false, Some("end")),
            (Suspended, true, None),
            (Suspended, false, Some("end")),
            (Terminated, false, None),
        ];
        for (status, auto_renew, expected) in cases {
            let next = next_event(&contract(status, auto_renew));
            assert_eq!(next.map(|event| event.what), expected, "{status} {auto_renew}");
        }
        let once = subscription::Model { next_renewal_at: None, ..contract(Active, true) };
        assert_eq!(next_event(&once), None);
    }
}
