//! What may be withheld, what is asked for without it, and of what only the proof is missing.
use crate::{
    domain::billing::{
        InvoiceError,
        invoice::{Standing, open_expr, open_minor},
    },
    kernel::db::sum_i64,
};
use chrono::{DateTime, Utc};
use entity::{
    billing::{credit_note, invoice, withholding},
    value::{IDR, InvoiceId, InvoiceKind, InvoiceStatus, Ratio, WithholdingStatus},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationTrait,
    sea_query::{Expr, SimpleExpr},
};
use std::collections::{HashMap, HashSet};

/// Hundredths of a percent in a whole.
const WHOLE_BP: i64 = 10_000;

/// What may be withheld of an invoice: `rate_bp` hundredths of a percent of its net without what was credited, rounded
/// half up once. `None` of an invoice that is not open, asks for a late fee, or is not in rupiah, and where it would be
/// more than is open or nothing.
///
/// # Errors
/// `Money(Overflow)`; the database.
pub async fn reckoned(
    db: &impl ConnectionTrait,
    bill: &invoice::Model,
    rate_bp: i64,
) -> Result<Option<(i64, i64)>, InvoiceError> {
    let is_service = bill.kind != InvoiceKind::LateFee && bill.kind != InvoiceKind::TopUp;
    if bill.status != InvoiceStatus::Issued || !is_service || bill.currency != IDR {
        return Ok(None);
    }
    let credited: Option<Option<i64>> = credit_note::Entity::find()
        .select_only()
        .column_as(sum_i64(credit_note::Column::SubtotalMinor), "net")
        .filter(credit_note::Column::InvoiceId.eq(&bill.id))
        .into_tuple()
        .one(db)
        .await?;
    let base = bill.subtotal_minor - credited.flatten().unwrap_or(0);
    let amount = Ratio::new(rate_bp, WHOLE_BP).of(base)?;
    Ok((amount > 0 && amount <= open_minor(bill)).then_some((base, amount)))
}

/// What was declared as withheld of some invoices and is not late.
#[derive(Clone, Debug, Default)]
pub struct Declared(HashMap<InvoiceId, i64>);

impl Declared {
    /// What `bill`, whose id is `id`, is asked for, minor units: what is open of it without what was declared.
    pub fn asked_minor(&self, id: &InvoiceId, bill: impl Into<Standing>) -> i64 {
        let bill: Standing = bill.into();
        let (open, declared) = (open_minor(bill), self.0.get(id).copied().unwrap_or(0));
        // A declaration alone pays for nothing.
        if open <= 0 || (declared >= open && !bill.has_money()) { open } else { open - Ord::min(declared, open) }
    }
}

/// What was declared as withheld of these invoices and is not late at `now`; one statement.
///
/// # Errors
/// The database.
pub async fn declared(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    ids: impl IntoIterator<Item = &InvoiceId>,
) -> Result<Declared, DbErr> {
    use withholding::Column::{AmountMinor, InvoiceId as Bill, LiveKey, ProofDueAt, Status};
    let ids: Vec<&str> = ids.into_iter().map(InvoiceId::as_str).collect();
    if ids.is_empty() {
        return Ok(Declared::default());
    }
    let rows: Vec<(InvoiceId, i64)> = withholding::Entity::find()
        .select_only()
        .columns([Bill, AmountMinor])
        .filter(LiveKey.is_in(ids))
        .filter(Status.eq(WithholdingStatus::Outstanding))
        .filter(ProofDueAt.gt(now))
        .into_tuple()
        .all(db)
        .await?;
    Ok(Declared(rows.into_iter().collect()))
}

/// What an invoice is asked for at `now`, minor units: what is open of it without what was declared as withheld, until the
/// proof of that is late.
///
/// # Errors
/// The database.
pub async fn asked_minor(db: &impl ConnectionTrait, now: DateTime<Utc>, bill: &invoice::Model) -> Result<i64, DbErr> {
    if bill.status != InvoiceStatus::Issued {
        return Ok(open_minor(bill));
    }
    Ok(declared(db, now, [&bill.id]).await?.asked_minor(&bill.id, bill))
}

/// The condition on a declaration and its invoice that only the proof is missing: money came for all but what is
/// withheld. A declaration alone pays for nothing.
fn covers() -> SimpleExpr {
    let of_bill = |column: invoice::Column| Expr::col((invoice::Entity, column));
    let is_rest = Expr::col((withholding::Entity, withholding::Column::AmountMinor)).gte(open_expr());
    is_rest.and(of_bill(invoice::Column::PaidMinor).gt(of_bill(invoice::Column::RefundedMinor)))
}

/// Those of these invoices of which everything is paid but what was declared as withheld, and no more than that. Whether
/// the proof is late does not count: what was sold is paid for, and a debt is left.
///
/// # Errors
/// The database.
pub async fn covered(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = &InvoiceId>,
) -> Result<HashSet<InvoiceId>, DbErr> {
    use withholding::Column::{InvoiceId as Bill, LiveKey, Status};
    let ids: Vec<&str> = ids.into_iter().map(InvoiceId::as_str).collect();
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let found: Vec<InvoiceId> = withholding::Entity::find()
        .select_only()
        .column(Bill)
        .join(JoinType::InnerJoin, withholding::Relation::Invoice.def())
        .filter(LiveKey.is_in(ids))
        .filter(Status.eq(WithholdingStatus::Outstanding))
        .filter(covers())
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().collect())
}

/// Whether everything of an invoice is paid but what was declared as withheld.
///
/// # Errors
/// The database.
pub async fn is_covered(db: &impl ConnectionTrait, id: &InvoiceId) -> Result<bool, DbErr> {
    Ok(covered(db, [id]).await?.contains(id))
}

/// Those whose proof alone is missing, is late, and that the customer has not been reminded of; the longest overdue
/// first, `limit` of them.
///
/// # Errors
/// The database.
pub async fn late(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<(withholding::Model, invoice::Model)>, DbErr> {
    use withholding::Column::{Id, ProofDueAt, RemindedAt, Status};
    let rows = withholding::Entity::find()
        .filter(Status.eq(WithholdingStatus::Outstanding))
        .filter(ProofDueAt.lte(now))
        .filter(RemindedAt.is_null())
        .filter(covers())
        .order_by_asc(ProofDueAt)
        .order_by_asc(Id)
        .limit(limit)
        .find_also_related(invoice::Entity)
        .all(db)
        .await?;
    Ok(rows.into_iter().filter_map(|(row, bill)| Some((row, bill?))).collect())
}
