//! The demo's staff and its customers, from `seeds/demo/customers.toml`.
use crate::{
    app::demo::{CUSTOMER_PASSWORD, STAFF_EMAIL, STAFF_PASSWORD},
    domain::{
        Ctx,
        customers::{self, ProfileChange, Registration},
        identity,
    },
    kernel::token,
};
use anyhow::Context;
use entity::value::{CustomerId, UserId};
use serde::Deserialize;

const CUSTOMERS: &str = include_str!("../../../seeds/demo/customers.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    customers: Vec<Person>,
}

/// A customer to be.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Address to sign in with.
    pub email: String,
    /// Name.
    pub name: String,
    /// Days before today.
    pub joined: i64,
    company: Option<String>,
    street: String,
    city: String,
    state: String,
    postal_code: String,
    phone: String,
    #[serde(default = "indonesian")]
    locale: String,
}

fn indonesian() -> String {
    "id".to_owned()
}

/// Somebody who registered.
#[derive(Clone)]
pub struct Registered {
    /// Who signs in.
    pub user_id: UserId,
    /// Who pays.
    pub customer_id: CustomerId,
}

/// Everybody in the file.
pub fn everybody() -> anyhow::Result<Vec<Person>> {
    Ok(toml::from_str::<File>(CUSTOMERS).context("seeds/demo/customers.toml")?.customers)
}

/// Makes the administrator. In the demo he has the password it prints; elsewhere one that nobody has read in our
/// sources is made and printed once.
pub async fn staff(ctx: &Ctx) -> anyhow::Result<UserId> {
    let published = ctx.is_demo.then_some(STAFF_PASSWORD);
    let made = identity::create_admin(ctx, STAFF_EMAIL, "Sari Wulandari", published).await?;
    if let Some(password) = made.generated_password {
        println!("{STAFF_EMAIL} is an administrator; password (shown once): {password}");
    }
    Ok(made.user_id)
}

/// The password of the customers: the one the demo prints, elsewhere one that nobody knows.
fn customer_password(ctx: &Ctx) -> String {
    if ctx.is_demo { CUSTOMER_PASSWORD.to_owned() } else { token::random() }
}

/// Registers a customer whose address counts as proven.
pub async fn register(ctx: &Ctx, person: Person) -> anyhow::Result<Registered> {
    let registration = Registration {
        name: &person.name,
        email: &person.email,
        password: &customer_password(ctx),
        locale: &person.locale,
        accepted_terms: true,
    };
    customers::register(ctx, registration).await?;
    let tx = ctx.begin().await?;
    let made = identity::make_verification_link(ctx, &tx, &person.email).await?;
    tx.commit().await?;
    let user_id = identity::verify_email(ctx, &made.context("a fresh address has a link")?.token).await?;
    let accounts = customers::accounts_of(&ctx.db, &user_id).await?;
    let customer_id = accounts.first().context("whoever registers owns an account")?.customer_id.clone();
    let profile = ProfileChange {
        company: person.company,
        street_1: Some(person.street),
        city: Some(person.city),
        state: Some(person.state),
        postal_code: Some(person.postal_code),
        phone: Some(person.phone),
        ..ProfileChange::default()
    };
    customers::update_profile(ctx, &customer_id, profile).await?;
    Ok(Registered { user_id, customer_id })
}
