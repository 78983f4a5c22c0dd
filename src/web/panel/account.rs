//! Switching between the accounts a person belongs to.
use crate::{
    domain::customers,
    kernel::permission::may,
    web::{WebError, flash, forms::SafeForm, principal::Member},
};
use actix_web::{
    HttpResponse,
    web::{self, ServiceConfig},
};
use entity::value::CustomerId;
use serde::Deserialize;

/// The address of the switcher.
pub fn routes(config: &mut ServiceConfig) {
    config.route("/panel/account", web::post().to(choose));
}

/// Which account.
#[derive(Deserialize)]
pub struct AccountForm {
    customer: String,
}

/// `POST /panel/account`
async fn choose(member: Member<may::Read>, SafeForm(form): SafeForm<AccountForm>) -> Result<HttpResponse, WebError> {
    customers::remember_choice(&member.ctx, &member.user_id, &CustomerId(form.customer)).await?;
    Ok(flash::redirect("/panel"))
}
