//! Paying several invoices in one go: which ones, how much together, and by which way.
use super::view::{TogetherPage, TogetherRow};
use crate::{
    domain::{
        billing::{invoice, withholding},
        customers,
        payments::{
            PaymentError, accounts,
            attempt::{self, together},
        },
    },
    kernel::{
        fault::{CommonFault, Fault, Kind},
        locale,
        permission::may,
    },
    web::{WebError, flash, forms::SafeForm, principal::Member, public::pay::state, respond, tone::Tone},
};
use actix_web::{HttpResponse, web::Query};
use entity::{
    billing::invoice as billed,
    value::{InvoiceId, Money},
};
use serde::Deserialize;

const HERE: &str = "/panel/invoices/pay-together";
const LIST: &str = "/panel/invoices";

/// `GET /panel/invoices/pay-together?invoice=…&invoice=…`: the invoices that were ticked; without one all that are
/// open, as many as go together. One that is not open any more is left out.
pub async fn choose(member: Member<may::Pay>, query: Query<Vec<(String, String)>>) -> Result<HttpResponse, WebError> {
    let ctx = &member.ctx;
    let ticked: Vec<&str> = query.iter().filter(|(name, _)| name == "invoice").map(|(_, id)| id.as_str()).collect();
    let mut bills = invoice::open_of_customer(&ctx.db, &member.customer_id).await.map_err(CommonFault::from)?;
    let customer = customers::get(&ctx.db, &member.customer_id).await?;
    let ids = bills.iter().map(|bill| &bill.id);
    let declared = withholding::declared(&ctx.db, ctx.now(), ids).await.map_err(CommonFault::from)?;
    // Of whom nothing but a proof of withheld tax is awaited, nothing is collected here.
    bills.retain(|bill| bill.currency == customer.currency && declared.asked_minor(&bill.id, bill) > 0);
    if !ticked.is_empty() {
        bills.retain(|bill| ticked.contains(&bill.id.as_str()));
    }
    let is_cut = bills.len() > together::MOST;
    bills.truncate(together::MOST);
    if bills.is_empty() {
        return Ok(flash::see_other(LIST, Tone::Info, "panel-together-none"));
    }
    page(&member, &bills, &customer.currency, is_cut).await
}

async fn page(
    member: &Member<may::Pay>,
    bills: &[billed::Model],
    currency: &str,
    is_cut: bool,
) -> Result<HttpResponse, WebError> {
    let frame = member.frame();
    // So many amounts of people stay far below the limits of the type; what does not is no invoice that can be paid.
    let total = bills.iter().fold(0_i64, |sum, bill| sum.saturating_add(invoice::open_minor(bill)));
    let total = Money::new(total, currency);
    let offers = accounts::plain_methods_for(&member.ctx, total.minor).await?;
    let ways = state::ways_for(&member.ctx, &frame, Some(&member.customer_id), &total, offers).await?;
    let ids: Vec<&str> = bills.iter().map(|bill| bill.id.as_str()).collect();
    let page = TogetherPage {
        ids: ids.join(","),
        rows: bills.iter().map(|bill| TogetherRow::build(&frame, bill)).collect(),
        total,
        ways,
        is_cut,
        frame,
    };
    respond::page(&page)
}

/// Which invoices, and the way that was chosen.
#[derive(Debug, Deserialize)]
pub struct TogetherForm {
    invoices: String,
    way: String,
}

/// `POST /panel/invoices/pay-together`. Twins of the same click get the same charge, and the wallet pays an invoice
/// once (the domain's locks), so that a double click is harmless.
pub async fn pay(member: Member<may::Pay>, SafeForm(form): SafeForm<TogetherForm>) -> Result<HttpResponse, WebError> {
    let ids: Vec<InvoiceId> = form.invoices.split(',').filter(|id| !id.is_empty()).map(InvoiceId::from).collect();
    let choice = match form.way.as_str() {
        "wallet" => attempt::Choice::wallet(),
        way => attempt::Choice::parse(way).ok_or(PaymentError::MethodUnavailable)?,
    };
    let frame = member.frame();
    match together::pay(&member.ctx, &member.customer_id, &ids, &choice).await {
        Ok(bundle) => Ok(match bundle.payment_id {
            Some(payment) => flash::redirect(&format!("/panel/payments/{payment}")),
            None => flash::see_other(LIST, Tone::Good, "panel-together-paid"),
        }),
        Err(PaymentError::InvoiceNotPayable) => Ok(flash::see_other(LIST, Tone::Info, "panel-together-changed")),
        Err(fault) if matches!(fault.kind(), Kind::Internal | Kind::NotFound) => Err(fault.into()),
        Err(PaymentError::Invalid(faults)) => Err(PaymentError::Invalid(faults).into()),
        Err(fault) => {
            let ticked: Vec<String> = ids.iter().map(|id| format!("invoice={id}")).collect();
            let key = format!("error-{}", fault.code().to_lowercase().replace('_', "-"));
            let is_plain = fault.args().is_empty() && locale::exists(frame.lang, &key);
            let tone = if matches!(fault, PaymentError::GatewayUnknown { .. }) { Tone::Warn } else { Tone::Bad };
            let back = format!("{HERE}?{}", ticked.join("&"));
            Ok(flash::see_other(&back, tone, if is_plain { &key } else { "panel-together-refused" }))
        }
    }
}
