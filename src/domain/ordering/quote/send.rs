//! A draft goes to its customer, is taken back, is copied.
use super::{
    draft::{What, input_of, note, priced, read, replace_items, write_items, wrong_day},
    events::QuoteSent,
    find::{self, Full},
    lines,
};
use crate::{
    domain::{
        Ctx, customers,
        ledger::{self, LedgerError, Series},
        ordering::{OrderingError, pricing},
        settings,
    },
    kernel::{db::WriteTx, fault::FieldFault, token},
};
use chrono::Days;
use entity::{
    ordering::quote,
    value::{CustomerStatus, QuoteId, QuoteStatus, business_day, contact},
};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter};

/// Longest reason for taking a quote back or declining it, in characters.
pub(super) const LONGEST_REASON: usize = 255;

/// Where a quote is read without signing in.
pub fn public_url(ctx: &Ctx, row: &quote::Model) -> String {
    format!("{}/quote/{}", ctx.config.public_url(), row.public_token)
}

/// Sends a draft: it gets the next number, its plans are worded in the customer's language and taxed as on this day, it
/// keeps buyer and seller as they are, and changes no more; its customer hears of it. Sending it twice is sending it
/// once. `seen` is what the sender saw (`Full::seen_at` a draft); another quote than that is not sent.
///
/// # Errors
/// `NotFound`; `QuoteNotDraft` for one that is over; `QuoteChanged`; `Ledger(OwnPayout)` for other prices than the shop's
/// where the sender belongs to the account; `AccountNotServed`; `Invalid` without lines or with a day that is over;
/// `QuotePlanGone`; the database.
pub async fn send(ctx: &Ctx, id: &QuoteId, seen: Option<&str>) -> Result<quote::Model, OrderingError> {
    let tx = ctx.begin().await?;
    let full = find::lock_full(&tx, id).await?;
    if !matches!(full.quote.status, QuoteStatus::Draft | QuoteStatus::Sent) {
        return Err(OrderingError::QuoteNotDraft);
    }
    if seen.is_some_and(|seen| seen != full.seen_at(QuoteStatus::Draft)) {
        return Err(OrderingError::QuoteChanged);
    }
    let Full { quote: before, items } = full;
    // The very draft that this sender saw was sent before, by somebody else or by the same click.
    if before.status == QuoteStatus::Sent {
        return Ok(before);
    }
    // At the shop's prices everybody may be his own customer.
    let is_agreed = items.iter().any(|item| item.price_reason.is_some());
    if is_agreed && ledger::is_own(ctx, &tx, &[&before.customer_id]).await? {
        return Err(LedgerError::OwnPayout.into());
    }
    let customer = customers::get(&tx, &before.customer_id).await?;
    if customer.status != CustomerStatus::Active {
        return Err(OrderingError::AccountNotServed);
    }
    let (now, today) = (ctx.now(), business_day(ctx.now()));
    let mut faults: Vec<FieldFault> = wrong_day(before.valid_until, today).into_iter().collect();
    if items.is_empty() {
        faults.push(FieldFault::new("lines", "required"));
    }
    if !faults.is_empty() {
        return Err(OrderingError::Invalid(faults));
    }
    let worded = lines::reworded(&tx, pricing::lang_of(&customer), &items).await?;
    let number = ledger::next_number(ctx, &tx, Series::Quote).await?;
    let settings = settings::load(&tx).await?;
    let mut seller = settings.seller_on(today);
    for (name, words) in settings.billing.words_of_quotes() {
        seller[name] = words.into();
    }
    let row = quote::Model {
        number: Some(number),
        status: QuoteStatus::Sent,
        locale: customer.locale.clone(),
        buyer: Some(customers::buyer_snapshot(&customer)),
        seller: Some(seller),
        sent_at: Some(now),
        updated_at: now,
        ..before.clone()
    };
    let row = priced(&tx, &customer, row, &worded, today).await?;
    // As long as it has no number: the lines of what was sent stay as they are.
    if worded != items {
        replace_items(&tx, id, worded).await?;
    }
    let changed = row.clone().into_active_model().reset_all();
    let sent = quote::Entity::update_many()
        .set(changed)
        .filter(quote::Column::Id.eq(id))
        .filter(quote::Column::Status.eq(QuoteStatus::Draft))
        .exec(&tx)
        .await?;
    if sent.rows_affected != 1 {
        return Err(DbErr::RecordNotUpdated.into());
    }
    note(ctx, &tx, "ordering.quote.send", &row, Some(&before)).await?;
    let news = QuoteSent { quote_id: row.id.clone(), customer_id: row.customer_id.clone() };
    ctx.publish(&tx, &news).await?;
    tx.commit().await?;
    Ok(row)
}

/// Takes a quote back that nobody has answered yet, or a draft nobody needs. Twice is once. `seen` is what whoever does
/// it saw (`Full::seen_at` its state then): a draft that was sent meanwhile, or says something else, stays.
///
/// # Errors
/// `Invalid` without a reason; `NotFound`; `QuoteNotOpen` for one that was answered or is over; `QuoteChanged`; the
/// database.
pub async fn withdraw(
    ctx: &Ctx,
    id: &QuoteId,
    reason: &str,
    seen: Option<&str>,
) -> Result<quote::Model, OrderingError> {
    let reason = contact::line(reason, LONGEST_REASON)
        .map_err(|wrong| OrderingError::Invalid(vec![FieldFault::of("reason", wrong)]))?;
    let tx = ctx.begin().await?;
    let full = find::lock_full(&tx, id).await?;
    let from = full.quote.status;
    match from {
        QuoteStatus::Draft | QuoteStatus::Sent => {}
        QuoteStatus::Withdrawn => return Ok(full.quote),
        over => return Err(OrderingError::QuoteNotOpen(over)),
    }
    if seen.is_some_and(|seen| seen != full.seen_at(from)) {
        return Err(OrderingError::QuoteChanged);
    }
    let row = decided(ctx, full.quote.clone(), QuoteStatus::Withdrawn, Some(reason));
    if !turn(&tx, &row, &[from]).await? {
        return Err(DbErr::RecordNotUpdated.into());
    }
    note(ctx, &tx, "ordering.quote.withdraw", &row, Some(&full.quote)).await?;
    tx.commit().await?;
    Ok(row)
}

/// A new draft with the lines and words of another quote, at its prices, valid for as long as the settings say.
///
/// # Errors
/// `NotFound`; `QuotePlanGone`; the database.
pub async fn copy(ctx: &Ctx, id: &QuoteId) -> Result<quote::Model, OrderingError> {
    let full = find::get_full(&ctx.db, id).await?;
    let customer = customers::get(&ctx.db, &full.quote.customer_id).await?;
    // What is not sold any more cannot be offered again.
    lines::reworded(&ctx.db, pricing::lang_of(&customer), &full.items).await?;
    let days = settings::current(ctx).await?.sales.quote_days.unsigned_abs();
    let (now, today) = (ctx.now(), business_day(ctx.now()));
    let copied = full.quote.number.clone().unwrap_or_else(|| full.quote.id.to_string());
    let row = quote::Model {
        id: QuoteId::generate(),
        number: None,
        status: QuoteStatus::Draft,
        locale: customer.locale.clone(),
        currency: customer.currency.clone(),
        buyer: None,
        seller: None,
        valid_until: today.checked_add_days(Days::new(days)).unwrap_or(today),
        public_token: token::random(),
        copied_from: Some(id.to_string()),
        made_by: ctx.actor.id().to_owned(),
        reason: None,
        order_id: None,
        sent_at: None,
        reminded_at: None,
        decided_at: None,
        created_at: now,
        updated_at: now,
        ..full.quote
    };
    // Through the same door as a new line: what the shop asks by now is known, and its prices stay by agreement.
    let mut input = input_of(&ctx.db, &row, &full.items).await?;
    for (line, item) in input.lines.iter_mut().zip(&full.items) {
        line.id = None;
        if let What::Plan { price_minor, setup_minor, tax_included, reason, .. } = &mut line.what {
            (*price_minor, *setup_minor) = (Some(item.unit_minor), Some(item.setup_minor));
            *tax_included = Some(item.tax_included);
            if reason.is_empty() {
                *reason = copied.clone();
            }
        }
    }
    let (row, items) = read(ctx, &ctx.db, &customer, row, &input, &[]).await?;
    let tx = ctx.begin().await?;
    quote::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(&tx).await?;
    write_items(&tx, items).await?;
    note(ctx, &tx, "ordering.quote.copy", &row, None).await?;
    ctx.made(&tx, row.id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

/// `row` with what became of it now.
pub(super) fn decided(ctx: &Ctx, row: quote::Model, to: QuoteStatus, reason: Option<String>) -> quote::Model {
    quote::Model { status: to, reason, decided_at: Some(ctx.now()), updated_at: ctx.now(), ..row }
}

/// Writes what became of a quote if it is in one of `from`; whether it was.
pub(super) async fn turn(tx: &WriteTx, row: &quote::Model, from: &[QuoteStatus]) -> Result<bool, DbErr> {
    let changed = quote::ActiveModel {
        status: sea_orm::Set(row.status),
        reason: sea_orm::Set(row.reason.clone()),
        decided_at: sea_orm::Set(row.decided_at),
        updated_at: sea_orm::Set(row.updated_at),
        ..Default::default()
    };
    let turned = quote::Entity::update_many()
        .set(changed)
        .filter(quote::Column::Id.eq(&row.id))
        .filter(quote::Column::Status.is_in(from.iter().copied()))
        .exec(tx)
        .await?;
    Ok(turned.rows_affected == 1)
}
