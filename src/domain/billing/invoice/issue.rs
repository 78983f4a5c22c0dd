//! Issuing: number, totals, tax, snapshot, hash and posting, in one transaction.
use super::Full;
use crate::{
    domain::{
        Ctx,
        billing::{
            BuyerTax, CALCULATION_VERSION, InvoiceError, InvoiceIssued, InvoicePaid, NewLine, TaxTable, Totals,
            deferral, price::preview,
        },
        customers,
        ledger::{self, Account, Posting, Series},
        settings,
    },
    kernel::{
        audit::Change,
        db::{WriteTx, insert_all},
        token,
    },
};
use chrono::{DateTime, Utc};
use entity::{
    billing::{invoice, invoice_item, invoice_tax, revenue_schedule},
    customers::customer,
    value::{Cycle, InvoiceId, InvoiceItemId, InvoiceKind, InvoiceStatus, InvoiceTaxId, business_day},
};
use sea_orm::{ActiveModelTrait, IntoActiveModel};
use serde_json::{Value, json};

/// An invoice to be issued.
#[derive(Clone, Debug)]
pub struct NewInvoice<'a> {
    /// Who pays.
    pub customer: &'a customer::Model,
    /// What it asks money for.
    pub kind: InvoiceKind,
    /// What is sold; amounts in the customer's currency.
    pub lines: Vec<NewLine>,
    /// When due.
    pub due_at: DateTime<Utc>,
    /// Words below the lines.
    pub notes: Option<String>,
}

/// Issues an invoice in `tx`: prices the lines by `preview`, takes the next number (the series stays locked until `tx`
/// ends), keeps buyer, seller and tax as they are, chains the document, posts receivable against revenue and tax, and
/// publishes `invoice.issued`. A total of zero is paid at once (`invoice.paid`). Not idempotent by itself: the caller's
/// own guard (order, cycle) decides that it is issued once.
///
/// # Errors
/// `NoLines`, `InvalidAmount`, `Money(Overflow)`; the ledger; the database.
pub async fn issue(ctx: &Ctx, tx: &WriteTx, new: NewInvoice<'_>) -> Result<invoice::Model, InvoiceError> {
    issue_all(ctx, tx, vec![new]).await?.pop().ok_or(InvoiceError::NoLines)
}

/// Issues many invoices as `issue` does, numbered in this order, in as many statements as one.
///
/// # Errors
/// As `issue`: one that cannot be issued fails all.
pub async fn issue_all(ctx: &Ctx, tx: &WriteTx, new: Vec<NewInvoice<'_>>) -> Result<Vec<invoice::Model>, InvoiceError> {
    issue_named(ctx, tx, new.into_iter().map(|one| (InvoiceId::generate(), one)).collect()).await
}

/// The same, under these ids: what was a draft is known by its own.
pub(super) async fn issue_named(
    ctx: &Ctx,
    tx: &WriteTx,
    new: Vec<(InvoiceId, NewInvoice<'_>)>,
) -> Result<Vec<invoice::Model>, InvoiceError> {
    // Nobody waits for the series where there is nothing to number.
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let now = ctx.now();
    let settings = settings::load(tx).await?;
    let taxes = TaxTable::load(tx).await?;
    let mut priced = Vec::with_capacity(new.len());
    for (id, one) in new {
        if one.lines.is_empty() {
            return Err(InvoiceError::NoLines);
        }
        // A late fee pays for no service, and is taxed only where the settings say so.
        let tax = match one.kind {
            InvoiceKind::LateFee if !settings.late_fees.is_taxed => BuyerTax::default(),
            _ => taxes.for_customer(one.customer, business_day(now)),
        };
        let totals = preview(&one.lines, &tax)?;
        priced.push((id, one, totals));
    }
    let numbers = ledger::take_all(ctx, tx, Series::Invoice, priced.len()).await?;
    let seller = seller(&settings, now);
    let mut issued: Vec<Full> = Vec::with_capacity(priced.len());
    let mut schedules = Vec::with_capacity(priced.len());
    for ((id, one, totals), taken) in priced.into_iter().zip(&numbers) {
        let previous =
            issued.last().map(|full| full.invoice.document_hash.clone()).unwrap_or(taken.previous_hash.clone());
        let sold_for: Vec<Option<Cycle>> = one.lines.iter().map(|line| line.sold_for).collect();
        let blank = Blank { id, number: &taken.number, previous_hash: previous };
        let full = document(now, &settings, &seller, one, &totals, blank);
        schedules.push(deferral::schedules(&settings.books, &full, &sold_for));
        issued.push(full);
    }
    write(ctx, tx, &issued, schedules).await?;
    if let (Some(taken), Some(Some(hash))) =
        (numbers.last(), issued.last().map(|full| full.invoice.document_hash.as_deref()))
    {
        ledger::seal(tx, taken, hash).await?;
    }
    announce(ctx, tx, &issued).await?;
    Ok(issued.into_iter().map(|full| full.invoice).collect())
}

/// What a document is given before anything stands on it.
struct Blank<'a> {
    id: InvoiceId,
    number: &'a str,
    previous_hash: Option<String>,
}

/// The document as it is for ever, chained to the one before.
fn document(
    now: DateTime<Utc>,
    settings: &settings::Settings,
    seller: &Value,
    new: NewInvoice<'_>,
    totals: &Totals,
    blank: Blank<'_>,
) -> Full {
    let is_free = totals.total_minor == 0;
    let taxed_at_issue = settings.tax.tax_point == settings::TaxPoint::Issue;
    let mut invoice = invoice::Model {
        id: blank.id,
        number: Some(blank.number.to_owned()),
        customer_id: new.customer.id.clone(),
        kind: new.kind,
        status: if is_free { InvoiceStatus::Paid } else { InvoiceStatus::Issued },
        currency: new.customer.currency.clone(),
        subtotal_minor: totals.subtotal_minor,
        discount_minor: totals.discount_minor,
        tax_minor: totals.tax_minor,
        vat_collector: totals.collector,
        collected_tax_minor: totals.collected_minor,
        total_minor: totals.total_minor,
        paid_minor: 0,
        refunded_minor: 0,
        credited_minor: 0,
        written_off_minor: 0,
        buyer: customers::buyer_snapshot(new.customer),
        seller: seller.clone(),
        locale: new.customer.locale.clone(),
        calculation_version: CALCULATION_VERSION,
        public_token: token::random(),
        document_hash: None,
        previous_hash: blank.previous_hash,
        notes: new.notes.filter(|notes| !notes.is_empty()),
        issued_at: Some(now),
        due_at: Some(new.due_at),
        paid_at: is_free.then_some(now),
        voided_at: None,
        void_reason: None,
        tax_point_at: (is_free || taxed_at_issue).then_some(now),
        created_at: now,
        updated_at: now,
    };
    let items = items(&invoice.id, &new.lines, totals);
    let taxes = taxes(&invoice.id, totals);
    let hash = ledger::invoice_hash(invoice.previous_hash.as_deref(), &invoice, &items, &taxes);
    invoice.document_hash = Some(hash);
    Full { invoice, items, taxes }
}

/// Writes the documents, the schedules of each and their postings.
async fn write(
    ctx: &Ctx,
    tx: &WriteTx,
    issued: &[Full],
    schedules: Vec<Vec<revenue_schedule::Model>>,
) -> Result<(), InvoiceError> {
    let rows = issued.iter().map(|full| full.invoice.clone().into_active_model().reset_all());
    insert_all(tx, rows.collect(), None).await?;
    let rows = issued.iter().flat_map(|full| &full.items).cloned().map(|item| item.into_active_model().reset_all());
    insert_all(tx, rows.collect(), None).await?;
    let rows = issued.iter().flat_map(|full| &full.taxes).cloned().map(|tax| tax.into_active_model().reset_all());
    insert_all(tx, rows.collect(), None).await?;
    let owed = issued.iter().zip(&schedules).filter(|(full, _)| full.invoice.total_minor != 0);
    let postings: Vec<Posting> = owed.map(|(full, later)| posting(&full.invoice, &full.items, later)).collect();
    let rows = schedules.into_iter().flatten().map(|row| row.into_active_model().reset_all());
    insert_all(tx, rows.collect(), None).await?;
    Ok(ledger::post_all(ctx, tx, &postings).await?)
}

fn seller(settings: &settings::Settings, now: DateTime<Utc>) -> Value {
    let mut seller = settings.seller_on(business_day(now));
    for (name, words) in settings.billing.words_of_invoices() {
        seller[name] = words.into();
    }
    seller
}

/// The lines as they are stored, in their order.
pub(super) fn items(invoice_id: &InvoiceId, lines: &[NewLine], totals: &Totals) -> Vec<invoice_item::Model> {
    let pairs = lines.iter().zip(&totals.lines).zip(1..);
    pairs
        .map(|((line, total), position)| invoice_item::Model {
            id: InvoiceItemId::generate(),
            invoice_id: invoice_id.clone(),
            position,
            description: line.description.chars().take(255).collect(),
            quantity: line.quantity,
            unit_minor: total.unit_minor,
            discount_minor: total.discount_minor,
            net_minor: total.net_minor,
            tax_minor: total.tax_minor,
            collected_tax_minor: total.collected_minor,
            product_kind: line.product_kind,
            subscription_id: line.subscription_id.as_ref().map(|id| id.0.clone()),
            cycle_number: line.cycle_number,
            period_start: line.period.map(|period| period.start),
            period_end: line.period.map(|period| period.end),
        })
        .collect()
}

/// The taxes as they are stored.
pub(super) fn taxes(invoice_id: &InvoiceId, totals: &Totals) -> Vec<invoice_tax::Model> {
    let one = |tax: &crate::domain::billing::TaxTotal| invoice_tax::Model {
        id: InvoiceTaxId::generate(),
        invoice_id: invoice_id.clone(),
        tax_rule_id: tax.rule_id.clone(),
        label: tax.label.clone(),
        rate_num: tax.rate.num,
        rate_den: tax.rate.den,
        base_minor: tax.base_minor,
        tax_minor: tax.tax_minor,
    };
    totals.taxes.iter().map(one).collect()
}

/// Receivable against revenue by kind of product, or deferred revenue where it is earned `later`, and tax.
fn posting(invoice: &invoice::Model, items: &[invoice_item::Model], later: &[revenue_schedule::Model]) -> Posting {
    let mut entries = vec![
        (Account::Receivable(invoice.customer_id.clone()), invoice.total_minor),
        (Account::TaxPayable, -invoice.tax_minor),
    ];
    entries.extend(items.iter().map(|item| (deferral::account(item, later), -item.net_minor)));
    Posting {
        idempotency_key: format!("invoice_issued:{}", invoice.id),
        kind: "invoice_issued",
        source_type: "invoice",
        source_id: invoice.id.0.clone(),
        description: format!("Invoice {} issued", invoice.number.as_deref().unwrap_or_default()),
        currency: invoice.currency.clone(),
        entries,
        wallet: None,
    }
}

async fn announce(ctx: &Ctx, tx: &WriteTx, issued: &[Full]) -> Result<(), InvoiceError> {
    let changes = issued.iter().map(|Full { invoice, .. }| Change {
        action: "billing.invoice.issue",
        target_type: "invoice",
        target_id: invoice.id.as_str(),
        customer_id: Some(&invoice.customer_id),
        after: Some(json!({"number": invoice.number, "total_minor": invoice.total_minor})),
        ..Change::default()
    });
    ctx.audit_all(tx, changes.collect()).await?;
    let (mut all, mut paid) = (Vec::with_capacity(issued.len()), Vec::new());
    for Full { invoice, .. } in issued {
        let (invoice_id, customer_id) = (invoice.id.clone(), invoice.customer_id.clone());
        tx.wake_after_commit(format!("customer:{customer_id}"));
        if invoice.status == InvoiceStatus::Paid {
            paid.push(InvoicePaid { invoice_id: invoice_id.clone(), customer_id: customer_id.clone() });
        }
        all.push(InvoiceIssued { invoice_id, customer_id });
    }
    ctx.publish_all(tx, &all).await?;
    ctx.publish_all(tx, &paid).await?;
    let number = |full: Option<&Full>| full.and_then(|full| full.invoice.number.clone()).unwrap_or_default();
    tracing::info!(invoices = issued.len(), first = number(issued.first()), last = number(issued.last()), "Issued");
    Ok(())
}
