//! `/api/panel/profile`.
use crate::{
    api::{ApiResult, extract::Body, principal::Member, problem::Problem},
    domain::customers::{self, ProfileChange},
    kernel::permission::may,
};
use actix_web::{HttpResponse, get, patch};
use entity::customers::customer;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a customer's documents are printed from.
#[derive(Serialize, ToSchema)]
pub struct ProfileOut {
    id: String,
    name: String,
    company: Option<String>,
    email: String,
    address: AddressOut,
    phone: Option<String>,
    npwp: Option<String>,
    /// Number of the place of business: 22 digits that begin with the tax number.
    nitku: Option<String>,
    locale: String,
    currency: String,
}

/// Where a customer is.
#[derive(Serialize, ToSchema)]
pub struct AddressOut {
    street_1: Option<String>,
    street_2: Option<String>,
    city: Option<String>,
    state: Option<String>,
    postal_code: Option<String>,
    country_code: String,
}

impl AddressOut {
    /// The address of a customer.
    pub fn of(row: &customer::Model) -> Self {
        Self {
            street_1: row.street_1.clone(),
            street_2: row.street_2.clone(),
            city: row.city.clone(),
            state: row.state.clone(),
            postal_code: row.postal_code.clone(),
            country_code: row.country_code.clone(),
        }
    }
}

/// What is left out stays; an empty text clears.
#[derive(Deserialize, ToSchema)]
pub struct ProfileIn {
    name: Option<String>,
    company: Option<String>,
    #[serde(default)]
    address: Option<AddressIn>,
    phone: Option<String>,
    npwp: Option<String>,
    /// Number of the place of business: 22 digits that begin with the tax number.
    nitku: Option<String>,
    locale: Option<String>,
}

#[derive(Default, Deserialize, ToSchema)]
struct AddressIn {
    street_1: Option<String>,
    street_2: Option<String>,
    city: Option<String>,
    state: Option<String>,
    postal_code: Option<String>,
    country_code: Option<String>,
}

impl From<ProfileIn> for ProfileChange {
    fn from(input: ProfileIn) -> Self {
        let address = input.address.unwrap_or_default();
        Self {
            name: input.name,
            company: input.company,
            street_1: address.street_1,
            street_2: address.street_2,
            city: address.city,
            state: address.state,
            postal_code: address.postal_code,
            country_code: address.country_code,
            phone: input.phone,
            npwp: input.npwp,
            nitku: input.nitku,
            locale: input.locale,
        }
    }
}

impl From<customer::Model> for ProfileOut {
    fn from(row: customer::Model) -> Self {
        Self {
            address: AddressOut::of(&row),
            id: row.id.0,
            name: row.name,
            company: row.company,
            email: row.email,
            phone: row.phone,
            npwp: row.npwp,
            nitku: row.nitku,
            locale: row.locale,
            currency: row.currency,
        }
    }
}

/// The account's profile.
#[utoipa::path(tag = "profile", responses((status = 200, body = ProfileOut), (status = 401, body = Problem)))]
#[get("/api/panel/profile")]
pub async fn show_profile(me: Member<may::Read>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(ProfileOut::from(customers::get(&me.ctx.db, &me.customer_id).await?)))
}

/// Changes the account's profile.
#[utoipa::path(tag = "profile", request_body = ProfileIn, responses((status = 200, body = ProfileOut), (status = 422, body = Problem)))]
#[patch("/api/panel/profile")]
pub async fn change_profile(me: Member<may::ManageProfile>, body: Body) -> ApiResult<HttpResponse> {
    let input: ProfileIn = body.parse()?;
    let row = customers::update_profile(&me.ctx, &me.customer_id, input.into()).await?;
    Ok(HttpResponse::Ok().json(ProfileOut::from(row)))
}
