//! The life of contracts: renewals are invoiced, and each contract goes through its timetable as work of its own.
use super::registry::{Registered, job};
use crate::{
    domain::{
        Ctx,
        billing::{InvoiceCovered, InvoicePaid, InvoiceWrittenOff},
        ordering::{
            self,
            change::{self, events::PlanChanged},
        },
        payments::{self, PaymentClosed, PaymentSettled},
        provisioning::events::{InstanceResizeFailed, InstanceResized},
        subscriptions::{
            self, Forecast,
            advance::{Advance, Outcome},
            events::{SubscriptionEnded, TermsBegun},
            timetable::Step,
        },
    },
    kernel::job::{Job, JobError},
};
use entity::value::SubscriptionId;
use serde::{Deserialize, Serialize};

/// Steps one run takes at most; a contract has fewer.
const STEPS: usize = 60;

/// Issues the renewal invoices that are due.
#[derive(Debug, Serialize, Deserialize)]
pub struct IssueRenewals {}

impl Job for IssueRenewals {
    const NAME: &'static str = "subscriptions.issue_renewals";

    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}

/// Queues the work of the contracts whose time has come.
#[derive(Debug, Serialize, Deserialize)]
pub struct QueueDue {}

impl Job for QueueDue {
    const NAME: &'static str = "subscriptions.queue_due";

    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}

/// Charges the fees for what is paid late that are due.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChargeLateFees {}

impl Job for ChargeLateFees {
    const NAME: &'static str = "subscriptions.charge_late_fees";

    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}

/// Forgets quotes for changes of plan that nobody accepted, and goes on with changes whose period has begun.
#[derive(Debug, Serialize, Deserialize)]
pub struct TidyChanges {}

impl Job for TidyChanges {
    const NAME: &'static str = "ordering.tidy_changes";

    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}

/// Every job of this family.
pub fn all() -> Vec<Registered> {
    vec![
        job::<IssueRenewals>(issue_renewals),
        job::<QueueDue>(queue_due),
        job::<ChargeLateFees>(charge_late_fees),
        job::<Advance>(advance),
        job::<TidyChanges>(tidy_changes),
    ]
}

async fn tidy_changes(ctx: Ctx, _: TidyChanges) -> Result<(), JobError> {
    change::later::finish_begun(&ctx).await?;
    change::forget_quotes(&ctx).await?;
    Ok(())
}

async fn issue_renewals(ctx: Ctx, _: IssueRenewals) -> Result<(), JobError> {
    let issued = subscriptions::renew::issue_due(&ctx).await?;
    if issued.contracts > 0 {
        tracing::info!(contracts = issued.contracts, invoices = issued.invoices, "Issued renewal invoices");
        // What was issued late is due already.
        queue_due(ctx, QueueDue {}).await?;
    }
    Ok(())
}

async fn queue_due(ctx: Ctx, _: QueueDue) -> Result<(), JobError> {
    while subscriptions::advance::queue_due(&ctx).await? > 0 {}
    Ok(())
}

async fn charge_late_fees(ctx: Ctx, _: ChargeLateFees) -> Result<(), JobError> {
    Ok(subscriptions::late_fee::charge_due(&ctx).await.map(drop)?)
}

async fn advance(ctx: Ctx, work: Advance) -> Result<(), JobError> {
    take_steps(&ctx, &work.subscription_id).await.map(drop)
}

/// Takes every step of one contract that is due, in order. Which.
async fn take_steps(ctx: &Ctx, id: &SubscriptionId) -> Result<Vec<Step>, JobError> {
    let mut taken = Vec::new();
    while taken.len() < STEPS {
        match subscriptions::advance::advance(ctx, id).await? {
            Outcome::Rests => break,
            Outcome::Taken(step) => taken.push(step),
            Outcome::Debit { customer_id, cycle_number, step } => {
                payments::attempt::debit_renewals(ctx, &customer_id).await?;
                subscriptions::advance::note_debit(ctx, id, cycle_number, step).await?;
                taken.push(step);
            }
        }
    }
    Ok(taken)
}

/// A whole billing run in this process: renewals that are due are invoiced, contracts whose time has come take their
/// steps, fees are charged, until nothing is due: after a long rest a step may make the next renewal due. What came of it.
///
/// # Errors
/// The first thing that failed; what was done before it stays done.
pub async fn run(ctx: &Ctx) -> Result<Forecast, JobError> {
    let mut done = Forecast::default();
    let fees = subscriptions::late_fee::charge_due(ctx).await?;
    if fees.fees > 0 {
        done.steps.insert("late_fee", fees.fees);
    }
    done.late_fees = fees.totals;
    loop {
        let issued = subscriptions::renew::issue_due(ctx).await?;
        done.renewals += issued.contracts;
        for (currency, total) in issued.totals {
            *done.net.entry(currency).or_default() += total;
        }
        let due = subscriptions::advance::due(ctx).await?;
        if due.is_empty() && issued.contracts == 0 {
            return Ok(done);
        }
        for id in due {
            for step in take_steps(ctx, &id).await? {
                *done.steps.entry(step.word()).or_default() += 1;
            }
        }
    }
}

/// The contracts behind a renewal of which only a proof of withheld tax is missing go on.
pub(super) async fn covered(ctx: Ctx, event: InvoiceCovered) -> Result<(), JobError> {
    Ok(subscriptions::advance::on_invoice_paid(&ctx, &event.invoice_id).await?)
}

/// The contracts behind a paid renewal go on.
pub(super) async fn renewed(ctx: Ctx, event: InvoicePaid) -> Result<(), JobError> {
    Ok(subscriptions::advance::on_invoice_paid(&ctx, &event.invoice_id).await?)
}

/// The contracts behind a renewal whose debt was given up go on.
pub(super) async fn given_up(ctx: Ctx, event: InvoiceWrittenOff) -> Result<(), JobError> {
    Ok(subscriptions::advance::on_invoice_paid(&ctx, &event.invoice_id).await?)
}

/// A renewal that is not delivered is credited.
pub(super) async fn ended(ctx: Ctx, event: SubscriptionEnded) -> Result<(), JobError> {
    Ok(ordering::credit_undelivered(&ctx, &event.subscription_id).await?)
}

/// Money came that a change of plan waits for.
pub(super) async fn change_paid(ctx: Ctx, event: PaymentSettled) -> Result<(), JobError> {
    Ok(change::on_payment_settled(&ctx, &event.payment_id).await?)
}

/// Money that a change of plan waited for does not come.
pub(super) async fn change_unpaid(ctx: Ctx, event: PaymentClosed) -> Result<(), JobError> {
    Ok(change::on_payment_closed(&ctx, &event.payment_id).await?)
}

/// What runs has the size of its new plan.
pub(super) async fn change_made(ctx: Ctx, event: InstanceResized) -> Result<(), JobError> {
    Ok(change::on_resized(&ctx, &event.task_id).await?)
}

/// What runs could not be given the size of its new plan.
pub(super) async fn change_failed(ctx: Ctx, event: InstanceResizeFailed) -> Result<(), JobError> {
    Ok(change::on_resize_failed(&ctx, &event.task_id).await?)
}

/// A contract whose plan was being changed ended.
pub(super) async fn change_ended(ctx: Ctx, event: SubscriptionEnded) -> Result<(), JobError> {
    Ok(change::on_contract_ended(&ctx, &event.subscription_id).await?)
}

/// A period began that was asked for with another plan or cycle.
pub(super) async fn terms_begun(ctx: Ctx, event: TermsBegun) -> Result<(), JobError> {
    Ok(change::later::on_terms_begun(&ctx, &event.subscription_id).await?)
}

/// A plan changed: its renewal is asked for at the new price.
pub(super) async fn change_done(ctx: Ctx, event: PlanChanged) -> Result<(), JobError> {
    Ok(subscriptions::ask_anew(&ctx, &event.subscription_id).await?)
}
