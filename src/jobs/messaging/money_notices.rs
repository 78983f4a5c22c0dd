//! News of money that become mail.
use super::notices::{commit_if_new, lang, link, named};
use crate::{
    domain::{
        Ctx,
        billing::{InvoiceIssued, invoice, withholding},
        customers,
        desk::events::{CustomerClosed, CustomerMerged},
        ledger::{self, WalletPaidOut},
        messaging::{self, Notice, Recipient},
        payments::{
            InvoicesPaidTogether, PaymentSettled, RefundSucceeded, TransferRefused, attempt::together, dispute,
            refund::Destination,
        },
        subscriptions,
    },
    kernel::{
        format,
        job::{Job, JobError},
        locale::t,
    },
};
use entity::{
    billing::invoice as billed,
    ledger::wallet_payout,
    payments::{payment, refund},
    value::{InvoiceKind, InvoiceStatus, Money},
};
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};

/// Customers one run reminds of their proofs at most; the next day goes on.
const PROOFS_AT_ONCE: u64 = 500;

/// Numbers of invoices named in a mail.
const NUMBERS_NAMED: usize = 10;

/// The customer gets his invoice. What asks for no money is not mailed.
pub async fn invoice_issued(ctx: Ctx, news: InvoiceIssued) -> Result<(), JobError> {
    let full = invoice::get_full(&ctx.db, &news.invoice_id).await?;
    let document = &full.invoice;
    if document.total_minor == 0 {
        return Ok(());
    }
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let lang = lang(&customer.locale);
    let notice = Notice {
        template: "invoice_issued",
        to: Recipient::customer(&customer),
        values: vec![
            ("link", link(&ctx, &format!("/panel/invoices/{}", document.id))),
            ("number", document.number.clone().unwrap_or_default()),
            ("items", named(full.items.iter().map(|item| (item.quantity, item.description.as_str())), lang)),
            ("total", format::money(&Money::new(document.total_minor, &document.currency), lang)),
            ("due", document.due_at.map(|at| format::date_wib(at, lang)).unwrap_or_default()),
        ],
        once_key: Some(format!("invoice_issued:{}", document.id)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer hears that money came and where it is: on the invoice, in his wallet, or both.
pub async fn payment_settled(ctx: Ctx, news: PaymentSettled) -> Result<(), JobError> {
    let Some(payment) = payment::Entity::find_by_id(news.payment_id.clone()).one(&ctx.db).await? else {
        return Ok(());
    };
    // Several in one go are told in one mail, see `invoices_paid_together`.
    let is_told_with_others = match &news.invoice_id {
        Some(_) => together::is_part(&ctx.db, &payment.id).await?,
        None => together::of_payment(&ctx.db, &payment.id).await?.is_some(),
    };
    // What a dispute gave back is told with its end, see `correction_notices::dispute_decided`.
    if is_told_with_others || payment.method == dispute::METHOD {
        return Ok(());
    }
    let document = match &news.invoice_id {
        Some(id) => Some(invoice::get(&ctx.db, id).await?),
        None => None,
    };
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let lang = lang(&customer.locale);
    let money = |minor| format::money(&Money::new(minor, &payment.currency), lang);
    let time = format::date_wib(payment.settled_at.unwrap_or_else(|| ctx.now()), lang);
    let notice = |template, key: &str, values| Notice {
        template,
        to: Recipient::customer(&customer),
        values,
        once_key: Some(format!("{key}:{}", news.payment_id)),
    };
    let wallet = ("link", link(&ctx, "/panel/wallet"));
    let Some(document) = document else {
        let values = vec![wallet, ("amount", money(news.received_minor)), ("time", time)];
        return commit_if_new(&ctx, ctx.begin().await?, notice("top_up_received", "payment_settled", values)).await;
    };

    let number = ("number", document.number.clone().unwrap_or_default());
    let template = words_for(&ctx, &news, &document).await?;
    let to_wallet = news.applied_minor == 0;
    let page = ("link", link(&ctx, &format!("/panel/invoices/{}", document.id)));
    let amount = money(if to_wallet { news.received_minor } else { news.applied_minor });
    let mut values =
        vec![if to_wallet { wallet.clone() } else { page }, number.clone(), ("amount", amount), ("time", time)];
    if template == "payment_proof_awaited" {
        values.push(("open", money(invoice::open_minor(&document))));
    }
    if template == "payment_part_received" {
        let asked = withholding::asked_minor(&ctx.db, ctx.now(), &document).await?;
        values.push(("open", money(asked)));
        values.push(("due", document.due_at.map(|at| format::date_wib(at, lang)).unwrap_or_default()));
    }
    let tx = ctx.begin().await?;
    messaging::send(&ctx, &tx, notice(template, "payment_settled", values)).await?;
    let surplus = news.received_minor - news.applied_minor;
    if surplus > 0 && !to_wallet {
        let [received, applied, surplus] = [news.received_minor, news.applied_minor, surplus].map(money);
        let values = vec![wallet, number, ("received", received), ("applied", applied), ("surplus", surplus)];
        messaging::send(&ctx, &tx, notice("payment_surplus", "payment_surplus", values)).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The customer hears in one mail which invoices were paid in one go, and what went to his wallet.
pub async fn invoices_paid_together(ctx: Ctx, news: InvoicesPaidTogether) -> Result<(), JobError> {
    let bundle = together::get_for(&ctx.db, &news.customer_id, &news.bundle_id).await?;
    let all = together::paid(&ctx.db, &bundle.id).await?;
    let received = match &bundle.payment_id {
        Some(id) => payment::Entity::find_by_id(id.clone()).one(&ctx.db).await?.map(|charge| charge.received_minor),
        None => Some(bundle.total_minor),
    };
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let lang = lang(&customer.locale);
    let money = |minor| format::money(&Money::new(minor, &bundle.currency), lang);
    let paid: Vec<_> = all.iter().filter(|one| one.paid_by.is_some()).collect();
    let applied: i64 = paid.iter().map(|one| one.paid_minor).sum();
    let received = received.unwrap_or(applied);
    let named: Vec<String> =
        paid.iter().take(NUMBERS_NAMED).map(|one| format!("{} ({})", one.number, money(one.paid_minor))).collect();
    let further = if paid.len() > NUMBERS_NAMED { ", …" } else { "" };
    let mut values = vec![
        ("invoices", format!("{}{further}", named.join(", "))),
        ("amount", money(received)),
        ("time", format::date_wib(bundle.settled_at.unwrap_or_else(|| ctx.now()), lang)),
    ];
    // Paid otherwise or withdrawn meanwhile: the customer must not wonder where the money is.
    let template = match (paid.len(), received > applied) {
        (0, _) => {
            values.remove(0);
            "invoices_paid_before"
        }
        (_, true) => {
            values.push(("surplus", money(received - applied)));
            "invoices_paid_surplus"
        }
        (_, false) => "invoices_paid",
    };
    let page = if template == "invoices_paid" { "/panel/invoices" } else { "/panel/wallet" };
    values.push(("link", link(&ctx, page)));
    let once_key = Some(format!("invoices_paid_together:{}", bundle.id));
    let notice = Notice { template, to: Recipient::customer(&customer), values, once_key };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// Which words are true of this money. That a service is being set up is said only where its slot is sure; one that has
/// to wait is told by `subscription.waiting`.
async fn words_for(ctx: &Ctx, news: &PaymentSettled, document: &billed::Model) -> Result<&'static str, JobError> {
    if news.applied_minor == 0 {
        let is_void = matches!(document.status, InvoiceStatus::Void | InvoiceStatus::WrittenOff);
        return Ok(if is_void { "payment_of_void_invoice" } else { "payment_of_paid_invoice" });
    }
    if document.status != InvoiceStatus::Paid {
        let is_covered = withholding::is_covered(&ctx.db, &document.id).await?;
        return Ok(if is_covered { "payment_proof_awaited" } else { "payment_part_received" });
    }
    let begins_now = document.kind == InvoiceKind::Order
        && subscriptions::find::is_room_sure(&ctx.db, &document.id, ctx.now()).await?;
    Ok(if begins_now { "order_paid" } else { "payment_received" })
}

/// The customer hears that money came back: to his wallet, from there soon to his bank account, or the way he had paid.
pub async fn refund_succeeded(ctx: Ctx, news: RefundSucceeded) -> Result<(), JobError> {
    let Some(refund) = refund::Entity::find_by_id(news.refund_id.clone()).one(&ctx.db).await? else { return Ok(()) };
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let lang = lang(&customer.locale);
    let amount = format::money(&Money::new(news.amount_minor, &refund.currency), lang);
    let mut values = vec![("amount", amount), ("reason", refund.reason.clone())];
    let to = Destination::parse(&refund.destination).unwrap_or(Destination::Wallet);
    let page = match (&news.invoice_id, to) {
        (Some(id), Destination::Gateway | Destination::Bank) => format!("/panel/invoices/{id}"),
        _ => "/panel/wallet".to_owned(),
    };
    values.push(("link", link(&ctx, &page)));
    let template = match to {
        Destination::Wallet => "refund_to_wallet",
        // Of a top-up the bank has the money by now, and the news of its transfer says so (`wallet_paid_out`).
        Destination::Bank if news.invoice_id.is_none() => return Ok(()),
        Destination::Bank => "refund_to_bank",
        Destination::Gateway => {
            let Some(paid) = payment::Entity::find_by_id(news.payment_id.clone()).one(&ctx.db).await? else {
                return Ok(());
            };
            let way = format!("payment-method-{}", paid.method.replace('_', "-"));
            values.push(("way", t(lang, &way)));
            values.push(("reference", paid.reference));
            "refund_to_gateway"
        }
    };
    let once_key = Some(format!("refund_succeeded:{}", news.refund_id));
    let notice = Notice { template, to: Recipient::customer(&customer), values, once_key };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer hears that his proof showed nothing, why, and what he can do.
pub async fn transfer_refused(ctx: Ctx, news: TransferRefused) -> Result<(), JobError> {
    let Some(payment) = payment::Entity::find_by_id(news.payment_id.clone()).one(&ctx.db).await? else {
        return Ok(());
    };
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let page = match &news.invoice_id {
        Some(id) => format!("/panel/invoices/{id}/pay"),
        None if news.can_try_again => format!("/panel/payments/{}", news.payment_id),
        None => "/panel/wallet".to_owned(),
    };
    let amount = Money::new(payment.amount_minor, &payment.currency);
    let notice = Notice {
        template: if news.can_try_again { "transfer_refused" } else { "transfer_refused_over" },
        to: Recipient::customer(&customer),
        values: vec![
            ("link", link(&ctx, &page)),
            ("reference", payment.reference.clone()),
            ("amount", format::money(&amount, lang(&customer.locale))),
            ("reason", news.reason.clone()),
        ],
        once_key: Some(format!("transfer_refused:{}:{}", news.payment_id, news.refused_at.timestamp_millis())),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer hears that his account is closed, and to which bank account the money of his wallet goes.
pub async fn customer_closed(ctx: Ctx, news: CustomerClosed) -> Result<(), JobError> {
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let mut values = vec![("link", link(&ctx, "/"))];
    let template = match &news.payout_id {
        None => "account_closed",
        Some(id) => {
            values.extend(destination(&ledger::get_payout(&ctx, id).await?, &customer.locale));
            "account_closed_payout"
        }
    };
    let once_key = Some(format!("customer_closed:{}", news.occasion));
    let notice = Notice { template, to: Recipient::customer(&customer), values, once_key };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// Who was merged hears where everything of his is now.
pub async fn customer_merged(ctx: Ctx, news: CustomerMerged) -> Result<(), JobError> {
    let customer = customers::get(&ctx.db, &news.from_id).await?;
    let into = customers::get(&ctx.db, &news.into_id).await?;
    let notice = Notice {
        template: "accounts_merged",
        to: Recipient::customer(&customer),
        values: vec![("link", link(&ctx, "/panel")), ("into", into.company.unwrap_or(into.name))],
        once_key: Some(format!("customer_merged:{}", news.merge_id)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// The customer hears that the money of his wallet was transferred to his bank account.
pub async fn wallet_paid_out(ctx: Ctx, news: WalletPaidOut) -> Result<(), JobError> {
    let customer = customers::get(&ctx.db, &news.customer_id).await?;
    let payout = ledger::get_payout(&ctx, &news.payout_id).await?;
    let mut values = vec![("link", link(&ctx, "/"))];
    values.extend(destination(&payout, &customer.locale));
    values.push(("reference", payout.bank_reference.unwrap_or_default()));
    let notice = Notice {
        template: "wallet_paid_out",
        to: Recipient::customer(&customer),
        values,
        once_key: Some(format!("wallet_paid_out:{}", news.payout_id)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// How much goes where; of the account number only its end, as mails are read by others too.
fn destination(payout: &wallet_payout::Model, locale: &str) -> [(&'static str, String); 3] {
    let amount = Money::new(payout.amount_minor, &payout.currency);
    [
        ("amount", format::money(&amount, lang(locale))),
        ("bank", payout.bank_name.clone()),
        ("account", format!("{} ({})", ledger::masked(&payout.account_number), payout.account_holder)),
    ]
}

/// Reminds the customers whose proofs of withheld tax are late.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemindOfProofs {}

impl Job for RemindOfProofs {
    const NAME: &'static str = "messaging.remind_of_proofs";

    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}

/// Does `RemindOfProofs`: once for each proof.
pub async fn remind_of_proofs(ctx: Ctx, _: RemindOfProofs) -> Result<(), JobError> {
    for (row, bill) in withholding::late(&ctx.db, ctx.now(), PROOFS_AT_ONCE).await? {
        let customer = customers::get(&ctx.db, &row.customer_id).await?;
        let lang = lang(&customer.locale);
        let notice = Notice {
            template: "proof_late",
            to: Recipient::customer(&customer),
            values: vec![
                ("link", link(&ctx, &format!("/pay/{}", bill.public_token))),
                ("number", bill.number.clone().unwrap_or_default()),
                ("amount", format::money(&Money::new(row.amount_minor, &row.currency), lang)),
                ("due", format::date_wib(row.proof_due_at, lang)),
            ],
            once_key: Some(format!("proof_late:{}", row.id)),
        };
        let tx = ctx.begin().await?;
        if withholding::note_reminded(&ctx, &tx, &row.id).await? {
            // Noted even where nobody can be written to: the next in line must have their turn.
            messaging::send(&ctx, &tx, notice).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}
