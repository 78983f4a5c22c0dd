//! What automation did in a time, counted from what it left behind.
use crate::{domain::subscriptions::Forecast, kernel::db::sum_i64};
use chrono::{DateTime, Utc};
use entity::{
    billing::{invoice, invoice_item, late_fee},
    subscriptions::{dunning_step, hold, subscription},
    value::{HoldReason, InvoiceKind},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QuerySelect, RelationTrait,
};

/// Steps of a timetable that leave a row, by the beginning of its code.
const NOTED: [&str; 3] = ["debit", "remind", "warn"];

/// What was done from `from` until before `to`, in the shape of a forecast: five statements.
///
/// # Errors
/// The database.
pub async fn done_between(
    db: &impl ConnectionTrait,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Forecast, DbErr> {
    let mut done = Forecast::default();
    let renewals: Vec<(String, i64, Option<i64>)> = invoice_item::Entity::find()
        .select_only()
        .column(invoice::Column::Currency)
        .column_as(invoice_item::Column::Id.count(), "found")
        .column_as(sum_i64(invoice_item::Column::NetMinor), "net")
        .join(JoinType::InnerJoin, invoice_item::Relation::Invoice.def())
        .filter(invoice::Column::Kind.eq(InvoiceKind::Renewal))
        .filter(invoice::Column::IssuedAt.gte(from))
        .filter(invoice::Column::IssuedAt.lt(to))
        .group_by(invoice::Column::Currency)
        .into_tuple()
        .all(db)
        .await?;
    for (currency, count, net) in renewals {
        done.renewals += u64::try_from(count).unwrap_or_default();
        done.net.insert(currency, net.unwrap_or_default());
    }
    let steps: Vec<(String, i64)> = dunning_step::Entity::find()
        .select_only()
        .column(dunning_step::Column::Step)
        .column_as(dunning_step::Column::Id.count(), "found")
        .filter(dunning_step::Column::DoneAt.gte(from))
        .filter(dunning_step::Column::DoneAt.lt(to))
        .filter(dunning_step::Column::IsSkipped.eq(false))
        .group_by(dunning_step::Column::Step)
        .into_tuple()
        .all(db)
        .await?;
    for (code, count) in steps {
        if let Some(word) = NOTED.into_iter().find(|word| code.starts_with(word)) {
            *done.steps.entry(word).or_default() += u64::try_from(count).unwrap_or_default();
        }
    }
    let suspended = hold::Entity::find()
        .filter(hold::Column::Reason.eq(HoldReason::NonPayment))
        .filter(hold::Column::PlacedAt.gte(from))
        .filter(hold::Column::PlacedAt.lt(to));
    done.steps.insert("suspend", suspended.count(db).await?);
    let removed = subscription::Entity::find()
        .filter(subscription::Column::EndReason.eq("non_payment"))
        .filter(subscription::Column::TerminatedAt.gte(from))
        .filter(subscription::Column::TerminatedAt.lt(to));
    done.steps.insert("terminate", removed.count(db).await?);
    let fees: Vec<(String, i64, Option<i64>)> = late_fee::Entity::find()
        .select_only()
        .column(late_fee::Column::Currency)
        .column_as(late_fee::Column::Id.count(), "found")
        .column_as(sum_i64(late_fee::Column::AmountMinor), "net")
        .filter(late_fee::Column::ChargedAt.gte(from))
        .filter(late_fee::Column::ChargedAt.lt(to))
        .group_by(late_fee::Column::Currency)
        .into_tuple()
        .all(db)
        .await?;
    for (currency, count, net) in fees {
        *done.steps.entry("late_fee").or_default() += u64::try_from(count).unwrap_or_default();
        done.late_fees.insert(currency, net.unwrap_or_default());
    }
    Ok(done)
}
