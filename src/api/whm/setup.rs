//! `/api/whm/setup`: what has to be done before the shop may open, and opening it.
use crate::{
    api::{ApiResult, extract::Body, principal::Staff, problem::Problem},
    domain::{
        Ctx,
        messaging::{self, Delivery, Recipient},
        reports::setup,
        settings::{self, ChecklistItem},
    },
    kernel::{fault::CommonFault, permission::can},
};
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A step of the checklist.
#[derive(Serialize, ToSchema)]
struct SetupStep {
    /// `company`, `tax`, `bank`, `numbering`, `mail`, `gateway` or `cluster`.
    code: &'static str,
    done: bool,
    /// What is missing, while it is not done.
    why: Option<&'static str>,
}

impl From<ChecklistItem> for SetupStep {
    fn from(item: ChecklistItem) -> Self {
        Self { code: item.code, done: item.done, why: item.why }
    }
}

#[derive(Serialize, ToSchema)]
struct SetupOut {
    /// Whether the shop sells.
    is_selling: bool,
    /// What has to be done before it may, in the order people work through it.
    steps: Vec<SetupStep>,
}

async fn stands(ctx: &Ctx) -> ApiResult<HttpResponse> {
    let settings = settings::load(&ctx.db).await.map_err(CommonFault::from)?;
    let steps = settings::checklist(&settings, &setup::facts(ctx).await?);
    let steps = steps.into_iter().map(SetupStep::from).collect();
    Ok(HttpResponse::Ok().json(SetupOut { is_selling: settings.sales.is_selling, steps }))
}

/// The checklist, and whether the shop sells.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = SetupOut), (status = 403, body = Problem)))]
#[get("/api/whm/setup")]
pub async fn show_setup(staff: Staff<can::ReadSettings>) -> ApiResult<HttpResponse> {
    stands(&staff.ctx).await
}

/// Says yes to the number series and their first numbers.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = SetupOut), (status = 403, body = Problem)))]
#[post("/api/whm/setup/numbering")]
pub async fn confirm_numbering(staff: Staff<can::ManageSettings>) -> ApiResult<HttpResponse> {
    settings::confirm_numbering(&staff.ctx).await?;
    stands(&staff.ctx).await
}

#[derive(Serialize, ToSchema)]
struct TestMailOut {
    /// Whether the mail server took it.
    sent: bool,
}

/// Sends a test mail to the caller. Each call is a mail.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = TestMailOut), (status = 403, body = Problem)))]
#[post("/api/whm/setup/mail")]
pub async fn send_test_mail(staff: Staff<can::ManageSettings>) -> ApiResult<HttpResponse> {
    let delivery = messaging::send_test(&staff.ctx, Recipient::user(&staff.signed_in.user)).await?;
    Ok(HttpResponse::Ok().json(TestMailOut { sent: matches!(delivery, Delivery::Sent) }))
}

#[derive(Deserialize, ToSchema)]
struct SellingIn {
    /// Whether the shop shall sell.
    is_selling: bool,
}

/// Opens or closes the shop. Twice is once.
///
/// It opens once every step is done; before, it is 409 `INVALID_STATE`.
#[utoipa::path(tag = "whm-operations", request_body = SellingIn, responses((status = 200, body = SetupOut), (status = 403, body = Problem), (status = 409, body = Problem)))]
#[post("/api/whm/setup/selling")]
pub async fn set_selling(staff: Staff<can::ManageSettings>, body: Body) -> ApiResult<HttpResponse> {
    let input: SellingIn = body.parse()?;
    settings::set_selling(&staff.ctx, input.is_selling, &setup::facts(&staff.ctx).await?).await?;
    stands(&staff.ctx).await
}
