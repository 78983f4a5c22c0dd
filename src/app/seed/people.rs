//! The demo's staff and its first customer.
use crate::{
    app::demo::{CUSTOMER_EMAIL, CUSTOMER_PASSWORD, STAFF_EMAIL, STAFF_PASSWORD},
    domain::{
        Ctx,
        customers::{self, ProfileChange, Registration},
        identity,
    },
};
use anyhow::Context;
use entity::value::CustomerId;

/// Makes the administrator and the customer whose passwords the demo prints.
pub async fn seed(ctx: &Ctx) -> anyhow::Result<()> {
    identity::create_admin(ctx, STAFF_EMAIL, "Sari Wulandari", Some(STAFF_PASSWORD)).await?;
    let customer_id = customer(ctx, "Budi Santoso", CUSTOMER_EMAIL).await?;
    let profile = ProfileChange {
        company: Some("Toko Budi Jaya".to_owned()),
        street_1: Some("Jl. Kenanga No. 8".to_owned()),
        city: Some("Bandung".to_owned()),
        state: Some("Jawa Barat".to_owned()),
        postal_code: Some("40115".to_owned()),
        phone: Some("+6281200001234".to_owned()),
        ..ProfileChange::default()
    };
    customers::update_profile(ctx, &customer_id, profile).await?;
    Ok(())
}

/// Registers a customer whose address counts as proven.
pub async fn customer(ctx: &Ctx, name: &str, email: &str) -> anyhow::Result<CustomerId> {
    let registration = Registration { name, email, password: CUSTOMER_PASSWORD, locale: "id", accepted_terms: true };
    customers::register(ctx, registration).await?;
    let tx = ctx.begin().await?;
    let link = identity::make_verification_link(ctx, &tx, email).await?.context("a fresh address has a link")?;
    tx.commit().await?;
    let user_id = identity::verify_email(ctx, &link.token).await?;
    let accounts = customers::accounts_of(&ctx.db, &user_id).await?;
    Ok(accounts.first().context("whoever registers owns an account")?.customer_id.clone())
}
