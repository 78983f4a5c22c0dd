//! What has to be done before the shop may open.
use super::{
    EmptyForm, done,
    view::{Action, Cell, ListPage, Table},
};
use crate::{
    domain::{
        messaging::{self, Delivery, Recipient},
        reports::setup,
        settings::{self, ChecklistItem},
    },
    kernel::{fault::CommonFault, permission::can},
    web::{WebError, flash, forms::SafeForm, frame::Frame, principal::Staff, respond, tone::Tone},
};
use actix_web::{
    HttpResponse,
    web::{self, Path, ServiceConfig},
};

const HOME: &str = "/whm/setup";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/setup", web::get().to(show))
        .route("/setup/numbering", web::post().to(confirm_numbering))
        .route("/setup/mail", web::post().to(test_mail))
        .route("/setup/selling/{word}", web::post().to(set_selling));
}

/// `GET /whm/setup`
pub async fn show(staff: Staff<can::ReadSettings>) -> Result<HttpResponse, WebError> {
    let settings = settings::load(&staff.ctx.db).await.map_err(CommonFault::from)?;
    let items = settings::checklist(&settings, &setup::facts(&staff.ctx).await?);
    respond::page(&page(staff.frame(), &items, settings.sales.is_selling, staff.may::<can::ManageSettings>()))
}

pub(super) fn page(frame: Frame, items: &[ChecklistItem], is_selling: bool, may_change: bool) -> ListPage {
    let columns = [
        (frame.t("whm-step"), "cell-main"),
        (frame.t("whm-done"), "cell-side"),
        (frame.t("whm-missing"), "cell-sub"),
        (frame.t("whm-act"), "cell-sub"),
    ];
    let rows = items.iter().map(|item| {
        let place = match item.code {
            "company" | "bank" => "/whm/settings/company",
            "tax" => "/whm/settings/tax",
            "numbering" => "/whm/settings/numbering",
            "cluster" => "/whm/clusters",
            _ => "/whm/settings",
        };
        let act = match item.code {
            "numbering" => Some((frame.t("whm-numbering-confirm"), format!("{HOME}/numbering"), "secondary")),
            "mail" => Some((frame.t("whm-mail-test"), format!("{HOME}/mail"), "secondary")),
            _ => None,
        };
        vec![
            Cell::link(frame.t(&format!("checklist-{}", item.code)), place),
            Cell::Done(item.done),
            Cell::maybe(item.why.map(|why| frame.t(&format!("checklist-{why}")))),
            act.filter(|_| may_change).map_or(Cell::Nothing, |act| Cell::Posts(vec![act])),
        ]
    });
    let rows = rows.collect::<Vec<_>>();
    let selling = if is_selling {
        let text = frame.t("whm-shop-close-text");
        Some(Action::ask(frame.t("whm-shop-close"), text, "selling", format!("{HOME}/selling/off"), "player-pause"))
    } else if items.iter().all(|item| item.done) {
        let text = frame.t("whm-shop-open-text");
        Some(Action::ask(frame.t("whm-shop-open"), text, "selling", format!("{HOME}/selling/on"), "building-store"))
    } else {
        None
    };
    ListPage {
        title: frame.t("nav-setup"),
        subtitle: frame.t(if is_selling { "whm-shop-is-open" } else { "whm-shop-is-closed" }),
        actions: selling.into_iter().filter(|_| may_change).collect(),
        search: Default::default(),
        chips: Vec::new(),
        table: Table::new(frame.t("nav-setup"), columns).with(rows),
        is_filtered: false,
        home: HOME.to_owned(),
        is_later: false,
        next: String::new(),
        frame,
    }
}

/// `POST /whm/setup/numbering`
pub async fn confirm_numbering(
    staff: Staff<can::ManageSettings>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    settings::confirm_numbering(&staff.ctx).await?;
    Ok(done(HOME, "whm-saved"))
}

/// `POST /whm/setup/mail`
pub async fn test_mail(staff: Staff<can::ManageSettings>, _: SafeForm<EmptyForm>) -> Result<HttpResponse, WebError> {
    let to = Recipient::user(&staff.signed_in.user);
    Ok(match messaging::send_test(&staff.ctx, to).await? {
        Delivery::Sent => done(HOME, "whm-mail-sent"),
        _ => flash::see_other(HOME, Tone::Bad, "whm-mail-not-sent"),
    })
}

/// `POST /whm/setup/selling/{on|off}`
pub async fn set_selling(
    staff: Staff<can::ManageSettings>,
    word: Path<String>,
    _: SafeForm<EmptyForm>,
) -> Result<HttpResponse, WebError> {
    let is_selling = match word.as_str() {
        "on" => true,
        "off" => false,
        _ => return Err(CommonFault::NotFound.into()),
    };
    settings::set_selling(&staff.ctx, is_selling, &setup::facts(&staff.ctx).await?).await?;
    Ok(done(HOME, if is_selling { "whm-shop-opened" } else { "whm-shop-closed" }))
}
