//! Charging the fees that are due: each in a transaction of its own, under a lock on the invoice that is late.
use super::{
    super::{SubscriptionError, automation},
    exempt::exemption,
    find::{self, CHARGED, fees_of},
    rules::Fee,
};
use crate::{
    domain::{
        Ctx,
        billing::{
            NewLine,
            invoice::{self as invoices, NewInvoice},
            withholding,
        },
        settings::{self, LateFees},
    },
    kernel::{
        audit::Change,
        locale::{Lang, ta},
    },
};
use chrono::{DateTime, Days, Duration, Utc};
use entity::{
    billing::{invoice, late_fee, late_fee_exemption},
    customers::customer,
    value::{InvoiceId, InvoiceKind, InvoiceStatus, LateFeeId, ProductKind, business_day, day_start},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Expr, Query},
};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

/// Invoices looked at in one go.
const BLOCK: u64 = 500;

/// What was charged, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Charged {
    /// Fees.
    pub fees: u64,
    /// What they come to by currency, net, minor units.
    pub totals: BTreeMap<String, i64>,
}

impl Charged {
    fn count(&mut self, currency: &str, minor: i64) {
        self.fees += 1;
        let total = self.totals.entry(currency.to_owned()).or_default();
        *total = total.saturating_add(minor);
    }
}

/// Charges every fee that is due. Run twice, or by two at once, each is charged once.
///
/// # Errors
/// The database; what was charged before stays charged.
pub async fn charge_due(ctx: &Ctx) -> Result<Charged, SubscriptionError> {
    let (rules, now) = (settings::load(&ctx.db).await?.late_fees, ctx.now());
    let (mut charged, mut last) = (Charged::default(), None);
    loop {
        let block = due(ctx, &rules, now, last.as_ref()).await?;
        last = block.last.clone();
        for (id, _, _) in block.due {
            match charge(ctx, &id).await {
                Ok(Some(fee)) => charged.count(&fee.currency, fee.amount_minor),
                Ok(None) => {}
                Err(SubscriptionError::Database(error)) => return Err(error.into()),
                // One that cannot be charged must not keep all others, and the billing run, from going on.
                Err(error) => tracing::error!(invoice.id = %id, %error, "A late fee could not be charged"),
            }
        }
        if last.is_none() {
            return Ok(charged);
        }
    }
}

/// What `charge_due` would charge at `at`. Changes nothing.
///
/// # Errors
/// The database.
pub async fn expected(ctx: &Ctx, at: DateTime<Utc>) -> Result<Charged, SubscriptionError> {
    let rules = settings::current(ctx).await?.late_fees.clone();
    let (mut charged, mut last) = (Charged::default(), None);
    loop {
        let block = due(ctx, &rules, at, last.as_ref()).await?;
        last = block.last.clone();
        block.due.iter().for_each(|(_, currency, fee)| charged.count(currency, fee.amount_minor));
        if last.is_none() {
            return Ok(charged);
        }
    }
}

/// Some invoices, and those of them that a fee is due for.
struct Block {
    due: Vec<(InvoiceId, String, Fee)>,
    /// The last that was looked at; none: there are no more.
    last: Option<InvoiceId>,
}

async fn due(
    ctx: &Ctx,
    rules: &LateFees,
    now: DateTime<Utc>,
    after: Option<&InvoiceId>,
) -> Result<Block, SubscriptionError> {
    let (true, Some(since)) = (rules.is_on, rules.issued_since) else {
        return Ok(Block { due: Vec::new(), last: None });
    };
    let latest = business_day(now).checked_sub_days(Days::new(rules.days_after.unsigned_abs()));
    let due_before = latest.and_then(|day| day.succ_opt()).map_or(now, day_start);
    let exempt = Query::select()
        .expr(Expr::val(1))
        .from(late_fee_exemption::Entity)
        .and_where(
            Expr::col((late_fee_exemption::Entity, late_fee_exemption::Column::CustomerId))
                .equals((invoice::Entity, invoice::Column::CustomerId)),
        )
        .to_owned();
    let mut find = invoice::Entity::find()
        .filter(invoice::Column::Status.eq(InvoiceStatus::Issued))
        .filter(invoice::Column::Kind.is_in(CHARGED))
        .filter(invoice::Column::DueAt.lt(due_before))
        .filter(invoice::Column::IssuedAt.gte(day_start(since)))
        .filter(Expr::exists(exempt).not())
        .filter(automation::covers_invoice(now).not());
    if rules.every_days == 0 {
        // Charged once: those that were need not be looked at again.
        let charged = Query::select()
            .expr(Expr::val(1))
            .from(late_fee::Entity)
            .and_where(
                Expr::col((late_fee::Entity, late_fee::Column::InvoiceId))
                    .equals((invoice::Entity, invoice::Column::Id)),
            )
            .to_owned();
        find = find.filter(Expr::exists(charged).not());
    }
    if let Some(after) = after {
        find = find.filter(invoice::Column::Id.gt(after.as_str()));
    }
    let rows = find.order_by_asc(invoice::Column::Id).limit(BLOCK).all(&ctx.db).await?;
    let fees = late_fee::Entity::find()
        .filter(late_fee::Column::InvoiceId.is_in(rows.iter().map(|row| row.id.0.clone())))
        .all(&ctx.db)
        .await?;
    let mut by_invoice: HashMap<InvoiceId, Vec<late_fee::Model>> = HashMap::new();
    fees.into_iter().for_each(|fee| by_invoice.entry(fee.invoice_id.clone()).or_default().push(fee));
    // Who withholds tax is not late with it while its proof is awaited.
    let declared = withholding::declared(&ctx.db, now, rows.iter().map(|row| &row.id)).await?;
    let mut due = Vec::new();
    for row in &rows {
        let asked = declared.asked_minor(&row.id, row);
        let fees = by_invoice.remove(&row.id).unwrap_or_default();
        if let Some(fee) = find::next(row, asked, &fees, rules, now)?.filter(|fee| fee.at <= now) {
            due.push((row.id.clone(), row.currency.clone(), fee));
        }
    }
    let is_full = u64::try_from(rows.len()).is_ok_and(|n| n == BLOCK);
    Ok(Block { due, last: rows.last().filter(|_| is_full).map(|row| row.id.clone()) })
}

/// Charges the fee that is due for one invoice, if it still is: the invoice of the fee, its row and its audit row. A
/// twin waits for the lock and then finds the fee.
async fn charge(ctx: &Ctx, id: &InvoiceId) -> Result<Option<late_fee::Model>, SubscriptionError> {
    let tx = ctx.begin().await?;
    let late = invoices::lock(&tx, id).await?;
    let rules = settings::load(&tx).await?.late_fees;
    let fees = fees_of(&tx, id).await?;
    let now = ctx.now();
    let asked = withholding::asked_minor(&tx, now, &late).await?;
    let Some(fee) = find::next(&late, asked, &fees, &rules, now)?.filter(|fee| fee.at <= now) else { return Ok(None) };
    // Staff may have let the customer off, or paused, since the block was read.
    if exemption(&tx, &late.customer_id).await?.is_some() || find::is_paused(&tx, now, id).await? {
        return Ok(None);
    }
    let payer = customer::Entity::find_by_id(late.customer_id.clone()).one(&tx).await?;
    let payer = payer.ok_or_else(|| DbErr::RecordNotFound(late.customer_id.to_string()))?;
    let bill = invoices::issue(ctx, &tx, bill(&payer, &late, &fee, &rules, now)).await?;
    let row = late_fee::Model {
        id: LateFeeId::generate(),
        invoice_id: late.id.clone(),
        period: fee.period,
        fee_invoice_id: bill.id.clone(),
        customer_id: late.customer_id.clone(),
        open_minor: asked,
        amount_minor: fee.amount_minor,
        currency: bill.currency.clone(),
        charged_at: now,
    };
    late_fee::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(&tx).await?;
    let change = Change {
        action: "subscriptions.late_fee.charge",
        target_type: "invoice",
        target_id: late.id.as_str(),
        customer_id: Some(&late.customer_id),
        after: Some(json!({ "fee": bill.number, "period": fee.period, "amount_minor": fee.amount_minor })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    tracing::info!(invoice.id = %late.id, amount_minor = fee.amount_minor, "Charged a late fee");
    Ok(Some(row))
}

fn bill<'a>(
    payer: &'a customer::Model,
    late: &invoice::Model,
    fee: &Fee,
    rules: &LateFees,
    now: DateTime<Utc>,
) -> NewInvoice<'a> {
    let lang = Lang::parse(&payer.locale).unwrap_or_default();
    let days = late.due_at.map_or(0, |due| (business_day(now) - business_day(due)).num_days());
    let words = [("number", late.number.clone().unwrap_or_default()), ("days", days.to_string())];
    let line = NewLine {
        description: ta(lang, "document-late-fee", &words),
        quantity: 1,
        unit_minor: fee.amount_minor,
        discount_minor: 0,
        tax_included: false,
        product_kind: ProductKind::LateFee,
        subscription_id: None,
        cycle_number: None,
        sold_for: None,
        period: None,
    };
    NewInvoice {
        customer: payer,
        kind: InvoiceKind::LateFee,
        lines: vec![line],
        due_at: now + Duration::days(rules.due_days),
        notes: None,
    }
}
