//! `/api/whm/customers/{id}/notes`: what staff write down about a customer, and only they read.
use crate::{
    api::{
        ApiResult,
        extract::{Body, IdempotencyKey, PageQuery},
        idempotent::{self, Answer},
        principal::Staff,
        problem::Problem,
    },
    domain::{
        Ctx,
        customers::{self, Note},
    },
    kernel::{fault::CommonFault, permission::can},
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use entity::value::CustomerId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A note on a customer.
#[derive(Serialize, ToSchema)]
struct NoteOut {
    id: String,
    /// Name of who wrote it.
    author: String,
    body: String,
    created_at: DateTime<Utc>,
}

impl From<Note> for NoteOut {
    fn from(note: Note) -> Self {
        Self { id: note.id, author: note.author, body: note.body, created_at: note.at }
    }
}

#[derive(Serialize, ToSchema)]
struct NoteList {
    data: Vec<NoteOut>,
    next_cursor: Option<String>,
}

/// Notes on a customer, newest first.
#[utoipa::path(tag = "whm-customers", params(PageQuery), responses((status = 200, body = NoteList), (status = 404, body = Problem)))]
#[get("/api/whm/customers/{id}/notes")]
pub async fn list_notes(
    staff: Staff<can::ReadCustomers>,
    id: web::Path<CustomerId>,
    page: web::Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    customers::get(&staff.ctx.db, &id).await?;
    let page = customers::notes_of(&staff.ctx.db, &id, &page.request()?).await.map_err(CommonFault::from)?;
    let page = page.map(NoteOut::from);
    Ok(HttpResponse::Ok().json(NoteList { data: page.rows, next_cursor: page.next_cursor }))
}

#[derive(Deserialize, ToSchema)]
struct NoteIn {
    /// The note; line breaks are kept.
    body: String,
}

#[derive(Serialize, ToSchema)]
struct NoteAnswer {
    note: NoteOut,
}

/// Writes a note on a customer.
#[utoipa::path(tag = "whm-customers", request_body = NoteIn, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = NoteAnswer), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[post("/api/whm/customers/{id}/notes")]
pub async fn add_note(
    staff: Staff<can::NoteCustomers>,
    id: web::Path<CustomerId>,
    key: IdempotencyKey,
    body: Body,
) -> ApiResult<HttpResponse> {
    customers::get(&staff.ctx.db, &id).await?;
    let work = async |ctx: &Ctx| Ok(customers::add_note(ctx, &id, &body.parse::<NoteIn>()?.body).await?);
    let tell = async |made: &str| {
        let note = customers::get_note(&staff.ctx.db, &id, made).await?;
        Answer::created(&NoteAnswer { note: note.into() })
    };
    idempotent::run(&staff.ctx, &key, body.bytes(), work, tell).await
}
