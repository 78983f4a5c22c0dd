//! Drafts: invoices that staff write themselves, line by line, and issue when they are done. Until then a draft has no
//! number, owes nothing, posts nothing, and nobody but staff sees it.
//!
//! It is kept as a row of `invoices` with its lines and taxes, priced as on the day it was saved. Issuing takes these rows
//! away and writes the document anew under the same id: priced, taxed and addressed as on that day (`invoice::issue`).
use super::{
    Full, find_full, get,
    issue::{NewInvoice, issue_named, items, taxes},
    lock,
};
use crate::{
    domain::{
        Ctx,
        billing::{
            CALCULATION_VERSION, InvoiceError, NewLine, TaxTable, preview,
            words::{self, MOST_LINES, text},
        },
        customers::{self, CustomerError},
        ledger, settings,
    },
    kernel::{
        audit::Change,
        db::{WriteTx, insert_all},
        fault::FieldFault,
        token,
    },
};
use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use entity::{
    billing::{invoice, invoice_item, invoice_tax},
    customers::customer,
    value::{
        CustomerId, CustomerStatus, InvoiceId, InvoiceItemId, InvoiceKind, InvoiceStatus, ProductKind, business_day,
        day_start,
    },
};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::{Value, json};

/// A customer may be given so many days to pay at most.
const LONGEST_DAYS: u64 = 365;

/// An invoice as staff enter it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftInput {
    /// The last business day on which it is paid in time; none: as it is, and for a new one as many days from now as the
    /// settings give an order.
    pub due: Option<NaiveDate>,
    /// Words below the lines.
    pub notes: String,
    /// What is charged.
    pub lines: Vec<DraftLine>,
}

/// A line as staff enter it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftLine {
    /// The line it replaces; none for a new one.
    pub id: Option<InvoiceItemId>,
    /// Words.
    pub description: String,
    /// How many.
    pub quantity: i64,
    /// Price of one, net, minor units.
    pub unit_minor: i64,
}

/// Makes a draft.
///
/// # Errors
/// `Invalid` with every field that is wrong (`customer`, `due`, `notes`, `lines`, `lines[0].price`, …);
/// `CustomerClosed`; the database.
pub async fn create(ctx: &Ctx, customer_id: &CustomerId, input: DraftInput) -> Result<invoice::Model, InvoiceError> {
    let tx = ctx.begin().await?;
    let customer = payer(&tx, customer_id).await?;
    let full = read(ctx, &tx, &customer, blank(ctx, &tx, &customer).await?, &without_ids(input)).await?;
    invoice::Entity::insert(full.invoice.clone().into_active_model().reset_all()).exec_without_returning(&tx).await?;
    write_lines(&tx, full.items, full.taxes).await?;
    note(ctx, &tx, "billing.draft.create", None, Some(&full.invoice)).await?;
    ctx.made(&tx, full.invoice.id.as_str()).await?;
    tx.commit().await?;
    Ok(full.invoice)
}

/// Issues an invoice over these lines at once, without a draft before it.
///
/// # Errors
/// As `create` and `issue`.
pub async fn create_issued(
    ctx: &Ctx,
    customer_id: &CustomerId,
    input: DraftInput,
) -> Result<invoice::Model, InvoiceError> {
    let tx = ctx.begin().await?;
    let customer = payer(&tx, customer_id).await?;
    let full = read(ctx, &tx, &customer, blank(ctx, &tx, &customer).await?, &without_ids(input)).await?;
    let row = write_issued(ctx, &tx, &customer, full).await?;
    ctx.made(&tx, row.id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

/// Changes a draft: `change` gets it as staff would enter it now. It is priced and taxed anew. The same change twice is
/// the same draft.
///
/// # Errors
/// `NotFound`; `NotDraft`; `Invalid` with every field that is wrong; the database.
pub async fn revise(
    ctx: &Ctx,
    id: &InvoiceId,
    change: impl FnOnce(&mut DraftInput),
) -> Result<invoice::Model, InvoiceError> {
    let tx = ctx.begin().await?;
    let before = lock_draft(&tx, id).await?;
    let customer = customers::get(&tx, &before.invoice.customer_id).await.map_err(of_customer)?;
    // A line keeps its id, once; what names none of this draft's is new.
    let mut known: Vec<InvoiceItemId> = before.items.iter().map(|item| item.id.clone()).collect();
    let mut input = input_of(&before);
    change(&mut input);
    for line in &mut input.lines {
        let place = known.iter().position(|id| line.id.as_ref() == Some(id));
        line.id = place.map(|place| known.swap_remove(place));
    }
    let blank = invoice::Model { updated_at: ctx.now(), ..before.invoice.clone() };
    let full = read(ctx, &tx, &customer, blank, &input).await?;
    let changed = full.invoice.clone().into_active_model().reset_all();
    let changed = invoice::Entity::update_many()
        .set(changed)
        .filter(invoice::Column::Id.eq(id))
        .filter(invoice::Column::Status.eq(InvoiceStatus::Draft))
        .exec(&tx)
        .await?;
    if changed.rows_affected != 1 {
        return Err(DbErr::RecordNotUpdated.into());
    }
    remove_lines(&tx, id).await?;
    write_lines(&tx, full.items, full.taxes).await?;
    note(ctx, &tx, "billing.draft.change", Some(&before.invoice), Some(&full.invoice)).await?;
    ctx.made(&tx, id.as_str()).await?;
    tx.commit().await?;
    Ok(full.invoice)
}

/// Throws a draft away; nothing but the audit trail keeps what it said. `seen` is what whoever does it saw ([`seen`]):
/// a draft that says something else by now stays. Returns what it was. A second time it is missing.
///
/// # Errors
/// `NotFound`; `NotDraft`; `DraftChanged`; the database.
pub async fn discard(ctx: &Ctx, id: &InvoiceId, seen: Option<&str>) -> Result<Full, InvoiceError> {
    let tx = ctx.begin().await?;
    let full = lock_draft(&tx, id).await?;
    if seen.is_some_and(|seen| seen != self::seen(&full)) {
        return Err(InvoiceError::DraftChanged);
    }
    remove(&tx, id).await?;
    note(ctx, &tx, "billing.draft.discard", Some(&full.invoice), None).await?;
    ctx.made(&tx, id.as_str()).await?;
    tx.commit().await?;
    Ok(full)
}

/// Issues a draft under its own id: it gets the next number, is priced, taxed and addressed as on this day, is owed and
/// changes no more, and its customer hears of it (`invoice.issued`). Issuing it twice is issuing it once. `seen` is what
/// whoever does it saw ([`seen`]); another draft than that is not issued.
///
/// # Errors
/// `NotFound`; `NotDraft` for what never was one or is void; `DraftChanged`; `CustomerClosed`;
/// `Ledger(CustomerMerged)`; `Invalid` without lines or with a day that is over; the database.
pub async fn issue(ctx: &Ctx, id: &InvoiceId, seen: Option<&str>) -> Result<invoice::Model, InvoiceError> {
    let whose = get(&ctx.db, id).await?.customer_id;
    let tx = ctx.begin().await?;
    // The account before what it holds, as a merge does: from here on it is neither merged nor closed.
    ledger::refuse_merged(&tx, &whose).await?;
    let full = lock_full(&tx, id).await?;
    let is_issued = match full.invoice.status {
        InvoiceStatus::Draft => false,
        // Written by staff, so that it was a draft.
        InvoiceStatus::Issued | InvoiceStatus::Paid if full.invoice.kind == InvoiceKind::Manual => true,
        _ => return Err(InvoiceError::NotDraft),
    };
    if seen.is_some_and(|seen| seen != self::seen(&full)) {
        return Err(InvoiceError::DraftChanged);
    }
    // The very draft that was seen was issued before, by somebody else or by the same click.
    if is_issued {
        return Ok(full.invoice);
    }
    let customer = payer(&tx, &full.invoice.customer_id).await?;
    remove(&tx, id).await?;
    let row = write_issued(ctx, &tx, &customer, full).await?;
    ctx.made(&tx, id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

/// A draft with its lines, for staff.
///
/// # Errors
/// `NotFound`; `NotDraft`; the database.
pub async fn get_draft(db: &impl ConnectionTrait, id: &InvoiceId) -> Result<Full, InvoiceError> {
    drafted(find_full(db, get(db, id).await?).await?)
}

/// Names what was seen by whoever saw it: the day, the words, every line and price. Issuing taxes it anew and gives it a
/// number, so that neither is part of it. Pure.
pub fn seen(full: &Full) -> String {
    let line = |item: &invoice_item::Model| json!([item.description, item.quantity, item.unit_minor]);
    let lines: Vec<Value> = full.items.iter().map(line).collect();
    let row = &full.invoice;
    let seen = json!([due_day(row), row.currency, row.notes.as_deref().unwrap_or_default(), lines]);
    token::sha256_hex(seen.to_string())
}

/// The last business day on which it is paid in time. Pure.
pub fn due_day(row: &invoice::Model) -> Option<NaiveDate> {
    row.due_at.map(business_day)
}

/// A draft as staff would enter it.
fn input_of(full: &Full) -> DraftInput {
    let line = |item: &invoice_item::Model| DraftLine {
        id: Some(item.id.clone()),
        description: item.description.clone(),
        quantity: item.quantity,
        unit_minor: item.unit_minor,
    };
    DraftInput {
        due: due_day(&full.invoice),
        notes: full.invoice.notes.clone().unwrap_or_default(),
        lines: full.items.iter().map(line).collect(),
    }
}

/// What is new replaces nothing.
fn without_ids(mut input: DraftInput) -> DraftInput {
    input.lines.iter_mut().for_each(|line| line.id = None);
    input
}

/// Whom staff want to bill; until `tx` ends he is neither merged nor closed.
async fn payer(tx: &WriteTx, id: &CustomerId) -> Result<customer::Model, InvoiceError> {
    ledger::refuse_merged(tx, id).await?;
    let customer = customers::get(tx, id).await.map_err(|error| match error {
        CustomerError::NotFound => InvoiceError::Invalid(vec![FieldFault::new("customer", "unknown")]),
        other => of_customer(other),
    })?;
    if customer.status == CustomerStatus::Closed { Err(InvoiceError::CustomerClosed) } else { Ok(customer) }
}

fn of_customer(error: CustomerError) -> InvoiceError {
    match error {
        CustomerError::Database(error) => error.into(),
        _ => InvoiceError::NotFound,
    }
}

/// A draft without lines.
async fn blank(ctx: &Ctx, tx: &WriteTx, customer: &customer::Model) -> Result<invoice::Model, InvoiceError> {
    let now = ctx.now();
    let days = settings::load(tx).await?.billing.order_due_days.unsigned_abs();
    let day = business_day(now).checked_add_days(Days::new(days));
    Ok(invoice::Model {
        id: InvoiceId::generate(),
        number: None,
        customer_id: customer.id.clone(),
        kind: InvoiceKind::Manual,
        status: InvoiceStatus::Draft,
        currency: customer.currency.clone(),
        subtotal_minor: 0,
        discount_minor: 0,
        tax_minor: 0,
        vat_collector: None,
        collected_tax_minor: 0,
        total_minor: 0,
        paid_minor: 0,
        refunded_minor: 0,
        credited_minor: 0,
        written_off_minor: 0,
        // Who buys and who sells is written down when it is issued.
        buyer: json!({}),
        seller: json!({}),
        locale: customer.locale.clone(),
        calculation_version: CALCULATION_VERSION,
        public_token: token::random(),
        document_hash: None,
        previous_hash: None,
        notes: None,
        issued_at: None,
        due_at: Some(day.map_or(now, end_of)),
        paid_at: None,
        voided_at: None,
        void_reason: None,
        tax_point_at: None,
        created_at: now,
        updated_at: now,
    })
}

/// The last second of a business day: who pays on the day itself is in time.
fn end_of(day: NaiveDate) -> DateTime<Utc> {
    day_start(day.succ_opt().unwrap_or(day)) - Duration::seconds(1)
}

/// `blank` with what was entered, priced and taxed as on this day.
async fn read(
    ctx: &Ctx,
    db: &impl ConnectionTrait,
    customer: &customer::Model,
    blank: invoice::Model,
    input: &DraftInput,
) -> Result<Full, InvoiceError> {
    let (mut faults, today) = (Vec::new(), business_day(ctx.now()));
    let mut due_at = blank.due_at;
    // A draft may lie until its day is over; it is looked at again when it is issued.
    if let Some(day) = input.due.filter(|day| Some(*day) != due_day(&blank)) {
        match wrong_day(day, today) {
            Some(wrong) => faults.push(wrong),
            None => due_at = Some(end_of(day)),
        }
    }
    let notes = text("notes", &input.notes, &mut faults);
    let lines = read_lines(&input.lines, &mut faults);
    if !faults.is_empty() {
        return Err(InvoiceError::Invalid(faults));
    }
    let tax = TaxTable::load(db).await?.for_customer(customer, today);
    let totals = preview(&lines, &tax)?;
    let mut items = items(&blank.id, &lines, &totals);
    for (item, line) in items.iter_mut().zip(&input.lines) {
        item.id = line.id.clone().unwrap_or_else(|| item.id.clone());
    }
    let taxes = taxes(&blank.id, &totals);
    let invoice = invoice::Model {
        currency: customer.currency.clone(),
        locale: customer.locale.clone(),
        subtotal_minor: totals.subtotal_minor,
        tax_minor: totals.tax_minor,
        vat_collector: totals.collector,
        collected_tax_minor: totals.collected_minor,
        total_minor: totals.total_minor,
        calculation_version: CALCULATION_VERSION,
        notes: Some(notes).filter(|notes| !notes.is_empty()),
        due_at,
        ..blank
    };
    Ok(Full { invoice, items, taxes })
}

fn read_lines(given: &[DraftLine], faults: &mut Vec<FieldFault>) -> Vec<NewLine> {
    if given.len() > MOST_LINES {
        faults.push(FieldFault::new("lines", "too_many").with("max", MOST_LINES));
        return Vec::new();
    }
    let read = given.iter().enumerate().map(|(at, one)| {
        let description = words::line(at, &one.description, one.quantity, one.unit_minor, faults);
        line(description, one.quantity, one.unit_minor)
    });
    read.collect()
}

/// What is charged once, for no contract, without the tax: so staff write it (ADR 0101).
fn line(description: String, quantity: i64, unit_minor: i64) -> NewLine {
    NewLine {
        description,
        quantity,
        unit_minor,
        discount_minor: 0,
        tax_included: false,
        product_kind: ProductKind::Custom,
        subscription_id: None,
        cycle_number: None,
        sold_for: None,
        period: None,
    }
}

/// What is wrong with the day something is due.
fn wrong_day(day: NaiveDate, today: NaiveDate) -> Option<FieldFault> {
    if day < today {
        return Some(FieldFault::new("due", "due_past"));
    }
    let last = today.checked_add_days(Days::new(LONGEST_DAYS))?;
    (day > last).then(|| FieldFault::new("due", "due_far").with("days", LONGEST_DAYS))
}

/// Issues what `full` says, under its id.
async fn write_issued(
    ctx: &Ctx,
    tx: &WriteTx,
    customer: &customer::Model,
    full: Full,
) -> Result<invoice::Model, InvoiceError> {
    let Full { invoice: row, items, .. } = full;
    let now = ctx.now();
    let mut faults: Vec<FieldFault> =
        due_day(&row).and_then(|day| wrong_day(day, business_day(now))).into_iter().collect();
    if items.is_empty() {
        faults.push(FieldFault::new("lines", "required"));
    }
    if !faults.is_empty() {
        return Err(InvoiceError::Invalid(faults));
    }
    let lines = items.into_iter().map(|item| line(item.description, item.quantity, item.unit_minor)).collect();
    let due_at = row.due_at.unwrap_or(now);
    let new = NewInvoice { customer, kind: InvoiceKind::Manual, lines, due_at, notes: row.notes };
    issue_named(ctx, tx, vec![(row.id, new)]).await?.pop().ok_or(InvoiceError::NoLines)
}

/// Reads a draft and keeps others from changing it until `tx` ends.
async fn lock_draft(tx: &WriteTx, id: &InvoiceId) -> Result<Full, InvoiceError> {
    drafted(lock_full(tx, id).await?)
}

/// The same of what may have been issued. Issuing writes the row anew: who waited for the one of the draft finds it gone,
/// and by looking once more the one that took its place.
async fn lock_full(tx: &WriteTx, id: &InvoiceId) -> Result<Full, InvoiceError> {
    let row = match lock(tx, id).await {
        Err(InvoiceError::NotFound) => lock(tx, id).await?,
        locked => locked?,
    };
    find_full(tx, row).await
}

fn drafted(full: Full) -> Result<Full, InvoiceError> {
    if full.invoice.status == InvoiceStatus::Draft { Ok(full) } else { Err(InvoiceError::NotDraft) }
}

/// Takes the rows of a draft away; of anything else nothing.
async fn remove(tx: &WriteTx, id: &InvoiceId) -> Result<(), DbErr> {
    remove_lines(tx, id).await?;
    let gone = invoice::Entity::delete_many()
        .filter(invoice::Column::Id.eq(id))
        .filter(invoice::Column::Status.eq(InvoiceStatus::Draft))
        .exec(tx)
        .await?;
    if gone.rows_affected == 1 { Ok(()) } else { Err(DbErr::RecordNotUpdated) }
}

/// Takes the lines of a draft away: the caller has locked it as one.
async fn remove_lines(tx: &WriteTx, id: &InvoiceId) -> Result<(), DbErr> {
    invoice_item::Entity::delete_many().filter(invoice_item::Column::InvoiceId.eq(id)).exec(tx).await?;
    invoice_tax::Entity::delete_many().filter(invoice_tax::Column::InvoiceId.eq(id)).exec(tx).await?;
    Ok(())
}

async fn write_lines(
    tx: &WriteTx,
    items: Vec<invoice_item::Model>,
    taxes: Vec<invoice_tax::Model>,
) -> Result<(), DbErr> {
    let items = items.into_iter().map(|item| item.into_active_model().reset_all());
    insert_all(tx, items.collect(), None).await?;
    let taxes = taxes.into_iter().map(|tax| tax.into_active_model().reset_all());
    insert_all(tx, taxes.collect(), None).await?;
    Ok(())
}

/// The audit row of an act on a draft, and who is woken: staff alone.
async fn note(
    ctx: &Ctx,
    tx: &WriteTx,
    action: &'static str,
    before: Option<&invoice::Model>,
    after: Option<&invoice::Model>,
) -> Result<(), DbErr> {
    let facts = |row: &invoice::Model| {
        json!({
            "status": row.status,
            "due": due_day(row),
            "notes": row.notes,
            "total_minor": row.total_minor,
            "currency": row.currency,
        })
    };
    let Some(row) = after.or(before) else { return Ok(()) };
    let change = Change {
        action,
        target_type: "invoice",
        target_id: row.id.as_str(),
        customer_id: Some(&row.customer_id),
        before: before.map(facts),
        after: after.map(facts),
        reason: None,
    };
    ctx.audit(tx, change).await?;
    tx.wake_after_commit("staff");
    Ok(())
}
