//! How full plans are at this moment: slots in stock, in use, reserved and free, and who waits for one.
//!
//! *Reserved* are slots held for an order that is not paid, and those taken for a change of plan that is not made yet; the
//! rest of what is taken is *used* by contracts. A plan that is retired is told of while it has contracts.
use super::{
    mrr::part_bp,
    range::{all, sum},
};
use crate::domain::Ctx;
use sea_orm::{DbErr, FromQueryResult};

/// One plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct Line {
    /// Its product.
    pub product: String,
    /// Its id.
    pub plan_id: String,
    /// Its name.
    pub plan: String,
    /// Slots in stock.
    pub total: i64,
    /// Slots that are taken, reserved ones too.
    pub taken: i64,
    /// Of those: held for an order, or for a change of plan.
    pub reserved: i64,
    /// Those who wait and were not told of room yet, with those whose contract is paid.
    pub waiting: i64,
    /// Of those: paid contracts.
    pub waiting_paid: i64,
}

impl Line {
    /// Slots of contracts.
    pub fn used(&self) -> i64 {
        self.taken - self.reserved
    }

    /// Slots that can be sold.
    pub fn available(&self) -> i64 {
        (self.total - self.taken).max(0)
    }

    /// Whether nobody can have one.
    pub fn is_sold_out(&self) -> bool {
        self.available() == 0
    }

    /// Taken of all, hundredths of a percent, rounded half up; none where there is no stock.
    pub fn taken_bp(&self) -> Option<i64> {
        part_bp(self.taken, self.total)
    }
}

/// The report: plans that are sold out first, the fullest of the others next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuotaReport {
    /// By plan.
    pub plans: Vec<Line>,
}

impl QuotaReport {
    /// Sums over all plans.
    pub fn total(&self) -> Line {
        self.plans.iter().fold(Line::default(), |total, line| Line {
            total: total.total + line.total,
            taken: total.taken + line.taken,
            reserved: total.reserved + line.reserved,
            waiting: total.waiting + line.waiting,
            waiting_paid: total.waiting_paid + line.waiting_paid,
            ..total
        })
    }

    /// How many plans are sold out.
    pub fn sold_out(&self) -> usize {
        self.plans.iter().filter(|line| line.is_sold_out()).count()
    }
}

/// The report of this moment, in one statement.
///
/// # Errors
/// The database.
pub async fn report(ctx: &Ctx) -> Result<QuotaReport, DbErr> {
    let (held, waiting, paid) = (sum("d.held"), sum("d.waiting"), sum("d.paid"));
    let sql = format!(
        "SELECT r.name AS product, p.id AS plan_id, p.name AS plan, p.quota_total AS total,
                p.quota_used AS taken, COALESCE(x.held, 0) AS reserved, COALESCE(x.waiting, 0) AS waiting,
                COALESCE(x.paid, 0) AS waiting_paid
         FROM plans p JOIN products r ON r.id = p.product_id
         LEFT JOIN
           (SELECT d.plan_id, {held} AS held, {waiting} AS waiting, {paid} AS paid FROM
              (SELECT q.plan_id, 1 AS held, 0 AS waiting, 0 AS paid FROM quota_reservations q WHERE q.status = 'held'
               UNION ALL
               SELECT c.to_plan_id, 1, 0, 0 FROM plan_changes c
               WHERE c.status IN ('changing', 'scheduled') AND c.to_plan_id <> c.from_plan_id
               UNION ALL
               SELECT w.plan_id, 0, 1, CASE WHEN w.subscription_id IS NULL THEN 0 ELSE 1 END
               FROM waitlist_entries w WHERE w.notified_at IS NULL) d
            GROUP BY d.plan_id) x ON x.plan_id = p.id
         WHERE p.retired_at IS NULL OR p.quota_used > 0
         ORDER BY r.name, p.tier, p.id"
    );
    let mut plans: Vec<Line> = all(ctx, &sql, Vec::new()).await?;
    // The order of the names stays among equals.
    plans.sort_by_key(|line| (!line.is_sold_out(), std::cmp::Reverse(line.taken_bp())));
    Ok(QuotaReport { plans })
}
