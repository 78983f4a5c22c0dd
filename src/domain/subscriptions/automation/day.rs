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
use std::collections::{BTreeMap, BTreeSet};

/// Steps of a billing day, in the order in which they happen to a contract.
pub const STEPS: [&str; 6] = ["debit", "remind", "late_fee", "suspend", "warn", "terminate"];

/// What a day comes to against the one before: more is above zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Contracts whose renewal is invoiced.
    pub renewals: i64,
    /// What these ask for by currency, net, minor units.
    pub net: BTreeMap<String, i64>,
    /// How often each step is taken.
    pub steps: BTreeMap<&'static str, i64>,
    /// What late fees come to by currency, net, minor units.
    pub late_fees: BTreeMap<String, i64>,
}

/// A day of which `done` is done and `rest` is to be done, against the one `before`. Pure.
pub fn against(before: &Forecast, done: &Forecast, rest: &Forecast) -> Difference {
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let more = |whole: [i64; 2], before: i64| whole[0].saturating_add(whole[1]).saturating_sub(before);
    let money = |of: fn(&Forecast) -> &BTreeMap<String, i64>| -> BTreeMap<String, i64> {
        let currencies: BTreeSet<&String> = [before, done, rest].into_iter().flat_map(|one| of(one).keys()).collect();
        let sum = |one: &Forecast, currency: &str| of(one).get(currency).copied().unwrap_or_default();
        currencies
            .into_iter()
            .map(|currency| (currency.clone(), more([sum(done, currency), sum(rest, currency)], sum(before, currency))))
            .collect()
    };
    let step = |one: &Forecast, word: &str| count(one.steps.get(word).copied().unwrap_or_default());
    let steps = STEPS.into_iter().map(|word| (word, more([step(done, word), step(rest, word)], step(before, word))));
    Difference {
        renewals: more([count(done.renewals), count(rest.renewals)], count(before.renewals)),
        net: money(|one| &one.net),
        steps: steps.collect(),
        late_fees: money(|one| &one.late_fees),
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_what_was_done_and_what_is_to_be_done_against_the_day_before() {
        let day = |renewals: u64, net: i64, debits: u64| Forecast {
            renewals,
            net: [("IDR".to_owned(), net)].into(),
            steps: [("debit", debits)].into(),
            ..Forecast::default()
        };
        let difference = against(&day(5, 500, 4), &day(2, 200, 0), &day(1, 100, 9));
        assert_eq!((difference.renewals, difference.net["IDR"]), (-2, -200));
        assert_eq!((difference.steps["debit"], difference.steps["suspend"]), (5, 0));
        assert_eq!(against(&Forecast::default(), &Forecast::default(), &day(1, 100, 0)).net["IDR"], 100);
    }
}
