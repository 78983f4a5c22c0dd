//! The billing run: renewal invoices that are due. Contracts of one customer, currency and due date that the same
//! block takes share an invoice (DECISIONS 7), unless the customer has each on its own; a cycle is invoiced once, because the contract's `next_invoice_at` is
//! cleared and its cycle written in the transaction of the invoice.
use super::{
    SubscriptionError, automation, discount, options,
    skipped::{self, Reason},
    terms, timetable, trial,
};
use crate::{
    domain::{
        Ctx,
        billing::{
            BuyerTax, InvoiceError, NewLine, TaxTable,
            invoice::{self as invoices, NewInvoice},
            preview,
        },
        settings,
    },
    kernel::{
        alert::{self, Alert},
        db::{WriteTx, insert_all},
        format,
        locale::{Lang, ta, word},
        said::args,
    },
};
use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    billing::invoice,
    catalog::{plan, product},
    customers::customer,
    subscriptions::{cycle, subscription},
    value::{
        CustomerId, InvoiceKind, Period, SubscriptionCycleId, SubscriptionCycleStatus, SubscriptionId,
        SubscriptionStatus, Terms, business_day, day_start,
    },
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType},
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Contracts of one transaction: documents of a series are chained, so that its row stays locked meanwhile.
const BLOCK: u64 = 200;

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issued {
    /// Contracts that were renewed.
    pub contracts: u64,
    /// Invoices issued.
    pub invoices: u64,
    /// What they ask for by currency, minor units.
    pub totals: BTreeMap<String, i64>,
}

impl Issued {
    fn add(&mut self, other: &Self) {
        self.contracts += other.contracts;
        self.invoices += other.invoices;
        for (currency, total) in &other.totals {
            *self.totals.entry(currency.clone()).or_default() += total;
        }
    }
}

/// Where a block ended, in the order contracts are taken.
type Place = (DateTime<Utc>, CustomerId);

/// Issues the invoices of every renewal that is due, block by block. Two runs at the same time share the work; what
/// fails takes its block back and nothing else. Each block begins where the one before ended, because what was taken is
/// stepped over slowly until the database has tidied up; the last look is from the beginning.
///
/// # Errors
/// Of a block: the arithmetic of an invoice, the ledger, the database.
pub async fn issue_due(ctx: &Ctx) -> Result<Issued, SubscriptionError> {
    let (mut all, mut place) = (Issued::default(), None);
    loop {
        let (block, next) = issue_block(ctx, place.as_ref()).await?;
        if next.is_none() && place.is_none() {
            return Ok(all);
        }
        all.add(&block);
        place = next;
    }
}

/// Which contracts are to be invoiced at `at`.
fn is_due(at: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(subscription::Column::NextInvoiceAt.lte(at))
        .add(subscription::Column::Status.is_in([
            SubscriptionStatus::Trialing,
            SubscriptionStatus::Active,
            SubscriptionStatus::PastDue,
        ]))
        .add(subscription::Column::AutoRenew.eq(true))
        .add(automation::covers(at).not())
}

/// How many contracts are to be invoiced at `at`, and for how much (net as of `tax`, less what coupons take off, minor
/// units), by currency.
pub(super) async fn due_by_currency(
    db: &impl ConnectionTrait,
    at: DateTime<Utc>,
    tax: &BuyerTax,
) -> Result<Vec<(String, u64, i64)>, SubscriptionError> {
    let net = tax.net_sql("price_minor", "tax_included").map_err(InvoiceError::from)?;
    let rows: Vec<(String, i64, Option<i64>)> = subscription::Entity::find()
        .select_only()
        .column(subscription::Column::Currency)
        .column_as(subscription::Column::Id.count(), "contracts")
        .column_as(Expr::cust(format!("CAST(SUM({net}) AS bigint)")), "net")
        .filter(is_due(at))
        .group_by(subscription::Column::Currency)
        .into_tuple()
        .all(db)
        .await?;
    let whole = |count| u64::try_from(count).unwrap_or_default();
    let less = discount::less_by_currency(db, is_due(at), tax).await?;
    let net =
        |currency: &str, net: Option<i64>| net.unwrap_or_default() - less.get(currency).copied().unwrap_or_default();
    Ok(rows.into_iter().map(|(currency, count, sum)| (currency.clone(), whole(count), net(&currency, sum))).collect())
}

/// One contract with what its line needs.
struct Due {
    contract: subscription::Model,
    terms: Terms,
    plan: plan::Model,
    product: product::Model,
    number: i32,
    period: Period,
    /// What a coupon takes off the price, minor units.
    discount_minor: i64,
}

/// Contracts of which this is the same share an invoice.
type InvoiceKey = (CustomerId, NaiveDate, bool, Option<SubscriptionId>);

fn invoice_key(customer: &customer::Model, one: &Due) -> InvoiceKey {
    // What follows a trial is asked for by itself: nobody has to take it.
    let alone = customer.separate_invoices.then(|| one.contract.id.clone());
    (customer.id.clone(), one.period.start, trial::is_unpaid(&one.contract), alone)
}

/// The contracts from `place` on that fit into one transaction, and where they end: nowhere if there are none.
async fn issue_block(ctx: &Ctx, place: Option<&Place>) -> Result<(Issued, Option<Place>), SubscriptionError> {
    let rules = settings::current(ctx).await?.billing.clone();
    let tx = ctx.begin().await?;
    let due = due(ctx, &tx, place).await?;
    let end = due.last().and_then(|one| Some((one.contract.next_invoice_at?, one.contract.customer_id.clone())));
    if due.is_empty() {
        return Ok((Issued::default(), end));
    }
    let customers = customers_of(&tx, &due).await?;
    let taxes = TaxTable::load(&tx).await?;
    let mut by_invoice: BTreeMap<InvoiceKey, Vec<Due>> = BTreeMap::new();
    let mut issued = Issued { contracts: due.len() as u64, ..Issued::default() };
    for one in due {
        let customer = customers.get(&one.contract.customer_id).ok_or(SubscriptionError::NotFound)?;
        by_invoice.entry(invoice_key(customer, &one)).or_default().push(one);
    }
    let (mut bills, mut contracts) = (Vec::new(), Vec::new());
    for ((customer_id, start, ..), due) in by_invoice {
        let customer = customers.get(&customer_id).ok_or(SubscriptionError::NotFound)?;
        let bill = bill(ctx, customer, start, &due);
        // One contract that cannot be priced must not keep all others from being invoiced.
        match preview(&bill.lines, &taxes.for_customer(customer, business_day(ctx.now()))) {
            Ok(_) => {
                bills.push(bill);
                contracts.push(due);
            }
            Err(error) => put_off(ctx, &tx, &due, &error).await?,
        }
    }
    let bills = invoices::issue_all(ctx, &tx, bills).await?;
    note(ctx, &tx, &rules, &bills, &contracts).await?;
    for bill in &bills {
        issued.invoices += 1;
        *issued.totals.entry(bill.currency.clone()).or_default() += bill.total_minor;
    }
    tx.commit().await?;
    Ok((issued, end))
}

/// Contracts whose renewal cannot be priced are tried again tomorrow, and staff are told.
async fn put_off(ctx: &Ctx, tx: &WriteTx, due: &[Due], error: &InvoiceError) -> Result<(), DbErr> {
    let tomorrow = ctx.now() + chrono::Duration::days(1);
    subscription::Entity::update_many()
        .col_expr(subscription::Column::NextInvoiceAt, Expr::value(Some(tomorrow)))
        .filter(subscription::Column::Id.is_in(due.iter().map(|one| one.contract.id.clone())))
        .exec(tx)
        .await?;
    for one in due {
        skipped::note(ctx, tx, &one.contract.id, one.number, ("renewal", Reason::NotPriced)).await?;
        let args = args([("contract", one.contract.id.as_str().into()), ("error", error.to_string().into())]);
        let key = format!("renewal_failed:{}", one.contract.id);
        let alert = Alert { code: "renewal_failed", args, key: &key };
        alert::raise(tx, ctx.now(), &ctx.correlation, alert).await?;
    }
    Ok(())
}

/// Takes the contracts of a block: locked until `tx` ends and passed over by a run at the same time.
async fn due(ctx: &Ctx, tx: &WriteTx, place: Option<&Place>) -> Result<Vec<Due>, SubscriptionError> {
    let order = || [subscription::Column::NextInvoiceAt, subscription::Column::CustomerId].map(Expr::col);
    let from = place.map(|(at, customer_id)| [Expr::val(*at), Expr::val(customer_id.0.as_str())]);
    let rows = subscription::Entity::find()
        .filter(is_due(ctx.now()))
        .apply_if(from, |rows, from| rows.filter(Expr::tuple(order()).gte(Expr::tuple(from))))
        .order_by_asc(subscription::Column::NextInvoiceAt)
        .order_by_asc(subscription::Column::CustomerId)
        .limit(BLOCK)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx)
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let plans = plan::Entity::find()
        .find_also_related(product::Entity)
        .filter(plan::Column::Id.is_in(rows.iter().map(|row| terms::to_renew(row).plan_id)))
        .all(tx)
        .await?;
    let plans: HashMap<_, _> =
        plans.into_iter().filter_map(|(plan, product)| Some((plan.id.clone(), (plan, product?)))).collect();
    let numbers: Vec<(SubscriptionId, Option<i32>)> = cycle::Entity::find()
        .select_only()
        .column(cycle::Column::SubscriptionId)
        .column_as(cycle::Column::Number.max(), "number")
        .filter(cycle::Column::SubscriptionId.is_in(rows.iter().map(|row| row.id.clone())))
        .group_by(cycle::Column::SubscriptionId)
        .into_tuple()
        .all(tx)
        .await?;
    let numbers: HashMap<_, _> = numbers.into_iter().collect();
    let discounts = discount::next_of(tx, &rows).await?;
    let mut due = Vec::with_capacity(rows.len());
    for contract in rows {
        let terms = terms::to_renew(&contract);
        let (plan, product) = plans.get(&terms.plan_id).cloned().ok_or(SubscriptionError::NotFound)?;
        let end = contract.period_end.ok_or(SubscriptionError::NotFound)?;
        let anchor_day = u32::try_from(contract.anchor_day).unwrap_or(1);
        due.push(Due {
            number: numbers.get(&contract.id).copied().flatten().unwrap_or(1) + 1,
            period: Period::starting(end, terms.cycle, anchor_day),
            discount_minor: discounts.get(&contract.id).copied().unwrap_or(0),
            contract,
            terms,
            plan,
            product,
        });
    }
    Ok(due)
}

async fn customers_of(tx: &WriteTx, due: &[Due]) -> Result<HashMap<CustomerId, customer::Model>, DbErr> {
    let ids = due.iter().map(|one| one.contract.customer_id.clone());
    let rows = customer::Entity::find().filter(customer::Column::Id.is_in(ids)).all(tx).await?;
    Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
}

/// A late run still gives people time: the invoice is due when its period begins, or now where that has passed
/// (DECISIONS 10).
fn bill<'a>(ctx: &Ctx, customer: &'a customer::Model, start: NaiveDate, contracts: &[Due]) -> NewInvoice<'a> {
    let lang = Lang::parse(&customer.locale).unwrap_or_default();
    let lines = contracts.iter().flat_map(|one| lines(one, lang)).collect();
    let due_at = Ord::max(day_start(start), ctx.now());
    // The first one after a trial is a sale, not a renewal: it is not taken from the wallet and meets no late fee.
    let is_sale = contracts.iter().any(|one| trial::is_unpaid(&one.contract));
    let kind = if is_sale { InvoiceKind::Order } else { InvoiceKind::Renewal };
    NewInvoice { customer, kind, lines, due_at, notes: coupons(contracts, lang) }
}

/// The coupons that take something off, each named once.
fn coupons(contracts: &[Due], lang: Lang) -> Option<String> {
    let sold = contracts.iter().filter(|one| one.discount_minor > 0).filter_map(|one| one.terms.discount.as_ref());
    let codes: BTreeSet<&str> = sold.map(|sold| sold.code.as_str()).collect();
    let codes = codes.into_iter().collect::<Vec<_>>().join(", ");
    (!codes.is_empty()).then(|| ta(lang, "document-coupon", &[("code", codes)]))
}

/// The lines of a contract: its plan, and its options that cost something.
fn lines(one: &Due, lang: Lang) -> Vec<NewLine> {
    let cycle = word(lang, "cycle", one.terms.cycle.as_str());
    let last = one.period.end.pred_opt().unwrap_or(one.period.end);
    let words = [
        ("service", one.product.name.clone()),
        ("plan", one.plan.name.clone()),
        ("cycle", cycle),
        ("from", format::day(one.period.start, lang)),
        ("to", format::day(last, lang)),
    ];
    let whole = NewLine {
        description: ta(lang, "subscriptions-line-renewal", &words),
        quantity: 1,
        unit_minor: one.terms.price_minor,
        discount_minor: one.discount_minor,
        tax_included: one.terms.tax_included,
        product_kind: one.product.kind,
        subscription_id: Some(one.contract.id.clone()),
        cycle_number: Some(one.number),
        sold_for: Some(one.terms.cycle),
        period: Some(one.period),
    };
    options::split(whole, &one.terms.options, lang)
}

/// Writes the cycles of invoices and what is to happen with their contracts next.
async fn note(
    ctx: &Ctx,
    tx: &WriteTx,
    rules: &settings::Billing,
    bills: &[invoice::Model],
    contracts: &[Vec<Due>],
) -> Result<(), DbErr> {
    let mut rows = Vec::new();
    let mut by_step: BTreeMap<DateTime<Utc>, Vec<SubscriptionId>> = BTreeMap::new();
    for (bill, contracts) in bills.iter().zip(contracts) {
        rows.extend(contracts.iter().map(|one| cycle::ActiveModel {
            id: Set(SubscriptionCycleId::generate()),
            subscription_id: Set(one.contract.id.clone()),
            number: Set(one.number),
            period_start: Set(Some(one.period.start)),
            period_end: Set(Some(one.period.end)),
            status: Set(SubscriptionCycleStatus::Invoiced),
            invoice_id: Set(Some(bill.id.clone())),
            discount_minor: Set(one.discount_minor),
            terms: Set(one.contract.next_terms.clone()),
            grace_until: Set(None),
            created_at: Set(ctx.now()),
        }));
        let ids = contracts.iter().map(|one| one.contract.id.clone());
        by_step.entry(first_step(ctx, rules, bill)).or_default().extend(ids);
    }
    insert_all(tx, rows, None).await?;
    for (at, ids) in by_step {
        subscription::Entity::update_many()
            .col_expr(subscription::Column::NextInvoiceAt, Expr::value(None::<DateTime<Utc>>))
            .col_expr(subscription::Column::NextStepAt, Expr::value(Some(at)))
            .filter(subscription::Column::Id.is_in(ids))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// When the contracts of a fresh invoice are to be looked at first: its first reminder, or its due date.
fn first_step(ctx: &Ctx, rules: &settings::Billing, bill: &invoice::Model) -> DateTime<Utc> {
    let due_at = bill.due_at.unwrap_or_else(|| ctx.now());
    let reminder = timetable::first_reminder(business_day(due_at), business_day(ctx.now()), rules);
    Ord::min(reminder.unwrap_or(due_at), due_at)
}
