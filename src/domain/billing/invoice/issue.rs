//! Issuing: number, totals, tax, snapshot, hash and posting, in one transaction.
use crate::{
    domain::{
        Ctx,
        billing::{
            CALCULATION_VERSION, InvoiceError, InvoiceIssued, InvoicePaid, NewLine, TaxTable, Totals, price::preview,
        },
        ledger::{self, Account, Posting, Series},
        settings,
    },
    kernel::{audit::Change, db::WriteTx, token},
};
use chrono::{DateTime, Utc};
use entity::{
    billing::{invoice, invoice_item, invoice_tax},
    customers::customer,
    value::{InvoiceId, InvoiceItemId, InvoiceKind, InvoiceStatus, InvoiceTaxId, business_day},
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
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
    if new.lines.is_empty() {
        return Err(InvoiceError::NoLines);
    }
    let now = ctx.now();
    let settings = settings::load(tx).await?;
    let tax = TaxTable::load(tx).await?.for_customer(new.customer, business_day(now));
    let totals = preview(&new.lines, &tax)?;
    let taken = ledger::take(ctx, tx, Series::Invoice).await?;

    let is_free = totals.total_minor == 0;
    let taxed_at_issue = settings.tax.tax_point == settings::TaxPoint::Issue;
    let mut invoice = invoice::Model {
        id: InvoiceId::generate(),
        number: Some(taken.number.clone()),
        customer_id: new.customer.id.clone(),
        kind: new.kind,
        status: if is_free { InvoiceStatus::Paid } else { InvoiceStatus::Issued },
        currency: new.customer.currency.clone(),
        subtotal_minor: totals.subtotal_minor,
        discount_minor: totals.discount_minor,
        tax_minor: totals.tax_minor,
        total_minor: totals.total_minor,
        paid_minor: 0,
        refunded_minor: 0,
        credited_minor: 0,
        buyer: buyer(new.customer),
        seller: seller(&settings, now),
        locale: new.customer.locale.clone(),
        calculation_version: CALCULATION_VERSION,
        public_token: token::random(),
        document_hash: None,
        previous_hash: taken.previous_hash.clone(),
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
    let items = items(&invoice.id, &new.lines, &totals);
    let taxes = taxes(&invoice.id, &totals);
    let hash = ledger::invoice_hash(taken.previous_hash.as_deref(), &invoice, &items, &taxes);
    invoice.document_hash = Some(hash.clone());

    invoice::Entity::insert(invoice.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    let rows = items.iter().cloned().map(|item| item.into_active_model().reset_all());
    invoice_item::Entity::insert_many(rows).exec_without_returning(tx).await?;
    let rows = taxes.into_iter().map(|tax| tax.into_active_model().reset_all());
    invoice_tax::Entity::insert_many(rows).exec_without_returning(tx).await?;
    ledger::seal(tx, &taken, &hash).await?;
    if !is_free {
        ledger::post(ctx, tx, posting(&invoice, &items)).await?;
    }
    announce(ctx, tx, &invoice).await?;
    Ok(invoice)
}

fn buyer(customer: &customer::Model) -> Value {
    json!({
        "name": customer.name,
        "company": customer.company,
        "email": customer.email,
        "phone": customer.phone,
        "street_1": customer.street_1,
        "street_2": customer.street_2,
        "city": customer.city,
        "state": customer.state,
        "postal_code": customer.postal_code,
        "country_code": customer.country_code,
        "tax_country": customer.tax_country,
        "npwp": customer.npwp,
        "nitku": customer.nitku,
        "tax_exempt_reason": customer.tax_exempt_reason,
    })
}

fn seller(settings: &settings::Settings, now: DateTime<Utc>) -> Value {
    let mut seller = json!(settings.company);
    seller["is_pkp"] = settings.tax.charges_ppn_on(business_day(now)).into();
    seller["terms_note"] = settings.billing.terms_note.clone().into();
    seller
}

fn items(invoice_id: &InvoiceId, lines: &[NewLine], totals: &Totals) -> Vec<invoice_item::Model> {
    let pairs = lines.iter().zip(&totals.lines).zip(1..);
    pairs
        .map(|((line, total), position)| invoice_item::Model {
            id: InvoiceItemId::generate(),
            invoice_id: invoice_id.clone(),
            position,
            description: line.description.chars().take(255).collect(),
            quantity: line.quantity,
            unit_minor: line.unit_minor,
            discount_minor: line.discount_minor,
            net_minor: total.net_minor,
            tax_minor: total.tax_minor,
            product_kind: line.product_kind,
            subscription_id: line.subscription_id.as_ref().map(|id| id.0.clone()),
            cycle_number: line.cycle_number,
            period_start: line.period.map(|period| period.start),
            period_end: line.period.map(|period| period.end),
        })
        .collect()
}

fn taxes(invoice_id: &InvoiceId, totals: &Totals) -> Vec<invoice_tax::Model> {
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

/// Receivable against revenue by kind of product and tax.
fn posting(invoice: &invoice::Model, items: &[invoice_item::Model]) -> Posting {
    let mut entries = vec![
        (Account::Receivable(invoice.customer_id.clone()), invoice.total_minor),
        (Account::TaxPayable, -invoice.tax_minor),
    ];
    entries.extend(items.iter().map(|item| (Account::Revenue(item.product_kind), -item.net_minor)));
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

async fn announce(ctx: &Ctx, tx: &WriteTx, invoice: &invoice::Model) -> Result<(), InvoiceError> {
    let change = Change {
        action: "billing.invoice.issue",
        target_type: "invoice",
        target_id: invoice.id.as_str(),
        customer_id: Some(&invoice.customer_id),
        after: Some(json!({"number": invoice.number, "total_minor": invoice.total_minor})),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    let (invoice_id, customer_id) = (invoice.id.clone(), invoice.customer_id.clone());
    ctx.publish(tx, &InvoiceIssued { invoice_id: invoice_id.clone(), customer_id: customer_id.clone() }).await?;
    tx.wake_after_commit(format!("customer:{customer_id}"));
    if invoice.status == InvoiceStatus::Paid {
        ctx.publish(tx, &InvoicePaid { invoice_id, customer_id }).await?;
    }
    tracing::info!(invoice.id = %invoice.id, total_minor = invoice.total_minor, "Issued invoice {}", invoice.number.as_deref().unwrap_or_default());
    Ok(())
}
