//! The wallet: balance, top-up, history.
pub mod view;

use super::page_of;
use crate::{
    domain::{
        Ctx,
        customers::{self, RenewingChange},
        ledger,
        payments::{
            accounts,
            attempt::{self, Choice},
        },
        settings,
    },
    kernel::{
        fault::{CommonFault, Fault, FieldFault, Kind},
        idempotency::{self, Begin},
        page::PageRequest,
        permission::may,
        token,
    },
    web::{
        WebError, flash, form_errors::FormErrors, forms::SafeForm, frame::Frame, principal::Member, respond, tone::Tone,
    },
};
use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{self, Query, ServiceConfig},
};
use entity::value::{Money, PaymentPurpose};
use serde::Deserialize;
use view::{Typed, WalletCard, WalletPage};

/// Movements on a page.
const LIMIT: u64 = 25;
/// Newest payments among which unpaid top-ups are looked for.
const PENDING_AMONG: u64 = 10;
/// An amount for which every method is offered.
const USUAL_MINOR: i64 = 100_000;

/// The addresses of the wallet.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/panel/wallet", web::get().to(index))
        .route("/panel/wallet", web::post().to(top_up))
        .route("/panel/wallet/auto-debit", web::post().to(set_auto_debit));
}

/// Which page of the history.
#[derive(Debug, Default, Deserialize)]
pub struct WalletQuery {
    cursor: Option<String>,
}

async fn index(member: Member<may::Read>, query: Query<WalletQuery>) -> Result<HttpResponse, WebError> {
    let request = page_of(query.cursor.as_deref(), LIMIT)?;
    let frame = member.frame();
    let wallet = card(&member, &frame, &request, Typed::default()).await?;
    respond::page(&WalletPage { frame, wallet, errors: FormErrors::none() })
}

async fn card(
    member: &Member<may::Read>,
    frame: &Frame,
    request: &PageRequest,
    typed: Typed,
) -> Result<WalletCard, WebError> {
    let (ctx, customer_id) = (&member.ctx, &member.customer_id);
    let customer = customers::get(&ctx.db, customer_id).await?;
    let wallet = ledger::wallet(ctx, customer_id).await?;
    let history = ledger::history(ctx, customer_id, request).await?;
    let limits = settings::current(ctx).await.map_err(CommonFault::from)?.wallet.clone();
    let offers = accounts::plain_methods_for(ctx, USUAL_MINOR.max(limits.min_top_up_minor)).await?;
    let newest = PageRequest { after: None, limit: PENDING_AMONG };
    let mut pending = attempt::list_for(ctx, customer_id, &newest).await?.rows;
    pending.retain(|row| row.purpose == PaymentPurpose::TopUp && row.status.is_open());
    let (auto_debit, credit_limit_minor) = (customer.auto_debit, customer.credit_limit_minor);
    let may_top_up = member.may::<may::Pay>();
    let parts = view::Parts { wallet, auto_debit, credit_limit_minor, history, limits, offers, pending, may_top_up };
    Ok(WalletCard::build(frame, parts, typed))
}

/// Whether the wallet pays renewals by itself; a switch that is off is not sent.
#[derive(Deserialize)]
pub struct AutoDebitForm {
    #[serde(default)]
    auto_debit: String,
}

/// `POST /panel/wallet/auto-debit`
async fn set_auto_debit(
    payer: Member<may::Pay>,
    SafeForm(form): SafeForm<AutoDebitForm>,
) -> Result<HttpResponse, WebError> {
    let auto_debit = form.auto_debit == "1";
    let change = RenewingChange { auto_debit: Some(auto_debit), ..RenewingChange::default() };
    customers::set_renewing(&payer.ctx, &payer.customer_id, change).await?;
    let said = if auto_debit { "panel-auto-debit-on" } else { "panel-auto-debit-off" };
    Ok(flash::see_other("/panel/wallet", Tone::Good, said))
}

/// How much, and how it is paid.
#[derive(Deserialize)]
pub struct TopUpForm {
    #[serde(default)]
    preset: String,
    #[serde(default)]
    amount: String,
    #[serde(default)]
    method: String,
    #[serde(default)]
    _key: String,
}

/// What a form asks for.
struct Wanted {
    amount_minor: i64,
    choice: Choice,
}

impl TopUpForm {
    fn typed(&self) -> Typed {
        Typed { preset: self.preset.clone(), amount: self.amount.clone(), method: self.method.clone() }
    }

    fn parse(&self) -> Result<Wanted, CommonFault> {
        let mut faults = Vec::new();
        // An amount that was typed counts more than the preset that stands chosen.
        let text = if self.amount.trim().is_empty() { &self.preset } else { &self.amount };
        let digits: String = text.chars().filter(|c| !matches!(c, '.' | ',' | ' ')).collect();
        let amount_minor = digits.parse::<i64>().ok().filter(|amount| *amount > 0);
        if amount_minor.is_none() {
            faults.push(FieldFault::new("amount", "amount_missing"));
        }
        match (amount_minor, Choice::parse(&self.method)) {
            (Some(amount_minor), Some(choice)) => return Ok(Wanted { amount_minor, choice }),
            (_, None) => faults.push(FieldFault::new("method", "method_missing")),
            _ => {}
        }
        Err(CommonFault::Invalid(faults))
    }
}

/// `POST /panel/wallet`: begins a top-up and leads to its payment; sent twice, it begins once.
async fn top_up(
    payer: Member<may::Pay>,
    reader: Member<may::Read>,
    SafeForm(form): SafeForm<TopUpForm>,
) -> Result<HttpResponse, WebError> {
    let wanted = match form.parse() {
        Ok(wanted) => wanted,
        Err(fault) => return again(&reader, &form, &fault).await,
    };
    let ctx = &payer.ctx;
    let scope = format!("{} panel.top_up", payer.customer_id);
    let hash = token::sha256_hex(format!("{} {}", wanted.amount_minor, form.method));
    let sent = if form._key.is_empty() { token::random() } else { form._key.clone() };
    let key = match idempotency::begin(&ctx.db, &ctx.live, ctx.now(), &scope, &sent, &hash).await {
        Ok(Begin::Fresh(key)) => key,
        Ok(Begin::Made { made, .. }) => return Ok(flash::redirect(&format!("/panel/payments/{made}"))),
        Ok(Begin::Replay { body, .. }) => return Ok(flash::redirect(&body)),
        Ok(Begin::InFlight | Begin::Mismatch) => return Ok(flash::redirect("/panel/wallet")),
        Err(error) => return Err(CommonFault::from(error).into()),
    };
    let holder = Ctx { once: Some(key.clone()), ..ctx.clone() };
    let started = attempt::start_top_up(&holder, &payer.customer_id, wanted.amount_minor, &wanted.choice).await;
    let tx = ctx.begin().await.map_err(CommonFault::from)?;
    match started {
        Ok(payment) => {
            let location = format!("/panel/payments/{}", payment.id);
            idempotency::complete(&tx, &key, 303, &location).await.map_err(CommonFault::from)?;
            tx.commit().await.map_err(CommonFault::from)?;
            Ok(flash::redirect(&location))
        }
        Err(fault) => {
            let is_refusal = !matches!(fault.kind(), Kind::Internal | Kind::Unavailable { .. });
            idempotency::release(&tx, &key, is_refusal).await.map_err(CommonFault::from)?;
            tx.commit().await.map_err(CommonFault::from)?;
            match fault.kind() {
                Kind::Internal | Kind::Unavailable { .. } | Kind::NotFound => Err(fault.into()),
                _ => again(&reader, &form, &fault).await,
            }
        }
    }
}

/// The page once more with what is wrong.
async fn again(member: &Member<may::Read>, form: &TopUpForm, fault: &dyn Fault) -> Result<HttpResponse, WebError> {
    let frame = member.frame();
    let mut errors = FormErrors::none();
    for field in fault.fields().iter().filter(|field| field.code.ends_with("_missing")) {
        errors.add(&field.field, frame.t(&format!("panel-top-up-{}", field.code.replace('_', "-"))));
    }
    if errors.is_empty() {
        let field = if fault.code() == "AMOUNT_OUT_OF_RANGE" { "amount" } else { "method" };
        let sentence = match (fault.code(), limits_of(fault)) {
            ("AMOUNT_OUT_OF_RANGE", Some((min, max))) => {
                frame.ta("panel-top-up-limits", [("min", frame.money(&min)), ("max", frame.money(&max))])
            }
            _ => crate::web::errors::sentence(&frame, fault),
        };
        errors.add(field, sentence);
    }
    let request = PageRequest { after: None, limit: LIMIT };
    let wallet = card(member, &frame, &request, form.typed()).await?;
    respond::page_with(StatusCode::UNPROCESSABLE_ENTITY, &WalletPage { frame, wallet, errors })
}

fn limits_of(fault: &dyn Fault) -> Option<(Money, Money)> {
    let args = fault.args();
    let of = |name| args.iter().find(|(key, _)| *key == name).and_then(|(_, value)| value.parse().ok()).map(Money::idr);
    Some((of("min")?, of("max")?))
}
