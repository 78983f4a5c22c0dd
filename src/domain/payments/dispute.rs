//! Disputes: payments that payers' banks took back. The money is gone when a dispute opens; staff bring forward what they
//! have at the gateway, and say how it ended. Won: the money comes back. Lost: what the customer had spent already leaves
//! his wallet as far as there is money in it again, and the rest is our loss; what his invoice asks for stays open.
use super::{
    DisputeDecided, PaymentError,
    attempt::{self, Arrival},
};
use crate::{
    domain::{
        Ctx, customers,
        ledger::{self, Account, LedgerError, Posting, WalletNote},
    },
    kernel::{
        alert,
        audit::Change,
        db::WriteTx,
        locale::t,
        page::{Page, PageRequest},
    },
};
use entity::{
    payments::{dispute, payment},
    value::{CustomerId, DisputeId, DisputeStatus, InvoiceId, Money, PaymentId, WalletTransactionType},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, sea_query::OnConflict,
};
use serde_json::json;

/// How money of a dispute that was won comes: by a payment that no gateway knows by a reference of ours.
pub const METHOD: &str = "dispute";
/// Longest note, in characters.
const LONGEST_NOTE: usize = 2_000;

/// How a dispute ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The money comes back.
    Won,
    /// It does not.
    Lost,
}

impl Outcome {
    fn status(self) -> DisputeStatus {
        match self {
            Self::Won => DisputeStatus::Won,
            Self::Lost => DisputeStatus::Lost,
        }
    }
}

/// The gateway took money of `payment` back for the payer, in `tx`: a dispute is open from now on, and the customer is
/// one to look at. Twice is once.
pub(super) async fn open(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &payment::Model,
    invoice_id: Option<&InvoiceId>,
    (amount_minor, lost_minor): (i64, i64),
) -> Result<(), PaymentError> {
    let row = dispute::Model {
        id: DisputeId::generate(),
        payment_id: payment.id.clone(),
        reference: payment.reference.clone(),
        customer_id: payment.customer_id.clone(),
        invoice_id: invoice_id.cloned(),
        amount_minor,
        lost_minor,
        currency: payment.currency.clone(),
        status: DisputeStatus::Open,
        note: None,
        won_payment_id: None,
        fee_minor: 0,
        is_fee_told: false,
        fee_back_minor: 0,
        is_fee_back_told: false,
        decided_by: None,
        opened_at: ctx.now(),
        decided_at: None,
    };
    let once = OnConflict::column(dispute::Column::PaymentId).do_nothing().to_owned();
    let insert = dispute::Entity::insert(row.into_active_model().reset_all()).on_conflict(once);
    insert.exec_without_returning(tx).await?;
    customers::set_risk(tx, ctx.now(), &payment.customer_id, customers::Risk::High).await?;
    tx.wake_after_commit("staff");
    Ok(())
}

/// Staff say how a dispute ended, and on what grounds. Won: what the gateway took comes back, pays the invoice as far as
/// it is still open, and goes to the wallet besides; what had been booked as unallocated is settled by it. Lost: that
/// part leaves the wallet, and what the wallet does not hold is written off. Publishes `dispute.decided`. The same decision
/// again changes nothing.
///
/// # Errors
/// `NotFound`; `ReasonRequired` without grounds; `AlreadyDealtWith` where it ended otherwise; `Ledger(PayoutUnderWay)`
/// where money it is to be taken from is about to be sent to the customer; billing, the ledger, the database.
pub async fn decide(ctx: &Ctx, id: &DisputeId, outcome: Outcome, note: &str) -> Result<dispute::Model, PaymentError> {
    let note: String = note.trim().chars().filter(|c| !c.is_control() || *c == '\n').take(LONGEST_NOTE).collect();
    if note.is_empty() {
        return Err(PaymentError::ReasonRequired);
    }
    let known = row(&ctx.db, id).await?;
    if known.status != DisputeStatus::Open {
        return decided_before(ctx, known, outcome).await;
    }
    let payment = attempt::get(&ctx.db, &known.payment_id).await?;
    let tx = ctx.begin().await?;
    if !claim(ctx, &tx, id, outcome, &note).await? {
        drop(tx);
        return decided_before(ctx, row(&ctx.db, id).await?, outcome).await;
    }
    let taken_minor = match outcome {
        Outcome::Won => {
            win(ctx, &tx, &known, &payment).await?;
            0
        }
        Outcome::Lost => lose(ctx, &tx, &known, &payment).await?,
    };
    calm(ctx, &tx, &known.customer_id).await?;
    alert::resolve(&tx, ctx.now(), &format!("payment_reversed:{}", known.payment_id)).await?;
    let change = Change {
        action: "payments.dispute.decide",
        target_type: "dispute",
        target_id: id.as_str(),
        customer_id: Some(&known.customer_id),
        before: Some(json!({"status": DisputeStatus::Open})),
        after: Some(json!({
            "status": outcome.status(), "amount_minor": known.amount_minor, "lost_minor": known.lost_minor,
        })),
        reason: Some(&note),
    };
    ctx.audit(&tx, change).await?;
    let event = DisputeDecided { dispute_id: id.clone(), customer_id: known.customer_id.clone(), taken_minor };
    ctx.publish(&tx, &event).await?;
    tx.wake_after_commit("staff");
    let decided = row(&tx, id).await?;
    ctx.made(&tx, id.as_str()).await?;
    tx.commit().await?;
    Ok(decided)
}

async fn decided_before(ctx: &Ctx, row: dispute::Model, outcome: Outcome) -> Result<dispute::Model, PaymentError> {
    if row.status != outcome.status() {
        return Err(PaymentError::AlreadyDealtWith);
    }
    let tx = ctx.begin().await?;
    ctx.made(&tx, row.id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

/// Ends a dispute that is open; the guard against a twin.
async fn claim(ctx: &Ctx, tx: &WriteTx, id: &DisputeId, outcome: Outcome, note: &str) -> Result<bool, PaymentError> {
    let set = dispute::ActiveModel {
        status: Set(outcome.status()),
        note: Set(Some(note.to_owned())),
        decided_by: Set(ctx.staff_id()),
        decided_at: Set(Some(ctx.now())),
        ..Default::default()
    };
    let updated = dispute::Entity::update_many()
        .set(set)
        .filter(dispute::Column::Id.eq(id))
        .filter(dispute::Column::Status.eq(DisputeStatus::Open))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected == 1)
}

async fn win(ctx: &Ctx, tx: &WriteTx, known: &dispute::Model, payment: &payment::Model) -> Result<(), PaymentError> {
    let account_id = payment.account_id.clone().ok_or(PaymentError::NotConfigured)?;
    let clearing = Account::GatewayClearing(account_id.clone());
    let his = known.amount_minor - known.lost_minor;
    if his <= 0 {
        let entries = vec![(clearing, known.amount_minor), (Account::Unallocated, -known.amount_minor)];
        ledger::post(ctx, tx, posting(known, "dispute_won", entries)).await?;
        return Ok(());
    }
    let arrival = Arrival {
        id: PaymentId::generate(),
        prefix: "DSP",
        customer_id: known.customer_id.clone(),
        invoice_id: known.invoice_id.clone(),
        account_id: Some(account_id),
        gateway: payment.gateway.clone(),
        method: METHOD,
        external_id: None,
        amount: Money::new(his, &known.currency),
        // What the customer had spent was booked as unallocated: it is made up for first.
        lies: vec![(clearing, known.amount_minor), (Account::Unallocated, -known.lost_minor)],
    };
    let won = attempt::arrive(ctx, tx, arrival).await?;
    let set = dispute::ActiveModel { won_payment_id: Set(Some(won.id)), ..Default::default() };
    dispute::Entity::update_many().set(set).filter(dispute::Column::Id.eq(&known.id)).exec(tx).await?;
    Ok(())
}

/// Returns how much left the wallet, minor units.
async fn lose(ctx: &Ctx, tx: &WriteTx, known: &dispute::Model, payment: &payment::Model) -> Result<i64, PaymentError> {
    if known.lost_minor == 0 {
        return Ok(0);
    }
    let wallet = Account::Wallet(known.customer_id.clone());
    ledger::lock(ctx, tx, &known.currency, &[wallet.clone(), Account::Goodwill, Account::Unallocated]).await?;
    // What is set aside for a payout cannot be taken, and would leave for good with the next click.
    if ledger::open_payout(tx, &known.customer_id).await?.is_some() {
        return Err(LedgerError::PayoutUnderWay.into());
    }
    let held = ledger::balance_minor(tx, &known.customer_id, &known.currency).await?.max(0);
    let taken = held.min(known.lost_minor);
    let description = t(attempt::lang_of(tx, payment).await?, "wallet-words-reversed");
    let posting = Posting {
        wallet: (taken > 0).then_some(WalletNote { r#type: WalletTransactionType::Adjustment, description }),
        ..posting(
            known,
            "dispute_lost",
            vec![
                (wallet, taken),
                (Account::Goodwill, known.lost_minor - taken),
                (Account::Unallocated, -known.lost_minor),
            ],
        )
    };
    ledger::post(ctx, tx, posting).await?;
    tx.wake_after_commit(format!("customer:{}", known.customer_id));
    Ok(taken)
}

fn posting(known: &dispute::Model, kind: &'static str, entries: Vec<(Account, i64)>) -> Posting {
    Posting {
        idempotency_key: format!("{kind}:{}", known.id),
        kind,
        source_type: "dispute",
        source_id: known.id.0.clone(),
        description: format!("Dispute about {}", known.reference),
        currency: known.currency.clone(),
        entries,
        wallet: None,
    }
}

/// A customer whose disputes were all won is one like any other.
async fn calm(ctx: &Ctx, tx: &WriteTx, customer_id: &CustomerId) -> Result<(), PaymentError> {
    let others = dispute::Entity::find()
        .filter(dispute::Column::CustomerId.eq(customer_id))
        .filter(dispute::Column::Status.is_in([DisputeStatus::Open, DisputeStatus::Lost]));
    if others.count(tx).await? == 0 {
        customers::set_risk(tx, ctx.now(), customer_id, customers::Risk::Normal).await?;
    }
    Ok(())
}

/// The payment that a dispute about `id` became, where it was won and became one.
pub(super) async fn won_payment(db: &impl ConnectionTrait, id: &PaymentId) -> Result<Option<PaymentId>, PaymentError> {
    let about = dispute::Entity::find().filter(dispute::Column::PaymentId.eq(id)).one(db).await?;
    Ok(about.and_then(|row| row.won_payment_id))
}

pub(super) async fn row(db: &impl ConnectionTrait, id: &DisputeId) -> Result<dispute::Model, PaymentError> {
    dispute::Entity::find_by_id(id.clone()).one(db).await?.ok_or(PaymentError::NotFound)
}

/// One dispute.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get(ctx: &Ctx, id: &DisputeId) -> Result<dispute::Model, PaymentError> {
    row(&ctx.db, id).await
}

/// Disputes as staff look for them, newest first, optionally only those that stand so, or of one customer.
///
/// # Errors
/// The database.
pub async fn list(
    ctx: &Ctx,
    status: Option<DisputeStatus>,
    customer_id: Option<&CustomerId>,
    request: &PageRequest,
) -> Result<Page<dispute::Model>, PaymentError> {
    use dispute::Column::{CustomerId, Id, Status};
    let mut find = dispute::Entity::find();
    if let Some(status) = status {
        find = find.filter(Status.eq(status));
    }
    if let Some(customer_id) = customer_id {
        find = find.filter(CustomerId.eq(customer_id));
    }
    if let Some(after) = &request.after {
        find = find.filter(Id.lt(after.as_str()));
    }
    let rows = find.order_by_desc(Id).limit(request.fetch()).all(&ctx.db).await?;
    Ok(Page::of(rows, request, |row| row.id.as_str()))
}
