//! Income tax that customers withheld (PPh 23): what was declared, which proofs came, which are missing, and that it is
//! what the ledger holds. An accountant takes the proofs of a year to the yearly return.
use super::range::{Range, one, sum};
use crate::{
    domain::{Ctx, billing::invoice, customers},
    kernel::page::{Page, PageRequest},
};
use entity::{
    billing::withholding,
    value::{IDR, WithholdingStatus},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};

/// Lines whose names are read at once: a statement takes so many parameters and no more.
const AT_ONCE: usize = 5_000;

/// How many, and how much, whole rupiah.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub count: i64,
    /// How much.
    pub minor: i64,
}

/// The report, whole rupiah.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WithheldReport {
    /// Which days.
    pub range: Range,
    /// Proofs that came in the period.
    pub received: Sum,
    /// Proofs that were taken back in the period.
    pub reverted: Sum,
    /// What the ledger's account gained in the period.
    pub booked_minor: i64,
    /// Declared in the period, and still without a proof.
    pub outstanding: Sum,
    /// Of all that wait now, whenever declared: those whose proof is late.
    pub late: Sum,
    /// What the ledger's account holds now.
    pub balance_minor: i64,
}

impl WithheldReport {
    /// Whether the proofs explain the ledger.
    pub fn ties(&self) -> bool {
        self.received.minor - self.reverted.minor == self.booked_minor
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What was withheld.
    pub row: withholding::Model,
    /// Number of its invoice.
    pub invoice_number: Option<String>,
    /// Name of the customer.
    pub customer: Option<String>,
}

#[derive(FromQueryResult)]
struct Sums {
    received: i64,
    received_minor: i64,
    reverted: i64,
    reverted_minor: i64,
    outstanding: i64,
    outstanding_minor: i64,
    late: i64,
    late_minor: i64,
}

#[derive(FromQueryResult)]
struct Booked {
    booked: i64,
    balance: i64,
}

/// The report over `range`, in two statements.
///
/// # Errors
/// The database.
pub async fn report(ctx: &Ctx, range: Range) -> Result<WithheldReport, DbErr> {
    let span: Vec<sea_orm::Value> = vec![range.from_at().into(), range.until_at().into()];
    let count = |condition: &str| sum(&format!("CASE WHEN {condition} THEN 1 ELSE 0 END"));
    let minor = |condition: &str| sum(&format!("CASE WHEN {condition} THEN amount_minor ELSE 0 END"));
    // One that was taken back came before: it counts on both days.
    let received = "status IN ('received', 'reverted') AND received_at >= $1 AND received_at < $2";
    let reverted = "status = 'reverted' AND closed_at >= $1 AND closed_at < $2";
    let outstanding = "status = 'outstanding' AND declared_at >= $1 AND declared_at < $2";
    let late = "status = 'outstanding' AND proof_due_at <= $3";
    let sql = format!(
        "SELECT {} AS received, {} AS received_minor, {} AS reverted, {} AS reverted_minor,
                {} AS outstanding, {} AS outstanding_minor, {} AS late, {} AS late_minor
         FROM withholdings WHERE currency = '{IDR}'",
        count(received),
        minor(received),
        count(reverted),
        minor(reverted),
        count(outstanding),
        minor(outstanding),
        count(late),
        minor(late),
    );
    let mut values = span.clone();
    values.push(ctx.now().into());
    let sums: Sums = one(ctx, &sql, values).await?;
    let sql = format!(
        "SELECT {} AS booked, {} AS balance FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
         WHERE a.kind = 'prepaid_tax' AND a.currency = '{IDR}'",
        sum("CASE WHEN e.created_at >= $1 AND e.created_at < $2 THEN e.amount_minor ELSE 0 END"),
        sum("e.amount_minor"),
    );
    let booked: Booked = one(ctx, &sql, span).await?;
    Ok(WithheldReport {
        range,
        received: Sum { count: sums.received, minor: sums.received_minor },
        reverted: Sum { count: sums.reverted, minor: sums.reverted_minor },
        booked_minor: booked.booked,
        outstanding: Sum { count: sums.outstanding, minor: sums.outstanding_minor },
        late: Sum { count: sums.late, minor: sums.late_minor },
        balance_minor: booked.balance,
    })
}

/// One page of what stands so, newest first: received ones by the day their proof came, all others by the day they were
/// declared.
///
/// # Errors
/// The database.
pub async fn lines(
    ctx: &Ctx,
    range: Range,
    status: Option<WithholdingStatus>,
    request: &PageRequest,
) -> Result<Page<Line>, DbErr> {
    let mut find = of(range, status).limit(request.fetch());
    if let Some(after) = &request.after {
        find = find.filter(withholding::Column::Id.lt(after.as_str()));
    }
    let page = Page::of(find.all(&ctx.db).await?, request, |row| row.id.as_str());
    Ok(Page { rows: with_names(ctx, page.rows).await?, next_cursor: page.next_cursor })
}

/// Everything of `range`, for a download.
///
/// # Errors
/// The database.
pub async fn all_lines(ctx: &Ctx, range: Range, status: Option<WithholdingStatus>) -> Result<Vec<Line>, DbErr> {
    let rows = of(range, status).all(&ctx.db).await?;
    let mut lines = Vec::with_capacity(rows.len());
    for block in rows.chunks(AT_ONCE) {
        lines.extend(with_names(ctx, block.to_vec()).await?);
    }
    Ok(lines)
}

fn of(range: Range, status: Option<WithholdingStatus>) -> sea_orm::Select<withholding::Entity> {
    use withholding::Column::{DeclaredAt, Id, ReceivedAt, Status};
    let mut find = withholding::Entity::find();
    find = match status {
        Some(WithholdingStatus::Received) => {
            find.filter(ReceivedAt.gte(range.from_at())).filter(ReceivedAt.lt(range.until_at()))
        }
        _ => find.filter(DeclaredAt.gte(range.from_at())).filter(DeclaredAt.lt(range.until_at())),
    };
    if let Some(status) = status {
        find = find.filter(Status.eq(status));
    }
    find.order_by_desc(Id)
}

async fn with_names(ctx: &Ctx, rows: Vec<withholding::Model>) -> Result<Vec<Line>, DbErr> {
    let bills = invoice::bills(&ctx.db, rows.iter().map(|row| row.invoice_id.clone()).collect()).await?;
    let names = customers::names_of(&ctx.db, rows.iter().map(|row| row.customer_id.clone())).await?;
    let line = |row: withholding::Model| Line {
        invoice_number: bills.get(&row.invoice_id).and_then(|bill| bill.number.clone()),
        customer: names.get(&row.customer_id).cloned(),
        row,
    };
    Ok(rows.into_iter().map(line).collect())
}
