//! An invoice of staff from the first word to the pay page of its customer, on pages.
use crate::support::{site::Answer, town::Town};
use entity::{
    billing::invoice,
    value::{InvoiceId, InvoiceStatus},
};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::json;
use yumna::{domain::billing::invoice as invoices, web::page_checks};

async fn newest(town: &Town) -> invoice::Model {
    let newest = invoice::Entity::find().order_by_desc(invoice::Column::Id);
    newest.one(&town.world.services.db).await.unwrap().unwrap()
}

async fn status_of(town: &Town, name: &str) -> Option<InvoiceStatus> {
    let found = invoices::get(&town.world.services.db, &InvoiceId::from(town.id(name))).await;
    found.ok().map(|row| row.status)
}

/// What the forms of a draft's page say that was seen.
fn seen_on(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("name=\"seen\" value=\"").expect("a form says what was seen");
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn staff_write_an_invoice_and_its_customer_pays_what_it_says() {
    let town = Town::new().await;
    let mut staff = town.browser_of("billing", "id").await;
    let begin = format!("/whm/drafts/new?customer={}", town.id("customer"));
    assert!(staff.get(&format!("/whm/customers/{}", town.id("customer"))).await.body.contains(&begin));
    let list = staff.get("/whm/invoices?status=draft").await;
    assert!(list.body.contains("/whm/drafts/new") && list.body.contains(town.id("draft_invoice")), "{}", list.body);

    let form = [("customer", "andi@example.test"), ("due", "2026-12-01"), ("notes", "Tahap pertama"), ("key", "frm_a")];
    let made = staff.post("/whm/drafts/new", &form).await;
    let here = made.location().to_owned();
    assert_eq!((made.status, here.starts_with("/whm/drafts/inv_")), (303, true), "{here}");
    assert_eq!(staff.post("/whm/drafts/new", &form).await.status, 303, "twice is once");
    assert_eq!(newest(&town).await.id.to_string(), here.rsplit('/').next().unwrap());
    let wrong = [("description", "Pelatihan"), ("quantity", "0"), ("price", "250.000"), ("key", "frm_b")];
    let refused = staff.post(&format!("{here}/line"), &wrong).await;
    assert_eq!((refused.status, page_checks::problems(&refused.body)), (422, Vec::new()));
    assert!(refused.body.contains("Pelatihan") && refused.body.contains("f-quantity"), "it keeps what was typed");
    let line = [("description", "Pelatihan"), ("quantity", "2"), ("price", "250.000"), ("key", "frm_c")];
    for _ in 0..2 {
        assert_eq!(staff.post(&format!("{here}/line"), &line).await.status, 303);
    }
    assert_eq!(newest(&town).await.subtotal_minor, 500_000, "the form added its line once");
    let shown = staff.get(&here).await;
    assert_eq!((shown.status, page_checks::problems(&shown.body)), (200, Vec::new()));
    assert!(shown.body.contains("555.000") && shown.body.contains("Tahap pertama"), "{}", shown.body);
    let seen = seen_on(&shown);
    let mut places = Vec::new();
    for _ in 0..2 {
        places.push(staff.post(&format!("{here}/issue"), &[("seen", &seen)]).await.location().to_owned());
    }
    let issued = newest(&town).await;
    let place = format!("/whm/invoices/{}", issued.id);
    assert_eq!((places, issued.status), (vec![place.clone(); 2], InvoiceStatus::Issued), "twice is once");
    let number = issued.number.clone().unwrap();
    assert!(staff.get(&place).await.body.contains(&number));
    assert_eq!(staff.get(&here).await.location(), place, "who comes back to the draft finds the invoice");

    let mut owner = town.owner_browser("id").await;
    assert!(owner.get("/panel/invoices").await.body.contains(&number));
    let pay = owner.get(&format!("/pay/{}", issued.public_token)).await;
    assert!(pay.body.contains("555.000"), "{}", pay.body);
    town.world.settle_down().await;
    let mails = town.world.mails_to(&town.owner.email).await;
    assert!(mails.iter().any(|mail| mail.template == "invoice_issued" && mail.text.contains("2 × Pelatihan")));
    town.world.books_are_right().await;
}

#[tokio::test]
async fn a_draft_is_not_there_for_its_customer_nor_for_a_link() {
    let town = Town::new().await;
    let (draft, token) = (town.id("draft_invoice"), town.id("draft_token"));
    let mut owner = town.owner_browser("id").await;
    for path in [
        format!("/panel/invoices/{draft}"),
        format!("/panel/invoices/{draft}/pdf"),
        format!("/panel/invoices/{draft}/pay"),
        format!("/pay/{token}"),
        format!("/pay/{token}/live"),
    ] {
        assert_eq!(owner.get(&path).await.status, 404, "{path}");
    }
    for path in ["/panel", "/panel/invoices", "/panel/invoices/pay-together"] {
        let page = owner.get(path).await;
        assert!(page.status == 200 && !page.body.contains(draft), "{path}: {}", page.body);
    }
    let program = town.owner_program().await;
    assert_eq!(program.get(&format!("/api/panel/invoices/{draft}")).await.status, 404);
    assert_eq!(program.get(&format!("/api/panel/invoices/{draft}/pdf")).await.status, 404);
    assert!(!program.get("/api/panel/invoices?limit=200").await.body.contains(draft));
    let way = json!({ "gateway": "wallet", "method": "wallet" });
    assert_eq!(program.call("POST", &format!("/api/panel/invoices/{draft}/payments"), &way).await.status, 404);
    let mut staff = town.browser_of("support", "en").await;
    assert_eq!(staff.get(&format!("/whm/invoices/{draft}")).await.location(), format!("/whm/drafts/{draft}"));
    assert_eq!(staff.get(&format!("/whm/invoices/{draft}/pdf")).await.status, 404, "it is no document");
    let page = staff.get(&format!("/whm/drafts/{draft}")).await;
    assert!(page.status == 200 && !page.body.contains("/issue\""), "support reads it and does nothing about it");
}

#[tokio::test]
async fn who_acts_on_a_draft_that_changed_meanwhile_is_shown_the_present_one() {
    let town = Town::new().await;
    let (mut ana, mut sari) = (town.browser_of("billing", "id").await, town.browser_of("admin", "en").await);
    let here = format!("/whm/drafts/{}", town.id("draft_invoice"));
    let seen = seen_on(&ana.get(&here).await);
    sari.get(&here).await;
    let line = [("description", "Pendampingan"), ("quantity", "1"), ("price", "900.000"), ("key", "frm_e")];
    assert_eq!(sari.post(&format!("{here}/line"), &line).await.status, 303);

    let issue = ana.post(&format!("{here}/issue"), &[("seen", &seen)]).await;
    let discard = ana.post(&format!("{here}/discard"), &[("seen", &seen), ("key", "frm_f")]).await;

    for answer in [&issue, &discard] {
        assert_eq!((answer.status, page_checks::problems(&answer.body)), (409, Vec::new()));
        assert!(answer.body.contains("sudah diubah sejak halaman ini dibuka"), "{}", answer.body);
        assert!(answer.body.contains("Pendampingan"), "the page shows what she had not seen");
    }
    assert_eq!(status_of(&town, "draft_invoice").await, Some(InvoiceStatus::Draft));
    let form = [("seen", seen_on(&discard)), ("key", "frm_g".to_owned())];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for _ in 0..2 {
        let gone = ana.post(&format!("{here}/discard"), &form).await;
        assert_eq!((gone.status, gone.location()), (303, "/whm/invoices"), "twice is once");
    }
    assert_eq!(status_of(&town, "draft_invoice").await, None);
    assert_eq!(ana.get(&here).await.status, 404);
}
