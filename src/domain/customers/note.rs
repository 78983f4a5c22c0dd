//! What staff note about customers.
use super::{CustomerError, find};
use crate::{
    domain::Ctx,
    kernel::{
        actor::Actor,
        audit::Change,
        fault::FieldFault,
        page::{Page, PageRequest},
    },
};
use chrono::{DateTime, Utc};
use entity::{customers::note, identity::user, value::CustomerId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

/// Longest note, in characters.
const MAX_LENGTH: usize = 4000;

/// A note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Which.
    pub id: String,
    /// Name of who wrote it.
    pub author: String,
    /// The note.
    pub body: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Writes a note.
///
/// # Errors
/// `Invalid` for an empty or too long one; `NotFound`, also where no member of staff acts; the database.
pub async fn add_note(ctx: &Ctx, customer_id: &CustomerId, body: &str) -> Result<String, CustomerError> {
    let Actor::Staff { user_id } = &ctx.actor else { return Err(CustomerError::NotFound) };
    let wrong = |code| CustomerError::Invalid(vec![FieldFault::new("body", code)]);
    let body: String = body.trim().chars().filter(|c| !c.is_control() || *c == '\n').collect();
    if body.is_empty() {
        return Err(wrong("required"));
    }
    if body.chars().count() > MAX_LENGTH {
        return Err(wrong("too_long"));
    }
    let tx = ctx.begin().await?;
    find::get(&tx, customer_id).await?;
    let id = format!("not_{}", entity::value::next_ulid());
    let row = note::ActiveModel {
        id: Set(id.clone()),
        customer_id: Set(customer_id.clone()),
        user_id: Set(user_id.clone()),
        body: Set(body),
        created_at: Set(ctx.now()),
    };
    note::Entity::insert(row).exec_without_returning(&tx).await?;
    let change = Change {
        action: "customers.note.write",
        target_type: "customer_note",
        target_id: &id,
        customer_id: Some(customer_id),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    ctx.made(&tx, &id).await?;
    tx.commit().await?;
    Ok(id)
}

fn told((note, user): (note::Model, Option<user::Model>)) -> Note {
    Note { id: note.id, author: user.map(|user| user.name).unwrap_or_default(), body: note.body, at: note.created_at }
}

/// One note on a customer.
///
/// # Errors
/// `NotFound`, also for a note on somebody else; the database.
pub async fn get_note(db: &impl ConnectionTrait, customer_id: &CustomerId, id: &str) -> Result<Note, CustomerError> {
    let one = note::Entity::find_by_id(id).filter(note::Column::CustomerId.eq(customer_id));
    one.find_also_related(user::Entity).one(db).await?.map(told).ok_or(CustomerError::NotFound)
}

/// Notes on a customer, newest first.
///
/// # Errors
/// The database.
pub async fn notes_of(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    request: &PageRequest,
) -> Result<Page<Note>, DbErr> {
    let mut query = note::Entity::find()
        .filter(note::Column::CustomerId.eq(customer_id))
        .order_by_desc(note::Column::Id)
        .limit(request.fetch());
    if let Some(after) = &request.after {
        query = query.filter(note::Column::Id.lt(after));
    }
    let rows = query.find_also_related(user::Entity).all(db).await?;
    let notes = rows.into_iter().map(told);
    Ok(Page::of(notes.collect(), request, |note| &note.id))
}
