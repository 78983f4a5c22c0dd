//! News of price quotes that become mail: to the customer, and to whoever of staff made them.
use super::notices::{commit_if_new, find_user, lang, link, named};
use crate::{
    domain::{
        Ctx, customers,
        messaging::{Notice, Recipient},
        ordering::{
            self,
            quote::{
                self,
                events::{QuoteDecided, QuoteEnding, QuoteSent},
                find,
            },
        },
    },
    kernel::{format, job::JobError},
};
use entity::{
    ordering::quote as quoted,
    value::{Money, OrderId, QuoteStatus, UserId},
};

/// The customer gets a quote. One that was taken back before its mail was written is not sent.
pub async fn quote_sent(ctx: Ctx, news: QuoteSent) -> Result<(), JobError> {
    let full = find::get_full(&ctx.db, &news.quote_id).await?;
    let row = &full.quote;
    if row.status == QuoteStatus::Withdrawn {
        return Ok(());
    }
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let lang = lang(&customer.locale);
    let notice = Notice {
        template: "quote_sent",
        to: Recipient::customer(&customer),
        values: vec![
            ("link", quote::public_url(&ctx, row)),
            ("number", row.number.clone().unwrap_or_default()),
            ("items", named(full.items.iter().map(|item| (item.quantity, item.description.as_str())), lang)),
            ("total", format::money(&total(row), lang)),
            ("until", format::day(row.valid_until, lang)),
        ],
        once_key: Some(format!("quote_sent:{}", row.id)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer is reminded of a quote that still waits for his answer.
pub async fn quote_ending(ctx: Ctx, news: QuoteEnding) -> Result<(), JobError> {
    let row = find::get(&ctx.db, &news.quote_id).await?;
    if find::standing(&row, ctx.now()) != QuoteStatus::Sent {
        return Ok(());
    }
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let lang = lang(&customer.locale);
    let notice = Notice {
        template: "quote_ending",
        to: Recipient::customer(&customer),
        values: vec![
            ("link", quote::public_url(&ctx, &row)),
            ("number", row.number.clone().unwrap_or_default()),
            ("total", format::money(&total(&row), lang)),
            ("until", format::day(row.valid_until, lang)),
        ],
        once_key: Some(format!("quote_ending:{}", row.id)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// Whoever made a quote hears what became of it, as long as he works here.
pub async fn quote_decided(ctx: Ctx, news: QuoteDecided) -> Result<(), JobError> {
    let row = find::get(&ctx.db, &news.quote_id).await?;
    let Some(maker) = find_user(&ctx, &UserId(row.made_by.clone())).await?.filter(|user| user.is_staff) else {
        return Ok(());
    };
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let mut values = vec![
        ("link", link(&ctx, &format!("/whm/quotes/{}", row.id))),
        ("number", row.number.clone().unwrap_or_default()),
        ("customer", customer.company.clone().unwrap_or_else(|| customer.name.clone())),
        ("total", format::money(&total(&row), lang(&maker.locale))),
    ];
    let template = match news.status {
        QuoteStatus::Accepted => {
            let order = match &row.order_id {
                Some(id) => ordering::find::get(&ctx.db, &OrderId(id.clone())).await?.number,
                None => String::new(),
            };
            values.push(("order", order));
            "quote_accepted"
        }
        QuoteStatus::Declined => {
            values.push(("reason", row.reason.clone().unwrap_or_default()));
            "quote_declined"
        }
        _ => "quote_expired",
    };
    let once_key = Some(format!("quote_decided:{}", row.id));
    let notice = Notice { template, to: Recipient { customer_id: None, ..Recipient::user(&maker) }, values, once_key };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

fn total(row: &quoted::Model) -> Money {
    Money::new(row.total_minor, &row.currency)
}
