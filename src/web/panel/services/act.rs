//! What a customer does to a service.
use super::view::{CredentialsCard, CredentialsFragment, CredentialsPage};
use crate::{
    domain::{
        Ctx, ordering,
        provisioning::{find, instance, tasks},
        subscriptions::{self, SubscriptionView, cancel::When},
    },
    kernel::{
        fault::{CommonFault, FieldFault},
        permission::may,
    },
    web::{WebError, flash, forms::SafeForm, hx::Hx, panel::Nothing, principal::Member, respond, tone::Tone},
};
use actix_web::{HttpResponse, web::Path};
use entity::value::{InstanceId, SubscriptionId, SubscriptionStatus, TaskAction};
use secrecy::ExposeSecret;
use serde::Deserialize;

/// `POST /panel/services/{id}/start`
pub async fn start(
    member: Member<may::Operate>,
    id: Path<InstanceId>,
    _: SafeForm<Nothing>,
) -> Result<HttpResponse, WebError> {
    ask(&member, &id, TaskAction::Start).await
}

/// `POST /panel/services/{id}/stop`
pub async fn stop(
    member: Member<may::Operate>,
    id: Path<InstanceId>,
    _: SafeForm<Nothing>,
) -> Result<HttpResponse, WebError> {
    ask(&member, &id, TaskAction::Stop).await
}

/// `POST /panel/services/{id}/restart`
pub async fn restart(
    member: Member<may::Operate>,
    id: Path<InstanceId>,
    _: SafeForm<Nothing>,
) -> Result<HttpResponse, WebError> {
    ask(&member, &id, TaskAction::Restart).await
}

async fn ask(member: &Member<may::Operate>, id: &InstanceId, action: TaskAction) -> Result<HttpResponse, WebError> {
    tasks::request_by_customer(&member.ctx, &member.customer_id, id, action).await?;
    let key = format!("panel-{action}-asked");
    Ok(flash::see_other(&format!("/panel/services/{id}"), Tone::Info, &key))
}

/// `POST /panel/services/{id}/retry`
pub async fn retry(
    member: Member<may::Operate>,
    id: Path<InstanceId>,
    _: SafeForm<Nothing>,
) -> Result<HttpResponse, WebError> {
    tasks::retry_provisioning(&member.ctx, &member.customer_id, &id).await?;
    Ok(flash::see_other(&format!("/panel/services/{id}"), Tone::Info, "panel-retry-asked"))
}

/// `POST /panel/services/{id}/credentials`
pub async fn reveal(
    member: Member<may::Operate>,
    id: Path<InstanceId>,
    hx: Hx,
    _: SafeForm<Nothing>,
) -> Result<HttpResponse, WebError> {
    let found = instance::credentials(&member.ctx, &member.customer_id, &id).await?;
    let credentials = CredentialsCard {
        url: found.url,
        username: found.username,
        password: found.password.expose_secret().to_owned(),
        back: format!("/panel/services/{id}"),
    };
    let frame = member.frame();
    if hx.0 {
        respond::page(&CredentialsFragment { frame, credentials })
    } else {
        respond::page(&CredentialsPage { frame, credentials })
    }
}

/// Whether a contract goes on by itself.
#[derive(Deserialize)]
pub struct AutoRenewForm {
    auto_renew: String,
}

/// `POST /panel/subscriptions/{id}/auto-renew`
pub async fn auto_renew(
    member: Member<may::Pay>,
    id: Path<SubscriptionId>,
    SafeForm(form): SafeForm<AutoRenewForm>,
) -> Result<HttpResponse, WebError> {
    let goes_on = form.auto_renew == "on";
    subscriptions::cancel::set_auto_renew(&member.ctx, &member.customer_id, &id, goes_on).await?;
    let key = if goes_on { "panel-auto-renew-switched-on" } else { "panel-auto-renew-switched-off" };
    Ok(flash::see_other(&format!("/panel/subscriptions/{id}"), Tone::Good, key))
}

/// How a contract is to end.
#[derive(Deserialize)]
pub struct CancelForm {
    when: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    confirm: String,
}

/// `POST /panel/subscriptions/{id}/cancel`
pub async fn cancel(
    member: Member<may::Cancel>,
    id: Path<SubscriptionId>,
    SafeForm(form): SafeForm<CancelForm>,
) -> Result<HttpResponse, WebError> {
    let (ctx, customer_id) = (&member.ctx, &member.customer_id);
    let view = subscriptions::find::view_owned(ctx, customer_id, &id).await?;
    let unknown = || CommonFault::Invalid(vec![FieldFault::new("when", "unknown")]);
    let when = When::parse(&form.when).ok_or_else(unknown)?;
    let back = format!("/panel/subscriptions/{id}");
    // The data are lost for good: the name was typed, or nothing happens.
    if when == When::Now && form.confirm.trim() != name_of(ctx, &view).await? {
        return Ok(flash::see_other(&back, Tone::Warn, "panel-cancel-not-typed"));
    }
    subscriptions::cancel::cancel(ctx, customer_id, &id, when, &form.reason).await?;
    let key = if when == When::Now { "panel-cancel-done-now" } else { "panel-cancel-done-later" };
    Ok(flash::see_other(&back, Tone::Good, key))
}

/// What a service is called: what is typed to confirm that its data are lost.
async fn name_of(ctx: &Ctx, view: &SubscriptionView) -> Result<String, WebError> {
    let id = &view.subscription.id;
    let running = find::by_subscription(&ctx.db, std::slice::from_ref(id)).await.map_err(CommonFault::from)?;
    Ok(running.get(id).map_or_else(|| view.product.slug.clone(), |row| row.name.clone()))
}

/// What was typed to confirm that the data go with it; nothing where there are none.
#[derive(Deserialize)]
pub struct RefundForm {
    #[serde(default)]
    confirm: String,
}

/// `POST /panel/subscriptions/{id}/refund`: the money of a contract that waits for room goes back to the balance.
pub async fn refund(
    member: Member<may::Cancel>,
    id: Path<SubscriptionId>,
    SafeForm(form): SafeForm<RefundForm>,
) -> Result<HttpResponse, WebError> {
    let view = subscriptions::find::view_owned(&member.ctx, &member.customer_id, &id).await?;
    let has_data = view.is_waiting && view.subscription.status == SubscriptionStatus::Suspended;
    if has_data && form.confirm.trim() != name_of(&member.ctx, &view).await? {
        return Ok(flash::see_other(&format!("/panel/subscriptions/{id}"), Tone::Warn, "panel-cancel-not-typed"));
    }
    ordering::refund_waiting(&member.ctx, &member.customer_id, &id).await?;
    Ok(flash::see_other(&format!("/panel/subscriptions/{id}"), Tone::Good, "panel-refund-done"))
}
