//! News of money and documents that were set right: what a bank took back, how a dispute about it ended, invoices that are
//! not asked for any more, credit notes, wallets changed by hand.
use super::notices::{commit_if_new, lang, link, named};
use crate::{
    domain::{
        Ctx,
        billing::{CreditNoteIssued, InvoiceVoided, credit_note, invoice},
        catalog, customers,
        ledger::WalletAdjusted,
        messaging::{Notice, Recipient},
        ordering,
        payments::{DisputeDecided, PaymentReversed, attempt::together, dispute},
        settings, subscriptions,
    },
    kernel::{format, job::JobError, locale::Lang},
};
use entity::{
    ledger::wallet_transaction,
    payments::payment,
    value::{DisputeStatus, InvoiceId, Money, SubscriptionStatus},
};
use sea_orm::EntityTrait;

/// The customer hears that a bank took his money back, what is open again by that, and what is suspended until it is paid.
pub async fn payment_reversed(ctx: Ctx, news: PaymentReversed) -> Result<(), JobError> {
    let Some(payment) = payment::Entity::find_by_id(news.payment_id.clone()).one(&ctx.db).await? else {
        return Ok(());
    };
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let lang = lang(&customer.locale);
    let money = |minor| format::money(&Money::new(minor, &payment.currency), lang);
    let mut values = vec![("reference", payment.reference.clone())];
    let reopened = news.invoice_id.as_ref().filter(|_| news.reopened_minor > 0);
    let template = if let Some(id) = reopened {
        let bill = invoice::get(&ctx.db, id).await?;
        values.push(("link", link(&ctx, &format!("/panel/invoices/{id}"))));
        values.push(("number", bill.number.unwrap_or_default()));
        values.push(("open", money(news.reopened_minor)));
        match held_for(&ctx, id, lang).await? {
            Some(services) => {
                values.push(("services", services));
                "payment_reversed_held"
            }
            None => "payment_reversed",
        }
    } else if news.taken_minor > 0 && !paid_several(&ctx, &payment).await? {
        values.push(("link", link(&ctx, "/panel/wallet")));
        values.push(("amount", money(news.taken_minor)));
        "payment_reversed_wallet"
    } else {
        // Of money that paid several invoices each of them tells itself.
        return Ok(());
    };
    let once_key = Some(format!("payment_reversed:{}", news.payment_id));
    let notice = Notice { template, to: Recipient::customer(&customer), values, once_key };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// Whether the money of a charge paid invoices by way of the wallet.
async fn paid_several(ctx: &Ctx, charge: &payment::Model) -> Result<bool, JobError> {
    let Some(bundle) = together::of_payment(&ctx.db, &charge.id).await? else { return Ok(false) };
    Ok(together::paid(&ctx.db, &bundle.id).await?.iter().any(|one| one.paid_by.is_some()))
}

/// What runs for an invoice and is held until that is paid, by name; none where the settings hold nothing.
async fn held_for(ctx: &Ctx, id: &InvoiceId, lang: Lang) -> Result<Option<String>, JobError> {
    if !settings::current(ctx).await?.automation.chargeback_hold {
        return Ok(None);
    }
    let mut services = Vec::new();
    for contract in subscriptions::find::invoiced_by(&ctx.db, id).await? {
        if !matches!(contract.status, SubscriptionStatus::Pending | SubscriptionStatus::Terminated) {
            let (detail, product) = catalog::find::plan(&ctx.db, &contract.plan_id).await?;
            services.push(format!("{} {}", product.name, detail.plan.name));
        }
    }
    Ok((!services.is_empty()).then(|| named(services.iter().map(|name| (1, name.as_str())), lang)))
}

/// The customer hears who keeps the money that a bank had taken back, and whether any of his moved by that.
pub async fn dispute_decided(ctx: Ctx, news: DisputeDecided) -> Result<(), JobError> {
    let row = dispute::get(&ctx, &news.dispute_id).await?;
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let lang = lang(&customer.locale);
    let money = |minor| format::money(&Money::new(minor, &row.currency), lang);
    let page = match &row.invoice_id {
        Some(id) => format!("/panel/invoices/{id}"),
        None => "/panel/wallet".to_owned(),
    };
    let mut values = vec![("link", link(&ctx, &page)), ("reference", row.reference.clone())];
    let (template, amount_minor) = match row.status {
        DisputeStatus::Open => return Ok(()),
        DisputeStatus::Won if row.won_payment_id.is_some() => ("dispute_won", row.amount_minor - row.lost_minor),
        // He had spent all of it: what comes back makes up for that.
        DisputeStatus::Won => ("dispute_won_settled", row.amount_minor),
        DisputeStatus::Lost if news.taken_minor > 0 => {
            values.push(("taken", money(news.taken_minor)));
            ("dispute_lost_wallet", row.amount_minor)
        }
        DisputeStatus::Lost => ("dispute_lost", row.amount_minor),
    };
    values.push(("amount", money(amount_minor)));
    let once_key = Some(format!("dispute_decided:{}", row.id));
    let notice = Notice { template, to: Recipient::customer(&customer), values, once_key };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer hears that an invoice is not asked for any more. Of an order's the order tells, and of one that was
/// credited in full the credit note.
pub async fn invoice_voided(ctx: Ctx, news: InvoiceVoided) -> Result<(), JobError> {
    let bill = invoice::get(&ctx.db, &news.invoice_id).await?;
    let is_told_otherwise = bill.credited_minor > 0 || ordering::find::of_invoice(&ctx.db, &bill.id).await?.is_some();
    if bill.total_minor == 0 || is_told_otherwise {
        return Ok(());
    }
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let total = Money::new(bill.total_minor, &bill.currency);
    let notice = Notice {
        template: "invoice_voided",
        to: Recipient::customer(&customer),
        values: vec![
            ("link", link(&ctx, &format!("/panel/invoices/{}", bill.id))),
            ("number", bill.number.unwrap_or_default()),
            ("total", format::money(&total, lang(&customer.locale))),
        ],
        once_key: Some(format!("invoice_voided:{}", bill.id)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer gets his credit note. One that comes with money is told by the refund.
pub async fn credit_note_issued(ctx: Ctx, news: CreditNoteIssued) -> Result<(), JobError> {
    if news.is_paid_back {
        return Ok(());
    }
    let note = credit_note::get_full(&ctx.db, &news.invoice_id, &news.credit_note_id).await?.note;
    let bill = invoice::get(&ctx.db, &news.invoice_id).await?;
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let money = |minor| format::money(&Money::new(minor, &note.currency), lang(&customer.locale));
    let notice = Notice {
        template: "credit_note_issued",
        to: Recipient::customer(&customer),
        values: vec![
            ("link", link(&ctx, &format!("/panel/invoices/{}/credit-notes/{}", bill.id, note.id))),
            ("note", note.number.clone()),
            ("number", bill.number.clone().unwrap_or_default()),
            ("amount", money(note.total_minor)),
            ("reason", note.reason.clone()),
            ("open", money(invoice::open_minor(&bill))),
        ],
        once_key: Some(format!("credit_note_issued:{}", note.id)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer hears that his wallet was changed by hand, and why.
pub async fn wallet_adjusted(ctx: Ctx, news: WalletAdjusted) -> Result<(), JobError> {
    let found = wallet_transaction::Entity::find_by_id(news.transaction_id.clone()).one(&ctx.db).await?;
    let Some(row) = found else { return Ok(()) };
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let money = |minor| format::money(&Money::new(minor, &row.currency), lang(&customer.locale));
    let notice = Notice {
        template: if row.amount_minor > 0 { "wallet_credited" } else { "wallet_debited" },
        to: Recipient::customer(&customer),
        values: vec![
            ("link", link(&ctx, "/panel/wallet")),
            ("amount", money(row.amount_minor.abs())),
            ("reason", row.description.clone()),
            ("balance", money(row.balance_after_minor)),
        ],
        once_key: Some(format!("wallet_adjusted:{}", row.id)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}
