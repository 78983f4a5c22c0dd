//! Opening an account: user, customer, ownership and consent in one transaction.
use super::{
    CustomerError, ProfileChange,
    profile::{self, HOME_COUNTRY},
};
use crate::{
    domain::{
        Ctx,
        identity::{self, NewUser, Opened, password},
        settings,
    },
    kernel::{audit::Change, db::WriteTx, fault::FieldFault},
};
use entity::{
    customers::{consent, customer, member},
    identity::user,
    value::{CustomerId, CustomerStatus, Grant, MemberId, UserId, contact},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    sea_query::Expr,
};

/// What a person types to register.
#[derive(Clone)]
pub struct Registration<'a> {
    /// Name.
    pub name: &'a str,
    /// Address.
    pub email: &'a str,
    /// Password.
    pub password: &'a str,
    /// `id` or `en`.
    pub locale: &'a str,
    /// Whether terms and privacy statement were accepted; without, nothing is opened.
    pub accepted_terms: bool,
}

/// What the person is told: the same whether the address was known or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Name as typed, cleaned.
    pub name: String,
    /// Address in its stored form.
    pub email: String,
}

/// Opens an account: a user who owns a customer, with consent to the present versions of terms and privacy statement.
/// Publishes `user.registered` (a known address: `user.registration_repeated`, and nothing changes). Registering twice
/// opens one account.
///
/// # Errors
/// `Invalid` by field; the database.
pub async fn register(ctx: &Ctx, registration: Registration<'_>) -> Result<Registered, CustomerError> {
    let (name, email) = validate(&registration)?;
    let password_hash = password::hash(ctx, registration.password).await?;
    let sales = settings::current(ctx).await?.sales.clone();
    let locale = registration.locale.to_owned();
    let tx = ctx.begin().await?;
    let new = NewUser { email: email.clone(), name: name.clone(), password_hash, locale: locale.clone() };
    if let Opened::New(user_id) = identity::insert_user(ctx, &tx, new).await? {
        open(ctx, &tx, &user_id, &name, &email, &locale).await?;
        record_consent(ctx, &tx, &user_id, &sales).await?;
    }
    tx.commit().await?;
    Ok(Registered { name, email })
}

fn validate(registration: &Registration<'_>) -> Result<(String, String), CustomerError> {
    let mut faults = Vec::new();
    let mut take = |field: &str, parsed: Result<String, contact::Wrong>| {
        parsed.unwrap_or_else(|wrong| {
            faults.push(FieldFault::of(field, wrong));
            String::new()
        })
    };
    let name = take("name", contact::name(registration.name, 120));
    let email = take("email", contact::email(registration.email));
    faults.extend(password::weakness(registration.password, &[&name, &email]));
    if !matches!(registration.locale, "id" | "en") {
        faults.push(FieldFault::new("locale", "unknown"));
    }
    if !registration.accepted_terms {
        faults.push(FieldFault::new("accepted_terms", "required"));
    }
    if faults.is_empty() { Ok((name, email)) } else { Err(CustomerError::Invalid(faults)) }
}

async fn open(
    ctx: &Ctx,
    tx: &WriteTx,
    user_id: &UserId,
    name: &str,
    email: &str,
    locale: &str,
) -> Result<(), CustomerError> {
    insert(ctx, tx, user_id, blank(ctx, name, email, locale), "customers.customer.open").await
}

/// A customer about whom nothing else is known yet.
fn blank(ctx: &Ctx, name: &str, email: &str, locale: &str) -> customer::Model {
    let now = ctx.now();
    customer::Model {
        id: CustomerId::generate(),
        name: name.to_owned(),
        company: None,
        email: email.to_owned(),
        phone: None,
        street_1: None,
        street_2: None,
        city: None,
        state: None,
        postal_code: None,
        country_code: HOME_COUNTRY.to_owned(),
        tax_country: HOME_COUNTRY.to_owned(),
        npwp: None,
        nitku: None,
        tax_exempt_reason: None,
        vat_collector: None,
        withholds_income_tax: false,
        locale: locale.to_owned(),
        currency: "IDR".to_owned(),
        status: CustomerStatus::Active,
        credit_limit_minor: 0,
        auto_debit: true,
        separate_invoices: false,
        risk_level: "normal".to_owned(),
        rdash_customer_id: None,
        rdash_synced_at: None,
        rdash_sync_status: None,
        rdash_sync_error: None,
        created_at: now,
        updated_at: now,
    }
}

/// Inserts a customer with his owner and the audit row `action`.
async fn insert(
    ctx: &Ctx,
    tx: &WriteTx,
    user_id: &UserId,
    row: customer::Model,
    action: &str,
) -> Result<(), CustomerError> {
    let customer_id = row.id.clone();
    customer::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(tx).await?;
    let owner = member::ActiveModel {
        id: Set(MemberId::generate()),
        customer_id: Set(customer_id.clone()),
        user_id: Set(user_id.clone()),
        grant: Set(Grant::Owner),
        created_at: Set(ctx.now()),
    };
    member::Entity::insert(owner).exec_without_returning(tx).await?;
    user::Entity::update_many()
        .col_expr(user::Column::LastCustomerId, Expr::value(customer_id.as_str()))
        .filter(user::Column::Id.eq(user_id))
        .exec(tx)
        .await?;
    let change = Change {
        action,
        target_type: "customer",
        target_id: customer_id.as_str(),
        customer_id: Some(&customer_id),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    tx.wake_after_commit("staff");
    Ok(())
}

/// A customer of another system, checked as if he had registered and filled in his profile; nothing is written. Faults
/// by field, all of them.
///
/// # Errors
/// What is wrong with which field.
pub fn check_taken_over(
    ctx: &Ctx,
    email: &str,
    locale: &str,
    profile: ProfileChange,
) -> Result<customer::Model, Vec<FieldFault>> {
    let mut faults = Vec::new();
    let email = contact::email(email).unwrap_or_else(|wrong| {
        faults.push(FieldFault::of("email", wrong));
        String::new()
    });
    match profile::apply(blank(ctx, "", &email, locale), profile) {
        Ok(row) if faults.is_empty() => Ok(row),
        Ok(_) => Err(faults),
        Err(others) => Err(faults.into_iter().chain(others).collect()),
    }
}

/// Opens the account of a customer of another system in `tx`, with its audit row: `row` as [`check_taken_over`] made it,
/// owned by `user_id`. He has consented to nothing yet; he is asked when he orders.
///
/// # Errors
/// The database.
pub async fn take_over(ctx: &Ctx, tx: &WriteTx, user_id: &UserId, row: customer::Model) -> Result<(), CustomerError> {
    insert(ctx, tx, user_id, row, "customers.customer.take_over").await
}

/// Notes consent to the present versions of terms and privacy statement, with time and network address. A version
/// consented to before is not noted again.
///
/// # Errors
/// The database.
pub async fn record_consent(ctx: &Ctx, tx: &WriteTx, user_id: &UserId, sales: &settings::Sales) -> Result<(), DbErr> {
    for (document, version) in [("terms", &sales.terms_version), ("privacy", &sales.privacy_version)] {
        let known = consent::Entity::find()
            .filter(consent::Column::UserId.eq(user_id))
            .filter(consent::Column::Document.eq(document))
            .filter(consent::Column::Version.eq(version))
            .count(tx)
            .await?;
        if known == 0 {
            let row = consent::ActiveModel {
                id: Set(format!("con_{}", entity::value::next_ulid())),
                user_id: Set(user_id.clone()),
                document: Set(document.to_owned()),
                version: Set(version.clone()),
                address: Set(ctx.address.clone()),
                accepted_at: Set(ctx.now()),
            };
            consent::Entity::insert(row).exec_without_returning(tx).await?;
        }
    }
    Ok(())
}
