//! Finding customers, for staff.
use super::CustomerError;
use crate::kernel::{
    db::{self, WriteTx},
    page::{Page, PageRequest},
};
use chrono::{DateTime, Utc};
use entity::{
    customers::{customer, member},
    identity::user,
    value::{CustomerId, CustomerStatus, Grant, UserId},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, DerivePartialModel, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Condition, Expr, Func, LockType, SimpleExpr},
};
use std::collections::{BTreeSet, HashMap};

/// Which customers are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Beginning of the name, the company or the address, in any case.
    pub search: Option<String>,
    /// Only such.
    pub status: Option<CustomerStatus>,
}

/// A customer as lists show him.
#[derive(Clone, Debug, PartialEq, Eq, DerivePartialModel)]
#[sea_orm(entity = "customer::Entity")]
pub struct Listed {
    /// His id.
    pub id: CustomerId,
    /// As he writes it.
    pub name: String,
    /// His company.
    pub company: Option<String>,
    /// Where bills go.
    pub email: String,
    /// E.164.
    pub phone: Option<String>,
    /// Whether he is served.
    pub status: CustomerStatus,
    /// Tax number.
    pub npwp: Option<String>,
    /// ISO 4217 code.
    pub currency: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

impl From<customer::Model> for Listed {
    fn from(row: customer::Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            company: row.company,
            email: row.email,
            phone: row.phone,
            status: row.status,
            npwp: row.npwp,
            currency: row.currency,
            created_at: row.created_at,
        }
    }
}

/// One customer.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get(db: &impl ConnectionTrait, id: &CustomerId) -> Result<customer::Model, CustomerError> {
    customer::Entity::find_by_id(id.clone()).one(db).await?.ok_or(CustomerError::NotFound)
}

/// The same, kept to `tx` until it ends as by a change of the row: others may go on to write what only refers to it.
pub(super) async fn lock(tx: &WriteTx, id: &CustomerId) -> Result<customer::Model, CustomerError> {
    let find = customer::Entity::find_by_id(id.clone()).lock(LockType::NoKeyUpdate);
    find.one(tx).await?.ok_or(CustomerError::NotFound)
}

/// What people call a customer: his company, or himself.
pub fn name_of(customer: &customer::Model) -> &str {
    customer.company.as_deref().unwrap_or(&customer.name)
}

/// Names of these customers by id, in one query, for lists.
///
/// # Errors
/// The database.
pub async fn names_of(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = CustomerId>,
) -> Result<HashMap<CustomerId, String>, DbErr> {
    let ids: BTreeSet<String> = ids.into_iter().map(|id| id.0).collect();
    let rows: Vec<(CustomerId, String, Option<String>)> = customer::Entity::find()
        .select_only()
        .columns([customer::Column::Id, customer::Column::Name, customer::Column::Company])
        .filter(customer::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(id, name, company)| (id, company.unwrap_or(name))).collect())
}

/// Accounts with exactly this mail address, upper and lower case alike; two at most, as more is no answer either.
///
/// # Errors
/// The database.
pub async fn with_address(db: &impl ConnectionTrait, address: &str) -> Result<Vec<CustomerId>, DbErr> {
    customer::Entity::find()
        .select_only()
        .column(customer::Column::Id)
        .filter(customer::Column::Email.eq(address.trim().to_lowercase()))
        .order_by_asc(customer::Column::Id)
        .limit(2)
        .into_tuple()
        .all(db)
        .await
}

/// Who has a mail address, and the accounts he owns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owned {
    /// Whether he has proven that the address is his.
    pub is_proven: bool,
    /// Accounts that are not closed with their currency, oldest first.
    pub accounts: Vec<(CustomerId, String)>,
}

/// Those of `addresses` (as stored) that users have, each with what he owns; two statements.
///
/// # Errors
/// The database.
pub async fn owned_by_address(
    db: &impl ConnectionTrait,
    addresses: impl IntoIterator<Item = String>,
) -> Result<HashMap<String, Owned>, DbErr> {
    let users: Vec<(UserId, String, Option<DateTime<Utc>>)> = user::Entity::find()
        .select_only()
        .columns([user::Column::Id, user::Column::Email, user::Column::EmailVerifiedAt])
        .filter(user::Column::Email.is_in(addresses))
        .into_tuple()
        .all(db)
        .await?;
    let owners = member::Entity::find()
        .filter(member::Column::UserId.is_in(users.iter().map(|(id, ..)| id.0.clone())))
        .filter(member::Column::Grant.eq(Grant::Owner))
        .order_by_asc(member::Column::CustomerId)
        .find_also_related(customer::Entity)
        .all(db)
        .await?;
    let owned = |proven: &Option<_>| Owned { is_proven: proven.is_some(), accounts: Vec::new() };
    let mut found: HashMap<String, Owned> =
        users.iter().map(|(_, email, proven)| (email.clone(), owned(proven))).collect();
    for (member, customer) in owners {
        let email = users.iter().find(|(id, ..)| *id == member.user_id).map(|(_, email, _)| email);
        let customer = customer.filter(|customer| customer.status != CustomerStatus::Closed);
        if let (Some(owned), Some(customer)) = (email.and_then(|email| found.get_mut(email)), customer) {
            owned.accounts.push((customer.id, customer.currency));
        }
    }
    Ok(found)
}

/// Customers, newest first.
///
/// # Errors
/// The database.
pub async fn list(db: &impl ConnectionTrait, filter: &Filter, request: &PageRequest) -> Result<Page<Listed>, DbErr> {
    let mut query = customer::Entity::find().order_by_desc(customer::Column::Id).limit(request.fetch());
    if let Some(after) = &request.after {
        query = query.filter(customer::Column::Id.lt(after));
    }
    if let Some(status) = filter.status {
        query = query.filter(customer::Column::Status.eq(status));
    }
    let words = filter.search.as_deref().unwrap_or_default().trim().to_lowercase();
    if !words.is_empty() {
        let lower = |column: customer::Column| SimpleExpr::from(Func::lower(Expr::col(column)));
        let begins = Condition::any()
            .add(db::begins_with(db, Expr::col(customer::Column::Email), &words))
            .add(db::begins_with(db, lower(customer::Column::Name), &words))
            .add(db::begins_with(db, lower(customer::Column::Company), &words));
        query = query.filter(begins);
    }
    let rows = query.into_partial_model().all(db).await?;
    Ok(Page::of(rows, request, |row| row.id.as_str()))
}
