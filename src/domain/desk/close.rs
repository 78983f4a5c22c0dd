//! Closing an account: its wallet is paid out, nobody acts in it any more, and what it holds stays.
use super::{DeskError, Obstacle, events::CustomerClosed, obstacles};
use crate::{
    domain::{
        Ctx,
        catalog::waitlist,
        customers::{self, Member},
        ledger::{self, BankAccount, Wallet},
    },
    kernel::fault::FieldFault,
};
use entity::{
    customers::customer,
    ledger::wallet_payout,
    value::{ApprovalId, CustomerId, CustomerStatus, contact, next_ulid},
};

/// Longest reason, in characters.
const LONGEST_REASON: usize = 255;

/// How somebody leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leave<'a> {
    /// Why, for the audit trail.
    pub reason: &'a str,
    /// Where the money of the wallet goes; not looked at where the wallet is empty.
    pub bank: BankAccount<'a>,
}

/// An account that was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The account.
    pub customer: customer::Model,
    /// What pays its wallet out, while that is under way.
    pub payout: Option<wallet_payout::Model>,
}

/// How an account stands that is to be closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The account.
    pub customer: customer::Model,
    /// Its wallet.
    pub wallet: Wallet,
    /// Who could act in it.
    pub members: Vec<Member>,
    /// What stands in the way.
    pub obstacles: Vec<Obstacle>,
}

/// How an account stands that is to be closed; changes nothing.
///
/// # Errors
/// `NotFound`; the database.
pub async fn look(ctx: &Ctx, id: &CustomerId) -> Result<Standing, DeskError> {
    let customer = customers::get(&ctx.db, id).await?;
    let wallet = ledger::wallet(ctx, id).await?;
    let members = customers::members_of(&ctx.db, id).await?;
    let obstacles = obstacles::to_closing(&ctx.db, id, wallet.balance).await?;
    Ok(Standing { customer, wallet, members, obstacles })
}

/// Closes an account and sets what its wallet holds aside to be paid out. Documents, postings and everything else in
/// it stay as they are. Publishes `customer.closed`. Of twins one closes it; an account that is closed stays so.
///
/// # Errors
/// `NotFound`; `Invalid` for the reason, and for the bank account where there is money; `NotClosable`;
/// `Ledger(OwnPayout)`; the database.
pub async fn close(ctx: &Ctx, id: &CustomerId, leave: &Leave<'_>) -> Result<Left, DeskError> {
    let reason = checked_reason(leave.reason)?;
    let tx = ctx.begin().await?;
    // Claimed first: whoever orders at this moment is waited for and then seen, or finds the account closed.
    if !customers::close(ctx, &tx, id, &reason).await? {
        drop(tx);
        return known(ctx, id).await;
    }
    let customer = customers::get(&tx, id).await?;
    let balance_minor = ledger::balance_minor(&tx, id, &customer.currency).await?;
    let obstacles = obstacles::to_closing(&tx, id, balance_minor).await?;
    if !obstacles.is_empty() {
        return Err(DeskError::NotClosable(obstacles));
    }
    let payout = match balance_minor {
        0 => None,
        _ => {
            let to = leave.bank.check().map_err(DeskError::Invalid)?;
            Some(ledger::pay_out(ctx, &tx, id, &to, &reason).await?)
        }
    };
    waitlist::leave_all(&tx, id).await?;
    let event = CustomerClosed {
        customer_id: id.clone(),
        payout_id: payout.as_ref().map(|payout| payout.id.clone()),
        occasion: next_ulid().to_string(),
    };
    ctx.publish(&tx, &event).await?;
    ctx.made(&tx, id.as_str()).await?;
    tx.commit().await?;
    tracing::info!(customer.id = %id, "Closed an account");
    Ok(Left { customer, payout })
}

/// An account that was closed, for an answer that is given again.
///
/// # Errors
/// `NotFound`; `NotClosed` where it is open again; the database.
pub async fn left(ctx: &Ctx, id: &CustomerId) -> Result<Left, DeskError> {
    let customer = customers::get(&ctx.db, id).await?;
    if customer.status != CustomerStatus::Closed {
        return Err(DeskError::NotClosed);
    }
    let payout = ledger::open_payout(&ctx.db, id).await?;
    Ok(Left { customer, payout })
}

async fn known(ctx: &Ctx, id: &CustomerId) -> Result<Left, DeskError> {
    let left = left(ctx, id).await?;
    let tx = ctx.begin().await?;
    ctx.made(&tx, id.as_str()).await?;
    tx.commit().await?;
    Ok(left)
}

/// Opens a closed account again: its people act in it as before. What is being paid out goes on. Twice is once.
///
/// # Errors
/// `NotFound`; `Invalid` for the reason; `Ledger(CustomerMerged)`; the database.
pub async fn reopen(ctx: &Ctx, id: &CustomerId, reason: &str) -> Result<customer::Model, DeskError> {
    let reason = checked_reason(reason)?;
    let tx = ctx.begin().await?;
    // Claimed by the change itself and asked afterwards: two who shared the account first would wait for each other.
    customers::reopen(ctx, &tx, id, &reason).await?;
    ledger::refuse_merged(&tx, id).await?;
    let customer = customers::get(&tx, id).await?;
    ctx.made(&tx, id.as_str()).await?;
    tx.commit().await?;
    Ok(customer)
}

/// Sets aside what the wallet of a closed account holds, to be paid out: after a payout came back, or where money came
/// late. Not idempotent by itself: a second one finds the wallet empty, or the first under way.
///
/// # Errors
/// `NotFound`; `NotClosed`; `NotPayable` where something came up since it was closed; `Invalid` by field;
/// `Ledger(WalletEmpty)`, `Ledger(PayoutUnderWay)`, `Ledger(OwnPayout)`, `Ledger(CustomerMerged)`; the database.
pub async fn pay_out(ctx: &Ctx, id: &CustomerId, leave: &Leave<'_>) -> Result<wallet_payout::Model, DeskError> {
    let reason = checked_reason(leave.reason)?;
    let to = leave.bank.check().map_err(DeskError::Invalid)?;
    let tx = ctx.begin().await?;
    ledger::refuse_merged(&tx, id).await?;
    if customers::get(&tx, id).await?.status != CustomerStatus::Closed {
        return Err(DeskError::NotClosed);
    }
    let payout = ledger::pay_out(ctx, &tx, id, &to, &reason).await?;
    // Judged under the lock of the wallet: whoever takes a payment back at this moment is waited for and seen. The second
    // pair of eyes that this very payout waits for is none of what stands in its way.
    let mut obstacles = obstacles::to_closing(&tx, id, 0).await?;
    let own = payout.approval_id.as_ref().map(ApprovalId::as_str);
    obstacles.retain(|one| own != Some(one.id.as_str()));
    if !obstacles.is_empty() {
        return Err(DeskError::NotPayable(obstacles));
    }
    ctx.made(&tx, payout.id.as_str()).await?;
    tx.commit().await?;
    Ok(payout)
}

pub(super) fn checked_reason(reason: &str) -> Result<String, DeskError> {
    let wrong = |wrong| DeskError::Invalid(vec![FieldFault::of("reason", wrong)]);
    contact::line(reason, LONGEST_REASON).map_err(wrong)
}
