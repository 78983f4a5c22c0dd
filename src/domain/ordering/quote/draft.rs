//! Drafts: made, changed as often as staff like, seen by nobody else.
use super::{
    find,
    lines::{self, Stored},
};
use crate::{
    domain::{
        Ctx,
        billing::{TaxTable, words::text},
        customers::{self, CustomerError},
        ordering::{OrderingError, pricing},
        settings,
    },
    kernel::{
        audit::Change,
        db::{WriteTx, insert_all},
        fault::FieldFault,
        token,
    },
};
use chrono::{Days, NaiveDate};
use entity::{
    customers::customer,
    ordering::{quote, quote_item},
    value::{CustomerId, QuoteId, QuoteItemId, QuoteStatus, business_day},
};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::json;

/// A quote is valid for so many days at most.
const LONGEST_DAYS: u64 = 365;

/// A quote as staff enter it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuoteInput {
    /// The last business day on which it can be accepted; none: as many days as the settings say.
    pub valid_until: Option<NaiveDate>,
    /// Words before the lines.
    pub intro: String,
    /// Words after the lines.
    pub terms: String,
    /// What is offered.
    pub lines: Vec<LineInput>,
}

/// A line as staff enter it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineInput {
    /// The line it replaces; none for a new one.
    pub id: Option<QuoteItemId>,
    /// How many.
    pub quantity: i64,
    /// Of what.
    pub what: What,
}

/// What a line is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A plan of the catalog, hidden ones too.
    Plan {
        /// Its code.
        plan: String,
        /// Word of the cycle: `monthly`.
        cycle: String,
        /// Another price of a cycle than the shop's, minor units; renewals cost it too.
        price_minor: Option<i64>,
        /// Another setup fee than the shop's, minor units.
        setup_minor: Option<i64>,
        /// Whether they hold the tax; none: as the shop's do.
        tax_included: Option<bool>,
        /// Why another price.
        reason: String,
    },
    /// Anything, in words.
    Words {
        /// The words.
        description: String,
        /// Price of one, net, minor units.
        unit_minor: i64,
    },
}

/// Makes a draft.
///
/// # Errors
/// `Invalid` with every field that is wrong (`customer`, `valid_until`, `intro`, `terms`, `lines[0].plan`, …); the
/// database.
pub async fn create(ctx: &Ctx, customer_id: &CustomerId, mut input: QuoteInput) -> Result<quote::Model, OrderingError> {
    input.lines.iter_mut().for_each(|line| line.id = None);
    let customer = customers::get(&ctx.db, customer_id).await.map_err(|error| match error {
        CustomerError::NotFound => OrderingError::Invalid(vec![FieldFault::new("customer", "unknown")]),
        other => other.into(),
    })?;
    let days = settings::current(ctx).await?.sales.quote_days.unsigned_abs();
    let (now, today) = (ctx.now(), business_day(ctx.now()));
    let blank = quote::Model {
        id: QuoteId::generate(),
        number: None,
        customer_id: customer.id.clone(),
        status: QuoteStatus::Draft,
        locale: customer.locale.clone(),
        currency: customer.currency.clone(),
        subtotal_minor: 0,
        tax_minor: 0,
        total_minor: 0,
        tax_label: None,
        buyer: None,
        seller: None,
        intro: String::new(),
        terms: String::new(),
        valid_until: today.checked_add_days(Days::new(days)).unwrap_or(today),
        public_token: token::random(),
        copied_from: None,
        made_by: ctx.actor.id().to_owned(),
        reason: None,
        order_id: None,
        sent_at: None,
        reminded_at: None,
        decided_at: None,
        created_at: now,
        updated_at: now,
    };
    let (row, items) = read(ctx, &ctx.db, &customer, blank, &input, &[]).await?;
    let tx = ctx.begin().await?;
    quote::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(&tx).await?;
    write_items(&tx, items).await?;
    note(ctx, &tx, "ordering.quote.create", &row, None).await?;
    ctx.made(&tx, row.id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

/// Changes a draft: `change` gets it as staff would enter it now, and its lines are read anew, at the shop's prices of
/// now unless others were agreed on. The same change twice is the same draft.
///
/// # Errors
/// `NotFound`; `QuoteNotDraft`; `Invalid` with every field that is wrong; the database.
pub async fn revise(
    ctx: &Ctx,
    id: &QuoteId,
    change: impl FnOnce(&mut QuoteInput),
) -> Result<quote::Model, OrderingError> {
    let tx = ctx.begin().await?;
    let before = find::lock(&tx, id).await?;
    if before.status != QuoteStatus::Draft {
        return Err(OrderingError::QuoteNotDraft);
    }
    let customer = customers::get(&tx, &before.customer_id).await?;
    let items = find::items_of(&tx, std::slice::from_ref(id)).await?;
    let mut input = input_of(&tx, &before, &items).await?;
    // A line keeps its id, once; what names none of this quote's is new.
    let mut known: Vec<QuoteItemId> = items.iter().map(|item| item.id.clone()).collect();
    let lines = input.lines.iter().cloned().zip(items);
    let stored: Vec<Stored> = lines.map(|(entered, item)| Stored { entered, item }).collect();
    change(&mut input);
    for line in &mut input.lines {
        let place = known.iter().position(|id| line.id.as_ref() == Some(id));
        line.id = place.map(|place| known.swap_remove(place));
    }
    let blank = quote::Model { updated_at: ctx.now(), ..before.clone() };
    let (row, items) = read(ctx, &tx, &customer, blank, &input, &stored).await?;
    let changed = row.clone().into_active_model().reset_all();
    quote::Entity::update_many().set(changed).filter(quote::Column::Id.eq(id)).exec(&tx).await?;
    replace_items(&tx, id, items).await?;
    note(ctx, &tx, "ordering.quote.change", &row, Some(&before)).await?;
    ctx.made(&tx, row.id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

/// A quote as staff would enter it.
///
/// # Errors
/// The database.
pub async fn input_of(
    db: &impl ConnectionTrait,
    row: &quote::Model,
    items: &[quote_item::Model],
) -> Result<QuoteInput, DbErr> {
    let codes = find::codes_of(db, items).await?;
    let line = |item: &quote_item::Model| {
        let agreed = item.price_reason.as_ref();
        let what = match &item.plan_id {
            Some(plan_id) => What::Plan {
                plan: codes.get(plan_id).cloned().unwrap_or_default(),
                cycle: item.cycle.map(|cycle| cycle.as_str().to_owned()).unwrap_or_default(),
                price_minor: agreed.map(|_| item.unit_minor),
                setup_minor: agreed.map(|_| item.setup_minor),
                tax_included: agreed.map(|_| item.tax_included),
                reason: agreed.cloned().unwrap_or_default(),
            },
            None => What::Words { description: item.description.clone(), unit_minor: item.unit_minor },
        };
        LineInput { id: Some(item.id.clone()), quantity: item.quantity, what }
    };
    Ok(QuoteInput {
        valid_until: Some(row.valid_until),
        intro: row.intro.clone(),
        terms: row.terms.clone(),
        lines: items.iter().map(line).collect(),
    })
}

/// `blank` with what was entered, priced; and its lines. `stored` are those the draft had before.
pub(super) async fn read(
    ctx: &Ctx,
    db: &impl ConnectionTrait,
    customer: &customer::Model,
    blank: quote::Model,
    input: &QuoteInput,
    stored: &[Stored],
) -> Result<(quote::Model, Vec<quote_item::Model>), OrderingError> {
    let mut faults = Vec::new();
    let today = business_day(ctx.now());
    let valid_until = input.valid_until.unwrap_or(blank.valid_until);
    // A draft may lie until its day is over; it is looked at again when it is sent.
    if valid_until != blank.valid_until {
        faults.extend(wrong_day(valid_until, today));
    }
    let (intro, terms) = (text("intro", &input.intro, &mut faults), text("terms", &input.terms, &mut faults));
    let items = lines::read(db, &blank.id, pricing::lang_of(customer), &input.lines, stored, &mut faults).await?;
    if !faults.is_empty() {
        return Err(OrderingError::Invalid(faults));
    }
    let row = quote::Model {
        valid_until,
        intro,
        terms,
        locale: customer.locale.clone(),
        currency: customer.currency.clone(),
        ..blank
    };
    Ok((priced(db, customer, row, &items, today).await?, items))
}

/// The quote with what its lines come to, taxed as on `today`.
pub(super) async fn priced(
    db: &impl ConnectionTrait,
    customer: &customer::Model,
    row: quote::Model,
    items: &[quote_item::Model],
    today: NaiveDate,
) -> Result<quote::Model, OrderingError> {
    let tax = TaxTable::load(db).await?.for_customer(customer, today);
    let totals = lines::totals(items, &tax)?;
    Ok(quote::Model {
        subtotal_minor: totals.subtotal_minor,
        tax_minor: totals.tax_minor,
        total_minor: totals.total_minor,
        tax_label: totals.taxes.first().map(|tax| tax.label.clone()),
        ..row
    })
}

/// What is wrong with the last day of a quote.
pub(super) fn wrong_day(day: NaiveDate, today: NaiveDate) -> Option<FieldFault> {
    if day < today {
        return Some(FieldFault::new("valid_until", "quote_past"));
    }
    let last = today.checked_add_days(Days::new(LONGEST_DAYS))?;
    (day > last).then(|| FieldFault::new("valid_until", "quote_far").with("days", LONGEST_DAYS))
}

pub(super) async fn write_items(tx: &WriteTx, items: Vec<quote_item::Model>) -> Result<(), DbErr> {
    let rows = items.into_iter().map(|item| item.into_active_model().reset_all());
    insert_all(tx, rows.collect(), None).await?;
    Ok(())
}

/// Writes the lines of a draft anew.
pub(super) async fn replace_items(tx: &WriteTx, id: &QuoteId, items: Vec<quote_item::Model>) -> Result<(), DbErr> {
    quote_item::Entity::delete_many().filter(quote_item::Column::QuoteId.eq(id)).exec(tx).await?;
    write_items(tx, items).await
}

/// The audit row of an act on a quote, and who is woken.
pub(super) async fn note(
    ctx: &Ctx,
    tx: &WriteTx,
    action: &'static str,
    row: &quote::Model,
    before: Option<&quote::Model>,
) -> Result<(), DbErr> {
    let facts = |row: &quote::Model| {
        json!({
            "number": row.number,
            "status": row.status,
            "valid_until": row.valid_until,
            "total_minor": row.total_minor,
            "order_id": row.order_id,
        })
    };
    let change = Change {
        action,
        target_type: "quote",
        target_id: row.id.as_str(),
        customer_id: Some(&row.customer_id),
        before: before.map(facts),
        after: Some(facts(row)),
        reason: row.reason.as_deref(),
    };
    ctx.audit(tx, change).await?;
    tx.wake_after_commit(format!("customer:{}", row.customer_id));
    tx.wake_after_commit("staff");
    Ok(())
}
