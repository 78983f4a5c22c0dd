//! Booking what fits nothing.
use crate::{
    domain::{
        Ctx,
        ledger::{self, Account, Posting},
        payments::PaymentError,
    },
    kernel::db::WriteTx,
};
use entity::{
    payments::unallocated_money,
    value::{Money, PaymentAccountId, UnallocatedMoneyId, UnallocatedStatus},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

/// Longest reference that is kept, in characters.
const REFERENCE_LENGTH: usize = 160;
/// Longest id of a gateway that is kept, in characters.
const EXTERNAL_ID_LENGTH: usize = 80;

/// Money that fits nothing.
#[derive(Clone, Debug)]
pub(in crate::domain::payments) struct NewMoney<'a> {
    /// Key of its posting: the same money has the same key.
    pub key: String,
    /// To which of our accounts it came.
    pub account_id: &'a PaymentAccountId,
    /// Word of the gateway.
    pub gateway: &'a str,
    /// What the gateway calls it.
    pub reference: &'a str,
    /// The gateway's own id of it; may be empty.
    pub external_id: &'a str,
    /// Table (singular) of what told of it.
    pub source_type: &'static str,
    /// Row of what told of it.
    pub source_id: &'a str,
    /// Why it fits nothing.
    pub why: &'static str,
    /// How much.
    pub amount: &'a Money,
    /// Where it lies, debit positive; sums to the amount.
    pub lies: Vec<(Account, i64)>,
}

/// Books money that fits nothing in `tx` and puts it before staff, once per key. Whether it is new.
///
/// # Errors
/// The ledger; the database.
pub(in crate::domain::payments) async fn take(
    ctx: &Ctx,
    tx: &WriteTx,
    new: NewMoney<'_>,
) -> Result<bool, PaymentError> {
    let mut entries = new.lies;
    entries.push((Account::Unallocated, -new.amount.minor));
    let posting = Posting {
        idempotency_key: new.key.clone(),
        kind: "money_unallocated",
        source_type: new.source_type,
        source_id: new.source_id.to_owned(),
        description: format!("Money that fits nothing: {}", new.reference),
        currency: new.amount.currency.clone(),
        entries,
        wallet: None,
    };
    if !ledger::post(ctx, tx, posting).await?.is_new {
        return Ok(false);
    }
    let row = unallocated_money::Model {
        id: UnallocatedMoneyId::generate(),
        posting_key: new.key,
        account_id: new.account_id.clone(),
        gateway: new.gateway.to_owned(),
        reference: new.reference.chars().take(REFERENCE_LENGTH).collect(),
        external_id: Some(new.external_id.chars().take(EXTERNAL_ID_LENGTH).collect())
            .filter(|id: &String| !id.is_empty()),
        source_type: new.source_type.to_owned(),
        source_id: new.source_id.to_owned(),
        why: new.why.to_owned(),
        amount_minor: new.amount.minor,
        currency: new.amount.currency.clone(),
        status: UnallocatedStatus::Open,
        customer_id: None,
        invoice_id: None,
        payment_id: None,
        bank_reference: None,
        reason: None,
        decided_by: None,
        received_at: ctx.now(),
        paid_out_at: None,
        decided_at: None,
    };
    unallocated_money::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(tx).await?;
    tx.wake_after_commit("staff");
    Ok(true)
}

/// The money under `key` lies in our bank account already.
///
/// # Errors
/// The database.
pub(in crate::domain::payments) async fn is_paid_out(ctx: &Ctx, tx: &WriteTx, key: &str) -> Result<(), PaymentError> {
    let set = unallocated_money::ActiveModel { paid_out_at: Set(Some(ctx.now())), ..Default::default() };
    let of_key = unallocated_money::Column::PostingKey.eq(key);
    unallocated_money::Entity::update_many().set(set).filter(of_key).exec(tx).await?;
    Ok(())
}
