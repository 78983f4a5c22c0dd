//! The customer's answer: the quote becomes an order, or nothing.
use super::{
    draft::note,
    events::QuoteDecided,
    find::{self, Full},
    lines,
    send::{LONGEST_REASON, decided, turn},
};
use crate::{
    domain::{
        Ctx,
        catalog::{self, Offer},
        customers, identity,
        ordering::{
            OrderingError,
            checkout::{self, Sale},
            config, find as orders,
            pricing::{self, Choice},
        },
        settings,
    },
    kernel::{db::WriteTx, fault::FieldFault, locale::ta},
};
use entity::{
    catalog::price,
    ordering::{order, quote, quote_item},
    value::{
        AgreedOptions, CustomerId, CustomerStatus, OrderId, PlanId, PriceId, QuoteId, QuoteStatus, UserId,
        business_day, contact,
    },
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::Value;
use std::collections::BTreeMap;

/// Answers to the questions of plans, by the position of their line.
pub type Answers = BTreeMap<String, Value>;

/// Accepts a quote: in one transaction it is taken and ordered, at exactly its prices, with its lines in words on the same
/// invoice; consent to the present terms is noted. Accepting it twice, also at the same moment, is one order, which
/// every call returns. Refused, for want of a slot for instance, it stays as it is.
///
/// # Errors
/// `NotFound` for somebody else's; `EMAIL_NOT_VERIFIED`; `AccountNotServed`; `ShopClosed`; `QuoteNotOpen`;
/// `Invalid` with `config.1.…` for answers that are wrong; `QuotePlanGone`; `QuotaExceeded`; `UpgradeRequired`,
/// `DuplicateSubscription`; `QuoteOutdated` where tax would make it another total; the database.
pub async fn accept(
    ctx: &Ctx,
    customer_id: &CustomerId,
    user_id: &UserId,
    id: &QuoteId,
    answers: &Answers,
) -> Result<order::Model, OrderingError> {
    let full = find::get_owned(&ctx.db, customer_id, id).await?;
    if let Some(order_id) = &full.quote.order_id {
        return orders::get(&ctx.db, &OrderId(order_id.clone())).await;
    }
    identity::require_verified(&ctx.db, user_id).await?;
    let customer = customers::get(&ctx.db, customer_id).await?;
    if customer.status != CustomerStatus::Active {
        return Err(OrderingError::AccountNotServed);
    }
    let settings = settings::current(ctx).await?;
    if !settings.sales.is_selling {
        return Err(OrderingError::ShopClosed);
    }
    match find::standing(&full.quote, ctx.now()) {
        QuoteStatus::Sent => {}
        over => return Err(OrderingError::QuoteNotOpen(over)),
    }
    let choices = choices(ctx, &full, answers).await?;

    let tx = ctx.begin().await?;
    let row = decided(ctx, full.quote.clone(), QuoteStatus::Accepted, None);
    // The account before what it holds, as a merge does; nobody closes it any more.
    if customers::status_of(&tx, customer_id).await? != Some(CustomerStatus::Active) {
        return Err(OrderingError::AccountNotServed);
    }
    // Before anything is ordered: a twin waits here, and whoever takes quotes back too.
    if !turn_within_time(ctx, &tx, &row).await? {
        return twin(&tx, id).await;
    }
    let number = row.number.clone().unwrap_or_default();
    let sale = Sale {
        customer: &customer,
        user_id,
        choices: &choices,
        applied: None,
        extra: lines::extra(&full.items),
        notes: Some(ta(pricing::lang_of(&customer), "document-by-quote", &[("number", number.as_str())])),
        agreed_minor: Some(row.total_minor),
    };
    let placed = checkout::open_order(ctx, &tx, &settings, sale).await.map_err(|error| match error {
        OrderingError::CartChanged => OrderingError::QuoteOutdated,
        other => other,
    })?;
    let row = quote::Model { order_id: Some(placed.order.id.to_string()), ..row };
    quote::Entity::update_many()
        .col_expr(quote::Column::OrderId, Expr::value(row.order_id.clone()))
        .filter(quote::Column::Id.eq(id))
        .exec(&tx)
        .await?;
    note(ctx, &tx, "ordering.quote.accept", &row, Some(&full.quote)).await?;
    tell(ctx, &tx, &row).await?;
    tx.commit().await?;
    tracing::info!(quote.id = %row.id, order.id = %placed.order.id, "Quote {number} became order {}", placed.order.number);
    Ok(placed.order)
}

/// Marks a quote accepted if it still is to be answered today; whether it was.
async fn turn_within_time(ctx: &Ctx, tx: &WriteTx, row: &quote::Model) -> Result<bool, DbErr> {
    let today = business_day(ctx.now());
    Ok(row.valid_until >= today && turn(tx, row, &[QuoteStatus::Sent]).await?)
}

/// What became of a quote that somebody else took in the same moment.
async fn twin(tx: &WriteTx, id: &QuoteId) -> Result<order::Model, OrderingError> {
    let now = find::get(tx, id).await?;
    match now.order_id {
        Some(order_id) => orders::get(tx, &OrderId(order_id)).await,
        // Its last day ended in this very moment.
        None if now.status == QuoteStatus::Sent => Err(OrderingError::QuoteNotOpen(QuoteStatus::Expired)),
        None => Err(OrderingError::QuoteNotOpen(now.status)),
    }
}

/// Declines a quote. Twice is once.
///
/// # Errors
/// `NotFound` for somebody else's; `QuoteNotOpen` for one that was answered otherwise or is over; `Invalid` without a
/// reason; the database.
pub async fn decline(
    ctx: &Ctx,
    customer_id: &CustomerId,
    id: &QuoteId,
    reason: &str,
) -> Result<quote::Model, OrderingError> {
    let before = find::get_owned(&ctx.db, customer_id, id).await?.quote;
    let reason = contact::line(reason, LONGEST_REASON)
        .map_err(|wrong| OrderingError::Invalid(vec![FieldFault::of("reason", wrong)]))?;
    let tx = ctx.begin().await?;
    let row = decided(ctx, before.clone(), QuoteStatus::Declined, Some(reason));
    if !turn(&tx, &row, &[QuoteStatus::Sent]).await? {
        let now = find::get(&tx, id).await?;
        return match now.status {
            QuoteStatus::Declined => Ok(now),
            status => Err(OrderingError::QuoteNotOpen(status)),
        };
    }
    note(ctx, &tx, "ordering.quote.decline", &row, Some(&before)).await?;
    tell(ctx, &tx, &row).await?;
    tx.commit().await?;
    Ok(row)
}

/// Whoever made a quote hears what became of it.
pub(super) async fn tell(ctx: &Ctx, tx: &WriteTx, row: &quote::Model) -> Result<(), DbErr> {
    let (quote_id, customer_id) = (row.id.clone(), row.customer_id.clone());
    ctx.publish(tx, &QuoteDecided { quote_id, customer_id, status: row.status }).await
}

/// The lines of a quote whose plans ask something before they are set up, with what is needed to ask it.
///
/// # Errors
/// The database.
pub async fn questioned(
    db: &impl ConnectionTrait,
    items: &[quote_item::Model],
) -> Result<Vec<(quote_item::Model, Offer)>, DbErr> {
    let offers = offers(db, items).await?;
    let with_offer = |item: &quote_item::Model| {
        let offer = offers.iter().find(|offer| Some(&offer.plan.id) == item.plan_id.as_ref())?;
        offer.template.is_some().then(|| (item.clone(), offer.clone()))
    };
    Ok(items.iter().filter_map(with_offer).collect())
}

async fn offers(db: &impl ConnectionTrait, items: &[quote_item::Model]) -> Result<Vec<Offer>, DbErr> {
    let plan_ids: Vec<PlanId> = items.iter().filter_map(|item| item.plan_id.clone()).collect();
    catalog::find::quotable_by_id(db, &plan_ids).await
}

/// What becomes contracts: each plan as often as it was quoted, at the price that was agreed on. What was quoted has no
/// trial: its price is for the first cycle as well.
async fn choices(ctx: &Ctx, full: &Full, answers: &Answers) -> Result<Vec<Choice>, OrderingError> {
    let offers = offers(&ctx.db, &full.items).await?;
    let (mut faults, mut choices) = (Vec::new(), Vec::new());
    let is_asked = |position: &str| full.items.iter().any(|item| item.position.to_string() == position);
    let unasked = answers.keys().filter(|position| !is_asked(position));
    faults.extend(unasked.map(|_| FieldFault::new("config", "unknown")));
    for item in &full.items {
        let (Some(plan_id), Some(cycle)) = (&item.plan_id, item.cycle) else { continue };
        let Some(offer) = offers.iter().find(|offer| offer.plan.id == *plan_id) else {
            return Err(OrderingError::QuotePlanGone(item.description.clone()));
        };
        let position = item.position.to_string();
        let given = answers.get(&position).unwrap_or(&Value::Null);
        let config = config::fill(offer, given, &format!("config.{position}"), &mut faults);
        let price = price::Model {
            id: PriceId::from(item.id.as_str()),
            plan_id: plan_id.clone(),
            cycle,
            amount_minor: item.unit_minor,
            setup_fee_minor: item.setup_minor,
            tax_included: item.tax_included,
            currency: full.quote.currency.clone(),
        };
        // What was quoted is one price; options are lines in words.
        let choice = Choice::of(offer.clone(), &price, config, AgreedOptions::default());
        choices.extend((0..item.quantity).map(|_| choice.clone()));
    }
    if faults.is_empty() { Ok(choices) } else { Err(OrderingError::Invalid(faults)) }
}
