//! Names of the customer before a service: the list with what has to be set, adding, looking now, taking away.
use super::{
    domains_view::{DomainCard, DomainsPage, Place},
    show::{self, rights_of},
};
use crate::{
    domain::provisioning::custom_domains::{self, MAX_PER_SERVICE},
    kernel::{
        fault::{CommonFault, Fault, Kind},
        page::PageRequest,
        permission::{MemberRight, may},
    },
    web::{
        WebError, flash, form_errors::FormErrors, forms::SafeForm, panel::Nothing, principal::Member, respond,
        tone::Tone,
    },
};
use actix_web::{HttpResponse, http::StatusCode, web::Path};
use entity::value::{CustomDomainId, InstanceId};
use serde::Deserialize;

/// `GET /panel/services/{id}/domains`
pub async fn page(member: Member<may::Read>, id: Path<InstanceId>) -> Result<HttpResponse, WebError> {
    shown(&member, &id, String::new(), FormErrors::none(), StatusCode::OK).await
}

async fn shown<R: MemberRight>(
    member: &Member<R>,
    id: &InstanceId,
    typed: String,
    errors: FormErrors,
    status: StatusCode,
) -> Result<HttpResponse, WebError> {
    let works = PageRequest { after: None, limit: 1 };
    let loaded = show::load(&member.ctx, &member.customer_id, id, &works).await?;
    let frame = member.frame();
    let rights = rights_of(member);
    let rows = custom_domains::find::list(&member.ctx.db, id).await.map_err(CommonFault::from)?;
    let place = match &loaded.instance {
        Some(row) => Place::of(row, custom_domains::find::ways(&member.ctx, row).await?),
        None => return Err(CommonFault::NotFound.into()),
    };
    let has_room = u64::try_from(rows.len()).is_ok_and(|count| count < MAX_PER_SERVICE);
    let page = DomainsPage {
        service: loaded.card(&frame, "domains", rights),
        domains: rows.iter().map(|row| DomainCard::build(&frame, row, &place, rights.operate)).collect(),
        add_url: (rights.operate && place.takes_names && has_room).then(|| format!("/panel/services/{id}/domains")),
        is_full: rights.operate && !has_room,
        is_open: !place.has_certificates,
        host: typed,
        errors,
        frame,
    };
    respond::page_with(status, &page)
}

/// The name to be added.
#[derive(Deserialize)]
pub struct DomainForm {
    host: String,
}

/// `POST /panel/services/{id}/domains`
pub async fn add(
    member: Member<may::Operate>,
    id: Path<InstanceId>,
    SafeForm(form): SafeForm<DomainForm>,
) -> Result<HttpResponse, WebError> {
    match custom_domains::add(&member.ctx, &member.customer_id, &id, &form.host).await {
        Ok(_) => Ok(flash::see_other(&format!("/panel/services/{id}/domains"), Tone::Good, "panel-domain-added")),
        Err(fault) if fault.kind() == Kind::Invalid => {
            let errors = FormErrors::of_fault(&member.frame(), &fault);
            shown(&member, &id, form.host, errors, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /panel/custom-domains/{id}/check`
pub async fn check(
    member: Member<may::Operate>,
    id: Path<CustomDomainId>,
    _: SafeForm<Nothing>,
) -> Result<HttpResponse, WebError> {
    let row = custom_domains::find::get_for(&member.ctx.db, &member.customer_id, &id).await?;
    let back = format!("/panel/services/{}/domains", row.instance_id);
    match custom_domains::check_now(&member.ctx, &member.customer_id, &id).await {
        Ok(row) if row.failure.is_none() => Ok(flash::see_other(&back, Tone::Good, "panel-domain-check-good")),
        Ok(_) => Ok(flash::see_other(&back, Tone::Info, "panel-domain-check-open")),
        Err(fault) if matches!(fault.kind(), Kind::TooMany { .. }) => {
            Ok(flash::see_other(&back, Tone::Warn, "panel-domain-check-soon"))
        }
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /panel/custom-domains/{id}/remove`
pub async fn remove(
    member: Member<may::Operate>,
    id: Path<CustomDomainId>,
    _: SafeForm<Nothing>,
) -> Result<HttpResponse, WebError> {
    let row = custom_domains::find::get_for(&member.ctx.db, &member.customer_id, &id).await?;
    custom_domains::remove(&member.ctx, &member.customer_id, &id).await?;
    let back = format!("/panel/services/{}/domains", row.instance_id);
    Ok(flash::see_other(&back, Tone::Good, "panel-domain-removed"))
}
