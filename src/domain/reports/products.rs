//! How products and plans do over months: contracts that began, moved and ended, what the running ones come to in a
//! month, and what was issued for them.
//!
//! Contracts are those of recurring revenue (`mrr`): from their first payment until they end, in the plan they had at the
//! time; one-time sales are none. So `start + began + moved − ended = running` holds for each plan, and the sums are those of
//! that report. *Issued* is that of `revenue`, by the plan a line was written for; what is for no contract is a row of
//! its own, so that the rows add up to the ledger.
use super::{
    mrr::{self, COUNTS},
    range::{Range, all, sum},
    revenue,
};
use crate::domain::Ctx;
use entity::value::IDR;
use sea_orm::{DbErr, FromQueryResult};
use std::collections::{BTreeMap, HashMap};

/// What is counted of a plan, a product or all of them; amounts in whole rupiah.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Contracts when the span began.
    pub start: i64,
    /// Contracts paid for the first time in it.
    pub began: i64,
    /// Contracts that came by a change of plan, less those that went by one.
    pub moved: i64,
    /// Contracts that ended.
    pub ended: i64,
    /// Contracts when the span ended.
    pub running: i64,
    /// What those come to in a month, net.
    pub mrr_minor: i64,
    /// Net issued: invoices less what was voided and credited.
    pub issued_minor: i64,
}

impl Figures {
    fn add(&mut self, other: &Self) {
        self.start += other.start;
        self.began += other.began;
        self.moved += other.moved;
        self.ended += other.ended;
        self.running += other.running;
        self.mrr_minor += other.mrr_minor;
        self.issued_minor += other.issued_minor;
    }
}

/// A plan, or a product with all its plans.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Id of the product; none for what is for no contract.
    pub product_id: Option<String>,
    /// Its name.
    pub product: Option<String>,
    /// Id of the plan; none for a whole product.
    pub plan_id: Option<String>,
    /// Its name.
    pub plan: Option<String>,
    /// What is counted.
    pub figures: Figures,
}

/// The report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductsReport {
    /// Which months, whole ones.
    pub range: Range,
    /// Plans with anything to tell, the most issued first; what is for no contract last.
    pub plans: Vec<Line>,
    /// What the revenue accounts of the ledger gained by documents, whole rupiah.
    pub ledger_minor: i64,
}

impl ProductsReport {
    /// Products with all their plans, in the same order.
    pub fn products(&self) -> Vec<Line> {
        let mut products: BTreeMap<Option<&String>, Line> = BTreeMap::new();
        for line in &self.plans {
            let (product_id, product) = (line.product_id.clone(), line.product.clone());
            let whole = products.entry(line.product_id.as_ref()).or_insert_with(|| Line {
                product_id,
                product,
                ..Line::default()
            });
            whole.figures.add(&line.figures);
        }
        let mut products: Vec<Line> = products.into_values().collect();
        sort(&mut products);
        products
    }

    /// Sums over all plans.
    pub fn total(&self) -> Figures {
        let mut total = Figures::default();
        self.plans.iter().for_each(|line| total.add(&line.figures));
        total
    }

    /// What was issued for a line of all that was, hundredths of a percent, rounded half up; none where nothing was.
    pub fn share_bp(&self, figures: &Figures) -> Option<i64> {
        mrr::part_bp(figures.issued_minor, self.total().issued_minor)
    }

    /// Whether what was issued is what the ledger booked.
    pub fn ties(&self) -> bool {
        self.total().issued_minor == self.ledger_minor
    }
}

fn sort(lines: &mut [Line]) {
    lines.sort_by(|one, other| {
        let key = |line: &Line| (line.product_id.is_none(), std::cmp::Reverse(line.figures.issued_minor));
        let names = |line: &Line| (line.product.clone(), line.plan.clone(), line.plan_id.clone());
        key(one).cmp(&key(other)).then_with(|| names(one).cmp(&names(other)))
    });
}

#[derive(FromQueryResult)]
struct Counted {
    plan_id: String,
    start: i64,
    began: i64,
    ended: i64,
    running: i64,
    mrr: i64,
}

#[derive(FromQueryResult)]
struct Issued {
    plan_id: Option<String>,
    net: i64,
}

#[derive(FromQueryResult)]
struct Named {
    plan_id: String,
    plan: String,
    product_id: String,
    product: String,
}

/// The report over the months of `range`, in a constant number of statements.
///
/// # Errors
/// The database.
pub async fn report(ctx: &Ctx, range: Range) -> Result<ProductsReport, DbErr> {
    let range = range.whole_months();
    let mut plans: HashMap<Option<String>, Figures> = HashMap::new();
    for row in counted(ctx, range).await? {
        let figures = plans.entry(Some(row.plan_id)).or_default();
        (figures.start, figures.began, figures.ended) = (row.start, row.began, row.ended);
        (figures.running, figures.mrr_minor) = (row.running, row.mrr);
        figures.moved = row.running - row.start - row.began + row.ended;
    }
    for row in issued(ctx, range).await? {
        plans.entry(row.plan_id).or_default().issued_minor += row.net;
    }
    let names: HashMap<String, Named> =
        named(ctx).await?.into_iter().map(|name| (name.plan_id.clone(), name)).collect();
    let line = |(plan_id, figures): (Option<String>, Figures)| match plan_id.and_then(|id| names.get(&id)) {
        Some(name) => Line {
            product_id: Some(name.product_id.clone()),
            product: Some(name.product.clone()),
            plan_id: Some(name.plan_id.clone()),
            plan: Some(name.plan.clone()),
            figures,
        },
        None => Line { figures, ..Line::default() },
    };
    let mut plans: Vec<Line> = plans.into_iter().map(line).collect();
    sort(&mut plans);
    Ok(ProductsReport { range, plans, ledger_minor: revenue::ledger(ctx, range).await? })
}

/// SQL of the plan a contract `s` had before the first of its changes that was made and of which `is_later` is true.
fn plan_before(is_later: &str) -> String {
    format!(
        "(SELECT c.from_plan_id FROM plan_changes c
          WHERE c.subscription_id = s.id AND c.status = 'done' AND {is_later} ORDER BY c.updated_at, c.id LIMIT 1)"
    )
}

/// Contracts by the plan they had at the time.
async fn counted(ctx: &Ctx, range: Range) -> Result<Vec<Counted>, DbErr> {
    let at = |border: &str| format!("COALESCE({}, s.plan_id)", plan_before(&format!("c.updated_at >= {border}")));
    let runs = |border: &str| {
        format!("s.activated_at < {border} AND (s.terminated_at IS NULL OR s.terminated_at >= {border})")
    };
    let (at_first, at_start, at_end) = (format!("COALESCE({}, s.plan_id)", plan_before("1 = 1")), at("$1"), at("$2"));
    let (ran, runs) = (runs("$1"), runs("$2"));
    let monthly = mrr::at_sql(ctx, "$2").await?;
    let total = |column: &str| sum(&format!("d.{column}"));
    let (start, began, ended, running, mrr) =
        (total("start_count"), total("began_count"), total("ended_count"), total("running_count"), total("monthly"));
    let sql = format!(
        "SELECT d.plan_id, {start} AS start, {began} AS began, {ended} AS ended, {running} AS running, {mrr} AS mrr FROM
           (SELECT {at_start} AS plan_id, 1 AS start_count, 0 AS began_count, 0 AS ended_count, 0 AS running_count,
                   0 AS monthly
            FROM subscriptions s WHERE {COUNTS} AND {ran}
            UNION ALL
            SELECT {at_first}, 0, 1, 0, 0, 0 FROM subscriptions s
            WHERE {COUNTS} AND s.activated_at >= $1 AND s.activated_at < $2
            UNION ALL
            SELECT s.plan_id, 0, 0, 1, 0, 0 FROM subscriptions s
            WHERE {COUNTS} AND s.terminated_at >= $1 AND s.terminated_at < $2
            UNION ALL
            SELECT {at_end}, 0, 0, 0, 1, {monthly} FROM subscriptions s WHERE {COUNTS} AND {runs}) d
         GROUP BY d.plan_id"
    );
    all(ctx, &sql, vec![range.from_at().into(), range.until_at().into()]).await
}

/// Net of lines by the plan they were written for: the one the contract had when the invoice was issued; of a change,
/// and of a cycle that begins with one, the plan it leads to.
async fn issued(ctx: &Ctx, range: Range) -> Result<Vec<Issued>, DbErr> {
    let before = plan_before(
        "c.updated_at > d.issued_at
           AND (c.takes_effect_on IS NULL OR d.period_start IS NULL OR d.period_start < c.takes_effect_on)",
    );
    let net = sum("x.net");
    let sql = format!(
        "SELECT x.plan_id, {net} AS net FROM
           (SELECT d.net, COALESCE({before},
                     (SELECT c.to_plan_id FROM plan_changes c WHERE c.subscription_id = s.id AND c.status = 'scheduled'
                        AND c.takes_effect_on <= d.period_start LIMIT 1),
                     s.plan_id) AS plan_id FROM
              (SELECT l.subscription_id, l.period_start, i.issued_at,
                      CASE WHEN t.kind = 'invoice_issued' THEN l.net_minor ELSE -l.net_minor END AS net
               FROM ledger_transactions t JOIN invoices i ON i.id = t.source_id
               JOIN invoice_items l ON l.invoice_id = i.id
               WHERE t.posted_at >= $1 AND t.posted_at < $2 AND t.kind IN ('invoice_issued', 'invoice_voided')
                 AND i.currency = '{IDR}'
               UNION ALL
               SELECT l.subscription_id, l.period_start, i.issued_at, -c.net_minor
               FROM ledger_transactions t JOIN credit_notes n ON n.id = t.source_id
               JOIN credit_note_items c ON c.credit_note_id = n.id JOIN invoice_items l ON l.id = c.invoice_item_id
               JOIN invoices i ON i.id = l.invoice_id
               WHERE t.posted_at >= $1 AND t.posted_at < $2 AND t.kind = 'credit_note_issued'
                 AND n.currency = '{IDR}') d
            LEFT JOIN subscriptions s ON s.id = d.subscription_id) x
         GROUP BY x.plan_id"
    );
    all(ctx, &sql, vec![range.from_at().into(), range.until_at().into()]).await
}

async fn named(ctx: &Ctx) -> Result<Vec<Named>, DbErr> {
    let sql = "SELECT p.id AS plan_id, p.name AS plan, r.id AS product_id, r.name AS product FROM plans p
               JOIN products r ON r.id = p.product_id";
    all(ctx, sql, Vec::new()).await
}
