//! Notifications of gateways: proven, stored raw, answered, and only then dealt with. A notification is a hint; what
//! counts is what the gateway says when asked.
use super::{
    PaymentError,
    accounts::{self, OpenAccount},
    attempt,
    inbox::{self, New},
    unallocated,
};
use crate::{
    domain::Ctx,
    integrations::gateways::{ChargeName, Inquiry, PaymentReport, WebhookError},
    kernel::{
        alert::{self, Alert},
        page::{Page, PageRequest},
        said::{Arg, args},
    },
};
use chrono::Duration;
use entity::{
    payments::{gateway_event, payment},
    value::{GatewayEventId, GatewayEventStatus, PaymentId, PaymentStatus},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};

/// Headers that carry keys of ours: never stored.
const SECRET_HEADERS: &[&str] = &["authorization", "cookie", "x-callback-token", "proxy-authorization"];
/// Longest reference that can be one of ours or a vendor's.
const MAX_REFERENCE: usize = 80;
/// A gateway's answer may lag behind its own news for so long; later the news is taken for untrue.
const LAG: Duration = Duration::minutes(4);

/// A stored notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Which.
    pub event_id: GatewayEventId,
    /// False where the same news came before.
    pub is_new: bool,
}

/// A reference that can be asked about: signed or not, it is the text of somebody else.
fn is_reference(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_REFERENCE && !text.contains(char::is_control)
}

/// Takes in a notification for the account with `account_token` (none: the default account) from its raw bytes: proves
/// it, stores it and queues the work, in one transaction (see `inbox`). The same news again is counted, not stored twice;
/// it is dealt with once more where it still says more than the gateway did when asked. Genuine news that is odd is stored like any
/// other, and staff are told.
///
/// # Errors
/// `NotConfigured` (404), `Forged` (403, nothing changes), `Unparsable` (400); the database: the gateway will repeat.
pub async fn receive(
    ctx: &Ctx,
    gateway: &str,
    account_token: Option<&str>,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<Received, PaymentError> {
    let account = accounts::open(ctx, gateway, account_token).await?;
    let event = account.gateway.parse_webhook(&account.settings, headers, body).map_err(|error| match error {
        WebhookError::Forged => {
            tracing::warn!(gateway, "Refused a notification that is not the gateway's");
            PaymentError::Forged
        }
        WebhookError::Unparsable(why) => PaymentError::Unparsable(why),
    })?;
    let text = std::str::from_utf8(body).ok().filter(|text| !text.contains('\0'));
    let text = text.ok_or_else(|| PaymentError::Unparsable("it is not text".to_owned()))?;
    let now = ctx.now();
    let row = gateway_event::Model {
        id: GatewayEventId::generate(),
        account_id: account.row.id.clone(),
        gateway: gateway.to_owned(),
        deduplication_key: event.deduplication_key.chars().filter(|c| !c.is_control()).take(80).collect(),
        reference: Some(event.report.reference).filter(|reference| is_reference(reference)),
        external_id: Some(event.report.external_id).filter(|id| !id.is_empty() && is_reference(id)),
        told: Some(event.report.status),
        payment_id: None,
        headers: shown_headers(headers),
        body: text.to_owned(),
        status: GatewayEventStatus::Received,
        note: None,
        received_count: 1,
        received_at: now,
        processed_at: None,
    };
    inbox::store(ctx, New { row, doubt: event.doubt }).await
}

pub(super) fn is_done(status: GatewayEventStatus) -> bool {
    matches!(status, GatewayEventStatus::Processed | GatewayEventStatus::Ignored)
}

/// Whether `told` is further than what is `known`; of money that came, the words of an attempt that failed mean that it
/// was taken back.
pub(super) fn outranks(told: PaymentStatus, known: PaymentStatus) -> bool {
    use PaymentStatus::{Cancelled, Failed, PartiallyRefunded, Succeeded};
    let takes_back = matches!(told, Failed | Cancelled) && matches!(known, Succeeded | PartiallyRefunded);
    told.rank() > known.rank() || takes_back
}

fn shown_headers(headers: &[(String, String)]) -> Value {
    let shown = headers.iter().filter(|(name, _)| !SECRET_HEADERS.contains(&name.to_ascii_lowercase().as_str()));
    shown.take(40).map(|(name, value)| json!([name, value.chars().take(400).collect::<String>()])).collect()
}

/// Deals with a stored notification: asks the gateway where the charge stands and applies what it says. Done once; a
/// repetition changes nothing. Money for a reference we do not know is booked as unallocated. `Received` is given back
/// where the gateway's answer still lags behind its own news: try again, for a few minutes at most.
///
/// # Errors
/// `NotFound`; `GatewayUnavailable` and `GatewayUnknown`: try again; the database.
pub async fn process(ctx: &Ctx, id: &GatewayEventId) -> Result<GatewayEventStatus, PaymentError> {
    let event = get(ctx, id).await?;
    if is_done(event.status) {
        return Ok(event.status);
    }
    let Some(reference) = event.reference.clone() else {
        return finish(ctx, &event, None, GatewayEventStatus::Unmatched, "no_reference").await;
    };
    let account = accounts::open_by_id(ctx, &event.account_id).await?;
    let found = attempt::find_by_reference(&ctx.db, &reference).await?;
    let payment = found.filter(|payment| payment.account_id.as_ref() == Some(&event.account_id));
    // What the charge itself told goes before what a notification says.
    let known = payment.as_ref().and_then(|payment| payment.external_id.as_deref());
    let name = ChargeName { reference: &reference, external_id: known.or(event.external_id.as_deref()) };
    let answer = account.gateway.inquire(&account.settings, name).await?;
    match payment {
        Some(payment) => apply(ctx, &event, payment, answer).await,
        None => apply_to_nothing(ctx, &account, &event, answer).await,
    }
}

async fn apply(
    ctx: &Ctx,
    event: &gateway_event::Model,
    payment: payment::Model,
    answer: Inquiry,
) -> Result<GatewayEventStatus, PaymentError> {
    let (payment, status, note) = match answer {
        Inquiry::Known(report) => {
            (attempt::apply_report(ctx, &payment.id, &report).await?, GatewayEventStatus::Processed, String::new())
        }
        Inquiry::Unclear { why } => {
            (attempt::hold_unclear(ctx, &payment.id, &why).await?, GatewayEventStatus::Processed, why)
        }
        Inquiry::NeverHeard => (payment, GatewayEventStatus::Ignored, "never_heard".to_owned()),
    };
    let is_behind = event.told.is_some_and(|told| outranks(told, payment.status));
    if is_behind && ctx.now() < event.received_at + LAG {
        return Ok(GatewayEventStatus::Received);
    }
    finish(ctx, event, Some(payment.id), status, &note).await
}

async fn apply_to_nothing(
    ctx: &Ctx,
    account: &OpenAccount,
    event: &gateway_event::Model,
    answer: Inquiry,
) -> Result<GatewayEventStatus, PaymentError> {
    match answer {
        Inquiry::Known(report) => {
            take_unallocated(ctx, account, event, &report).await?;
            finish(ctx, event, None, GatewayEventStatus::Unmatched, "unknown_reference").await
        }
        Inquiry::Unclear { why } => finish(ctx, event, None, GatewayEventStatus::Unmatched, &why).await,
        Inquiry::NeverHeard => finish(ctx, event, None, GatewayEventStatus::Ignored, "unknown_to_both").await,
    }
}

async fn take_unallocated(
    ctx: &Ctx,
    account: &OpenAccount,
    event: &gateway_event::Model,
    report: &PaymentReport,
) -> Result<(), PaymentError> {
    if report.status != PaymentStatus::Succeeded || report.amount.minor <= 0 {
        return Ok(());
    }
    let tx = ctx.begin().await?;
    let (of_account, source) = ((&account.row.id, event.gateway.as_str()), ("gateway_event", event.id.as_str()));
    let is_new =
        attempt::book_unallocated(ctx, &tx, of_account, source, (unallocated::UNKNOWN_REFERENCE, report)).await?;
    if !is_new {
        // Told before, and perhaps dealt with: the same news again raises no alarm.
        return Ok(());
    }
    let args = args([("amount", Arg::Money(report.amount.clone())), ("reference", Arg::from(&report.reference))]);
    let key = format!("money_unallocated:{}:{}", account.row.id, report.reference);
    let alert = Alert { code: "money_unallocated", args, key: &key };
    alert::raise(&tx, ctx.now(), &ctx.correlation, alert).await?;
    tx.commit().await?;
    Ok(())
}

/// Notes how processing ended. `note` is one of our words, told as `event-note-<word>`, or what the gateway said.
async fn finish(
    ctx: &Ctx,
    event: &gateway_event::Model,
    payment_id: Option<PaymentId>,
    status: GatewayEventStatus,
    note: &str,
) -> Result<GatewayEventStatus, PaymentError> {
    let tx = ctx.begin().await?;
    gateway_event::Entity::update_many()
        .set(gateway_event::ActiveModel {
            status: Set(status),
            payment_id: Set(payment_id),
            note: Set(Some(note.to_owned()).filter(|note| !note.is_empty())),
            processed_at: Set(Some(ctx.now())),
            ..Default::default()
        })
        .filter(gateway_event::Column::Id.eq(&event.id))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(status)
}

/// A stored notification.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get(ctx: &Ctx, id: &GatewayEventId) -> Result<gateway_event::Model, PaymentError> {
    gateway_event::Entity::find_by_id(id.clone()).one(&ctx.db).await?.ok_or(PaymentError::NotFound)
}

/// The notifications about a payment, oldest first; at most 200.
///
/// # Errors
/// The database.
pub async fn of_payment(ctx: &Ctx, id: &PaymentId) -> Result<Vec<gateway_event::Model>, PaymentError> {
    let find = gateway_event::Entity::find().filter(gateway_event::Column::PaymentId.eq(id));
    Ok(find.order_by_asc(gateway_event::Column::Id).limit(200).all(&ctx.db).await?)
}

/// Notifications, newest first, optionally only those that became `status`.
///
/// # Errors
/// The database.
pub async fn list(
    ctx: &Ctx,
    status: Option<GatewayEventStatus>,
    request: &PageRequest,
) -> Result<Page<gateway_event::Model>, PaymentError> {
    let mut find = gateway_event::Entity::find();
    if let Some(status) = status {
        find = find.filter(gateway_event::Column::Status.eq(status));
    }
    if let Some(after) = &request.after {
        find = find.filter(gateway_event::Column::Id.lt(after.as_str()));
    }
    let rows = find.order_by_desc(gateway_event::Column::Id).limit(request.fetch()).all(&ctx.db).await?;
    Ok(Page::of(rows, request, |row| row.id.as_str()))
}
