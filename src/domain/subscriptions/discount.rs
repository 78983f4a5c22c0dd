//! What a contract was sold with by a coupon, renewal for renewal.
//!
//! Which renewals had it is read off the cycles themselves: one that was withdrawn, or whose invoice is void, had none,
//! so that what was promised is neither lost nor given twice.
use super::{SubscriptionError, terms};
use crate::domain::billing::{BuyerTax, InvoiceError};
use entity::{
    billing::invoice,
    subscriptions::{cycle, subscription},
    value::{InvoiceStatus, SoldDiscount, SubscriptionCycleStatus, SubscriptionId},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationTrait,
    sea_query::{Expr, ExprTrait},
};
use std::collections::HashMap;

/// Contracts looked at in one go.
const BLOCK: u64 = 500;

/// What the renewal of a contract that is to be paid next has off: of the one that is out, or of the next that will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// Code of the coupon.
    pub code: String,
    /// Off the price, with the tax where that holds it, minor units.
    pub discount_minor: i64,
    /// Renewals left that have it, this one included; none for as long as the contract lives.
    pub renewals_left: Option<i64>,
}

/// What the renewal of a contract that is to be paid next has off; `None` where nothing is.
///
/// # Errors
/// The database.
pub async fn next(
    db: &impl ConnectionTrait,
    contract: &subscription::Model,
) -> Result<Option<Next>, SubscriptionError> {
    let terms = terms::to_renew(contract);
    let Some(sold) = &terms.discount else { return Ok(None) };
    let paid = Condition::all()
        .add(cycle::Column::SubscriptionId.eq(&contract.id))
        .add(invoice::Column::Status.eq(InvoiceStatus::Paid));
    let given = given(db, paid).await?;
    let given = given.get(&contract.id).copied().unwrap_or(0);
    let discount_minor = sold.of_renewal(terms.price_minor, given);
    let next = Next { code: sold.code.clone(), discount_minor, renewals_left: sold.renewals_left(given) };
    Ok(Some(next).filter(|next| next.discount_minor > 0))
}

/// What the next renewal of each of these contracts has off its price, minor units; those that have nothing off are left
/// out.
///
/// # Errors
/// The database.
pub(super) async fn next_of(
    db: &impl ConnectionTrait,
    contracts: &[subscription::Model],
) -> Result<HashMap<SubscriptionId, i64>, DbErr> {
    let sold = |row: &subscription::Model| {
        let terms = terms::to_renew(row);
        Some((row.id.clone(), terms.price_minor, terms.discount?))
    };
    let sold: Vec<_> = contracts.iter().filter_map(sold).collect();
    if sold.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<SubscriptionId> = sold.iter().map(|(id, ..)| id.clone()).collect();
    let given = given(db, Condition::all().add(cycle::Column::SubscriptionId.is_in(ids))).await?;
    let off = |(id, price_minor, sold): (SubscriptionId, i64, SoldDiscount)| {
        let off = sold.of_renewal(price_minor, given.get(&id).copied().unwrap_or(0));
        (id, off)
    };
    Ok(sold.into_iter().map(off).collect())
}

/// How much less than their present prices the next renewals of all contracts that fit `wanted` ask for, by currency,
/// net as of `tax`, minor units: coupons, and what was agreed to begin then.
///
/// # Errors
/// The database.
pub(super) async fn less_by_currency(
    db: &impl ConnectionTrait,
    wanted: Condition,
    tax: &BuyerTax,
) -> Result<HashMap<String, i64>, SubscriptionError> {
    let mut by_currency: HashMap<String, i64> = HashMap::new();
    let mut last: Option<SubscriptionId> = None;
    loop {
        let mut select = subscription::Entity::find()
            .filter(wanted.clone())
            .filter(
                Condition::any()
                    .add(subscription::Column::Discount.is_not_null())
                    .add(subscription::Column::NextTerms.is_not_null()),
            )
            .order_by_asc(subscription::Column::Id)
            .limit(BLOCK);
        if let Some(last) = &last {
            select = select.filter(subscription::Column::Id.gt(last.as_str()));
        }
        let rows = select.all(db).await?;
        let Some(newest) = rows.last() else { return Ok(by_currency) };
        last = Some(newest.id.clone());
        let off = next_of(db, &rows).await?;
        for row in &rows {
            let sum = by_currency.entry(row.currency.clone()).or_default();
            let terms = terms::to_renew(row);
            let asked = terms.price_minor - off.get(&row.id).copied().unwrap_or(0);
            let net = |minor, tax_included| tax.net_of(minor, tax_included).map_err(InvoiceError::from);
            let less = net(row.price_minor, row.tax_included)? - net(asked, terms.tax_included)?;
            *sum = sum.saturating_add(less);
        }
    }
}

/// What a cycle that is paid for has off once its plan costs `price_minor`: a promised renewal what its coupon
/// takes off the new price, as far as the coupon stays; the first cycle nothing, its coupon was for what was ordered.
pub fn of_paid(paid: &cycle::Model, kept: Option<&SoldDiscount>, price_minor: i64) -> i64 {
    let is_promised = paid.number > 1 && paid.discount_minor > 0;
    kept.filter(|_| is_promised).map_or(0, |sold| sold.of_price(price_minor))
}

/// Renewals that were asked for and stand, by contract.
async fn given(db: &impl ConnectionTrait, of: Condition) -> Result<HashMap<SubscriptionId, i64>, DbErr> {
    let rows: Vec<(SubscriptionId, i64)> = cycle::Entity::find()
        .select_only()
        .column(cycle::Column::SubscriptionId)
        .column_as(cycle::Column::Id.count(), "given")
        .join(JoinType::InnerJoin, cycle::Relation::Invoice.def())
        .filter(of)
        .filter(Expr::col((cycle::Entity, cycle::Column::Number)).gt(1))
        .filter(cycle::Column::Status.ne(SubscriptionCycleStatus::Void))
        .filter(invoice::Column::Status.ne(InvoiceStatus::Void))
        .group_by(cycle::Column::SubscriptionId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}
