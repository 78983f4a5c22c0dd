//! News of money that become mail.
use super::notices::{commit_if_new, lang, link};
use crate::{
    domain::{
        Ctx,
        billing::{InvoiceIssued, invoice},
        customers,
        messaging::{Notice, Recipient},
        payments::{PaymentSettled, RefundSucceeded},
    },
    kernel::{format, job::JobError},
};
use entity::{
    payments::{payment, refund},
    value::{InvoiceKind, Money},
};
use sea_orm::EntityTrait;

/// Items named in a mail; the document lists all.
const ITEMS_NAMED: usize = 3;

/// The customer gets his invoice. What asks for no money is not mailed.
pub async fn invoice_issued(ctx: Ctx, news: InvoiceIssued) -> Result<(), JobError> {
    let full = invoice::get_full(&ctx.db, &news.invoice_id).await?;
    let document = &full.invoice;
    if document.total_minor == 0 {
        return Ok(());
    }
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let lang = lang(&customer.locale);
    let named: Vec<&str> = full.items.iter().take(ITEMS_NAMED).map(|item| item.description.as_str()).collect();
    let further = if full.items.len() > ITEMS_NAMED { ", …" } else { "" };
    let notice = Notice {
        template: "invoice_issued",
        to: Recipient::customer(&customer),
        values: vec![
            ("link", link(&ctx, &format!("/panel/invoices/{}", document.id))),
            ("number", document.number.clone().unwrap_or_default()),
            ("items", format!("{}{further}", named.join(", "))),
            ("total", format::money(&Money::new(document.total_minor, &document.currency), lang)),
            ("due", document.due_at.map(|at| format::date_wib(at, lang)).unwrap_or_default()),
        ],
        once_key: Some(format!("invoice_issued:{}", document.id)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer hears that his money came, and what happens now.
pub async fn payment_settled(ctx: Ctx, news: PaymentSettled) -> Result<(), JobError> {
    let Some(payment) = payment::Entity::find_by_id(news.payment_id.clone()).one(&ctx.db).await? else {
        return Ok(());
    };
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let lang = lang(&customer.locale);
    let mut values = vec![
        ("amount", format::money(&Money::new(news.received_minor, &payment.currency), lang)),
        ("time", format::date_wib(payment.settled_at.unwrap_or_else(|| ctx.now()), lang)),
    ];
    let template = match &news.invoice_id {
        None => {
            values.push(("link", link(&ctx, "/panel/wallet")));
            "top_up_received"
        }
        Some(invoice_id) => {
            let document = invoice::get(&ctx.db, invoice_id).await?;
            values.push(("link", link(&ctx, &format!("/panel/invoices/{invoice_id}"))));
            values.push(("number", document.number.clone().unwrap_or_default()));
            if document.kind == InvoiceKind::Order { "order_paid" } else { "payment_received" }
        }
    };
    let once_key = Some(format!("payment_settled:{}", news.payment_id));
    let notice = Notice { template, to: Recipient::customer(&customer), values, once_key };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer hears that money came back to his wallet. Money on its way to a bank or a gateway is told by those.
pub async fn refund_succeeded(ctx: Ctx, news: RefundSucceeded) -> Result<(), JobError> {
    let Some(refund) = refund::Entity::find_by_id(news.refund_id.clone()).one(&ctx.db).await? else { return Ok(()) };
    if refund.destination != "wallet" {
        return Ok(());
    }
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let amount = Money::new(news.amount_minor, &refund.currency);
    let notice = Notice {
        template: "refund_to_wallet",
        to: Recipient::customer(&customer),
        values: vec![
            ("link", link(&ctx, "/panel/wallet")),
            ("amount", format::money(&amount, lang(&customer.locale))),
            ("reason", refund.reason.clone()),
        ],
        once_key: Some(format!("refund_succeeded:{}", news.refund_id)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}
