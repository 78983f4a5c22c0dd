//! Finding reports, their lines, and what has not been paid out. A constant number of statements.
use super::import::account_choices;
use crate::{
    domain::{Ctx, ledger::Account, payments::PaymentError, payments::unallocated},
    kernel::{
        db::WriteTx,
        page::{Page, PageRequest},
    },
};
use chrono::{DateTime, Duration, Utc};
use entity::{
    ledger::account,
    payments::{payment, payment_account, settlement, settlement_line},
    value::{IDR, PaymentAccountId, SettlementId, SettlementLineId, SettlementLineStatus, SettlementStatus},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait, Func, SimpleExpr},
};
use std::collections::HashMap;

/// A report with what a list says of it.
#[derive(Clone, Debug)]
pub struct SettlementView {
    /// The report.
    pub settlement: settlement::Model,
    /// Name of the account.
    pub account_name: String,
}

/// A line with what a list says of it.
#[derive(Clone, Debug)]
pub struct LineView {
    /// The line.
    pub line: settlement_line::Model,
    /// Name of the account.
    pub account_name: String,
}

/// Which lines.
#[derive(Clone, Debug, Default)]
pub struct LineFilter {
    /// Only of this report.
    pub settlement_id: Option<SettlementId>,
    /// Only what became this.
    pub status: Option<SettlementLineStatus>,
}

/// Payments that came so many days ago and were not paid out are worth a look, where nobody says otherwise.
pub const USUAL_DAYS: i64 = 3;

/// What an account has not paid out, whole rupiah.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outstanding {
    /// Name of the account.
    pub account_name: String,
    /// What the books say lies there.
    pub clearing_minor: i64,
    /// What payments came to that no report has paid out, less what was given back.
    pub open_minor: i64,
    /// How many payments that is.
    pub payments: i64,
    /// When the oldest of them came.
    pub oldest_at: Option<DateTime<Utc>>,
}

pub(super) async fn row(db: &impl ConnectionTrait, id: &SettlementId) -> Result<settlement::Model, PaymentError> {
    settlement::Entity::find_by_id(id.clone()).one(db).await?.ok_or(PaymentError::NotFound)
}

/// Reads a draft and keeps others from changing it until `tx` ends.
pub(super) async fn locked_draft(tx: &WriteTx, id: &SettlementId) -> Result<settlement::Model, PaymentError> {
    let found = settlement::Entity::find_by_id(id.clone()).lock_exclusive().one(tx).await?;
    let found = found.ok_or(PaymentError::NotFound)?;
    if found.status == SettlementStatus::Draft { Ok(found) } else { Err(PaymentError::SettlementOver) }
}

pub(super) async fn account_of(
    db: &impl ConnectionTrait,
    id: &PaymentAccountId,
) -> Result<payment_account::Model, PaymentError> {
    payment_account::Entity::find_by_id(id.clone()).one(db).await?.ok_or(PaymentError::NotFound)
}

/// Reports, newest first; those that were put away are left out.
///
/// # Errors
/// The database.
pub async fn list(ctx: &Ctx, request: &PageRequest) -> Result<Page<SettlementView>, PaymentError> {
    use settlement::Column::{Id, Status};
    let mut find = settlement::Entity::find().filter(Status.ne(SettlementStatus::Discarded));
    if let Some(after) = &request.after {
        find = find.filter(Id.lt(after.as_str()));
    }
    let rows = find.order_by_desc(Id).limit(request.fetch()).all(&ctx.db).await?;
    let page = Page::of(rows, request, |row| row.id.as_str());
    let names = unallocated::account_names(&ctx.db).await?;
    Ok(page.map(|settlement| SettlementView {
        account_name: names.get(&settlement.account_id).cloned().unwrap_or_default(),
        settlement,
    }))
}

/// One report.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get(ctx: &Ctx, id: &SettlementId) -> Result<SettlementView, PaymentError> {
    let settlement = row(&ctx.db, id).await?;
    let account = account_of(&ctx.db, &settlement.account_id).await?;
    Ok(SettlementView { account_name: account.name, settlement })
}

/// Lines as staff look for them, newest first.
///
/// # Errors
/// The database.
pub async fn line_list(ctx: &Ctx, filter: &LineFilter, request: &PageRequest) -> Result<Page<LineView>, PaymentError> {
    use settlement_line::Column::{Id, SettlementId, Status};
    let mut find = settlement_line::Entity::find();
    if let Some(id) = &filter.settlement_id {
        find = find.filter(SettlementId.eq(id));
    }
    if let Some(status) = filter.status {
        find = find.filter(Status.eq(status));
    }
    if let Some(after) = &request.after {
        find = find.filter(Id.lt(after.as_str()));
    }
    let rows = find.order_by_desc(Id).limit(request.fetch()).all(&ctx.db).await?;
    let page = Page::of(rows, request, |row| row.id.as_str());
    let names = unallocated::account_names(&ctx.db).await?;
    Ok(page.map(|line| LineView { account_name: names.get(&line.account_id).cloned().unwrap_or_default(), line }))
}

/// One line.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get_line(ctx: &Ctx, id: &SettlementLineId) -> Result<LineView, PaymentError> {
    let line = line(&ctx.db, id).await?;
    let account = account_of(&ctx.db, &line.account_id).await?;
    Ok(LineView { account_name: account.name, line })
}

pub(super) async fn line(
    db: &impl ConnectionTrait,
    id: &SettlementLineId,
) -> Result<settlement_line::Model, PaymentError> {
    settlement_line::Entity::find_by_id(id.clone()).one(db).await?.ok_or(PaymentError::NotFound)
}

fn waiting() -> Select<settlement_line::Entity> {
    settlement_line::Entity::find().filter(settlement_line::Column::Status.eq(SettlementLineStatus::Waiting))
}

/// How many lines of all reports wait for a person.
///
/// # Errors
/// The database.
pub async fn waiting_count(ctx: &Ctx) -> Result<u64, PaymentError> {
    Ok(waiting().count(&ctx.db).await?)
}

/// How many lines of one report wait for a person.
///
/// # Errors
/// The database.
pub async fn waiting_of(ctx: &Ctx, id: &SettlementId) -> Result<u64, PaymentError> {
    Ok(waiting().filter(settlement_line::Column::SettlementId.eq(id)).count(&ctx.db).await?)
}

/// Payments that no report has paid out, of accounts whose gateways do.
fn not_paid_out(accounts: &[payment_account::Model]) -> Select<payment::Entity> {
    payment::Entity::find()
        .filter(payment::Column::AccountId.is_in(accounts.iter().map(|account| account.id.0.clone())))
        .filter(payment::Column::PaidOutAt.is_null())
        // Written out: the index that holds only such rows is used for this very condition.
        .filter(Expr::cust("received_minor > 0"))
        .filter(payment::Column::Currency.eq(IDR))
}

/// Payments that came more than `days` days ago and that no report has paid out, newest first.
///
/// # Errors
/// The database.
pub async fn unpaid(ctx: &Ctx, days: i64, request: &PageRequest) -> Result<Page<payment::Model>, PaymentError> {
    let before = ctx.now() - Duration::days(days.clamp(0, 3_650));
    let mut find = not_paid_out(&account_choices(ctx).await?).filter(payment::Column::SettledAt.lte(before));
    if let Some(after) = &request.after {
        find = find.filter(payment::Column::Id.lt(after.as_str()));
    }
    let rows = find.order_by_desc(payment::Column::Id).limit(request.fetch()).all(&ctx.db).await?;
    Ok(Page::of(rows, request, |row| row.id.as_str()))
}

/// What each account has not paid out, by the books and by its payments.
///
/// # Errors
/// The database.
pub async fn outstanding(ctx: &Ctx) -> Result<Vec<Outstanding>, PaymentError> {
    let accounts = account_choices(ctx).await?;
    let mut open = open_sums(ctx, &accounts).await?;
    let codes: Vec<(String, &payment_account::Model)> =
        accounts.iter().map(|account| (Account::GatewayClearing(account.id.clone()).code(IDR), account)).collect();
    let balances: Vec<(String, i64)> = account::Entity::find()
        .select_only()
        .columns([account::Column::Code, account::Column::BalanceMinor])
        .filter(account::Column::Code.is_in(codes.iter().map(|(code, _)| code.clone())))
        .into_tuple()
        .all(&ctx.db)
        .await?;
    let balances: HashMap<String, i64> = balances.into_iter().collect();
    Ok(codes
        .into_iter()
        .map(|(code, account)| {
            let (payments, open_minor, oldest_at) = open.remove(&account.id).unwrap_or_default();
            Outstanding {
                account_name: account.name.clone(),
                clearing_minor: balances.get(&code).copied().unwrap_or_default(),
                open_minor,
                payments,
                oldest_at,
            }
        })
        .collect())
}

type Sums = HashMap<PaymentAccountId, (i64, i64, Option<DateTime<Utc>>)>;

async fn open_sums(ctx: &Ctx, accounts: &[payment_account::Model]) -> Result<Sums, DbErr> {
    use payment::Column::{AccountId, Id, ReceivedMinor, RefundedMinor, SettledAt};
    let left = Expr::col(ReceivedMinor).sub(Expr::col(RefundedMinor));
    let rows: Vec<(PaymentAccountId, i64, i64, Option<DateTime<Utc>>)> = not_paid_out(accounts)
        .select_only()
        .column(AccountId)
        .column_as(Id.count(), "payments")
        .column_as(SimpleExpr::from(Func::sum(left)).cast_as("bigint"), "open_minor")
        .column_as(SettledAt.min(), "oldest_at")
        .group_by(AccountId)
        .into_tuple()
        .all(&ctx.db)
        .await?;
    Ok(rows.into_iter().map(|(id, payments, open, oldest)| (id, (payments, open, oldest))).collect())
}
