//! From rows to what the pay page shows. Constant number of statements.
use super::{
    Place, qr, transfer,
    view::{Act, Attempt, Guide, LinkedPage, PayState, PayView, Service, Step, Way, Withheld},
};
use crate::{
    domain::{
        Ctx,
        billing::{invoice as invoices, withholding},
        documents, ledger,
        payments::{accounts, attempt, transfer as transfers, withheld},
        provisioning::find as instances,
    },
    integrations::gateways::{CardEntry, Entry, Instructions, MethodOffer},
    kernel::{fault::CommonFault, format, locale},
    web::{WebError, frame::Frame},
};
use chrono::Duration;
use entity::{
    billing::{invoice, invoice_item},
    payments::payment,
    provisioning::instance,
    value::{
        CustomerId, InstanceStatus, InvoiceKind, InvoiceStatus, Money, PaymentStatus, SubscriptionId,
        WithholdingStatus, business_day,
    },
};
use std::collections::HashMap;

/// So long after payment whoever holds the link reads that the service is being set up.
const FRESH: Duration = Duration::minutes(10);

/// What the page shows now; `wants_change` lists the ways to pay although one is open.
///
/// # Errors
/// The database.
pub async fn build(place: &Place, frame: &Frame, wants_change: bool) -> Result<PayView, WebError> {
    let (ctx, bill) = (&place.ctx, &place.invoice);
    let money = |minor: i64| Money::new(minor, &bill.currency);
    let items = invoices::items_of(&ctx.db, &bill.id).await.map_err(CommonFault::from)?;
    let (asked, withheld) = withheld_of(place, frame).await?;
    let state = match bill.status {
        InvoiceStatus::Paid => paid(place, frame, &items).await?,
        InvoiceStatus::Issued if asked > 0 => open(place, frame, wants_change, asked).await?,
        InvoiceStatus::Issued if withheld.is_some() => PayState::Over { text: "pay-withheld-waits" },
        _ => PayState::Over { text: "pay-nothing" },
    };
    Ok(PayView {
        base: place.base.clone(),
        live_url: format!("{}/live{}", place.base, if wants_change { "?change=1" } else { "" }),
        number: bill.number.clone().unwrap_or_default(),
        seller: documents::seller_name(&bill.seller).to_owned(),
        lines: items.iter().map(|item| format::times(item.quantity, &item.description, frame.lang)).collect(),
        subtotal: money(bill.subtotal_minor),
        tax: Some(bill.tax_minor + bill.collected_tax_minor).filter(|tax| *tax != 0).map(money),
        collected: collected(frame, bill),
        total: money(bill.total_minor),
        withheld,
        open: money(asked),
        is_partly_paid: bill.paid_minor > 0,
        due_at: bill.due_at,
        status: invoices::display_status(bill, frame.now).as_str(),
        state,
        invoice_url: place.is_member.then(|| format!("/panel/invoices/{}", bill.id)),
    })
}

/// The words and the amount of the tax that the buyer pays to the state himself.
fn collected(frame: &Frame, bill: &invoice::Model) -> Option<(String, Money)> {
    let words = frame.t(&format!("document-collected-{}", bill.vat_collector?));
    Some((words, Money::new(-bill.collected_tax_minor, &bill.currency)))
}

/// What the invoice is asked for at this moment, and what of it is or may be withheld.
async fn withheld_of(place: &Place, frame: &Frame) -> Result<(i64, Option<Withheld>), WebError> {
    let (ctx, bill) = (&place.ctx, &place.invoice);
    let open = invoices::open_minor(bill);
    if bill.status != InvoiceStatus::Issued || open <= 0 {
        return Ok((open, None));
    }
    let money = |minor: i64| Money::new(minor, &bill.currency);
    let live = withholding::live_of(&ctx.db, &bill.id).await.map_err(CommonFault::from)?;
    let asked = withholding::asked_minor(&ctx.db, frame.now, bill).await.map_err(CommonFault::from)?;
    let shown = match live {
        Some(row) if row.status == WithholdingStatus::Outstanding => {
            let amount = row.amount_minor.min(open);
            Some(Withheld {
                amount: money(amount),
                rest: money(open - amount),
                proof_due: Some(format::day(business_day(row.proof_due_at), frame.lang)),
                proof_url: place.is_member.then(|| format!("{}/withheld/proof", place.base)),
            })
        }
        Some(_) => None,
        None => withheld::offered(ctx, bill).await?.map(|(_, amount)| Withheld {
            amount: money(amount),
            rest: money(open - amount),
            proof_due: None,
            proof_url: None,
        }),
    };
    Ok((asked, shown))
}

async fn open(place: &Place, frame: &Frame, wants_change: bool, asked: i64) -> Result<PayState, WebError> {
    let (ctx, bill) = (&place.ctx, &place.invoice);
    let attempts = attempt::of_invoice(&ctx.db, &bill.id).await.map_err(CommonFault::from)?;
    let waits = |one: &&payment::Model| one.status.is_open() && is_waited_for(ctx, frame, one);
    let waiting = attempts.iter().rev().find(waits);
    if let Some(payment) = waiting.filter(|_| !wants_change) {
        let mut shown = shown_attempt(ctx, frame, payment);
        transfer::complete(ctx, frame, payment, &mut shown).await?;
        return Ok(PayState::Wait(Box::new(shown)));
    }
    let before = match attempts.last().map(|payment| payment.status) {
        Some(PaymentStatus::Failed) => Some("pay-before-failed"),
        Some(PaymentStatus::Expired) => Some("pay-before-expired"),
        Some(status) if status.is_open() && waiting.is_none() => Some("pay-before-expired"),
        _ => None,
    };
    let amount = Money::new(asked, &bill.currency);
    let payer = place.is_member.then_some(&place.customer_id);
    let offers = accounts::methods_for(ctx, amount.minor).await?;
    let ways = ways_for(ctx, frame, payer, &amount, offers).await?;
    Ok(PayState::Choose { ways, before, open_attempt: waiting.map(|payment| payment.id.clone()) })
}

/// `offers` as ways to pay `amount`; with his wallet where `payer` looks and it holds enough, or may go below zero so far.
///
/// # Errors
/// The database.
pub async fn ways_for(
    ctx: &Ctx,
    frame: &Frame,
    payer: Option<&CustomerId>,
    amount: &Money,
    mut offers: Vec<accounts::Offer>,
) -> Result<Vec<Way>, WebError> {
    let mut ways = Vec::new();
    if let Some(customer_id) = payer {
        let balance = ledger::balance_minor(&ctx.db, customer_id, &amount.currency).await.map_err(CommonFault::from)?;
        let spendable = ledger::spendable_minor(&ctx.db, customer_id, &amount.currency).await?;
        if spendable >= amount.minor {
            let held = frame.money(&Money::new(balance, &amount.currency));
            ways.push(Way {
                value: "wallet".to_owned(),
                name: frame.word("payment-method", "wallet"),
                icon: "wallet",
                note: frame.ta("pay-way-wallet", [("balance", held)]),
                is_free: true,
                checked: false,
            });
        }
    }
    // The code every app reads comes first.
    offers.sort_by_key(|offer| offer.method.method != "qris");
    ways.extend(offers.iter().map(|offer| way(ctx, frame, offer)));
    if let Some(first) = ways.first_mut() {
        first.checked = true;
    }
    Ok(ways)
}

/// Whether an open attempt still has its time; what staff look at (the proof of a transfer, a doubted card) has no end.
pub fn is_waited_for(ctx: &Ctx, frame: &Frame, payment: &payment::Model) -> bool {
    let is_checked = payment.status == PaymentStatus::Review
        && (transfers::is_by_people(ctx, payment) || attempt::is_decidable(ctx, payment));
    payment.expires_at > frame.now || is_checked
}

fn way(ctx: &Ctx, frame: &Frame, offer: &accounts::Offer) -> Way {
    let is_by_people = ctx.gateway(offer.gateway).is_some_and(|gateway| gateway.by_people().is_some());
    let method = &offer.method;
    let value = format!("{}:{}", offer.gateway, method.key());
    let lifetime = format::duration(method.lifetime.num_seconds(), frame.lang);
    let (note, adds_fees) = match ctx.gateway(offer.gateway) {
        _ if is_by_people => ("pay-way-transfer", false),
        Some(gateway) => (note_of(method), gateway.describe().adds_fees),
        None => (note_of(method), false),
    };
    Way {
        value,
        name: if is_by_people { frame.t("pay-transfer-name") } else { method.name.to_owned() },
        icon: icon_of(method.method),
        note: frame.ta(note, [("lifetime", lifetime)]),
        // The till of a store adds its own.
        is_free: !adds_fees && method.method != "cstore",
        checked: false,
    }
}

/// What to know about a way: a key.
fn note_of(method: &MethodOffer) -> &'static str {
    match (method.method, method.needs) {
        ("qris", _) => "pay-way-qris",
        ("bank_transfer" | "echannel", _) => "pay-way-account",
        ("cstore", _) => "pay-way-store",
        ("credit_card", Some(Entry::Card)) => "pay-way-card-here",
        ("credit_card", _) => "pay-way-card",
        ("akulaku" | "kredivo", _) => "pay-way-lender",
        (_, Some(Entry::Phone)) => "pay-way-push",
        _ => "pay-way-wallet-app",
    }
}

fn icon_of(method: &str) -> &'static str {
    match method {
        "qris" => "qrcode",
        "bank_transfer" | "echannel" => "building-bank",
        "credit_card" => "credit-card",
        "cstore" => "building-store",
        "gopay" | "shopeepay" | "ovo" | "dana" | "linkaja" | "astrapay" => "phone",
        _ => "cash",
    }
}

/// An attempt as its payer sees it.
pub fn shown_attempt(ctx: &Ctx, frame: &Frame, payment: &payment::Model) -> Attempt {
    let offer = ctx.gateway(&payment.gateway).and_then(|gateway| {
        let is_it = |offer: &MethodOffer| offer.method == payment.method && offer.option == payment.option.as_deref();
        gateway.methods().into_iter().find(is_it)
    });
    // What was stored is what the gateway's adapter wrote; anything else is shown as not known yet.
    let instructions: Instructions = serde_json::from_value(payment.instructions.clone()).unwrap_or_default();
    let payable = instructions.payable_minor.unwrap_or(payment.amount_minor);
    let fee = (payable > payment.amount_minor).then(|| Money::new(payable - payment.amount_minor, &payment.currency));
    let keys = offer.as_ref().map(|offer| offer.guide_keys).unwrap_or_default();
    Attempt {
        id: payment.id.clone(),
        reference: payment.reference.clone(),
        name: offer.map_or_else(|| frame.word("payment-method", &payment.method), |offer| offer.name.to_owned()),
        status: payment.status.as_str(),
        amount: Money::new(payable, &payment.currency),
        fee,
        expires_at: payment.expires_at,
        act: act_of(instructions, &payment.method),
        can_change: true,
        guides: keys.iter().filter_map(|key| guide(&frame.t(key))).collect(),
        transfer: None,
    }
}

fn act_of(told: Instructions, method: &str) -> Act {
    match told {
        Instructions { va_number: Some(number), bank, .. } => {
            Act::Account { bank: bank.unwrap_or_default().to_uppercase(), number }
        }
        Instructions { biller_code: Some(biller), bill_key: Some(key), .. } => Act::Bill { biller, key },
        Instructions { qr_string: Some(text), .. } => qr::svg(&text).map_or(Act::Unsure, |svg| Act::Qr { svg }),
        Instructions { payment_code: Some(code), .. } => Act::Code { code },
        Instructions { redirect_url: Some(url), .. } => {
            let page = page_behind(method);
            // On a computer the phone's camera takes the payer to his app.
            let svg = qr::svg(&url).filter(|_| page == LinkedPage::App);
            Act::Link { url, page, svg }
        }
        Instructions { countdown_until: Some(_), .. } => Act::Push,
        _ => Act::Unsure,
    }
}

fn page_behind(method: &str) -> LinkedPage {
    match method {
        "credit_card" => LinkedPage::Bank,
        "gopay" | "shopeepay" | "dana" | "linkaja" | "astrapay" | "ovo" => LinkedPage::App,
        _ => LinkedPage::Gateway,
    }
}

/// What a page needs while a card of `pay` waits for the bank's proof: the gateway's script leads there and back.
///
/// # Errors
/// The database.
pub async fn card_entry(place: &Place, pay: &PayView) -> Result<Option<CardEntry>, WebError> {
    let PayState::Wait(waiting) = &pay.state else { return Ok(None) };
    if !matches!(waiting.act, Act::Link { page: LinkedPage::Bank, .. }) {
        return Ok(None);
    }
    let payment = attempt::get(&place.ctx.db, &waiting.id).await.map_err(WebError::from)?;
    let account = match &payment.account_id {
        Some(id) => accounts::open_by_id(&place.ctx, id).await?,
        None => return Ok(None),
    };
    Ok(account.gateway.card_entry(&account.settings))
}

/// The first line names the app, every further line is a step.
fn guide(text: &str) -> Option<Guide> {
    let mut lines = text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty());
    Some(Guide { app: lines.next()?, steps: lines.collect() })
}

async fn paid(place: &Place, frame: &Frame, items: &[invoice_item::Model]) -> Result<PayState, WebError> {
    let mut named: Vec<(SubscriptionId, String)> = Vec::new();
    for item in items {
        let id = item.subscription_id.as_deref().map(SubscriptionId::from);
        if let Some(id) = id.filter(|id| named.iter().all(|(known, _)| known != id)) {
            named.push((id, item.description.clone()));
        }
    }
    let at = place.invoice.paid_at;
    if !place.is_member {
        let is_fresh = at.is_some_and(|at| at + FRESH > frame.now) && place.invoice.kind == InvoiceKind::Order;
        let next = if is_fresh && !named.is_empty() { "pay-paid-service" } else { "pay-paid" };
        return Ok(PayState::Paid { at, services: Vec::new(), next });
    }
    let db = &place.ctx.db;
    let ids: Vec<SubscriptionId> = named.iter().map(|(id, _)| id.clone()).collect();
    let running = instances::by_subscription(db, &ids).await.map_err(CommonFault::from)?;
    let mut steps = steps_of_first(place, frame, &ids, &running).await?;
    let service = |(id, name): (SubscriptionId, String)| {
        let instance = running.get(&id);
        let is_up = instance.filter(|row| row.status == InstanceStatus::Running);
        Service {
            href: instance
                .map_or_else(|| format!("/panel/subscriptions/{id}"), |row| format!("/panel/services/{}", row.id)),
            name,
            status: instance.map_or(InstanceStatus::Pending, |row| row.status).as_str(),
            next: next_of(instance.map(|row| row.status)),
            url: is_up.and_then(|row| row.url.clone()),
            steps: steps.remove(&id).unwrap_or_default(),
        }
    };
    let services = named.into_iter().map(service).collect();
    Ok(PayState::Paid { at, services, next: "pay-paid" })
}

/// What happens now with a service in that state.
fn next_of(status: Option<InstanceStatus>) -> &'static str {
    match status {
        None | Some(InstanceStatus::Pending | InstanceStatus::Provisioning) => "pay-paid-service",
        Some(InstanceStatus::Running) => "pay-service-runs",
        Some(InstanceStatus::Error | InstanceStatus::NeedsReview) => "pay-service-failed",
        Some(_) => "pay-paid",
    }
}

/// The steps of the first service that is being set up: the page follows one at a time, its own page shows the rest.
async fn steps_of_first(
    place: &Place,
    frame: &Frame,
    ids: &[SubscriptionId],
    running: &HashMap<SubscriptionId, instance::Model>,
) -> Result<HashMap<SubscriptionId, Vec<Step>>, WebError> {
    let is_under_way = |row: &&instance::Model| row.status.is_transitional();
    let Some((id, row)) = ids.iter().find_map(|id| Some((id, running.get(id).filter(is_under_way)?))) else {
        return Ok(HashMap::new());
    };
    let db = &place.ctx.db;
    let Some(task) = instances::last_task(db, &row.id).await.map_err(CommonFault::from)? else {
        return Ok(HashMap::new());
    };
    let view = instances::task_view(db, &task).await.map_err(CommonFault::from)?;
    let step = |step: crate::domain::provisioning::StepView| {
        let reason = step.reason.map(|word| format!("reason-{word}"));
        Step {
            label: frame.t(&format!("phase-{}", step.name)),
            state: step.status.as_str(),
            note: reason.filter(|key| locale::exists(frame.lang, key)).map(|key| frame.t(&key)).unwrap_or_default(),
        }
    };
    Ok(HashMap::from([(id.clone(), view.steps.into_iter().map(step).collect())]))
}
