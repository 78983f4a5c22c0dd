//! The nervous system of the house: who reacts to which news. A reaction runs at least once per event, in order per
//! aggregate; a failing one delays neither the others nor the publisher.
use super::{
    Handler, Runner, contracts, counts,
    messaging::{
        contract_notices, correction_notices, domain_notices, money_notices, notices, quote_notices, service_notices,
    },
    payments, runner, sales,
};
use crate::{
    domain::{
        billing::{InvoiceCovered, InvoicePaid, InvoiceVoided, InvoiceWrittenOff},
        catalog::events::PlanSlotFreed,
        payments::{PaymentClosed, PaymentReversed, PaymentSettled, PaymentStarted},
        provisioning::{
            events::{InstanceFailed, InstanceResizeFailed, InstanceResized, InstanceRunning},
            follow,
        },
        subscriptions::events::{
            SubscriptionActivated, SubscriptionEnded, SubscriptionSuspended, SubscriptionUnsuspended, TermsBegun,
        },
    },
    kernel::outbox::Event,
};

/// One line of the table.
pub struct Reaction {
    /// `context.verb`: stable for ever, stored with each delivery.
    pub name: &'static str,
    /// The news it reacts to.
    pub event: &'static str,
    /// What it does.
    pub(super) run: Runner,
}

/// `handler` reacts to the event `E` under the stable name `name`.
pub fn on<E: Event>(name: &'static str, handler: impl Handler<E>) -> Reaction {
    Reaction { name, event: E::NAME, run: runner(handler) }
}

/// Every reaction of the house.
pub fn all() -> Vec<Reaction> {
    vec![
        on::<InvoicePaid>("ordering.mark_paid", sales::order_paid),
        on::<InvoicePaid>("subscriptions.activate", sales::activate),
        on::<InvoicePaid>("subscriptions.release_taken_back", sales::release_taken_back),
        on::<InvoicePaid>("subscriptions.renewed", contracts::renewed),
        on::<InvoiceCovered>("ordering.mark_covered", sales::order_covered),
        on::<InvoiceCovered>("subscriptions.activate_covered", sales::activate_covered),
        on::<InvoiceCovered>("subscriptions.release_covered", sales::release_covered),
        on::<InvoiceCovered>("subscriptions.renewed_covered", contracts::covered),
        on::<InvoiceVoided>("payments.close_attempts", payments::invoice_voided),
        on::<InvoiceVoided>("ordering.cancel", sales::order_voided),
        on::<InvoiceWrittenOff>("payments.close_given_up", payments::invoice_written_off),
        on::<InvoiceWrittenOff>("subscriptions.settle_given_up", contracts::given_up),
        on::<PaymentReversed>("subscriptions.hold_taken_back", sales::hold_taken_back),
        on::<PaymentStarted>("ordering.keep_slots", sales::keep_slots),
        on::<PlanSlotFreed>("ordering.admit_waiting", sales::admit_waiting),
        on::<SubscriptionActivated>("provisioning.create", follow::on_activated),
        on::<SubscriptionSuspended>("provisioning.suspend", follow::on_suspended),
        on::<SubscriptionUnsuspended>("provisioning.unsuspend", follow::on_unsuspended),
        on::<SubscriptionEnded>("provisioning.terminate", follow::on_ended),
        on::<SubscriptionEnded>("ordering.credit_undelivered", contracts::ended),
        on::<SubscriptionEnded>("ordering.end_change", contracts::change_ended),
        on::<PaymentSettled>("ordering.begin_change", contracts::change_paid),
        on::<PaymentClosed>("ordering.withdraw_change", contracts::change_unpaid),
        on::<InstanceResized>("ordering.capture_change", contracts::change_made),
        on::<InstanceResizeFailed>("ordering.fail_change", contracts::change_failed),
        on::<TermsBegun>("ordering.begin_terms", contracts::terms_begun),
        on("subscriptions.ask_anew", contracts::change_done),
        on::<InstanceRunning>("ordering.mark_active", sales::delivered),
        on::<InstanceFailed>("ordering.pay_back", sales::not_delivered),
        on("metrics.order_placed", counts::order_placed),
        on("metrics.payment_closed", counts::payment_closed),
        on("messaging.welcome", notices::welcome),
        on("messaging.verify_again", notices::verify_again),
        on("messaging.already_registered", notices::already_registered),
        on("messaging.reset_password", notices::reset_password),
        on("messaging.password_changed", notices::password_changed),
        on("messaging.staff_added", notices::staff_added),
        on("messaging.user_invited", notices::user_invited),
        on("messaging.staff_alert", notices::staff_alert),
        on("messaging.invoice_issued", money_notices::invoice_issued),
        on("messaging.payment_settled", money_notices::payment_settled),
        on("messaging.invoices_paid_together", money_notices::invoices_paid_together),
        on("messaging.refund_succeeded", money_notices::refund_succeeded),
        on("messaging.transfer_refused", money_notices::transfer_refused),
        on("messaging.customer_closed", money_notices::customer_closed),
        on("messaging.customer_merged", money_notices::customer_merged),
        on("messaging.wallet_paid_out", money_notices::wallet_paid_out),
        on("payments.follow_refund_transfer", payments::refund_transfer_ended),
        on("messaging.contract_waiting", service_notices::contract_waiting),
        on("messaging.instance_running", service_notices::instance_running),
        on("messaging.instance_failed", service_notices::instance_failed),
        on("messaging.custom_domain_active", domain_notices::custom_domain_active),
        on("messaging.custom_domain_failing", domain_notices::custom_domain_failing),
        on("messaging.custom_domain_given_up", domain_notices::custom_domain_given_up),
        on("messaging.order_cancelled", service_notices::order_cancelled),
        on("messaging.waitlist_offered", service_notices::waitlist_offered),
        on("messaging.quote_sent", quote_notices::quote_sent),
        on("messaging.quote_ending", quote_notices::quote_ending),
        on("messaging.quote_decided", quote_notices::quote_decided),
        on("messaging.renewal_reminder", contract_notices::renewal_reminder),
        on("messaging.suspended", contract_notices::suspended),
        on("messaging.unsuspended", contract_notices::unsuspended),
        on("messaging.removal_near", contract_notices::removal_near),
        on("messaging.ended", contract_notices::ended),
        on("messaging.plan_changed", contract_notices::plan_changed),
        on("messaging.plan_change_failed", contract_notices::plan_change_failed),
        on("messaging.plan_change_scheduled", contract_notices::plan_change_scheduled),
        on("messaging.plan_change_to_pay", contract_notices::plan_change_to_pay),
        on("messaging.plan_change_withdrawn", contract_notices::plan_change_withdrawn),
        on("messaging.contract_cancelled", contract_notices::cancelled),
        on("messaging.payment_reversed", correction_notices::payment_reversed),
        on("messaging.dispute_decided", correction_notices::dispute_decided),
        on("messaging.invoice_voided", correction_notices::invoice_voided),
        on("messaging.credit_note_issued", correction_notices::credit_note_issued),
        on("messaging.wallet_adjusted", correction_notices::wallet_adjusted),
    ]
}
