//! The page of one payment, `/panel/payments/{id}`: a top-up of the wallet, or a charge for several
//! invoices, waits here for its money. A payment of an
//! invoice leads on to the invoice's own pay page.
use super::{
    AttemptForm, own_back, state, transfer,
    view::{PanelPayPage, PayFragment, PayState, PayView},
};
use crate::{
    domain::{
        Ctx,
        payments::attempt::{self, together},
        settings,
    },
    kernel::{fault::CommonFault, permission::may},
    web::{WebError, flash, forms::SafeForm, frame::Frame, principal::Member, respond, sse, tone::Tone},
};
use actix_web::{HttpResponse, web::Path};
use askama::Template;
use entity::{
    payments::payment,
    value::{Money, PaymentId, PaymentStatus},
};
use std::sync::{Arc, Mutex};

/// A payment that is no invoice's, or where its invoice is paid.
enum Found {
    TopUp(Box<payment::Model>),
    OfInvoice(String),
}

async fn find(member: &Member<may::Pay>, id: &PaymentId) -> Result<Found, WebError> {
    let row = attempt::get_for(&member.ctx.db, &member.customer_id, id).await?;
    Ok(match &row.invoice_id {
        Some(invoice) => Found::OfInvoice(format!("/panel/invoices/{invoice}/pay")),
        None => Found::TopUp(Box::new(row)),
    })
}

fn base_of(id: &PaymentId) -> String {
    format!("/panel/payments/{id}")
}

async fn build(ctx: &Ctx, frame: &Frame, row: &payment::Model) -> Result<PayView, WebError> {
    let amount = Money::new(row.amount_minor, &row.currency);
    let company = settings::current(ctx).await.map_err(CommonFault::from)?.company.clone();
    let bundle = together::of_payment(&ctx.db, &row.id).await.map_err(CommonFault::from)?;
    let invoices = match &bundle {
        Some(bundle) => together::paid(&ctx.db, &bundle.id).await.map_err(CommonFault::from)?,
        None => Vec::new(),
    };
    // Whether all of it went where it was meant to, or a part to the wallet.
    let (next, over) = match (invoices.is_empty(), invoices.iter().all(|one| one.paid_by.is_some())) {
        (true, _) => ("pay-top-up-paid", "pay-top-up-over"),
        (false, true) => ("pay-together-paid", "pay-together-over"),
        (false, false) => ("pay-together-partly", "pay-together-over"),
    };
    let (state, status) = match row.status {
        PaymentStatus::Succeeded | PaymentStatus::PartiallyRefunded | PaymentStatus::Refunded => {
            (PayState::Paid { at: row.settled_at, services: Vec::new(), next }, "paid")
        }
        status if status.is_open() && state::is_waited_for(ctx, frame, row) => {
            let mut shown = state::shown_attempt(ctx, frame, row);
            transfer::complete(ctx, frame, row, &mut shown).await?;
            shown.can_change = false;
            (PayState::Wait(Box::new(shown)), "issued")
        }
        _ => (PayState::Over { text: over }, "void"),
    };
    let base = base_of(&row.id);
    Ok(PayView {
        live_url: format!("{base}/live"),
        base,
        number: row.reference.clone(),
        seller: company.legal_name,
        lines: match invoices.is_empty() {
            true => vec![frame.t("pay-top-up")],
            false => invoices.iter().map(|one| line(frame, one, &row.currency)).collect(),
        },
        subtotal: amount.clone(),
        tax: None,
        collected: None,
        withheld: None,
        total: amount.clone(),
        open: amount,
        is_partly_paid: false,
        due_at: None,
        status,
        state,
        invoice_url: Some(if bundle.is_some() { "/panel/invoices" } else { "/panel/wallet" }.to_owned()),
    })
}

/// What a charge pays of an invoice.
fn line(frame: &Frame, one: &together::Paid, currency: &str) -> String {
    let amount = frame.money(&Money::new(one.amount_minor, currency));
    frame.ta("pay-together-line", [("number", one.number.clone()), ("amount", amount)])
}

/// `GET /panel/payments/{id}`
pub async fn show(member: Member<may::Pay>, id: Path<PaymentId>) -> Result<HttpResponse, WebError> {
    let row = match find(&member, &id).await? {
        Found::TopUp(row) => row,
        Found::OfInvoice(page) => return Ok(flash::redirect(&page)),
    };
    let frame = member.frame();
    let pay = build(&member.ctx, &frame, &row).await?;
    respond::page(&PanelPayPage { frame, pay, card: None })
}

/// `POST /panel/payments/{id}/check`
pub async fn check(
    member: Member<may::Pay>,
    id: Path<PaymentId>,
    SafeForm(form): SafeForm<AttemptForm>,
) -> Result<HttpResponse, WebError> {
    let base = begin(&member, &id, &form.payment).await?;
    match attempt::check_now(&member.ctx, &member.customer_id, &id).await {
        Ok(row) if row.status.is_open() => Ok(flash::see_other(&base, Tone::Info, "pay-checked-not-yet")),
        other => own_back(&base, &member.frame(), other),
    }
}

/// `POST /panel/payments/{id}/cancel`
pub async fn cancel(
    member: Member<may::Pay>,
    id: Path<PaymentId>,
    SafeForm(form): SafeForm<AttemptForm>,
) -> Result<HttpResponse, WebError> {
    let base = begin(&member, &id, &form.payment).await?;
    let is_bundle = together::of_payment(&member.ctx.db, &id).await.map_err(CommonFault::from)?.is_some();
    match attempt::request_cancel(&member.ctx, &member.customer_id, &id).await {
        Ok(_) if is_bundle => Ok(flash::see_other("/panel/invoices", Tone::Info, "pay-together-cancelling")),
        Ok(_) => Ok(flash::see_other("/panel/wallet", Tone::Info, "pay-top-up-cancelling")),
        other => own_back(&base, &member.frame(), other),
    }
}

/// The address to return to, where the form is about the member's own payment of this page.
pub async fn begin(member: &Member<may::Pay>, id: &PaymentId, sent: &str) -> Result<String, WebError> {
    let own = attempt::get_for(&member.ctx.db, &member.customer_id, id).await?;
    if own.id.as_str() == sent { Ok(base_of(id)) } else { Err(CommonFault::NotFound.into()) }
}

/// `GET /panel/payments/{id}/live`: the state anew whenever it has changed.
pub async fn live(member: Member<may::Pay>, id: Path<PaymentId>) -> Result<HttpResponse, WebError> {
    let row = match find(&member, &id).await? {
        Found::TopUp(row) => row,
        Found::OfInvoice(page) => return Ok(flash::redirect(&format!("{page}/live"))),
    };
    let topics = vec![format!("payment:{}", row.id), format!("customer:{}", member.customer_id)];
    let (ctx, frame, last) = (member.ctx.clone(), member.frame(), Arc::new(Mutex::new(None)));
    let services = ctx.services.clone();
    let render: sse::Render = Box::new(move || {
        let (ctx, frame, id, last) = (ctx.clone(), frame.clone(), row.id.clone(), last.clone());
        Box::pin(async move { changed(&ctx, frame, &id, &last).await.into_iter().collect() })
    });
    Ok(sse::stream(&services, topics, render))
}

async fn changed(ctx: &Ctx, mut frame: Frame, id: &PaymentId, last: &Mutex<Option<PayView>>) -> Option<sse::Event> {
    frame.now = ctx.now();
    let row = attempt::get(&ctx.db, id).await.ok()?;
    let pay = build(ctx, &frame, &row).await.ok()?;
    {
        let mut last = last.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if last.as_ref() == Some(&pay) {
            return None;
        }
        *last = Some(pay.clone());
    }
    let data = PayFragment { frame, pay }.render().ok()?;
    Some(sse::Event { name: None, data })
}
